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

    /** After how long it is said what keeps a socket from closing. */
    private static final long WARN_SECONDS = 5;

    private final SocketCore core;
    private boolean endpointsClosed;
    private boolean over;
    private Future<?> timer;
    private Future<?> warning;

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
        if (!over) {
            warning = core.home().schedule(this::warn, WARN_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Whoever waits for the end of a context sees nothing else of what it waits for. */
    private void warn() {
        int linger = core.options().get(ZmqOption.LINGER);
        SocketCore.LOGGER.warn("{}: closing since {} s, for LINGER is {}; waits for {} (expected: peers that take the"
                + " messages, or a LINGER that ends; see ZmqContext.close(Duration))", core.name, WARN_SECONDS,
                linger < 0 ? linger + ", as long as it takes" : linger + " ms", core.unsent());
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
        if (core.options().get(ZmqOption.LINGER) > 0) {
            SocketCore.LOGGER.warn("{}: LINGER of {} ms is over; dropped: {}", core.name,
                    core.options().get(ZmqOption.LINGER), core.unsent());
        }
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
            for (Future<?> late : new Future<?>[] {timer, warning}) {
                if (late != null) {
                    late.cancel(false);
                }
            }
            core.outbox.drop(); // what was promised a place when the last peer was let go
            core.ended();
        }
    }
}
