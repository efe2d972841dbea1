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

import io.github.nettyvmci.zmq.internal.pattern.Counter;
import io.github.nettyvmci.zmq.internal.pattern.PeerCounters;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The counters of a socket. Written on its event loop, read by any thread. */
public final class SocketCounters {

    /**
     * The values of the counters at one moment.
     *
     * @param sum               the sums over all peers, those that left included
     * @param waitingIn         messages that wait for the application
     * @param waitingOut        messages that wait to go out to the peers that are there
     * @param reconnects        attempts to connect after the first ones
     * @param handshakeFailures peers that were not admitted
     * @param limitExceeded     connections that ended because a peer went past a limit
     * @param peers             the peers that are there
     */
    public record Snapshot(PeerCounters sum, long waitingIn, long waitingOut, long reconnects, long handshakeFailures,
            long limitExceeded, List<Pipe> peers) {
    }

    /** The sums of the peers that left, and drops that belong to no peer. */
    private final PeerCounters gone = new PeerCounters();
    private final Counter reconnects = new Counter();
    private final Counter handshakeFailures = new Counter();
    private final Counter limitExceeded = new Counter();
    private final Map<Pipe, PeerCounters> peers = new ConcurrentHashMap<>();

    /** Adds a peer. */
    void add(Pipe pipe) {
        peers.put(pipe, pipe.counters());
    }

    /** Removes a peer, and keeps its sums. */
    void remove(Pipe pipe) {
        if (peers.remove(pipe) != null) {
            gone.add(pipe.counters());
        }
    }

    /** Counts messages that were dropped, at a peer or, with {@code null}, at none. */
    void dropped(@Nullable Pipe pipe, long messages) {
        (pipe == null ? gone : pipe.counters()).drop(messages);
    }

    /** Counts messages that were lost with the connection of a peer, which may have left meanwhile. */
    void lost(@Nullable Pipe pipe, long messages) {
        dropped(pipe != null && peers.containsKey(pipe) ? pipe : null, messages);
    }

    void reconnecting() {
        reconnects.add(1);
    }

    void handshakeFailed(Throwable cause) {
        handshakeFailures.add(1);
        connectionEnded(cause);
    }

    void connectionEnded(@Nullable Throwable cause) {
        if (cause instanceof ZmtpLimitException) {
            limitExceeded.add(1);
        }
    }

    /** Returns the present values of the counters. Any thread. */
    public Snapshot snapshot() {
        PeerCounters sum = new PeerCounters();
        sum.add(gone);
        long in = 0;
        long out = 0;
        List<Pipe> present = new ArrayList<>();
        for (Pipe pipe : peers.keySet()) {
            sum.add(pipe.counters());
            in += pipe.inputSize();
            out += pipe.counters().queued();
            present.add(pipe);
        }
        return new Snapshot(sum, in, out, reconnects.get(), handshakeFailures.get(), limitExceeded.get(), present);
    }
}
