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
package io.github.nettyvmci.transport;

import io.github.nettyvmci.testing.TestFamily;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Waits that are bounded. */
final class Waits {

    static final int FACTOR = TestFamily.SLOWNESS;
    static final long SECONDS = 20L * FACTOR;

    private Waits() {
    }

    /** Returns the result, or throws what the future failed with, unwrapped. */
    static <T> T get(Future<T> future) throws Exception {
        try {
            return future.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Returns what the future fails with. */
    static Throwable failure(Future<?> future) throws Exception {
        try {
            future.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return e.getCause();
        }
        throw new AssertionError("succeeded: " + future + " (expected: a failure)");
    }

    static void latch(CountDownLatch latch) throws Exception {
        if (!latch.await(SECONDS, TimeUnit.SECONDS)) {
            throw new TimeoutException(latch + " after " + SECONDS + " s");
        }
    }

    /** Waits for a state of which no event tells: looks again and again, and gives up the processor in between. */
    static void until(String what, BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new TimeoutException(what + " did not come to be in " + SECONDS + " s");
            }
            Thread.yield();
        }
    }
}
