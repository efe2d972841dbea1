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
package io.github.nettyvmci.zmq.internal.endpoint;

import java.util.function.LongUnaryOperator;

/**
 * The wait before the next attempt to connect. It grows exponentially, with jitter over the upper half, so that a
 * thousand clients of a server that comes back do not come at once. RECONNECT_IVL is the base and RECONNECT_IVL_MAX, if
 * above it, the most; without a maximum the wait is between one base and two, as in libzmq. The wait starts anew after
 * a completed handshake, and not after a connection that led to none (libzmq's does, and hammers a server that accepts
 * and drops).
 */
final class ReconnectDelay {

    private final int base;
    private final int most;
    private final LongUnaryOperator random;
    private int step;

    /**
     * Makes a policy.
     *
     * @param random returns a number from 0 up to its argument, exclusive
     */
    ReconnectDelay(int base, int most, LongUnaryOperator random) {
        this.base = base;
        this.most = most;
        this.random = random;
    }

    /** Returns the next wait in milliseconds, or -1 if there shall be no other attempt. */
    long next() {
        if (base <= 0) {
            return -1;
        }
        if (most <= base) { // a maximum below the base is ignored, as the manual has it
            return base + random.applyAsLong(base);
        }
        long ceiling = Math.min((long) base << Math.min(step, 31), most);
        if (step < 31) {
            step++;
        }
        // The wait is at least half of the ceiling, because with none the next attempt would come at once.
        return ceiling / 2 + random.applyAsLong(ceiling - ceiling / 2 + 1);
    }

    void reset() {
        step = 0;
    }
}
