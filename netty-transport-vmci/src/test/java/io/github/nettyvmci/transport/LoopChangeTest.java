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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ManualIoEventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
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

    /** Notes which threads send and receive. */
    private static final class ThreadsFamily extends UnixFamily {

        final List<Thread> senders = new CopyOnWriteArrayList<>();
        final List<Thread> receivers = new CopyOnWriteArrayList<>();

        @Override
        int send(int fd, long address, int length) {
            senders.add(Thread.currentThread());
            return super.send(fd, address, length);
        }

        @Override
        int recv(int fd, long address, int length) {
            receivers.add(Thread.currentThread());
            return super.recv(fd, address, length);
        }
    }

    private static Thread thread(EventLoop loop) throws Exception {
        return Waits.get(loop.submit(Thread::currentThread));
    }

    /** Deregisters a channel in the next task of its loop, which in the same task waits until another loop has it. */
    private static void moveInTheNextTask(Channel channel, EventLoop next) {
        channel.deregister().addListener(deregistered -> Waits.get(next.register(channel)));
    }

    /** The rest of a write waits as a task of the old loop, behind the one that moves the channel. */
    @Test
    void shouldWriteTheRestOnTheLoopItMovedTo() throws Exception {
        try (Rig rig = new Rig()) {
            ThreadsFamily family = new ThreadsFamily();
            Pair pair = rig.pairWith(family);
            Rig.on(pair.server(), () -> pair.server().config().setAutoRead(false));
            EventLoop before = pair.client().eventLoop();
            EventLoop next = other(rig, pair.client());
            int length = 4 << 20; // more than the kernel takes at once
            ChannelFuture written = Rig.on(pair.client(), () -> {
                pair.client().config().setWriteSpinCount(1);
                moveInTheNextTask(pair.client(), next);
                return pair.client().writeAndFlush(Unpooled.wrappedBuffer(new byte[length]));
            });
            Waits.get(before.submit(() -> { }));
            pair.server().config().setAutoRead(true);
            Waits.get(written);
            pair.serverSaw().awaitBytes(length);
            assertSame(next, pair.client().eventLoop());
            assertEquals(1, Collections.frequency(family.senders, thread(before)));
            assertEquals(family.senders.size() - 1, Collections.frequency(family.senders, thread(next)));
        }
    }

    /** A flush between two loops leaves its rest to the second, which must not hear of room that nothing needs. */
    @Test
    void shouldWriteTheRestOfWhatWasFlushedBetweenTwoLoops() throws Exception {
        try (Rig rig = new Rig()) {
            Pair pair = rig.pairWith(new UnixFamily());
            AbstractVmciChannel client = (AbstractVmciChannel) pair.client();
            EventLoop before = client.eventLoop();
            Rig.on(client, () -> client.config().setWriteSpinCount(1));
            for (int length : new int[] {1, 4 << 20}) {
                Waits.get(client.deregister());
                ChannelFuture written = Waits.get(before.submit(() ->
                        client.writeAndFlush(Unpooled.wrappedBuffer(new byte[length]))));
                Waits.get(before.register(client));
                Waits.get(written);
                assertFalse(Rig.on(client, () -> client.interestedIn(VmciIoOps.EPOLLOUT)));
            }
            pair.serverSaw().awaitBytes(1 + (4 << 20));
        }
    }

    /** Reading on after a stop is a task of the old loop, behind the one that moves the channel. */
    @Test
    void shouldReadOnTheLoopItMovedTo() throws Exception {
        try (Rig rig = new Rig()) {
            ThreadsFamily family = new ThreadsFamily();
            var bound = rig.server(Recorder::new, TestFamily.UNIX).bind(TestFamily.UNIX.newAddress());
            Waits.get(bound);
            Recorder saw = new Recorder();
            Channel client = rig.connect(new Bootstrap().group(rig.group)
                    .channelFactory(() -> new StoppingChannel(family)).handler(saw), bound.channel());
            Channel server = rig.accepted();
            EventLoop before = client.eventLoop();
            EventLoop next = other(rig, client);
            CountDownLatch ran = new CountDownLatch(1);
            client.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRegistered(ChannelHandlerContext ctx) throws Exception {
                    Waits.latch(ran); // the new loop's own reading comes after that
                }
            });
            Rig.on(client, () -> {
                client.config().setAutoRead(false);
                moveInTheNextTask(client, next);
                return client.config().setAutoRead(true);
            });
            Waits.get(before.submit(ran::countDown));
            Waits.get(server.writeAndFlush(Rig.text("there")));
            saw.awaitBytes(5);
            assertSame(next, client.eventLoop());
            assertEquals(0, Collections.frequency(family.receivers, thread(before)));
        }
    }

    /** AutoRead is turned off by another thread, as a task of the old loop, behind the one that moves the channel. */
    @Test
    void shouldStopReadingOnTheLoopItMovedTo() throws Exception {
        try (Rig rig = new Rig()) {
            var bound = rig.server(Recorder::new, TestFamily.UNIX).bind(TestFamily.UNIX.newAddress());
            Waits.get(bound);
            Recorder saw = new Recorder();
            StoppingChannel client = (StoppingChannel) rig.connect(new Bootstrap().group(rig.group)
                    .channelFactory(() -> new StoppingChannel(new UnixFamily())).handler(saw), bound.channel());
            Channel server = rig.accepted();
            EventLoop before = client.eventLoop();
            EventLoop next = other(rig, client);
            AtomicBoolean reads = new AtomicBoolean();
            Rig.on(client, () -> client.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void read(ChannelHandlerContext ctx) {
                    if (reads.get()) { // else nothing is asked for, which is when autoRead stops reading at once
                        ctx.read();
                    }
                }
            })); // a handler that another thread adds takes part only from the next task of the loop on
            Waits.get(server.writeAndFlush(Rig.text("before")));
            saw.awaitBytes(6);
            Rig.on(client, () -> {
                moveInTheNextTask(client, next);
                Waits.get(CompletableFuture.runAsync(() -> client.config().setAutoRead(false)));
                return null;
            });
            Waits.get(before.submit(() -> { }));
            Waits.get(next.submit(() -> { }));
            assertSame(next, client.eventLoop());
            assertEquals(List.of(thread(next)), client.stoppers);
            Waits.get(server.writeAndFlush(Rig.text("there")));
            Waits.get(next.submit(() -> { }));
            Waits.get(next.submit(() -> { }));
            assertEquals(1, saw.messages());
            reads.set(true);
            client.config().setAutoRead(true);
            saw.awaitBytes(6 + 5);
        }
    }

    /** A channel that has to read everything once when autoRead is turned on again. */
    private static final class StoppingChannel extends AbstractVmciStreamChannel {

        /** Which threads stopped reading. */
        final List<Thread> stoppers = new CopyOnWriteArrayList<>();

        StoppingChannel(AddressFamily family) {
            super(family);
        }

        @Override
        StreamConfig newConfig() {
            return new StreamConfig(this) {
                @Override
                boolean readingStopped() {
                    stoppers.add(Thread.currentThread());
                    return true;
                }

                @Override
                int kernelConnectTimeoutMillis() {
                    return getConnectTimeoutMillis();
                }

                @Override
                boolean connectsAgain() {
                    return true;
                }

                @Override
                boolean toHost() {
                    return false;
                }

                @Override
                int closeTimeoutMillis() {
                    return 0;
                }
            };
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
        // A wake-up from outside ends a wait; one that comes before does not, so there are many.
        AtomicBoolean awake = new AtomicBoolean();
        Thread waker = new Thread(() -> {
            while (!awake.get()) {
                loop.wakeup();
                Thread.yield();
            }
        });
        waker.start();
        start = System.nanoTime();
        loop.run(TimeUnit.SECONDS.toNanos(Waits.SECONDS));
        awake.set(true);
        waker.join();
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(Waits.SECONDS), "slept on");
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
