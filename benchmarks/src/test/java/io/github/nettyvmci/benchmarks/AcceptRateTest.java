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
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

@Timeout(120)
class AcceptRateTest {

    @TempDir
    Path folder;

    @Test
    void shouldMeasureOneLoopAndTwo() throws Exception {
        assumeTrue(Files.exists(PeerProcess.besideClasses("peers")), "peers.c is not built (-DskipNative)");
        Figures figures = new Figures("transport");
        AcceptRate.measure(folder, 2, 1, figures);
        assertEquals(List.of("one loop", "two loops"), figures.contenders(AcceptRate.WORK));
        assertTrue(figures.values(AcceptRate.WORK, "two loops").min() > 0);
        assertFalse(Files.exists(folder.resolve("accept")), "the socket's file stays");
    }
}
