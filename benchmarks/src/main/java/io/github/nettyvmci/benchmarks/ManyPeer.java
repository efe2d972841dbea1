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

import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketBuilder;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import io.netty.channel.MultiThreadIoEventLoopGroup;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A socket with many peers, or many sockets with one peer each, or many contexts one after the other. {@code zmqmany.c}
 * does the same with libzmq, and describes the arguments, the orders and the answers. One I/O thread, as libzmq has.
 */
public final class ManyPeer {

    private static final int SIZE = 100;
    private static final int BATCH = 256;
    private static final int PREFIXES = 10;
    private static final int BACKLOG = 4096;

    private ManyPeer() {
    }

    /** Does what an order says, and returns the answer. */
    private interface Order {
        String obey(long number) throws InterruptedException;
    }

    /**
     * Runs it.
     *
     * @param arguments the kind, the endpoint, and {@code curve} or a number of sockets; see {@code zmqmany.c}
     * @throws IOException          if standard input fails
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        String endpoint = arguments[1];
        ZmqContext.Builder builder = ZmqContext.builder().ioThreads(1);
        if (arguments[0].equals("pull-spin")) {
            builder.eventLoopGroup(new MultiThreadIoEventLoopGroup(1, VmciIoHandler.newFactory(Contender.SPINNING)));
        }
        ZmqContext context = builder.build();
        Order order = switch (arguments[0]) {
            case "pull", "pull-spin" -> accept(context, endpoint, arguments.length == 3);
            case "pub" -> publish(context, endpoint);
            case "subs" -> new Subscribers(context, endpoint, Integer.parseInt(arguments[2]))::count;
            case "first" -> count -> first("ipc://" + endpoint + "/first", count);
            default -> throw new IllegalArgumentException("kind: " + arguments[0]
                    + " (expected: pull, pull-spin, pub, subs or first)");
        };
        System.out.println("ready " + ProcessHandle.current().pid());
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(order.obey(Long.parseLong(line.substring(line.indexOf(' ') + 1))));
        }
        System.exit(0); // sockets need not be closed, for nobody waits for what they have
    }

    private static Order accept(ZmqContext context, String endpoint, boolean curve) {
        ZmqSocketBuilder builder = context.builder(ZmqSocketType.PULL).option(ZmqOption.BACKLOG, BACKLOG);
        if (curve) {
            builder.curveServer(CurveKeys.pair());
        }
        ZmqSocket socket = builder.open();
        socket.bind(endpoint);
        return count -> {
            socket.receive().release();
            long begun = System.nanoTime();
            for (long i = 1; i < count; i++) {
                socket.receive().release();
            }
            return "accept " + count + ' ' + (System.nanoTime() - begun);
        };
    }

    private static Order publish(ZmqContext context, String endpoint) {
        ZmqSocket socket = context.open(ZmqSocketType.PUB);
        socket.bind(endpoint);
        byte[][] payloads = new byte[PREFIXES][SIZE];
        for (int i = 0; i < PREFIXES; i++) {
            payloads[i][0] = (byte) ('0' + i);
        }
        return millis -> {
            long begun = System.nanoTime();
            long end = begun + TimeUnit.MILLISECONDS.toNanos(millis);
            long count = 0;
            while (System.nanoTime() < end) {
                for (int i = 0; i < BATCH; i++) {
                    socket.send(ZmtpMessage.of(Unpooled.wrappedBuffer(payloads[(int) (count++ % PREFIXES)])));
                }
            }
            return "publish " + count + ' ' + (System.nanoTime() - begun);
        };
    }

    /** Sockets of type SUB, whose handlers count. All handlers run on the only event loop. */
    private static final class Subscribers {

        private final AtomicLong messages = new AtomicLong();
        private final AtomicLong sockets = new AtomicLong();

        Subscribers(ZmqContext context, String endpoint, int count) {
            for (int i = 0; i < count; i++) {
                ZmqSocket socket = context.open(ZmqSocketType.SUB);
                boolean[] got = {false};
                socket.onMessage(message -> {
                    message.release();
                    messages.lazySet(messages.get() + 1);
                    if (!got[0]) {
                        got[0] = true;
                        sockets.incrementAndGet();
                    }
                });
                socket.subscribe(Integer.toString(i % PREFIXES));
                socket.connect(endpoint);
            }
        }

        String count(long millis) throws InterruptedException {
            long before = messages.get();
            long begun = System.nanoTime();
            Thread.sleep(millis); // the time for which messages are counted
            long after = messages.get();
            return "count " + (after - before) + ' ' + (System.nanoTime() - begun) + ' ' + sockets.get();
        }
    }

    private static String first(String endpoint, long count) throws InterruptedException {
        long begun = System.nanoTime();
        for (long i = 0; i < count; i++) {
            try (ZmqContext context = ZmqContext.builder().ioThreads(1).build()) {
                ZmqSocket pull = context.open(ZmqSocketType.PULL);
                ZmqSocket push = context.open(ZmqSocketType.PUSH);
                pull.bind(endpoint);
                push.connect(endpoint);
                push.send("x");
                pull.receive().release();
            }
        }
        return "first " + count + ' ' + (System.nanoTime() - begun);
    }
}
