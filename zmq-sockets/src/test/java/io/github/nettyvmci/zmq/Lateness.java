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

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sums up how late a thread is that only waits, until something has happened: so late are the timers of others on this
 * machine, which is emulated and may have become busy since its slowness was measured.
 */
final class Lateness {

    private static final long STEP_MILLIS = 100;

    private final CompletableFuture<Long> sum;

    Lateness(CompletableFuture<?> until) {
        sum = new CompletableFuture<>();
        Thread thread = new Thread(() -> sum.complete(watch(until)), "lateness");
        thread.setDaemon(true);
        thread.start();
    }

    private static long watch(CompletableFuture<?> until) {
        long late = 0;
        for (long before = System.nanoTime(); !until.isDone();) {
            try {
                until.get(STEP_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // the step is over
            } catch (InterruptedException | ExecutionException e) {
                throw new CompletionException(e);
            }
            long after = System.nanoTime();
            late += Math.max(0, after - before - TimeUnit.MILLISECONDS.toNanos(STEP_MILLIS));
            before = after;
        }
        return TimeUnit.NANOSECONDS.toMillis(late);
    }

    /** Returns the sum, of something that has happened. */
    long millis() throws Exception {
        return sum.get(GuestTest.SOON.toSeconds(), TimeUnit.SECONDS);
    }
}
