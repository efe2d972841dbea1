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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class ReportTest {

    @Test
    void shouldReadWhatStraceReports() {
        assertEquals(Map.of("epoll_pwait2", 10002L, "recvfrom", 11240L), SystemCalls.parse(List.of(
                "% time     seconds  usecs/call     calls    errors syscall",
                "------ ----------- ----------- --------- --------- ----------------",
                " 61.10    0.123456          12     10002           epoll_pwait2",
                " 38.90    0.080000           7     11240      1240 recvfrom",
                "------ ----------- ----------- --------- --------- ----------------",
                "100.00    0.203456           9     21242      1240 total")));
    }

    @Test
    void shouldReadAListOfProcessors() {
        assertArrayEquals(new int[] {0, 1, 2, 3, 8}, TransportBench.processors("0-3,8"));
        assertArrayEquals(new int[] {5}, TransportBench.processors("5"));
    }

    @Test
    void shouldCompareOursWithTheOthers() {
        Results results = new Results();
        for (String pattern : List.of("ping", "ping cpu")) {
            results.add(1, pattern, 64, "VMCI", 10);
            results.add(1, pattern, 64, "VMCI_SPIN", 8);
            results.add(1, pattern, 64, "EPOLL", 20);
            results.add(1, pattern, 64, "NIO", 40);
            results.add(1, pattern, 64, PeerProcess.C, 5);
        }
        assertEquals(new Spread(0.5, 0.5, 0.5), results.ratio(1, "ping", 64, "EPOLL"));
        String table = results.table(1, "ping", List.of(64));
        assertTrue(table.lines().anyMatch(line -> line.matches(
                "64 B +10\\.00 +8\\.00 +20\\.00 +40\\.00 +5\\.00 +1\\.25 .*"
                        + " 0\\.50 .* 0\\.25 .* 2\\.00 .* 0\\.50 .*")), table);
    }

    @Test
    void shouldRefuseUnknownOptions() {
        assertThrows(IllegalArgumentException.class, () -> TransportBench.Plan.of("--fast"));
        assertTrue(TransportBench.Plan.of("").runs() >= 5);
    }
}
