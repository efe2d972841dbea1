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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.unix.Buffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

class TrafficTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    /** Turns over to the next message only when the last one was read, as a proxy does. */
    private static final class OneByOne extends Recorder {

        int reads;
        int mostPerRead;
        private int sinceRead;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            super.channelActive(ctx);
            ctx.read();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            super.channelRead(ctx, message);
            sinceRead++;
            mostPerRead = Math.max(mostPerRead, sinceRead);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            super.channelReadComplete(ctx);
            if (sinceRead > 0) {
                sinceRead = 0;
                reads++;
                ctx.read();
            }
        }
    }

    @SuppressWarnings("deprecation") // RCVBUF_ALLOCATOR, for which there is no other option yet
    @Test
    void shouldDeliverOneMessagePerReadWhenAutoReadIsOff() throws Exception {
        ServerBootstrap server = rig.server(OneByOne::new).childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(64));
        Pair pair = rig.pair(server, rig.client(new Recorder()));
        OneByOne saw = (OneByOne) pair.serverSaw();
        ByteBuf content = Unpooled.buffer(64 * 1000).writeZero(64 * 1000);
        Waits.get(pair.client().writeAndFlush(content));
        saw.awaitBytes(64 * 1000);
        Rig.on(pair.server(), () -> null);
        assertEquals(1, saw.mostPerRead);
        assertEquals(1000, saw.reads);
        Waits.get(pair.client().close());
    }

    /** Notes how much memory each read took. */
    private static final class Capacities extends Recorder {

        final List<Integer> capacities = new CopyOnWriteArrayList<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            capacities.add(((ByteBuf) message).capacity());
            super.channelRead(ctx, message);
        }
    }

    @Test
    void shouldTakeLittleMemoryForEachOfManySmallMessagesAndStillReadALargeOne() throws Exception {
        Pair pair = rig.pair(rig.server(Capacities::new), rig.client(new Recorder()));
        Capacities saw = (Capacities) pair.serverSaw();
        for (int i = 1; i <= 20; i++) {
            Waits.get(pair.client().writeAndFlush(Rig.text("x")));
            saw.awaitBytes(i);
        }
        assertTrue(saw.capacities.get(19) <= 128, saw.capacities.toString());
        int before = saw.capacities.size();
        Waits.get(pair.client().writeAndFlush(Unpooled.buffer(2000).writeZero(2000)));
        saw.awaitBytes(2020);
        assertTrue(saw.capacities.size() <= before + 2, saw.capacities.toString());
        Waits.get(pair.client().close());
    }

    @Test
    void shouldDeliverNothingUntilReadIsCalled() throws Exception {
        ServerBootstrap server = rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false);
        Pair pair = rig.pair(server, rig.client(new Recorder()));
        Waits.get(pair.client().writeAndFlush(Rig.text("waiting")));
        Rig.event(pair.server(), NativeConstants.EPOLLOUT); // this event is not about reading
        assertEquals(0, pair.serverSaw().messages());
        pair.server().read();
        pair.serverSaw().awaitBytes(7);
        Waits.get(pair.client().close());
    }

    private static void flushTenThousandTimes(ServerBootstrap server, Bootstrap client) throws Exception {
        Pair pair = rig.pair(server.childOption(ChannelOption.AUTO_READ, false), client);
        int count = 10_000;
        List<ChannelFuture> writes = new ArrayList<>(count);
        Rig.on(pair.client(), () -> {
            for (int i = 0; i < count; i++) {
                writes.add(pair.client().writeAndFlush(Unpooled.buffer(64).writeZero(60).writeInt(i)));
            }
            return null;
        });
        pair.server().config().setAutoRead(true);
        pair.serverSaw().awaitBytes(64L * count);
        for (ChannelFuture write : writes) {
            Waits.get(write);
        }
        java.util.zip.CRC32 expected = new java.util.zip.CRC32();
        ByteBuf all = Unpooled.buffer(64 * count);
        for (int i = 0; i < count; i++) {
            all.writeZero(60).writeInt(i);
        }
        expected.update(all.array(), 0, 64 * count);
        assertEquals(expected.getValue(), pair.serverSaw().checksum());
        assertTrue(pair.serverSaw().failures.isEmpty(), pair.serverSaw().failures.toString());
        Waits.get(pair.client().close());
        Waits.get(pair.listening().close());
    }

    /** Kernels 6.12.92 to 6.12.100 count a small packet as 576 bytes of BUFFER_SIZE: it grows while nobody reads. */
    @Test
    void shouldLoseNothingOfTenThousandFlushesToAReaderThatDoesNotRead() throws Exception {
        flushTenThousandTimes(rig.server(Recorder::new), rig.client(new Recorder()));
    }

    /** What such a kernel drops while the reader's loop is busy is gone, but the reader is told, and what to change. */
    @Test
    void shouldSayWhatHappenedToAReaderThatWasBusy() throws Exception {
        Pair pair = rig.pair();
        assertNotSame(pair.client().eventLoop(), pair.server().eventLoop());
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        pair.server().eventLoop().execute(() -> {
            begun.countDown();
            try {
                Waits.latch(busy);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        Waits.latch(begun); // else the loop may read some before, and what comes then be too little
        Rig.on(pair.client(), () -> {
            for (int i = 0; i < 1000; i++) { // less than a window
                pair.client().writeAndFlush(Unpooled.buffer(200).writeZero(200));
            }
            return null;
        });
        busy.countDown();
        if (VsockBuffers.countsPackets(System.getProperty("os.version"))
                && TestFamily.CURRENT == TestFamily.VSOCK && !TestFamily.OVER_VMCI) {
            Throwable failure = Waits.get(pair.serverSaw().failure);
            assertInstanceOf(IOException.class, failure);
            assertTrue(failure.getMessage().contains("ENOBUFS")
                    && failure.getMessage().contains("VmciChannelOption.BUFFER_SIZE"), failure.getMessage());
            Waits.get(pair.serverSaw().inactive);
        } else {
            pair.serverSaw().awaitBytes(200 * 1000);
        }
        Waits.get(pair.client().close());
        Waits.get(pair.listening().close());
    }

    /** Raised at both ends at once the window would be as large, and a flood of small packets too. */
    @NeedsVm
    @Test
    void shouldTakeTheRoomForPacketsBackWhenEverythingIsRead() throws Exception {
        ServerBootstrap server = rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false);
        Pair pair = rig.pair(server, rig.client(new Recorder()));
        VmciChannelConfig config = ((VmciChannel) pair.server()).config();
        long max = pair.listening().config().getOption(VmciChannelOption.BUFFER_MAX_SIZE);
        boolean counts = VsockBuffers.countsPackets(System.getProperty("os.version"));
        assertEquals(counts ? 6 * 262_144 : 262_144, config.getBufferSize());
        config.setBufferSize(100_000);
        assertEquals(counts ? 600_000 : 100_000, config.getBufferSize());
        config.setAutoRead(true);
        Waits.until("the room is taken back, though nothing came", () -> config.getBufferSize() == 100_000);
        config.setAutoRead(false); // what comes next is read still
        Waits.get(pair.client().writeAndFlush(Rig.text("read")));
        pair.serverSaw().awaitBytes(4);
        Waits.until("reading stops", () -> config.getBufferSize() == (counts ? 600_000 : 100_000));
        config.setAutoRead(true);
        Waits.until("the room is taken back", () -> config.getBufferSize() == 100_000);
        Waits.until("and the maximum", () -> config.getBufferMaxSize() == max); // is set next
        Waits.get(pair.client().close());
        Waits.get(pair.listening().close());
    }

    @NeedsVm
    @Test
    void shouldLoseNothingOfTenThousandFlushesWhenTheReceiversBufferIsLarge() throws Exception {
        flushTenThousandTimes(rig.server(Recorder::new).option(VmciChannelOption.BUFFER_SIZE, 1L << 20),
                rig.client(new Recorder()));
    }

    @Test
    void shouldReportBackPressureAndItsEnd() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false),
                rig.client(new Recorder()));
        Channel client = pair.client();
        ChannelFuture write = client.writeAndFlush(Unpooled.buffer(8 << 20).writeZero(8 << 20));
        assertTrue(!Rig.on(client, client::isWritable));
        pair.server().config().setAutoRead(true);
        Waits.get(write);
        assertTrue(Rig.on(client, client::isWritable));
        pair.serverSaw().awaitBytes(8 << 20);
        Waits.get(client.close());
    }

    /** One buffer goes out by send(2), two by sendmsg(2). Both could raise a signal that a host program minds. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldFailAWriteToAPeerThatIsGone(int buffers) throws Exception {
        try (PipeSignals signals = new PipeSignals()) {
            failAWrite(buffers);
            signals.assertNone();
        }
    }

    private static void failAWrite(int buffers) throws Exception {
        Pair pair = rig.pair();
        // The peer has closed, and this end is not told, because this task keeps the event loop.
        int fd = ((AbstractVmciChannel) pair.client()).fd().intValue();
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        Throwable failure = Rig.on(pair.client(), () -> {
            pair.server().close();
            long address = Buffer.memoryAddress(one);
            Waits.until("the peer's end", () -> Native.recv(fd, address, 1) == 0);
            ChannelFuture[] last = new ChannelFuture[1];
            Waits.until("a write that fails", () -> {
                for (int i = 0; i < buffers; i++) {
                    last[0] = pair.client().write(Unpooled.directBuffer(64).writeZero(64));
                }
                pair.client().flush();
                return last[0].isDone() && !last[0].isSuccess();
            });
            return last[0].cause();
        });
        assertInstanceOf(IOException.class, failure);
        assertTrue(failure.getMessage().contains("Broken pipe") && failure.getMessage().contains("EPIPE"),
                failure.getMessage());
        Waits.get(pair.clientSaw().inactive);
    }
}
