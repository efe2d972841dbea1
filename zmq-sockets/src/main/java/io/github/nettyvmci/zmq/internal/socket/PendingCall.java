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

import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A send or receive that waits. The socket claims it before it does what was asked for. A caller that completes it from
 * outside, be it by {@code cancel}, {@code complete}, {@code orTimeout} or {@code obtrudeValue}, takes the wait back,
 * and so does one that completes a future made of it, such as a copy. Taking back succeeds only before the socket has
 * claimed the call, so that no message is sent or taken for a caller that was told otherwise. In the moment in which a
 * result is handed out, a future made of the call cannot be completed from outside; if it is not done a moment later,
 * it is completed then.
 *
 * @param <T> the type of the result
 */
public class PendingCall<T> extends CompletableFuture<T> {

    private static final AtomicIntegerFieldUpdater<PendingCall<?>> STATE = updater();
    private static final int WAITING = 0;
    private static final int CLAIMED = 1;
    private static final int TAKEN_BACK = 2;
    private static final int DONE = 3;

    private volatile int state;
    /**
     * The thread that hands the result out. A call from within must not wait for what its own thread is about to do.
     */
    private @Nullable Thread server;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static AtomicIntegerFieldUpdater<PendingCall<?>> updater() {
        return (AtomicIntegerFieldUpdater) AtomicIntegerFieldUpdater.newUpdater(PendingCall.class, "state");
    }

    // --- the socket ---

    /**
     * Claims the call; returns whether it still waits. If so, the claimant must let it succeed or fail, or
     * {@link #unclaim} it.
     */
    public final boolean claim() {
        if (!STATE.compareAndSet(this, WAITING, CLAIMED)) {
            return false;
        }
        server = Thread.currentThread();
        return true;
    }

    final void unclaim() {
        server = null; // the next claim may be by another thread, which says so a moment after it has claimed
        state = WAITING;
    }

    /** Completes a call that was claimed, or that no other thread knows yet. */
    public final void succeed(T result) {
        server = Thread.currentThread();
        try {
            super.complete(result);
        } finally {
            state = DONE;
        }
    }

    /** Fails the call, unless it was taken back. */
    final void fail(Throwable cause) {
        if (state == CLAIMED || claim()) {
            try {
                super.completeExceptionally(cause);
            } finally {
                state = DONE;
            }
        }
    }

    // --- whoever has it ---

    @Override
    public boolean complete(T value) {
        return takeBack() && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable cause) {
        return takeBack() && super.completeExceptionally(cause);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return takeBack() ? super.cancel(false) : isCancelled();
    }

    /**
     * Takes the wait back.
     *
     * @throws IllegalStateException if it is done already: what it holds would be lost
     */
    @Override
    public void obtrudeValue(T value) {
        checkNotDone(takeBack() && super.complete(value));
    }

    /**
     * Takes the wait back.
     *
     * @throws IllegalStateException if it is done already: what it holds would be lost
     */
    @Override
    public void obtrudeException(Throwable cause) {
        checkNotDone(takeBack() && super.completeExceptionally(cause));
    }

    private static void checkNotDone(boolean replaced) {
        if (!replaced) {
            throw new IllegalStateException("future of a send or receive: done (expected: still waiting); what it"
                    + " holds cannot be replaced");
        }
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        return completeBy(this, supplier, executor);
    }

    /** Completes a future on an executor by the future's own methods, unless it is done by then. */
    private static <U, F extends CompletableFuture<U>> F completeBy(F future, Supplier<? extends U> supplier,
            Executor executor) {
        executor.execute(() -> {
            if (!future.isDone()) {
                try {
                    future.complete(supplier.get());
                } catch (Throwable e) {
                    future.completeExceptionally(e);
                }
            }
        });
        return future;
    }

    @Override
    public CompletionStage<T> minimalCompletionStage() {
        return new Dependent<T>(this, true).follow(this);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new Dependent<>(this, false);
    }

    /**
     * Takes the wait back; returns whether this call did so. If the socket has claimed the call, this waits for the
     * decision, but not for those who are told of it: they are code of the application, and may be about to take back
     * what the calling thread itself hands out.
     */
    private boolean takeBack() {
        while (!STATE.compareAndSet(this, WAITING, TAKEN_BACK)) {
            if (state == TAKEN_BACK || isDone() || server == Thread.currentThread()) {
                return false;
            }
            Thread.yield(); // the socket has claimed the call, and decides in a moment
        }
        return true;
    }

    /** Returns whether another thread is about to tell the futures made of this call of its result. */
    private boolean isBeingHandedOut() {
        return state == CLAIMED && server != Thread.currentThread();
    }

    /** A send that waits. The message belongs to the socket. */
    static final class Send extends PendingCall<Void> {

        final ZmtpMessage message;

        Send(ZmtpMessage message) {
            this.message = message;
        }

        /** Returns a send that is done already, to share among all sends that succeed at once. */
        static Send done() {
            Send done = new Send(null);
            done.succeed(null);
            return done;
        }
    }

    /** A receive that waits. */
    public static final class Receive extends PendingCall<ZmtpMessage> {

        /** Set if a thread sleeps until this is done. */
        LeaderLoop.@Nullable Follower follower;
    }

    /**
     * A future that somebody made of a request, by {@code copy}, {@code thenApply} and the like. If it is completed
     * from outside, it could no longer pass on a message that comes later, so that takes the wait back as well.
     */
    private static final class Dependent<T> extends CompletableFuture<T> {

        private static final Executor LATER = delayedExecutor(1, TimeUnit.MILLISECONDS, Runnable::run);

        private final PendingCall<?> source;
        private final boolean minimal;

        Dependent(PendingCall<?> source, boolean minimal) {
            this.source = source;
            this.minimal = minimal;
        }

        private Dependent<T> follow(CompletableFuture<T> leader) {
            leader.whenComplete((value, failure) -> {
                if (failure != null) {
                    super.completeExceptionally(failure);
                } else {
                    super.complete(value);
                }
            });
            return this;
        }

        private boolean end(Supplier<Boolean> completion) {
            checkOpen();
            if (isDone()) {
                return false;
            }
            boolean mine = source.takeBack();
            if (!mine && source.isBeingHandedOut()) {
                // To complete this now might lose the message. To wait might take for ever, see takeBack().
                LATER.execute(() -> end(completion));
                return false;
            }
            boolean done = completion.get();
            if (mine) {
                source.stop();
            }
            return done;
        }

        private void checkOpen() {
            if (minimal) {
                throw new UnsupportedOperationException("minimal stage (expected: no completion from outside)");
            }
        }

        @Override
        public boolean complete(T value) {
            return end(() -> super.complete(value));
        }

        @Override
        public boolean completeExceptionally(Throwable cause) {
            return end(() -> super.completeExceptionally(cause));
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            return end(() -> super.cancel(false)) || isCancelled();
        }

        @Override
        public void obtrudeValue(T value) {
            checkNotDone(complete(value));
        }

        @Override
        public void obtrudeException(Throwable cause) {
            checkNotDone(completeExceptionally(cause));
        }

        @Override
        public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
            checkOpen();
            return completeBy(this, supplier, executor);
        }

        @Override
        public CompletionStage<T> minimalCompletionStage() {
            return new Dependent<T>(source, true).follow(this);
        }

        @Override
        public CompletableFuture<T> toCompletableFuture() {
            return minimal ? thenApply(Function.identity()) : this;
        }

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            return new Dependent<>(source, false);
        }
    }

    /** Cancels this call after its wait was taken back by a future made of it. */
    private void stop() {
        super.cancel(false);
    }
}
