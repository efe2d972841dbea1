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

/** A connect within the process; its pipe is there before the bind. On the socket's event loop but where said. */
final class InprocConnected implements LinkOwner, Endpoints.Connected {

    private final SocketCore core;
    private final String endpoint;
    private final ZmqOptions options;
    private Pipe pipe;
    /** Set by close(): the socket itself ends this connect, so down() emits no GAVE_UP. */
    private boolean closed;
    private boolean over;

    InprocConnected(SocketCore core, String endpoint, ZmqOptions options) {
        this.core = core;
        this.endpoint = endpoint;
        this.options = options;
    }

    /** Any thread. */
    SocketCore core() {
        return core;
    }

    /** Any thread. */
    PeerInfo info() {
        return new PeerInfo(options.get(ZmqOption.ROUTING_ID), core.type);
    }

    Pipe pipe() {
        return pipe;
    }

    void start() {
        core.context.inproc().connect(this);
    }

    void open() {
        pipe = new Pipe(core, endpoint, true, options);
        pipe.owner = this;
        pipe.routingId = options.get(ZmqOption.CONNECT_ROUTING_ID);
        core.attach(pipe);
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
    public Pipe up(Link link, PeerInfo peer) {
        if (over) {
            return null;
        }
        Throwable differ = core.typesDiffer(this, peer);
        if (differ != null) {
            end(differ);
            return null;
        }
        if (pipe.routingId.length == 0) {
            pipe.routingId = peer.routingId();
        }
        if (!core.connected(pipe, link, peer)) {
            end(core.notTaken(endpoint));
            return null;
        }
        return pipe;
    }

    @Override
    public void failed(Link link, Throwable cause) {
        throw new IllegalStateException("handshake within the process", cause);
    }

    @Override
    public void drop(Pipe of, Throwable cause) {
        if (cause != null) {
            core.connectionEnded(endpoint, null, cause, 0);
        }
        Link link = pipe.link;
        end(cause);
        if (link != null) {
            link.close(cause);
        }
    }

    @Override
    public void down(Link link, Pipe of, Throwable cause) {
        end(cause);
    }

    /** Ends for a reason, or because one of the two was closed ({@code null}). */
    private void end(Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        core.context.inproc().forget(this);
        core.detach(pipe);
        if (cause != null && !closed) {
            core.monitors.emit(ZmqEvent.Kind.GAVE_UP, 0, endpoint, null, null, cause);
        }
        core.endpoints.connectorOver(endpoint, this);
    }

    @Override
    public void close(int linger) {
        closed = true;
        if (over) {
            return;
        }
        Link link = pipe.link;
        if (linger != 0 && (link != null || pipe.hasOutput() && !core.context.inproc().isHopeless(this))) {
            core.finish(pipe); // to a bind that may yet come
            return;
        }
        end(null);
        if (link != null) {
            link.close();
        }
    }
}
