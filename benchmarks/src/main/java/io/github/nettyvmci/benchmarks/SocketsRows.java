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
import io.github.nettyvmci.benchmarks.SocketsRun.Work;

import java.util.ArrayList;
import java.util.List;

/**
 * A row of what {@link SocketsBench} measures.
 *
 * @param name   as it is printed
 * @param work   what is done
 * @param rivals who takes part, ours first
 * @param again  whether libzmq takes part twice
 */
record SocketsRows(String name, Work work, List<Contender> rivals, boolean again) {

    private static final List<Contender> ALONE = List.of(Contender.OURS);
    private static final List<Contender> TWO = List.of(Contender.OURS, Contender.LIBZMQ);
    private static final List<Contender> LOOP = List.of(Contender.LOOP, Contender.LIBZMQ);
    private static final List<Contender> THREE = List.of(Contender.OURS, Contender.LIBZMQ, Contender.JEROMQ);

    String unit() {
        return switch (work.pattern()) {
            case "lat", "samples" -> "us";
            case "bytes" -> "B";
            default -> "1/s";
        };
    }

    /**
     * Returns the rows of the group {@code sockets}. How many messages they take does not depend on the option, since
     * that is what short and warm mean.
     */
    static List<SocketsRows> sockets() {
        List<SocketsRows> rows = new ArrayList<>();
        rows.add(row("ipc 64 B, short", "thr", "ipc", 64, 10_000_000, TWO));
        rows.add(row("ipc 64 B, warm", "thr", "ipc", 64, 40_000_000, TWO));
        rows.add(lasting("ipc 64 B, long", "thr", "ipc", 150_000_000, TWO));
        rows.add(row("ipc 64 B, warm, on the loop", "thr", "ipc", 64, 40_000_000, LOOP));
        rows.add(lasting("ipc 64 B, long, on the loop", "thr", "ipc", 150_000_000, LOOP));
        rows.add(row("ipc 256 B", "thr", "ipc", 256, 8_000_000, TWO));
        rows.add(row("ipc 1 KiB", "thr", "ipc", 1 << 10, 4_000_000, TWO));
        rows.add(row("ipc 8 KiB", "thr", "ipc", 8 << 10, 400_000, TWO));
        rows.add(row("ipc 64 KiB", "thr", "ipc", 64 << 10, 100_000, TWO));
        rows.add(row("tcp 64 B, short", "thr", "tcp", 64, 10_000_000, THREE));
        rows.add(row("tcp 64 B, warm", "thr", "tcp", 64, 40_000_000, THREE));
        rows.add(lasting("tcp 64 B, long", "thr", "tcp", 100_000_000, THREE));
        rows.add(row("inproc 64 B, short", "inproc", "inproc", 64, 20_000_000, TWO));
        rows.add(lasting("inproc 64 B, long", "inproc", "inproc", 100_000_000, TWO));
        rows.add(row("REQ/REP ipc 64 B, short", "lat", "ipc", 64, 50_000, TWO));
        rows.add(row("REQ/REP ipc 64 B, warm", "lat", "ipc", 64, 300_000, TWO));
        rows.add(pinned("REQ/REP ipc 64 B, one processor, short", 50_000));
        rows.add(pinned("REQ/REP ipc 64 B, one processor, warm", 300_000));
        rows.add(row("REQ/REP tcp 64 B", "lat", "tcp", 64, 100_000, THREE));
        rows.add(row("REQ/REP ipc 64 B, each round trip", "samples", "ipc", 64, 50_000, TWO));
        rows.add(row("bytes allocated for a message", "bytes", "ipc", 64, 8_000_000, ALONE));
        return rows;
    }

    /** Returns the rows of the group {@code curve}. */
    static List<SocketsRows> curve() {
        return List.of(curve("64 B, short", 64, 3_000_000), curve("64 B, warm", 64, 10_000_000),
                curve("64 B, long", 64, 30_000_000),
                curve("1 KiB, short", 1 << 10, 1_000_000), curve("1 KiB, warm", 1 << 10, 4_000_000),
                curve("64 KiB, short", 64 << 10, 30_000), curve("64 KiB, warm", 64 << 10, 150_000));
    }

    private static SocketsRows row(String name, String pattern, String scheme, int size, long count,
            List<Contender> rivals) {
        return new SocketsRows(name, Work.of(pattern, scheme, size, count), rivals, true);
    }

    /** Returns a row of 64 bytes that takes so long that what the compilers need is little of it. */
    private static SocketsRows lasting(String name, String pattern, String scheme, long count, List<Contender> rivals) {
        return new SocketsRows(name, Work.of(pattern, scheme, 64, count), rivals, false);
    }

    private static SocketsRows pinned(String name, long count) {
        return new SocketsRows(name, new Work("lat", "ipc", 64, count, true, false), TWO, true);
    }

    private static SocketsRows curve(String name, int octets, long count) {
        return new SocketsRows("CURVE ipc " + name, new Work("thr", "ipc", octets, count, false, true), TWO, true);
    }
}
