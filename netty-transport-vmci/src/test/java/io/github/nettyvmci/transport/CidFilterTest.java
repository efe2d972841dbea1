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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.Test;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

class CidFilterTest {

    /** An embedded channel that says it is connected to this address. */
    private static EmbeddedChannel from(SocketAddress remote, ChannelHandler... handlers) {
        EmbeddedChannel channel = new EmbeddedChannel(false, false, handlers) {
            @Override
            protected SocketAddress remoteAddress0() {
                return remote;
            }
        };
        try {
            channel.register();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return channel;
    }

    private static boolean admits(CidFilter filter, long cid) {
        Recorder saw = new Recorder();
        EmbeddedChannel channel = from(VmciAddress.of(cid, 4000), filter, saw);
        boolean open = channel.isOpen();
        if (open) {
            channel.writeInbound(Rig.text("x"));
        }
        channel.finishAndReleaseAll();
        assertEquals(open ? List.of("active", "read", "readComplete", "inactive") : List.of(), saw.log());
        return open;
    }

    @Test
    void shouldAllowTheMachinesThatAreNamed() {
        CidFilter filter = CidFilter.allow(43, 3, 4_294_967_294L);
        for (long cid : new long[] {3, 43, 4_294_967_294L}) {
            assertTrue(admits(filter, cid), "CID " + cid);
        }
        assertEquals(0, filter.rejected());
        for (long cid : new long[] {0, 1, 2, 42, 44}) {
            assertFalse(admits(filter, cid), "CID " + cid);
        }
        assertEquals(5, filter.rejected());
        assertFalse(admits(CidFilter.allow(), 2));
    }

    @Test
    void shouldDenyTheMachinesThatAreNamed() {
        CidFilter filter = CidFilter.deny(3, 43);
        assertTrue(admits(filter, 2));
        assertFalse(admits(filter, 3));
        assertFalse(admits(filter, 43));
        assertTrue(admits(CidFilter.deny(), 2));
    }

    @Test
    void shouldNotLetInAPeerWithoutACid() {
        CidFilter filter = CidFilter.deny();
        assertFalse(from(new DomainSocketAddress("/x"), filter).isOpen());
        assertEquals(1, filter.rejected());
    }

    @Test
    void shouldTellOfWhatItDoesNotLetIn() {
        StringBuilder told = new StringBuilder();
        CidFilter filter = new CidFilter(cid -> cid % 2 == 0) {
            @Override
            protected void channelRejected(ChannelHandlerContext ctx, SocketAddress remote) {
                told.append(remote);
                ctx.writeAndFlush(Rig.text("go away"));
            }
        };
        EmbeddedChannel channel = from(VmciAddress.of(3, 4000), filter);
        assertEquals("vmci://3:4000", told.toString());
        io.netty.buffer.ByteBuf farewell = channel.readOutbound();
        assertEquals("go away", farewell.toString(java.nio.charset.StandardCharsets.US_ASCII));
        farewell.release();
        assertTrue(admits(filter, 4));
    }

    @Test
    void shouldLetNobodyInByARuleThatFails() {
        for (boolean ruleFails : new boolean[] {true, false}) {
            Recorder saw = new Recorder();
            CidFilter filter = new CidFilter(cid -> {
                if (ruleFails) {
                    throw new IllegalStateException("expected");
                }
                return false;
            }) {
                @Override
                protected void channelRejected(ChannelHandlerContext ctx, SocketAddress remote) {
                    throw new IllegalStateException("expected");
                }
            };
            EmbeddedChannel channel = from(VmciAddress.of(3, 4000), filter, saw);
            assertFalse(channel.isOpen());
            assertEquals(1, filter.rejected());
            channel.runPendingTasks();
            assertEquals(List.of(), saw.log());
        }
    }

    /** Writes when it is added to an active channel, as a codec does that greets its peer. */
    private static final class Greeter extends ChannelInboundHandlerAdapter {

        final List<String> saw = new CopyOnWriteArrayList<>();

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            if (ctx.channel().isActive()) {
                greet(ctx);
            }
        }

        @Override
        public void channelRegistered(ChannelHandlerContext ctx) {
            saw.add("registered");
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            greet(ctx);
        }

        @Override
        public void channelUnregistered(ChannelHandlerContext ctx) {
            saw.add("unregistered");
        }

        private void greet(ChannelHandlerContext ctx) {
            saw.add("active");
            ctx.writeAndFlush(Rig.text("hello"));
        }
    }

    @Test
    void shouldNotLetHandlersTalkThatBeginWhenTheyAreAdded() throws Exception {
        CidFilter filter = CidFilter.allow();
        try (Rig rig = new Rig()) {
            Greeter greeter = new Greeter();
            Channel server = rig.listen(() -> new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(filter, greeter);
                }
            });
            Recorder clientSaw = new Recorder();
            Channel client = rig.connect(rig.client(clientSaw), server);
            Waits.get(client.closeFuture());
            assertEquals(1, filter.rejected());
            assertFalse(clientSaw.log().contains("read"), () -> "" + clientSaw.log());
            Channel accepted = rig.accepted();
            Waits.get(accepted.closeFuture());
            for (int i = 0; i < 2; i++) { // after the task that closes, and after the one it leaves
                Rig.on(accepted, () -> null);
            }
            assertEquals(List.of(), greeter.saw);
        }
    }

    @Test
    void shouldRefuseWhatIsNoCid() {
        assertThrows(IllegalArgumentException.class, () -> CidFilter.allow(-1));
        assertThrows(IllegalArgumentException.class, () -> CidFilter.deny(VmciAddress.CID_ANY));
    }

    /** The sockets are real: of AF_VSOCK in the test VM, elsewhere of AF_UNIX, which have no CID. */
    @Test
    void shouldCloseConnectionsBeforeTheirHandlersSeeThem() throws Exception {
        boolean vsock = TestFamily.CURRENT == TestFamily.VSOCK;
        long peer = TestFamily.OVER_VMCI ? TestFamily.VMX_CID : VmciAddress.CID_LOCAL;
        CidFilter[] filters = {CidFilter.allow(peer), CidFilter.deny(peer)};
        try (Rig rig = new Rig()) {
            for (int i = 0; i < 2; i++) {
                CidFilter filter = filters[i];
                Recorder serverSaw = new Recorder();
                Channel server = rig.listen(() -> new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(filter, serverSaw);
                    }
                });
                Recorder clientSaw = new Recorder();
                Channel client = rig.connect(rig.client(clientSaw), server);
                if (vsock && i == 0) {
                    Waits.get(client.writeAndFlush(Rig.text("hello")));
                    serverSaw.awaitBytes(5);
                    assertNull(rig.accepted().pipeline().get(CidFilter.class));
                    assertEquals(0, filter.rejected());
                    Waits.get(client.close());
                } else {
                    Waits.get(client.closeFuture());
                    assertEquals(1, filter.rejected());
                    assertEquals(List.of(), serverSaw.log());
                }
                Waits.get(server.close());
            }
        }
    }
}
