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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.FakeMonitor;
import io.github.nettyvmci.testing.FakeMonitor.Manner;
import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Connects to guests of a microVM monitor, which {@link FakeMonitor} plays. */
class HybridVsockTest {

    private static final int PORT = 5555;
    private static final int LONG = (int) (Waits.SECONDS * 1000);

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Bootstrap client(ChannelHandler... handlers) {
        return client(rig.group, VmciDomainSocketChannel.class, handlers);
    }

    private static Bootstrap client(EventLoopGroup group, Class<? extends Channel> type, ChannelHandler... handlers) {
        return new Bootstrap().group(group).channel(type)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HybridVsockClientHandler(PORT)).addLast(handlers);
                    }
                });
    }

    private static ChannelFuture connect(FakeMonitor.Manner manner, Recorder saw, int timeoutMillis) throws Exception {
        String path = TestFamily.newPath();
        try (FakeMonitor monitor = new FakeMonitor(path, manner)) {
            ChannelFuture connect = client(saw).option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                    .connect(HybridVsock.monitorAddress(path));
            assertTrue(connect.await(Waits.SECONDS * 1000), () -> "neither connected nor failed: " + monitor);
            return connect;
        }
    }

    private static Channel guest(FakeMonitor monitor, ChannelHandler handler) throws Exception {
        ChannelFuture bound = new ServerBootstrap().group(rig.group).channel(VmciServerDomainSocketChannel.class)
                .childHandler(handler).bind(new DomainSocketAddress(monitor.guestPath(PORT)));
        Waits.get(bound);
        return bound.channel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReachAPortOfTheGuest(boolean autoRead) throws Exception {
        String path = TestFamily.newPath();
        Recorder saw = new Recorder();
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            Channel guest = guest(monitor, Rig.echo());
            ChannelFuture connect = client(saw).option(ChannelOption.AUTO_READ, autoRead)
                    .connect(HybridVsock.monitorAddress(path));
            Waits.get(connect);
            Waits.get(saw.active);
            Channel channel = connect.channel();
            // This runs on the loop, where the handler leaves right after it has told those after it.
            assertNull(Rig.on(channel, () -> channel.pipeline().get(HybridVsockClientHandler.class)));
            int size = 1 << 20;
            channel.writeAndFlush(Unpooled.buffer(size).writeZero(size));
            channel.config().setAutoRead(true);
            saw.awaitBytes(size);
            assertEquals(size, saw.bytes());
            Waits.get(guest.close());
            Waits.get(channel.close());
        }
    }

    /** The pipeline of Netty's own channel takes the handler too. */
    @Test
    void shouldServeNettysOwnUnixChannelsToo() throws Exception {
        String path = TestFamily.newPath();
        Recorder saw = new Recorder();
        MultiThreadIoEventLoopGroup epoll = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            Channel guest = guest(monitor, Rig.echo());
            ChannelFuture connect = client(epoll, EpollDomainSocketChannel.class, saw)
                    .connect(HybridVsock.monitorAddress(path));
            Waits.get(connect);
            connect.channel().writeAndFlush(Rig.text("hello"));
            saw.awaitBytes(5);
            Waits.get(connect.channel().close());
            Waits.get(guest.close());
        } finally {
            Waits.get(epoll.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        }
    }

    /** Some monitors drop what follows the command, so that it is sent later, and in order. */
    @Test
    void shouldHoldBackWhatIsWrittenBeforeTheGuestAccepts() throws Exception {
        String path = TestFamily.newPath();
        Recorder guestSaw = new Recorder();
        Recorder saw = new Recorder() {
            @Override
            public void handlerAdded(ChannelHandlerContext ctx) {
                ctx.writeAndFlush(Rig.text("one "));
            }

            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                ctx.writeAndFlush(Rig.text("two "));
                super.channelActive(ctx);
            }
        };
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            Channel guest = guest(monitor, guestSaw);
            ChannelFuture connect = client(saw).connect(HybridVsock.monitorAddress(path));
            connect.channel().writeAndFlush(Rig.text("")); // another thread writes, at any time
            Waits.get(connect);
            Waits.get(connect.channel().writeAndFlush(Rig.text("three")));
            guestSaw.awaitBytes(13);
            assertEquals("one two three", guestSaw.text());
            Waits.get(connect.channel().close());
            Waits.get(guest.close());
        }
    }

    @ParameterizedTest
    @EnumSource(value = Manner.class, names = {"GLUED", "IN_PIECES"})
    void shouldHandOnWhatTheGuestSaidRightAfterTheAnswer(Manner manner) throws Exception {
        String path = TestFamily.newPath();
        Recorder saw = new Recorder();
        ChannelFuture connect;
        try (FakeMonitor monitor = new FakeMonitor(path, manner)) {
            connect = client(saw).connect(HybridVsock.monitorAddress(path));
            Waits.get(connect);
            saw.awaitBytes(FakeMonitor.GLUE.length()); // a monitor that is closed says no more
            assertEquals(FakeMonitor.GLUE, saw.text(), monitor::toString);
        }
        assertEquals("active", saw.log().get(0));
        Waits.get(connect.channel().closeFuture());
    }

    @ParameterizedTest
    @EnumSource(value = Manner.class, names = {"GARBAGE", "ENDLESS", "NO_NUMBER"})
    void shouldSayWhatAMonitorAnsweredThatIsNone(Manner manner) throws Exception {
        Recorder saw = new Recorder();
        ChannelFuture connect = connect(manner, saw, LONG);
        assertSame(ConnectException.class, connect.cause().getClass());
        String message = connect.cause().getMessage();
        assertTrue(message.startsWith("connect(vsock+unix:///")
                && message.contains(":5555) failed: the monitor answered")
                && message.endsWith(" (expected: OK and a number); is this a hybrid vsock socket?"), message);
        assertTrue(message.length() < 300, message);
        Waits.get(connect.channel().closeFuture());
        assertEquals(List.of(), saw.log());
    }

    @ParameterizedTest
    @EnumSource(value = Manner.class, names = {"SILENT", "HALF_LINE"})
    void shouldNotWaitForEverForAMonitor(Manner manner) throws Exception {
        Recorder saw = new Recorder();
        ChannelFuture connect = connect(manner, saw, 100);
        assertSame(ConnectTimeoutException.class, connect.cause().getClass());
        assertTrue(connect.cause().getMessage().endsWith(" timed out: the monitor did not answer within 100 ms; is the"
                + " guest running?"), connect.cause().getMessage());
        Waits.get(connect.channel().closeFuture());
        assertEquals(List.of(), saw.log());
    }

    @ParameterizedTest
    @EnumSource(value = Manner.class, names = {"PROPER", "CLOSING"})
    void shouldTakeTheEndForARefusal(Manner manner) throws Exception {
        Recorder saw = new Recorder();
        ChannelFuture connect = connect(manner, saw, LONG); // nothing listens in the guest
        assertSame(ConnectException.class, connect.cause().getClass());
        assertTrue(connect.cause().getMessage().endsWith(" refused: the monitor closed the connection; nothing listens"
                + " at port 5555 of the guest, or it has too many connections"), connect.cause().getMessage());
        Waits.get(connect.channel().closeFuture());
        assertEquals(List.of(), saw.log());
    }

    /** A listener that hears that the channel is closed may ask the future why. */
    @Test
    void shouldKnowTheReasonWhenTheChannelIsClosed() throws Exception {
        String path = TestFamily.newPath();
        CompletableFuture<Throwable> reason = new CompletableFuture<>();
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.CLOSING)) {
            ChannelFuture connect = client(new Recorder()).connect(HybridVsock.monitorAddress(path));
            // This runs on the loop, after the handler was added, since listeners are told in the order they came.
            connect.channel().eventLoop().execute(() -> connect.channel().closeFuture().addListener(closed ->
                    reason.complete(connect.isDone() ? connect.cause()
                            : new AssertionError("the future is not done"))));
            assertSame(ConnectException.class, reason.get(Waits.SECONDS, TimeUnit.SECONDS).getClass(),
                    monitor::toString);
        }
    }

    @Test
    void shouldSayThatThereIsNoMonitor() throws Exception {
        ChannelFuture connect = client(new Recorder()).connect(HybridVsock.monitorAddress("/no/such/socket"));
        assertInstanceOf(java.io.FileNotFoundException.class, Waits.failure(connect));
        Waits.get(connect.channel().closeFuture());
    }

    @Test
    void shouldFailWhatWaitsWhenItIsClosed() {
        EmbeddedChannel asking = new EmbeddedChannel(new HybridVsockClientHandler(PORT));
        assertEquals("CONNECT 5555\n", text(asking));
        ChannelFuture write = asking.writeAndFlush(Rig.text("early"));
        assertNull(asking.readOutbound());
        asking.close();
        assertInstanceOf(ClosedChannelException.class, write.cause());
        assertThrows(ClosedChannelException.class, asking::checkException);
    }

    private static String text(EmbeddedChannel channel) {
        io.netty.buffer.ByteBuf buffer = channel.readOutbound();
        String text = buffer.toString(java.nio.charset.StandardCharsets.US_ASCII);
        buffer.release();
        return text;
    }

    /** The handler can be added to a connection too. Then the failure is an event of the pipeline. */
    @Test
    void shouldAskOnAConnectionThatIsThere() {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(new HybridVsockClientHandler(4_294_967_294L));
        assertEquals("CONNECT 4294967294\n", text(channel));
        assertThrows(ConnectException.class, () -> channel.writeInbound(Rig.text("NO")));
        assertFalse(channel.isOpen());
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldListenWhereTheMonitorConnectsTo() throws Exception {
        assertEquals("/run/vm.sock_52", HybridVsock.listenAddress("/run/vm.sock", 52).path());
        assertThrows(IllegalArgumentException.class, () -> HybridVsock.listenAddress("/run/vm.sock", -1));
        assertThrows(IllegalArgumentException.class, () -> HybridVsock.listenAddress("/run/vm.sock", 0xffff_ffffL));
        assertEquals(107, HybridVsock.listenAddress("x".repeat(96), 4_294_967_294L).path().length());
        assertThrows(IllegalArgumentException.class, () -> HybridVsock.listenAddress("x".repeat(97), 4_294_967_294L));
        assertThrows(IllegalArgumentException.class, () -> HybridVsock.monitorAddress(""));
        assertThrows(IllegalArgumentException.class, () -> new HybridVsockClientHandler(0xffff_ffffL));

        String path = TestFamily.newPath();
        Recorder hostSaw = new Recorder();
        ChannelFuture bound = new ServerBootstrap().group(rig.group).channel(VmciServerDomainSocketChannel.class)
                .childHandler(hostSaw).bind(HybridVsock.listenAddress(path, 52));
        Waits.get(bound);
        // The monitor does this when the guest connects to port 52 of CID 2.
        try (var guest = java.nio.channels.SocketChannel.open(java.net.UnixDomainSocketAddress.of(path + "_52"))) {
            guest.write(java.nio.ByteBuffer.wrap("hello".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            hostSaw.awaitBytes(5);
        }
        Waits.get(bound.channel().close());
    }
}
