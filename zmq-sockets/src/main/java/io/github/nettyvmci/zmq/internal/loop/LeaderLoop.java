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

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.internal.PlatformDependent;
import io.netty.util.internal.ThreadExecutorMap;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * An event loop that a thread which waits for it may run itself (leader and followers), so that a reply reaches the
 * thread that asked for it without a switch from one thread to another.
 *
 * <p>One thread at a time owns the loop, and only the owner is {@link #inEventLoop()}. Mostly that is the loop's own
 * thread. When a thread waits that takes turns of sending and receiving, the own thread lets go of the loop and
 * <i>stands by</i>. Then such a thread {@linkplain #tryLead becomes the owner}, runs the loop {@linkplain #step step by
 * step} until it has what it waits for, and {@linkplain #leave leaves}. The own thread owns the loop again when no
 * leader has come for a moment; so a timer, or what comes from a peer meanwhile, is late by less than two milliseconds.
 * It is woken at once if a task is submitted, or if a thread begins to wait that does not lead (a {@link Follower}).
 * While there are followers, the own thread keeps the loop. A thread that is about to lead may
 * {@linkplain #executeLater leave a task} for that time, for which nobody is woken.
 *
 * <p>The IO handler must be one that any thread may run, even if that thread is interrupted.
 */
public final class LeaderLoop extends SingleThreadIoEventLoop {

    /** How long the own thread stands by for the next leader. */
    private static final long STAND_BY_NANOS = 800_000;
    /** The same while threads leave tasks for the leader who is about to come. */
    private static final long DEFERRED_NANOS = 500_000;
    /**
     * How long a leader stays, since no interrupt reaches it in the kernel. The own thread wakes one that sleeps there:
     * a timer for each wait takes a fifteenth of the time of a round trip on one processor.
     */
    private static final long LEAD_NANOS = 10_000_000;
    /** By how much longer it stays at most until the own thread wakes it. */
    private static final long WATCH_NANOS = 2_000_000;
    /** How long a leader stays after something came that was not what it waits for. */
    private static final long BUSY_NANOS = 1_000_000;
    /** How many tasks a leader runs before it looks again whether it has what it waits for. */
    private static final int MOST_TASKS = 64;
    /** For how many times at most the own thread does not stand by after it did so in vain. */
    private static final int MOST_SKIPS = 1024;
    private static final long OWN_TASKS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Thread NOT_STARTED = notStarted();
    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(LeaderLoop.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** {@code null} while the own thread stands by and nobody leads. */
    private volatile Thread owner = NOT_STARTED;
    private volatile Thread own = NOT_STARTED;
    private final AtomicInteger followers = new AtomicInteger();
    /** Set by a thread that would lead if the own thread stood by. */
    private volatile boolean wanted;
    private volatile boolean kept;
    /** Set when the own thread is wanted before its time is up. It takes this back before it runs the tasks. */
    private volatile boolean called;
    /** How many tasks are left for the next leader. A task is counted after it is in the queue. */
    private final AtomicInteger deferred = new AtomicInteger();
    /** How often such a leader did not come. Written by the own thread. */
    private volatile int missed;
    /** How often a leader looked for events and timers, and not only wrote. Written by the owner. */
    private volatile long turns;

    private final long standByNanos;

    // Of the owner.
    /** When the leader has to leave, by {@link System#nanoTime()}; 0 before its first wait. */
    private long end;
    /** The same time in the count of Netty's timers. */
    private long endTicks;
    /** Whether the own thread wakes the leader at the end. */
    private boolean watched;
    private boolean busy;
    private int pause;
    private int skips;
    private final IoHandlerContext leading = new IoHandlerContext() {
        @Override
        public boolean canBlock() {
            return end != 0 && !hasTasks() && !hasScheduledTasks();
        }

        @Override
        public long delayNanos(long now) {
            return Math.min(LeaderLoop.this.delayNanos(now), Math.max(0, end - now));
        }

        @Override
        public long deadlineNanos() {
            long next = LeaderLoop.this.deadlineNanos();
            return next != -1 ? Math.min(next, endTicks) : watched ? -1 : endTicks;
        }
    };

    /** Returns a thread that holds nothing of who loaded this class, neither a class loader nor thread-locals. */
    private static Thread notStarted() {
        Thread thread = new Thread(null, null, "not started", 0, false);
        thread.setContextClassLoader(null);
        return thread;
    }

    LeaderLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory) {
        this(parent, executor, factory, STAND_BY_NANOS);
    }

    /** For tests: an own thread that stands by for long shows whether all wake it that have to. */
    LeaderLoop(@Nullable IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory, long standByNanos) {
        super(parent, executor, factory);
        this.standByNanos = standByNanos;
        new Follower(followers).set(true); // loads the class: later there may be no file descriptor left for that
    }

    @Override
    public boolean inEventLoop(Thread thread) {
        return thread == owner;
    }

    /**
     * Returns when the next timer is due, or -1 if there is none. Netty would wake a loop without timers once a second.
     */
    @Override
    protected long deadlineNanos() {
        return nextScheduledTaskDeadlineNanos();
    }

    /** Returns {@code false}: the own thread never ends before the loop does. */
    @Override
    public boolean trySuspend() {
        return false;
    }

    // --- the own thread ---

    @Override
    protected void run() {
        own = Thread.currentThread();
        owner = own;
        ioHandler().initialize();
        do {
            runIo();
            if (isShuttingDown()) {
                ioHandler().prepareToDestroy();
            }
            if (called) {
                called = false;
            }
            runAllTasks(OWN_TASKS_NANOS);
            if (wanted && !called && !isNeeded()) {
                wanted = false;
                if (skips > 0) {
                    skips--;
                } else {
                    standBy();
                }
            }
        } while (!confirmShutdown());
    }

    /** Returns whether something is to be done that is not left for a leader. Any thread. */
    private boolean isNeeded() {
        return pendingTasks() > deferred.get() || mustOwn();
    }

    private boolean mustOwn() {
        return followers.get() > 0 || kept || isShuttingDown();
    }

    /** Lets leaders have the loop for as long as they come. */
    private void standBy() {
        long before = turns;
        long seen = before;
        long now = System.nanoTime();
        long until = now + standByNanos;
        long moved = before;
        long movedAt = now;
        release();
        for (;;) {
            now = System.nanoTime();
            if (moved != turns) {
                moved = turns;
                movedAt = now;
            } else if (owner != null && now - movedAt >= LEAD_NANOS) {
                wakeup(false);
                movedAt = now;
            }
            long left = until - now;
            Thread.interrupted(); // an interrupt that nobody took would end each wait at once
            boolean needed = called || mustOwn();
            if (left > 0 && !needed) {
                LockSupport.parkNanos(this, left);
                continue;
            }
            called = false;
            if (!needed && turns != seen || !OWNER.compareAndSet(this, null, own)) {
                // A leader wakes this thread when it leaves if that is needed.
                seen = turns;
                long wait = deferred.get() > 0 ? Math.min(standByNanos, DEFERRED_NANOS) : standByNanos;
                until = now + wait;
                LockSupport.parkNanos(this, wait);
                continue;
            }
            if (left <= 0 && turns == seen || mustOwn()) {
                if (deferred.get() > 0 && !mustOwn()) {
                    missed++;
                }
                break;
            }
            end = 0;
            ioHandler().run(leading);
            runAllTasks(OWN_TASKS_NANOS);
            release();
        }
        if (turns == before) {
            pause = pause == 0 ? 1 : Math.min(2 * pause, MOST_SKIPS);
            skips = pause;
        } else {
            pause = 0;
        }
    }

    // --- any thread ---

    /**
     * Gives the loop to the own thread for good. A socket calls this before code of the application runs on the loop
     * that expects the loop's thread: handlers of messages, and stages of futures.
     */
    public void keep() {
        if (!kept) {
            kept = true;
            callOwn();
        }
    }

    /** Returns whether the owner is another than the own thread. On the loop. */
    public boolean isLed() {
        return owner != own;
    }

    /**
     * Makes the calling thread the owner if the loop has none; then the caller has to {@link #leave}. If the loop has
     * one, the own thread stands by as soon as nothing keeps it from that. Virtual threads cannot lead, because they
     * would hold their carriers in the kernel, and neither can the threads of other loops.
     */
    public boolean tryLead() {
        Thread thread = Thread.currentThread();
        if (kept || ThreadExecutorMap.currentExecutor() != null || PlatformDependent.isVirtualThread(thread)) {
            return false;
        }
        if (owner != null || !OWNER.compareAndSet(this, null, thread)) {
            wanted = true;
            return false;
        }
        end = 0;
        busy = false;
        return true;
    }

    /**
     * Counts the calling thread among those that wait for the loop and do not lead, so that the own thread keeps the
     * loop until {@link Follower#end}.
     */
    public Follower follow() {
        followers.incrementAndGet();
        callOwn();
        return new Follower(followers);
    }

    @Override
    public void execute(Runnable task) {
        super.execute(task);
        callOwn();
    }

    @Override
    public void lazyExecute(Runnable task) {
        super.lazyExecute(task);
        callOwn();
    }

    /**
     * Submits a task that the calling thread will soon run as a leader. If it does not, the own thread runs the task
     * in less than two milliseconds, or at once after {@link #call}.
     */
    public void executeLater(Deferred task) {
        super.lazyExecute(task);
        deferred.incrementAndGet();
        if (owner != null) {
            wakeup(false);
        }
    }

    /** Returns how often the own thread had to do what was left for a leader. Any thread. */
    public int missed() {
        return missed;
    }

    /** Has the tasks run at once that were left for a leader. */
    public void call() {
        called = true;
        if (owner == null) {
            LockSupport.unpark(own);
        }
    }

    /** Wakes the own thread if nobody owns the loop, and so looks at what was just written. */
    private void callOwn() {
        VarHandle.fullFence();
        if (owner == null) {
            called = true;
            LockSupport.unpark(own);
        }
    }

    // --- the leader ---

    /**
     * Waits for something to do and does it, once. An interrupt does not end the wait, which is short.
     *
     * @param deadline until when to wait, by {@link System#nanoTime()}; {@link Long#MAX_VALUE} for ever
     * @return whether the leader may go on; otherwise it has to leave
     */
    public boolean step(long deadline) {
        if (end == 0) {
            long now = System.nanoTime();
            boolean forLong = deadline - now > LEAD_NANOS || deadline == Long.MAX_VALUE;
            end = forLong ? now + LEAD_NANOS : deadline;
            watched = deadline - end > WATCH_NANOS || deadline == Long.MAX_VALUE;
            endTicks = ticker().nanoTime() + (end - now);
            if (Thread.currentThread().isInterrupted()) {
                return false;
            }
        }
        turns++;
        boolean worked = ioHandler().run(leading) > 0;
        watched = false; // the own thread may not have seen the next wait begin
        worked |= runTasks();
        long now = System.nanoTime();
        if (worked && !busy) {
            busy = true;
            end = Math.min(end - now, BUSY_NANOS) + now;
        }
        return end - now > 0 && !kept && !isShuttingDown() && !Thread.currentThread().isInterrupted();
    }

    private boolean runTasks() {
        int count = 0;
        for (Runnable task = pollScheduledTask(); task != null; task = pollScheduledTask()) {
            safeExecute(task);
            count++;
        }
        // What follows a call of keep() is left to the own thread.
        for (int i = 0; i < MOST_TASKS && !kept; i++) {
            Runnable task = pollTask();
            if (task == null) {
                break;
            }
            safeExecute(task);
            count++;
        }
        afterRunningAllTasks();
        if (count > 0) {
            updateLastExecutionTime();
        }
        return count > 0;
    }

    /** Lets go of the loop. */
    public void leave() {
        release();
    }

    private void release() {
        owner = null;
        VarHandle.fullFence();
        if (called || isNeeded()) {
            called = true;
            LockSupport.unpark(own);
        }
    }

    /** A task that is left for a leader. It may be submitted again when it runs. */
    public final class Deferred implements Runnable {

        private final Runnable task;

        /** Makes such a task of another. */
        public Deferred(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            deferred.decrementAndGet();
            task.run();
        }
    }

    /** A thread that waits for what the loop brings, and does not lead. */
    @SuppressWarnings("serial")
    public static final class Follower extends AtomicBoolean {

        private final AtomicInteger followers;

        private Follower(AtomicInteger followers) {
            this.followers = followers;
        }

        /** Tells that the thread waits no more, or is being woken. Any thread; another call changes nothing. */
        public void end() {
            if (compareAndSet(false, true)) {
                followers.decrementAndGet();
            }
        }
    }
}
