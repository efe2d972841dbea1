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

import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

import java.util.Locale;

/**
 * libzmq's performance programs with JeroMQ: {@code local_thr}, {@code remote_thr}, {@code local_lat} and {@code
 * remote_lat}, each with an endpoint, a size and a count; they print what {@code script/zmq} prints. {@code
 * samples_lat} is {@code remote_lat} that prints the nanoseconds of each round trip.
 */
public final class JeroPerf {

    private JeroPerf() {
    }

    /**
     * Runs one of them.
     *
     * @param arguments the kind, the endpoint, the size of a message in bytes, and how many
     * @throws InterruptedException never
     */
    public static void main(String[] arguments) throws InterruptedException {
        byte[] bytes = new byte[Integer.parseInt(arguments[2])];
        long count = Long.parseLong(arguments[3]);
        try (ZContext context = new ZContext()) {
            context.setLinger(-1);
            switch (arguments[0]) {
                case "local_thr" -> {
                    ZMQ.Socket socket = context.createSocket(SocketType.PULL);
                    socket.bind(arguments[1]);
                    socket.recv();
                    long start = System.nanoTime();
                    for (long i = 1; i < count; i++) {
                        socket.recv();
                    }
                    System.out.printf("mean throughput: %d [msg/s]%n", count * 1_000_000_000L
                            / (System.nanoTime() - start));
                }
                case "remote_thr" -> {
                    ZMQ.Socket socket = context.createSocket(SocketType.PUSH);
                    socket.connect(arguments[1]);
                    for (long i = 0; i < count; i++) {
                        socket.send(bytes);
                    }
                }
                case "local_lat" -> {
                    ZMQ.Socket socket = context.createSocket(SocketType.REP);
                    socket.bind(arguments[1]);
                    for (long i = 0; i < count; i++) {
                        socket.send(socket.recv());
                    }
                }
                case "remote_lat" -> {
                    ZMQ.Socket socket = context.createSocket(SocketType.REQ);
                    socket.connect(arguments[1]);
                    long start = System.nanoTime();
                    for (long i = 0; i < count; i++) {
                        socket.send(bytes);
                        socket.recv();
                    }
                    System.out.printf(Locale.ROOT, "average latency: %.3f [us]%n",
                            (System.nanoTime() - start) / 1e3 / (2 * count));
                }
                case "samples_lat" -> {
                    ZMQ.Socket socket = context.createSocket(SocketType.REQ);
                    socket.connect(arguments[1]);
                    new Samples((int) count).measure(() -> {
                        socket.send(bytes);
                        socket.recv();
                    });
                }
                default -> throw new IllegalArgumentException("kind: " + arguments[0]
                        + " (expected: local_thr, remote_thr, local_lat, remote_lat or samples_lat)");
            }
        }
    }
}
