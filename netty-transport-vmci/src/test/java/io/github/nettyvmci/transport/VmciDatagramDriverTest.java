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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.NeedsVmx;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.Vmx;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Datagrams over the VMCI driver: within this machine, and to and from another. */
@NeedsVmx
class VmciDatagramDriverTest {

    private static final VmciAddress ANY = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);

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

    private static Bootstrap bootstrap(EventLoopGroup group, Datagrams handler) {
        return new Bootstrap().group(group).channel(VmciDatagramChannel.class).handler(handler);
    }

    private VmciDatagramChannel bind(Datagrams handler) throws Exception {
        return bind(bootstrap(rig.group, handler), ANY);
    }

    private static VmciDatagramChannel bind(Bootstrap bootstrap, VmciAddress address) throws Exception {
        ChannelFuture bound = bootstrap.bind(address);
        Waits.get(bound);
        return (VmciDatagramChannel) bound.channel();
    }

    /** Returns what reaches a channel of this machine, at the host's CID. */
    private static VmciAddress at(VmciDatagramChannel channel) {
        return channel.localAddress().withCid(VmciAddress.CID_HOST);
    }

    private static ChannelFuture send(VmciDatagramChannel from, byte[] content, VmciAddress recipient) {
        return from.writeAndFlush(new VmciDatagramPacket(Unpooled.copiedBuffer(content), recipient));
    }

    private static ChannelFuture send(VmciDatagramChannel from, String text, VmciAddress recipient) {
        return from.writeAndFlush(new VmciDatagramPacket(Rig.text(text), recipient));
    }

    private static byte[] random(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    @Test
    void shouldMeetWithinTheMachine() throws Exception {
        Datagrams replies = new Datagrams();
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel there = bind(replies);
        assertEquals(VmciAddress.CID_ANY, here.localAddress().cid());
        assertTrue(here.localAddress().port() >= 1024, here.localAddress().toString());
        Waits.get(send(there, "question", at(here)));
        Datagrams.Received question = saw.take();
        assertEquals("question", question.text());
        assertEquals(at(there), question.sender());
        assertEquals(here.localAddress(), question.recipient());
        Waits.get(send(here, "answer", question.sender()));
        Datagrams.Received answer = replies.take();
        assertEquals("answer", answer.text());
        assertEquals(at(here), answer.sender());
        Waits.get(send(there, "any is this machine", here.localAddress()));
        assertEquals("any is this machine", saw.text());
    }

    @Test
    void shouldLiveOnALoopOfNettysEpollTransport() throws Exception {
        try (Rig epoll = new Rig(new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory()));
                Rig ours = new Rig(new VmciEventLoopGroup(1)); Vmx vmx = new Vmx()) {
            VmciDatagramChannel here = bind(bootstrap(epoll.group, saw), ANY);
            VmciDatagramChannel there = bind(bootstrap(ours.group, new Datagrams()), ANY);
            for (int i = 0; i < 50; i++) {
                Waits.get(send(there, "local " + i, at(here)));
                assertEquals("local " + i, saw.text());
                Waits.get(send(here, "far " + i, vmx.address(7)));
                assertEquals("far " + i, saw.text());
            }
            Waits.get(here.close());
        }
    }

    @Test
    void shouldCarryFromNoByteToTheLongest() throws Exception {
        try (Vmx vmx = new Vmx()) {
            VmciDatagramChannel here = bind(saw);
            VmciDatagramChannel there = bind(new Datagrams());
            for (int length : new int[] {0, 1, 1000, 65_536, VmciDatagramPacket.MAX_LENGTH - 1,
                    VmciDatagramPacket.MAX_LENGTH}) {
                byte[] content = random(length);
                Waits.get(send(there, content, at(here)));
                assertArrayEquals(content, saw.take().content());
                Waits.get(send(here, content, vmx.address(5555)));
                Datagrams.Received back = saw.take();
                assertArrayEquals(content, back.content());
                assertEquals(vmx.address(5555), back.sender());
            }
            for (VmciAddress recipient : List.of(at(here), vmx.address(5555))) {
                ChannelFuture before = there.write(new VmciDatagramPacket(Rig.text("before"), at(here)));
                ChannelFuture tooLong = there.write(new VmciDatagramPacket(
                        Unpooled.wrappedBuffer(random(VmciDatagramPacket.MAX_LENGTH + 1)), recipient));
                Waits.get(send(there, "after", at(here)));
                Waits.get(before);
                assertEquals("before", saw.text());
                assertEquals("after", saw.text());
                Throwable failure = Waits.failure(tooLong);
                assertInstanceOf(IOException.class, failure);
                assertEquals("sendto(" + recipient + ") from " + there.localAddress() + " failed: datagram: 69609 bytes"
                        + " (expected: at most 69608) (EMSGSIZE, errno 90); send it in parts, or over a VmciChannel",
                        failure.getMessage());
            }
            assertTrue(there.isActive());
        }
    }

    @Test
    void shouldSayWhenADatagramIsLongerThanItsBuffer() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(rig.group, saw)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(10)), ANY);
        VmciDatagramChannel there = bind(new Datagrams());
        Waits.get(send(there, "12345678901", at(here)));
        Waits.get(send(there, "1234567890", at(here)));
        assertEquals("1234567890", saw.text());
        String message = saw.failure().getMessage();
        assertTrue(message.startsWith("datagram from " + at(there) + ": lost, it is longer than the buffer (expected:"
                + " at most 10 bytes)"), message);
        assertTrue(saw.isEmpty());
    }

    @Test
    void shouldSayThatNobodyIsThere() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciDatagramChannel closed = bind(new Datagrams());
        VmciAddress nobody = at(closed);
        Waits.get(closed.close());
        Throwable unbound = Waits.failure(send(here, "x", nobody));
        assertInstanceOf(PortUnreachableException.class, unbound);
        assertEquals("sendto(" + nobody + ") from " + here.localAddress() + " failed: no datagram socket is bound to"
                + " port " + nobody.port() + " there (EHOSTUNREACH, errno 113)", unbound.getMessage());
        for (long cid : new long[] {VmciAddress.CID_HYPERVISOR, VmciAddress.CID_LOCAL, 4711}) {
            Throwable unknown = Waits.failure(send(here, "x", VmciAddress.of(cid, 5555)));
            assertInstanceOf(NoRouteToHostException.class, unknown);
            assertTrue(unknown.getMessage().contains("no machine that takes datagrams has CID " + cid
                    + " (EINVAL, errno 22)"), unknown.getMessage());
        }
        Waits.get(send(here, "to itself", at(here)));
        assertEquals("to itself", saw.text());
    }

    @Test
    void shouldGoOnWhenTheReceiverHasLostSome() throws Exception {
        VmciDatagramChannel here = bind(bootstrap(rig.group, saw).option(ChannelOption.AUTO_READ, false), ANY);
        VmciDatagramChannel there = bind(new Datagrams());
        int count = 500;
        byte[] content = random(1000);
        List<ChannelFuture> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writes.add(send(there, content, at(here)));
        }
        int refused = 0;
        for (ChannelFuture write : writes) {
            if (!write.await(Waits.SECONDS * 1000)) {
                throw new AssertionError("a write is not done");
            }
            if (!write.isSuccess()) {
                assertTrue(write.cause().getMessage().contains("(ENOMEM, errno 12); send more slowly"),
                        write.cause().toString());
                refused++;
            }
        }
        here.config().setAutoRead(true);
        // What waits is read before this one comes, for which there is room only then.
        int kept = 0;
        for (int received = 1; received > 0;) {
            assertArrayEquals(content, saw.take().content());
            kept++;
            Rig.on(here, () -> null);
            received = saw.waiting();
        }
        assertTrue(kept >= 50 && kept < count - refused, kept + " of " + count + ", " + refused + " refused");
        Waits.get(send(there, "after", at(here)));
        assertEquals("after", saw.text());
        assertTrue(saw.isEmpty());
        System.out.println("datagrams of 1000 bytes to a receiver that does not read: " + count + " sent, " + refused
                + " refused, " + kept + " kept");
    }

    @Test
    void shouldFailWhatAVirtualMachineHasNoRoomFor() throws Exception {
        try (Vmx vmx = new Vmx()) {
            VmciDatagramChannel here = bind(saw);
            VmciDatagramChannel there = bind(new Datagrams());
            vmx.pause(true);
            byte[] content = random(1000);
            int taken = 0;
            Throwable failure = null;
            while (failure == null && taken < 1000) {
                ChannelFuture write = send(there, content, vmx.address(5555));
                failure = write.await(Waits.SECONDS * 1000) ? write.cause() : new AssertionError("not done");
                taken += failure == null ? 1 : 0;
            }
            assertInstanceOf(IOException.class, failure);
            assertTrue(failure.getMessage().endsWith("failed: too many bytes wait for CID " + vmx.address(0).cid()
                    + " to take them; this datagram is lost (ENOBUFS, errno 105); send more slowly, or send it again"
                    + " later"), failure.getMessage());
            assertTrue(taken > 100, "taken: " + taken);
            Waits.get(send(there, "within the machine", at(here)));
            assertEquals("within the machine", saw.text());
            vmx.pause(false);
            Waits.until("room", () -> send(there, "again", vmx.address(5555)).awaitUninterruptibly().isSuccess());
            assertTrue(there.isActive());
        }
    }

    @Test
    void shouldTalkToItsPeerAlone() throws Exception {
        try (Vmx vmx = new Vmx()) {
            Datagrams replies = new Datagrams();
            VmciDatagramChannel there = bind(replies);
            ChannelFuture connected = bootstrap(rig.group, saw).connect(vmx.address(5555));
            Waits.get(connected);
            VmciDatagramChannel here = (VmciDatagramChannel) connected.channel();
            assertEquals(vmx.address(5555), here.remoteAddress());
            Waits.get(send(there, "not the peer", at(here)));
            Waits.get(here.writeAndFlush(Rig.text("ping")));
            Datagrams.Received pong = saw.take();
            assertEquals("ping", pong.text());
            assertEquals(vmx.address(5555), pong.sender());
            Waits.get(here.disconnect());
            Waits.get(here.connect(at(there)));
            Waits.get(here.writeAndFlush(Rig.text("to another")));
            assertEquals("to another", replies.text());
            Waits.get(here.disconnect());
            Waits.get(send(there, "welcome", at(here)));
            assertEquals("welcome", saw.text());
        }
    }

    @Test
    void shouldLeaveThePortToTheNextWhenClosed() throws Exception {
        VmciDatagramChannel first = bind(saw);
        VmciAddress address = first.localAddress();
        Throwable taken = Waits.failure(bootstrap(rig.group, new Datagrams()).bind(address));
        assertInstanceOf(BindException.class, taken);
        assertTrue(taken.getMessage().contains("vsock datagram port " + address.port() + " is already in use"),
                taken.getMessage());
        var stream = rig.server(Recorder::new).bind(address);
        Waits.get(stream);
        Waits.get(stream.channel().close());
        assertInstanceOf(IllegalStateException.class, Waits.failure(first.bind(ANY)));
        assertTrue(first.isActive());
        Waits.get(first.close());
        VmciDatagramChannel second = bind(bootstrap(rig.group, saw), address);
        Waits.get(send(second, "x", at(second)));
        assertEquals("x", saw.text());
    }

    @Test
    void shouldTakeASocketFromOutside() throws Exception {
        int fd = VsockDatagramFamily.INSTANCE.socket();
        assertEquals(0, VsockDatagramFamily.INSTANCE.bind(fd, ANY));
        ChannelFuture registered = new Bootstrap().group(rig.group).channelFactory(() -> new VmciDatagramChannel(fd))
                .handler(saw).register();
        Waits.get(registered);
        VmciDatagramChannel here = (VmciDatagramChannel) registered.channel();
        assertTrue(here.isActive());
        Waits.get(send(here, "x", at(here)));
        assertEquals("x", saw.text());
        VmciDatagramChannel unbound = new VmciDatagramChannel(VsockDatagramFamily.INSTANCE.socket());
        Waits.get(rig.group.register(unbound));
        assertFalse(unbound.isActive());
        Waits.get(unbound.close());
    }

    @Test
    void shouldSayThatTheMachineHasGone() throws Exception {
        VmciDatagramChannel here = bind(saw);
        VmciAddress gone;
        try (Vmx vmx = new Vmx()) {
            gone = vmx.address(5555);
            Waits.get(send(here, "x", gone));
            assertEquals("x", saw.text());
        }
        Waits.until("gone",
                () -> send(here, "x", gone).awaitUninterruptibly().cause() instanceof NoRouteToHostException);
        assertTrue(here.isActive());
    }

    /** What root opened is trusted; what another user's process opened is not, in whichever hands. */
    @Test
    void shouldExchangeDatagramsWithARestrictedMachineIfTrusted() throws Exception {
        try (Vmx vmx = new Vmx("--restricted")) {
            VmciDatagramChannel trusted = bind(saw);
            Waits.get(send(trusted, "trusted", vmx.address(5555)));
            assertEquals("trusted", saw.text());

            ChannelFuture registered = new Bootstrap().group(rig.group).handler(new Datagrams())
                    .channelFactory(() -> new VmciDatagramChannel(openedBySomebodyElse())).register();
            Waits.get(registered);
            VmciDatagramChannel untrusted = (VmciDatagramChannel) registered.channel();
            Waits.get(untrusted.bind(ANY));
            Throwable failure = Waits.failure(send(untrusted, "untrusted", vmx.address(5555)));
            assertInstanceOf(IOException.class, failure);
            assertTrue(failure.getMessage().endsWith("failed: CID " + vmx.address(0).cid() + " is a restricted virtual"
                    + " machine, which exchanges datagrams with trusted sockets only (EPERM, errno 1); give the process"
                    + " CAP_NET_ADMIN before it opens the socket, or run it as the user whose machine it is"),
                    failure.getMessage());
            Waits.get(send(untrusted, "within the machine", at(trusted)));
            assertEquals("within the machine", saw.text());
        }
    }

    /** Returns a socket that another user's process opened and handed over. */
    private int openedBySomebodyElse() {
        String name = "vmci-untrusted-" + ProcessHandle.current().pid();
        CompletableFuture<Integer> fd = new CompletableFuture<>();
        var server = rig.server(() -> new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                fd.complete(((FileDescriptor) message).intValue());
            }
        }, TestFamily.UNIX)
                .childOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.FILE_DESCRIPTORS)
                .bind(new DomainSocketAddress('\0' + name));
        try {
            Waits.get(server);
            Process opener = new ProcessBuilder("setpriv", "--reuid", "65534", "--clear-groups", "/usr/bin/python3",
                    "-c", "import socket, sys\n"
                    + "opened = socket.socket(40, socket.SOCK_DGRAM)\n"
                    + "way = socket.socket(socket.AF_UNIX); way.connect('\\0' + sys.argv[1])\n"
                    + "socket.send_fds(way, [b'x'], [opened.fileno()]); way.recv(1)", name).inheritIO().start();
            int received = fd.get(Waits.SECONDS, TimeUnit.SECONDS);
            opener.destroy();
            Waits.get(server.channel().close());
            return received;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
