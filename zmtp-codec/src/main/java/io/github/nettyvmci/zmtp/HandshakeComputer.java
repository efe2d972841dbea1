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
package io.github.nettyvmci.zmtp;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Does the arithmetic of one handshake: on the event loop while no other handshake of the same server computes, nor
 * many have just done so, off it otherwise.
 */
final class HandshakeComputer {

    private static final int THREADS = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
    /** For how many peers within a second the threads can compute, about, a third of a millisecond for each. */
    static final int DEFAULT_RATE = 3000 * THREADS;

    private static final class Threads {

        static final ThreadPoolExecutor ALL = pool();

        private static ThreadPoolExecutor pool() {
            // The queue needs no bound: a handshake has one entry in it at most, which takes less than all else that
            // belongs to a handshake, and a ZmtpHandshakeLimiter, where one is set, bounds those.
            ThreadPoolExecutor pool = new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(), new DefaultThreadFactory("zmtp-handshake", true));
            pool.allowCoreThreadTimeOut(true);
            return pool;
        }
    }

    private final ChannelHandlerContext ctx;
    private final CodecConfig.Load load;
    /** Runs the steps that follow a computation, on the event loop. */
    private final Consumer<Runnable> later;
    /** Whether the next computation is the first for this peer, which counts. */
    private boolean first;
    private boolean counted;
    /** The task that asks the rate again; {@code null} if the handshake does not wait for it. */
    private @Nullable Future<?> delay;
    private @Nullable Work work;

    HandshakeComputer(ChannelHandlerContext ctx, CodecConfig.Load load, Consumer<Runnable> later) {
        this.ctx = ctx;
        this.load = load;
        this.later = later;
    }

    /** Has the next computation count, like {@link MechanismContext#admitComputation} apart from the address. */
    void admit() {
        first = true;
    }

    /** Tells whether the handshake waits because there are too many to compute for. */
    boolean isDelayed() {
        return delay != null;
    }

    /** Counts the first computation; returns {@code false} if it has to wait, and {@code again} is run afterwards. */
    private boolean begin(Runnable again) {
        long wait = load.rate().take(load.address().apply(ctx.channel()));
        if (wait > 0) {
            delay = ctx.executor().schedule(() -> later.accept(again), wait, TimeUnit.NANOSECONDS);
            return false;
        }
        delay = null;
        first = false;
        if (!counted) {
            counted = true;
            load.underWay().incrementAndGet();
        }
        return true;
    }

    /**
     * Like {@link MechanismContext#compute}.
     *
     * @param wipe run at the end of the computation if {@link #close} was called meanwhile
     */
    void compute(Runnable computation, Runnable then, Runnable wipe) {
        if (first && !begin(() -> compute(computation, then, wipe))) {
            return;
        }
        if (load.underWay().get() <= 1 && !load.rate().isBusy()) {
            computation.run();
            then.run();
            return;
        }
        Executor executor = load.executor() == null ? Threads.ALL : load.executor();
        work = new Work(computation, then, wipe);
        try {
            executor.execute(work);
        } catch (RejectedExecutionException e) {
            work.cancel(); // for nobody will run it
            int underWay = load.underWay().get();
            throw (ZmtpLimitException) new ZmtpLimitException("handshakes to compute", underWay, underWay - 1,
                    "ZmtpCodecBuilder", "handshakeExecutor").initCause(e);
        }
    }

    /**
     * Ends the handshake.
     *
     * @return {@code false} if a computation is running, which wipes at its end; the caller must wipe otherwise
     */
    boolean close() {
        if (counted) {
            counted = false;
            load.underWay().decrementAndGet();
        }
        if (delay != null) {
            delay.cancel(false);
            delay = null;
        }
        return work == null || work.cancel();
    }

    /** A computation off the event loop. Whoever has it last, the thread or {@link #close}, has the secrets wiped. */
    private final class Work implements Runnable {

        private enum State { WAITING, RUNNING, DONE, CANCELLED }

        private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
        private @Nullable Runnable computation;
        private @Nullable Runnable then;
        private @Nullable Runnable wipe;
        private @Nullable RuntimeException failure;

        Work(Runnable computation, Runnable then, Runnable wipe) {
            this.computation = computation;
            this.then = then;
            this.wipe = wipe;
        }

        @Override
        public void run() {
            if (!state.compareAndSet(State.WAITING, State.RUNNING)) {
                return;
            }
            try {
                computation.run();
            } catch (RuntimeException e) {
                failure = e;
            } catch (Throwable e) {
                failure = new ZmtpException(ZmtpError.INTERNAL, "computation of the handshake failed: " + e, e);
            }
            if (!state.compareAndSet(State.RUNNING, State.DONE)) {
                wipe.run();
                return;
            }
            try {
                ctx.executor().execute(() -> later.accept(this::goOn));
            } catch (RejectedExecutionException ended) {
                // the channel has ended with its event loop, and has wiped
            }
        }

        private void goOn() {
            work = null; // so that nothing of what was computed stays reachable
            if (failure != null) {
                throw failure;
            }
            then.run();
        }

        boolean cancel() {
            if (state.compareAndSet(State.WAITING, State.CANCELLED)) {
                computation = null; // so that the entry which stays in the queue until its turn holds nothing
                then = null;
                wipe = null;
                return true;
            }
            return !state.compareAndSet(State.RUNNING, State.CANCELLED);
        }
    }
}
