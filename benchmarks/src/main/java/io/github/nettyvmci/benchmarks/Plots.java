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

import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Draws plots as SVG of what the groups wrote as CSV: throughput by message size, latency by percentile, and what a
 * peer costs by the number of peers. {@code script/bench} calls it.
 */
public final class Plots {

    private static final Map<String, Color> COLORS = Map.of("ours", new Color(0x1f77b4), "libzmq", new Color(0xd62728),
            "JeroMQ", new Color(0x2ca02c));
    private static final Pattern SIZE = Pattern.compile("ipc (\\d+) (B|KiB)(, warm)?");
    private static final Pattern PEERS = Pattern.compile("(\\d+) peers, .*");

    private final Path folder;

    private Plots(Path folder) {
        this.folder = folder;
    }

    /**
     * Draws them into the folder of the CSV files; a plot without values is left out.
     *
     * @param arguments the folder; {@link Figures#FOLDER} without
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] arguments) throws IOException {
        Plots plots = new Plots(arguments.length == 0 ? Figures.FOLDER : Path.of(arguments[0]));
        plots.throughput(Figures.read(plots.folder, "sockets"));
        plots.latency(Figures.read(plots.folder, SocketsBench.LATENCY));
        Figures scale = Figures.read(plots.folder, "scale");
        plots.peers(scale, ScaleBench.EACH, "memory", "KiB a peer", "Resident memory of the server for each peer");
        plots.peers(scale, ScaleBench.IN_TURN, "peers", "ns",
                "Processor time of the server for a message, from each peer in turn");
    }

    private void throughput(Figures sockets) throws IOException {
        Map<String, Map<Double, Double>> lines = new LinkedHashMap<>();
        for (String work : sockets.works()) {
            Matcher matcher = SIZE.matcher(work);
            if (matcher.matches()) {
                double size = Double.parseDouble(matcher.group(1)) * (matcher.group(2).equals("B") ? 1 : 1024);
                for (String contender : contenders(sockets, work)) {
                    line(lines, contender).put(size, sockets.values(work, contender).median());
                }
            }
        }
        draw("throughput", "Tool to tool over ipc, PUSH to PULL", "bytes of a message", "messages a second", lines);
    }

    private void latency(Figures latency) throws IOException {
        Map<String, Map<Double, Double>> lines = new LinkedHashMap<>();
        for (String percentile : latency.works()) {
            double oneIn = 100 / (100 - Double.parseDouble(percentile));
            for (String contender : contenders(latency, percentile)) {
                line(lines, contender).put(oneIn, latency.values(percentile, contender).median());
            }
        }
        draw("latency", "REQ/REP of 64 B over ipc: all but one in so many round trips are faster",
                "one in (10: 90 %, 1000: 99.9 %)", "us", lines);
    }

    private void peers(Figures scale, String works, String name, String unit, String title) throws IOException {
        Map<String, Map<Double, Double>> lines = new LinkedHashMap<>();
        for (String work : scale.works()) {
            Matcher matcher = PEERS.matcher(work);
            if (matcher.matches() && work.endsWith(works)) {
                for (String contender : contenders(scale, work)) {
                    line(lines, contender).put(Double.parseDouble(matcher.group(1)), unit.equals("ns")
                            ? scale.cpu(work, contender).median() : scale.values(work, contender).median());
                }
            }
        }
        draw(name, title, "peers", unit, lines);
    }

    private static List<String> contenders(Figures figures, String work) {
        return figures.contenders(work).stream().filter(contender -> !contender.endsWith(Figures.AGAIN)).toList();
    }

    private static Map<Double, Double> line(Map<String, Map<Double, Double>> lines, String contender) {
        return lines.computeIfAbsent(contender, name -> new TreeMap<>());
    }

    /** Draws lines of positive values, both axes logarithmic. */
    private void draw(String name, String title, String x, String y, Map<String, Map<Double, Double>> lines)
            throws IOException {
        if (lines.isEmpty()) {
            System.out.printf("%s: not drawn, as nothing was measured%n", name);
            return;
        }
        XYChart chart = new XYChartBuilder().width(640).height(400).title(title).xAxisTitle(x).yAxisTitle(y).build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true)
                .setLegendPosition(LegendPosition.OutsideE).setChartBackgroundColor(Color.WHITE)
                .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 13));
        lines.forEach((contender, points) -> {
            List<Double> values = new ArrayList<>(points.values());
            values.replaceAll(value -> Math.max(value, 1e-3)); // a logarithmic axis has no 0
            XYSeries series = chart.addSeries(contender, List.copyOf(points.keySet()), values);
            series.setMarker(SeriesMarkers.CIRCLE);
            series.setMarkerColor(COLORS.get(contender));
            series.setLineColor(COLORS.get(contender));
        });
        Path file = folder.resolve(name + ".svg");
        VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
        System.out.println("Drawn: " + file);
    }
}
