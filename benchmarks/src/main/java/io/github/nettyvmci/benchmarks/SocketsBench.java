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
import io.github.nettyvmci.benchmarks.SocketsRun.Work;

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
 * Measures sockets as users start them: the tool's performance programs beside libzmq's and JeroMQ's, taking turns in
 * changing order, each run with processes of its own. libzmq takes part twice, which tells how noisy the machine was.
 * {@code script/bench} calls it.
 */
public final class SocketsBench {

    /** The name of libzmq's second entry in each row. */
    private static final String AGAIN = "LIBZMQ again";

    /**
     * A row of the table.
     *
     * @param name    as it is printed
     * @param work    what is done
     * @param rivals  who takes part, ours first
     * @param target  the ratio to libzmq that ours should reach: at least, or at most for times
     * @param toJeroMq the ratio to JeroMQ that ours should reach, likewise; 0 if there is no such target
     */
    record Row(String name, Work work, List<Contender> rivals, double target, double toJeroMq) {

        boolean isTime() {
            return work.pattern().equals("lat");
        }
    }

    private final int rounds;
    private final List<Row> rows;
    private final Map<Row, Map<String, List<Measured>>> results = new LinkedHashMap<>();

    private SocketsBench(String option) {
        rounds = switch (option) {
            case "--quick" -> 1;
            case "" -> 3;
            case "--full" -> 7;
            default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
        };
        rows = rows(option.equals("--quick") ? 0.25 : 1);
    }

    /** Returns the rows, the counts of their messages multiplied by this. */
    static List<Row> rows(double share) {
        List<Contender> two = List.of(Contender.OURS, Contender.LIBZMQ);
        List<Contender> three = List.of(Contender.OURS, Contender.LIBZMQ, Contender.JEROMQ);
        List<Contender> loop = List.of(Contender.LOOP, Contender.LIBZMQ);
        List<Row> rows = new ArrayList<>();
        rows.add(row("ipc 64 B, short", "thr", "ipc", 64, 10_000_000 * share, two, 2, 0));
        rows.add(row("ipc 64 B, warm", "thr", "ipc", 64, 40_000_000 * share, two, 2, 0));
        rows.add(row("ipc 64 B, warm, on the loop", "thr", "ipc", 64, 40_000_000 * share, loop, 3, 0));
        rows.add(row("ipc 1 KiB", "thr", "ipc", 1 << 10, 4_000_000 * share, two, 1.5, 0));
        rows.add(row("ipc 64 KiB", "thr", "ipc", 64 << 10, 100_000 * share, two, 1.3, 0));
        rows.add(row("tcp 64 B, short", "thr", "tcp", 64, 10_000_000 * share, three, 1.5, 2));
        rows.add(row("tcp 64 B, warm", "thr", "tcp", 64, 40_000_000 * share, three, 1.5, 2));
        rows.add(row("inproc 64 B", "inproc", "inproc", 64, 20_000_000 * share, two, 2, 0));
        rows.add(row("REQ/REP ipc 64 B", "lat", "ipc", 64, 100_000 * share, two, 0.5, 0));
        rows.add(new Row("REQ/REP ipc 64 B, one processor", new Work("lat", "ipc", 64, (long) (100_000 * share), true),
                two, 0.7, 0));
        rows.add(row("REQ/REP tcp 64 B", "lat", "tcp", 64, 100_000 * share, three, 0.5, 0));
        return rows;
    }

    private static Row row(String name, String pattern, String scheme, int size, double count, List<Contender> rivals,
            double target, double toJeroMq) {
        return new Row(name, new Work(pattern, scheme, size, (long) count, false), rivals, target, toJeroMq);
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a target is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        SocketsBench bench = new SocketsBench(arguments.length == 0 ? "" : arguments[0]);
        Path folder = Files.createTempDirectory("sockets-bench");
        try {
            bench.measure(new SocketsRun(folder));
        } finally {
            Files.delete(folder);
        }
        System.out.printf("%nMedians of %d rounds, ratios with min..max; libzmq/libzmq is the machine's noise%n",
                bench.rounds);
        System.out.print(table(bench.results));
        Path csv = Path.of("target", "bench", "sockets.csv");
        Files.createDirectories(csv.getParent());
        Files.writeString(csv, csv(bench.results));
        System.out.printf("load at the end %s; all values: %s%n", load(), csv);
        System.exit(verdicts(bench.results) ? 0 : 1);
    }

    private void measure(SocketsRun run) throws IOException, InterruptedException {
        System.out.printf("Linux %s, Java %s, %d processors, load %s%n",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).trim(), System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(), load());
        for (int round = 0; round < rounds; round++) {
            for (Row row : rows) {
                System.err.printf("round %d of %d, %s, load %s%n", round + 1, rounds, row.name, load());
                Map<String, Contender> order = order(row, round);
                for (Map.Entry<String, Contender> entry : order.entrySet()) {
                    results.computeIfAbsent(row, r -> new LinkedHashMap<>())
                            .computeIfAbsent(entry.getKey(), name -> new ArrayList<>())
                            .add(run.run(row.work, entry.getValue()));
                }
            }
        }
    }

    private static Map<String, Contender> order(Row row, int round) {
        List<String> names = new ArrayList<>();
        row.rivals.forEach(rival -> names.add(rival.name()));
        names.add(AGAIN);
        Collections.rotate(names, round);
        Map<String, Contender> order = new LinkedHashMap<>();
        for (String name : names) {
            order.put(name, name.equals(AGAIN) ? Contender.LIBZMQ : Contender.valueOf(name));
        }
        return order;
    }

    static Spread ratio(Map<String, List<Measured>> row, String one, String other) {
        return Spread.ofRatios(values(row, one), values(row, other));
    }

    private static List<Double> values(Map<String, List<Measured>> row, String contender) {
        return row.get(contender).stream().map(Measured::value).toList();
    }

    private static double cpu(Map<String, List<Measured>> row, String contender) {
        return Spread.of(row.get(contender).stream().map(Measured::cpu).toList()).median();
    }

    static String table(Map<Row, Map<String, List<Measured>>> results) {
        StringBuilder table = new StringBuilder(String.format("%-33s%12s%12s%12s  %-20s%-20s%-20s%s%n", "", "ours",
                "libzmq", "JeroMQ", "ours/libzmq", "ours/JeroMQ", "libzmq/libzmq",
                "processor ns: ours, libzmq, JeroMQ"));
        results.forEach((row, measured) -> {
            String ours = row.rivals.get(0).name();
            boolean jero = row.rivals.contains(Contender.JEROMQ);
            table.append(String.format(Locale.ROOT, "%-33s%12s%12s%12s  %-20s%-20s%-20s%.0f, %.0f%s%n", row.name,
                    value(row, measured, ours), value(row, measured, "LIBZMQ"),
                    jero ? value(row, measured, "JEROMQ") : "", ratio(measured, ours, "LIBZMQ"),
                    jero ? ratio(measured, ours, "JEROMQ") : "", ratio(measured, AGAIN, "LIBZMQ"),
                    cpu(measured, ours), cpu(measured, "LIBZMQ"),
                    jero ? String.format(Locale.ROOT, ", %.0f", cpu(measured, "JEROMQ")) : ""));
        });
        return table.toString();
    }

    private static String value(Row row, Map<String, List<Measured>> measured, String contender) {
        double median = Spread.of(values(measured, contender)).median();
        return row.isTime() ? String.format(Locale.ROOT, "%.1f us", median)
                : String.format(Locale.ROOT, "%.3f M/s", median / 1e6);
    }

    static String csv(Map<Row, Map<String, List<Measured>>> results) {
        StringBuilder csv = new StringBuilder("work,contender,round,value,unit,processor_nanos_per_message\n");
        results.forEach((row, measured) -> measured.forEach((contender, values) -> {
            for (int round = 0; round < values.size(); round++) {
                csv.append(String.format(Locale.ROOT, "\"%s\",%s,%d,%.3f,%s,%.0f%n", row.name, contender, round + 1,
                        values.get(round).value(), row.isTime() ? "us" : "1/s", values.get(round).cpu()));
            }
        }));
        return csv.toString();
    }

    private static boolean verdicts(Map<Row, Map<String, List<Measured>>> results) {
        boolean good = true;
        for (Map.Entry<Row, Map<String, List<Measured>>> entry : results.entrySet()) {
            Row row = entry.getKey();
            String ours = row.rivals.get(0).name();
            good &= verdict(row, "libzmq", ratio(entry.getValue(), ours, "LIBZMQ"), row.target);
            if (row.toJeroMq > 0) {
                good &= verdict(row, "JeroMQ", ratio(entry.getValue(), ours, "JEROMQ"), row.toJeroMq);
            }
        }
        return good;
    }

    private static boolean verdict(Row row, String rival, Spread ratio, double target) {
        boolean good = row.isTime() ? ratio.median() <= target : ratio.median() >= target;
        System.out.printf(Locale.ROOT, "%s: %s, ours/%s %s (target: at %s %.1f)%n", good ? "ok" : "FAILED", row.name,
                rival, ratio, row.isTime() ? "most" : "least", target);
        return good;
    }

    private static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    }
}
