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
 * Measures what many peers of one PULL socket cost, ours and libzmq's with one I/O thread each: accepting them, their
 * handshakes, their memory and processor time while nothing happens, and messages that come from each of them in turn.
 * Also how long the first message of a context takes. {@code script/bench} calls it.
 */
public final class ScaleBench {

    /** Resident memory of the whole process. */
    static final String MEMORY = "10,000 idle peers, resident memory";
    /** Per cent of a processor while nothing happens. */
    static final String IDLE = "10,000 idle peers, processor";
    /** Connections a second, each with its first message; NULL or CURVE follows. */
    static final String HANDSHAKES = "accept and handshake, ";
    /** From a new context to its first message, in milliseconds. */
    static final String FIRST = "first message of a context";
    /** From the start of {@code script/zmq push} to its message, in milliseconds. */
    static final String FIRST_TOOL = "first message of the tool";
    /** Messages of the peers in turn; the number of peers comes before. */
    static final String IN_TURN = " peers, messages in turn";
    /** What a peer costs; the number of peers comes before. */
    static final String EACH = " peers, memory of each";

    private static final int MOST = 10_000;
    private static final int BATCH = 100;
    /** How often the handshakes are made before they are measured; the compilers are at it for tens of thousands. */
    private static final int WARM_UP = 10;
    private static final int CURVE_WARM_UP = 25;
    private static final String OURS = "ours";
    private static final String LIBZMQ = "libzmq";

    /**
     * How much is done.
     *
     * @param peers      what is measured at so many peers, the last of which is the full number
     * @param handshakes under NULL, and a fifth of them under CURVE
     * @param messages   in turn
     * @param idleMillis how long nothing happens
     */
    record Plan(int rounds, List<Integer> peers, int handshakes, int messages, int idleMillis) {

        static Plan of(String option, int most) {
            List<Integer> peers = List.of(Math.min(10, most), most / 10, most / 3, most);
            return switch (option) {
                case "--quick" -> new Plan(1, peers, 2000, 50_000, 2000);
                case "" -> new Plan(3, peers, 5000, 200_000, 4000);
                case "--full" -> new Plan(7, peers, 10_000, 500_000, 10_000);
                default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
            };
        }
    }

    private final Plan plan;
    private final Path folder;
    private final Figures figures = new Figures("scale");

    ScaleBench(Plan plan, Path folder) {
        this.plan = plan;
        this.folder = folder;
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a target is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured
     */
    public static void main(String[] arguments) throws Exception {
        Machine.describe();
        Plan plan = Plan.of(arguments.length == 0 ? "" : arguments[0], Machine.connections(MOST, 1));
        Path folder = Files.createTempDirectory("scale-bench");
        Figures figures;
        try {
            figures = new ScaleBench(plan, folder).measure();
        } finally {
            Files.deleteIfExists(folder.resolve("socket"));
            Files.deleteIfExists(folder.resolve("first"));
            Files.delete(folder);
        }
        System.out.printf("%n%d peers; medians of %d rounds (min..max), processor time of the server for each%n%n%s%n",
                plan.peers.get(plan.peers.size() - 1), plan.rounds, figures.table());
        figures.write();
        System.exit(Targets.print(List.of(figures)) ? 0 : 1);
    }

    Figures measure() throws IOException, InterruptedException {
        List<String> contenders = new ArrayList<>(List.of(OURS, LIBZMQ, LIBZMQ + Figures.AGAIN));
        for (int round = 0; round < plan.rounds; round++) {
            for (String contender : contenders) {
                System.err.printf("round %d of %d, %s, load %s%n", round + 1, plan.rounds, contender, Machine.load());
                handshakes(contender, ZmtpSecurity.NULL);
                handshakes(contender, ZmtpSecurity.CURVE);
                peers(contender);
                first(contender);
            }
            idleSpinning();
            new FirstMessage(folder).measure(figures, FIRST_TOOL);
            Collections.rotate(contenders, 1);
        }
        return figures;
    }

    private PeerProcess server(String contender, ZmtpSecurity security) throws IOException {
        Path socket = folder.resolve("socket");
        Files.deleteIfExists(socket);
        List<String> arguments = new ArrayList<>(List.of("pull", "ipc://" + socket));
        if (security == ZmtpSecurity.CURVE) {
            arguments.add("curve");
        }
        String[] array = arguments.toArray(new String[0]);
        return contender.equals(OURS) ? PeerProcess.startMany(array) : PeerProcess.startC("zmqmany", array);
    }

    /** Starts the peers, which are the same for all contenders: bare ones, and those of libzmq under CURVE. */
    private PeerProcess client(ZmtpSecurity security) throws IOException {
        String socket = folder.resolve("socket").toString();
        return security == ZmtpSecurity.CURVE ? PeerProcess.startC("zmqmany", "push", "ipc://" + socket, "curve")
                : PeerProcess.startC("peers", socket);
    }

    private void handshakes(String contender, ZmtpSecurity security) throws IOException {
        boolean curve = security == ZmtpSecurity.CURVE;
        int count = curve ? plan.handshakes / 5 : plan.handshakes;
        try (PeerProcess server = server(contender, security); PeerProcess client = client(security)) {
            for (int i = 0; i < (curve ? CURVE_WARM_UP : WARM_UP); i++) {
                connect(server, client, count);
                client.run("close 0");
            }
            long cpuBefore = server.processCpuNanos();
            long begun = System.nanoTime();
            connect(server, client, count);
            double nanos = System.nanoTime() - begun;
            double cpu = server.processCpuNanos() - cpuBefore;
            figures.add(HANDSHAKES + security, contender, count / nanos * 1e9, "1/s", cpu / count);
        }
    }

    /** Connects in batches, so that no more handshakes are under way than our sockets allow those of one user. */
    private static void connect(PeerProcess server, PeerProcess client, int count) throws IOException {
        for (int left = count; left > 0; left -= BATCH) {
            pass(server, client, "connect ", Math.min(left, BATCH));
        }
    }

    /** Lets the peers do something of which so many messages arrive. */
    private static String[] pass(PeerProcess server, PeerProcess client, String order, int count) throws IOException {
        server.begin("accept " + count);
        client.run(order + count);
        return server.end("accept " + count);
    }

    private void peers(String contender) throws IOException, InterruptedException {
        Path socket = folder.resolve("socket");
        Files.deleteIfExists(socket);
        try (PeerProcess server = contender.equals(OURS) ? PeerProcess.startCommand("pull", "ipc://" + socket)
                : server(contender, ZmtpSecurity.NULL);
                PeerProcess client = client(ZmtpSecurity.NULL)) {
            int connected = 0;
            double alone = server.residentKib();
            for (int peers : plan.peers) {
                connect(server, client, peers - connected);
                connected = peers;
                pass(server, client, "send ", plan.messages);
                long before = server.processCpuNanos();
                String[] answer = pass(server, client, "send ", plan.messages);
                double cpu = server.processCpuNanos() - before;
                figures.add(peers + IN_TURN, contender, plan.messages / Double.parseDouble(answer[2]) * 1e9, "1/s",
                        cpu / plan.messages);
                figures.add(peers + EACH, contender, (server.residentKib() - alone) / peers, "KiB", Double.NaN);
            }
            figures.add(MEMORY, contender, server.residentKib() / 1024.0, "MiB", Double.NaN);
            idle(contender, server);
        }
    }

    /** The same peers of a socket on loops that look for events before they sleep, with nothing to do. */
    private void idleSpinning() throws IOException, InterruptedException {
        Path socket = folder.resolve("socket");
        Files.deleteIfExists(socket);
        int most = plan.peers.get(plan.peers.size() - 1);
        try (PeerProcess server = PeerProcess.startMany("pull-spin", "ipc://" + socket);
                PeerProcess client = client(ZmtpSecurity.NULL)) {
            connect(server, client, most);
            pass(server, client, "send ", plan.messages);
            idle(TransportBench.SPIN, server);
        }
    }

    private void idle(String contender, PeerProcess server) throws IOException, InterruptedException {
        Thread.sleep(1000); // the contenders do not tell when they have done what the last messages left to do
        long before = server.threadsCpuNanos();
        Thread.sleep(plan.idleMillis); // the time without work that is measured
        figures.add(IDLE, contender, Math.max(0, server.threadsCpuNanos() - before) / (plan.idleMillis * 1e4), "%",
                Double.NaN);
    }

    private void first(String contender) throws IOException {
        try (PeerProcess process = contender.equals(OURS) ? PeerProcess.startMany("first", folder.toString())
                : PeerProcess.startC("zmqmany", "first", folder.toString())) {
            process.run("first 200"); // warms up: the code gets compiled
            long before = process.processCpuNanos();
            double nanos = Double.parseDouble(process.run("first 100")[2]) / 100;
            figures.add(FIRST, contender, nanos / 1e6, "ms", (process.processCpuNanos() - before) / 100.0);
        }
    }
}
