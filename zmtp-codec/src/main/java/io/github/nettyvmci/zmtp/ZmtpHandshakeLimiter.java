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
import java.util.function.LongSupplier;

/**
 * Bounds what strangers can do to a server together: how many handshakes are under way at a time, in all and from one
 * address, and how many may begin within a second, each of which costs a CURVE server several multiplications on a
 * curve. One instance serves all channels of a server ({@link ZmtpCodecBuilder#handshakeLimiter}). Thread-safe.
 */
public final class ZmtpHandshakeLimiter {

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final int maxPending;
    private final int maxPendingPerAddress;
    private final int maxPerSecond;
    private final LongSupplier nanoTime;

    private final Map<String, Integer> pendingByAddress = new HashMap<>();
    private int pending;
    private long windowStart;
    private int startedInWindow;

    /**
     * Makes a limiter.
     *
     * @param maxPending           handshakes under way at a time, 1 or more
     * @param maxPendingPerAddress handshakes under way at a time from one address, 1 or more. The address is what
     *                             {@link ZmtpCodecBuilder#peerAddress} says; where it says nothing this is not applied
     * @param maxPerSecond         handshakes that may begin within a second, 1 or more
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
        return pending;
    }

    /**
     * Counts a handshake that begins; {@link #end} must follow.
     *
     * @throws ZmtpLimitException if it must not begin; then nothing was counted
     */
    synchronized void begin(String address) {
        long now = nanoTime.getAsLong();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            startedInWindow = 0;
        }
        int fromAddress = address.isEmpty() ? 0 : pendingByAddress.getOrDefault(address, 0);
        check("handshakes under way", pending, maxPending, "maxPending");
        check("handshakes under way from " + address, fromAddress, maxPendingPerAddress, "maxPendingPerAddress");
        check("handshakes begun within a second", startedInWindow, maxPerSecond, "maxPerSecond");
        pending++;
        startedInWindow++;
        if (!address.isEmpty()) {
            pendingByAddress.put(address, fromAddress + 1);
        }
    }

    private static void check(String subject, int current, int max, String option) {
        if (current >= max) {
            throw new ZmtpLimitException(subject, current + 1L, max, "ZmtpHandshakeLimiter", option);
        }
    }

    synchronized void end(String address) {
        pending--;
        pendingByAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
}
