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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class FiguresTest {

    private static Figures sockets() {
        Figures figures = new Figures("sockets");
        for (double round : new double[] {1, 2, 4}) {
            figures.add("ipc 64 B, short", "ours", 4e6 * round, "1/s", 200);
            figures.add("ipc 64 B, short", "libzmq", 2e6, "1/s", 400);
            figures.add("ipc 64 B, short", "libzmq again", 2.2e6, "1/s", 400);
        }
        return figures;
    }

    @Test
    void shouldFormRatiosWithinARound() {
        assertEquals("4.00 (2.00..8.00)", sockets().ratio("ipc 64 B, short", "ours", "libzmq").toString());
        String table = sockets().table();
        assertTrue(table.contains("8.00 M/s (4.00 M/s..16.0 M/s)"), table);
        assertTrue(table.contains("ours/libzmq 4.00 (2.00..8.00)"), table);
        assertTrue(table.contains("noise 1.10 (1.10..1.10)"), table);
    }

    @Test
    void shouldReadWhatItWrote(@TempDir Path folder) throws IOException {
        Figures figures = sockets();
        figures.add("REQ/REP, \u00b5", "ours", 12.5, "us", Double.NaN);
        Files.writeString(folder.resolve("sockets.csv"), figures.csv());
        Figures read = Figures.read(folder, "sockets");
        assertEquals(figures.csv(), read.csv());
        assertEquals(figures.json(), read.json());
        assertTrue(read.json().contains("\"value\": 12.5000, \"unit\": \"us\", \"processor_nanos\": null}"));
        assertEquals(List.of(), Figures.read(folder, "scale").works());
        Files.writeString(folder.resolve("scale.csv"), "some other file\n");
        assertThrows(IOException.class, () -> Figures.read(folder, "scale"));
    }

    @Test
    void shouldTellTargetsMetMissedAndNotMeasured() {
        Figures figures = sockets();
        figures.add("REQ/REP ipc 64 B, warm", "ours", 30, "us", 1);
        figures.add("REQ/REP ipc 64 B, warm", "libzmq", 40, "us", 1);
        String table = Targets.table(List.of(figures), true);
        assertTrue(table.contains("| tool to tool, ipc 64 B, short | 8.00 M/s (libzmq 2.00 M/s) | 4.00 (2.00..8.00) |"
                + " 1.10 (1.10..1.10) | at least 2 x libzmq | met |"), table);
        assertTrue(table.contains("| 0.75 (0.75..0.75) |  | at most 0.5 x libzmq | **not met** |"), table);
        assertTrue(table.contains("| tool to tool, ipc 1 KiB | not measured | | | at least 1.5 x libzmq | |"), table);
        assertFalse(Targets.table(List.of(figures), false).contains("not measured"));
        assertFalse(Targets.print(List.of(figures)));
        assertTrue(Targets.print(List.of(sockets())));
    }
}
