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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What ours should reach, as ratios to others or as figures of its own, and whether it did: a table in Markdown of what
 * the groups wrote. {@code script/bench} prints it at the end.
 */
public final class Targets {

    /** The groups, in the order in which {@code script/bench} runs them. */
    static final List<String> GROUPS = List.of("transport", "codec", "sockets", "curve", "fanout", "scale", "vm");

    /** What of a figure counts. */
    private enum Of {
        /** The value. */
        VALUE,
        /** The processor time. */
        CPU
    }

    /**
     * A row.
     *
     * @param text    what is done, as people call it
     * @param work    what the group calls it
     * @param rival   whom ours is compared with; empty if the target is a figure of its own
     * @param atLeast whether the target is the least and not the most
     */
    private record Target(String text, String group, String work, String ours, String rival, Of of, boolean atLeast,
            double target) {

        boolean isRatio() {
            return !rival.isEmpty();
        }

        boolean isMeasured(Figures figures) {
            return figures.has(work, ours) && (!isRatio() || figures.has(work, rival));
        }

        Spread measured(Figures figures) {
            if (of == Of.CPU) {
                return isRatio() ? figures.cpuRatio(work, ours, rival) : figures.cpu(work, ours);
            }
            return isRatio() ? figures.ratio(work, ours, rival) : figures.values(work, ours);
        }

        boolean isMet(Figures figures) {
            double median = measured(figures).median();
            return atLeast ? median >= target : median <= target;
        }

        String limit(String unit) {
            String number = String.format(Locale.ROOT, isRatio() ? "%.2f" : "%.3g", target)
                    .replaceFirst("(\\.\\d*?[1-9])0+$|\\.0+$", "$1");
            return (atLeast ? "at least " : "at most ") + number + (isRatio() ? " x " + rival : ' ' + unit);
        }
    }

    private static final List<Target> TARGETS = new ArrayList<>();

    static {
        String sockets = "sockets";
        for (String length : List.of("short", "warm", "long")) {
            atLeast("tool to tool, ipc 64 B, " + length, sockets, "ipc 64 B, " + length, "libzmq", 2);
        }
        atLeast("tool to tool, ipc 1 KiB", sockets, "ipc 1 KiB", "libzmq", 1.5);
        atLeast("tool to tool, ipc 64 KiB", sockets, "ipc 64 KiB", "libzmq", 1.3);
        for (String length : List.of("short", "warm", "long")) {
            String work = "tcp 64 B, " + length;
            atLeast("tool to tool, " + work, sockets, work, "libzmq", 1.5);
            atLeast("tool to tool, " + work, sockets, work, "JeroMQ", 2);
        }
        for (String length : List.of("warm", "long")) {
            atLeast("`onMessage` and sends from the loop, ipc 64 B, " + length, sockets,
                    "ipc 64 B, " + length + ", on the loop", "libzmq", 3);
        }
        atLeast("pipeline to pipeline, ipc 64 B", "codec", "pipeline to pipeline 64 B", "libzmq", 4);
        atLeast("pipeline to pipeline, ipc 64 B", "codec", "pipeline to pipeline 64 B", "netty-zmtp", 1.5);
        for (String length : List.of("short", "warm")) {
            atMost("REQ/REP 64 B, free placement, " + length, sockets, "REQ/REP ipc 64 B, " + length, "libzmq", 0.5);
            atMost("REQ/REP 64 B, both ends on one processor, " + length, sockets,
                    "REQ/REP ipc 64 B, one processor, " + length, "libzmq", 0.7);
        }
        for (String length : List.of("warm", "long")) {
            TARGETS.add(new Target("processor time for a message, ipc 64 B, both ends, " + length, sockets,
                    "ipc 64 B, " + length, "ours", "", Of.CPU, false, 250));
        }
        for (String length : List.of("short", "long")) {
            atLeast("inproc PUSH/PULL 64 B, two threads, " + length, sockets, "inproc 64 B, " + length, "libzmq", 2);
        }
        for (String length : List.of("short", "warm", "long")) {
            atLeast("CURVE over ipc, 64 B, " + length, "curve", "CURVE ipc 64 B, " + length, "libzmq", 1.5);
        }
        for (String length : List.of("short", "warm")) {
            atLeast("CURVE over ipc, 1 KiB, " + length, "curve", "CURVE ipc 1 KiB, " + length, "libzmq", 1.2);
            atLeast("CURVE over ipc, 64 KiB, " + length, "curve", "CURVE ipc 64 KiB, " + length, "libzmq", 0.8);
        }
        atLeast("PUB to many SUB of 100 B, one matching prefix in ten", "fanout", FanoutBench.WORK, "libzmq", 1.5);
        atMost("idle peers on one loop, resident memory", "scale", ScaleBench.MEMORY, "libzmq", 0.5);
        atMost("idle peers on one loop, processor time", "scale", ScaleBench.IDLE, "", 0.5);
        TARGETS.add(new Target("the same, `withSpin`", "scale", ScaleBench.IDLE, TransportBench.SPIN, "", Of.VALUE,
                false, 0.5));
        atLeast("accept and handshake, NULL", "scale", ScaleBench.HANDSHAKES + "NULL", "libzmq", 2);
        atLeast("accept and handshake, CURVE", "scale", ScaleBench.HANDSHAKES + "CURVE", "libzmq", 1);
        String transport = "transport";
        String pingPong = "ping-pong 64 B, two processors";
        for (String rival : List.of("epoll", "epoll busy")) {
            TARGETS.add(new Target("transport ping-pong 64 B, two processors, `withSpin`", transport, pingPong,
                    TransportBench.SPIN, rival, Of.VALUE, false, rival.equals("epoll") ? 0.3 : 1));
        }
        TARGETS.add(new Target("its processor time beside busy waiting", transport, pingPong, TransportBench.SPIN,
                "epoll busy", Of.CPU, false, 1));
        for (String place : List.of("one processor", "two processors")) {
            atLeast("transport stream 64 KiB, " + place, transport, "stream 64 KiB, " + place, "epoll", 1.05);
        }
        for (String size : List.of("1 KiB", "4 KiB", "16 KiB")) {
            TARGETS.add(new Target("transport long queue of " + size + ", processor time (1/1.05)", transport,
                    "long queue " + size, "ours", "epoll", Of.CPU, false, 0.95));
        }
        atLeast("transport in the VM, AF_VSOCK stream 64 KiB", "vm", "vsock stream 64 KiB", "C", 0.95);
        atLeast("transport in the VM, AF_VSOCK bursts of 64 B", "vm", "vsock stream 64 B", "C", 0.95);
        atMost("bytes allocated for a message: PUSH, PULL", sockets, "bytes allocated for a message", "", 32);
        TARGETS.add(new Target("bytes allocated for a message: with a sink", "codec",
                "bytes allocated, decode 64 B NULL", "sink", "", Of.VALUE, false, 0.5));
        atMost("first message of a fresh context in a warm JVM", "scale", ScaleBench.FIRST, "", 5);
        atMost("first message of the tool", "scale", ScaleBench.FIRST_TOOL, "", 300);
    }

    private Targets() {
    }

    private static void atLeast(String text, String group, String work, String rival, double target) {
        TARGETS.add(new Target(text, group, work, "ours", rival, Of.VALUE, true, target));
    }

    private static void atMost(String text, String group, String work, String rival, double target) {
        TARGETS.add(new Target(text, group, work, "ours", rival, Of.VALUE, false, target));
    }

    /**
     * Prints the table of what is in {@link Figures#FOLDER}, all rows; the exit status is 1 if a target is missed, or
     * was not measured.
     *
     * @param arguments none
     * @throws IOException if a file cannot be read or written
     */
    public static void main(String[] arguments) throws IOException {
        List<Figures> all = new ArrayList<>();
        for (String group : GROUPS) {
            all.add(Figures.read(Figures.FOLDER, group));
        }
        String table = table(all, true);
        Path file = Figures.FOLDER.resolve("targets.md");
        Files.writeString(file, table);
        System.out.printf("%n%s%nThe same in %s%n", table, file);
        System.exit(count(all, true) == 0 ? 0 : 1);
    }

    /** Prints the rows of some groups; returns whether all targets were reached. */
    static boolean print(List<Figures> groups) {
        System.out.printf("%n%s%n", table(groups, false));
        return count(groups, false) == 0;
    }

    private static long count(List<Figures> all, boolean missing) {
        Map<String, Figures> groups = all.stream().collect(Collectors.toMap(Figures::group, Function.identity()));
        return TARGETS.stream().filter(target -> groups.containsKey(target.group)).filter(target -> {
            Figures figures = groups.get(target.group);
            return target.isMeasured(figures) ? !target.isMet(figures) : missing;
        }).count();
    }

    /** Returns the table in Markdown, with the rows that were not measured if {@code missing}. */
    static String table(List<Figures> all, boolean missing) {
        Map<String, Figures> groups = all.stream().collect(Collectors.toMap(Figures::group, Function.identity()));
        StringBuilder table = new StringBuilder("| work | measured | ratio (min..max) | noise | target | |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
        for (Target target : TARGETS) {
            Figures figures = groups.get(target.group);
            if (figures == null || !missing && !target.isMeasured(figures)) {
                continue;
            }
            if (!target.isMeasured(figures)) {
                table.append(String.format("| %s | not measured | | | %s | |%n", target.text, target.limit("")));
                continue;
            }
            String unit = target.of == Of.CPU ? "ns" : figures.unit(target.work, target.ours);
            Spread spread = target.measured(figures);
            table.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %s |%n", target.text,
                    measured(target, figures), target.isRatio() ? spread : "", noise(target, figures),
                    target.limit(unit), target.isMet(figures) ? "met" : "**not met**"));
        }
        return table.toString();
    }

    private static String measured(Target target, Figures figures) {
        String ours = value(target, figures, target.ours);
        return target.isRatio() ? ours + " (" + target.rival + ' ' + value(target, figures, target.rival) + ')' : ours;
    }

    private static String value(Target target, Figures figures, String contender) {
        return target.of == Of.CPU ? Figures.nanos(figures.cpu(target.work, contender).median())
                : Figures.text(figures.values(target.work, contender).median(), figures.unit(target.work, contender));
    }

    /** Returns the ratio of a contender to itself, if one took part twice. */
    private static String noise(Target target, Figures figures) {
        if (!target.isRatio()) {
            return "";
        }
        for (String contender : List.of(target.rival, target.ours, "libzmq")) {
            if (figures.has(target.work, contender + Figures.AGAIN)) {
                return figures.ratio(target.work, contender + Figures.AGAIN, contender).toString();
            }
        }
        return "";
    }
}
