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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ScheduledFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** No task is lost, and no timer comes early. */
class WakeupTest {

    private static IoEventLoopGroup group(int threads, boolean pwait2) {
        return new MultiThreadIoEventLoopGroup(threads,
                VmciIoHandler.newFactory(VmciIoHandlerOptions.DEFAULT.withEpollPwait2(pwait2)));
    }

    private static void end(IoEventLoopGroup group) throws Exception {
        Waits.get(group.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
    }

    /** The loop has nothing else to wake up for, so that a task would wait for ever after a lost wake-up. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldWakeASleepingLoopForEachTask(boolean pwait2) throws Exception {
        IoEventLoopGroup group = group(1, pwait2);
        try {
            EventLoop loop = group.next();
            loop.schedule(() -> { }, 1, TimeUnit.DAYS); // else Netty's loop wakes up each second
            for (int i = 0; i < 2000; i++) {
                Waits.get(loop.submit(() -> { })); // the loop goes to sleep in between, or is about to
            }
        } finally {
            end(group);
        }
    }

    /** The loop never reads its eventfd, so the kernel's count is the number of writes. */
    private static Map<String, Long> eventFdCounts() {
        Map<String, Long> counts = new TreeMap<>();
        for (String fd : new File("/proc/self/fdinfo").list()) {
            Path info = Path.of("/proc/self/fdinfo", fd);
            try {
                for (String line : Files.readAllLines(info)) {
                    if (line.startsWith("eventfd-count:")) {
                        counts.put(fd, Long.parseLong(line.substring(14).strip(), 16));
                    }
                }
            } catch (IOException closed) {
                // This was the descriptor of the listing itself, or of a file that another thread had open.
            }
        }
        return counts;
    }

    @Test
    void shouldWriteNothingToWakeALoopThatIsAwake() throws Exception {
        Set<String> before = eventFdCounts().keySet();
        IoEventLoopGroup group = group(1, true);
        try {
            EventLoop loop = group.next();
            String eventFd = eventFdCounts().keySet().stream().filter(fd -> !before.contains(fd)).findFirst()
                    .orElseThrow();
            CountDownLatch running = new CountDownLatch(1);
            CountDownLatch go = new CountDownLatch(1);
            loop.execute(() -> {
                running.countDown();
                try {
                    Waits.latch(go);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            Waits.latch(running);
            long count = eventFdCounts().get(eventFd);
            CountDownLatch all = new CountDownLatch(10_000);
            for (int i = 0; i < 10_000; i++) {
                loop.execute(all::countDown);
            }
            assertEquals(count, eventFdCounts().get(eventFd));
            go.countDown();
            Waits.latch(all);
        } finally {
            end(group);
        }
    }

    @Test
    void shouldRunEveryTaskOfAStormFromManyThreads() throws Exception {
        IoEventLoopGroup group = group(1, true);
        try {
            EventLoop loop = group.next();
            int threads = 8;
            int tasks = 20_000;
            AtomicInteger run = new AtomicInteger();
            CountDownLatch all = new CountDownLatch(threads * tasks);
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Thread> started = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Thread thread = new Thread(() -> {
                    try {
                        start.await();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    for (int i = 0; i < tasks; i++) {
                        loop.execute(() -> {
                            run.incrementAndGet();
                            all.countDown();
                        });
                        if (i % 64 == 0) {
                            Thread.yield(); // lets the loop catch up and sleep
                        }
                    }
                });
                thread.start();
                started.add(thread);
            }
            Waits.latch(all);
            for (Thread thread : started) {
                thread.join();
            }
            assertEquals(threads * tasks, run.get());
        } finally {
            end(group);
        }
    }

    /** Threads wake a loop that ends. A write to its eventfd must not hit whoever gets that number next. */
    @Test
    void shouldSurviveTasksThatComeWhileItShutsDown() throws Exception {
        for (int round = 0; round < 50; round++) {
            IoEventLoopGroup group = group(1, true);
            EventLoop loop = group.next();
            AtomicLong accepted = new AtomicLong();
            AtomicLong run = new AtomicLong();
            CyclicBarrier start = new CyclicBarrier(3);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 2; t++) {
                Thread thread = new Thread(() -> {
                    try {
                        start.await();
                        for (;;) {
                            CountDownLatch ran = new CountDownLatch(1);
                            loop.execute(() -> {
                                run.incrementAndGet();
                                ran.countDown();
                            });
                            accepted.incrementAndGet();
                            // One task at a time lets the loop sleep in between, and end. The last may be dropped.
                            while (ran.getCount() > 0 && !loop.isTerminated()) {
                                Thread.yield();
                            }
                        }
                    } catch (RejectedExecutionException expected) {
                        // The loop is gone.
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            start.await();
            end(group);
            // These get the numbers that the loop's files had.
            List<FileDescriptor> successors = List.of(new FileDescriptor(Native.eventFd()),
                    new FileDescriptor(Native.eventFd()));
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(Waits.SECONDS));
                assertTrue(!thread.isAlive(), "still not refused");
            }
            // Netty may drop a task that came in at the very end; none runs twice.
            assertTrue(Math.abs(run.get() - accepted.get()) <= 2, run + " of " + accepted + " ran");
            for (FileDescriptor next : successors) {
                assertEquals(0, next.read(ByteBuffer.allocateDirect(8), 0, 8), "a late wake-up hit another's file");
                next.close();
            }
        }
    }

    /** It may be late when the machine has other things to do, but not each time. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRunATimerInTimeAndNeverEarly(boolean pwait2) throws Exception {
        IoEventLoopGroup group = group(1, pwait2);
        try {
            EventLoop loop = group.next();
            Waits.get(loop.submit(() -> { }));
            long[] delays = {1, 50, 100, 500, 999, 1000, 1001, 1500, 2000, 3333, 10_000, 25_000, 50_001};
            for (long micros : delays) {
                long least = Long.MAX_VALUE;
                for (int i = 0; i < 5; i++) {
                    long start = System.nanoTime();
                    ScheduledFuture<Long> fired = loop.schedule(System::nanoTime, micros, TimeUnit.MICROSECONDS);
                    long late = Waits.get(fired) - start - TimeUnit.MICROSECONDS.toNanos(micros);
                    assertTrue(late >= 0, micros + " us fired " + -late + " ns early");
                    least = Math.min(least, late);
                }
                assertTrue(least < TimeUnit.MILLISECONDS.toNanos(500L * Waits.FACTOR),
                        micros + " us fired " + least + " ns late");
            }
        } finally {
            end(group);
        }
    }
}
