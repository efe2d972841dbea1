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
package io.github.nettyvmci.examples.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.examples.ProgramTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The tool as a process: signals, standard streams and the exit status. */
@Timeout(300)
class ProcessTest extends ProgramTest {

    @TempDir
    private Path folder;

    private Process zmq(String... arguments) throws Exception {
        return java("tool.Zmq", arguments);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void signalShouldEndItCleanly(String signal) throws Exception {
        Path socket = folder.resolve("socket");
        Process rep = zmq("rep", "--bind", "ipc://" + socket, "--echo", "--verbose");
        awaitLine(rep, "zmq: LISTENING ");
        assertTrue(Files.exists(socket));
        assertEquals(0, start("kill", "-" + signal, Long.toString(rep.pid())).waitFor());
        assertTrue(rep.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, rep.exitValue());
        assertFalse(Files.exists(socket), "the socket file stayed");
    }

    /** Nobody reads what it prints, so it cannot be interrupted. */
    @Test
    void signalShouldEndWhatCannotPrint() throws Exception {
        Path socket = folder.resolve("socket");
        Process pull = zmq("pull", "--bind", "ipc://" + socket, "--verbose");
        awaitLine(pull, "zmq: LISTENING ");
        Process push = zmq("push", "--connect", "ipc://" + socket, "--data", "x".repeat(100_000), "--count", "200");
        assertEquals(List.of(), lines(push));
        assertEquals(0, start("kill", "-TERM", Long.toString(pull.pid())).waitFor());
        assertTrue(pull.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, pull.exitValue());
        assertFalse(Files.exists(socket), "the socket file stayed");
    }

    @Test
    void signalShouldEndWhatLingers() throws Exception {
        Process push = zmq("push", "--connect", "ipc://" + folder.resolve("nobody"), "--data", "x", "--verbose");
        awaitLine(push, "zmq: CONNECT_RETRIED ");
        assertEquals(0, start("kill", "-TERM", Long.toString(push.pid())).waitFor());
        assertTrue(push.waitFor(30, TimeUnit.SECONDS));
        assertEquals(0, push.exitValue());
    }

    @Test
    void statusShouldBeThatOfTheProcess() throws Exception {
        Process unknown = zmq("foo");
        List<String> lines = lines(unknown);
        assertEquals(2, unknown.waitFor());
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).startsWith("zmq: type: foo (expected: pair, pub, "), lines.toString());
    }

    @Test
    void inputAndOutputShouldBeTheProcess() throws Exception {
        Path ready = folder.resolve("ready");
        Process pull = zmq("pull", "--bind", "tcp://127.0.0.1:*", "--count", "2", "--ready-file", ready.toString(),
                "--verbose");
        awaitLine(pull, "zmq: LISTENING ");
        try (var watcher = folder.getFileSystem().newWatchService()) {
            folder.register(watcher, StandardWatchEventKinds.ENTRY_CREATE);
            while (!Files.exists(ready)) {
                watcher.poll(30, TimeUnit.SECONDS).reset();
            }
        }
        Process push = zmq("push", "--connect", Files.readString(ready).strip());
        push.getOutputStream().write("first\nsecond\n".getBytes(StandardCharsets.US_ASCII));
        push.getOutputStream().close();
        awaitLine(pull, "first");
        awaitLine(pull, "second");
        assertEquals(List.of(), lines(push));
        assertEquals(0, push.waitFor());
        assertEquals(0, pull.waitFor());
    }
}
