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
package io.github.nettyvmci.zmq.internal.inproc;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.internal.endpoint.Endpoint;
import io.github.nettyvmci.zmq.internal.endpoint.EndpointHost;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import org.jspecify.annotations.Nullable;

/** An endpoint within the process. On the socket's event loop, but where said otherwise. */
interface InprocEndpoint extends Endpoint {

    /** Returns the socket that the endpoint belongs to. Any thread. */
    EndpointHost host();

    /** Returns what the other end learns about this one. Any thread. */
    default PeerIdentity identity() {
        return new PeerIdentity(options().get(ZmqOption.ROUTING_ID), host().type(), null);
    }

    /**
     * Tells that a connection to another socket is there.
     *
     * @return the pipe of the peer, or {@code null} if the peer is not taken
     */
    @Nullable Pipe up(Connection connection, PeerIdentity peer);

    /**
     * Tells that the connection is gone.
     *
     * @param pipe  what {@link #up} returned, or {@code null}
     * @param cause why, or {@code null} if one of the two sockets wanted it so
     */
    void down(@Nullable Pipe pipe, @Nullable Throwable cause);
}
