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
import java.util.List;
import java.util.Locale;

/**
 * Measures streams over AF_VSOCK in the test VM, from one process to another over its loopback: this transport and
 * {@code peer.c}, taking turns, each pair also against itself. {@code script/bench} calls it, by {@code script/vm}.
 */
public final class VmBench {

    private static final List<String> CONTENDERS = List.of("VSOCK", PeerProcess.C, PeerProcess.C + Figures.AGAIN);
    private static final int FIRST_PORT = 5100;
    /** How many streams are sent before one is measured; each takes two seconds. */
    private static final int WARM_UP = 60;

    private VmBench() {
    }

    /**
     * Runs it and prints the result; the exit status is 1 if a target is missed.
     *
     * @param arguments {@code --quick}, {@code --full} or none
     * @throws Exception if anything cannot be measured, or this is not the test VM
     */
    public static void main(String[] arguments) throws Exception {
        if (!"1".equals(System.getenv("VMCI_TEST_VM"))) {
            throw new IOException("VMCI_TEST_VM: not set (expected: a run by script/vm; elsewhere the peer may be a"
                    + " real host)");
        }
        String option = arguments.length == 0 ? "" : arguments[0];
        int rounds = switch (option) {
            case "--quick" -> 1;
            case "" -> 5;
            case "--full" -> 15;
            default -> throw new IllegalArgumentException("option: " + option + " (expected: --quick or --full)");
        };
        Machine.describe();
        Figures figures = new Figures("vm");
        PeerProcess[] servers = new PeerProcess[CONTENDERS.size()];
        PeerProcess[] clients = new PeerProcess[CONTENDERS.size()];
        for (int i = 0; i < servers.length; i++) {
            String contender = CONTENDERS.get(i).startsWith(PeerProcess.C) ? PeerProcess.C : CONTENDERS.get(i);
            String address = "vsock:" + (FIRST_PORT + i);
            servers[i] = PeerProcess.start("server", contender, address);
            clients[i] = PeerProcess.start("client", contender, address);
        }
        for (int size : List.of(64, 64 << 10)) {
            String order = "stream " + size + " 2000";
            for (int i = 0; i < WARM_UP; i++) {
                clients[0].run(order); // as it is measured, and for minutes, since an emulated processor compiles
            }
            for (int round = 0; round < rounds; round++) {
                for (int turn = 0; turn < servers.length; turn++) {
                    int i = (round + turn) % servers.length;
                    long before = servers[i].cpuNanos() + clients[i].cpuNanos();
                    String[] answer = clients[i].run(order);
                    double cpu = servers[i].cpuNanos() + clients[i].cpuNanos() - before;
                    double bytes = Double.parseDouble(answer[1]);
                    figures.add("vsock stream " + Results.bytes(size), CONTENDERS.get(i).replace("VSOCK", "ours"),
                            bytes / Double.parseDouble(answer[2]) * 1e9, "B/s", cpu / bytes);
                }
            }
        }
        for (int i = 0; i < servers.length; i++) {
            clients[i].close();
            servers[i].close();
        }
        System.out.printf(Locale.ROOT, "%nMedians of %d rounds (min..max), processor time of both loops for each byte"
                + "%n%n%s%n", rounds, figures.table());
        figures.write();
        System.exit(Targets.print(List.of(figures)) ? 0 : 1);
    }
}
