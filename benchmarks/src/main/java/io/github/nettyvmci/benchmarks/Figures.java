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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a group of benchmarks measured: for each work and contender a value of each round, with its processor time. All
 * groups write it in one form, as CSV and as JSON, from which {@link Targets} and {@link Plots} are made.
 */
final class Figures {

    /** The folder of the files, in the working directory. */
    static final Path FOLDER = Path.of("target", "bench");

    /** What is added to a contender's name for its second entry, which tells how noisy the machine was. */
    static final String AGAIN = " again";

    private static final String HEAD = "group,work,contender,round,value,unit,processor_nanos";
    private static final Pattern LINE = Pattern.compile(
            "(\\w+),\"([^\"]*)\",\"([^\"]*)\",(\\d+),([^,]+),([^,]+),([^,]+)");

    /**
     * One value.
     *
     * @param value what was measured, in the unit
     * @param unit  such as {@code 1/s}, where more is better, or {@code us}, where less is
     * @param cpu   nanoseconds of processor time for each message, round trip or byte; not a number if unknown
     */
    record Figure(double value, String unit, double cpu) {
    }

    private final String group;
    private final Map<String, Map<String, List<Figure>>> works = new LinkedHashMap<>();

    Figures(String group) {
        this.group = group;
    }

    String group() {
        return group;
    }

    void add(String work, String contender, double value, String unit, double cpu) {
        works.computeIfAbsent(work, w -> new LinkedHashMap<>()).computeIfAbsent(contender, c -> new ArrayList<>())
                .add(new Figure(value, unit, cpu));
    }

    List<String> works() {
        return List.copyOf(works.keySet());
    }

    /** Returns who took part in a work; none if it was not measured. */
    List<String> contenders(String work) {
        return List.copyOf(works.getOrDefault(work, Map.of()).keySet());
    }

    boolean has(String work, String contender) {
        return contenders(work).contains(contender);
    }

    String unit(String work, String contender) {
        return works.get(work).get(contender).get(0).unit;
    }

    Spread values(String work, String contender) {
        return Spread.of(works.get(work).get(contender).stream().map(Figure::value).toList());
    }

    Spread cpu(String work, String contender) {
        return Spread.of(works.get(work).get(contender).stream().map(Figure::cpu).toList());
    }

    /** Returns the spread of the ratios of two contenders within the rounds. */
    Spread ratio(String work, String one, String other) {
        return Spread.ofRatios(works.get(work).get(one).stream().map(Figure::value).toList(),
                works.get(work).get(other).stream().map(Figure::value).toList());
    }

    /** Returns the spread of the ratios of two contenders' processor times within the rounds. */
    Spread cpuRatio(String work, String one, String other) {
        return Spread.ofRatios(works.get(work).get(one).stream().map(Figure::cpu).toList(),
                works.get(work).get(other).stream().map(Figure::cpu).toList());
    }

    /**
     * Returns a table: for each work a line for each contender, with the ratio of the first contender to it, or, for
     * the second entry of a contender, to the first entry.
     */
    String table() {
        StringBuilder table = new StringBuilder();
        works.forEach((work, contenders) -> {
            table.append(work).append('\n');
            String first = contenders.keySet().iterator().next();
            contenders.keySet().forEach(contender -> {
                Spread values = values(work, contender);
                String ratio = "";
                if (contender.endsWith(AGAIN)) {
                    String itself = contender.substring(0, contender.length() - AGAIN.length());
                    ratio = "noise " + ratio(work, contender, itself);
                } else if (!contender.equals(first) && unit(work, contender).equals(unit(work, first))) {
                    ratio = first + '/' + contender + ' ' + ratio(work, first, contender);
                }
                if (ratio.contains("NaN") || ratio.contains("Infinity")) {
                    ratio = ""; // of figures that are 0
                }
                double cpu = cpu(work, contender).median();
                table.append(String.format(Locale.ROOT, "    %-16s %-42s %-18s %s%n", contender,
                        text(values, unit(work, contender)), Double.isNaN(cpu) ? "" : nanos(cpu), ratio));
            });
        });
        return table.toString();
    }

    private static String text(Spread values, String unit) {
        return String.format(Locale.ROOT, "%s (%s..%s)", text(values.median(), unit), text(values.min(), unit),
                text(values.max(), unit));
    }

    /** Returns a value with its unit, as text for people. */
    static String text(double value, String unit) {
        if (unit.endsWith("/s")) {
            String of = unit.equals("1/s") ? "" : unit.substring(0, unit.length() - 2);
            return value >= 1e6 ? number(value / 1e6) + " M" + of + "/s"
                    : value >= 1e3 ? number(value / 1e3) + " k" + of + "/s" : number(value) + ' ' + of + "/s";
        }
        return number(value) + ' ' + unit;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }

    static String nanos(double nanos) {
        return nanos >= 10_000 ? number(nanos / 1e3) + " us cpu" : number(nanos) + " ns cpu";
    }

    String csv() {
        StringBuilder csv = new StringBuilder(HEAD).append('\n');
        each((work, contender, round, figure) -> csv.append(String.format(Locale.ROOT,
                "%s,\"%s\",\"%s\",%d,%.4f,%s,%.3f%n", group, work, contender, round, figure.value, figure.unit,
                figure.cpu)));
        return csv.toString();
    }

    String json() {
        List<String> objects = new ArrayList<>();
        each((work, contender, round, figure) -> objects.add(String.format(Locale.ROOT, "  {\"group\": \"%s\", "
                + "\"work\": \"%s\", \"contender\": \"%s\", \"round\": %d, \"value\": %.4f, \"unit\": \"%s\", "
                + "\"processor_nanos\": %s}", group, work, contender, round, figure.value, figure.unit,
                Double.isNaN(figure.cpu) ? "null" : String.format(Locale.ROOT, "%.3f", figure.cpu))));
        return objects.stream().collect(Collectors.joining(",\n", "[\n", "\n]\n"));
    }

    private interface Each {
        void figure(String work, String contender, int round, Figure figure);
    }

    private void each(Each each) {
        works.forEach((work, contenders) -> contenders.forEach((contender, figures) -> {
            for (int round = 0; round < figures.size(); round++) {
                each.figure(work, contender, round + 1, figures.get(round));
            }
        }));
    }

    /** Writes the files of the group into {@link #FOLDER}. */
    void write() throws IOException {
        Files.createDirectories(FOLDER);
        Files.writeString(FOLDER.resolve(group + ".csv"), csv());
        Files.writeString(FOLDER.resolve(group + ".json"), json());
        System.out.printf("All values: %s, %s%n", FOLDER.resolve(group + ".csv"), FOLDER.resolve(group + ".json"));
    }

    /** Reads what a group wrote into a folder; without a file nothing was measured. */
    static Figures read(Path folder, String group) throws IOException {
        Path csv = folder.resolve(group + ".csv");
        Figures figures = new Figures(group);
        if (Files.exists(csv)) {
            for (String line : Files.readAllLines(csv)) {
                Matcher matcher = LINE.matcher(line);
                if (matcher.matches()) {
                    figures.add(matcher.group(2), matcher.group(3), Double.parseDouble(matcher.group(5)),
                            matcher.group(6), Double.parseDouble(matcher.group(7)));
                } else if (!line.equals(HEAD)) {
                    throw new IOException(csv + ": " + line + " (expected: " + HEAD + ')');
                }
            }
        }
        return figures;
    }
}
