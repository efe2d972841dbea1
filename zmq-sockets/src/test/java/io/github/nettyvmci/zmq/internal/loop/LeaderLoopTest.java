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
package io.github.nettyvmci.zmq.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.VmciIoHandler;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** One thread at a time owns the loop, and its own thread does when no other leads. */
@Timeout(120)
class LeaderLoopTest extends LeaderLoopFixture {

    private static long end() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    }

    /** Leads, as a thread that waits does: a first attempt makes the own thread stand by after its next task. */
    private void lead() {
        for (long end = end(); !loop.tryLead();) {
            loop.execute(() -> { });
            LockSupport.parkNanos(100_000); // a yield would leave a busy processor to others for longer than that
            assertTrue(System.nanoTime() < end, "the own thread did not stand by");
        }
    }

    private Thread taskThread() throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        loop.execute(() -> thread.complete(Thread.currentThread()));
        return thread.get(SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void shouldRunTasksAndTimersOnTheThreadThatLeads() throws Exception {
        assertNotSame(Thread.currentThread(), taskThread());
        lead();
        assertTrue(loop.inEventLoop());
        assertTrue(loop.isLed());
        CompletableFuture<Thread> timer = new CompletableFuture<>();
        loop.schedule(() -> timer.complete(Thread.currentThread()), 1, TimeUnit.MILLISECONDS);
        AtomicInteger tasks = new AtomicInteger();
        new Thread(() -> loop.execute(tasks::incrementAndGet)).start();
        for (long end = end(); !timer.isDone() || tasks.get() == 0;) {
            if (!loop.step(Long.MAX_VALUE)) { // an own thread that is wanted elsewhere may take its time
                loop.leave();
                lead();
            }
            assertTrue(System.nanoTime() < end);
        }
        loop.leave();
        assertFalse(loop.inEventLoop());
        assertNotSame(Thread.currentThread(), taskThread());
    }

    /** Waits for nothing but to be woken, and notes until when it might have waited. */
    private static final class Sleeper implements IoHandler {

        final BlockingQueue<Long> deadlines = new LinkedBlockingQueue<>();
        private final Semaphore woken = new Semaphore(0);

        @Override
        public int run(IoHandlerContext context) {
            if (context.canBlock()) {
                deadlines.add(context.deadlineNanos());
                woken.acquireUninterruptibly();
            }
            return 0;
        }

        @Override
        public void destroy() {
        }

        @Override
        public IoRegistration register(IoHandle handle) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void wakeup() {
            woken.release();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return false;
        }
    }

    @Test
    void shouldSleepForAsLongAsThereIsNothingToDo() throws Exception {
        Sleeper sleeper = new Sleeper();
        LeaderLoopGroup sleepers = new LeaderLoopGroup(1, new DefaultThreadFactory("sleeper"), executor -> sleeper);
        try {
            IoEventLoop sleeping = sleepers.next();
            sleeping.submit(() -> { }).get(SECONDS, TimeUnit.SECONDS);
            assertEquals(-1, sleeper.deadlines.poll(SECONDS, TimeUnit.SECONDS));
            Future<?> timer = sleeping.schedule(() -> { }, 1, TimeUnit.HOURS);
            for (long end = end(); sleeper.deadlines.poll(SECONDS, TimeUnit.SECONDS) == -1;) {
                assertTrue(System.nanoTime() < end, "the loop sleeps in spite of a timer");
            }
            timer.cancel(false);
        } finally {
            sleepers.shutdownGracefully(0, 5, TimeUnit.SECONDS);
            assertTrue(sleepers.awaitTermination(SECONDS, TimeUnit.SECONDS));
        }
    }

    /** The best of some, since the machine may be busy: each is an upper bound of what the loop adds. */
    @Test
    void shouldBeOnTimeWithTimersAfterALeaderHasLeft() throws Exception {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 50 && best >= 2_000_000; i++) {
            lead();
            long due = System.nanoTime() + 3_000_000;
            CompletableFuture<Long> ran = new CompletableFuture<>();
            loop.schedule(() -> ran.complete(System.nanoTime()), due - System.nanoTime(), TimeUnit.NANOSECONDS);
            loop.leave();
            best = Math.min(best, ran.get(SECONDS, TimeUnit.SECONDS) - due);
        }
        assertTrue(best < 2_000_000, best + " ns late (expected: less than 2 ms)");
    }

    @Test
    void shouldStayNoLongerThanTheDeadlineNorForLong() {
        lead();
        while (loop.pendingTasks() > 0) { // one that was there when this thread began to lead would keep it busy
            loop.leave();
            lead();
        }
        long start = System.nanoTime();
        while (loop.step(start + 2_000_000)) {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS));
        }
        assertTrue(System.nanoTime() - start >= 2_000_000);
        loop.leave();
        lead();
        for (long end = end(); loop.step(Long.MAX_VALUE);) {
            assertTrue(System.nanoTime() < end, "leads for too long for an interrupt to be noticed");
        }
        loop.leave();
    }

    @Test
    void shouldLeaveWhenInterrupted() {
        lead();
        Thread.currentThread().interrupt();
        assertFalse(loop.step(Long.MAX_VALUE));
        assertTrue(Thread.interrupted());
        loop.leave();
    }

    /** While a thread sleeps that cannot lead, the own thread waits for IO; it gets it back even from a leader. */
    @Test
    void shouldNotLeaveAFollowerAlone() throws Exception {
        lead();
        LeaderLoop.Follower follower = loop.follow();
        loop.leave();
        CompletableFuture<Boolean> led = new CompletableFuture<>();
        loop.execute(() -> led.complete(loop.isLed()));
        assertFalse(led.get(SECONDS, TimeUnit.SECONDS));
        for (int i = 0; i < 100; i++) {
            taskThread();
            assertFalse(loop.tryLead());
        }
        follower.end();
        follower.end();
        lead();
        loop.leave();
    }

    @Test
    void shouldLeaveTheTasksAfterKeepToTheOwnThread() throws Exception {
        lead();
        loop.keep();
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        loop.execute(() -> thread.complete(Thread.currentThread()));
        assertFalse(loop.step(Long.MAX_VALUE));
        assertFalse(thread.isDone());
        loop.leave();
        assertNotSame(Thread.currentThread(), thread.get(SECONDS, TimeUnit.SECONDS));
        for (int i = 0; i < 100; i++) {
            taskThread();
            assertFalse(loop.tryLead());
        }
    }

    @Test
    void shouldEndWithALeaderInIt() throws Exception {
        lead();
        new Thread(() -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS)).start();
        for (long end = end(); loop.step(Long.MAX_VALUE) || !loop.isShuttingDown();) {
            assertTrue(System.nanoTime() < end);
            if (!loop.isShuttingDown()) {
                loop.leave();
                if (!loop.tryLead()) { // the own thread has it, and ends it
                    return;
                }
            }
        }
        loop.leave();
        assertTrue(group.awaitTermination(SECONDS, TimeUnit.SECONDS));
        assertFalse(loop.tryLead());
    }

    @Test
    void shouldLeaveATaskForWhoIsAboutToLead() {
        for (long end = end(), done = 0; done == 0;) { // the own thread may be wanted elsewhere, and take it
            lead();
            loop.leave();
            AtomicReference<Thread> ran = new AtomicReference<>();
            loop.executeLater(loop.new Deferred(() -> ran.set(Thread.currentThread())));
            lead();
            loop.step(System.nanoTime());
            loop.leave();
            done = ran.get() == Thread.currentThread() ? 1 : 0;
            assertTrue(System.nanoTime() < end);
        }
    }

    /** The own thread stands by for so long that a wake-up which is lost shows. */
    @Test
    void shouldRunWhatWasLeftForALeaderWhenCalled() throws Exception {
        LeaderLoop patient = new LeaderLoop(null, new ThreadPerTaskExecutor(new DefaultThreadFactory("patient")),
                VmciIoHandler.newFactory(), TimeUnit.HOURS.toNanos(1));
        for (long end = end(); !patient.tryLead();) {
            patient.execute(() -> { });
            Thread.yield();
            assertTrue(System.nanoTime() < end);
        }
        patient.step(System.nanoTime());
        patient.leave();
        for (boolean submits : new boolean[] {false, true}) {
            CompletableFuture<Thread> ran = new CompletableFuture<>();
            patient.executeLater(patient.new Deferred(() -> ran.complete(Thread.currentThread())));
            if (submits) {
                patient.execute(() -> { });
            } else {
                patient.call();
            }
            assertNotSame(Thread.currentThread(), ran.get(SECONDS, TimeUnit.SECONDS));
            assertEquals(0, patient.missed());
        }
        patient.keep();
        patient.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        assertTrue(patient.awaitTermination(SECONDS, TimeUnit.SECONDS));
    }

    /** The best of some: it is an upper bound of what the loop adds. */
    @Test
    void shouldRunWhatWasLeftForALeaderWhoDoesNotCome() throws Exception {
        long best = Long.MAX_VALUE;
        for (long end = end(), i = 0; i < 20 || loop.missed() == 0; i++) {
            lead();
            loop.step(System.nanoTime());
            loop.leave();
            CompletableFuture<Long> ran = new CompletableFuture<>();
            long start = System.nanoTime();
            loop.executeLater(loop.new Deferred(() -> ran.complete(System.nanoTime())));
            best = Math.min(best, ran.get(SECONDS, TimeUnit.SECONDS) - start);
            assertTrue(System.nanoTime() < end, "missed() says that the leader always came");
        }
        assertTrue(best < 2_000_000, best + " ns late (expected: less than 2 ms)");
    }

    /** Threads that lead, follow and submit tasks all at once: no task is lost, and no two run at a time. */
    @Test
    void shouldRunEachTaskOnceAndOneAtATime() throws Exception {
        int threads = 6;
        int rounds = 1000;
        AtomicBoolean running = new AtomicBoolean();
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger[] ran = {new AtomicInteger(), new AtomicInteger()};
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            int kind = t % 3;
            new Thread(() -> {
                for (int i = 0; i < rounds; i++) {
                    LeaderLoop.Follower follower = kind == 2 && i % 16 == 0 ? loop.follow() : null;
                    boolean leads = kind == 0 && loop.tryLead();
                    AtomicBoolean mine = new AtomicBoolean();
                    Runnable task = () -> {
                        if (!running.compareAndSet(false, true) || !loop.inEventLoop()) {
                            overlaps.incrementAndGet();
                        }
                        ran[loop.isLed() ? 1 : 0].incrementAndGet();
                        mine.set(true);
                        running.set(false);
                    };
                    if (i % 4 == 3) {
                        loop.executeLater(loop.new Deferred(task));
                    } else {
                        loop.execute(task);
                    }
                    if (leads) {
                        while (!mine.get() && loop.step(Long.MAX_VALUE)) {
                            // the task is run by one of the steps
                        }
                        loop.leave();
                    }
                    for (long end = end(); !mine.get() && System.nanoTime() < end;) {
                        Thread.yield();
                    }
                    if (follower != null) {
                        follower.end();
                    }
                }
                done.countDown();
            }).start();
        }
        assertTrue(done.await(4 * SECONDS, TimeUnit.SECONDS));
        assertEquals(0, overlaps.get());
        assertEquals(threads * rounds, ran[0].get() + ran[1].get());
        assertTrue(ran[1].get() > 0, "nobody led");
    }

    @Test
    void shouldNotLetTheThreadOfAnotherLoopLead() throws Exception {
        LeaderLoopGroup others = new LeaderLoopGroup(1, new DefaultThreadFactory("other"), VmciIoHandler.newFactory());
        try {
            lead();
            loop.leave();
            assertFalse(others.submit(loop::tryLead).get(SECONDS, TimeUnit.SECONDS));
            assertSame(loop, loop.next());
        } finally {
            others.shutdownGracefully(0, 5, TimeUnit.SECONDS);
        }
    }
}
