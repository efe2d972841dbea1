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

import static io.github.nettyvmci.transport.NativeConstants.EPOLLOUT;
import static io.github.nettyvmci.transport.NativeConstants.ETIMEDOUT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;

class ConnectTest {

    private static final SocketAddress NOBODY = new DomainSocketAddress("/nobody");

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static Channel connecting(SilentFamily family, ChannelFuture connect) throws Exception {
        Waits.until("connect called", () -> family.calls.contains("connect"));
        Rig.on(connect.channel(), () -> null);
        return connect.channel();
    }

    @Test
    void shouldSayRefusedAndCloseWhenNobodyListens() throws Exception {
        Channel server = rig.listen(Recorder::new);
        SocketAddress address = server.localAddress();
        Channel keeper = null;
        if (TestFamily.CURRENT == TestFamily.UNIX) {
            // The socket file is bound, and nobody listens on it.
            Waits.get(server.close());
            keeper = rig.client(new Recorder()).bind(address).sync().channel();
        } else {
            Waits.get(server.close());
        }
        ChannelFuture connect = rig.client(new Recorder()).connect(address);
        Throwable failure = Waits.failure(connect);
        assertSame(ConnectException.class, failure.getClass());
        assertTrue(failure.getMessage().startsWith("connect(" + TestFamily.CURRENT.dial(address) + ") ")
                && failure.getMessage().contains("refused: nothing accepts there (E"), failure.getMessage());
        // Each attempt takes a descriptor, because a refused AF_VSOCK socket is of no more use.
        Waits.get(connect.channel().closeFuture());
        if (keeper != null) {
            Waits.get(keeper.close());
            java.nio.file.Files.deleteIfExists(java.nio.file.Path.of(((DomainSocketAddress) address).path()));
        }
    }

    @Test
    void shouldTimeOutWhenNobodyAnswers() throws Exception {
        SilentFamily family = new SilentFamily();
        Bootstrap client = rig.client(new Recorder(), family).option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 50);
        long start = System.nanoTime();
        ChannelFuture connect = client.connect(NOBODY);
        Throwable failure = Waits.failure(connect);
        assertTrue(System.nanoTime() - start >= 50_000_000L, "early");
        // The class is exactly this one: annotateConnectException would hide it in a subclass that nobody can catch.
        assertSame(ConnectTimeoutException.class, failure.getClass());
        assertTrue(failure.getMessage().contains(" 50 ms"), failure.getMessage());
        assertTrue(failure.getMessage().contains("ETIMEDOUT"), failure.getMessage());
        Waits.get(connect.channel().closeFuture());
    }

    @Test
    void shouldReportTheKernelsTimeoutAsConnectTimeout() throws Exception {
        SilentFamily family = new SilentFamily();
        ChannelFuture registered = rig.client(new Recorder(), family).register();
        Waits.get(registered);
        Channel channel = registered.channel();
        ((VmciChannelConfig) channel.config()).setKernelConnectTimeoutMillis(700);
        ChannelFuture connect = channel.connect(NOBODY);
        connecting(family, connect);
        family.pendingError = ETIMEDOUT;
        Rig.event(channel, EPOLLOUT | NativeConstants.EPOLLERR);
        Throwable failure = Waits.failure(connect);
        assertSame(ConnectTimeoutException.class, failure.getClass());
        assertTrue(failure.getMessage().contains(" 700 ms"), failure.getMessage());
    }

    /** The kernel is given two seconds, since it keeps every connect that long. The channel waits for the rest. */
    @Test
    void shouldTryAgainWhenTheKernelGivesUpFirst() throws Exception {
        SilentFamily family = new SilentFamily();
        ChannelFuture connect = rig.client(new Recorder(), family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        for (int i = 0; i < 3; i++) {
            family.pendingError = ETIMEDOUT;
            Rig.event(channel, EPOLLOUT | NativeConstants.EPOLLERR);
            assertFalse(connect.isDone());
        }
        assertEquals(4, family.calls.stream().filter("connect"::equals).count());
        family.connected = true;
        Rig.event(channel, EPOLLOUT);
        Waits.get(connect);
        Waits.get(channel.close());
    }

    @Test
    void shouldTimeOutWhenTheSocketDoesNotTryAgain() throws Exception {
        SilentFamily family = new SilentFamily() {
            @Override
            int connect(int fd, SocketAddress remote, boolean toHost) {
                int result = super.connect(fd, remote, toHost);
                return calls.stream().filter("connect"::equals).count() > 1 ? -NativeConstants.EALREADY : result;
            }
        };
        ChannelFuture connect = rig.client(new Recorder(), family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        family.pendingError = ETIMEDOUT;
        Rig.event(channel, EPOLLOUT | NativeConstants.EPOLLERR);
        assertSame(ConnectTimeoutException.class, Waits.failure(connect).getClass());
    }

    @Test
    void shouldNotSpinWhileASocketIsWritableAndNotConnected() throws Exception {
        SilentFamily family = new SilentFamily() {
            @Override
            int socket() {
                return Native.eventFd(); // an eventfd is always writable
            }
        };
        ChannelFuture connect = rig.client(new Recorder(), family)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 500).connect(NOBODY);
        assertSame(ConnectTimeoutException.class, Waits.failure(connect).getClass());
        long looks = family.calls.stream().filter("soError"::equals).count();
        assertTrue(looks > 0 && looks < 50, looks + " looks in half a second");
    }

    /** The time may be over before this test goes on. */
    @Test
    void shouldTellTheKernelItsTimeBeforeItConnects() throws Exception {
        SilentFamily family = new SilentFamily();
        ChannelFuture connect = rig.client(new Recorder(), family)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 1234).connect(NOBODY);
        Channel channel = connecting(family, connect);
        assertEquals(List.of("timeout 1234", "connect"), family.calls);
        Waits.get(channel.close());
    }

    @Test
    void shouldFailTheConnectWhenItIsClosed() throws Exception {
        SilentFamily family = new SilentFamily();
        ChannelFuture connect = rig.client(new Recorder(), family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        Waits.get(channel.close());
        assertInstanceOf(ClosedChannelException.class, Waits.failure(connect));
    }

    @Test
    void shouldCloseWhenTheConnectIsCancelled() throws Exception {
        SilentFamily family = new SilentFamily();
        Recorder saw = new Recorder();
        ChannelFuture connect = rig.client(saw, family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        assertTrue(connect.cancel(false));
        Waits.get(channel.closeFuture());
        assertEquals(0, saw.count("active"));
        assertFalse(channel.isActive());
    }

    @Test
    void shouldWaitOnWhenASocketThatIsNotConnectedIsWritable() throws Exception {
        // A fresh AF_VSOCK socket is writable without an error too. Only getpeername() tells the difference.
        SilentFamily family = new SilentFamily();
        Recorder saw = new Recorder();
        ChannelFuture connect = rig.client(saw, family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        Rig.event(channel, EPOLLOUT);
        assertFalse(connect.isDone());
        family.connected = true;
        Rig.event(channel, EPOLLOUT);
        Waits.get(connect);
        assertEquals(List.of("active"), saw.log());
        assertEquals(NOBODY, channel.remoteAddress());
        Waits.get(channel.close());
    }

    @Test
    void shouldRefuseASecondConnectWhileOneIsPendingOrDone() throws Exception {
        SilentFamily family = new SilentFamily();
        ChannelFuture connect = rig.client(new Recorder(), family).connect(NOBODY);
        Channel channel = connecting(family, connect);
        assertInstanceOf(ConnectionPendingException.class, Waits.failure(channel.connect(NOBODY)));
        assertTrue(channel.isOpen());
        assertFalse(connect.isDone());
        family.connected = true;
        Rig.event(channel, EPOLLOUT);
        Waits.get(connect);
        assertInstanceOf(AlreadyConnectedException.class, Waits.failure(channel.connect(NOBODY)));
        assertTrue(channel.isActive());
        Waits.get(channel.close());
    }

    @Test
    void shouldFailWritesBeforeTheConnectionIsThere() throws Exception {
        Channel fresh = rig.client(new Recorder()).register().sync().channel();
        assertInstanceOf(NotYetConnectedException.class, Waits.failure(fresh.writeAndFlush(Rig.text("early"))));
        assertTrue(fresh.isOpen());
        Waits.get(fresh.close());

        SilentFamily family = new SilentFamily();
        Channel channel = connecting(family, rig.client(new Recorder(), family).connect(NOBODY));
        assertInstanceOf(NotYetConnectedException.class, Waits.failure(channel.writeAndFlush(Rig.text("early"))));
        Waits.get(channel.close());
    }

    @Test
    void shouldFailWritesAfterClose() throws Exception {
        Rig.Pair pair = rig.pair();
        Waits.get(pair.client().close());
        assertInstanceOf(ClosedChannelException.class,
                Waits.failure(pair.client().writeAndFlush(Rig.text("late"))));
    }

    @Test
    void shouldRefuseAddressesOfAnotherFamily() throws Exception {
        SocketAddress wrong = new InetSocketAddress(80);
        ServerBootstrap server = rig.server(Recorder::new);
        Throwable bind = Waits.failure(server.bind(wrong));
        assertInstanceOf(IllegalArgumentException.class, bind);
        String expected = TestFamily.CURRENT == TestFamily.VSOCK ? VmciAddress.class.getName()
                : DomainSocketAddress.class.getName();
        assertEquals("local address: " + wrong + " of type java.net.InetSocketAddress (expected: a " + expected + ")",
                bind.getMessage());
        Throwable connect = Waits.failure(rig.client(new Recorder()).connect(wrong));
        assertInstanceOf(IllegalArgumentException.class, connect);
        assertTrue(connect.getMessage().startsWith("remote address: "), connect.getMessage());
    }

    @Test
    void shouldRefuseToConnectToAWildCard() throws Exception {
        SocketAddress any = TestFamily.CURRENT == TestFamily.VSOCK ? VmciAddress.of(VmciAddress.CID_ANY, 5555)
                : new DomainSocketAddress("");
        Throwable failure = Waits.failure(rig.client(new Recorder()).connect(any));
        assertInstanceOf(IllegalArgumentException.class, failure);
    }

    /** AF_UNIX has no queue of connects: a full backlog answers EAGAIN, and no event tells when there is room. */
    @Test
    void shouldTryAgainWhileTheBacklogOfAUnixServerIsFull() throws Exception {
        List<Channel> open = new ArrayList<>();
        Channel server = unixServerThatDoesNotAccept();
        Bootstrap client = unixClient((int) (Waits.SECONDS * 1000));
        List<ChannelFuture> connects = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            connects.add(client.connect(server.localAddress()));
        }
        // A backlog of 1 takes two.
        Waits.until("two connections", () -> connects.stream().filter(ChannelFuture::isSuccess).count() == 2);
        assertEquals(3, connects.stream().filter(future -> !future.isDone()).count());
        server.config().setAutoRead(true);
        for (ChannelFuture connect : connects) {
            Waits.get(connect);
            open.add(connect.channel());
        }
        for (Channel channel : open) {
            Waits.get(channel.close());
        }
        Waits.get(server.close());
    }

    @Test
    void shouldTimeOutWhenTheBacklogOfAUnixServerStaysFull() throws Exception {
        Channel server = unixServerThatDoesNotAccept();
        Bootstrap client = unixClient(30);
        List<ChannelFuture> connects = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            connects.add(client.connect(server.localAddress()));
        }
        Waits.until("one decision each", () -> connects.stream().allMatch(ChannelFuture::isDone));
        ChannelFuture failed = connects.stream().filter(future -> !future.isSuccess()).findFirst().orElseThrow();
        assertSame(ConnectTimeoutException.class, failed.cause().getClass());
        assertEquals("connect(" + server.localAddress() + ") timed out: the listener's backlog stayed full for 30 ms"
                + " (ETIMEDOUT, errno 110)", failed.cause().getMessage());
        Waits.get(server.close());
    }

    private static Channel unixServerThatDoesNotAccept() throws Exception {
        ChannelFuture bound = new ServerBootstrap().group(rig.group).channel(VmciServerDomainSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1).option(ChannelOption.AUTO_READ, false)
                .childHandler(new Recorder() {
                    @Override
                    public boolean isSharable() {
                        return true;
                    }
                }).bind(TestFamily.UNIX.newAddress());
        Waits.get(bound);
        return bound.channel();
    }

    private static Bootstrap unixClient(int timeoutMillis) {
        return new Bootstrap().group(rig.group).channel(VmciDomainSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMillis)
                .handler(new io.netty.channel.ChannelInboundHandlerAdapter() {
                    @Override
                    public boolean isSharable() {
                        return true;
                    }
                });
    }
}
