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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures ping-pong and one-way stream over AF_UNIX: each {@link Contender} and {@code peer.c}, taking turns. A run
 * starts a pair of processes for each of them, warms them up, and then goes through placements, patterns and sizes; for
 * each of these the contenders take turns in short slices, in changing order, so that whatever disturbs the machine
 * disturbs all of them. The best slice is the run's value, as disturbance only ever makes one worse. {@code
 * script/bench} calls it.
 */
public final class TransportBench {

    private static final List<String> CONTENDERS = List.of("VMCI", "VMCI_SPIN", "EPOLL", "NIO", PeerProcess.C);
    private static final String EPOLL_AGAIN = "EPOLL" + Figures.AGAIN;
    /** Ours with loops of {@link Contender#VMCI_SPIN}. */
    static final String SPIN = "ours, spin";
    private static final String BUSY = "EPOLL_BUSY";
    private static final List<String> ROWS = List.of("allocation", "system-calls", "long-queue", "accept",
            "ping-stream");
    private static final List<String> PATTERNS = List.of("ping", "stream");
    private static final int SYSCALL_ROUND_TRIPS = 10_000;
    private static final double MAX_SYSCALLS = 3.05;
    private static final double MAX_LONG_QUEUE = 1.05;

    /**
     * How much is done.
     *
     * @param runs with new processes each
     * @param slices per run and cell
     * @param sliceMillis the length of one
     * @param warmUpMillis per pattern and Netty contender
     * @param sizes of messages in bytes
     */
    record Plan(int runs, int slices, int sliceMillis, int warmUpMillis, List<Integer> sizes) {

        private static final List<Integer> SIZES = List.of(64, 1 << 10, 16 << 10, 64 << 10, 1 << 20);

        static Plan of(String option) {
            return switch (option) {
                case "--quick" -> new Plan(3, 4, 50, 500, List.of(64, 64 << 10));
                case "" -> new Plan(5, 5, 60, 1500, SIZES);
                case "--full" -> new Plan(15, 10, 100, 3000, SIZES);
                default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
            };
        }
    }

    private final Plan plan;
    private final List<String> rows;
    private final Path folder;
    private final int[] processors;
    private final Results results = new Results();
    private final Figures figures = new Figures("transport");
    private boolean passed = true;

    private TransportBench(Plan plan, List<String> rows, Path folder) throws IOException {
        this.plan = plan;
        this.rows = rows;
        this.folder = folder;
        processors = allowedProcessors();
    }

    /**
     * Runs it and prints the result; the exit status is 1 if ours is slower than Netty's epoll transport in every run,
     * or a limit is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none; then the {@link #ROWS} to measure, none for all
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        List<String> rows = new ArrayList<>(List.of(arguments));
        Plan plan = Plan.of(!rows.isEmpty() && rows.get(0).startsWith("-") ? rows.remove(0) : "");
        if (!ROWS.containsAll(rows)) {
            throw new IllegalArgumentException("rows: " + rows + " (expected: of " + ROWS + ')');
        }
        Path folder = Files.createTempDirectory("vmci-bench");
        TransportBench bench = new TransportBench(plan, rows.isEmpty() ? ROWS : rows, folder);
        try {
            bench.run();
        } finally {
            for (String contender : CONTENDERS) {
                Files.deleteIfExists(folder.resolve(contender));
            }
            Files.deleteIfExists(folder.resolve(BUSY));
            Files.delete(folder);
        }
        System.exit(bench.passed ? 0 : 1);
    }

    private void run() throws Exception {
        Machine.describe();
        System.out.printf("Processors %s%n", Arrays.toString(processors));
        if (rows.contains("allocation")) {
            allocation();
        }
        if (rows.contains("system-calls")) {
            systemCalls(64);
            systemCalls(64 << 10);
        }
        if (rows.contains("long-queue")) {
            longQueues();
        }
        if (rows.contains("accept")) {
            System.err.println("accepting");
            AcceptRate.measure(folder, plan.runs, plan.slices * 4, figures);
        }
        if (rows.contains("ping-stream")) {
            pingAndStream();
        }
        System.out.printf("load at the end %s%n", Machine.load());
        figures.write();
        passed &= Targets.print(List.of(figures));
    }

    private void pingAndStream() throws Exception {
        for (int run = 0; run < plan.runs; run++) {
            System.err.printf("run %d of %d, load %s%n", run + 1, plan.runs, Machine.load());
            oneRun(run);
            if (processors.length > 1) {
                busyWaiting();
            }
        }
        for (int placement = 1; placement <= Math.min(2, processors.length); placement++) {
            for (String pattern : PATTERNS) {
                System.out.printf("%n%s, both ends on %s; medians of %d runs, ratios with min..max%n%s",
                        pattern.equals("ping") ? "Ping-pong, round trip in us (less is better)"
                                : "Stream, MB/s (more is better)",
                        placement == 1 ? "one processor" : "two processors", plan.runs,
                        results.table(placement, pattern, plan.sizes));
            }
        }
        if (processors.length == 1) {
            System.out.println("Two processors: not measured, only one may be used here");
        }
        System.out.println();
        verdicts();
    }

    private void verdicts() {
        for (int placement = 1; placement <= Math.min(2, processors.length); placement++) {
            for (int size : plan.sizes) {
                Spread ratio = results.ratio(placement, "ping", size, "EPOLL");
                check("round trip of " + Results.bytes(size) + ", " + placement + " processor(s), ours/epoll", ratio,
                        ratio.min() <= 1);
            }
            Spread ratio = results.ratio(placement, "stream", 64 << 10, "EPOLL");
            check("stream of 64 KiB, " + placement + " processor(s), ours/epoll", ratio, ratio.max() >= 1);
        }
    }

    private void check(String what, Object value, boolean good) {
        passed &= good;
        System.out.printf("%s: %s%s%n", good ? "ok" : "FAILED", what + ' ', value);
    }

    private void allocation() throws Exception {
        System.err.println("allocation (JMH)");
        System.out.printf("%nOne thread, both ends (JMH): us and bytes allocated per round trip%n");
        for (Allocation.Result result : Allocation.measure(plan.runs <= 5 ? List.of(64) : List.of(64, 64 << 10))) {
            System.out.printf(Locale.ROOT, "%-8s%-6s %8.2f us %8.3f B%n", Results.bytes(result.size()),
                    result.contender(), result.micros(), result.bytes());
            if (result.contender().equals("VMCI")) {
                check("less than 1 byte allocated,", String.format(Locale.ROOT, "%.3f", result.bytes()),
                        result.bytes() < 1);
            }
        }
    }

    private void systemCalls(int size) throws Exception {
        System.err.println("system calls (strace)");
        System.out.printf("%nSystem calls per ping-pong of %s, over %d%n", Results.bytes(size), SYSCALL_ROUND_TRIPS);
        for (String contender : CONTENDERS) {
            try (Pair pair = new Pair(contender, folder)) {
                // Warms up until the compiler is done, since handing it a method is a futex call of the counted thread.
                pair.client.run("ping " + size + " 3000 50000");
                SystemCalls server = SystemCalls.attach(pair.server.threadId());
                SystemCalls client = SystemCalls.attach(pair.client.threadId());
                pair.client.run("ping " + size + " 60000 " + SYSCALL_ROUND_TRIPS);
                double clientCalls = perRoundTrip(contender + " client", client.detach());
                double serverCalls = perRoundTrip(contender + " server", server.detach());
                if (contender.equals("VMCI")) {
                    check("at most " + MAX_SYSCALLS + ",", String.format(Locale.ROOT, "%.3f and %.3f", clientCalls,
                            serverCalls), Math.max(clientCalls, serverCalls) <= MAX_SYSCALLS);
                }
            }
        }
    }

    private void longQueues() throws Exception {
        System.err.println("long queues");
        System.out.printf("%nProcessor time of the writer of %d messages, flushed once%n", LongQueue.MESSAGES);
        try (LongQueue queue = new LongQueue(folder)) {
            for (int size : List.of(1 << 10, 4 << 10, 16 << 10)) {
                Map<Contender, List<Double>> micros = queue.measure(size, plan.runs, plan.slices * 4);
                Spread ratio = Spread.ofRatios(micros.get(Contender.VMCI), micros.get(Contender.EPOLL));
                micros.forEach((contender, values) -> values.forEach(value -> figures.add("long queue "
                        + Results.bytes(size), title(contender.name()), value, "us", value * 1e3)));
                check("at most " + MAX_LONG_QUEUE + ", long queue of " + Results.bytes(size) + ", ours/epoll", ratio,
                        ratio.median() <= MAX_LONG_QUEUE);
            }
        }
    }

    private static double perRoundTrip(String side, Map<String, Long> calls) {
        double sum = 0;
        StringBuilder parts = new StringBuilder();
        for (Map.Entry<String, Long> call : calls.entrySet()) {
            double each = (double) call.getValue() / SYSCALL_ROUND_TRIPS;
            sum += each;
            if (each >= 0.001) {
                parts.append(String.format(Locale.ROOT, " %s %.3f", call.getKey(), each));
            }
        }
        System.out.printf(Locale.ROOT, "%-13s %.3f:%s%n", side, sum, parts);
        return sum;
    }

    private void oneRun(int run) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        try {
            for (String contender : CONTENDERS) {
                pairs.add(new Pair(contender, folder));
            }
            for (Pair pair : pairs) {
                pair.warmUp(plan.warmUpMillis);
            }
            for (int placement = 1; placement <= Math.min(2, processors.length); placement++) {
                for (Pair pair : pairs) {
                    pair.server.pin(processors[0]);
                    pair.client.pin(processors[placement - 1]);
                }
                for (String pattern : PATTERNS) {
                    for (int size : plan.sizes) {
                        measure(run, placement, pattern, size, pairs);
                    }
                }
            }
        } finally {
            for (Pair pair : pairs) {
                pair.close();
            }
        }
    }

    private void measure(int run, int placement, String pattern, int size, List<Pair> pairs) throws IOException {
        Map<String, Measured> best = new HashMap<>();
        for (int slice = 0; slice < plan.slices; slice++) {
            List<Pair> order = new ArrayList<>(pairs);
            Collections.rotate(order, run + slice);
            if (slice % 2 == 1) {
                Collections.reverse(order);
            }
            for (Pair pair : order) {
                Measured measured = pair.measure(pattern, size, plan.sliceMillis);
                best.merge(pair.contender, measured, (a, b) -> b.better(a, pattern) ? b : a);
                if (pair.contender.equals("EPOLL")) { // also against itself
                    Measured again = pair.measure(pattern, size, plan.sliceMillis);
                    best.merge(EPOLL_AGAIN, again, (a, b) -> b.better(a, pattern) ? b : a);
                }
            }
        }
        for (String contender : CONTENDERS) {
            results.add(placement, pattern, size, contender, best.get(contender).value);
            results.add(placement, pattern + " cpu", size, contender, best.get(contender).cpu);
            figure(placement, pattern, size, title(contender), best.get(contender));
        }
        figure(placement, pattern, size, title(EPOLL_AGAIN), best.get(EPOLL_AGAIN));
    }

    private void figure(int placement, String pattern, int size, String contender, Measured measured) {
        boolean ping = pattern.equals("ping");
        figures.add((ping ? "ping-pong " : "stream ") + Results.bytes(size) + ", "
                + (placement == 1 ? "one processor" : "two processors"), contender,
                ping ? measured.value : measured.value * 1e6, ping ? "us" : "B/s", measured.cpu);
    }

    /** Returns the name of a contender in tables. */
    static String title(String contender) {
        return switch (contender) {
            case "VMCI" -> "ours";
            case "VMCI_SPIN" -> SPIN;
            case PeerProcess.C -> contender;
            case "EPOLL_BUSY" -> "epoll busy";
            default -> contender.toLowerCase(Locale.ROOT);
        };
    }

    /** Measures ping-pong beside Netty's busy waiting, which takes both processors, and so comes after all others. */
    private void busyWaiting() throws Exception {
        try (Pair pair = new Pair(BUSY, folder)) {
            pair.server.pin(processors[0]);
            pair.client.pin(processors[1]);
            pair.warmUp(plan.warmUpMillis);
            Measured best = pair.measure("ping", 64, plan.sliceMillis);
            for (int slice = 1; slice < plan.slices; slice++) {
                Measured measured = pair.measure("ping", 64, plan.sliceMillis);
                best = measured.better(best, "ping") ? measured : best;
            }
            figure(2, "ping", 64, title(BUSY), best);
        }
    }

    /**
     * The result of a slice.
     *
     * @param value the median round trip in microseconds, or MB/s
     * @param cpu nanoseconds of both ends' processor time, per round trip or per byte
     */
    private record Measured(double value, double cpu) {

        boolean better(Measured other, String pattern) {
            return pattern.equals("ping") ? value < other.value : value > other.value;
        }
    }

    /** A server and a client of it. */
    private static final class Pair implements AutoCloseable {

        final String contender;
        final PeerProcess server;
        final PeerProcess client;

        Pair(String contender, Path folder) throws IOException {
            this.contender = contender;
            String path = folder.resolve(contender).toString();
            Files.deleteIfExists(folder.resolve(contender));
            server = PeerProcess.start("server", contender, path);
            client = PeerProcess.start("client", contender, path);
        }

        void warmUp(int millis) throws IOException {
            if (!contender.equals(PeerProcess.C)) {
                measure("ping", 64, millis);
                measure("stream", 64, millis / 2);
                measure("stream", 64 << 10, millis / 2);
            }
        }

        Measured measure(String pattern, int size, int millis) throws IOException {
            boolean ping = pattern.equals("ping");
            long before = server.cpuNanos() + client.cpuNanos();
            String[] answer = client.run(pattern + ' ' + size + ' ' + millis + (ping ? " " + Long.MAX_VALUE : ""));
            double cpu = server.cpuNanos() + client.cpuNanos() - before;
            double done = Double.parseDouble(answer[1]);
            double nanos = Double.parseDouble(answer[2]);
            return new Measured(ping ? nanos / 1e3 : done / nanos * 1e3, cpu / done);
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    private static int[] allowedProcessors() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Cpus_allowed_list:")) {
                return processors(line.substring(line.indexOf(':') + 1).trim());
            }
        }
        throw new IOException("/proc/self/status: no Cpus_allowed_list (expected: one)");
    }

    /** Reads a list such as {@code 0-3,8}. */
    static int[] processors(String list) {
        List<Integer> all = new ArrayList<>();
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            for (int cpu = Integer.parseInt(ends[0]); cpu <= Integer.parseInt(ends[ends.length - 1]); cpu++) {
                all.add(cpu);
            }
        }
        return all.stream().mapToInt(Integer::intValue).toArray();
    }
}
