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

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds how many handshakes may make a server compute within a second. One eighth is kept for addresses that had less
 * than an eighth, so that one address alone does not keep out the others. Thread-safe.
 */
final class ComputationRate {

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** An event loop has a sixth of its time for them, however many threads compute beside it. */
    private static final int MOST_ON_LOOP = 500;

    private final int most;
    private final LongSupplier nanoTime;
    /** How many were counted for each address in this window; at most {@link #most} entries. */
    private final Map<String, Integer> byAddress = new HashMap<>();
    private long windowStart;
    private int inWindow;

    ComputationRate(int most, LongSupplier nanoTime) {
        this.most = most;
        this.nanoTime = nanoTime;
        windowStart = nanoTime.getAsLong();
    }

    /**
     * Counts a handshake.
     *
     * @return 0; or the nanoseconds after which to ask again, because there are too many now: it was not counted then
     */
    synchronized long take(String address) {
        long now = nanoTime.getAsLong();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            inWindow = 0;
            byAddress.clear();
        }
        int share = most / 8;
        int fromAddress = byAddress.getOrDefault(address, 0);
        if (inWindow >= most || fromAddress >= share && inWindow >= most - share) {
            return windowStart + WINDOW_NANOS - now;
        }
        inWindow++;
        byAddress.put(address, fromAddress + 1);
        return 0;
    }

    /** Returns whether so many were counted within this second that an event loop has to be spared. */
    synchronized boolean isBusy() {
        int onLoop = Math.max(1, Math.min(MOST_ON_LOOP, most / 8));
        return inWindow > onLoop && nanoTime.getAsLong() - windowStart < WINDOW_NANOS;
    }

    /** Returns why a handshake ends that had to wait all of its time. */
    ZmtpLimitException exceeded() {
        return new ZmtpLimitException("handshakes to compute for within a second", most + 1L, most, "ZmtpCodecBuilder",
                "maxComputationsPerSecond");
    }
}
