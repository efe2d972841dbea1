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

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.endpoint.Endpoint;
import io.github.nettyvmci.zmq.internal.endpoint.EndpointHost;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * A connect within the process. Its pipe is there before the bind. On the socket's event loop, but where said
 * otherwise.
 */
public final class InprocConnector implements InprocEndpoint {

    private enum State {
        /** The connect waits for a bind, or is connected. */
        OPEN,
        /** The socket itself ends this connect when everything is sent, so end() emits no GAVE_UP. */
        CLOSING,
        /** The connect has ended. */
        OVER
    }

    private final EndpointHost host;
    private final InprocNames names;
    private final String endpoint;
    private final ZmqOptions options;
    private final Consumer<Endpoint> whenOver;
    private final Pipe pipe;
    private State state = State.OPEN;

    /**
     * Makes a connect that has not begun.
     *
     * @param whenOver is told when the connect has ended
     */
    public InprocConnector(EndpointHost host, InprocNames names, String endpoint, ZmqOptions options,
            Consumer<Endpoint> whenOver) {
        this.host = host;
        this.names = names;
        this.endpoint = endpoint;
        this.options = options;
        this.whenOver = whenOver;
        pipe = new Pipe(host, this, endpoint, true, options);
        pipe.routingId(options.get(ZmqOption.CONNECT_ROUTING_ID));
    }

    /** Begins to connect; returns the number of the peer, or 0 if the type has none. */
    public int start() {
        host.attach(pipe);
        int number = pipe.peerNumber();
        names.connect(this);
        return number;
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
        if (state == State.OVER) {
            return null;
        }
        Throwable mismatch = InprocNames.mismatch(this, peer);
        if (mismatch != null) {
            end(mismatch);
            return null;
        }
        if (pipe.routingId().length == 0) {
            pipe.routingId(peer.routingId());
        }
        if (!host.connected(pipe, connection)) {
            end(host.refusal(endpoint));
            return null;
        }
        return pipe;
    }

    @Override
    public void drop(Pipe of, @Nullable Throwable cause) {
        if (cause != null) {
            host.connectionEnded(endpoint, null, null, cause, 0);
        }
        Connection connection = pipe.connection();
        end(cause);
        if (connection != null) {
            connection.close(cause);
        }
    }

    @Override
    public void down(@Nullable Pipe of, @Nullable Throwable cause) {
        end(cause);
    }

    /** Ends the connect; the cause is {@code null} if one of the two sockets wanted it so. */
    private void end(@Nullable Throwable cause) {
        if (state == State.OVER) {
            return;
        }
        boolean news = cause != null && state == State.OPEN;
        state = State.OVER;
        names.forget(this);
        host.detach(pipe);
        if (news) {
            host.emit(ZmqEvent.Kind.GAVE_UP, 0, endpoint, null, null, cause);
        }
        whenOver.accept(this);
    }

    @Override
    public void close(int linger) {
        if (state == State.OVER) {
            return;
        }
        state = State.CLOSING;
        Connection connection = pipe.connection();
        if (linger != 0 && (connection != null || pipe.hasOutput() && !names.isHopeless(this))) {
            host.finish(pipe); // what waits may yet go to a bind that comes later
            return;
        }
        end(null);
        if (connection != null) {
            connection.close();
        }
    }
}
