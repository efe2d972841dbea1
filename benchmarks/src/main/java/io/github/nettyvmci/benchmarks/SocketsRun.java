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

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs whole programs that send to each other, as users start them: a process for each end, or one for both over
 * inproc. Their processor time includes start, compiling and end.
 */
final class SocketsRun {

    /** Whose program is run. */
    enum Contender {
        /** {@code script/zmq}, with its default settings. */
        OURS("ours"),
        /** Ours with a handler of messages and sends from the event loop, {@link SocketPerf}. */
        LOOP("ours"),
        /** {@code zmqperf.c}. */
        LIBZMQ("libzmq"),
        /** {@link JeroPerf}. */
        JEROMQ("JeroMQ");

        /** The name in tables. */
        final String title;

        Contender(String title) {
            this.title = title;
        }
    }

    /**
     * What is run.
     *
     * @param pattern {@code thr}, {@code lat}, {@code samples}, {@code bytes} or {@code inproc}
     * @param scheme  {@code ipc} or {@code tcp}; over inproc there is one process
     * @param size    of a message in bytes
     * @param count   of messages, or of round trips
     * @param pinned  whether both ends are kept on one processor
     * @param curve   whether the messages go through CURVE
     */
    record Work(String pattern, String scheme, int size, long count, boolean pinned, boolean curve) {

        static Work of(String pattern, String scheme, int size, long count) {
            return new Work(pattern, scheme, size, count, false, false);
        }
    }

    /**
     * What a run gave.
     *
     * @param value messages a second, or the microseconds of one way
     * @param cpu   nanoseconds of processor time of all processes, divided by the count
     * @param samples the nanoseconds of each round trip, if these were asked for
     */
    record Measured(double value, double cpu, long[] samples) {
    }

    private static final Pattern VALUE = Pattern.compile("mean throughput: ([0-9]+) \\[msg/s]"
            + "|average latency: ([0-9.]+) \\[us]|allocated: ([0-9.]+) \\[B/msg]");
    private static final Pattern CPU = Pattern.compile("^processor time ([0-9.]+) ([0-9.]+)$", Pattern.MULTILINE);
    private static final Pattern SAMPLE = Pattern.compile("^sample ([0-9]+)$", Pattern.MULTILINE);
    private static final int LEAST_PORT = 20_000;
    /** Linux's default, see ip(7), ip_local_port_range. */
    private static final int FIRST_EPHEMERAL_PORT = 32_768;
    private static final int MOST_KILLS = 1000;
    private static final Duration MOST = Duration.ofMinutes(5);

    private final Path folder;
    private final Duration most;

    SocketsRun(Path folder) {
        this(folder, MOST);
    }

    /** Runs programs that may take at most so long each. */
    SocketsRun(Path folder, Duration most) {
        this.folder = folder;
        this.most = most;
    }

    /**
     * Runs a work once. Programs of a rival that do not end are ended and run once more, which is printed: one of
     * libzmq's hung in several thousand runs, and a whole group is not worth less for it. Ours must end.
     */
    Measured run(Work work, Contender contender) throws IOException, InterruptedException {
        try {
            return once(work, contender);
        } catch (TimeoutException e) {
            if (contender == Contender.OURS || contender == Contender.LOOP) {
                throw new IOException(e.getMessage(), e);
            }
            System.err.println(e.getMessage() + "; it is run once more");
        }
        try {
            return once(work, contender);
        } catch (TimeoutException e) {
            throw new IOException(e.getMessage() + ", twice", e);
        }
    }

    private Measured once(Work work, Contender contender) throws IOException, InterruptedException, TimeoutException {
        String endpoint = switch (work.scheme) {
            case "ipc" -> "ipc://" + folder.resolve("socket");
            case "tcp" -> "tcp://127.0.0.1:" + freePort();
            default -> work.scheme + "://perf";
        };
        List<Program> programs = new ArrayList<>();
        try {
            if (work.pattern.equals("inproc")) {
                programs.add(start(work, inprocCommand(work, contender, endpoint), "both"));
            } else {
                programs.add(start(work, command(work, contender, true, endpoint), "local"));
                programs.add(start(work, command(work, contender, false, endpoint), "remote"));
            }
            double value = Double.NaN;
            double cpu = 0;
            long[] samples = {};
            for (Program program : programs) {
                String printed = program.await(most);
                Matcher matcher = VALUE.matcher(printed);
                if (matcher.find()) {
                    // Both ends tell what they allocated; the greater number counts.
                    value = Math.max(Double.isNaN(value) ? 0 : value, Stream.of(1, 2, 3).map(matcher::group)
                            .filter(Objects::nonNull).mapToDouble(Double::parseDouble).findFirst().orElseThrow());
                }
                long[] found = SAMPLE.matcher(printed).results().mapToLong(one -> Long.parseLong(one.group(1)))
                        .toArray();
                if (found.length > 0) {
                    samples = found;
                    value = Arrays.stream(samples).average().orElseThrow() / 2e3;
                }
                matcher = CPU.matcher(printed);
                if (!matcher.find()) {
                    throw new IOException(program + ": " + printed + " (expected: a line about processor time)");
                }
                cpu += Double.parseDouble(matcher.group(1)) + Double.parseDouble(matcher.group(2));
            }
            if (Double.isNaN(value)) {
                throw new IOException(programs + ": no result (expected: a throughput or a latency)");
            }
            return new Measured(value, cpu * 1e9 / work.count, samples);
        } finally {
            programs.forEach(Program::end);
            Files.deleteIfExists(folder.resolve("socket"));
        }
    }

    private static List<String> command(Work work, Contender contender, boolean local, String endpoint) {
        String kind = switch (work.pattern) {
            case "samples" -> local ? "local_lat" : "samples_lat";
            case "bytes" -> local ? "bytes_local_thr" : "bytes_remote_thr";
            default -> (local ? "local_" : "remote_") + work.pattern;
        };
        boolean tool = kind.startsWith("local") || kind.startsWith("remote");
        List<String> command = new ArrayList<>(switch (contender) {
            case OURS -> tool ? List.of("script/zmq", kind) : java(SocketPerf.class, kind);
            case LOOP -> java(SocketPerf.class, "loop_" + kind);
            case LIBZMQ -> List.of(PeerProcess.besideClasses("zmqperf").toString(), kind);
            case JEROMQ -> java(JeroPerf.class, kind);
        });
        command.addAll(List.of(endpoint, Integer.toString(work.size), Long.toString(work.count)));
        if (work.curve && contender == Contender.OURS) {
            command.addAll(local ? List.of("--curve-server", "--curve-secret-key", CurveKeys.SECRET)
                    : List.of("--curve-server-key", CurveKeys.PUBLIC));
        } else if (work.curve) {
            command.add("curve");
        }
        return command;
    }

    private static List<String> inprocCommand(Work work, Contender contender, String endpoint) {
        List<String> command = new ArrayList<>(contender == Contender.LIBZMQ
                ? List.of(PeerProcess.besideClasses("zmqperf").toString(), "inproc_thr")
                : java(SocketPerf.class, "inproc_thr", endpoint));
        command.addAll(List.of(Integer.toString(work.size), Long.toString(work.count)));
        return command;
    }

    private static List<String> java(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        // JeroMQ is the faster for the defaults of the JVM.
        command.addAll(main == SocketPerf.class && arguments[0].endsWith("_thr") ? PeerProcess.STREAM_FLAGS
                : PeerProcess.TOOL_FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Returns a port that was free a moment ago, since libzmq's programs cannot tell a port that they chose. It is none
     * of those that the kernel gives to whoever does not choose, so that it stays free.
     */
    private static int freePort() throws IOException {
        for (;;) {
            int port = ThreadLocalRandom.current().nextInt(LEAST_PORT, FIRST_EPHEMERAL_PORT);
            try (ServerSocket socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (BindException e) {
                // somebody has it
            }
        }
    }

    /** Runs a command in bash, which tells the processor time of the processes it waits for, by getrusage(2). */
    private Program start(Work work, List<String> command, String name) throws IOException {
        List<String> timed = new ArrayList<>(List.of("bash", "-c",
                "TIMEFORMAT='processor time %U %S'; time \"$@\"", "bash"));
        if (work.pinned) {
            timed.addAll(List.of("taskset", "-c", "0"));
        }
        timed.addAll(command);
        Path output = folder.resolve(name);
        return new Program(new ProcessBuilder(timed).redirectErrorStream(true).redirectOutput(output.toFile()).start(),
                output, String.join(" ", command));
    }

    private record Program(Process process, Path output, String command) {

        String await(Duration most) throws IOException, InterruptedException, TimeoutException {
            if (!process.waitFor(most.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TimeoutException(command + ": still running after " + most.toSeconds() + " s");
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            if (process.exitValue() != 0) {
                throw new IOException(command + ": exit status " + process.exitValue() + " (expected: 0); "
                        + printed);
            }
            return printed;
        }

        /** Ends the program, after which bash ends by itself; killed first, it could leave one that it just started. */
        void end() {
            try {
                for (int i = 0; i < MOST_KILLS && process.isAlive(); i++) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.waitFor(10, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // the other programs are ended all the same
            }
            process.destroyForcibly();
            try {
                Files.deleteIfExists(output);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        @Override
        public String toString() {
            return command;
        }
    }
}
