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

import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Sends and receives on threads that meet as often as possible at the queues without locks, for a bounded time. */
class HandoverStressTest extends SocketTest {

    private static final int ITEMS = 200_000;

    private interface Body {
        void run() throws Exception;
    }

    private static CompletableFuture<Void> thread(Body body) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                body.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private static void join(List<CompletableFuture<Void>> threads) throws Exception {
        CompletableFuture.allOf(threads.toArray(new CompletableFuture<?>[0])).get(100, TimeUnit.SECONDS);
    }

    private static ZmtpMessage number(int n) {
        return ZmtpMessage.of(Unpooled.buffer(4).writeInt(n));
    }

    private static int number(ZmtpMessage message) {
        int n = message.part(0).getInt(message.part(0).readerIndex());
        message.release();
        return n;
    }

    /** Sends one message at a time, so that both ends sleep and are woken for each. */
    @ParameterizedTest
    @ValueSource(strings = {"inproc", "ipc", "tcp"})
    void shouldWakeWhoSleepsForEachMessage(String scheme) throws Exception {
        ZmqSocket one = open(DEALER);
        ZmqSocket other = open(DEALER);
        connect(other, one.bind(endpoint(scheme)));
        int rounds = 5_000;
        CompletableFuture<Void> echo = thread(() -> {
            for (int i = 0; i < rounds; i++) {
                other.send(other.receive(SOON));
            }
        });
        for (int i = 0; i < rounds; i++) {
            one.send(number(i));
            ZmtpMessage message = one.receive(SOON);
            assertEquals(i, number(message));
        }
        echo.get(20, TimeUnit.SECONDS);
    }

    /** Uses marks of one and two, so that both ends stop and go on all the time, with futures beside threads. */
    @ParameterizedTest
    @ValueSource(strings = {"inproc", "ipc", "tcp"})
    void shouldGoOnAfterEveryStop(String scheme) throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, 1).open();
        String endpoint = pull.bind(endpoint(scheme));
        int senders = 3;
        int each = 5_000;
        AtomicLong sum = new AtomicLong();
        AtomicInteger received = new AtomicInteger();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, s + 1).open();
            connect(push, endpoint);
            boolean waits = s > 0;
            threads.add(thread(() -> {
                for (int i = 0; i < each; i++) {
                    if (waits) {
                        assertTrue(push.offer(number(i), SOON));
                    } else {
                        push.sendAsync(number(i)).get(SOON.toSeconds(), TimeUnit.SECONDS);
                    }
                }
            }));
        }
        for (int t = 0; t < 2; t++) {
            boolean waits = t > 0;
            threads.add(thread(() -> {
                while (received.getAndIncrement() < senders * each) {
                    sum.addAndGet(number(waits ? pull.receive(SOON)
                            : pull.receiveAsync().get(SOON.toSeconds(), TimeUnit.SECONDS)));
                }
            }));
        }
        join(threads);
        assertEquals((long) senders * each * (each - 1) / 2, sum.get());
        expectNothing(pull);
    }

    /** Small messages are put into batches, and those of several parts are not: each thread's come in its order. */
    @ParameterizedTest
    @ValueSource(strings = {"inproc", "ipc", "tcp"})
    void shouldKeepTheOrderOfEachThreadThatSends(String scheme) throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        connect(push, pull.bind(endpoint(scheme)));
        int senders = 4;
        int each = ITEMS / 4;
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int s = 0; s < senders; s++) {
            int sender = s;
            threads.add(thread(() -> {
                for (int i = 0; i < each; i++) {
                    ZmtpMessage message = ZmtpMessage.of(Unpooled.buffer(8).writeInt(i).writeInt(sender));
                    push.send(i % 3 == 0 ? message.prepend(Unpooled.EMPTY_BUFFER) : message);
                }
            }));
        }
        int[] next = new int[senders];
        for (int i = 0; i < senders * each; i++) {
            ZmtpMessage message = pull.receive(SOON);
            int last = message.partCount() - 1;
            int offset = message.offset(last);
            int sender = message.buffer(last).getInt(offset + 4);
            assertEquals(next[sender]++, message.buffer(last).getInt(offset), "of sender " + sender);
            message.release();
        }
        join(threads);
    }

    /** When a socket closes, no thread hangs, no message leaks, and each call or future fails with CLOSED. */
    @ParameterizedTest
    @ValueSource(strings = {"inproc", "ipc"})
    void shouldEndEverybodyWhenASocketClosesUnderThem(String scheme) throws Exception {
        for (int round = 0; round < 50; round++) {
            ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, 5).open();
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 5).option(ZmqOption.LINGER, Duration.ZERO)
                    .open();
            connect(push, pull.bind(endpoint(scheme)));
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                threads.add(thread(() -> untilClosed(() -> assertTrue(push.offer(number(1), SOON)))));
                threads.add(thread(() -> untilClosed(() -> pull.receive(SOON).release())));
            }
            threads.add(thread(() -> {
                try {
                    for (;;) {
                        pull.receiveAsync().join().release();
                    }
                } catch (java.util.concurrent.CompletionException e) {
                    assertEquals(ZmqError.CLOSED, ((ZmqException) e.getCause()).error());
                }
            }));
            for (int spin = 0; spin < round * 200; spin++) {
                Thread.onSpinWait();
            }
            (round % 2 == 0 ? pull : push).close();
            (round % 2 == 0 ? push : pull).close();
            join(threads);
        }
    }

    /** Each message whose send succeeded is received once, in its sender's order, or is counted as dropped. */
    @ParameterizedTest
    @ValueSource(strings = {"inproc", "ipc"})
    void shouldAccountForEachMessageWhenTheSenderCloses(String scheme) throws Exception {
        int most = 1 << 20;
        for (int round = 0; round < 20; round++) {
            ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, 4).open();
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 4).option(ZmqOption.LINGER, SOON).open();
            connect(push, pull.bind(endpoint(scheme)));
            AtomicInteger sent = new AtomicInteger();
            List<CompletableFuture<Void>> senders = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                int first = t * most;
                boolean asks = t == 0;
                int[] next = {first};
                senders.add(thread(() -> untilClosed(() -> {
                    if (asks) {
                        join(push.sendAsync(number(next[0]++)));
                    } else {
                        assertTrue(push.offer(number(next[0]++), SOON));
                    }
                    sent.incrementAndGet();
                })));
            }
            AtomicInteger received = new AtomicInteger();
            Set<Integer> seen = ConcurrentHashMap.newKeySet();
            List<CompletableFuture<Void>> receivers = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
                boolean asks = t == 0;
                int[] last = {-1, -1, -1};
                receivers.add(thread(() -> untilClosed(() -> {
                    int n = number(asks ? join(pull.receiveAsync()) : pull.receive(SOON));
                    assertTrue(seen.add(n), "twice");
                    assertTrue(n > last[n / most], "out of turn");
                    last[n / most] = n;
                    received.incrementAndGet();
                })));
            }
            int enough = 1 + 37 * round;
            await(() -> received.get() >= enough);
            CompletableFuture<Void> closed = push.closeAsync();
            join(senders);
            closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
            await(() -> received.get() + push.metrics().dropped() >= sent.get());
            pull.close();
            join(receivers);
            assertEquals(sent.get(), received.get() + push.metrics().dropped());
        }
    }

    private static <T> T join(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(SOON.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw (Exception) e.getCause();
        }
    }

    private static void untilClosed(Body body) throws Exception {
        try {
            for (;;) {
                body.run();
            }
        } catch (ZmqException e) {
            assertEquals(ZmqError.CLOSED, e.error());
        }
    }

    @Test
    void shouldLoseNothingByInterruptions() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 2).open();
        connect(push, pull.bind(endpoint("ipc")));
        int messages = 3_000;
        AtomicInteger received = new AtomicInteger();
        CompletableFuture<Thread> started = new CompletableFuture<>();
        CompletableFuture<Void> receiver = thread(() -> {
            started.complete(Thread.currentThread());
            while (received.get() < messages) {
                try {
                    assertEquals(received.get(), number(pull.receive(SOON)));
                    received.incrementAndGet();
                } catch (InterruptedException e) {
                    continue; // an interrupted receive has taken no message, so it is repeated
                }
            }
        });
        Thread thread = started.join();
        for (int i = 0; i < messages; i++) {
            assertTrue(push.offer(number(i), SOON));
            if (i % 3 == 0) {
                thread.interrupt();
            }
        }
        receiver.get(60, TimeUnit.SECONDS);
        expectNothing(pull);
    }
}
