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
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** A thread that takes turns of sending and receiving runs the socket's event loop while it waits. */
class TakingTurnsTest extends SocketTest {

    private static final int ROUNDS = 2000;

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private static void answer(ZmqSocket socket, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            ZmtpMessage message = socket.receive(SOON);
            assertTrue(message != null, "no request in time");
            socket.send(message);
        }
    }

    private static void ask(ZmqSocket socket, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            socket.send("question " + i);
            expect(socket, "question " + i);
        }
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.get(4 * SOON.toSeconds(), TimeUnit.SECONDS);
    }

    private Future<?> go(Callable<?> body) {
        return threads.submit(body);
    }

    private Future<?> answering(ZmqSocket socket, int count) {
        return go(() -> {
            answer(socket, count);
            return null;
        });
    }

    /**
     * The loop lets go of a message where it has written it, so that tells who ran the loop. On a busy machine it takes
     * longer until a thread comes in time for that.
     */
    @EveryNetwork
    void shouldWriteAndReadOnTheThreadThatWaits(String scheme) throws Exception {
        for (ZmqSocketType type : new ZmqSocketType[] {REQ, DEALER}) {
            ZmqSocket server = open(type == REQ ? REP : DEALER);
            ZmqSocket client = open(type);
            connect(client, server.bind(endpoint(scheme)));
            Future<?> answers = answering(server, Integer.MAX_VALUE);
            Set<Thread> writers = ConcurrentHashMap.newKeySet();
            Thread here = Thread.currentThread();
            long end = System.nanoTime() + SOON.toNanos();
            for (int i = 0; i < ROUNDS || !writers.contains(here) && System.nanoTime() < end; i++) {
                client.send(ZmtpMessage.of(new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, 8, 8) {
                    @Override
                    protected void deallocate() {
                        writers.add(Thread.currentThread());
                        super.deallocate();
                    }
                }.writeLong(i)));
                ZmtpMessage reply = client.receive(SOON);
                assertEquals(i, reply.part(0).getLong(reply.part(0).readerIndex()));
                reply.release();
            }
            assertTrue(writers.contains(here), type + ": only " + writers + " wrote");
            server.close();
            ExecutionException closed = assertThrows(ExecutionException.class, () -> get(answers));
            assertEquals(ZmqError.CLOSED, ((ZmqException) closed.getCause()).error());
        }
    }

    @EveryScheme
    void shouldServeManyThreadsOnOneLoop(String scheme) throws Exception {
        try (ZmqContext one = ZmqContext.builder().ioThreads(1).linger(Duration.ZERO).build()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(go(() -> {
                    for (int round = 0; round < 5; round++) {
                        ZmqSocket server = one.open(REP);
                        ZmqSocket client = one.open(REQ);
                        connect(client, server.bind(endpoint(scheme)));
                        int count = ThreadLocalRandom.current().nextInt(1, 300);
                        Future<?> answers = answering(server, count);
                        ask(client, count);
                        get(answers);
                        client.close();
                        server.close();
                    }
                    return null;
                }));
            }
            ZmqSocket pull = one.open(PULL);
            ZmqSocket push = one.open(PUSH);
            connect(push, pull.bind(endpoint(scheme)));
            all.add(go(() -> {
                for (int i = 0; i < 20_000; i++) {
                    push.send(Integer.toString(i));
                }
                return null;
            }));
            for (int i = 0; i < 20_000; i++) {
                expect(pull, Integer.toString(i));
            }
            for (Future<?> each : all) {
                get(each);
            }
        }
    }

    /** A server that finds the next request each time never looks for events, so the loop's own thread has to. */
    @Test
    void shouldAcceptWhileABacklogIsAnswered(@TempDir Path folder) throws Exception {
        int backlog = 20_000; // ten seconds for the loop's own thread, if the processors are busy
        ZmqSocket server = context.builder(REP).option(ZmqOption.RCVHWM, 0).open();
        Path path = folder.resolve("s");
        ZmqSocket client = context.builder(DEALER).option(ZmqOption.SNDHWM, 0).option(ZmqOption.RCVHWM, 0).open();
        connect(client, server.bind("ipc://" + path));
        Future<?> warm = answering(server, 20);
        for (int i = 0; i < 20; i++) {
            client.send("", "a");
            receive(client);
        }
        get(warm);
        for (int i = 0; i < backlog; i++) {
            client.send("", "request");
        }
        try (SocketChannel other = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Future<Integer> greeted = threads.submit(() -> {
                for (int i = 0; i < backlog; i++) {
                    ZmtpMessage request = server.receive(SOON);
                    for (long end = System.nanoTime() + 500_000; System.nanoTime() < end;) {
                        Thread.onSpinWait();
                    }
                    server.send(request);
                    if (i == 20) {
                        other.connect(UnixDomainSocketAddress.of(path));
                        other.configureBlocking(false);
                    } else if (i > 20 && other.read(ByteBuffer.allocate(64)) > 0) { // the greeting
                        return i;
                    }
                }
                return backlog;
            });
            assertTrue(get(greeted) < backlog, "not greeted before the last answer");
        }
    }

    /** The time of a receive includes the part in which its thread ran the loop. */
    @EveryNetwork
    void shouldWaitNoLongerThanItsTimeout(String scheme) throws Exception {
        ZmqSocket server = open(ROUTER);
        ZmqSocket client = context.builder(REQ).routingId("client").option(ZmqOption.REQ_RELAXED, true).open();
        connect(client, server.bind(endpoint(scheme)));
        Duration timeout = Duration.ofMillis(40);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            client.send("a");
            expect(server, "client", "", "a");
            server.send("client", "", "b");
            expect(client, "b");
            client.send("c");
            long start = System.nanoTime();
            assertNull(client.receive(timeout));
            long took = System.nanoTime() - start;
            assertTrue(took >= timeout.toNanos(), took + " ns");
            best = Math.min(best, took);
            receive(server);
        }
        long most = timeout.toNanos() + 8_000_000L / 3 * TestFamily.SLOWNESS;
        assertTrue(best < most, best + " ns (expected: " + timeout + ')');
    }

    @EveryNetwork
    void shouldBeInterruptedWhileItRunsTheLoop(String scheme) throws Exception {
        ZmqSocket server = open(REP);
        ZmqSocket client = open(REQ);
        connect(client, server.bind(endpoint(scheme)));
        for (int i = 0; i < 5; i++) {
            Future<?> answers = answering(server, 20);
            ask(client, 20);
            get(answers);
            client.send("the last");
            expectRequest(server);
            Thread waiting = Thread.currentThread();
            Future<?> interrupts = go(() -> {
                // The interrupt may come at any moment of the wait, in the kernel too, and the test passes at each.
                for (int left = ThreadLocalRandom.current().nextInt(10_000); left > 0; left--) {
                    Thread.yield();
                }
                waiting.interrupt();
                return null;
            });
            assertThrows(InterruptedException.class, () -> client.receive(ZmqOption.FOREVER));
            get(interrupts);
            server.send("too late for that");
            expect(client, "too late for that");
        }
    }

    private static void expectRequest(ZmqSocket server) throws InterruptedException {
        expect(server, "the last");
    }

    @EveryNetwork
    void shouldEndItsWaitWhenTheSocketCloses(String scheme) throws Exception {
        for (int i = 0; i < 5; i++) {
            ZmqSocket server = open(REP);
            ZmqSocket client = open(REQ);
            connect(client, server.bind(endpoint(scheme)));
            Future<?> answers = answering(server, 20);
            ask(client, 20);
            get(answers);
            client.send("the last");
            expectRequest(server);
            Future<?> closes = go(() -> {
                client.close();
                return null;
            });
            ZmqException e = assertThrows(ZmqException.class, () -> client.receive(ZmqOption.FOREVER));
            assertEquals(ZmqError.CLOSED, e.error());
            get(closes);
            server.close();
        }
    }

    /** A handler may wait for what the application's threads hold, so none of them runs it. */
    @EveryNetwork
    void shouldRunHandlersOnTheLoopsOwnThread(String scheme) throws Exception {
        try (ZmqContext one = ZmqContext.builder().ioThreads(1).linger(Duration.ZERO).build()) {
            ZmqSocket server = one.open(REP);
            ZmqSocket client = one.open(REQ);
            connect(client, server.bind(endpoint(scheme)));
            Future<?> answers = answering(server, ROUNDS);
            ZmqSocket pull = one.open(PULL);
            ZmqSocket push = one.open(PUSH);
            connect(push, pull.bind(endpoint(scheme)));
            Set<Thread> handlers = ConcurrentHashMap.newKeySet();
            for (int i = 0; i < ROUNDS; i++) {
                client.send("question " + i);
                push.send("news");
                if (i == ROUNDS / 2) {
                    pull.onMessage(message -> {
                        handlers.add(Thread.currentThread());
                        message.release();
                    });
                }
                expect(client, "question " + i);
            }
            get(answers);
            await(() -> pull.metrics().messagesIn() == ROUNDS);
            assertEquals(1, handlers.size(), handlers::toString);
            assertTrue(handlers.iterator().next().getName().startsWith("zmq-"), handlers::toString);
        }
    }

    /** What comes for another socket of the loop comes soon, though the thread that led does something else now. */
    @Test
    void shouldLookAfterTheLoopWhenTheThreadDoesSomethingElse() throws Exception {
        try (ZmqContext one = ZmqContext.builder().ioThreads(1).linger(Duration.ZERO).build()) {
            ZmqSocket server = one.open(REP);
            ZmqSocket client = one.open(REQ);
            connect(client, server.bind(endpoint("ipc")));
            ZmqSocket pull = one.open(PULL);
            ZmqSocket push = open(PUSH);
            connect(push, pull.bind(endpoint("ipc")));
            for (int i = 0; i < 50; i++) {
                Future<?> answers = answering(server, 20);
                ask(client, 20);
                get(answers);
                push.send("news");
                long end = System.nanoTime() + SOON.toNanos();
                ZmtpMessage news = pull.poll();
                while (news == null && System.nanoTime() < end) {
                    news = pull.poll(); // without a wait that would wake the loop
                }
                assertEquals(List.of("news"), texts(news));
            }
        }
    }
}
