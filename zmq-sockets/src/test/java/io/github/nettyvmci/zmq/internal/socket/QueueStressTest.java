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
package io.github.nettyvmci.zmq.internal.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.LeakCheck;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmq.internal.pattern.FairQueue;
import io.github.nettyvmci.zmq.internal.pattern.FakeHost;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.internal.pattern.SpscQueue;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Uses each queue without a lock on threads that meet as often as possible, for a bounded time. */
@ExtendWith(LeakCheck.class)
@Timeout(300)
class QueueStressTest {

    private static final int ITEMS = 200_000;
    private static final Duration SOON = Duration.ofSeconds(20L * TestFamily.SLOWNESS);

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

    @Test
    void shouldKeepTheOrderOfOneProducer() throws Exception {
        SpscQueue<Integer> queue = new SpscQueue<>();
        CompletableFuture<Void> producer = thread(() -> {
            for (int i = 0; i < ITEMS; i++) {
                while (queue.holds(i % 1000 + 1)) {
                    Thread.yield();
                }
                queue.offer(i);
            }
        });
        for (int i = 0; i < ITEMS; i++) {
            Integer next = queue.poll();
            while (next == null) {
                Thread.yield();
                next = queue.poll();
            }
            assertEquals(i, next);
            queue.took();
        }
        producer.get(20, TimeUnit.SECONDS);
        assertTrue(queue.isEmpty());
        assertNull(queue.poll());
        assertEquals(0, queue.size());
        assertEquals(ITEMS, queue.taken());
    }

    @Test
    void shouldKeepTheOrderOfEachProducer() throws Exception {
        MpscQueue<int[]> queue = new MpscQueue<>();
        int producers = 4;
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            threads.add(thread(() -> {
                for (int i = 0; i < ITEMS / producers; i++) {
                    queue.offer(new int[] {producer, i});
                }
            }));
        }
        int[] next = new int[producers];
        for (int i = 0; i < ITEMS; i++) {
            int[] item = queue.poll();
            while (item == null) {
                Thread.yield();
                item = queue.poll();
            }
            assertEquals(next[item[0]]++, item[1]);
        }
        join(threads);
        assertTrue(queue.isEmpty());
    }

    @Test
    void shouldHandEachMessageToOneTaker() throws Exception {
        FairQueue queue = new FairQueue();
        Sleepers sleepers = new Sleepers(() -> null);
        FakeHost host = new FakeHost();
        Pipe[] pipes = new Pipe[7];
        for (int i = 0; i < pipes.length; i++) {
            pipes[i] = new Pipe(host, null, "test://" + i, false, host.options());
        }
        AtomicIntegerArray seen = new AtomicIntegerArray(ITEMS);
        AtomicInteger taken = new AtomicInteger();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int t = 0; t < 3; t++) {
            threads.add(thread(() -> {
                while (taken.get() < ITEMS) {
                    ZmtpMessage message = queue.take();
                    if (message == null) {
                        Sleepers.Sleeper sleeper = sleepers.add();
                        try {
                            message = queue.take();
                            if (message == null && taken.get() < ITEMS) {
                                assertTrue(sleeper.await(System.nanoTime() + SOON.toNanos()), "nobody woke it");
                                message = queue.take();
                            }
                        } finally {
                            if (!sleepers.remove(sleeper) && queue.hasMore()) {
                                sleepers.wakeOne();
                            }
                        }
                    }
                    if (message != null) {
                        assertEquals(0, seen.getAndIncrement(number(message)));
                        if (taken.incrementAndGet() == ITEMS) {
                            sleepers.wakeAll();
                        }
                    }
                }
            }));
        }
        threads.add(thread(() -> {
            for (int i = 0; i < ITEMS; i++) {
                queue.put(pipes[i * 31 % pipes.length], number(i));
                if (i % 5 == 0 || i == ITEMS - 1) {
                    queue.publish();
                    if (sleepers.any() && queue.hasMore()) {
                        sleepers.wakeOne();
                    }
                }
            }
        }));
        join(threads);
        assertEquals(ITEMS, taken.get());
        assertNull(queue.take());
    }
}
