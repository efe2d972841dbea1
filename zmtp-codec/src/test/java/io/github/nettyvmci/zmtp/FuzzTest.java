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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.ChildProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The inputs that long runs of {@code script/fuzz} found worth keeping, all at once; and a short run of the fuzzer from
 * them, always the same. {@code src/test/fuzz/corpus.txt} holds one input a line, in hex.
 */
class FuzzTest {

    private static final int RUNS = 3000;
    private static final String JAZZER = "com.code_intelligence.jazzer.Jazzer";

    private static Path resource(String name) throws URISyntaxException {
        // target/test-classes is where this class is.
        return Path.of(FuzzTest.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                .resolveSibling("../src/test/fuzz").resolve(name).normalize();
    }

    @Test
    void shouldStandEverySeedAndEveryInputOfTheCorpus() throws Exception {
        List<byte[]> inputs = FuzzTarget.corpus(resource("corpus.txt"));
        assertTrue(inputs.size() > FuzzScenario.allSeeds().size(), inputs.size() + " inputs");
        for (byte[] input : inputs) {
            FuzzTarget.fuzzerTestOneInput(input);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "every part of a message that came in pieces kept 272 octets, 4, "
                + "00 00 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61"
                + "08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61"
                + "08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61"
                + "08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61"
                + "08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61"
                + "08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61 08 01 61 61 61 61 61 61 61",
        "a PONG waited for the next read when autoRead was off, 9, 01 b1 02 0b 09 53 55 42"
                + "53 43 52 49 42 45 41 02 08 04 50 49 4e 47 00 0f a3"})
    void shouldStandWhatWasFound(String what, int scenario, String input) {
        FuzzTarget.fuzzerTestOneInput(Wire.bytes(String.format("%02X ", scenario) + input));
    }

    @Test
    void shouldStandAShortRunOfTheFuzzer(@TempDir Path folder) throws Exception {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "Jazzer has no native library for this machine");
        Path corpus = Files.createDirectory(folder.resolve("corpus"));
        FuzzTarget.main(new String[] {"--unpack", resource("corpus.txt").toString(), corpus.toString()});
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-cp", classpath(), JAZZER));
        command.addAll(FuzzTarget.JAZZER_ARGUMENTS);
        command.addAll(List.of("-dict=" + resource("zmtp.dict"), "-artifact_prefix=" + folder + File.separator,
                "--reproducer_path=" + folder, "-seed=1", "-runs=" + RUNS, corpus.toString()));
        String output = ChildProgram.run(180, command);
        Matcher done = Pattern.compile("#(\\d+)\\s+DONE\\s+cov: (\\d+)").matcher(output);
        assertTrue(done.find(), output);
        assertTrue(Integer.parseInt(done.group(1)) >= RUNS, done.group());
        assertTrue(Integer.parseInt(done.group(2)) > 1000, "the codec was not instrumented: " + done.group());
    }

    /** Of this JVM, less what Jazzer would also have to look through. */
    private static String classpath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("jeromq") && !entry.contains("mockito"))
                .reduce((a, b) -> a + File.pathSeparator + b).orElseThrow();
    }

    @Test
    void shouldReadWhatItWrites(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("corpus.txt");
        Files.write(folder.resolve("a"), new byte[] {0, 1, 2, (byte) 0xff});
        FuzzTarget.main(new String[] {"--pack", folder.toString(), file.toString()});
        List<byte[]> inputs = FuzzTarget.corpus(file);
        assertEquals(FuzzScenario.allSeeds().size() + 1, inputs.size());
        assertEquals(-1, inputs.get(inputs.size() - 1)[3]);
    }
}
