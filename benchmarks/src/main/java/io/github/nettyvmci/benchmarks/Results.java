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

/**
 * The values of all runs, and what is printed of them.
 */
final class Results {

    private static final List<String> CONTENDERS = List.of("VMCI", "VMCI_SPIN", "EPOLL", "NIO", PeerProcess.C);

    private static final String LINE = "%-8s%10s%12s%10s%10s%10s   %-19s %-19s %-19s %-19s %s%n";

    private final Map<List<?>, Map<String, List<Double>>> cells = new LinkedHashMap<>();

    static Map<String, List<Double>> lists(List<String> names) {
        Map<String, List<Double>> lists = new LinkedHashMap<>();
        names.forEach(name -> lists.put(name, new ArrayList<>()));
        return lists;
    }

    void add(int placement, String pattern, int size, String contender, double value) {
        cells.computeIfAbsent(List.of(placement, pattern, size), cell -> lists(CONTENDERS)).get(contender).add(value);
    }

    /** Returns the spread of the ratios of ours to another contender. */
    Spread ratio(int placement, String pattern, int size, String contender) {
        Map<String, List<Double>> cell = cells.get(List.of(placement, pattern, size));
        return Spread.ofRatios(cell.get("VMCI"), cell.get(contender));
    }

    /** Returns lines: a head, and one for each size. */
    String table(int placement, String pattern, List<Integer> sizes) {
        StringBuilder table = new StringBuilder(String.format(LINE, "", "ours", "ours, spin", "epoll", "nio",
                "C", "ours/ours, spin", "ours/epoll", "ours/nio", "ours/C", "CPU ours/epoll"));
        for (int size : sizes) {
            Map<String, List<Double>> cell = cells.get(List.of(placement, pattern, size));
            List<Object> columns = new ArrayList<>(List.of(bytes(size)));
            for (String contender : CONTENDERS) {
                columns.add(String.format(Locale.ROOT, "%.2f", Spread.of(cell.get(contender)).median()));
            }
            for (String contender : CONTENDERS.subList(1, CONTENDERS.size())) {
                columns.add(ratio(placement, pattern, size, contender));
            }
            columns.add(ratio(placement, pattern + " cpu", size, "EPOLL"));
            table.append(String.format(LINE, columns.toArray()));
        }
        return table.toString();
    }

    static String bytes(int size) {
        return size < 1 << 10 ? size + " B" : size < 1 << 20 ? (size >> 10) + " KiB" : (size >> 20) + " MiB";
    }
}
