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

import io.github.nettyvmci.zmq.internal.pattern.PeerCounters;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmq.internal.socket.SocketCounters;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot of what a socket did since it was opened. Each number is right by itself; numbers may be read at slightly
 * different moments, so sums need not agree. Immutable.
 */
public final class ZmqMetrics {

    private final long messagesIn;
    private final long bytesIn;
    private final long messagesOut;
    private final long bytesOut;
    private final long dropped;
    private final long waitingOut;
    private final long waitingIn;
    private final long reconnects;
    private final long handshakeFailures;
    private final long limitExceeded;
    private final List<Peer> peers;

    private ZmqMetrics(long messagesIn, long bytesIn, long messagesOut, long bytesOut, long dropped, long waitingOut,
            long waitingIn, long reconnects, long handshakeFailures, long limitExceeded, List<Peer> peers) {
        this.messagesIn = messagesIn;
        this.bytesIn = bytesIn;
        this.messagesOut = messagesOut;
        this.bytesOut = bytesOut;
        this.dropped = dropped;
        this.waitingOut = waitingOut;
        this.waitingIn = waitingIn;
        this.reconnects = reconnects;
        this.handshakeFailures = handshakeFailures;
        this.limitExceeded = limitExceeded;
        this.peers = peers;
    }

    /**
     * Returns how many messages arrived.
     *
     * @return a count
     */
    public long messagesIn() {
        return messagesIn;
    }

    /**
     * Returns how long these were.
     *
     * @return bytes of all parts, without framing
     */
    public long bytesIn() {
        return bytesIn;
    }

    /**
     * Returns how many messages were handed to connections.
     *
     * @return a count
     */
    public long messagesOut() {
        return messagesOut;
    }

    /**
     * Returns how long these were.
     *
     * @return bytes of all parts, without framing
     */
    public long bytesOut() {
        return bytesOut;
    }

    /**
     * Returns how many messages were dropped: by the rules of the socket's type, or because the peer they waited for is
     * gone, or because their connection ended before they were written, or because the socket closed, or let go of the
     * peer, before anybody took them.
     *
     * @return a count
     */
    public long dropped() {
        return dropped;
    }

    /**
     * Returns how many messages waited for peers at this moment.
     *
     * @return 0 or more
     */
    public long waitingOut() {
        return waitingOut;
    }

    /**
     * Returns how many messages of peers waited for the application at this moment.
     *
     * @return 0 or more
     */
    public long waitingIn() {
        return waitingIn;
    }

    /**
     * Returns how many attempts to connect there were in addition to the first one of each connect.
     *
     * @return a count
     */
    public long reconnects() {
        return reconnects;
    }

    /**
     * Returns how many connections did not get through the handshake.
     *
     * @return a count
     */
    public long handshakeFailures() {
        return handshakeFailures;
    }

    /**
     * Returns how many connections ended because of a limit: one of {@code ZmtpLimits}, the receive budget, or the
     * handshake limiter.
     *
     * @return a count
     */
    public long limitExceeded() {
        return limitExceeded;
    }

    /**
     * Returns the counts of each peer that is there now, and of each connect that waits for its peer.
     *
     * @return an unmodifiable list
     */
    public List<Peer> peers() {
        return peers;
    }

    static ZmqMetrics of(SocketCore core) {
        SocketCounters.Snapshot counted = core.counters.snapshot();
        PeerCounters sum = counted.sum();
        List<Peer> peers = new ArrayList<>();
        for (Pipe pipe : counted.peers()) {
            PeerCounters c = pipe.counters();
            peers.add(new Peer(pipe.endpoint(), pipe.address(), pipe.peer(), c.messagesIn(), c.bytesIn(),
                    c.messagesOut(), c.bytesOut(), c.dropped(), c.queued(), pipe.inputSize()));
        }
        return new ZmqMetrics(sum.messagesIn(), sum.bytesIn(), sum.messagesOut(), sum.bytesOut(),
                sum.dropped(), core.outbox.size() + counted.waitingOut(), counted.waitingIn(),
                counted.reconnects(), counted.handshakeFailures(), counted.limitExceeded(), List.copyOf(peers));
    }

    @Override
    public String toString() {
        return "ZmqMetrics(in " + messagesIn + ", out " + messagesOut + ", dropped " + dropped + ", waiting in "
                + waitingIn + ", waiting out " + waitingOut + ", peers " + peers + ')';
    }

    /** A snapshot of what a socket did with one peer. */
    public static final class Peer {

        private final String endpoint;
        private final String address;
        private final @Nullable ZmtpPeer peer;
        private final long messagesIn;
        private final long bytesIn;
        private final long messagesOut;
        private final long bytesOut;
        private final long dropped;
        private final long waitingOut;
        private final long waitingIn;

        Peer(String endpoint, String address, @Nullable ZmtpPeer peer, long messagesIn, long bytesIn, long
                messagesOut, long bytesOut, long dropped, long waitingOut, long waitingIn) {
            this.endpoint = endpoint;
            this.address = address;
            this.peer = peer;
            this.messagesIn = messagesIn;
            this.bytesIn = bytesIn;
            this.messagesOut = messagesOut;
            this.bytesOut = bytesOut;
            this.dropped = dropped;
            this.waitingOut = waitingOut;
            this.waitingIn = waitingIn;
        }

        /**
         * Returns the endpoint by which the peer and this socket are connected.
         *
         * @return the bound endpoint that the peer connected to, or the endpoint that this socket connects to
         */
        public String endpoint() {
            return endpoint;
        }

        /**
         * Returns the place of the peer, for people.
         *
         * @return {@code tcp://ADDRESS:PORT} or {@code vmci://CID:PORT} of its end, {@code localhost:UID:GID:PID} over
         *         ipc, the name of the other socket over inproc; empty while the peer is not connected
         */
        public String address() {
            return address;
        }

        /**
         * Returns the identity of the peer, as in its messages ({@link ZmtpMessage#peer()}).
         *
         * @return the peer, or {@code null} while it is not connected, over inproc, and for STREAM
         */
        public @Nullable ZmtpPeer peer() {
            return peer;
        }

        /**
         * Returns how many messages arrived.
         *
         * @return a count
         */
        public long messagesIn() {
            return messagesIn;
        }

        /**
         * Returns how long these were.
         *
         * @return bytes of all parts, without framing
         */
        public long bytesIn() {
            return bytesIn;
        }

        /**
         * Returns how many messages were handed to the connection.
         *
         * @return a count
         */
        public long messagesOut() {
            return messagesOut;
        }

        /**
         * Returns how long these were.
         *
         * @return bytes of all parts, without framing
         */
        public long bytesOut() {
            return bytesOut;
        }

        /**
         * Returns how many messages to or from the peer were dropped.
         *
         * @return a count
         */
        public long dropped() {
            return dropped;
        }

        /**
         * Returns how many messages waited for the peer at this moment.
         *
         * @return 0 or more
         */
        public long waitingOut() {
            return waitingOut;
        }

        /**
         * Returns how many messages of the peer waited for the application at this moment.
         *
         * @return 0 or more
         */
        public long waitingIn() {
            return waitingIn;
        }

        @Override
        public String toString() {
            return "Peer(" + endpoint + ", " + address + ", in " + messagesIn + ", out " + messagesOut + ", dropped "
                    + dropped + ", waiting in " + waitingIn + ", waiting out " + waitingOut + ')';
        }
    }
}
