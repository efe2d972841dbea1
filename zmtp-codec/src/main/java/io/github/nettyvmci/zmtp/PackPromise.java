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
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import org.jspecify.annotations.Nullable;

/**
 * The promise of a pack of {@link FrameEncoder} that nobody but the encoder waits for. When that pack is written, the
 * same object becomes the promise of the next one, so that flushing a message alone, as a request is, makes no object.
 *
 * <p>This is only right where the promise goes from the encoder straight to the channel, on the channel's event loop: a
 * handler between them might keep the promise, or listen to it.
 */
final class PackPromise extends DefaultChannelPromise {

    /** Hears of the outcome of every pack. */
    interface Owner {

        void packEnded(int messages, boolean toVoid, @Nullable Throwable cause);
    }

    private final ChannelHandlerContext ctx;
    private final Owner owner;
    private int messages;
    private boolean toVoid;
    private boolean pending;
    private @Nullable Throwable cause;

    PackPromise(ChannelHandlerContext ctx, Owner owner) {
        super(ctx.channel(), ctx.executor());
        this.ctx = ctx;
        this.owner = owner;
    }

    /** Becomes the promise of a pack; returns {@code false} if it cannot now. */
    boolean begin(int messagesOfIt, boolean tellsVoid) {
        if (pending || ctx.pipeline().firstContext() != ctx || ctx.executor() != channel().eventLoop()) {
            return false;
        }
        messages = messagesOfIt;
        toVoid = tellsVoid;
        cause = null;
        pending = true;
        return true;
    }

    private boolean end(@Nullable Throwable why) {
        if (!pending) {
            return false;
        }
        pending = false;
        cause = why;
        owner.packEnded(messages, toVoid, why);
        return true;
    }

    @Override
    public boolean trySuccess(Void result) {
        return end(null);
    }

    @Override
    public boolean tryFailure(Throwable why) {
        return end(why);
    }

    @Override
    public ChannelPromise setSuccess(Void result) {
        checkPending(end(null));
        return this;
    }

    @Override
    public ChannelPromise setFailure(Throwable why) {
        checkPending(end(why));
        return this;
    }

    private static void checkPending(boolean ended) {
        if (!ended) {
            throw new IllegalStateException("promise of a write: done (expected: pending)");
        }
    }

    @Override
    public boolean isDone() {
        return !pending;
    }

    @Override
    public boolean isSuccess() {
        return !pending && cause == null;
    }

    @Override
    public @Nullable Throwable cause() {
        return cause;
    }

    @Override
    public boolean isCancellable() {
        return false;
    }

    @Override
    public boolean setUncancellable() {
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return false;
    }

    @Override
    public ChannelPromise addListener(GenericFutureListener<? extends Future<? super Void>> listener) {
        throw new UnsupportedOperationException("listener to the promise of a shared buffer (expected: none)");
    }
}
