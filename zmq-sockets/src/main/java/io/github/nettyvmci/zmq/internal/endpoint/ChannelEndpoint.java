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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** An endpoint that is told what becomes of its channels. On the socket's event loop, but where said otherwise. */
interface ChannelEndpoint extends Endpoint {

    /** Returns the address of a peer in the form of its transport. Any thread. */
    String peerAddress(Channel channel);

    /**
     * Tells that the handshake of a connection is complete.
     *
     * @return the pipe of the peer, or {@code null} if the peer is not taken
     */
    @Nullable Pipe up(ChannelConnection connection, PeerIdentity peer);

    /** Tells that the handshake of a connection failed; {@link #down} follows. */
    void failed(ChannelConnection connection, Throwable cause);

    /**
     * Tells that a connection is gone.
     *
     * @param pipe  what {@link #up} returned, or {@code null}
     * @param cause why, or {@code null} if it was closed without a failure
     */
    void down(ChannelConnection connection, @Nullable Pipe pipe, @Nullable Throwable cause);
}
