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

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.channel.EventLoop;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What any thread wants a socket to do: messages, {@link Request}s and tasks, in a queue without a lock that the
 * socket's event loop empties in order. A burst costs the loop one task.
 */
final class Mailbox implements Runnable {

    /** What one run does before it lets the channels have the loop. */
    private static final int BURST = 1024;
    /** Messages after which their senders are told. */
    private static final int BLOCK = 64;

    private final SocketCore core;
    private final MpscQueue<Object> queue = new MpscQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    /** On the loop: what is submitted from within is done by the run under way. */
    private boolean draining;

    Mailbox(SocketCore core) {
        this.core = core;
    }

    /** Has something done; on the event loop it is done when this returns, unless the mailbox is just being emptied. */
    void submit(Object work) {
        queue.offer(work);
        EventLoop loop = core.home();
        if (loop.inEventLoop()) {
            if (!draining) {
                run();
            }
        } else if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            schedule(loop);
        }
    }

    private void schedule(EventLoop loop) {
        if (!Lane.execute(loop, this)) {
            scheduled.set(false); // or what comes still later would wait for ever
            discardAll(); // the context is closed, and this came too late
        }
    }

    /** Has a task done whose result somebody waits for: on the event loop, at once. */
    <T> CompletableFuture<T> call(Callable<T> body) {
        Task<T> task = new Task<>(body);
        if (!core.home().inEventLoop()) {
            submit(task);
        } else if (draining) {
            task.run(); // the caller is a handler, and goes on with the result
        } else {
            run();
            task.run();
            core.settle();
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
        int done = 0;
        for (Object work = queue.poll(); work != null; work = queue.poll()) {
            try {
                core.process(work);
            } catch (Throwable e) {
                SocketCore.LOGGER.warn("socket failed at " + work, e);
            }
            if (++done % BLOCK == 0) {
                core.outbox.publish(false); // senders go on meanwhile
                if (done == BURST) {
                    break;
                }
            }
        }
        draining = false;
        core.settle();
        // Who puts something in before this tells nobody, since it is looked for again.
        scheduled.set(false);
        if (!queue.isEmpty() && scheduled.compareAndSet(false, true)) {
            schedule(core.home());
        }
    }

    /** The loop has ended, and several threads may come too late. */
    private synchronized void discardAll() {
        for (Object work = queue.poll(); work != null; work = queue.poll()) {
            discard(work);
        }
    }

    /** Ends what cannot be done any more because the socket is closed. */
    static void discard(Object work) {
        if (work instanceof Request.Send request) {
            request.message.release();
            request.fail(SocketCore.closedException());
        } else if (work instanceof Request.Receive request) {
            request.fail(SocketCore.closedException());
        } else if (work instanceof ZmtpMessage message) {
            message.release();
        } else if (work instanceof Task<?> task) {
            task.result.completeExceptionally(SocketCore.closedException());
        }
    }
}
