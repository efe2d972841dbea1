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

import io.github.nettyvmci.benchmarks.ZmtpResults.Cell;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures the codec: {@link ZmtpDecoderBenchmark} and {@link ZmtpEncoderBenchmark} in rounds, in each of which every
 * contender gets a process of its own, in changing order; and messages from pipeline to pipeline ({@link ZmtpPeer})
 * beside netty-zmtp and libzmq, taking turns in slices. The best iteration or slice is a round's value, as disturbance
 * only ever makes one worse, and ratios are formed within a round. {@code script/bench} calls it.
 */
public final class ZmtpBench {

    private static final String LIBZMQ = "libzmq";
    private static final int SMALL = 64;
    private static final List<Integer> LARGER = List.of(1 << 10, 64 << 10);
    /** The octets that a {@code ZmtpMessage} takes on the heap. */
    private static final int MESSAGE_OBJECT = 32;

    /**
     * How much is done.
     *
     * @param rounds with 64-byte frames under NULL, and of pipeline to pipeline
     * @param otherRounds with larger frames, and under CURVE
     * @param iterations measured per process
     * @param iterationMillis the length of one
     */
    record Plan(int rounds, int otherRounds, int iterations, int iterationMillis) {

        static Plan of(String option) {
            return switch (option) {
                case "--quick" -> new Plan(3, 0, 5, 150);
                case "" -> new Plan(5, 1, 6, 150);
                case "--full" -> new Plan(15, 5, 10, 300);
                default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
            };
        }
    }

    private final Plan plan;
    private ZmtpResults results = new ZmtpResults();
    private final Figures figures = new Figures("codec");
    private boolean passed = true;

    private ZmtpBench(Plan plan) {
        this.plan = plan;
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a limit is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        ZmtpBench bench = new ZmtpBench(Plan.of(arguments.length == 0 ? "" : arguments[0]));
        bench.run();
        System.exit(bench.passed ? 0 : 1);
    }

    private void run() throws Exception {
        Machine.describe();
        for (int round = 0; round < plan.rounds; round++) {
            System.err.printf("round %d of %d, load %s%n", round + 1, plan.rounds, Machine.load());
            measure(cells(ZmtpSecurity.NULL, SMALL), round);
            endToEnd();
        }
        System.out.printf("%nMillion frames a second of processor time (more is better) and octets allocated per frame;"
                + " medians of %d rounds, ratios with min..max%n%s", plan.rounds, results.table());
        System.out.printf("%n%s%n", figures.table());
        speedVerdicts();
        allocationVerdicts(ZmtpSecurity.NULL);
        results.addTo(figures);
        if (plan.otherRounds > 0) {
            others();
        }
        System.out.printf("load at the end %s%n", Machine.load());
        figures.write();
        passed &= Targets.print(List.of(figures));
    }

    private void others() throws Exception {
        results = new ZmtpResults();
        for (int round = 0; round < plan.otherRounds; round++) {
            System.err.printf("larger frames and CURVE, round %d of %d, load %s%n", round + 1, plan.otherRounds,
                    Machine.load());
            for (int size : LARGER) {
                measure(cells(ZmtpSecurity.NULL, size), round);
            }
            measure(cells(ZmtpSecurity.CURVE, SMALL), round);
            for (int size : LARGER) {
                measure(cells(ZmtpSecurity.CURVE, size), round);
            }
        }
        System.out.printf("%nThe same for larger frames, and of time gone by under CURVE; rounds: %d%n%s%n",
                plan.otherRounds, results.table());
        allocationVerdicts(ZmtpSecurity.CURVE);
        results.addTo(figures);
    }

    private void speedVerdicts() {
        Cell decode = new Cell("decode", ZmtpSecurity.NULL, SMALL, "ours");
        Cell encode = new Cell("encode", ZmtpSecurity.NULL, SMALL, "ours");
        atLeast("decoding 64 B, ours/bare", results.ratio(decode, decode.with("bare")), 0.7);
        atLeast("encoding 64 B, ours/bare decoding", results.ratio(encode, decode.with("bare")), 0.6);
    }

    private void allocationVerdicts(ZmtpSecurity security) {
        Cell encode = new Cell("encode", security, SMALL, "ours");
        // JMH counts in what sealing allocates, as each frame to be opened is sealed anew.
        double sealing = security == ZmtpSecurity.NULL ? 0 : results.allocated(encode);
        allocates(new Cell("decode", security, SMALL, "ours"), sealing, MESSAGE_OBJECT);
        allocates(new Cell("decode", security, SMALL, "oursWithSink"), sealing, 0);
        allocates(encode, 0, MESSAGE_OBJECT);
    }

    private void atLeast(String what, Spread ratio, double limit) {
        check(what + " at least " + limit, ratio, ratio.median() >= limit);
    }

    /** Half an octet is allowed for what JMH allocates itself, and for buffers that the pool allocates now and then. */
    private void allocates(Cell cell, double others, int limit) {
        double allocated = results.allocated(cell) - others;
        check(cell.row() + ' ' + cell.contender() + ", octets allocated per frame"
                + (others > 0 ? " (less what sealing them took)" : "") + ", at most " + limit,
                String.format(Locale.ROOT, "%.3f", allocated), allocated < limit + 0.5);
    }

    private void check(String what, Object value, boolean good) {
        passed &= good;
        System.out.printf("%s: %s: %s%n", good ? "ok" : "FAILED", what, value);
    }

    static List<Cell> cells(ZmtpSecurity security, int size) {
        List<Cell> cells = new ArrayList<>();
        for (String benchmark : List.of("decode", "encode")) {
            for (String contender : ZmtpResults.CONTENDERS) {
                boolean ours = contender.startsWith("ours");
                if ((ours || security == ZmtpSecurity.NULL)
                        && !(benchmark.equals("encode") && contender.equals("oursWithSink"))) {
                    cells.add(new Cell(benchmark, security, size, contender));
                }
            }
        }
        return cells;
    }

    private void measure(List<Cell> cells, int round) throws RunnerException {
        List<Cell> order = new ArrayList<>(cells);
        Collections.rotate(order, round);
        if (round % 2 == 1) {
            Collections.reverse(order);
        }
        for (Cell cell : order) {
            measure(cell);
        }
    }

    private void measure(Cell cell) throws RunnerException {
        Class<?> benchmark = cell.benchmark().equals("decode") ? ZmtpDecoderBenchmark.class
                : ZmtpEncoderBenchmark.class;
        Class<?> executor = cell.contender().equals("nettyZmtp") ? NettyZmtpExecutor.class
                : FastThreadLocalExecutor.class;
        List<String> flags = new ArrayList<>(PeerProcess.JVM_FLAGS);
        flags.add("-Djmh.executor=CUSTOM");
        flags.add("-Djmh.executor.class=" + executor.getName());
        RunResult run = new Runner(new OptionsBuilder()
                .include(benchmark.getName().replace(".", "\\.") + "\\." + cell.contender() + '$')
                .param("size", Integer.toString(cell.size())).param("security", cell.security().name())
                .forks(1).warmupIterations(3).warmupTime(TimeValue.milliseconds(400))
                .measurementIterations(plan.iterations).measurementTime(TimeValue.milliseconds(plan.iterationMillis))
                .addProfiler(GCProfiler.class).addProfiler(ProcessorTime.class)
                .verbosity(VerboseMode.SILENT).shouldFailOnError(true)
                .jvmArgs(flags.toArray(new String[0])).build()).runSingle();
        double best = 0;
        double allocated = Double.MAX_VALUE;
        for (IterationResult iteration : run.getBenchmarkResults().iterator().next().getIterationResults()) {
            // Under CURVE the thread's time includes sealing the frames to be opened, which is the benchmark's work.
            best = Math.max(best, cell.security() == ZmtpSecurity.NULL
                    ? iteration.getSecondaryResults().get(ProcessorTime.NAME).getScore()
                    : iteration.getPrimaryResult().getScore());
            allocated = Math.min(allocated,
                    iteration.getSecondaryResults().get("gc.alloc.rate.norm").getScore());
        }
        results.add(cell, best, allocated);
    }

    /** Streams from pipeline to pipeline, all in turn; the best slice of each is the round's value. */
    private void endToEnd() throws IOException {
        Path folder = Files.createTempDirectory("zmtp-bench");
        Map<String, PeerProcess> pairs = new LinkedHashMap<>();
        Map<String, Double> best = new LinkedHashMap<>();
        try {
            pairs.put("ours", PeerProcess.startZmtp(folder.resolve("ours")));
            pairs.put("netty-zmtp", PeerProcess.startNettyZmtp(folder.resolve("netty-zmtp")));
            pairs.put(LIBZMQ, PeerProcess.startLibzmq(folder.resolve(LIBZMQ)));
            for (int i = 0; i < 4; i++) {
                for (PeerProcess pair : pairs.values()) {
                    stream(pair, 700); // warms up: the code gets compiled
                }
            }
            for (int slice = 0; slice < 4; slice++) {
                for (Map.Entry<String, PeerProcess> pair : pairs.entrySet()) {
                    best.merge(pair.getKey(), stream(pair.getValue(), 300), Math::max);
                }
                best.merge(LIBZMQ + Figures.AGAIN, stream(pairs.get(LIBZMQ), 300), Math::max);
            }
        } finally {
            for (Map.Entry<String, PeerProcess> pair : pairs.entrySet()) {
                pair.getValue().close();
                Files.deleteIfExists(folder.resolve(pair.getKey()));
            }
            Files.delete(folder);
        }
        best.forEach((contender, speed) -> figures.add("pipeline to pipeline 64 B", contender, speed * 1e6, "1/s",
                Double.NaN));
    }

    /** Returns million messages a second. */
    private static double stream(PeerProcess pair, int millis) throws IOException {
        String[] answer = pair.run("stream " + SMALL + ' ' + millis);
        return Double.parseDouble(answer[1]) / Double.parseDouble(answer[2]) * 1e3;
    }
}
