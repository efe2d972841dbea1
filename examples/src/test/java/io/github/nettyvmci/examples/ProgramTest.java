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
package io.github.nettyvmci.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.AfterEach;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Programs in processes of their own, which do not outlive the test. */
public abstract class ProgramTest {

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    final void killWhatStillRuns() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    protected final Process java(String program, String... arguments) throws IOException {
        // What a shell starts in the background ignores SIGINT, and so would everything that the tests start.
        List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
        command.addAll(TestFamily.javaCommand());
        command.addAll(List.of("-Dzmq.slowness=" + TestFamily.SLOWNESS, "-XX:TieredStopAtLevel=1",
                "-cp", System.getProperty("java.class.path"),
                "io.github.nettyvmci.examples." + program));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    protected final Process start(String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeAll(Set.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")); // Java prints them
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    protected static List<String> lines(Process process) throws Exception {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines::add);
        }
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> "still running after: " + lines);
        return lines;
    }

    /** Returns the rest of the line that begins so; the process may print more. */
    protected static String awaitLine(Process process, String prefix) throws IOException {
        List<String> before = new ArrayList<>();
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
            before.add(line);
        }
        throw new AssertionError("no line '" + prefix + "' in " + before);
    }

    /** Returns an endpoint for a bind, of the family of this run. */
    protected static String newEndpoint() {
        return TestFamily.CURRENT == TestFamily.VSOCK ? "vmci://1:*" : "ipc://" + TestFamily.newPath();
    }

    /** The module's folder: Maven runs tests in it, script/test in the one above. */
    protected static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("examples")) ? here.resolve("examples") : here;
    }
}
