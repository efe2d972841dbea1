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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Servers that a service manager starts. Over Unix sockets, since the JDK has no AF_VSOCK to ask with. */
@Timeout(300)
class SocketActivationTest extends ProgramTest {

    private static final int CLIENTS = 4;
    private static final int RESTARTS = 3;
    private static final int ANSWERS_BETWEEN = 50;
    private static final String SYSTEMD = "/usr/bin/systemd-socket-activate";

    private final String path = TestFamily.newPath();
    private final AtomicInteger answers = new AtomicInteger();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();
    private final List<Process> started = new ArrayList<>();
    private volatile boolean enough;

    @AfterEach
    void stop() throws Exception {
        enough = true;
        clients.shutdownNow();
        started.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
        Files.deleteIfExists(Path.of(path));
    }

    private static List<String> server(String... before) {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(TestFamily.javaCommand());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
                HttpServer.class.getName()));
        return command;
    }

    /** Reads all that a process prints, which could not go on otherwise. */
    private Process run(List<String> command) throws IOException {
        Process process = start(command.toArray(String[]::new));
        started.add(process);
        Thread reader = new Thread(() -> process.inputReader(StandardCharsets.UTF_8).lines().forEach(printed::add));
        reader.setDaemon(true);
        reader.start();
        return process;
    }

    /** Returns the rest of the next line that begins so. */
    private String awaitPrinted(String prefix) throws InterruptedException {
        List<String> before = new ArrayList<>();
        for (;;) {
            String line = printed.poll(60, TimeUnit.SECONDS);
            assertNotNull(line, () -> "no line '" + prefix + "' in " + before);
            if (line.startsWith(prefix)) {
                return line.substring(prefix.length());
            }
            before.add(line);
        }
    }

    private String ask() throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            channel.write(ByteBuffer.wrap("GET / HTTP/1.1\r\nHost: vm\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void check(String answer) {
        assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n") && answer.endsWith("GET / for ipc://(unnamed)\n"), answer);
    }

    /** Each client asks until it is told to stop. What is refused, reset or cut short ends it with the failure. */
    private Void askOnAndOn() throws IOException {
        while (!enough) {
            check(ask());
            answers.incrementAndGet();
        }
        return null;
    }

    private void awaitAnswers(int count, List<Future<Void>> asking) throws Exception {
        while (answers.get() < count) {
            for (Future<Void> one : asking) {
                if (one.isDone()) {
                    one.get(); // throws what ended it
                }
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void shouldRefuseAndLoseNobodyWhileItRestarts() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        Process manager = run(server("/usr/bin/python3", root().resolve("src/main/python/activate.py").toString(),
                path));
        awaitPrinted("listening on ");
        List<Future<Void>> asking = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            asking.add(clients.submit(this::askOnAndOn));
        }
        ProcessHandle server = null;
        for (int i = 0; i <= RESTARTS; i++) {
            server = ProcessHandle.of(Long.parseLong(awaitPrinted("started "))).orElseThrow();
            awaitPrinted("listening on ipc://");
            awaitAnswers(answers.get() + ANSWERS_BETWEEN, asking);
            if (i < RESTARTS) {
                assertTrue(server.destroy()); // SIGTERM
            }
        }
        enough = true;
        for (Future<Void> one : asking) {
            one.get(60, TimeUnit.SECONDS);
        }
        manager.destroy();
        server.destroy();
        server.onExit().get(60, TimeUnit.SECONDS);
    }

    /** Who connects is still there when the command has failed, and would have it started on and on. */
    @Test
    void shouldNotStartACommandAgainThatFails() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        Process manager = run(List.of("/usr/bin/python3", root().resolve("src/main/python/activate.py").toString(),
                path, "/no/such/program"));
        awaitPrinted("listening on ");
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            awaitPrinted("started ");
            assertTrue(manager.waitFor(60, TimeUnit.SECONDS));
            assertEquals(1, manager.exitValue());
        }
    }

    @Test
    void shouldBeStartedBySystemd() throws Exception {
        assumeTrue(Files.isExecutable(Path.of(SYSTEMD)), "needs " + SYSTEMD);
        Process server = run(server(SYSTEMD, "-l", path, "--fdname=web"));
        awaitPrinted("Listening on ");
        check(ask());
        server.destroy();
        assertEquals(128 + 15, server.waitFor());
    }
}
