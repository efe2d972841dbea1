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
package io.github.nettyvmci.zmtp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * What Jazzer calls: each input is run twice, in one read and cut into several, and both must come to the same. With
 * {@code -Dfuzz.report=FILE} the executions of each scenario are written there at the end.
 */
public final class FuzzTarget {

    private static final long[] EXECUTIONS = new long[FuzzScenario.values().length];
    private static final String ONLY = System.getProperty("fuzz.scenario");

    private FuzzTarget() {
    }

    /** Called once by Jazzer. */
    public static void fuzzerInitialize() {
        String report = System.getProperty("fuzz.report");
        if (report != null) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> report(Path.of(report))));
        }
    }

    /** Called by Jazzer with every input. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 3) {
            return;
        }
        if (ONLY != null) {
            input[0] = (byte) FuzzScenario.valueOf(ONLY).ordinal();
        }
        FuzzScenario scenario = FuzzScenario.of(input);
        EXECUTIONS[scenario.ordinal()]++;
        FuzzRun.checkSame(FuzzRun.whole(scenario.setup(input)), FuzzRun.cut(scenario.setup(input), input[2] & 0xff));
    }

    private static void report(Path file) {
        Map<FuzzScenario, Long> executions = new EnumMap<>(FuzzScenario.class);
        for (FuzzScenario scenario : FuzzScenario.values()) {
            executions.put(scenario, EXECUTIONS[scenario.ordinal()]);
        }
        try {
            Files.writeString(file, executions + "\n");
        } catch (IOException e) {
            System.err.println(file + ": " + e);
        }
    }

    /**
     * Writes the seeds into a folder, or says what an input is.
     *
     * @param args the folder; or {@code --describe} and the files of inputs
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args[0].equals("--describe")) {
            for (String file : List.of(args).subList(1, args.length)) {
                byte[] input = Files.readAllBytes(Path.of(file));
                System.out.println(file + ": " + FuzzScenario.of(input) + ", " + HexFormat.of().formatHex(input));
            }
            return;
        }
        int number = 0;
        for (byte[] seed : FuzzScenario.allSeeds()) {
            Files.write(Path.of(args[0], String.format("seed-%04d", number++)), seed);
        }
    }
}
