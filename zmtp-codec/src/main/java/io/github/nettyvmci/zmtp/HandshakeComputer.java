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

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Where one handshake's arithmetic is done: on the event loop while no other handshake of the same server computes, off
 * it otherwise.
 */
final class HandshakeComputer {

    /** Of the threads that all servers share. */
    static final int MOST_WAITING = 1024;

    /** What the codecs of one builder share. */
    static final class Shared {

        /** Handshakes that have begun to compute and are not over. */
        private final AtomicInteger underWay = new AtomicInteger();
    }

    private static final class Threads {

        static final ThreadPoolExecutor ALL = pool(Math.max(1, Math.min(4,
                Runtime.getRuntime().availableProcessors() / 2)));

        private static ThreadPoolExecutor pool(int threads) {
            ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, 10, TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(MOST_WAITING), new DefaultThreadFactory("zmtp-handshake", true));
            pool.allowCoreThreadTimeOut(true);
            return pool;
        }
    }

    private final ChannelHandlerContext ctx;
    private final ZmtpCodecBuilder config;
    /** Runs on the event loop what a computation leads to. */
    private final Consumer<Runnable> later;
    private boolean counted;
    private Work work;

    HandshakeComputer(ChannelHandlerContext ctx, ZmtpCodecBuilder config, Consumer<Runnable> later) {
        this.ctx = ctx;
        this.config = config;
        this.later = later;
    }

    /** Like {@link MechanismContext#admitComputation}, but for the address. */
    void admit() {
        config.computationRate.take(config.limiterAddress.apply(ctx.channel()));
        if (!counted) {
            counted = true;
            config.handshakesComputing.underWay.incrementAndGet();
        }
    }

    /**
     * Like {@link MechanismContext#compute}.
     *
     * @param wipe what is to be done when {@link #close} says so
     */
    void compute(Runnable computation, Runnable then, Runnable wipe) {
        if (config.handshakesComputing.underWay.get() <= 1) {
            computation.run();
            then.run();
            return;
        }
        Executor executor = config.handshakeExecutor == null ? Threads.ALL : config.handshakeExecutor;
        work = new Work(computation, then, wipe);
        try {
            executor.execute(work);
        } catch (RejectedExecutionException e) {
            work.cancel(); // nobody will run it
            throw (ZmtpLimitException) new ZmtpLimitException("handshakes waiting to be computed", MOST_WAITING + 1L,
                    MOST_WAITING, "ZmtpCodecBuilder", "handshakeExecutor").initCause(e);
        }
    }

    /**
     * The handshake is over.
     *
     * @return {@code false} if a computation is running, which at its end does what it was told to wipe
     */
    boolean close() {
        if (counted) {
            counted = false;
            config.handshakesComputing.underWay.decrementAndGet();
        }
        return work == null || work.cancel();
    }

    /** A computation off the event loop. Whoever is the last to have it sees to it that secrets are wiped. */
    private final class Work implements Runnable {

        private static final int WAITING = 0;
        private static final int RUNNING = 1;
        private static final int DONE = 2;
        private static final int CANCELLED = 3;

        private final AtomicInteger state = new AtomicInteger(WAITING);
        private final Runnable computation;
        private final Runnable then;
        private final Runnable wipe;
        private RuntimeException failure;

        Work(Runnable computation, Runnable then, Runnable wipe) {
            this.computation = computation;
            this.then = then;
            this.wipe = wipe;
        }

        @Override
        public void run() {
            if (!state.compareAndSet(WAITING, RUNNING)) {
                return;
            }
            try {
                computation.run();
            } catch (RuntimeException e) {
                failure = e;
            } catch (Throwable e) {
                failure = new ZmtpException(ZmtpError.INTERNAL, "computation of the handshake failed: " + e, e);
            }
            if (!state.compareAndSet(RUNNING, DONE)) {
                wipe.run();
                return;
            }
            try {
                ctx.executor().execute(() -> later.accept(this::goOn));
            } catch (RejectedExecutionException ended) {
                // with its event loop the channel has ended, which wipes
            }
        }

        private void goOn() {
            if (failure != null) {
                throw failure;
            }
            then.run();
        }

        boolean cancel() {
            if (state.compareAndSet(WAITING, CANCELLED)) {
                if (config.handshakeExecutor == null) {
                    Threads.ALL.remove(this);
                }
                return true;
            }
            return !state.compareAndSet(RUNNING, CANCELLED);
        }
    }
}
