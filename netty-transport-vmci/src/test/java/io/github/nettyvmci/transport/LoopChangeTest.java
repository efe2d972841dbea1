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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** Channels that move to another event loop, and loops that a user drives. */
class LoopChangeTest {

    private static EventLoop other(Rig rig, Channel channel) {
        EventLoop loop = rig.group.next();
        while (loop == channel.eventLoop()) {
            loop = rig.group.next();
        }
        return loop;
    }

    private static void move(Rig rig, Channel channel) throws Exception {
        EventLoop next = other(rig, channel);
        Waits.get(channel.deregister());
        Waits.get(next.register(channel));
        assertSame(next, channel.eventLoop());
    }

    @Test
    void shouldGoOnReadingAndWritingOnAnotherLoop() throws Exception {
        try (Rig rig = new Rig()) {
            Pair pair = rig.pair();
            EventLoop before = pair.client().eventLoop();
            move(rig, pair.client());
            assertNotSame(before, pair.client().eventLoop());
            Waits.get(pair.server().writeAndFlush(Rig.text("there")));
            pair.clientSaw().awaitBytes(5);
            Waits.get(pair.client().writeAndFlush(Rig.text("and back")));
            pair.serverSaw().awaitBytes(8);
            assertEquals(1, pair.clientSaw().count("active"));
            Waits.get(pair.server().close());
            Waits.get(pair.clientSaw().inactive);
        }
    }

    @Test
    void shouldGoOnAcceptingOnAnotherLoop() throws Exception {
        try (Rig rig = new Rig()) {
            Channel server = rig.listen(Rig::echo);
            move(rig, server);
            Recorder saw = new Recorder();
            Channel client = rig.connect(rig.client(saw), server);
            Waits.get(client.writeAndFlush(Rig.text("hello")));
            saw.awaitBytes(5);
            Waits.get(client.close());
        }
    }

    /** The server moves after the first of several connections that one call accepted; its old loop has a task. */
    @Test
    void shouldTakeAcceptedConnectionsAlongToAnotherLoop() throws Exception {
        try (Rig rig = new Rig()) {
            AtomicBoolean moved = new AtomicBoolean();
            Channel server = rig.listen(rig.server(Recorder::new).option(ChannelOption.AUTO_READ, false)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(1).maxMessagesPerRead(1))
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object child) {
                            ctx.fireChannelRead(child);
                            if (moved.compareAndSet(false, true)) {
                                EventLoop next = other(rig, ctx.channel());
                                ctx.channel().deregister().addListener(deregistered -> {
                                    Waits.get(next.register(ctx.channel()));
                                    Waits.get(next.submit(() -> { }));
                                });
                            }
                        }
                    }));
            EventLoop before = server.eventLoop();
            int connections = 8;
            for (int i = 0; i < connections; i++) {
                rig.connect(rig.client(new Recorder()), server);
            }
            server.config().setAutoRead(true);
            for (int i = 0; i < connections; i++) {
                rig.accepted();
            }
            assertNotSame(before, server.eventLoop());
        }
    }

    @Test
    void shouldNotHearOfAnythingWhileDeregistered() throws Exception {
        try (Rig rig = new Rig()) {
            Pair pair = rig.pair();
            EventLoop loop = pair.client().eventLoop();
            Waits.get(pair.client().deregister());
            Waits.get(pair.server().writeAndFlush(Rig.text("later")));
            Waits.get(loop.submit(() -> { }));
            Waits.get(loop.submit(() -> { }));
            assertEquals(0, pair.clientSaw().messages());
            Waits.get(rig.group.next().register(pair.client()));
            pair.clientSaw().awaitBytes(5);
            Waits.get(pair.client().close());
        }
    }

    /** One thread is the event loop of server and client. */
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
    @Test
    void shouldRunOnALoopThatTheUserDrives() throws Exception {
        ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), TestLoops.newFactory());
        Recorder saw = new Recorder();
        ChannelFuture bound = new ServerBootstrap().group(loop).channel(TestFamily.CURRENT.serverChannel())
                .childHandler(Rig.echo()).bind(TestFamily.CURRENT.newAddress());
        drive(loop, bound::isDone);
        Waits.get(bound);
        ChannelFuture connect = TestFamily.CURRENT.client().group(loop).handler(saw)
                .connect(bound.channel().localAddress());
        drive(loop, connect::isDone);
        Waits.get(connect);
        connect.channel().writeAndFlush(Rig.text("by hand"));
        drive(loop, () -> saw.bytes() == 7);
        // While nothing happens, a wait returns when its time is over, and has handled nothing.
        long start = System.nanoTime();
        while (loop.runNow() > 0) {
            // events that were still on their way are handled
        }
        int handled = loop.run(TimeUnit.MILLISECONDS.toNanos(20));
        assertEquals(0, handled);
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(20), "came back early");
        // A wake-up from outside ends a wait that has no end of its own.
        Thread waker = new Thread(loop::wakeup);
        waker.start();
        loop.run(TimeUnit.SECONDS.toNanos(Waits.SECONDS));
        waker.join();
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        drive(loop, loop::isTerminated);
        assertTrue(saw.inactive.isDone());
    }

    private static void drive(ManualIoEventLoop loop, BooleanSupplier until) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Waits.SECONDS);
        while (!until.getAsBoolean()) {
            loop.run(TimeUnit.MILLISECONDS.toNanos(100));
            assertTrue(System.nanoTime() - end < 0, "did not come to be");
        }
    }
}
