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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.unix.FileDescriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Our handles and channels on the loops of Netty's epoll transport; -Dvmci.test.loop=epoll runs the other tests there.
 */
class EpollRegistrationTest extends AbstractIoHandleTest {

    EpollRegistrationTest() {
        super(EpollIoHandler.newFactory());
    }

    /** Netty's handler would take a descriptor without interest out of epoll, and not put it there again. */
    @Test
    void shouldReportAHangUpOnceToAHandleThatWantsNothing() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        registration.submit(VmciIoOps.EPOLLIN);
        loop.runNow();
        registration.submit(VmciIoOps.NONE);
        handle.pipe[1].close();
        assertTrue(turn(handle).size() <= 1);
        for (int i = 0; i < 10; i++) {
            assertEquals(List.of(), turn(handle));
        }
    }

    /** The only descriptors that epoll refuses by themselves are those of files and folders (EPERM). */
    @Test
    void shouldSayWhatTheKernelSaidWhenItRefused(@TempDir Path folder) throws Exception {
        FileDescriptor file = FileDescriptor.from(Files.createFile(folder.resolve("file")).toFile());
        CompletableFuture<IOException> refused = new CompletableFuture<>();
        IoRegistration registration = register(new VmciIoHandle() {
            @Override
            public void handle(IoRegistration ignored, IoEvent event) {
                throw new IllegalStateException();
            }

            @Override
            public FileDescriptor fd() {
                return file;
            }

            @Override
            public void close() throws IOException {
                file.close();
            }

            @Override
            public void interestFailed(IOException cause) throws IOException {
                refused.complete(cause);
                close();
            }
        });
        registration.submit(VmciIoOps.EPOLLIN);
        assertFalse(refused.isDone()); // the caller has not ended what it is about
        loop.runNow();
        assertEquals("epoll_ctl(" + file + "): " + Errno.describe(-NativeConstants.EPERM), refused.join().getMessage());
        assertFalse(registration.isValid());
    }

    /** Octets go from TCP to a channel of ours and back, and all four channels have one loop. */
    @Test
    void shouldShareALoopWithTcp() throws Exception {
        try (Rig rig = new Rig(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))) {
            Channel service = rig.listen(Rig::echo);
            CompletableFuture<Channel> forwarded = new CompletableFuture<>();
            Channel bridge = bound(new ServerBootstrap().group(rig.group).channel(EpollServerSocketChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            Channel network = ctx.channel();
                            network.config().setAutoRead(false);
                            Bootstrap client = TestFamily.CURRENT.client().group(network.eventLoop())
                                    .handler(new Forwarder(network));
                            client.connect(service.localAddress()).addListener(connected -> {
                                Channel machine = ((ChannelFuture) connected).channel();
                                network.pipeline().addLast(new Forwarder(machine));
                                network.config().setAutoRead(true);
                                forwarded.complete(machine);
                            });
                        }
                    }).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
            Recorder saw = new Recorder();
            Channel client = rig.connect(new Bootstrap().group(rig.group).channel(EpollSocketChannel.class)
                    .handler(saw), bridge);
            client.writeAndFlush(Rig.text("there and back"));
            saw.awaitBytes(14);
            assertEquals("there and back", saw.text());
            assertSame(client.eventLoop(), Waits.get(forwarded).eventLoop());
            Waits.get(client.close());
            Waits.get(forwarded.join().closeFuture());
        }
    }

    private static Channel bound(ChannelFuture bind) throws Exception {
        Waits.get(bind);
        return bind.channel();
    }

    private static final class Forwarder extends ChannelInboundHandlerAdapter {

        private final Channel to;

        Forwarder(Channel to) {
            this.to = to;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            to.writeAndFlush(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            to.close();
        }
    }

    @Test
    void shouldMoveBetweenALoopOfOursAndOneOfNettys() throws Exception {
        try (Rig ours = new Rig(new VmciEventLoopGroup(1));
                Rig nettys = new Rig(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()))) {
            Rig.Pair pair = ours.pair();
            for (EventLoopGroup next : List.of(nettys.group, ours.group, nettys.group)) {
                Waits.get(pair.client().deregister());
                Waits.get(next.register(pair.client()));
                long before = pair.clientSaw().bytes();
                pair.server().writeAndFlush(Rig.text("x"));
                pair.clientSaw().awaitBytes(before + 1);
                assertSame(next, pair.client().eventLoop().parent());
            }
            Waits.get(pair.client().close());
        }
    }

    @Test
    void shouldRefuseOtherLoops() throws Exception {
        WithoutTheJar.refuseNio();
    }

    @Test
    void shouldWorkWithoutTheOptionalJar() throws Exception {
        assertEquals("hello", ChildJvm.run("exec \"$@\"", entry -> !entry.contains("-epoll-"), WithoutTheJar.class)
                .strip());
    }

    /** Prints what a connection of ours echoes on a loop of ours. */
    static final class WithoutTheJar {

        private WithoutTheJar() {
        }

        public static void main(String[] args) throws Exception {
            assertThrows(ClassNotFoundException.class, () -> Class.forName("io.netty.channel.epoll.EpollIoHandle"));
            refuseNio();
            try (Rig rig = new Rig(new VmciEventLoopGroup(1))) {
                Recorder saw = new Recorder();
                Channel client = rig.connect(rig.client(saw), rig.listen(Rig::echo));
                client.writeAndFlush(Rig.text("hello"));
                saw.awaitBytes(5);
                System.out.println(saw.text());
            }
        }

        static void refuseNio() throws Exception {
            try (Rig nio = new Rig(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()))) {
                Throwable failure = Waits.failure(nio.group.register(new VmciDomainSocketChannel()));
                assertInstanceOf(IllegalStateException.class, failure);
                assertTrue(failure.getMessage().startsWith("incompatible event loop type: "), failure.getMessage());
            }
        }
    }
}
