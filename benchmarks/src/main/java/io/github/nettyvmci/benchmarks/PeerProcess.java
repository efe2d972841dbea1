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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A running process of {@link Peer}, {@link ZmtpPeer} or one of their counterparts in C.
 */
final class PeerProcess implements AutoCloseable {

    /** The options of every JVM that measures. */
    static final List<String> JVM_FLAGS = List.of("-Xms768m", "-Xmx768m", "-XX:MaxDirectMemorySize=768m", "-da", "-dsa",
            "-Dio.netty.leakDetection.level=disabled");

    /** The options of a JVM as {@code script/zmq} starts it for its performance programs of round trips. */
    static final List<String> TOOL_FLAGS = List.of("-XX:+UseSerialGC", "-Dio.netty.machineId=02:00:00:00:00:01",
            "-Dio.netty.jfr.enabled=false", "-Dio.netty.leakDetection.level=disabled");

    /** The options of a JVM as {@code script/zmq} starts it for its performance programs of streams. */
    static final List<String> STREAM_FLAGS = Stream.concat(TOOL_FLAGS.stream(),
            Stream.of("-XX:Tier3InvocationThreshold=40", "-XX:Tier3MinInvocationThreshold=20",
                    "-XX:Tier3CompileThreshold=200", "-XX:Tier3BackEdgeThreshold=5000",
                    "-XX:Tier4InvocationThreshold=100000", "-XX:Tier4MinInvocationThreshold=50000",
                    "-XX:Tier4CompileThreshold=200000", "-XX:Tier4BackEdgeThreshold=400000",
                    "-XX:InlineSmallCode=1000", "-XX:FreqInlineSize=200")).toList();

    /** The options of a JVM as {@code script/zmq} starts it for all else, such as {@code pull}. */
    private static final List<String> COMMAND_FLAGS = Stream.concat(
            Stream.of("-XX:TieredStopAtLevel=1", "-Xms16m", "-Xmn8m"), TOOL_FLAGS.stream()).toList();

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
        return java(Peer.class, JVM_FLAGS, role, contender, path);
    }

    /** Starts a {@link ZmtpPeer}. */
    static PeerProcess startZmtp(Path socket) throws IOException {
        return java(ZmtpPeer.class, JVM_FLAGS, socket.toString());
    }

    /** Starts a {@link NettyZmtpPeer}, on the Netty that netty-zmtp was built for. */
    static PeerProcess startNettyZmtp(Path socket) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.addAll(JVM_FLAGS);
        command.addAll(List.of("-cp", besideClasses("classes") + ":" + besideClasses("netty-zmtp") + "/*",
                NettyZmtpPeer.class.getName(), socket.toString()));
        return new PeerProcess(command);
    }

    /** Starts {@code zmqpeer.c}. */
    static PeerProcess startLibzmq(Path socket) throws IOException {
        return new PeerProcess(List.of(besideClasses("zmqpeer").toString(), socket.toString()));
    }

    /** Starts {@link ManyPeer} as {@code script/zmq} starts a command. */
    static PeerProcess startCommand(String... arguments) throws IOException {
        return java(ManyPeer.class, COMMAND_FLAGS, arguments);
    }

    /** Starts {@link ManyPeer}, as a user starts a program of ours. */
    static PeerProcess startMany(String... arguments) throws IOException {
        return java(ManyPeer.class, TOOL_FLAGS, arguments);
    }

    /** Starts a program in C, which has to print {@code ready} and obey orders. */
    static PeerProcess startC(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(besideClasses(name).toString()));
        command.addAll(List.of(arguments));
        return new PeerProcess(command);
    }

    private static PeerProcess java(Class<?> main, List<String> flags, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(flags);
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

    /** Returns for how long all threads that the process has now have had a processor so far, in nanoseconds. */
    long threadsCpuNanos() throws IOException {
        long sum = 0;
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            for (Path thread : threads.toList()) {
                try {
                    String statistics = Files.readString(thread.resolve("schedstat"));
                    sum += Long.parseLong(statistics.substring(0, statistics.indexOf(' ')));
                } catch (IOException e) {
                    continue; // the thread has ended
                }
            }
        }
        return sum;
    }

    /** Returns the processor time of the process, ended threads included, in steps of some milliseconds. */
    long processCpuNanos() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    /** Returns how much of the machine's memory the process takes, in KiB. */
    long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.split(" +")[1].trim());
            }
        }
        throw new IOException("/proc/" + process.pid() + "/status: no VmRSS (expected: one)");
    }

    /**
     * Orders a run, see {@link Peer}, and returns the words of the answer.
     */
    String[] run(String order) throws IOException {
        begin(order);
        return end(order);
    }

    /** Orders a run, whose answer {@link #end} returns. */
    void begin(String order) throws IOException {
        OutputStream input = process.getOutputStream();
        input.write((order + '\n').getBytes(StandardCharsets.US_ASCII));
        input.flush();
    }

    /** Waits for the end of a run, and returns the words of the answer. */
    String[] end(String order) throws IOException {
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
