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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/** Channels of descriptors that somebody else opened. */
class GivenSocketTest {

    private static final boolean VSOCK = TestFamily.CURRENT == TestFamily.VSOCK;
    private static final AddressFamily FAMILY = VSOCK ? VsockFamily.INSTANCE : UnixFamily.INSTANCE;
    private static final String NAME = VSOCK ? "an AF_VSOCK" : "an AF_UNIX";
    private static final String LISTENER = "(expected: " + NAME + " stream socket that listens)";
    private static final String STREAM = "(expected: " + NAME + " stream socket that is connected, or new)";

    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private static int open() {
        return NativeSocket.create(FAMILY).intValue();
    }

    private Channel server(int fd) throws Exception {
        return rig.register(Rig::echo, () -> newServer(fd));
    }

    private static AbstractVmciServerChannel newServer(int fd) {
        return VSOCK ? new VmciServerChannel(fd) : new VmciServerDomainSocketChannel(fd);
    }

    private static AbstractVmciStreamChannel newStream(int fd) {
        return VSOCK ? new VmciChannel(fd) : new VmciDomainSocketChannel(fd);
    }

    /** Over VMCI the fixture's CID is the peer of both ends, and both have the host's. */
    private static void assertSameEnd(SocketAddress seen, SocketAddress local) {
        if (TestFamily.OVER_VMCI) {
            assertEquals(((VmciAddress) seen).port(), ((VmciAddress) local).port());
        } else {
            assertEquals(seen, local);
        }
    }

    @Test
    void shouldServeWithASocketThatListensAlready() throws Exception {
        SocketAddress address = TestFamily.CURRENT.newAddress();
        int fd = RawSocket.listening(address);
        Channel server = server(fd);
        String socket = Descriptors.file(fd);
        assertTrue(server.isActive());
        assertEquals(FAMILY.localAddress(fd), server.localAddress());
        Recorder saw = new Recorder();
        Channel client = rig.connect(rig.client(saw), server);
        client.writeAndFlush(Rig.text("hello"));
        saw.awaitBytes(5);
        assertEquals("hello", saw.text());
        Channel child = rig.accepted();
        assertEquals(server, child.parent());
        assertSameEnd(client.remoteAddress(), child.localAddress());
        Waits.get(client.close());
        Waits.get(server.close());
        assertNotEquals(socket, Descriptors.file(fd));
        if (address instanceof DomainSocketAddress unix) {
            assertTrue(Files.deleteIfExists(Path.of(unix.path())), "the file is the owner's");
        }
    }

    /** Two channels would close the number twice, the second time when it is another file's by now. */
    @Test
    void shouldRefuseASocketThatHasAChannel() throws Exception {
        int fd = RawSocket.listening(TestFamily.CURRENT.newAddress());
        Channel server = server(fd);
        String already = " has a channel already (expected: a socket that nobody else in this process uses;"
                + " duplicate() lets several channels accept from one)";
        refused(fd, GivenSocketTest::newServer, already);
        assertThrows(IllegalArgumentException.class, () -> rig.register(Rig::echo, () -> newServer(fd)));
        assertTrue(server.isActive());
        assertTrue(Descriptors.isOpen(fd));
        Waits.get(server.close());
        int stream = open();
        AbstractVmciStreamChannel channel = newStream(stream);
        refused(stream, GivenSocketTest::newStream, already);
        Waits.get(rig.group.next().register(channel));
        Waits.get(channel.close());
    }

    @Test
    void shouldTakeAnotherSocketWithTheNumberOfOneThatWasClosed() throws Exception {
        int fd = open();
        newStream(fd); // such a channel closes nothing, so that the number is its owner's
        assertEquals(0, Native.close(fd));
        List<Integer> others = new ArrayList<>();
        int again = open();
        for (; again != fd; again = open()) { // other threads open files, too
            others.add(again);
            assertTrue(others.size() < 300, fd + " does not come again");
        }
        AbstractVmciStreamChannel channel = newStream(again);
        Waits.get(rig.group.next().register(channel));
        Waits.get(channel.close());
        others.forEach(Native::close);
    }

    @Test
    void shouldRefuseToBindWhatListensAlready() throws Exception {
        int fd = RawSocket.listening(TestFamily.CURRENT.newAddress());
        Channel server = server(fd);
        SocketAddress other = TestFamily.CURRENT.newAddress();
        Throwable failure = Waits.failure(server.bind(other));
        assertInstanceOf(IllegalStateException.class, failure);
        assertEquals("bind(" + other + ") failed: the channel listens already at " + server.localAddress()
                + "; registering it is enough (ServerBootstrap.register())", failure.getMessage());
        assertTrue(server.isActive());
        Waits.get(server.close());
    }

    @Test
    void shouldTakeAConnectionOver() throws Exception {
        Channel server = rig.listen(Rig::echo);
        RawSocket raw = new RawSocket();
        raw.connect(server.localAddress());
        int fd = raw.fd();
        String socket = Descriptors.file(fd);
        Recorder saw = new Recorder();
        Channel channel = register(fd, saw);
        Waits.get(saw.active);
        assertTrue(channel.isActive());
        Channel child = rig.accepted();
        assertEquals(FAMILY.remoteAddress(fd), channel.remoteAddress());
        assertSameEnd(child.remoteAddress(), channel.localAddress());
        channel.writeAndFlush(Rig.text("hello"));
        saw.awaitBytes(5);
        assertInstanceOf(AlreadyConnectedException.class, Waits.failure(channel.connect(server.localAddress())));
        Waits.get(channel.close());
        while (Descriptors.file(fd).equals(socket)) {
            Thread.yield(); // AF_VSOCK waits for the peer
        }
        Waits.get(server.close());
    }

    @Test
    void shouldConnectASocketThatIsNew() throws Exception {
        Channel server = rig.listen(Rig::echo);
        int fd = open();
        Recorder saw = new Recorder();
        Channel channel = register(fd, saw);
        assertFalse(channel.isActive());
        Waits.get(channel.connect(TestFamily.CURRENT.dial(server.localAddress())));
        channel.writeAndFlush(Rig.text("hello"));
        saw.awaitBytes(5);
        Waits.get(channel.close());
        Waits.get(server.close());
    }

    private Channel register(int fd, Recorder saw) throws Exception {
        var registered = new Bootstrap().group(rig.group).channelFactory(() -> newStream(fd)).handler(saw).register();
        Waits.get(registered);
        return registered.channel();
    }

    @Test
    void shouldMakeTheDescriptorNonBlockingAndCloseOnExec() throws Exception {
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).close(); // the JDK opens sockets of its own for the first
        Set<Integer> before = openSockets();
        try (ServerSocketChannel blocking = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            blocking.bind(UnixDomainSocketAddress.of(TestFamily.newPath()));
            Set<Integer> after = openSockets();
            after.removeAll(before);
            int fd = after.stream().filter(GivenSocketTest::isPlain).findFirst().orElseThrow();
            new VmciServerDomainSocketChannel(fd); // without a loop it does nothing, and the descriptor is the JDK's
            assertEquals(Descriptors.O_NONBLOCK | Descriptors.O_CLOEXEC,
                    Descriptors.flags(fd) & (Descriptors.O_NONBLOCK | Descriptors.O_CLOEXEC));
        }
    }

    private static Set<Integer> openSockets() throws IOException {
        Set<Integer> sockets = new HashSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                if (isSocket(entry)) {
                    sockets.add(Integer.parseInt(entry.getFileName().toString()));
                }
            }
        }
        return sockets;
    }

    private static boolean isSocket(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed meanwhile, as the descriptor of the folder itself
        }
    }

    private static boolean isPlain(int fd) {
        try {
            return (Descriptors.flags(fd) & (Descriptors.O_NONBLOCK | Descriptors.O_CLOEXEC)) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Closing must not block the event loop, which a socket with SO_LINGER would do. */
    @Test
    void shouldKnowOfSoLinger() throws Exception {
        int fd = open();
        ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
        value.putInt(0, 1).putInt(4, 7);
        assertEquals(0, SockOpt.setRaw(fd, NativeConstants.SOL_SOCKET, NativeConstants.SO_LINGER, value));
        AbstractVmciStreamChannel channel = newStream(fd);
        assertEquals(7, channel.config().linger());
        assertEquals(7, channel.config().getOption(ChannelOption.SO_LINGER));
        Waits.get(rig.group.next().register(channel));
        Waits.get(channel.close());
    }

    @Test
    void shouldSayWhatADescriptorIsThatItCannotUse() throws Exception {
        int inet = Socket.newSocketStream().intValue();
        refused(inet, GivenSocketTest::newServer, " is " + inet() + " socket " + LISTENER);
        refused(inet, GivenSocketTest::newStream, " is " + inet() + " socket " + STREAM);
        int datagram = Socket.newSocketDomainDgram().intValue();
        refused(datagram, VmciDomainSocketChannel::new, " is an AF_UNIX socket of type SOCK_DGRAM (expected: an AF_UNIX"
                + " stream socket that is connected, or new)");
        refused(datagram, VmciChannel::new, " is an AF_UNIX socket (expected: an AF_VSOCK stream socket that is"
                + " connected, or new)");
        int epoll = Native.epollCreate();
        refused(epoll, GivenSocketTest::newServer, " is no socket " + LISTENER);
        int fresh = open();
        refused(fresh, GivenSocketTest::newServer, " is a socket that does not listen " + LISTENER);
        int listening = RawSocket.listening(TestFamily.CURRENT.newAddress());
        refused(listening, GivenSocketTest::newStream, " is a socket that listens " + STREAM
                + "; server channels take those");
        for (int fd : new int[] {inet, datagram, epoll, fresh, listening}) {
            assertTrue(Descriptors.isOpen(fd), "still the caller's: " + fd);
            assertEquals(0, Native.close(fd));
        }
        int never = Integer.MAX_VALUE; // one that was closed may be another thread's file by now
        refused(never, GivenSocketTest::newServer, " is not open " + LISTENER);
        refused(-1, GivenSocketTest::newStream, " is not open " + STREAM);
    }

    private static String inet() {
        return Socket.isIPv6Preferred() ? "an AF_INET6" : "an AF_INET";
    }

    private static void refused(int fd, IntFunction<?> constructor, String reason) {
        assertEquals("descriptor: " + fd + reason,
                assertThrows(IllegalArgumentException.class, () -> constructor.apply(fd)).getMessage());
    }
}
