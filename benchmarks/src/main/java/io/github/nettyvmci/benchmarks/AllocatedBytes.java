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
package io.github.nettyvmci.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;

/** Prints how many bytes all threads of the JVM together allocate in one step of many. */
final class AllocatedBytes {

    /** A step. */
    interface Step {
        void run() throws InterruptedException;
    }

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private AllocatedBytes() {
    }

    /** Takes so many steps; the first half warms up, the second one is counted. */
    static void print(long count, Step step) throws InterruptedException {
        for (long i = 0; i < count / 2; i++) {
            step.run();
        }
        long[] threads = THREADS.getAllThreadIds();
        long before = sum(threads);
        for (long i = count / 2; i < count; i++) {
            step.run();
        }
        long allocated = sum(threads) - before;
        System.out.printf(Locale.ROOT, "allocated: %.3f [B/msg]%n", (double) allocated / (count - count / 2));
    }

    private static long sum(long[] threads) {
        return Arrays.stream(THREADS.getThreadAllocatedBytes(threads)).filter(bytes -> bytes > 0).sum();
    }
}
