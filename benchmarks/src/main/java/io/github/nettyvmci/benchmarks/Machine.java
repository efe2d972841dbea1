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

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a benchmark tells of the machine, and asks of it. */
final class Machine {

    private Machine() {
    }

    /** Prints the line with which each group begins. */
    static void describe() throws IOException {
        System.out.printf("Linux %s, Java %s, %d processors, load %s%n",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).trim(), System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(), load());
    }

    /** Returns the load of the last minute, as the kernel writes it. */
    static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    }

    /** Returns how many files a process that is started from here may open. */
    static int descriptors() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                String[] words = line.split(" +");
                return words[4].equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(words[4]);
            }
        }
        throw new IOException("/proc/self/limits: no Max open files (expected: one)");
    }

    /** Returns {@code wanted} connections, or as many as the limit of open files allows; says so if these are fewer. */
    static int connections(int wanted, int descriptorsEach) throws IOException {
        int most = (descriptors() - 200) / descriptorsEach;
        if (most < wanted) {
            System.out.printf("Only %d connections instead of %d: %d files may be open (ulimit -n)%n", most, wanted,
                    descriptors());
        }
        return Math.min(most, wanted);
    }
}
