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

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * What a {@link FrameEncoder} has ready for its channel. Writing to the channel can run anybody's code, which may write
 * again: a call from within leaves its buffers and flushes to the call on the stack, so that all go out in their order.
 */
final class ReadyBuffers {

    private final ChannelHandlerContext ctx;
    private final Consumer<? super ZmtpException> broken;
    /** A buffer and its promise, in turn. */
    private final ArrayDeque<Object> ready = new ArrayDeque<>(4);
    private boolean delivering;
    /** Whether somebody flushed while {@link #deliver} was on the stack. */
    private boolean flushWanted;
    private boolean flushing;

    /**
     * Makes an empty one.
     *
     * @param broken told when octets are missing in the stream, and the connection cannot go on
     */
    ReadyBuffers(ChannelHandlerContext ctx, Consumer<? super ZmtpException> broken) {
        this.ctx = ctx;
        this.broken = broken;
    }

    /** Takes over a buffer for the next {@link #deliver}. */
    void add(ByteBuf buffer, ChannelPromise promise) {
        ready.add(buffer);
        ready.add(promise);
    }

    /** Returns whether the channel is being given buffers, so that it has not taken all yet. */
    boolean isDelivering() {
        return delivering;
    }

    /** Returns whether the channel is being flushed. */
    boolean isFlushing() {
        return flushing;
    }

    /** Gives the channel what is ready. */
    void deliver() {
        if (delivering || ready.isEmpty()) {
            return;
        }
        delivering = true;
        try {
            while (!ready.isEmpty()) {
                ByteBuf buffer = (ByteBuf) ready.poll();
                ChannelPromise promise = (ChannelPromise) ready.poll();
                if (promise.isDone()) {
                    promise = ctx.newPromise(); // its owner cancelled it, and the peer needs the octets all the same
                }
                ctx.write(buffer, promise);
                if (promise.isDone() && !promise.isSuccess() && ctx.channel().isOpen()) {
                    broken.accept(new ZmtpException(ZmtpError.INTERNAL, "frames could not be written: "
                            + promise.cause(), promise.cause()));
                }
            }
        } finally {
            delivering = false;
        }
        if (flushWanted) {
            flushWanted = false;
            flush();
        }
    }

    /** Flushes the channel. */
    void flush() {
        if (delivering) {
            flushWanted = true;
            return;
        }
        flushing = true;
        try {
            ctx.flush();
        } finally {
            flushing = false;
        }
    }
}
