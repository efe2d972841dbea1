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

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the rounds of {@link ZmtpBench} gave for each cell, and the table of it. */
final class ZmtpResults {

    /** Columns of the table, by the names of the benchmarks' methods. */
    static final List<String> CONTENDERS = List.of("ours", "oursWithSink", "bare", "nettyZmtp");

    /**
     * What is measured.
     *
     * @param benchmark {@code decode} or {@code encode}
     * @param security of our codec; the others know none, and stand for it only in the rows of NULL
     * @param size of a body in octets
     * @param contender one of {@link #CONTENDERS}
     */
    record Cell(String benchmark, ZmtpSecurity security, int size, String contender) {

        Cell with(String other) {
            return new Cell(benchmark, security, size, other);
        }

        String row() {
            return benchmark + ' ' + Results.bytes(size) + ' ' + security;
        }
    }

    private static final String LINE = "%-20s%8s%8s%8s%12s   %-19s %-19s%8s%8s%8s%14s%n";

    private final Map<Cell, List<Double>> speeds = new LinkedHashMap<>();
    private final Map<Cell, List<Double>> allocations = new LinkedHashMap<>();

    /**
     * Adds what a round gave.
     *
     * @param speed million frames a second
     * @param allocated octets per frame
     */
    void add(Cell cell, double speed, double allocated) {
        speeds.computeIfAbsent(cell, key -> new ArrayList<>()).add(speed);
        allocations.computeIfAbsent(cell, key -> new ArrayList<>()).add(allocated);
    }

    /** Returns the spread of the ratios of two contenders' speeds. */
    Spread ratio(Cell cell, Cell toThis) {
        return Spread.ofRatios(speeds.get(cell), speeds.get(toThis));
    }

    /** Returns the median of the octets allocated per frame. */
    double allocated(Cell cell) {
        return Spread.of(allocations.get(cell)).median();
    }

    /** Adds everything to the figures of the group. Speeds are of processor time, but under CURVE of time gone by. */
    void addTo(Figures figures) {
        speeds.forEach((cell, values) -> values.forEach(speed -> figures.add(cell.row(), title(cell), speed * 1e6,
                "1/s", cell.security == ZmtpSecurity.NULL ? 1e3 / speed : Double.NaN)));
        allocations.forEach((cell, values) -> values.forEach(bytes -> figures.add("bytes allocated, " + cell.row(),
                title(cell), bytes, "B", Double.NaN)));
    }

    private static String title(Cell cell) {
        return switch (cell.contender) {
            case "oursWithSink" -> "sink";
            case "nettyZmtp" -> "netty-zmtp";
            default -> cell.contender;
        };
    }

    /** Returns lines: a head, and one for each row. */
    String table() {
        StringBuilder table = new StringBuilder(String.format(LINE, "", "ours", "sink", "bare", "netty-zmtp",
                "ours/bare", "ours/netty-zmtp", "B ours", "B sink", "B bare", "B netty-zmtp"));
        for (Cell cell : speeds.keySet()) {
            if (!cell.contender.equals("ours")) {
                continue;
            }
            List<Object> columns = new ArrayList<>(List.of(cell.row()));
            for (String contender : CONTENDERS) {
                columns.add(number(speeds.get(cell.with(contender)), "%.2f"));
            }
            for (String contender : List.of("bare", "nettyZmtp")) {
                Cell other = cell.with(contender);
                columns.add(speeds.containsKey(other) ? ratio(cell, other) : "-");
            }
            for (String contender : CONTENDERS) {
                columns.add(number(allocations.get(cell.with(contender)), "%.1f"));
            }
            table.append(String.format(LINE, columns.toArray()));
        }
        return table.toString();
    }

    private static String number(List<Double> values, String format) {
        return values == null ? "-" : String.format(Locale.ROOT, format, Spread.of(values).median());
    }
}
