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
import java.util.List;
import java.util.Locale;

/**
 * Measures the codec: {@link ZmtpDecoderBenchmark} and {@link ZmtpEncoderBenchmark} in rounds, in each of which every
 * contender gets a process of its own, in changing order; and messages from pipeline to pipeline ({@link ZmtpPeer})
 * beside libzmq, taking turns in slices. The best iteration or slice is a round's value, as disturbance only ever makes
 * one worse, and ratios are formed within a round. {@code script/bench} calls it.
 */
public final class ZmtpBench {

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
    private final List<Double> ours = new ArrayList<>();
    private final List<Double> libzmq = new ArrayList<>();
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
        System.out.printf("Linux %s, Java %s, %d processors, load %s%n",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).trim(), System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(), load());
        for (int round = 0; round < plan.rounds; round++) {
            System.err.printf("round %d of %d, load %s%n", round + 1, plan.rounds, load());
            measure(cells(ZmtpSecurity.NULL, SMALL), round);
            endToEnd();
        }
        System.out.printf("%nMillion frames a second of processor time (more is better) and octets allocated per frame;"
                + " medians of %d rounds, ratios with min..max%n%s", plan.rounds, results.table());
        System.out.printf(Locale.ROOT, "%nPipeline to pipeline over AF_UNIX, million 64-byte messages a second; medians"
                + " of %d rounds%nours %.2f, libzmq (ipc, PUSH to PULL) %.2f%n%n", plan.rounds,
                Spread.of(ours).median(), Spread.of(libzmq).median());
        speedVerdicts();
        allocationVerdicts(ZmtpSecurity.NULL);
        if (plan.otherRounds > 0) {
            others();
        }
        System.out.printf("load at the end %s%n", load());
    }

    private void others() throws Exception {
        results = new ZmtpResults();
        for (int round = 0; round < plan.otherRounds; round++) {
            System.err.printf("larger frames and CURVE, round %d of %d, load %s%n", round + 1, plan.otherRounds,
                    load());
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
    }

    private void speedVerdicts() {
        Cell decode = new Cell("decode", ZmtpSecurity.NULL, SMALL, "ours");
        Cell encode = new Cell("encode", ZmtpSecurity.NULL, SMALL, "ours");
        atLeast("decoding 64 B, ours/bare", results.ratio(decode, decode.with("bare")), 0.7);
        atLeast("encoding 64 B, ours/bare decoding", results.ratio(encode, decode.with("bare")), 0.6);
        atLeast("pipeline to pipeline 64 B, ours/libzmq", Spread.ofRatios(ours, libzmq), 2);
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

    private void endToEnd() throws IOException {
        Path folder = Files.createTempDirectory("zmtp-bench");
        double best = 0;
        double bestOfLibzmq = 0;
        try (PeerProcess pair = PeerProcess.startZmtp(folder.resolve("ours"));
                PeerProcess libzmqPair = PeerProcess.startLibzmq(folder.resolve("libzmq"))) {
            for (int i = 0; i < 4; i++) {
                stream(pair, 700); // warms up: the code gets compiled
            }
            for (int slice = 0; slice < 4; slice++) {
                best = Math.max(best, stream(pair, 300));
                bestOfLibzmq = Math.max(bestOfLibzmq, stream(libzmqPair, 300));
            }
        } finally {
            Files.deleteIfExists(folder.resolve("ours"));
            Files.deleteIfExists(folder.resolve("libzmq"));
            Files.delete(folder);
        }
        ours.add(best);
        libzmq.add(bestOfLibzmq);
    }

    /** Returns million messages a second. */
    private static double stream(PeerProcess pair, int millis) throws IOException {
        String[] answer = pair.run("stream " + SMALL + ' ' + millis);
        return Double.parseDouble(answer[1]) / Double.parseDouble(answer[2]) * 1e3;
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    }
}
