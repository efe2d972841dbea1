/*
 * Copyright 2026 The Netty VMCI project
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at
 *
 *   https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
package io.github.nettyvmci.zmq;

import io.netty.channel.Channel;

/** Who made a link: a listener or a connector. On the socket's event loop. */
interface LinkOwner {

    /** The options of the moment the endpoint was made. */
    ZmqOptions options();

    /** The endpoint, for events. */
    String endpoint();

    /** Where a peer is, as its transport has it. */
    default String peerAddress(Channel channel) {
        return "";
    }

    /**
     * The handshake is complete.
     *
     * @return the pipe of the peer, or {@code null} if the peer is not taken
     */
    Pipe up(Link link, PeerInfo peer);

    /** The handshake failed; {@link #down} follows. */
    void failed(Link link, Throwable cause);

    /** Closes the connection of a peer for good. */
    void drop(Pipe pipe, Throwable cause);

    /** The connection is gone. */
    void down(Link link, Pipe pipe, Throwable cause);
}
