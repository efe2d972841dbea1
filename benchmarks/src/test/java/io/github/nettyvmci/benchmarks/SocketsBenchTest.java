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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.benchmarks.SocketsRun.Contender;
import io.github.nettyvmci.benchmarks.SocketsRun.Measured;
import io.github.nettyvmci.benchmarks.SocketsRun.Work;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class SocketsBenchTest {

    @Test
    void shouldTakeTurnsAndKeepTheOrderOfTheTable() {
        SocketsRows row = SocketsRows.sockets().get(0);
        assertEquals(List.of("ours", "libzmq", "libzmq again"), List.copyOf(SocketsBench.order(row, 0).keySet()));
        Map<String, Contender> second = SocketsBench.order(row, 1);
        assertEquals(List.of("libzmq again", "ours", "libzmq"), List.copyOf(second.keySet()));
        assertEquals(Contender.LIBZMQ, second.get("libzmq again"));
        Figures figures = new Figures("sockets");
        SocketsBench.add(figures, row, Map.of("libzmq", measured(2), "libzmq again", measured(3), "ours", measured(8)));
        assertEquals(List.of("ours", "libzmq", "libzmq again"), figures.contenders(row.name()));
        assertEquals(4, figures.ratio(row.name(), "ours", "libzmq").median());
    }

    private static Measured measured(double value) {
        return new Measured(value, 100, new long[0]);
    }

    @Test
    void shouldTellPercentilesInMicroseconds() {
        Histogram histogram = new Histogram(1_000_000_000, 3);
        for (int i = 1; i <= 1000; i++) {
            histogram.recordValue(i * 1000);
        }
        Figures percentiles = SocketsBench.percentiles(Map.of("ours", histogram));
        assertEquals(500, percentiles.values("50.0", "ours").median(), 1);
        assertEquals(990, percentiles.values("99.0", "ours").median(), 1);
    }

    @Test
    void shouldMeasureOurSocketsAndJeroMq(@TempDir Path folder) throws Exception {
        SocketsRun run = new SocketsRun(folder);
        for (Contender contender : List.of(Contender.LOOP, Contender.JEROMQ)) {
            Measured measured = run.run(Work.of("thr", "tcp", 64, 1000), contender);
            assertTrue(measured.value() > 0 && measured.cpu() > 0, measured.toString());
        }
        Measured inproc = run.run(Work.of("inproc", "inproc", 64, 1000), Contender.OURS);
        assertTrue(inproc.value() > 0, inproc.toString());
        Measured latency = run.run(Work.of("lat", "tcp", 64, 10), Contender.JEROMQ);
        assertTrue(latency.value() > 0, latency.toString());
        Measured samples = run.run(Work.of("samples", "tcp", 64, 10), Contender.JEROMQ);
        assertEquals(10, samples.samples().length);
        assertTrue(samples.value() > 0, samples.toString());
        Measured bytes = run.run(Work.of("bytes", "tcp", 64, 1000), Contender.OURS);
        assertTrue(bytes.value() > 0 && bytes.value() < 1e6, bytes.toString());
        assertEquals(0, folder.toFile().list().length, "files left behind");
    }

    @Test
    void shouldRunRivalThatHangsOnceMoreAndOursNot(@TempDir Path folder) {
        SocketsRun run = new SocketsRun(folder, Duration.ZERO); // no program ends in no time
        Work work = Work.of("thr", "tcp", 64, 1000);
        IOException rival = assertThrows(IOException.class, () -> run.run(work, Contender.JEROMQ));
        assertTrue(rival.getMessage().endsWith("still running after 0 s, twice"), rival.getMessage());
        IOException ours = assertThrows(IOException.class, () -> run.run(work, Contender.LOOP));
        assertTrue(ours.getMessage().endsWith("still running after 0 s"), ours.getMessage());
        assertEquals(0, folder.toFile().list().length, "files left behind");
    }
}
