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

/** The times of round trips one after the other, which are printed at the end, as {@code zmqperf.c} does. */
final class Samples {

    /** A round trip. */
    interface RoundTrip {
        void run() throws InterruptedException;
    }

    private final long[] nanos;

    Samples(int count) {
        nanos = new long[count];
    }

    void measure(RoundTrip roundTrip) throws InterruptedException {
        long before = System.nanoTime();
        for (int i = 0; i < nanos.length; i++) {
            roundTrip.run();
            long after = System.nanoTime();
            nanos[i] = after - before;
            before = after;
        }
        StringBuilder lines = new StringBuilder();
        for (long sample : nanos) {
            lines.append("sample ").append(sample).append('\n');
        }
        System.out.print(lines);
    }
}
