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

import io.github.nettyvmci.zmq.internal.endpoint.LoopQueue;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.pattern.SpinLock;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * The work that any thread leaves for a socket: messages, {@link PendingCall}s and tasks, in a queue without a lock
 * that the socket's event loop empties in order. While the loop is busy, small messages are put into a batch at the end
 * of the queue, under a lock that is held for as long as it takes to copy one.
 */
final class Mailbox extends LoopQueue {

    /** After this many items the senders are told of new credits. */
    private static final int BLOCK = 64;

    private final SocketHost host;
    private final Consumer<Object> process;
    private final Runnable tellSenders;
    private final SendStream stream;
    private final MpscQueue<Object> queue = new MpscQueue<>();
    /** Held by a thread that uses what follows. */
    private final SpinLock lock = new SpinLock();
    /** The batch in the queue to which messages may be added. Only whether there is one is asked without the lock. */
    private @Nullable ZmtpBatch open;
    /** How many bytes the frames of the last batches took; it shrinks slowly. */
    private int expected;
    private int processed;
    /** Set while a run is under way, which also does what is submitted during the run. On the loop. */
    private boolean draining;
    /** Set when something was submitted on the loop while {@link #draining} was set. On the loop. */
    private boolean held;
    /** Whether the next run was left for the thread that sends a stream. */
    private volatile boolean deferred;
    private volatile @Nullable Executor leaving;

    /**
     * Makes a mailbox.
     *
     * @param process     does the work that was submitted
     * @param tellSenders run after every {@value #BLOCK} items, so that senders go on while the rest is done
     */
    Mailbox(SocketHost host, SendStream stream, Consumer<Object> process, Runnable tellSenders) {
        this.host = host;
        this.stream = stream;
        this.process = process;
        this.tellSenders = tellSenders;
    }

    /**
     * Leaves work for the socket. If this is called on the event loop, the work is done when it returns, unless the
     * mailbox is being emptied at that moment.
     */
    void submit(Object work) {
        put(work);
        boolean here = host.home().inEventLoop();
        if (here && !draining) {
            run();
        } else {
            wake(here, false);
        }
    }

    private void put(Object work) {
        queue.offer(work);
        // What this thread sends next must not get into a batch that has its place before the work. Such a batch was
        // open before it got the place, so this thread sees it now.
        if (open != null) {
            lock.lock();
            open = null;
            lock.unlock();
        }
    }

    /**
     * Runs something that tells handlers of the application of sends. What these submit is done afterwards, so that
     * those who send one message when the last one is gone get batches, too. On the loop.
     */
    void hold(Runnable body) {
        if (draining) {
            body.run();
            return;
        }
        held = false;
        draining = true;
        try {
            body.run();
        } finally {
            draining = false;
        }
        if (held) {
            run();
        }
    }

    private void wake(boolean later) {
        LeaderLoop loop = later ? host.leaderLoop() : null;
        if (loop != null) {
            if (!isScheduled()) {
                deferred = true;
                wake(later(loop));
            }
            return;
        }
        wake();
        if (deferred) { // another thread does not wait for the one that streams
            deferred = false;
            loop = host.leaderLoop();
            if (loop != null) {
                loop.call();
            }
        }
    }

    /**
     * Leaves a message for the socket. What the loop itself sends waits for the loop's next task, like that of other
     * threads, so that a handler that sends many messages costs one flush.
     *
     * @param batches whether small messages are copied into a batch while the loop is busy, which costs both threads
     *                less than an object for each
     */
    void send(ZmtpMessage message, boolean batches) {
        boolean here = host.home().inEventLoop();
        boolean later = batches && !here && stream.defers();
        if (batches && (later || here && draining || isScheduled()) && ZmtpBatch.suits(message)
                && message.peer() == null && message.refCnt() > 0 && pack(message, here, later)) {
            message.release();
            return;
        }
        put(message);
        wake(here, later);
    }

    private void wake(boolean here, boolean later) {
        if (here && draining) {
            held = true;
        } else {
            wake(later);
        }
    }

    /** Does what waits for the loop's next task, and brings the socket in line. On the loop. */
    void settle() {
        if (draining || isEmpty()) {
            host.settle();
        } else {
            run();
        }
    }

    private boolean pack(ZmtpMessage message, boolean here, boolean later) {
        boolean fresh = false;
        lock.lock();
        try {
            ZmtpBatch batch = open;
            if (batch == null || !batch.add(message)) {
                open = null;
                batch = ZmtpBatch.create(expected);
                if (!batch.add(message)) {
                    batch.release();
                    return false;
                }
                fresh = true;
                open = batch;
                queue.offer(batch);
            }
        } finally {
            lock.unlock();
        }
        if (fresh) {
            wake(here, later);
        }
        return true;
    }

    /** Returns what leaves a run for the thread that streams. Threads that make it at once make equal ones. */
    private Executor later(LeaderLoop loop) {
        Executor executor = leaving;
        if (executor == null) {
            LeaderLoop.Deferred run = loop.new Deferred(this);
            executor = task -> loop.executeLater(run);
            leaving = executor;
        }
        return executor;
    }

    /** Runs a task and returns a future of its result. If this is called on the event loop, the task is run at once. */
    <T> CompletableFuture<T> call(Callable<T> body) {
        Task<T> task = new Task<>(body);
        if (!host.home().inEventLoop()) {
            submit(task);
        } else if (draining) {
            task.run(); // the caller is a handler, which goes on with the result
        } else {
            run();
            task.run();
            host.settle();
        }
        return task.result;
    }

    private static final class Task<T> implements Runnable {

        final CompletableFuture<T> result = new CompletableFuture<>();
        private final Callable<T> body;

        Task(Callable<T> body) {
            this.body = body;
        }

        @Override
        public void run() {
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    @Override
    public void run() {
        draining = true;
        if (deferred) {
            deferred = false;
            stream.done();
        }
        super.run();
    }

    @Override
    protected Executor consumer() {
        return host.home();
    }

    @Override
    protected @Nullable Object poll() {
        Object work = queue.poll();
        if (work instanceof ZmtpBatch batch) {
            lock.lock(); // nobody adds to it from here on
            if (open == batch) {
                open = null;
            }
            expected = Math.max(batch.frameBytes(), expected - expected / 8);
            lock.unlock();
        }
        return work;
    }

    @Override
    protected boolean isEmpty() {
        return queue.isEmpty();
    }

    @Override
    protected void deliver(Object work) {
        try {
            process.accept(work);
        } finally {
            processed += work instanceof ZmtpBatch ? BLOCK : 1;
            if (processed >= BLOCK) {
                processed = 0;
                tellSenders.run();
            }
        }
    }

    @Override
    protected void delivered() {
        draining = false;
        host.settle();
    }

    @Override
    protected void discard(Object work) {
        end(work);
    }

    /** Fails or releases work that cannot be done any more because the socket is closed. */
    static void end(Object work) {
        if (work instanceof PendingCall.Send request) {
            ReferenceCountUtil.safeRelease(request.message); // the application may have released it too early
            request.fail(SocketHost.closedException());
        } else if (work instanceof PendingCall.Receive request) {
            request.fail(SocketHost.closedException());
        } else if (work instanceof ZmtpMessage || work instanceof ZmtpBatch) {
            ReferenceCountUtil.safeRelease(work);
        } else if (work instanceof Task<?> task) {
            task.result.completeExceptionally(SocketHost.closedException());
        }
    }
}
