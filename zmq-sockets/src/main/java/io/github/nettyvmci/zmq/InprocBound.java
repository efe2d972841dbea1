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

import java.util.HashSet;
import java.util.Set;

/** A bind within the process. On the socket's event loop, but where said otherwise. */
final class InprocBound implements LinkOwner, Endpoints.Bound {

    private final SocketCore core;
    private final String endpoint;
    private final ZmqOptions options;
    private final Set<Pipe> peers = new HashSet<>();
    private boolean listening = true;

    InprocBound(SocketCore core, String endpoint, ZmqOptions options) {
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
        if (!listening || core.typesDiffer(this, peer) != null) {
            return null;
        }
        Pipe pipe = new Pipe(core, endpoint, false, options);
        pipe.owner = this;
        pipe.routingId = peer.routingId();
        core.attach(pipe);
        if (!core.connected(pipe, link, peer)) {
            core.detach(pipe);
            link.close(core.notTaken(endpoint));
            return null;
        }
        peers.add(pipe);
        return pipe;
    }

    @Override
    public void failed(Link link, Throwable cause) {
        throw new IllegalStateException("handshake within the process", cause);
    }

    @Override
    public void drop(Pipe pipe, Throwable cause) {
        if (cause != null) {
            core.connectionEnded(endpoint, null, cause, 0);
        }
        Link link = pipe.link;
        peers.remove(pipe);
        core.detach(pipe);
        if (link != null) {
            link.close(cause);
        }
    }

    @Override
    public void down(Link link, Pipe pipe, Throwable cause) {
        if (pipe != null) {
            peers.remove(pipe);
            core.detach(pipe);
        }
        checkOver();
    }

    private void checkOver() {
        if (!listening && peers.isEmpty()) {
            core.endpoints.over(this);
        }
    }

    @Override
    public void stopListening() {
        listening = false;
        core.context.inproc().unbind(this);
    }

    @Override
    public void close(int linger) {
        stopListening();
        for (Pipe pipe : peers.toArray(new Pipe[0])) {
            if (linger == 0) {
                drop(pipe, null);
            } else {
                core.finish(pipe);
            }
        }
        checkOver();
    }
}
