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
import java.util.Collections;
import java.util.List;

/**
 * Measures one PUB with many SUB over ipc, in a process each: messages of 100 bytes as fast as the publisher can, each
 * of which a tenth of the subscribers wants. What counts is what arrives, by time. Contenders take turns; libzmq takes
 * part twice. {@code script/bench} calls it.
 */
public final class FanoutBench {

    /** The only work of the group. */
    static final String WORK = "PUB to SUB, 100 B, delivered";

    private static final int SUBSCRIBERS = 1000;
    private static final String OURS = "ours";
    private static final String LIBZMQ = "libzmq";
    private static final int MOST_WARM_UPS = 20;

    private FanoutBench() {
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a target is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        String option = arguments.length == 0 ? "" : arguments[0];
        int rounds = switch (option) {
            case "--quick" -> 1;
            case "" -> 3;
            case "--full" -> 7;
            default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
        };
        int millis = option.equals("--quick") ? 1500 : 3000;
        Machine.describe();
        // A socket of libzmq has two descriptors besides that of its connection.
        int subscribers = Machine.connections(SUBSCRIBERS, 3);
        Figures figures = new Figures("fanout");
        Path folder = Files.createTempDirectory("fanout-bench");
        try {
            measure(figures, folder.resolve("socket"), subscribers, rounds, millis);
        } finally {
            Files.deleteIfExists(folder.resolve("socket"));
            Files.delete(folder);
        }
        System.out.printf("%n%d subscribers; medians of %d rounds (min..max), processor time of both ends for each"
                + " message delivered%n%n%s%n", subscribers, rounds, figures.table());
        figures.write();
        System.exit(Targets.print(List.of(figures)) ? 0 : 1);
    }

    /** Adds what the rounds give. */
    static void measure(Figures figures, Path socket, int subscribers, int rounds, int millis)
            throws IOException {
        List<String> contenders = new ArrayList<>(List.of(OURS, LIBZMQ, LIBZMQ + Figures.AGAIN));
        for (int round = 0; round < rounds; round++) {
            System.err.printf("round %d of %d, load %s%n", round + 1, rounds, Machine.load());
            for (String contender : contenders) {
                run(figures, contender, socket, subscribers, millis);
            }
            Collections.rotate(contenders, 1);
        }
    }

    private static void run(Figures figures, String contender, Path socket, int subscribers, int millis)
            throws IOException {
        Files.deleteIfExists(socket);
        String endpoint = "ipc://" + socket;
        boolean ours = contender.equals(OURS);
        String count = Integer.toString(subscribers);
        try (PeerProcess publisher = ours ? PeerProcess.startMany("pub", endpoint)
                : PeerProcess.startC("zmqmany", "pub", endpoint);
                PeerProcess subs = ours ? PeerProcess.startMany("subs", endpoint, count)
                : PeerProcess.startC("zmqmany", "subs", endpoint, count)) {
            for (int i = 0; !isComplete(pass(publisher, subs, millis), subscribers); i++) { // this also warms up
                if (i == MOST_WARM_UPS) {
                    throw new IOException(contender + ": not all of " + subscribers + " subscribers get messages");
                }
            }
            long before = publisher.processCpuNanos() + subs.processCpuNanos();
            String[] answer = pass(publisher, subs, millis);
            double cpu = publisher.processCpuNanos() + subs.processCpuNanos() - before;
            double messages = Double.parseDouble(answer[1]);
            figures.add(WORK, contender, messages / Double.parseDouble(answer[2]) * 1e9, "1/s", cpu / messages);
        }
    }

    /** Publishes for some time, and counts for as long. */
    private static String[] pass(PeerProcess publisher, PeerProcess subs, int millis) throws IOException {
        publisher.begin("publish " + millis);
        String[] counted = subs.run("count " + millis);
        publisher.end("publish " + millis);
        return counted;
    }

    private static boolean isComplete(String[] answer, int subscribers) {
        return Integer.parseInt(answer[3]) == subscribers;
    }
}
