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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.Map;

class ChannelOptionsTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static <T> void check(ChannelConfig config, ChannelOption<T> option, T value) {
        assertTrue(config.setOption(option, value), option.toString());
        assertEquals(value, config.getOption(option));
        assertTrue(config.getOptions().containsKey(option), option + " is missing in getOptions()");
    }

    @Test
    void shouldReadBackWhatWasSet() throws Exception {
        Channel channel = rig.client(new Recorder()).register().sync().channel();
        ChannelConfig config = channel.config();
        check(config, ChannelOption.ALLOW_HALF_CLOSURE, true);
        check(config, ChannelOption.SO_LINGER, 7);
        check(config, ChannelOption.SO_LINGER, 0);
        check(config, ChannelOption.SO_LINGER, -1);
        check(config, ChannelOption.CONNECT_TIMEOUT_MILLIS, 1234);
        check(config, ChannelOption.AUTO_READ, false);
        check(config, ChannelOption.WRITE_SPIN_COUNT, 3);
        for (Map.Entry<ChannelOption<?>, Object> option : config.getOptions().entrySet()) {
            assertEquals(option.getValue(), config.getOption(option.getKey()), option.getKey().toString());
        }
        Waits.get(channel.close());
    }

    @Test
    void shouldSetTheBufferSizesOfAUnixSocket() throws Exception {
        VmciDomainSocketChannel channel = new VmciDomainSocketChannel();
        for (ChannelOption<Boolean> harmless : java.util.List.of(ChannelOption.TCP_NODELAY, ChannelOption.SO_KEEPALIVE,
                ChannelOption.SO_REUSEADDR)) {
            assertTrue(channel.config().setOption(harmless, true), harmless.toString());
        }
        assertTrue(channel.config().setOption(ChannelOption.SO_SNDBUF, 50_000));
        // The kernel doubles the size for its own bookkeeping, see socket(7).
        assertEquals(100_000, channel.config().getOption(ChannelOption.SO_SNDBUF));
        assertTrue(channel.config().setOption(ChannelOption.SO_RCVBUF, 60_000));
        assertEquals(120_000, channel.config().getOption(ChannelOption.SO_RCVBUF));
        assertFalse(channel.config().setOption(VmciChannelOption.BUFFER_SIZE, 1L << 20));
        rig.group.next().register(channel).sync();
        Waits.get(channel.close());
    }

    @Test
    void shouldRefuseOptionsOfAClosedChannel() throws Exception {
        VmciDomainSocketChannel channel = new VmciDomainSocketChannel();
        rig.group.next().register(channel).sync();
        Waits.get(channel.close());
        assertThrows(ChannelException.class, () -> channel.config().setOption(ChannelOption.SO_SNDBUF, 50_000));
        assertThrows(ChannelException.class, () -> channel.config().getOption(ChannelOption.SO_SNDBUF));
        assertThrows(ChannelException.class, () -> channel.config().getOption(ChannelOption.SO_LINGER));
    }

    @Test
    void shouldReadAndSetOptionsByTheirNumbers() throws Exception {
        VmciDomainSocketChannel channel = new VmciDomainSocketChannel();
        IntegerUnixChannelOption type = new IntegerUnixChannelOption("TYPE", NativeConstants.SOL_SOCKET, 3);
        assertEquals(1, channel.config().getOption(type)); // SO_TYPE: SOCK_STREAM
        assertThrows(ChannelException.class, () -> channel.config().setOption(type, 1));
        rig.group.next().register(channel).sync();
        Waits.get(channel.close());
    }

    @Test
    void shouldHaveSettersForTheOptionsOfUnixThatKeepTheirType() throws Exception {
        VmciDomainSocketChannel channel = new VmciDomainSocketChannel();
        VmciDomainSocketChannelConfig config = channel.config().setAutoRead(false).setMaxMessagesPerWrite(7)
                .setAllowHalfClosure(true).setSoLinger(2).setSendBufferSize(50_000).setReceiveBufferSize(60_000);
        assertEquals(100_000, config.getSendBufferSize()); // the kernel doubles it
        assertEquals(120_000, config.getReceiveBufferSize());
        assertEquals(2, config.getSoLinger());
        assertTrue(config.isAllowHalfClosure());
        assertFalse(config.setOption(VmciChannelOption.CLOSE_TIMEOUT_MILLIS, 1));
        assertFalse(config.setOption(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS, 1));
        rig.group.next().register(channel).sync();
        Waits.get(channel.close());
        VmciServerDomainSocketChannel server = new VmciServerDomainSocketChannel();
        VmciServerDomainSocketChannelConfig serverConfig = server.config().setAutoRead(false).setBacklog(3);
        assertEquals(3, serverConfig.getOption(ChannelOption.SO_BACKLOG));
        assertFalse(serverConfig.setOption(VmciChannelOption.BUFFER_SIZE, 1L << 20));
        rig.group.next().register(server).sync();
        Waits.get(server.close());
    }

    @NeedsVm
    @Test
    void shouldHaveSettersForTheOptionsOfVsockThatKeepTheirType() throws Exception {
        VmciChannel channel = new VmciChannel();
        rig.group.next().register(channel).sync();
        VmciChannelConfig config = channel.config().setAutoRead(false).setBufferMinSize(4096).setBufferSize(3L << 20)
                .setKernelConnectTimeoutMillis(12_000).setCloseTimeoutMillis(0).setToHost(true).setSoLinger(1)
                .setZerocopyThreshold(65536);
        assertEquals(4096, config.getBufferMinSize());
        assertEquals(3L << 20, config.getBufferSize());
        assertEquals(3L << 20, config.getBufferMaxSize()); // the maximum is raised along
        assertEquals(1L << 20, config.setBufferMaxSize(1L << 20).getBufferSize());
        assertEquals(12_000, config.getKernelConnectTimeoutMillis());
        assertEquals(12_000, config.getOption(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS));
        assertEquals(0, config.getOption(VmciChannelOption.CLOSE_TIMEOUT_MILLIS));
        assertEquals(65536, config.getOption(VmciChannelOption.ZEROCOPY_THRESHOLD));
        assertThrows(IllegalArgumentException.class, () -> config.setBufferSize(-1));
        assertThrows(IllegalArgumentException.class, () -> config.setBufferMaxSize(1L << 32));
        assertThrows(IllegalArgumentException.class, () -> config.setCloseTimeoutMillis(-1));
        Waits.get(channel.close());
        VmciServerChannel server = new VmciServerChannel();
        rig.group.next().register(server).sync();
        VmciServerChannelConfig serverConfig = server.config().setBacklog(3).setBufferMaxSize(2L << 20)
                .setBufferSize(4L << 20).setBufferMinSize(256);
        assertEquals(2L << 20, serverConfig.getBufferSize()); // the size is cut to the maximum that was set
        assertEquals(2L << 20, serverConfig.getBufferMaxSize());
        assertEquals(256, serverConfig.getBufferMinSize());
        Waits.get(server.close());
    }

    @NeedsVm
    @Test
    void shouldReadBackTheOptionsOfVsock() throws Exception {
        VmciChannel channel = new VmciChannel();
        rig.group.next().register(channel).sync();
        VmciChannelConfig config = channel.config();
        check(config, VmciChannelOption.BUFFER_SIZE, 1L << 20);
        assertEquals(1L << 20, config.getOption(VmciChannelOption.BUFFER_MAX_SIZE));
        check(config, VmciChannelOption.BUFFER_MAX_SIZE, 2L << 20);
        assertEquals(1L << 20, config.getOption(VmciChannelOption.BUFFER_SIZE));
        check(config, VmciChannelOption.BUFFER_MIN_SIZE, 4096L);
        // The time is a multiple of the kernel's clock tick, to which the kernel rounds up.
        check(config, VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS, 12_000);
        check(config, VmciChannelOption.TO_HOST, true);
        check(config, VmciChannelOption.ZEROCOPY_THRESHOLD, 32768);
        assertFalse(config.setOption(ChannelOption.SO_SNDBUF, 4096));
        assertThrows(IllegalArgumentException.class,
                () -> config.setOption(VmciChannelOption.BUFFER_SIZE, 1L << 32));
        assertThrows(IllegalArgumentException.class,
                () -> config.setOption(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS, 0));
        Waits.get(channel.close());
    }

    @NeedsVm
    @Test
    void shouldTakeBufferSizeAndMaximumInEitherOrder() throws Exception {
        for (boolean sizeFirst : new boolean[] {true, false}) {
            VmciServerChannel channel = new VmciServerChannel();
            rig.group.next().register(channel).sync();
            VmciServerChannelConfig config = channel.config();
            if (sizeFirst) {
                config.setOption(VmciChannelOption.BUFFER_SIZE, 3L << 20);
                config.setOption(VmciChannelOption.BUFFER_MAX_SIZE, 4L << 20);
            } else {
                config.setOption(VmciChannelOption.BUFFER_MAX_SIZE, 4L << 20);
                config.setOption(VmciChannelOption.BUFFER_SIZE, 3L << 20);
            }
            assertEquals(3L << 20, config.getOption(VmciChannelOption.BUFFER_SIZE));
            assertEquals(4L << 20, config.getOption(VmciChannelOption.BUFFER_MAX_SIZE));
            // A smaller maximum shrinks the size. When the maximum is raised again, the size is what was asked for.
            config.setOption(VmciChannelOption.BUFFER_MAX_SIZE, 1L << 20);
            assertEquals(1L << 20, config.getOption(VmciChannelOption.BUFFER_SIZE));
            config.setOption(VmciChannelOption.BUFFER_MAX_SIZE, 8L << 20);
            assertEquals(3L << 20, config.getOption(VmciChannelOption.BUFFER_SIZE));
            Waits.get(channel.close());
        }
    }

    @NeedsVm
    @Test
    void shouldInheritTheListenersBufferSize() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).option(VmciChannelOption.BUFFER_SIZE, 1L << 20),
                rig.client(new Recorder()));
        // Over VMCI the size that the client asks for counts, within the listener's bounds.
        assertEquals(TestFamily.OVER_VMCI ? 1L << 18 : 1L << 20,
                pair.server().config().getOption(VmciChannelOption.BUFFER_SIZE));
        Waits.get(pair.client().close());
    }

    @Test
    void shouldNotBlockTheLoopWhenCloseLingers() throws Exception {
        SlowlyClosing family = new SlowlyClosing();
        Pair pair = rig.pairWith(family);
        pair.client().config().setOption(ChannelOption.SO_LINGER, 1);
        ChannelFuture close = pair.client().close();
        try {
            Waits.latch(family.closing);
            Rig.on(pair.client(), () -> null);
            assertFalse(close.isDone());
        } finally {
            family.goOn.countDown();
        }
        Waits.get(close);
        Waits.get(pair.serverSaw().inactive);
    }

    /** close(2) waits up to a second for the peer to take everything. */
    @Test
    void shouldDeliverWhatWasWrittenWhenCloseLingers() throws Exception {
        ServerBootstrap server = rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false);
        Pair pair = rig.pair(server, rig.client(new Recorder()).option(ChannelOption.SO_LINGER, 1));
        Waits.get(pair.client().writeAndFlush(io.netty.buffer.Unpooled.buffer(1000).writeZero(1000)));
        ChannelFuture close = pair.client().close();
        pair.server().config().setAutoRead(true);
        Waits.get(close);
        Waits.get(pair.serverSaw().inactive);
        assertEquals(1000, pair.serverSaw().bytes());
    }

    @Test
    void shouldStopReadingWhenAHandlerClosesAndCloseLingers() throws Exception {
        // The read loop must not touch a descriptor that another thread closes.
        Recorder closing = new Recorder() {
            @Override
            public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object message) {
                super.channelRead(ctx, message);
                ctx.close();
            }
        };
        @SuppressWarnings("deprecation") // RCVBUF_ALLOCATOR, for which there is no other option yet
        Pair pair = rig.pair(rig.server(Recorder::new), rig.client(closing).option(ChannelOption.SO_LINGER, 1)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.RCVBUF_ALLOCATOR, new io.netty.channel.FixedRecvByteBufAllocator(8)));
        Waits.get(pair.server().writeAndFlush(io.netty.buffer.Unpooled.buffer(800).writeZero(800)));
        pair.client().config().setAutoRead(true);
        Waits.get(pair.client().closeFuture());
        assertEquals(1, closing.messages());
    }
}
