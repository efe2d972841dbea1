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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One listening socket with a channel on each of two event loops. */
class SharedListenerTest {

    private Rig rig;
    private EventLoopGroup acceptors;
    private ServerChannel first;
    private ServerChannel second;
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws Exception {
        rig = new Rig();
        acceptors = new VmciEventLoopGroup(2);
        ServerBootstrap bootstrap = new ServerBootstrap().group(acceptors, rig.group)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(Rig.echo());
                        accepted.add(channel);
                    }
                });
        var bound = bootstrap.clone().channel(TestFamily.CURRENT.serverChannel())
                .bind(TestFamily.CURRENT.newAddress());
        Waits.get(bound);
        first = (ServerChannel) bound.channel();
        var shared = bootstrap.clone().channelFactory(() -> duplicate(first)).register();
        Waits.get(shared);
        second = (ServerChannel) shared.channel();
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
        Waits.get(acceptors.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
    }

    private static ServerChannel duplicate(Channel server) {
        return server instanceof VmciServerChannel vsock ? vsock.duplicate()
                : ((VmciServerDomainSocketChannel) server).duplicate();
    }

    /** Connects, and returns the channel that accepted. */
    private Channel acceptor() throws Exception {
        Recorder saw = new Recorder();
        Channel client = rig.connect(rig.client(saw), first);
        client.writeAndFlush(Rig.text("hello"));
        saw.awaitBytes(5);
        Waits.get(client.close());
        return accepted.poll(Waits.SECONDS, TimeUnit.SECONDS).parent();
    }

    /** Returns when the channel's loop is busy, which then accepts nothing until the latch lets it go on. */
    private static void keepBusy(Channel channel, CountDownLatch release) throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        channel.eventLoop().execute(() -> {
            blocked.countDown();
            try {
                Waits.latch(release);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Waits.latch(blocked);
    }

    @Test
    void shouldAcceptOnWhicheverLoopIsFree() throws Exception {
        assertNotEquals(first.eventLoop(), second.eventLoop());
        assertEquals(first.localAddress(), second.localAddress());
        for (Channel busy : List.of(first, second, first)) {
            CountDownLatch release = new CountDownLatch(1);
            keepBusy(busy, release);
            for (int i = 0; i < 20; i++) {
                assertEquals(busy == first ? second : first, acceptor());
            }
            release.countDown();
        }
    }

    @Test
    void shouldListenUntilAllAreClosed() throws Exception {
        Waits.get(second.close());
        assertEquals(first, acceptor());
        int fd = ((AbstractVmciChannel) first).fd().intValue();
        assertTrue(Descriptors.isOpen(fd));
        Waits.get(first.close());
        assertThrows(IOException.class, () -> rig.connect(rig.client(new Recorder()), first));
    }

    /** Else each connection would wake all loops, of which one finds it. */
    @Test
    void shouldAskTheKernelToWakeOneLoop() throws Exception {
        for (Channel server : List.of(first, second)) {
            Rig.on(server, () -> null); // epoll is told before the loop sleeps, and it has slept since
            int fd = ((AbstractVmciChannel) server).fd().intValue();
            Waits.until("interest of epoll in " + fd, () -> !interests(fd).isEmpty());
            for (long events : interests(fd)) {
                assertEquals(NativeConstants.EPOLLEXCLUSIVE | NativeConstants.EPOLLIN,
                        events & (NativeConstants.EPOLLEXCLUSIVE | NativeConstants.EPOLLIN), Long.toHexString(events));
            }
        }
    }

    /** Returns with which events epoll watches a descriptor, as /proc tells. */
    private static List<Long> interests(int fd) {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
            for (Path file : files) {
                for (String line : lines(file)) {
                    String[] words = line.trim().split("\\s+");
                    if (words[0].equals("tfd:") && Integer.parseInt(words[1]) == fd) {
                        found.add(Long.parseLong(words[3], 16));
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return found;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of(); // closed meanwhile
        }
    }

    /** What a channel has not handed on when it closes would be lost, though the other one could accept it. */
    @Test
    void shouldTakeNoMoreFromTheOtherThanAReadMayBring() throws Exception {
        first.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(64).maxMessagesPerRead(3));
        AtomicInteger taken = new AtomicInteger();
        first.pipeline().addFirst(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.fireChannelRead(message);
                taken.incrementAndGet();
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                ctx.close();
            }
        });
        Rig.on(second, () -> second.config().setAutoRead(false));
        CountDownLatch connected = new CountDownLatch(1);
        keepBusy(first, connected);
        List<Channel> clients = new ArrayList<>();
        List<Recorder> saw = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            saw.add(new Recorder());
            clients.add(rig.connect(rig.client(saw.get(i)), first));
        }
        connected.countDown();
        Waits.get(first.closeFuture());
        assertEquals(3, taken.get());
        second.config().setAutoRead(true);
        for (int i = 0; i < 8; i++) {
            clients.get(i).writeAndFlush(Rig.text("hello"));
            saw.get(i).awaitBytes(5);
        }
    }

    @Test
    void shouldRefuseToShareWhatDoesNotListen() throws Exception {
        Channel unbound = TestFamily.CURRENT.serverChannel().getDeclaredConstructor().newInstance();
        IllegalStateException failure = assertThrows(IllegalStateException.class, () -> duplicate(unbound));
        assertTrue(failure.getMessage().endsWith("(expected: one that listens)"), failure.getMessage());
        Waits.get(acceptors.next().register(unbound));
        Waits.get(unbound.close());
        assertThrows(IllegalStateException.class, () -> duplicate(unbound));
    }
}
