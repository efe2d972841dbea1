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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The class that Jazzer calls: each input is run twice, in one read and cut into several, and both must come to the
 * same. With {@code -Dfuzz.report=FILE} the executions of each scenario are written there at the end.
 */
public final class FuzzTarget {

    /** What Jazzer must be told to fuzz this target, in any place. */
    static final List<String> JAZZER_ARGUMENTS = List.of("--target_class=" + FuzzTarget.class.getName(),
            "--instrumentation_includes=io.github.nettyvmci.zmtp.**", // what is left out here is test code
            "--instrumentation_excludes=io.github.nettyvmci.zmtp.Fuzz*:io.github.nettyvmci.zmtp.Wire"
                    // Loops without a branch that an input could decide.
                    + ":io.github.nettyvmci.zmtp.internal.curve.Salsa20*"
                    + ":io.github.nettyvmci.zmtp.internal.curve.Poly1305"
                    + ":io.github.nettyvmci.zmtp.Codec:io.github.nettyvmci.zmtp.security.CurveVectors",
            "--custom_hook_includes=io.github.nettyvmci.zmtp.**", // Netty's Unsafe does not survive Jazzer's hooks
            "-rss_limit_mb=0", "-print_final_stats=1");

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

    /** The seeds and the inputs of a packed corpus. */
    static List<byte[]> corpus(Path packed) throws IOException {
        List<byte[]> inputs = new ArrayList<>(FuzzScenario.allSeeds());
        for (String line : Files.readAllLines(packed)) {
            if (!line.startsWith("#")) {
                inputs.add(HexFormat.of().parseHex(line));
            }
        }
        return inputs;
    }

    /**
     * Turns corpora into files and back, and tells Jazzer's arguments.
     *
     * @param args {@code --unpack FILE FOLDER}: writes the seeds and the inputs in FILE, one file each;
     *             {@code --pack FOLDER FILE}: the way back, without seeds;
     *             {@code --describe FILE...}: tells what inputs are;
     *             {@code --arguments}: tells what Jazzer needs
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        List<String> files = List.of(args).subList(1, args.length);
        switch (args[0]) {
            case "--unpack":
                int number = 0;
                for (byte[] input : corpus(Path.of(files.get(0)))) {
                    Files.write(Path.of(files.get(1), String.format("input-%05d", number++)), input);
                }
                break;
            case "--pack":
                pack(Path.of(files.get(0)), Path.of(files.get(1)));
                break;
            case "--describe":
                for (String file : files) {
                    byte[] input = Files.readAllBytes(Path.of(file));
                    System.out.println(file + ": " + FuzzScenario.of(input) + ", " + HexFormat.of().formatHex(input));
                }
                break;
            case "--arguments":
                JAZZER_ARGUMENTS.forEach(System.out::println);
                break;
            default:
                throw new IllegalArgumentException(args[0] + " (expected: --unpack, --pack, --describe, --arguments)");
        }
    }

    private static void pack(Path folder, Path packed) throws IOException {
        Set<String> seeds = new HashSet<>();
        FuzzScenario.allSeeds().forEach(seed -> seeds.add(HexFormat.of().formatHex(seed)));
        Set<String> lines = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                lines.add(HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        }
        lines.removeAll(seeds);
        List<String> all = new ArrayList<>();
        all.add("# Inputs that script/fuzz found besides FuzzScenario's seeds; written by FuzzTarget --pack.");
        all.addAll(lines);
        Files.write(packed, all);
    }
}
