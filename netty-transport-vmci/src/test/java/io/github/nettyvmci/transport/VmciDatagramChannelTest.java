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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.BindException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Datagram channels, over a substitute for VMCI. */
class VmciDatagramChannelTest {

    private static final VmciAddress ANY = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);
    private static final VmciAddress NOBODY = VmciAddress.of(2, 4_000_000_000L);

    private final UnixDatagramFamily family = new UnixDatagramFamily();
    private final Datagrams saw = new Datagrams();
    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private Bootstrap bootstrap(Datagrams handler) {
        return new Bootstrap().group(rig.group).channelFactory(() -> new VmciDatagramChannel(family)).handler(handler);
    }

    private VmciDatagramChannel bind(Datagrams handler) throws Exception {
        return bind(bootstrap(handler));
    }

    private static VmciDatagramChannel bind(Bootstrap bootstrap) throws Exception {
        ChannelFuture bound = bootstrap.bind(ANY);
        Waits.get(bound);
        return (VmciDatagramChannel) bound.channel();
    }

    private static ChannelFuture send(VmciDatagramChannel from, String text, VmciAddress recipient) {
        return from.writeAndFlush(new VmciDatagramPacket(Rig.text(text), recipient));
    }

    @Test
    void shouldNameTheSenderAndTheRecipient() throws Exception {
        Datagrams replies = new Datagrams();
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(replies);
        saw.awaitLog("active");
        Waits.get(send(there, "question", here.localAddress()));
        Datagrams.Received question = saw.take();
        assertEquals("question", question.text());
        assertEquals(there.localAddress(), question.sender());
        assertEquals(here.localAddress(), question.recipient());
        Waits.get(send(here, "answer", question.sender()));
        assertEquals("answer", replies.text());
        Waits.get(here.close());
        saw.awaitLog("active", "inactive");
    }

    @Test
    void shouldHandOnADatagramWithoutAByte() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(new Datagrams());
        Waits.get(send(there, "", here.localAddress()));
        Waits.get(there.writeAndFlush(new VmciDatagramPacket(Unpooled.EMPTY_BUFFER, here.localAddress())));
        Waits.get(send(there, "last", here.localAddress()));
        assertEquals("", saw.text());
        assertEquals("", saw.text());
        assertEquals("last", saw.text());
    }

    @Test
    void shouldSendWhateverHoldsTheBytes() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(new Datagrams());
        ByteBuf first = Unpooled.directBuffer().writeBytes(new byte[] {'x', 'a'}).skipBytes(1);
        there.write(new VmciDatagramPacket(first, here.localAddress()));
        there.write(new DefaultAddressedEnvelope<>(Rig.text("b"), here.localAddress()));
        there.write(new DefaultAddressedEnvelope<>(Unpooled.directBuffer().writeByte('c'), here.localAddress()));
        there.write(new VmciDatagramPacket(Unpooled.wrappedBuffer(Unpooled.directBuffer().writeByte('d'),
                Rig.text("e")), here.localAddress()));
        Waits.get(there.connect(here.localAddress()));
        there.write(Rig.text("f"));
        there.write(Unpooled.wrappedBuffer(Unpooled.directBuffer().writeByte('g'), Rig.text("h")));
        Waits.get(there.writeAndFlush(new VmciDatagramPacket(Rig.text("i"), null, there.localAddress())));
        for (String expected : List.of("a", "b", "c", "de", "f", "gh", "i")) {
            assertEquals(expected, saw.text());
        }
        assertEquals(0, first.refCnt());
    }

    @Test
    void shouldRefuseWhatItCannotSend() throws Exception {
        VmciDatagramChannel here = bind(saw);
        ByteBuf misaddressed = Rig.text("x");
        for (Object message : List.of("text", new DefaultAddressedEnvelope<>("text", ANY),
                new DefaultAddressedEnvelope<>(misaddressed, new DomainSocketAddress("/x")))) {
            Throwable failure = Waits.failure(here.writeAndFlush(message));
            assertInstanceOf(UnsupportedOperationException.class, failure);
            assertTrue(failure.getMessage().contains("(expected: VmciDatagramPacket"), failure.getMessage());
        }
        assertEquals(0, misaddressed.refCnt());
        assertTrue(here.isActive());
    }

    @Test
    void shouldSendBuffersToItsPeerOnceItHasOne() throws Exception {
        VmciDatagramChannel here = bind(saw);
        Datagrams replies = new Datagrams();
        VmciDatagramChannel there = bind(replies);
        Throwable failure = Waits.failure(there.writeAndFlush(Rig.text("to nobody")));
        assertInstanceOf(NotYetConnectedException.class, failure);
        assertEquals("message: a ByteBuf, and no peer (expected: a VmciDatagramPacket with a recipient, or a connected"
                + " channel)", failure.getCause().getMessage());
        assertNull(there.remoteAddress());
        assertFalse(there.isConnected());
        Waits.get(there.connect(here.localAddress()));
        assertEquals(here.localAddress(), there.remoteAddress());
        assertTrue(there.isConnected());
        assertInstanceOf(AlreadyConnectedException.class, Waits.failure(there.connect(NOBODY)));
        Waits.get(there.writeAndFlush(Rig.text("to the peer")));
        assertEquals("to the peer", saw.text());
        Waits.get(there.disconnect());
        assertTrue(there.isActive());
        assertFalse(there.isConnected());
        assertNull(there.remoteAddress());
        replies.awaitLog("active");
        assertInstanceOf(NotYetConnectedException.class, Waits.failure(there.writeAndFlush(Rig.text("again"))));
        Waits.get(send(there, "to the same", here.localAddress()));
        assertEquals("to the same", saw.text());
    }

    @Test
    void shouldBindByItselfToConnect() throws Exception {
        VmciDatagramChannel here = bind(saw);
        Datagrams replies = new Datagrams();
        ChannelFuture connected = bootstrap(replies).connect(here.localAddress());
        Waits.get(connected);
        replies.awaitLog("active");
        Waits.get(connected.channel().writeAndFlush(Rig.text("x")));
        assertEquals(connected.channel().localAddress(), saw.take().sender());
    }

    @Test
    void shouldDropWhatOthersSendToAConnectedChannel() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel peer = bind(new Datagrams());
        VmciDatagramChannel other = bind(new Datagrams());
        Waits.get(here.connect(peer.localAddress()));
        Waits.get(send(other, "other", here.localAddress()));
        Waits.get(send(peer, "peer", here.localAddress()));
        assertEquals("peer", saw.text());
        Waits.get(here.disconnect());
        Waits.get(send(other, "welcome", here.localAddress()));
        assertEquals("welcome", saw.text());
    }

    @Test
    void shouldRefuseAddressesThatNameNobody() throws Exception {
        for (VmciAddress wild : List.of(ANY, NOBODY.withCid(VmciAddress.CID_ANY))) {
            Throwable failure = Waits.failure(bootstrap(saw).connect(wild));
            assertEquals("remote address: " + wild + " (expected: an address without wild cards)",
                    assertInstanceOf(IllegalArgumentException.class, failure).getMessage());
        }
        assertInstanceOf(IllegalArgumentException.class,
                Waits.failure(bootstrap(saw).connect(new DomainSocketAddress("/x"))));
        assertInstanceOf(IllegalArgumentException.class,
                Waits.failure(bootstrap(saw).bind(new DomainSocketAddress("/x"))));
        VmciDatagramChannel here = bind(saw);
        Throwable taken = Waits.failure(bootstrap(new Datagrams()).bind(here.localAddress()));
        assertInstanceOf(BindException.class, taken);
        assertEquals("bind(" + here.localAddress() + ") failed: vsock datagram port " + here.localAddress().port()
                + " is already in use (EADDRINUSE, errno 98); stop what uses it (which is no stream: those have ports"
                + " of their own)", taken.getMessage());
    }

    @Test
    void shouldFailWritesBeforeItIsBound() throws Exception {
        ChannelFuture registered = bootstrap(saw).register();
        Waits.get(registered);
        assertFalse(registered.channel().isActive());
        assertInstanceOf(NotYetConnectedException.class, Waits.failure(registered.channel()
                .writeAndFlush(new VmciDatagramPacket(Rig.text("x"), NOBODY))));
        assertTrue(registered.channel().isOpen());
    }

    @ParameterizedTest
    @ValueSource(ints = {NativeConstants.EMSGSIZE, NativeConstants.EHOSTUNREACH, NativeConstants.EINVAL,
            NativeConstants.EPERM, NativeConstants.ENOMEM, NativeConstants.ENOBUFS, NativeConstants.EIO})
    void shouldFailOneDatagramAlone(int errno) throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(new Datagrams());
        family.answer = -errno;
        family.answeringPort = NOBODY.port();
        ByteBuf content = Rig.text("refused");
        List<ChannelFuture> writes = new ArrayList<>();
        Rig.on(there, () -> writes.add(there.write(new VmciDatagramPacket(Rig.text("before"), here.localAddress()))));
        ChannelFuture refused = there.write(new VmciDatagramPacket(content, NOBODY));
        ChannelFuture after = send(there, "after", here.localAddress());
        Throwable failure = Waits.failure(refused);
        assertInstanceOf(IOException.class, failure);
        assertTrue(failure.getMessage().startsWith("sendto(" + NOBODY + ") from " + there.localAddress() + " failed: "),
                failure.getMessage());
        assertTrue(failure.getMessage().contains(Errno.label(-errno)), failure.getMessage());
        Waits.get(writes.get(0));
        Waits.get(after);
        assertEquals("before", saw.text());
        assertEquals("after", saw.text());
        assertTrue(there.isActive());
        Waits.until("released", () -> content.refCnt() == 0);
    }

    /** VMCI does not do this; whoever does, is waited for. */
    @Test
    void shouldWaitWhileTheKernelTakesNoMore() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(saw).option(ChannelOption.AUTO_READ, false));
        Datagrams writer = new Datagrams();
        VmciDatagramChannel there = bind(bootstrap(writer)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(100, 1000)));
        List<ChannelFuture> writes = new ArrayList<>();
        int count = 2000;
        for (int i = 0; i < count; i++) {
            writes.add(send(there, "datagram " + i, here.localAddress()));
        }
        Waits.until("not writable", () -> writer.log.contains("not writable"));
        assertFalse(writes.get(count - 1).isDone());
        here.config().setAutoRead(true);
        for (int i = 0; i < count; i++) {
            assertEquals("datagram " + i, saw.text());
        }
        for (ChannelFuture write : writes) {
            Waits.get(write);
        }
        Waits.until("writable", () -> there.isWritable() && writer.log.contains("writable"));
    }

    @Test
    void shouldFailWhatWaitsWhenItIsClosed() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(saw).option(ChannelOption.AUTO_READ, false));
        VmciDatagramChannel there = bind(new Datagrams());
        List<ByteBuf> contents = new ArrayList<>();
        List<ChannelFuture> writes = new ArrayList<>();
        int count = 2000;
        for (int i = 0; i < count; i++) {
            ByteBuf content = Unpooled.directBuffer().writeInt(i);
            contents.add(content);
            writes.add(there.writeAndFlush(new VmciDatagramPacket(content, here.localAddress())));
        }
        Waits.get(there.close());
        assertInstanceOf(ClosedChannelException.class, Waits.failure(writes.get(count - 1)));
        for (ByteBuf content : contents) {
            assertEquals(0, content.refCnt());
        }
        assertInstanceOf(ClosedChannelException.class, Waits.failure(send(there, "late", here.localAddress())));
        Waits.get(here.close()); // with datagrams that nobody read
    }

    @Test
    void shouldReadWhatIsAskedForAndNoMore() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(saw).option(ChannelOption.AUTO_READ, false));
        VmciDatagramChannel there = bind(new Datagrams());
        for (int i = 0; i < 3; i++) {
            Waits.get(send(there, "datagram " + i, here.localAddress()));
        }
        for (int i = 0; i < 3; i++) {
            Rig.on(here, () -> null);
            assertTrue(saw.isEmpty());
            here.read();
            assertEquals("datagram " + i, saw.text());
        }
    }

    @Test
    void shouldSayWhenADatagramIsLongerThanItsBuffer() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(saw)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(4)));
        VmciDatagramChannel there = bind(new Datagrams());
        Waits.get(send(there, "12345", here.localAddress()));
        Waits.get(send(there, "1234", here.localAddress()));
        assertEquals("1234", saw.text());
        assertEquals("datagram from " + there.localAddress() + ": lost, it is longer than the buffer (expected: at most"
                + " 4 bytes); set RECVBUF_ALLOCATOR to a FixedRecvByteBufAllocator for the longest that may come, or"
                + " leave the default, which takes 69608", saw.failure().getMessage());
        assertTrue(here.isActive());
    }

    @Test
    void shouldReadTheLongestByDefault() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(new Datagrams());
        byte[] longest = new byte[VmciDatagramPacket.MAX_LENGTH];
        longest[longest.length - 1] = 1;
        Waits.get(there.writeAndFlush(new VmciDatagramPacket(Unpooled.wrappedBuffer(longest), here.localAddress())));
        assertArrayEquals(longest, saw.take().content());
    }

    @Test
    void shouldReadNoMoreOnceAHandlerHasClosedIt() throws Exception {
        Datagrams closing = new Datagrams() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                super.channelRead(ctx, message);
                ctx.close();
            }
        };
        VmciDatagramChannel here = bind(bootstrap(closing).option(ChannelOption.AUTO_READ, false));
        VmciDatagramChannel there = bind(new Datagrams());
        Waits.get(send(there, "first", here.localAddress()));
        Waits.get(send(there, "second", here.localAddress()));
        here.config().setAutoRead(true);
        Waits.get(here.closeFuture());
        assertEquals("first", closing.text());
        closing.awaitLog("active", "inactive");
        assertTrue(closing.isEmpty());
    }

    /** Somebody else has the socket too. */
    @Test
    void shouldCloseWhenTheSocketIsShutDown() throws Exception {
        VmciDatagramChannel here = bind(saw);
        assertEquals(0, Native.shutdown(here.fd().intValue(), NativeConstants.SHUT_RDWR));
        Waits.get(here.closeFuture());
    }

    @Test
    void shouldSayThatDatagramsNeedVmci() {
        for (int errno : List.of(NativeConstants.ENODEV, NativeConstants.ESOCKTNOSUPPORT)) {
            ChannelException failure = assertThrows(ChannelException.class,
                    () -> new VmciDatagramChannel(new UnixDatagramFamily() {
                        @Override
                        int socket() {
                            return -errno;
                        }
                    }));
            assertEquals("socket(AF_VSOCK, SOCK_DGRAM) failed: vsock datagrams need the VMware VMCI transport "
                    + Errno.label(-errno) + "; in a VMware machine, or on its Linux host, as root: modprobe"
                    + " vmw_vsock_vmci_transport; elsewhere take a VmciChannel", failure.getMessage());
        }
        assertEquals("socket(AF_VSOCK) failed: creating AF_VSOCK sockets is blocked by the container or security policy"
                + " (seccomp) (EPERM, errno 1); allow socket(AF_VSOCK) in the policy (docker: --security-opt"
                + " seccomp=PROFILE)", DatagramErrors.socketFailed(-NativeConstants.EPERM).getMessage());
    }

    @Test
    void shouldHaveNettysOptionsAndTheReceiveBuffersSize() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(saw).option(ChannelOption.SO_RCVBUF, 20_000));
        assertEquals(40_000, here.config().getReceiveBufferSize());
        assertEquals(40_000, here.config().getOptions().get(ChannelOption.SO_RCVBUF));
        assertTrue(here.config().setOption(ChannelOption.SO_REUSEADDR, true));
        assertFalse(here.config().setOption(VmciChannelOption.BUFFER_SIZE, 1L));
        assertFalse(here.config().setOption(ChannelOption.SO_LINGER, 1));
        assertTrue(here.metadata().hasDisconnect());
        Waits.get(here.close());
        assertThrows(ChannelException.class, () -> here.config().getReceiveBufferSize());
    }

    @Test
    void shouldTakeASocketFromOutside() throws Exception {
        int fd = family.socket();
        family.bind(fd, ANY);
        ChannelFuture registered = new Bootstrap().group(rig.group).handler(saw)
                .channelFactory(() -> new VmciDatagramChannel(GivenSocket.datagram(family, fd), family)).register();
        Waits.get(registered);
        VmciDatagramChannel here = (VmciDatagramChannel) registered.channel();
        assertTrue(here.isActive());
        saw.awaitLog("active");
        Waits.get(send(bind(new Datagrams()), "x", here.localAddress()));
        assertEquals("x", saw.text());
        int other = family.socket();
        try {
            assertEquals("descriptor: " + other + " is an AF_UNIX socket (expected: an AF_VSOCK datagram socket)",
                    assertThrows(IllegalArgumentException.class, () -> new VmciDatagramChannel(other)).getMessage());
            assertEquals("descriptor: " + other + " is an AF_UNIX socket of type SOCK_DGRAM (expected: an AF_UNIX"
                    + " stream socket that is connected, or new)", assertThrows(IllegalArgumentException.class,
                            () -> new VmciDomainSocketChannel(other)).getMessage());
        } finally {
            Native.close(other);
        }
        int stream = UnixFamily.INSTANCE.socket();
        try {
            assertEquals("descriptor: " + stream + " is an AF_UNIX socket of type SOCK_STREAM (expected: an AF_UNIX"
                    + " datagram socket)", assertThrows(IllegalArgumentException.class,
                            () -> GivenSocket.datagram(family, stream)).getMessage());
        } finally {
            Native.close(stream);
        }
    }

    /** The rest of a flush waits as a task of the old loop, behind the one that moves the channel. */
    @Test
    void shouldSendTheRestOnTheLoopItMovedTo() throws Exception {
        VmciDatagramChannel here = bind(saw);
        List<Thread> senders = new CopyOnWriteArrayList<>();
        VmciDatagramChannel there = bind(new Bootstrap().group(rig.group).handler(new Datagrams())
                .channelFactory(() -> new VmciDatagramChannel(new UnixDatagramFamily() {
                    @Override
                    int sendTo(int fd, long address, int length, VmciAddress recipient) {
                        senders.add(Thread.currentThread());
                        return super.sendTo(fd, address, length, recipient);
                    }
                })));
        EventLoop before = there.eventLoop();
        EventLoop next = here.eventLoop();
        assertNotSame(before, next);
        Rig.on(there, () -> {
            there.config().setWriteSpinCount(1);
            there.deregister().addListener(deregistered -> Waits.get(next.register(there)));
            there.write(new VmciDatagramPacket(Rig.text("first"), here.localAddress()));
            return send(there, "second", here.localAddress());
        });
        assertEquals("first", saw.text());
        assertEquals("second", saw.text());
        Thread old = Waits.get(before.submit(Thread::currentThread));
        Thread now = Waits.get(next.submit(Thread::currentThread));
        assertEquals(List.of(old, now), senders);
    }

    @Test
    void shouldCopyAPacketWithItsAddresses() {
        VmciDatagramPacket packet = new VmciDatagramPacket(Rig.text("x"), NOBODY, ANY);
        for (VmciDatagramPacket other : List.of(packet.copy(), packet.retainedDuplicate(),
                packet.duplicate().retain(), packet.replace(packet.content()).retain(1).touch().touch("hint"))) {
            assertEquals(NOBODY, other.recipient());
            assertEquals(ANY, other.sender());
            assertEquals(packet.content(), other.content());
            other.release();
        }
        assertTrue(packet.release());
    }
}
