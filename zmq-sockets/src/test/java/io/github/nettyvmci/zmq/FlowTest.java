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
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What high-water marks hold back and drop, and that no other message is lost. */
@Timeout(300)
class FlowTest extends SocketTest {

    /** script/test runs a million over each; the default fits into a build. */
    private static final int MESSAGES = Integer.getInteger("zmq.test.messages", 20_000);

    private ZmqSocket small(ZmqSocketType type) {
        return context.builder(type).option(ZmqOption.SNDHWM, 10).option(ZmqOption.RCVHWM, 10).open();
    }

    private static ZmtpMessage number(int n) {
        return ZmtpMessage.of(Unpooled.buffer(4).writeInt(n));
    }

    private static int number(ZmtpMessage message, int part) {
        ByteBuf buffer = message.part(part);
        try {
            return buffer.getInt(buffer.readerIndex());
        } finally {
            message.release();
        }
    }

    private static CompletableFuture<Void> thread(Task task) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    private interface Task {
        void run() throws Exception;
    }

    @EveryScheme
    @Tag("million")
    void shouldLoseNothingFromPushToPull(String scheme) throws Exception {
        ZmqSocket pull = small(PULL);
        ZmqSocket push = small(PUSH);
        connect(push, pull.bind(endpoint(scheme)));
        CompletableFuture<Void> sender = thread(() -> {
            for (int i = 0; i < MESSAGES; i++) {
                assertTrue(push.offer(number(i), Duration.ofSeconds(60)));
            }
        });
        Random random = new Random(1);
        for (int i = 0; i < MESSAGES; i++) {
            if (random.nextInt(MESSAGES / 20) == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
            }
            ZmtpMessage message = pull.receive(Duration.ofSeconds(30));
            assertEquals(i, number(message, 0));
        }
        sender.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(0, push.metrics().dropped());
        assertEquals(MESSAGES, push.metrics().messagesOut());
    }

    @EveryScheme
    @Tag("million")
    void shouldLoseNothingFromDealerToRouterAndBack(String scheme) throws Exception {
        int messages = MESSAGES;
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).option(ZmqOption.SNDHWM, 10)
                .option(ZmqOption.RCVHWM, 10).open();
        ZmqSocket dealer = small(DEALER);
        connect(dealer, router.bind(endpoint(scheme)));
        CompletableFuture<Void> echo = thread(() -> {
            for (int i = 0; i < messages; i++) {
                assertTrue(router.offer(router.receive(Duration.ofSeconds(30)), Duration.ofSeconds(60)));
            }
        });
        CompletableFuture<Void> sender = thread(() -> {
            for (int i = 0; i < messages; i++) {
                assertTrue(dealer.offer(number(i), Duration.ofSeconds(60)));
            }
        });
        Random random = new Random(2);
        for (int i = 0; i < messages; i++) {
            if (random.nextInt(messages / 20) == 0) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(20)));
            }
            assertEquals(i, number(dealer.receive(Duration.ofSeconds(30)), 0));
        }
        sender.get(SOON.toSeconds(), TimeUnit.SECONDS);
        echo.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @EveryScheme
    void shouldCountEveryDropOfAPublisher(String scheme) throws Exception {
        ZmqSocket pub = small(PUB);
        ZmqSocket sub = small(SUB);
        sub.subscribe("");
        connect(sub, pub.bind(endpoint(scheme)));
        await(() -> pub.topicCount() == 1);
        int messages = 20_000;
        byte[] body = new byte[256];
        for (int i = 0; i < messages; i++) {
            pub.send(ZmtpMessage.of(Unpooled.wrappedBuffer(body)));
        }
        send(pub, "end");
        int received = 0;
        long end = System.nanoTime() + SOON.toNanos();
        while (received + pub.metrics().dropped() < messages + 1 && System.nanoTime() - end < 0) {
            ZmtpMessage message = sub.receive(NEVER); // and again: the last one may be dropped meanwhile
            if (message != null) {
                received++;
                message.release();
            }
        }
        assertTrue(pub.metrics().dropped() > 0, "nothing dropped: no test");
        assertEquals(messages + 1, received + pub.metrics().dropped());
        assertNull(sub.receive(NEVER));
    }

    @EveryScheme
    void shouldPushBackWhileNobodyReads(String scheme) throws Exception {
        ZmqSocket pull = small(PULL);
        ZmqSocket push = small(PUSH);
        connect(push, pull.bind(endpoint(scheme)));
        byte[] body = new byte[64 * 1024];
        int sent = 0;
        boolean full = false;
        while (!full && sent < 1000) {
            ZmtpMessage message = ZmtpMessage.of(body);
            full = !push.offer(message, Duration.ofMillis(300));
            if (full) {
                message.release();
            } else {
                sent++;
            }
        }
        assertTrue(full, sent + " messages of 64 KiB are somewhere");
        for (int i = 0; i < sent; i++) {
            ZmtpMessage message = pull.receive(SOON);
            assertEquals(body.length, message.length());
            message.release();
        }
        expectNothing(pull);
    }

    /** The bytes that went out while there was no limit do not count when there is one again. */
    @Test
    void shouldHaveRoomAfterTheLimitInBytesWasOff() throws Exception {
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM_BYTES, 1000L).open();
        push.connect("inproc://later"); // what is sent waits for the one who binds
        push.send(ZmtpMessage.of(Unpooled.wrappedBuffer(new byte[2000])));
        push.setOption(ZmqOption.SNDHWM_BYTES, 0L);
        ZmqSocket pull = open(PULL);
        pull.bind("inproc://later");
        pull.receive(SOON).release();
        push.setOption(ZmqOption.SNDHWM_BYTES, 1000L);
        ZmtpMessage next = ZmtpMessage.ofText("next");
        assertTrue(push.offer(next, SOON));
        expect(pull, "next");
    }

    @Test
    void shouldTakeAsManyAsTheMarkBeforeAnyPeerIsThere() throws Exception {
        ZmqSocket push = small(PUSH);
        ZmtpMessage left = number(0);
        assertFalse(push.offer(left, Duration.ZERO));
        left.release();
        connect(push, "inproc://nobody");
        for (int i = 0; i < 10; i++) {
            assertTrue(push.offer(number(i), Duration.ZERO));
        }
        ZmtpMessage tooMany = number(10);
        assertFalse(push.offer(tooMany, Duration.ZERO));
        tooMany.release();
        ZmqSocket pull = open(PULL);
        pull.bind("inproc://nobody");
        for (int i = 0; i < 10; i++) {
            assertEquals(i, number(pull.receive(SOON), 0));
        }
        expectNothing(pull);
    }

    @Test
    void shouldTakeMessagesFromManyThreads() throws Exception {
        ZmqSocket pull = small(PULL);
        ZmqSocket push = small(PUSH);
        connect(push, pull.bind(endpoint("ipc")));
        int each = 5_000;
        AtomicInteger received = new AtomicInteger();
        CompletableFuture<?>[] threads = new CompletableFuture<?>[8];
        for (int t = 0; t < 4; t++) {
            threads[t] = thread(() -> {
                for (int i = 0; i < each; i++) {
                    assertTrue(push.offer(number(i), Duration.ofSeconds(30)));
                }
            });
            threads[4 + t] = thread(() -> {
                while (received.incrementAndGet() <= 4 * each) {
                    number(pull.receive(Duration.ofSeconds(30)), 0);
                }
            });
        }
        CompletableFuture.allOf(threads).get(60, TimeUnit.SECONDS);
        expectNothing(pull);
    }

    /** Starts a virtual thread by reflection, since Java 17, for which this compiles, has none. */
    private static Thread startVirtual(Runnable task) throws Exception {
        return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with Java 21")
    void shouldLetVirtualThreadsWait() throws Exception {
        ZmqSocket pull = small(PULL);
        ZmqSocket push = small(PUSH);
        int threads = 500;
        int each = 20;
        AtomicInteger received = new AtomicInteger();
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int t = 0; t < 2 * threads; t++) {
            boolean sends = t % 2 == 0;
            CompletableFuture<Void> done = new CompletableFuture<>();
            all.add(done);
            startVirtual(() -> {
                try {
                    for (int i = 0; i < each; i++) {
                        if (sends) {
                            assertTrue(push.offer(number(i), Duration.ofSeconds(60)));
                        } else {
                            number(pull.receive(Duration.ofSeconds(60)), 0);
                            received.incrementAndGet();
                        }
                    }
                    done.complete(null);
                } catch (Throwable e) {
                    done.completeExceptionally(e);
                }
            });
        }
        connect(push, pull.bind(endpoint("ipc"))); // all of them wait by now, or soon
        CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).get(60, TimeUnit.SECONDS);
        assertEquals(threads * each, received.get());
        expectNothing(pull);
        CompletableFuture<Throwable> interrupted = new CompletableFuture<>();
        Thread waiting = startVirtual(() -> {
            try {
                pull.receive(SOON);
                interrupted.complete(null);
            } catch (Throwable e) {
                interrupted.complete(e);
            }
        });
        waiting.interrupt();
        assertEquals(InterruptedException.class, interrupted.get(SOON.toSeconds(), TimeUnit.SECONDS).getClass());
    }

    @Test
    void shouldSendTakenBackMessagesNever() throws Exception {
        ZmqSocket push = small(PUSH);
        CompletableFuture<Void> waiting = push.sendAsync("never");
        assertTrue(waiting.cancel(false));
        ZmqSocket pull = open(PULL);
        join(pull, push);
        send(push, "first");
        expect(pull, "first");
    }

    @Test
    void shouldStayUsableWhenAThreadIsInterrupted() throws Exception {
        ZmqSocket pull = open(PULL);
        CompletableFuture<Thread> started = new CompletableFuture<>();
        CompletableFuture<Void> waiting = thread(() -> {
            started.complete(Thread.currentThread());
            assertThrows(InterruptedException.class, () -> pull.receive(SOON));
        });
        Thread thread = started.get();
        await(() -> thread.getState() == Thread.State.TIMED_WAITING);
        thread.interrupt();
        waiting.get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = open(PUSH);
        join(pull, push);
        send(push, "after");
        expect(pull, "after");
    }
}
