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
 * <p>Where one handshake more would be too many under way, the oldest gives way to it, of the same address if that has
 * too many, else of all: silent connections keep nobody out, and one address not those of others. Beginning and ending
 * take the same time however many there are.
 */
public final class ZmtpHandshakeLimiter {

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int maxPending;
    private final int maxPendingPerAddress;
    private final int maxPerSecond;
    private final LongSupplier nanoTime;

    /** The handshakes of each address, by age. */
    private final Map<String, Handshakes> byAddress = new HashMap<>();
    private final Handshakes all = new Handshakes(false);
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
     *                             {@link ZmtpCodecBuilder#handshakeLimiter} says; where it says nothing this is not
     *                             applied
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
     * @throws ZmtpLimitException if it must not begin; then nothing was counted
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
            all.add(handshake);
            if (!address.isEmpty()) {
                byAddress.computeIfAbsent(address, a -> new Handshakes(true)).add(handshake);
            }
        }
        if (oldest != null) {
            oldest.giveWay.accept(why);
        }
        return handshake;
    }

    private static ZmtpLimitException tooMany(String subject, int current, int max, String option) {
        return new ZmtpLimitException(subject, current + 1L, max, "ZmtpHandshakeLimiter", option);
    }

    private void remove(Handshake handshake) {
        if (!handshake.counted) {
            return;
        }
        handshake.counted = false;
        all.remove(handshake);
        if (!handshake.address.isEmpty()) {
            Handshakes ofAddress = byAddress.get(handshake.address);
            ofAddress.remove(handshake);
            if (ofAddress.count == 0) {
                byAddress.remove(handshake.address);
            }
        }
    }

    /** A handshake under way, in two rings: with all others and with those of its address. */
    final class Handshake {

        private final String address;
        private final Consumer<ZmtpLimitException> giveWay;
        private boolean counted = true;
        private Handshake older = this;
        private Handshake newer = this;
        private Handshake olderOfAddress = this;
        private Handshake newerOfAddress = this;

        private Handshake(String address, Consumer<ZmtpLimitException> giveWay) {
            this.address = address;
            this.giveWay = giveWay;
        }

        /** It is over, however it ended. May be called again. */
        void end() {
            synchronized (ZmtpHandshakeLimiter.this) {
                remove(this);
            }
        }
    }

    /** Handshakes by age: a ring with a head that is none. */
    private final class Handshakes {

        private final Handshake head = new Handshake("", null);
        private final boolean ofAddress;
        private int count;

        Handshakes(boolean ofAddress) {
            this.ofAddress = ofAddress;
        }

        Handshake oldest() {
            return ofAddress ? head.newerOfAddress : head.newer;
        }

        void add(Handshake handshake) {
            count++;
            link(ofAddress ? head.olderOfAddress : head.older, handshake);
            link(handshake, head);
        }

        void remove(Handshake handshake) {
            count--;
            link(ofAddress ? handshake.olderOfAddress : handshake.older,
                    ofAddress ? handshake.newerOfAddress : handshake.newer);
        }

        private void link(Handshake older, Handshake newer) {
            if (ofAddress) {
                older.newerOfAddress = newer;
                newer.olderOfAddress = older;
            } else {
                older.newer = newer;
                newer.older = older;
            }
        }
    }
}
