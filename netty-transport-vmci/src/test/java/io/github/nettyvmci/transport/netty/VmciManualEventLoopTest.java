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
package io.github.nettyvmci.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Our handler in a loop that its user drives, which is this test's thread. */
class VmciManualEventLoopTest {

    private static final long MILLI = 1_000_000;
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(AbstractVmciSocketTest.WAIT_SECONDS);

    private ManualIoEventLoop loop;

    static Stream<ByteBufAllocator> allocators() {
        return Stream.of(PooledByteBufAllocator.DEFAULT, new AdaptiveByteBufAllocator());
    }

    /** Runs a test with a loop of this thread, which is another one before and after each test. */
    private void withLoop(Executable test) throws Throwable {
        loop = new ManualIoEventLoop(Thread.currentThread(), TestLoops.newFactory());
        try {
            test.execute();
        } finally {
            loop.shutdownGracefully(0, 10, TimeUnit.SECONDS);
            drive(loop::isTerminated);
        }
    }

    /** Runs the loop until something has happened, for a bounded time. */
    private void drive(BooleanSupplier until) {
        long end = System.nanoTime() + LIMIT;
        while (!until.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "did not happen");
            loop.run(10 * MILLI);
        }
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void shouldEchoWhenDrivenByRun(ByteBufAllocator allocator) throws Throwable {
        withLoop(() -> echo(allocator, () -> loop.run(10 * MILLI)));
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void shouldEchoWhenDrivenByRunNow(ByteBufAllocator allocator) throws Throwable {
        withLoop(() -> echo(allocator, loop::runNow));
    }

    private void echo(ByteBufAllocator allocator, Runnable once) {
        StringBuilder answer = new StringBuilder();
        ChannelFuture bind = new ServerBootstrap().group(loop).channel(TestFamily.CURRENT.serverChannel())
                .childOption(ChannelOption.ALLOCATOR, allocator).childHandler(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        ctx.writeAndFlush(message);
                    }
                }).bind(VmciPermutation.newAddress());
        repeat(once, bind::isDone);
        ChannelFuture connect = TestFamily.CURRENT.client().group(loop)
                .option(ChannelOption.ALLOCATOR, allocator).handler(new SimpleChannelInboundHandler<ByteBuf>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
                        answer.append(message.toString(StandardCharsets.US_ASCII));
                    }
                }).connect(bind.channel().localAddress());
        repeat(once, connect::isDone);
        assertTrue(connect.isSuccess(), () -> "connect: " + connect.cause());
        for (int i = 0; i < 100; i++) {
            answer.setLength(0);
            connect.channel().writeAndFlush(ByteBufUtil.writeAscii(allocator, "ping " + i));
            String expected = "ping " + i;
            repeat(once, () -> answer.length() >= expected.length());
            assertEquals(expected, answer.toString());
        }
        ChannelFuture closed = connect.channel().close();
        ChannelFuture serverClosed = bind.channel().close();
        repeat(once, () -> closed.isDone() && serverClosed.isDone());
    }

    private static void repeat(Runnable once, BooleanSupplier until) {
        long end = System.nanoTime() + LIMIT;
        while (!until.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "did not happen");
            once.run();
        }
    }

    @Test
    void shouldWaitAsLongAsToldWhenNothingHappens() throws Throwable {
        withLoop(this::waitAsLongAsTold);
    }

    private void waitAsLongAsTold() {
        long start = System.nanoTime();
        assertEquals(0, loop.run(100 * MILLI));
        long took = System.nanoTime() - start;
        assertTrue(took >= 100 * MILLI, () -> "took only " + took + " ns");
    }

    @Test
    void shouldNotWaitInRunNow() throws Throwable {
        withLoop(this::runNow);
    }

    private void runNow() {
        long start = System.nanoTime();
        assertEquals(0, loop.runNow());
        assertTrue(System.nanoTime() - start < LIMIT);
    }

    @Test
    void shouldRunAScheduledTaskInTime() throws Throwable {
        withLoop(this::runScheduledTask);
    }

    private void runScheduledTask() {
        long start = System.nanoTime();
        CompletableFuture<Long> ran = new CompletableFuture<>();
        loop.schedule(() -> ran.complete(System.nanoTime()), 50, TimeUnit.MILLISECONDS);
        while (!ran.isDone()) {
            loop.run(2 * LIMIT);
        }
        long took = ran.join() - start;
        assertTrue(took >= 50 * MILLI && took < LIMIT, () -> "took " + took + " ns");
    }

    @Test
    void shouldWakeUpForATaskOfAnotherThread() throws Throwable {
        withLoop(this::wakeUp);
    }

    private void wakeUp() throws Exception {
        ScheduledExecutorService other = Executors.newSingleThreadScheduledExecutor();
        try {
            CompletableFuture<Boolean> ran = new CompletableFuture<>();
            other.schedule(() -> loop.execute(() -> ran.complete(true)), 50, TimeUnit.MILLISECONDS);
            long start = System.nanoTime();
            // This waits without an end, and only the wake-up makes it return.
            loop.run(Long.MAX_VALUE);
            assertTrue(ran.isDone());
            assertTrue(System.nanoTime() - start < LIMIT);
        } finally {
            other.shutdown();
        }
    }

    @Test
    void shouldNotSpinAfterOutputWasShutDownWithWritesPending() throws Throwable {
        withLoop(this::shutDownOutputWithWritesPending);
    }

    private void shutDownOutputWithWritesPending() throws Exception {
        EventLoopGroup peers = TestLoops.newGroup(1);
        CompletableFuture<Channel> child = new CompletableFuture<>();
        CompletableFuture<Void> end = new CompletableFuture<>();
        try {
            Channel server = new ServerBootstrap().group(peers).channel(TestFamily.CURRENT.serverChannel())
                    .childOption(ChannelOption.AUTO_READ, false).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childHandler(new SimpleChannelInboundHandler<ByteBuf>() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            child.complete(ctx.channel());
                        }

                        @Override
                        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
                            assertTrue(message.isReadable());
                        }

                        @Override
                        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                            if (event == ChannelInputShutdownEvent.INSTANCE) {
                                end.complete(null);
                            }
                        }
                    }).bind(VmciPermutation.newAddress()).sync().channel();
            ChannelFuture connect = TestFamily.CURRENT.client().group(loop)
                    .handler(new ChannelInboundHandlerAdapter()).connect(server.localAddress());
            drive(connect::isDone);
            DuplexChannel client = (DuplexChannel) connect.channel();
            ChannelFuture write = client.writeAndFlush(Unpooled.directBuffer(16 << 20).writeZero(16 << 20));
            loop.run(100 * MILLI);
            assertFalse(write.isDone(), "16 MiB fitted into the socket; the test needs more");
            ChannelFuture shutdown = client.shutdownOutput();
            drive(() -> shutdown.isDone() && write.isDone());
            assertInstanceOf(ChannelOutputShutdownException.class, write.cause());
            child.get(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS).config().setAutoRead(true);
            drive(end::isDone);

            // The peer has read everything, so the socket is writable. Nobody wants to know.
            drive(() -> loop.run(10 * MILLI) == 0);
            long start = System.nanoTime();
            assertEquals(0, loop.run(200 * MILLI));
            assertTrue(System.nanoTime() - start >= 200 * MILLI);
            ChannelFuture closed = client.close();
            drive(closed::isDone);
        } finally {
            peers.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void shouldCloseItsChannelsWhenShutDown() throws Throwable {
        withLoop(this::shutDownWithChannel);
    }

    private void shutDownWithChannel() {
        ChannelFuture bind = new ServerBootstrap().group(loop).channel(TestFamily.CURRENT.serverChannel())
                .childHandler(new ChannelInboundHandlerAdapter()).bind(VmciPermutation.newAddress());
        drive(bind::isDone);
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS);
        drive(loop::isTerminated);
        assertTrue(bind.channel().closeFuture().isDone());
        assertFalse(bind.channel().isOpen());
    }
}
