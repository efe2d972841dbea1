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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.benchmarks.SocketsBench.Row;
import io.github.nettyvmci.benchmarks.SocketsRun.Contender;
import io.github.nettyvmci.benchmarks.SocketsRun.Measured;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

class SocketsBenchTest {

    @Test
    void shouldFormRatiosWithinARound() {
        Row row = SocketsBench.rows(1).get(0);
        Map<Row, Map<String, List<Measured>>> results = new LinkedHashMap<>();
        results.put(row, Map.of("OURS", measured(2e6, 8e6), "LIBZMQ", measured(1e6, 2e6), "LIBZMQ again",
                measured(1e6, 3e6)));
        String line = SocketsBench.table(results).lines().skip(1).findFirst().orElseThrow();
        assertTrue(line.startsWith("ipc 64 B, short"), line);
        assertTrue(line.contains("3.00 (2.00..4.00)"), line);
        assertTrue(line.contains("1.25 (1.00..1.50)"), line);
        assertTrue(SocketsBench.csv(results).contains("\"ipc 64 B, short\",OURS,2,8000000.000,1/s,100"));
    }

    private static List<Measured> measured(double first, double second) {
        return List.of(new Measured(first, 100), new Measured(second, 100));
    }

    @Test
    void shouldMeasureOurSocketsAndJeroMq(@TempDir Path folder) throws Exception {
        SocketsRun run = new SocketsRun(folder);
        for (Contender contender : List.of(Contender.LOOP, Contender.JEROMQ)) {
            Measured measured = run.run(new SocketsRun.Work("thr", "tcp", 64, 1000, false), contender);
            assertTrue(measured.value() > 0 && measured.cpu() > 0, measured.toString());
        }
        Measured inproc = run.run(new SocketsRun.Work("inproc", "inproc", 64, 1000, false), Contender.OURS);
        assertTrue(inproc.value() > 0, inproc.toString());
        Measured latency = run.run(new SocketsRun.Work("lat", "tcp", 64, 10, false), Contender.JEROMQ);
        assertTrue(latency.value() > 0, latency.toString());
        assertEquals(0, folder.toFile().list().length, "files left behind");
    }
}
