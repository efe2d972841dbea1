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
package io.github.nettyvmci.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.util.function.Consumer;

/**
 * Sends a message, waits until it has come back, sends the next. Both ends write in {@code channelRead} and flush in
 * {@code channelReadComplete}, with void promises and pooled direct buffers.
 */
final class PingPongHandler extends ChannelInboundHandlerAdapter {

    private final int size;
    private final int[] samples;
    private final Consumer<Throwable> onDone;
    private ChannelHandlerContext context;
    private ByteBuf payload;
    private long begun;
    private long before;
    private long nanos;
    private long count;
    private long done;
    private int received;

    /**
     * Creates a handler.
     *
     * @param size of a message, in bytes
     * @param samples gets the durations of round trips in nanoseconds, of the newest ones if it is too short for all;
     *         if its length is 0 no clock is read
     * @param onDone told the cause of a failure, or null, at the end of each run; on the event loop
     */
    PingPongHandler(int size, int[] samples, Consumer<Throwable> onDone) {
        this.size = size;
        this.samples = samples;
        this.onDone = onDone;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        payload = ctx.alloc().directBuffer(size).writeZero(size);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        payload.release();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.write(Unpooled.wrappedBuffer(new byte[] {ServerHandler.ECHO}), ctx.voidPromise());
    }

    /**
     * Begins a run; on the event loop.
     *
     * @param maxNanos ends it after that time (looked at only if there are samples)
     * @param maxCount ends it after so many round trips
     */
    void run(long maxNanos, long maxCount) {
        nanos = maxNanos;
        count = maxCount;
        done = 0;
        begun = samples.length == 0 ? 0 : System.nanoTime();
        before = begun;
        ping();
        context.flush();
    }

    /** Returns how many round trips the last run made. */
    long done() {
        return done;
    }

    private void ping() {
        context.write(payload.retainedDuplicate(), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        received += buffer.readableBytes();
        buffer.release();
        if (received < size) {
            return;
        }
        received = 0;
        if (samples.length > 0) {
            long now = System.nanoTime();
            samples[(int) (done % samples.length)] = (int) Math.min(now - before, Integer.MAX_VALUE);
            before = now;
        }
        if (++done < count && (samples.length == 0 || before - begun < nanos)) {
            ping();
        } else {
            onDone.accept(null);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        onDone.accept(cause);
        ctx.close();
    }
}
