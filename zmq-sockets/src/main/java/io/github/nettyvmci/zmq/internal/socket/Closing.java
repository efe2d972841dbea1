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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;

/** The end of a socket, which takes no longer than LINGER allows. On the socket's event loop. */
final class Closing {

    /** When closing takes this many seconds, the log says what the socket waits for. */
    private static final long WARN_SECONDS = 5;

    private enum Phase {
        /** Messages that were accepted and have no pipe yet are put into one first. */
        PLACING,
        /** Every endpoint sends what waits for it. */
        DRAINING,
        /** The last endpoint is gone. */
        CLOSED
    }

    private final SocketHost socket;
    private final Peers peers;
    private final Endpoints endpoints;
    private final Inbox inbox;
    private final Outbox outbox;
    private final Runnable whenOver;
    private Phase phase = Phase.PLACING;
    private @Nullable Future<?> timer;
    private @Nullable Future<?> warning;

    /**
     * Makes an end that has not begun.
     *
     * @param whenOver run when the last endpoint is gone
     */
    Closing(SocketHost socket, Peers peers, Endpoints endpoints, Inbox inbox, Outbox outbox, Runnable whenOver) {
        this.socket = socket;
        this.peers = peers;
        this.endpoints = endpoints;
        this.inbox = inbox;
        this.outbox = outbox;
        this.whenOver = whenOver;
    }

    boolean isOver() {
        return phase == Phase.CLOSED;
    }

    void begin() {
        inbox.close();
        outbox.failWaiting();
        linger(socket.options().millis(ZmqOption.LINGER));
        endpoints.stopListening();
        check();
        if (phase != Phase.CLOSED) {
            warning = socket.home().schedule(this::warn, WARN_SECONDS, TimeUnit.SECONDS);
        }
    }

    /**
     * Logs what the socket waits for, because a caller that waits for the end of the context sees nothing else of it.
     */
    private void warn() {
        int linger = socket.options().millis(ZmqOption.LINGER);
        SocketLog.LOGGER.warn("{}: closing since {} s, for LINGER is {}; waits for {} (expected: peers that take the"
                + " messages, or a LINGER that ends; see ZmqContext.close(Duration))", socket.name(), WARN_SECONDS,
                linger < 0 ? "FOREVER" : linger + " ms", unsent());
    }

    /** Returns what has not gone out yet, as text for people. */
    private String unsent() {
        return peers.unsent() + outbox.size() + " messages without a place at a peer";
    }

    /** Takes over the value of LINGER in milliseconds, at the beginning and when the application changes it. */
    void linger(int millis) {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        if (millis == 0) {
            expire();
        } else if (millis > 0) {
            timer = socket.home().schedule(this::expire, millis, TimeUnit.MILLISECONDS);
        }
    }

    private void expire() {
        if (socket.options().millis(ZmqOption.LINGER) > 0) {
            SocketLog.LOGGER.warn("{}: LINGER of {} ms is over; dropped: {}", socket.name(),
                    socket.options().millis(ZmqOption.LINGER), unsent());
        }
        outbox.drop();
        closeEndpoints(0);
    }

    /**
     * Begins to let go of the endpoints when no message waits for a pipe any more. Waiting messages are dropped if
     * there is no peer, nor a connect that could bring one.
     */
    void check() {
        if (phase == Phase.PLACING && !outbox.isEmpty() && peers.isEmpty() && !endpoints.connects()) {
            outbox.drop();
        }
        if (phase == Phase.PLACING && outbox.isEmpty()) {
            closeEndpoints(-1);
        }
    }

    private void closeEndpoints(int linger) {
        if (phase == Phase.PLACING) {
            phase = Phase.DRAINING;
        }
        endpoints.closeAll(linger, this::done);
    }

    private void done() {
        if (phase != Phase.CLOSED) {
            phase = Phase.CLOSED;
            for (Future<?> late : new Future<?>[] {timer, warning}) {
                if (late != null) {
                    late.cancel(false);
                }
            }
            outbox.drop(); // messages with a credit that came after the last peer was let go
            whenOver.run();
        }
    }
}
