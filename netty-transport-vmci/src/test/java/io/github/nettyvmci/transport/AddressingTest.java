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
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.FileNotFoundException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/** Addresses, and what the kernel says about the wrong ones. */
class AddressingTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Throwable bindFailure(SocketAddress address) throws Exception {
        return Waits.failure(rig.server(Recorder::new).bind(address));
    }

    @Test
    void shouldAskForTheLocalCidOnceForManyConnects() {
        int[] asked = new int[1];
        VsockFamily family = new VsockFamily() {
            @Override
            long askLocalCid() {
                asked[0]++;
                return 42;
            }
        };
        VmciAddress unknown = VmciAddress.of(VmciAddress.CID_ANY, 5000);
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            assertEquals(VmciAddress.of(42, 5000), family.connectedLocalAddress(unknown, VmciAddress.of(2, 6000)));
        }
        long seconds = (System.nanoTime() - start) / 1_000_000_000L;
        assertTrue(asked[0] <= 1 + seconds, asked[0] + " times");
    }

    @Test
    void shouldHaveRealAddressesAfterBindAndAccept() throws Exception {
        Pair pair = rig.pair();
        SocketAddress listening = pair.listening().localAddress();
        SocketAddress dialled = TestFamily.CURRENT.dial(listening);
        assertEquals(dialled, pair.client().remoteAddress());
        assertEquals(listening, pair.server().localAddress());
        if (TestFamily.OVER_VMCI) { // there the fixture's CID is the peer of both ends, and both have the host's
            long port = ((VmciAddress) pair.client().localAddress()).port();
            assertEquals(VmciAddress.of(VmciAddress.CID_HOST, port), pair.client().localAddress());
            assertEquals(VmciAddress.of(TestFamily.VMX_CID, port), pair.server().remoteAddress());
        } else {
            assertEquals(pair.client().localAddress(), pair.server().remoteAddress());
        }
        if (TestFamily.CURRENT == TestFamily.VSOCK && !TestFamily.OVER_VMCI) {
            assertNotEquals(VmciAddress.PORT_ANY, ((VmciAddress) listening).port());
            assertEquals(VmciAddress.CID_LOCAL, ((VmciAddress) pair.client().localAddress()).cid());
        }
        Waits.get(pair.client().close());
        assertEquals(dialled, pair.client().remoteAddress()); // the address is still there, for whoever logs it
    }

    @Test
    void shouldUseAbstractNames() throws Exception {
        DomainSocketAddress name = new DomainSocketAddress('\0' + "vmci-" + UUID.randomUUID());
        VmciServerDomainSocketChannel server = new VmciServerDomainSocketChannel();
        server.pipeline().addLast(new io.netty.channel.ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object child) {
                ((Channel) child).unsafe().closeForcibly();
            }
        });
        rig.group.next().register(server).sync();
        Waits.get(server.bind(name));
        assertEquals(name, server.localAddress());
        VmciDomainSocketChannel client = new VmciDomainSocketChannel();
        rig.group.next().register(client).sync();
        Waits.get(client.connect(name));
        assertEquals(name, client.remoteAddress());
        Waits.get(client.closeFuture()); // the server closes what it accepts
        Waits.get(server.close());
    }

    @Test
    void shouldRemoveTheSocketFileWhenClosed() throws Exception {
        String path = TestFamily.newPath();
        VmciServerDomainSocketChannel server = new VmciServerDomainSocketChannel();
        rig.group.next().register(server).sync();
        Waits.get(server.bind(new DomainSocketAddress(path)));
        assertTrue(Files.exists(Path.of(path)));
        Waits.get(server.close());
        assertFalse(Files.exists(Path.of(path)));
    }

    @Test
    void shouldSayThatTheAddressIsInUse() throws Exception {
        Channel server = rig.listen(Recorder::new);
        Throwable failure = bindFailure(server.localAddress());
        assertSame(BindException.class, failure.getClass());
        assertTrue(failure.getMessage().startsWith("bind(" + server.localAddress() + ") failed: ")
                && failure.getMessage().contains("EADDRINUSE"), failure.getMessage());
        Waits.get(server.close());
    }

    @Test
    void shouldRefuseToBindTwice() throws Exception {
        Channel server = rig.listen(Recorder::new);
        assertInstanceOf(IllegalStateException.class, Waits.failure(server.bind(TestFamily.CURRENT.newAddress())));
        Waits.get(server.close());
    }

    @Test
    void shouldSayThatASocketFileOrItsFolderDoesNotExist() throws Exception {
        VmciServerDomainSocketChannel server = new VmciServerDomainSocketChannel();
        rig.group.next().register(server).sync();
        Throwable bind = Waits.failure(server.bind(new DomainSocketAddress("/no/such/folder/x")));
        assertSame(BindException.class, bind.getClass());
        assertEquals("bind(/no/such/folder/x) failed: the folder does not exist (ENOENT, errno 2); create it",
                bind.getMessage());
        Waits.get(server.close());
        VmciDomainSocketChannel client = new VmciDomainSocketChannel();
        rig.group.next().register(client).sync();
        Throwable connect = Waits.failure(client.connect(new DomainSocketAddress("/no/such/file")));
        assertInstanceOf(FileNotFoundException.class, connect);
        Waits.get(client.closeFuture());
    }

    @Test
    void shouldRefuseANameThatIsTooLong() throws Exception {
        VmciServerDomainSocketChannel server = new VmciServerDomainSocketChannel();
        rig.group.next().register(server).sync();
        Throwable failure = Waits.failure(server.bind(new DomainSocketAddress("/tmp/" + "x".repeat(200))));
        assertTrue(failure.getMessage().contains("ENAMETOOLONG"), failure.getMessage());
        Waits.get(server.close());
    }

    @Test
    void shouldSayThatAServersCidIsNotLocal() throws Exception {
        assumeTrue(Vmci.isAvailable(), "needs AF_VSOCK: modprobe vsock, or the test VM");
        VmciServerChannel server = new VmciServerChannel();
        rig.group.next().register(server).sync();
        Throwable failure = Waits.failure(server.bind(VmciAddress.of(4711, VmciAddress.PORT_ANY)));
        assertSame(BindException.class, failure.getClass());
        assertTrue(failure.getMessage().contains("CID 4711 is not a local CID"), failure.getMessage());
        assertTrue(failure.getMessage().contains("EADDRNOTAVAIL"), failure.getMessage());
        Waits.get(server.close());
    }

    @Test
    void shouldSayThatLowPortsArePrivileged() throws Exception {
        assumeTrue(Vmci.isAvailable(), "needs AF_VSOCK: modprobe vsock, or the test VM");
        String root = "root".equals(System.getProperty("user.name"))
                ? "exec setpriv --bounding-set=-net_bind_service \"$@\"" : "exec \"$@\"";
        assertEquals("bind(vmci://*:80) failed: vsock ports below 1024 are privileged (EACCES, errno 13); take a port"
                + " from 1024 up, or give the process CAP_NET_BIND_SERVICE",
                ChildJvm.run(root, BindToPort80.class).strip());
    }

    /** Prints why it cannot. */
    static final class BindToPort80 {

        public static void main(String[] ignored) throws Exception {
            try (Rig unprivileged = new Rig()) {
                VmciServerChannel server = new VmciServerChannel();
                unprivileged.group.next().register(server).sync();
                Throwable failure = Waits.failure(server.bind(VmciAddress.of(VmciAddress.CID_ANY, 80)));
                assertSame(BindException.class, failure.getClass());
                Waits.get(server.close());
                System.out.println(failure.getMessage());
            }
        }
    }

    @NeedsVm
    @Test
    void shouldSayThatNoMachineHasACid() throws Exception {
        Throwable failure = Waits.failure(rig.client(new Recorder()).connect(VmciAddress.of(4711, 5555)));
        assertInstanceOf(java.net.NoRouteToHostException.class, failure);
        assertEquals(TestFamily.OVER_VMCI ? "connect(vmci://4711:5555) failed: no machine with CID 4711"
                + " (EINVAL, errno 22)"
                : "connect(vmci://4711:5555) failed: no running guest with CID 4711 (ENODEV, errno 19); start it"
                + " with a vsock device; VMware's are not reached while vhost_vsock is loaded",
                failure.getMessage());
    }

    @NeedsVm
    @Test
    void shouldPrintPortsUnsigned() throws Exception {
        VmciAddress address = VmciAddress.of(VmciAddress.CID_LOCAL, 4_000_000_000L);
        Channel server = rig.server(Recorder::new).bind(address).sync().channel();
        assertEquals("vmci://1:4000000000", server.localAddress().toString());
        Channel client = rig.connect(rig.client(new Recorder()), server);
        assertEquals(address, client.remoteAddress());
        assertEquals(address, rig.accepted().localAddress());
        Waits.get(client.close());
        Waits.get(server.close());
        // There is no TIME_WAIT, so a listener's port is free at once.
        Channel again = rig.server(Recorder::new).bind(address).sync().channel();
        Waits.get(again.close());
    }

    @NeedsVm
    @Test
    void shouldKnowTheAddressDialledWhenBoundToAll() throws Exception {
        Channel server = rig.server(Recorder::new).bind(VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY))
                .sync().channel();
        long port = ((VmciAddress) server.localAddress()).port();
        assertEquals(VmciAddress.CID_ANY, ((VmciAddress) server.localAddress()).cid());
        Channel client = rig.client(new Recorder()).connect(VmciAddress.of(VmciAddress.CID_LOCAL, port)).sync()
                .channel();
        Channel accepted = rig.accepted();
        assertEquals(VmciAddress.of(VmciAddress.CID_LOCAL, port), accepted.localAddress());
        assertEquals(client.localAddress(), accepted.remoteAddress());
        Waits.get(client.close());
        Waits.get(server.close());
    }

    /** A backlog of n takes n + 1 connections, and the next is refused at once. */
    @NeedsVm
    @Test
    void shouldBeRefusedWhenAVsockBacklogIsFull() throws Exception {
        Channel server = rig.listen(rig.server(Recorder::new)
                .option(io.netty.channel.ChannelOption.SO_BACKLOG, 1)
                .option(io.netty.channel.ChannelOption.AUTO_READ, false));
        Channel first = rig.connect(rig.client(new Recorder()), server);
        Channel second = rig.connect(rig.client(new Recorder()), server);
        Throwable failure = Waits.failure(rig.client(new Recorder()).connect(server.localAddress()));
        assertSame(ConnectException.class, failure.getClass());
        // Over VMCI there is more in it if this loop was slow to hear of it.
        assertTrue(failure.getMessage().startsWith("connect(" + TestFamily.CURRENT.dial(server.localAddress())
                + ") refused: nothing accepts there (ECONNRESET, errno 104)"), failure.getMessage());
        Waits.get(first.close());
        Waits.get(second.close());
        Waits.get(server.close());
    }
}
