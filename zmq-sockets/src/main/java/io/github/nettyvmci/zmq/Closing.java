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

import io.netty.util.concurrent.Future;

import java.util.concurrent.TimeUnit;

/** The end of a socket, in the time LINGER gives. On the socket's event loop. */
final class Closing {

    private final SocketCore core;
    private boolean endpointsClosed;
    private boolean over;
    private Future<?> timer;

    Closing(SocketCore core) {
        this.core = core;
    }

    boolean isOver() {
        return over;
    }

    void begin() {
        core.inbox.close();
        core.outbox.failWaiting();
        linger(core.options().get(ZmqOption.LINGER));
        core.endpoints.stopListening();
        check();
    }

    /** LINGER is, or has become, so many milliseconds. */
    void linger(int millis) {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        if (millis == 0) {
            expire();
        } else if (millis > 0) {
            timer = core.home().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void expire() {
        core.outbox.drop();
        endpointsClosed = true;
        core.endpoints.closeAll(0, this::done);
    }

    /** What was accepted and has no pipe yet goes first; then every endpoint may send what waits for it. */
    void check() {
        if (!endpointsClosed && !core.outbox.isEmpty() && !core.mayHavePeers()) {
            core.outbox.drop();
        }
        if (core.outbox.isEmpty() && !endpointsClosed) {
            endpointsClosed = true;
            core.endpoints.closeAll(-1, this::done);
        }
    }

    private void done() {
        if (!over) {
            over = true;
            if (timer != null) {
                timer.cancel(false);
            }
            core.outbox.drop(); // what was promised a place when the last peer was let go
            core.ended();
        }
    }
}
