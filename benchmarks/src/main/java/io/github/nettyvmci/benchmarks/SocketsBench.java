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

import io.github.nettyvmci.benchmarks.SocketsRun.Contender;
import io.github.nettyvmci.benchmarks.SocketsRun.Measured;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures sockets as users start them: the tool's performance programs beside libzmq's and JeroMQ's, taking turns in
 * changing order, each run with processes of its own. libzmq takes part twice, which tells how noisy the machine was.
 * {@code script/bench} calls it, for the groups {@code sockets} and {@code curve}.
 */
public final class SocketsBench {

    /** The group of the latencies' percentiles, of which {@link Plots} draws a plot. */
    static final String LATENCY = "latency";
    /** The percentiles, which are the works of {@link #LATENCY}. */
    static final List<Double> PERCENTILES = List.of(0.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.95, 99.99);

    private static final long MOST_NANOS = 60_000_000_000L;

    private final int rounds;
    private final List<SocketsRows> rows;
    private final Figures figures;
    private final Map<String, Histogram> latencies = new LinkedHashMap<>();

    private SocketsBench(String group, String option) {
        rounds = switch (option) {
            case "--quick" -> 1;
            case "" -> 3;
            case "--full" -> 7;
            default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
        };
        rows = group.equals("curve") ? SocketsRows.curve() : SocketsRows.sockets();
        figures = new Figures(group);
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a target is missed.
     *
     * @param arguments {@code sockets} or {@code curve}; then {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        SocketsBench bench = new SocketsBench(arguments[0], arguments.length == 1 ? "" : arguments[1]);
        Path folder = Files.createTempDirectory("sockets-bench");
        try {
            Machine.describe();
            bench.measure(new SocketsRun(folder));
        } finally {
            Files.delete(folder);
        }
        System.out.printf("%nMedians of %d rounds (min..max), processor time of both ends for each message%n%n%s%n",
                bench.rounds, bench.figures.table());
        bench.figures.write();
        if (!bench.latencies.isEmpty()) {
            percentiles(bench.latencies).write();
        }
        System.exit(Targets.print(List.of(bench.figures)) ? 0 : 1);
    }

    private void measure(SocketsRun run) throws IOException, InterruptedException {
        for (int round = 0; round < rounds; round++) {
            for (SocketsRows row : rows) {
                System.err.printf("round %d of %d, %s, load %s%n", round + 1, rounds, row.name(), Machine.load());
                Map<String, Measured> measured = new LinkedHashMap<>();
                for (Map.Entry<String, Contender> entry : order(row, round).entrySet()) {
                    Measured one = run.run(row.work(), entry.getValue());
                    measured.put(entry.getKey(), one);
                    if (one.samples().length > 0) {
                        Histogram histogram = latencies.computeIfAbsent(entry.getKey(),
                                name -> new Histogram(MOST_NANOS, 3));
                        for (long sample : one.samples()) {
                            histogram.recordValue(Math.min(sample, MOST_NANOS));
                        }
                    }
                }
                add(figures, row, measured);
            }
        }
    }

    /** Returns who runs in a round, in its order, by the names of the table. */
    static Map<String, Contender> order(SocketsRows row, int round) {
        List<String> names = new ArrayList<>(names(row).keySet());
        Collections.rotate(names, round);
        Map<String, Contender> order = new LinkedHashMap<>();
        names.forEach(name -> order.put(name, names(row).get(name)));
        return order;
    }

    private static Map<String, Contender> names(SocketsRows row) {
        Map<String, Contender> names = new LinkedHashMap<>();
        row.rivals().forEach(rival -> names.put(rival.title, rival));
        if (row.again() && row.rivals().contains(Contender.LIBZMQ)) {
            names.put(Contender.LIBZMQ.title + Figures.AGAIN, Contender.LIBZMQ);
        }
        return names;
    }

    /** Adds what a round gave, in the order of the table and not of the round. */
    static void add(Figures figures, SocketsRows row, Map<String, Measured> measured) {
        names(row).keySet().forEach(name -> figures.add(row.name(), name, measured.get(name).value(), row.unit(),
                measured.get(name).cpu()));
    }

    /** Returns the percentiles of round trips in microseconds. */
    static Figures percentiles(Map<String, Histogram> latencies) {
        Figures percentiles = new Figures(LATENCY);
        for (double percentile : PERCENTILES) {
            latencies.forEach((name, histogram) -> percentiles.add(Double.toString(percentile), name,
                    histogram.getValueAtPercentile(percentile) / 1e3, "us", Double.NaN));
        }
        return percentiles;
    }
}
