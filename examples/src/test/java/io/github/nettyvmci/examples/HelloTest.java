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

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Runs the programs as a user does, each in a process of its own, over the family of this run. */
class HelloTest {

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killWhatStillRuns() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void serverShouldAnswerOurClient() throws Exception {
        String endpoint = startServer();
        Process client = java("HelloClient", endpoint);
        List<String> lines = lines(client);
        assertEquals(0, client.waitFor());
        assertTrue(lines.get(0).startsWith("connected to " + endpoint + ": "), lines.toString());
        assertEquals(List.of("Hello 1 -> World", "Hello 2 -> World", "Hello 3 -> World"), lines.subList(1, 4));
    }

    /** In the VM Debian's libzmq does not speak vmci://; there script/demo --vm goes through socat. */
    @Test
    void serverShouldAnswerLibzmq() throws Exception {
        String endpoint = startServer("ipc://" + TestFamily.newPath());
        Process client = start("/usr/bin/python3", root().resolve("src/main/python/hello_client.py").toString(),
                endpoint);
        List<String> lines = lines(client);
        assertEquals(0, client.waitFor(), lines.toString());
        assertEquals(List.of("Hello 1 -> World", "Hello 2 -> World", "Hello 3 -> World"), lines.subList(1, 4));
    }

    @Test
    void serverShouldTellWhatIsWrongWithAnEndpoint() throws Exception {
        Process server = java("HelloServer", "vmci://12abc:1");
        List<String> lines = lines(server);
        assertEquals(1, server.waitFor());
        assertTrue(lines.toString().contains("vmci://12abc:1 (expected: "), lines.toString());
    }

    @Test
    void probeShouldReport() throws Exception {
        Process probe = java("Probe");
        List<String> lines = lines(probe);
        assertTrue(probe.waitFor() <= 1);
        assertTrue(lines.stream().anyMatch(line -> line.contains("AF_UNIX")), lines.toString());
    }

    private String startServer() throws Exception {
        return startServer(TestFamily.CURRENT == TestFamily.VSOCK ? "vmci://1:*" : "ipc://" + TestFamily.newPath());
    }

    private String startServer(String endpoint) throws Exception {
        Process server = java("HelloServer", endpoint);
        String prefix = "listening on ";
        String line = server.inputReader(StandardCharsets.UTF_8).readLine(); // stays open: it prints more
        assertTrue(line != null && line.startsWith(prefix), () -> "server said: " + line);
        return line.substring(prefix.length());
    }

    private Process java(String program, String... arguments) throws IOException {
        List<String> command = TestFamily.javaCommand();
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                "io.github.nettyvmci.examples." + program));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    private Process start(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        processes.add(process);
        return process;
    }

    private static List<String> lines(Process process) throws Exception {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines::add);
        }
        assertTrue(process.waitFor(10, TimeUnit.SECONDS), () -> "still running after: " + lines);
        return lines;
    }

    /** The module's folder: Maven runs tests in it, script/test in the one above. */
    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        return Files.isDirectory(here.resolve("examples")) ? here.resolve("examples") : here;
    }
}
