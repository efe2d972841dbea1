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
package io.github.nettyvmci.zmtp;

import static io.netty.util.internal.ObjectUtil.checkPositive;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Bounds what strangers can do to a server together: how many handshakes are under way at a time, in all and from one
 * address, and how many may begin within a second, each of which costs a CURVE server several multiplications on a
 * curve. One instance serves all channels of a server ({@link ZmtpCodecBuilder#handshakeLimiter}). Thread-safe.
 *
 * <p>When one more handshake would be too many under way, another one ends for it: one of the same address if that
 * address has too many, else any. It is the oldest whose peer has not greeted, so that silent connections keep nobody
 * out; if all have greeted, it is the one that has stood still longest. Within one address only a handshake that has
 * stood still for a second ends for another, and otherwise the new one is refused: so a thousand clients which come at
 * once do not push each other out for ever, but get in as they try again. Beginning and ending a handshake take the
 * same time however many there are.
 */
public final class ZmtpHandshakeLimiter {

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long STILL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int maxPending;
    private final int maxPendingPerAddress;
    private final int maxPerSecond;
    private final LongSupplier nanoTime;

    /** The handshakes of each address, by age. */
    private final Map<String, Handshakes> byAddress = new HashMap<>();
    private final Handshakes all = new Handshakes();
    private long windowStart;
    private int startedInWindow;

    /**
     * Makes a limiter, with an eighth of the handshakes for one address and any number within a second.
     *
     * @param maxPending handshakes under way at a time, 1 or more
     */
    public ZmtpHandshakeLimiter(int maxPending) {
        this(maxPending, Math.max(1, maxPending / 8), Integer.MAX_VALUE);
    }

    /**
     * Makes a limiter.
     *
     * @param maxPending           handshakes under way at a time, 1 or more
     * @param maxPendingPerAddress handshakes under way at a time from one address, 1 or more. The address is what
     *                             {@link ZmtpCodecBuilder#handshakeLimiter} says; where it says nothing this limit
     *                             does not hold
     * @param maxPerSecond         handshakes that may begin within a second, 1 or more; one more is refused
     */
    public ZmtpHandshakeLimiter(int maxPending, int maxPendingPerAddress, int maxPerSecond) {
        this(maxPending, maxPendingPerAddress, maxPerSecond, System::nanoTime);
    }

    ZmtpHandshakeLimiter(int maxPending, int maxPendingPerAddress, int maxPerSecond, LongSupplier nanoTime) {
        this.maxPending = checkPositive(maxPending, "maxPending");
        this.maxPendingPerAddress = checkPositive(maxPendingPerAddress, "maxPendingPerAddress");
        this.maxPerSecond = checkPositive(maxPerSecond, "maxPerSecond");
        this.nanoTime = nanoTime;
        windowStart = nanoTime.getAsLong();
    }

    /**
     * Returns the number of handshakes under way.
     *
     * @return 0 or more
     */
    public synchronized int pending() {
        return all.count;
    }

    /**
     * Counts a handshake that begins; {@link Handshake#end} must follow.
     *
     * @param address where the peer is, or empty
     * @param giveWay told, on any thread, that the handshake has to end for another
     * @throws ZmtpLimitException if it must not begin; it was not counted then
     */
    Handshake begin(String address, Consumer<ZmtpLimitException> giveWay) {
        Handshake handshake = new Handshake(address, giveWay);
        Handshake oldest = null;
        ZmtpLimitException why = null;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            if (now - windowStart >= WINDOW_NANOS) {
                windowStart = now;
                startedInWindow = 0;
            }
            if (startedInWindow >= maxPerSecond) {
                throw tooMany("handshakes begun within a second", startedInWindow, maxPerSecond, "maxPerSecond");
            }
            startedInWindow++;
            Handshakes ofAddress = address.isEmpty() ? null : byAddress.get(address);
            if (ofAddress != null && ofAddress.count >= maxPendingPerAddress) {
                oldest = ofAddress.oldest();
                if (oldest.greeted && now - oldest.since < STILL_NANOS) {
                    throw tooMany("handshakes under way from " + address + ", all of which go on", ofAddress.count,
                            maxPendingPerAddress, "maxPendingPerAddress");
                }
                why = tooMany("handshakes under way from " + address + ", of which this was the oldest",
                        ofAddress.count, maxPendingPerAddress, "maxPendingPerAddress");
            } else if (all.count >= maxPending) {
                oldest = all.oldest();
                why = tooMany("handshakes under way, of which this was the oldest", all.count, maxPending,
                        "maxPending");
            }
            if (oldest != null) {
                remove(oldest);
            }
            add(handshake);
        }
        if (oldest != null) {
            oldest.giveWay.accept(why);
        }
        return handshake;
    }

    private static ZmtpLimitException tooMany(String subject, int current, int max, String option) {
        return new ZmtpLimitException(subject, current + 1L, max, "ZmtpHandshakeLimiter", option);
    }

    private void add(Handshake handshake) {
        handshake.counted = true;
        all.add(handshake.amongAll);
        if (!handshake.address.isEmpty()) {
            byAddress.computeIfAbsent(handshake.address, a -> new Handshakes()).add(handshake.ofAddress);
        }
    }

    private void remove(Handshake handshake) {
        if (!handshake.counted) {
            return;
        }
        handshake.counted = false;
        all.remove(handshake.amongAll);
        if (!handshake.address.isEmpty()) {
            Handshakes ofAddress = byAddress.get(handshake.address);
            ofAddress.remove(handshake.ofAddress);
            if (ofAddress.count == 0) {
                byAddress.remove(handshake.address);
            }
        }
    }

    /** A handshake under way, in two rings: with all others and with those of its address. */
    final class Handshake {

        private final String address;
        private final Consumer<ZmtpLimitException> giveWay;
        private final Node amongAll = new Node(this);
        private final Node ofAddress = new Node(this);
        private boolean counted;
        private boolean greeted;
        /** The time of the peer's last step, once it has greeted. */
        private long since;

        private Handshake(String address, Consumer<ZmtpLimitException> giveWay) {
            this.address = address;
            this.giveWay = giveWay;
        }

        /** Notes that the peer has greeted, or has taken another step: it is the last to give way now. */
        void goesOn() {
            synchronized (ZmtpHandshakeLimiter.this) {
                if (counted) {
                    remove(this);
                    greeted = true;
                    since = nanoTime.getAsLong();
                    add(this);
                }
            }
        }

        /** Notes that the handshake is over, however it ended. May be called again. */
        void end() {
            synchronized (ZmtpHandshakeLimiter.this) {
                remove(this);
            }
        }
    }

    /** The place of a handshake in a ring. */
    private static final class Node {

        private final @Nullable Handshake handshake;
        private Node older = this;
        private Node newer = this;

        Node(@Nullable Handshake handshake) {
            this.handshake = handshake;
        }
    }

    /** Handshakes by age, in two rings; the head of each is no handshake. */
    private static final class Handshakes {

        private final Node silent = new Node(null);
        private final Node greeted = new Node(null);
        private int count;

        /**
         * Returns the oldest of those whose peers have not greeted; if all have, the one that has stood still longest.
         */
        @Nullable Handshake oldest() {
            return silent.newer != silent ? silent.newer.handshake : greeted.newer.handshake;
        }

        void add(Node node) {
            count++;
            Node head = node.handshake.greeted ? greeted : silent;
            link(head.older, node);
            link(node, head);
        }

        void remove(Node node) {
            count--;
            link(node.older, node.newer);
        }

        private static void link(Node older, Node newer) {
            older.newer = newer;
            newer.older = older;
        }
    }
}
