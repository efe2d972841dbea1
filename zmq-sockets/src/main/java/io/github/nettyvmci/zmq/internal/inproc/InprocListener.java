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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.endpoint.Endpoint;
import io.github.nettyvmci.zmq.internal.endpoint.EndpointHost;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/** A bind within the process. On the socket's event loop, but where said otherwise. */
public final class InprocListener implements InprocEndpoint, Endpoint.Bound {

    private final EndpointHost host;
    private final InprocNames names;
    private final String endpoint;
    private final ZmqOptions options;
    private final Consumer<Endpoint> whenOver;
    private final Set<Pipe> peers = new HashSet<>();
    private boolean listening = true;

    /**
     * Makes a bind that has not begun.
     *
     * @param whenOver is told when the name is free and the last peer is gone
     */
    public InprocListener(EndpointHost host, InprocNames names, String endpoint, ZmqOptions options,
            Consumer<Endpoint> whenOver) {
        this.host = host;
        this.names = names;
        this.endpoint = endpoint;
        this.options = options;
        this.whenOver = whenOver;
    }

    /**
     * Binds.
     *
     * @throws ZmqException {@link ZmqError#ADDRESS_IN_USE} if another bind has the name
     */
    public void start() {
        names.bind(this);
    }

    @Override
    public EndpointHost host() {
        return host;
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    @Override
    public String endpoint() {
        return endpoint;
    }

    @Override
    public @Nullable Pipe up(Connection connection, PeerIdentity peer) {
        if (!listening || InprocNames.mismatch(this, peer) != null) {
            return null;
        }
        Pipe pipe = new Pipe(host, this, endpoint, false, options);
        pipe.routingId(peer.routingId());
        host.attach(pipe);
        if (!host.connected(pipe, connection)) {
            host.detach(pipe);
            connection.close(host.refusal(endpoint));
            return null;
        }
        peers.add(pipe);
        return pipe;
    }

    @Override
    public void drop(Pipe pipe, @Nullable Throwable cause) {
        if (cause != null) {
            host.connectionEnded(endpoint, null, null, cause, 0);
        }
        Connection connection = pipe.connection();
        peers.remove(pipe);
        host.detach(pipe);
        if (connection != null) {
            connection.close(cause);
        }
    }

    @Override
    public void down(@Nullable Pipe pipe, @Nullable Throwable cause) {
        if (pipe != null) {
            peers.remove(pipe);
            host.detach(pipe);
        }
        checkOver();
    }

    private void checkOver() {
        if (!listening && peers.isEmpty()) {
            whenOver.accept(this);
        }
    }

    @Override
    public void stopListening() {
        listening = false;
        names.unbind(this);
    }

    @Override
    public void close(int linger) {
        stopListening();
        for (Pipe pipe : peers.toArray(new Pipe[0])) {
            if (linger == 0) {
                drop(pipe, null);
            } else {
                host.finish(pipe);
            }
        }
        checkOver();
    }
}
