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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running process of {@link Peer}, {@link ZmtpPeer} or one of their counterparts in C.
 */
final class PeerProcess implements AutoCloseable {

    /** The options of every JVM that measures. */
    static final List<String> JVM_FLAGS = List.of("-Xms768m", "-Xmx768m", "-XX:MaxDirectMemorySize=768m", "-da", "-dsa",
            "-Dio.netty.leakDetection.level=disabled");

    /** The name that stands for {@code peer.c}; all others are those of a {@link Contender}. */
    static final String C = "C";

    private final Process process;
    private final BufferedReader output;
    private final String threadId;

    private PeerProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        threadId = answer("ready")[1];
    }

    /**
     * Starts a peer and returns once a server is bound.
     *
     * @param role {@code server} or {@code client}
     * @param contender the name of a {@link Contender}, or {@link #C}
     * @param path of the socket
     * @throws IOException if it does not start
     */
    static PeerProcess start(String role, String contender, String path) throws IOException {
        if (contender.equals(C)) {
            return new PeerProcess(List.of(besideClasses("peer").toString(), role, path));
        }
        return java(Peer.class, role, contender, path);
    }

    /** Starts a {@link ZmtpPeer}. */
    static PeerProcess startZmtp(Path socket) throws IOException {
        return java(ZmtpPeer.class, socket.toString());
    }

    /** Starts {@code zmqpeer.c}. */
    static PeerProcess startLibzmq(Path socket) throws IOException {
        return new PeerProcess(List.of(besideClasses("zmqpeer").toString(), socket.toString()));
    }

    private static PeerProcess java(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(JVM_FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return new PeerProcess(command);
    }

    /** Returns the folder beside the classes in which Maven puts what the C sources compile to. */
    static Path besideClasses(String name) {
        try {
            return Path.of(PeerProcess.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .resolveSibling(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the kernel's number for the thread that does the work. */
    String threadId() {
        return threadId;
    }

    /** Pins the thread that does the work to one processor. */
    void pin(int processor) throws IOException, InterruptedException {
        Process taskset = new ProcessBuilder("taskset", "-pc", Integer.toString(processor), threadId)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        if (taskset.waitFor() != 0) {
            throw new IOException("taskset: exit status " + taskset.exitValue() + " (expected: 0)");
        }
    }

    /** Returns for how long the thread that does the work has had a processor so far, in nanoseconds. */
    long cpuNanos() throws IOException {
        String statistics = Files.readString(Path.of("/proc", threadId, "schedstat"));
        return Long.parseLong(statistics.substring(0, statistics.indexOf(' ')));
    }

    /**
     * Orders a run, see {@link Peer}, and returns the words of the answer.
     */
    String[] run(String order) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write((order + '\n').getBytes(StandardCharsets.US_ASCII));
        input.flush();
        return answer(order.substring(0, order.indexOf(' ')));
    }

    private String[] answer(String kind) throws IOException {
        String line = output.readLine();
        if (line == null || !line.startsWith(kind + ' ')) {
            close();
            throw new IOException("answer of " + process.info().commandLine().orElse("a peer") + ": " + line
                    + " (expected: " + kind + " ...)");
        }
        return line.split(" ");
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close(); // the end of its input ends the process
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
