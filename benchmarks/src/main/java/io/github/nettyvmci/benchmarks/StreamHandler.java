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
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.util.concurrent.CompletableFuture;

/**
 * Sends messages as fast as they are taken: writes up to the high-water mark, flushes, and so on for a while; then
 * sends {@link ServerHandler#END} and waits for the server's count.
 */
final class StreamHandler extends ChannelInboundHandlerAdapter {

    /** The bytes that the other end has received. */
    record Result(long bytes, long nanos) {
    }

    /** After this many flushes that found the socket ready, others on the event loop get their turn. */
    private static final int FLUSHES = 64;

    private final int size;
    private final long nanos;
    private final CompletableFuture<Result> result;
    private final Runnable fillTask = this::fill;
    private ChannelHandlerContext context;
    private ByteBuf payload;
    private ByteBuf answer;
    private long begun;
    private boolean filling;
    private boolean ended;

    StreamHandler(int size, long nanos, CompletableFuture<Result> result) {
        this.size = size;
        this.nanos = nanos;
        this.result = result;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        payload = ctx.alloc().directBuffer(size).writeZero(size);
        answer = ctx.alloc().directBuffer(Long.BYTES);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        payload.release();
        answer.release();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ServerHandler.SINK}), ctx.voidPromise());
        begun = System.nanoTime();
        fill();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!filling && ctx.channel().isWritable()) {
            fill();
        }
    }

    private void fill() {
        if (ended) {
            return;
        }
        filling = true; // a flush that makes the channel writable again is seen here, not in a nested call
        Channel channel = context.channel();
        for (int i = 0; i < FLUSHES && channel.isWritable(); i++) {
            if (System.nanoTime() - begun >= nanos) {
                end();
                break;
            }
            do {
                context.write(payload.retainedDuplicate(), context.voidPromise());
            } while (channel.isWritable());
            context.flush();
        }
        filling = false;
        if (!ended && channel.isWritable()) {
            context.executor().execute(fillTask);
        }
    }

    private void end() {
        ended = true;
        context.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ServerHandler.END}), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        answer.writeBytes(buffer);
        buffer.release();
        if (answer.readableBytes() == Long.BYTES) {
            result.complete(new Result(answer.readLong(), System.nanoTime() - begun));
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        result.completeExceptionally(new IllegalStateException("closed by the server before it told its count"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        result.completeExceptionally(cause);
        ctx.close();
    }
}
