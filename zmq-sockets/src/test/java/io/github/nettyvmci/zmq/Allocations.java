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
package io.github.nettyvmci.zmq;

import com.sun.management.ThreadMXBean;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Counts what the event loop of a socket allocates for a message, and prints it in bytes. The peer lives in a context,
 * and so on a loop, of its own; what the application's threads allocate does not count.
 */
final class Allocations {

    private static final int ROUNDS = 8;
    private static final int STREAM = 20_000;
    private static final int TURNS = 5_000;
    private static final byte[] BODY = "a body of thirty-two octets, as ".getBytes(StandardCharsets.UTF_8);
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private Allocations() {
    }

    private interface Step {
        void run(ZmqSocket measured, ZmqSocket peer) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        streamed("PULL", ZmqSocketType.PULL, ZmqSocketType.PUSH, false);
        streamed("PUSH", ZmqSocketType.PUSH, ZmqSocketType.PULL, true);
        streamed("SUB", ZmqSocketType.SUB, ZmqSocketType.PUB, false);
        streamed("PUB", ZmqSocketType.PUB, ZmqSocketType.SUB, true);
        streamed("DISH", ZmqSocketType.DISH, ZmqSocketType.RADIO, false);
        streamed("RADIO", ZmqSocketType.RADIO, ZmqSocketType.DISH, true);
        measure("ROUTER", ZmqSocketType.ROUTER, ZmqSocketType.DEALER, STREAM, Allocations::echo);
        measure("SERVER", ZmqSocketType.SERVER, ZmqSocketType.CLIENT, STREAM, Allocations::echo);
        measure("REQ", ZmqSocketType.REQ, ZmqSocketType.REP, TURNS, (req, rep) -> turns(req, rep));
        measure("REP", ZmqSocketType.REP, ZmqSocketType.REQ, TURNS, (rep, req) -> turns(req, rep));
    }

    private static void streamed(String name, ZmqSocketType measured, ZmqSocketType other, boolean sends)
            throws Exception {
        measure(name, measured, other, STREAM, (socket, peer) ->
                stream(sends ? socket : peer, sends ? peer : socket));
    }

    private static void measure(String name, ZmqSocketType type, ZmqSocketType peerType, int messages, Step step)
            throws Exception {
        try (ZmqContext here = ZmqContext.builder().ioThreads(1).build();
                ZmqContext there = ZmqContext.builder().ioThreads(1).build();
                ZmqSocket socket = open(here, type);
                ZmqSocket peer = open(there, peerType)) {
            CompletableFuture<Long> thread = new CompletableFuture<>();
            socket.onEvent(event -> thread.complete(Thread.currentThread().getId()));
            peer.connect(socket.bind("ipc://*"));
            meet(socket, peer);
            long loop = thread.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            double least = Double.MAX_VALUE;
            for (int i = 0; i < ROUNDS; i++) {
                long before = threads.getThreadAllocatedBytes(loop);
                step.run(socket, peer);
                least = Math.min(least, (double) (threads.getThreadAllocatedBytes(loop) - before) / messages);
            }
            System.out.printf(Locale.ROOT, "%s %.1f%n", name, least);
        }
    }

    private static ZmqSocket open(ZmqContext context, ZmqSocketType type) {
        ZmqSocketBuilder builder = context.builder(type);
        if (type != ZmqSocketType.REQ && type != ZmqSocketType.REP) {
            builder.option(ZmqOption.SNDHWM, 0).option(ZmqOption.RCVHWM, 0);
        }
        ZmqSocket socket = builder.open();
        if (type == ZmqSocketType.SUB) {
            socket.subscribe("a body");
        } else if (type == ZmqSocketType.DISH) {
            socket.join("group");
        }
        return socket;
    }

    /** Waits until a publisher has the subscription of its peer, before which it would drop every message. */
    private static void meet(ZmqSocket socket, ZmqSocket peer) throws Exception {
        ZmqSocketType type = socket.type();
        boolean publishes = type == ZmqSocketType.PUB || type == ZmqSocketType.RADIO;
        if (!publishes && type != ZmqSocketType.SUB && type != ZmqSocketType.DISH) {
            return;
        }
        ZmtpMessage first = null;
        while (first == null) {
            (publishes ? socket : peer).send(message(publishes ? type : peer.type()));
            first = (publishes ? peer : socket).receive(Duration.ofMillis(100));
        }
        for (; first != null; first = (publishes ? peer : socket).receive(Duration.ofMillis(300))) {
            first.release();
        }
    }

    private static ZmtpMessage message(ZmqSocketType type) {
        return type == ZmqSocketType.RADIO
                ? ZmtpMessage.of(Unpooled.wrappedBuffer("group".getBytes(StandardCharsets.UTF_8)),
                        Unpooled.wrappedBuffer(BODY))
                : ZmtpMessage.of(Unpooled.wrappedBuffer(BODY));
    }

    private static ZmtpMessage receive(ZmqSocket from) throws InterruptedException {
        ZmtpMessage message = from.receive(TIMEOUT);
        if (message == null) {
            throw new IllegalStateException(from + ": no message in " + TIMEOUT);
        }
        return message;
    }

    private static void stream(ZmqSocket from, ZmqSocket to) throws InterruptedException {
        for (int i = 0; i < STREAM; i++) {
            from.send(message(from.type()));
        }
        for (int i = 0; i < STREAM; i++) {
            receive(to).release();
        }
    }

    /** Sends each message that a server receives back to its sender, whose id stands before it. */
    private static void echo(ZmqSocket server, ZmqSocket client) throws InterruptedException {
        for (int i = 0; i < STREAM; i++) {
            client.send(message(client.type()));
        }
        for (int i = 0; i < STREAM; i++) {
            server.sendAsync(receive(server));
        }
        for (int i = 0; i < STREAM; i++) {
            receive(client).release();
        }
    }

    private static void turns(ZmqSocket req, ZmqSocket rep) throws InterruptedException {
        for (int i = 0; i < TURNS; i++) {
            req.send(message(req.type()));
            receive(rep).release();
            rep.send(message(rep.type()));
            receive(req).release();
        }
    }
}
