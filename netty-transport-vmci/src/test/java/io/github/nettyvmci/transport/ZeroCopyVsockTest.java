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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The option ZEROCOPY_THRESHOLD with the kernel's own MSG_ZEROCOPY, or without it on kernels that have none. Whatever
 * buffer is released is overwritten at once, so that the peer would read that if it was released too early.
 */
@NeedsVm
class ZeroCopyVsockTest {

    private static final int LARGE = 65536;
    private static final long GARBAGE = 0xDEADBEEFDEADBEEFL;
    /** Whether this kernel has it, and the transport. */
    private static final boolean WORKS = !TestFamily.OVER_VMCI && !System.getProperty("os.version").startsWith("6.1.");

    private static Rig rig;

    private final Queue<ByteBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicInteger inUse = new AtomicInteger();

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** A buffer whose memory is overwritten and used again when it is released. */
    private final class Overwritten extends UnpooledUnsafeDirectByteBuf {

        private final ByteBuffer memory;

        Overwritten(ByteBuffer memory) {
            super(UnpooledByteBufAllocator.DEFAULT, memory, memory.capacity());
            this.memory = memory;
            inUse.incrementAndGet();
        }

        @Override
        protected void deallocate() {
            for (int i = 0; i < memory.capacity(); i += Long.BYTES) {
                memory.putLong(i, GARBAGE);
            }
            free.add(memory);
            inUse.decrementAndGet();
        }
    }

    /** Returns a buffer that has the numbers from the first on, with eight bytes each. */
    private ByteBuf buffer(int length, long first) {
        ByteBuffer memory = free.poll();
        if (memory == null || memory.capacity() != length) {
            memory = ByteBuffer.allocateDirect(length);
        }
        for (int i = 0; i < length / Long.BYTES; i++) {
            memory.putLong(i * Long.BYTES, first + i);
        }
        return new Overwritten(memory);
    }

    /** Reads numbers that count up, and notes the first that does not. */
    private static final class Counting extends SimpleChannelInboundHandler<ByteBuf> {

        final CompletableFuture<Long> read = new CompletableFuture<>();
        final CompletableFuture<Channel> channel = new CompletableFuture<>();
        private final long expected;
        private long count;
        private long number;
        private int digits;

        Counting(long expected) {
            this.expected = expected;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            channel.complete(ctx.channel());
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf buffer) {
            ByteBuffer in = buffer.nioBuffer(); // leak detection notes each access to a ByteBuf
            while (in.hasRemaining()) {
                if (digits == 0 && in.remaining() >= Long.BYTES) {
                    number = in.getLong();
                } else {
                    number = number << 8 | in.get() & 0xFF;
                    if (++digits < Long.BYTES) {
                        continue;
                    }
                    digits = 0;
                }
                if (number != count) {
                    read.completeExceptionally(new AssertionError("0x" + Long.toHexString(number) + " (expected: 0x"
                            + Long.toHexString(count) + ")"));
                }
                count++;
            }
            if (count == expected) {
                read.complete(count);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            read.completeExceptionally(new AssertionError("the end after " + count + " numbers"));
        }
    }

    private static ServerBootstrap server(Counting counting, boolean autoRead) {
        return rig.server(() -> counting).childOption(ChannelOption.AUTO_READ, autoRead)
                .option(VmciChannelOption.BUFFER_SIZE, 1L << 20);
    }

    private static Channel client(Channel listening) throws Exception {
        return rig.connect(rig.client(new Recorder()).option(VmciChannelOption.BUFFER_SIZE, 1L << 20)
                .option(VmciChannelOption.ZEROCOPY_THRESHOLD, 32768), listening);
    }

    private void allReleased() throws Exception {
        Waits.until("the release of all buffers", () -> inUse.get() == 0);
    }

    /** Checks that no completion is left, of which epoll would tell without end. */
    private static void errorQueueIsEmpty(Channel channel) throws Exception {
        NativeSocket socket = ((AbstractVmciChannel) channel).socket;
        int result = Rig.on(channel, () -> !WORKS ? -NativeConstants.EAGAIN
                : Native.zeroCopyCompletion(socket.intValue(), SockOpt.scratchAddress()));
        assertEquals(-NativeConstants.EAGAIN, result);
    }

    @ParameterizedTest
    @CsvSource({"65536, 64", "1048576, 64", "100000, 8"})
    void shouldSendWhatIsInTheBuffersAndNotWhatIsWrittenToThemLater(int length, int megabytes) throws Exception {
        int writes = (megabytes << 20) / length;
        Counting counting = new Counting((long) writes * length / Long.BYTES);
        Channel listening = rig.listen(server(counting, true));
        Channel client = client(listening);
        ChannelFuture write = client.newSucceededFuture();
        for (int i = 0; i < writes; i++) {
            ByteBuf buffer = buffer(length, (long) i * length / Long.BYTES);
            ChannelFuture next = client.writeAndFlush(buffer);
            if (i % 8 == 7) { // several are under way at a time
                Waits.get(write);
                write = next;
            }
        }
        Waits.get(counting.read);
        allReleased();
        assertTrue(client.isActive());
        errorQueueIsEmpty(client);
        Waits.get(client.close());
        Waits.get(listening.close());
    }

    @Test
    void shouldHoldBuffersUntilThePeerHasReadThem() throws Exception {
        Counting counting = new Counting(4 * LARGE / Long.BYTES);
        Channel listening = rig.listen(server(counting, false));
        Channel client = client(listening);
        for (int i = 0; i < 4; i++) {
            Waits.get(client.writeAndFlush(buffer(LARGE, (long) i * LARGE / Long.BYTES)));
        }
        assertEquals(WORKS ? 4 : 0, inUse.get());
        Waits.get(counting.channel).config().setAutoRead(true);
        Waits.get(counting.read);
        allReleased();
        errorQueueIsEmpty(client);
        Waits.get(client.close());
        Waits.get(listening.close());
    }

    /** Those of accepted connections send so too where the kernel lets them, which some do not. */
    @Test
    void shouldBeAnOptionOfAcceptedChannels() throws Exception {
        Counting counting = new Counting(16L * LARGE / Long.BYTES);
        Counting accepted = new Counting(-1);
        Channel listening = rig.listen(rig.server(() -> accepted)
                .childOption(VmciChannelOption.ZEROCOPY_THRESHOLD, 32768));
        Channel client = rig.connect(rig.client(counting), listening);
        Channel server = Waits.get(accepted.channel);
        for (int i = 0; i < 16; i++) {
            Waits.get(server.writeAndFlush(buffer(LARGE, (long) i * LARGE / Long.BYTES)));
        }
        Waits.get(counting.read);
        allReleased();
        System.out.println("MSG_ZEROCOPY of an accepted socket: "
                + ((AbstractVmciChannel) server).socket.mayZeroCopy());
        Waits.get(client.close());
        Waits.get(listening.close());
    }

    @Test
    void shouldReleaseEverythingWhenAPeerClosesThatReadNothing() throws Exception {
        Counting counting = new Counting(-1);
        Channel listening = rig.listen(server(counting, false));
        Channel client = client(listening);
        for (int i = 0; i < 4; i++) {
            Waits.get(client.writeAndFlush(buffer(LARGE, 0)));
        }
        client.writeAndFlush(buffer(8 << 20, 0)); // waits, or is a part of it with the kernel
        Waits.get(Waits.get(counting.channel).close());
        Waits.get(client.closeFuture());
        allReleased();
        Waits.get(listening.close());
    }

    /** The peer reads after the channel was closed, whose buffers would be released if the kernel did not have them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8000})
    void shouldKeepTheBuffersOfAClosedChannel(int closeTimeout) throws Exception {
        int writes = 8;
        Counting counting = new Counting((long) writes * LARGE / Long.BYTES);
        Channel listening = rig.listen(server(counting, false));
        Channel client = client(listening);
        Channel peer = Waits.get(counting.channel);
        Waits.get(peer.deregister()); // it would read to the end when it hears of the close
        assertTrue(client.config().setOption(VmciChannelOption.CLOSE_TIMEOUT_MILLIS, closeTimeout));
        for (int i = 0; i < writes - 1; i++) {
            client.writeAndFlush(buffer(LARGE, (long) i * LARGE / Long.BYTES));
        }
        client.writeAndFlush(buffer(LARGE, (writes - 1L) * LARGE / Long.BYTES))
                .addListener(ChannelFutureListener.CLOSE);
        Waits.get(client.closeFuture());
        if (closeTimeout < 8000) {
            Waits.until("the end of the grace", () -> !WORKS || UnfinishedSends.count() == 1);
        }
        assertEquals(WORKS ? writes : 0, inUse.get());
        Waits.get(rig.group.register(peer));
        peer.config().setAutoRead(true);
        Waits.get(counting.read);
        allReleased();
        Waits.until("the close", () -> UnfinishedSends.count() == 0);
        Waits.get(listening.close());
    }

    @Test
    void shouldGoOnWhereTheKernelHasNoMemoryForAllCompletions() throws Exception {
        // A completion takes several hundred bytes of net.core.optmem_max, which a small buffer uses up as a large one.
        int writes = 2000;
        int length = 4096;
        Counting counting = new Counting((long) writes * length / Long.BYTES);
        Channel listening = rig.listen(rig.server(() -> counting).childOption(ChannelOption.AUTO_READ, false)
                .option(VmciChannelOption.BUFFER_SIZE, 16L << 20));
        Channel client = rig.connect(rig.client(new Recorder()).option(VmciChannelOption.BUFFER_SIZE, 16L << 20)
                .option(VmciChannelOption.ZEROCOPY_THRESHOLD, length), listening);
        ChannelFuture write = null;
        for (int i = 0; i < writes; i++) {
            write = client.writeAndFlush(buffer(length, (long) i * length / Long.BYTES));
        }
        Waits.get(write);
        assertTrue(inUse.get() < writes, inUse + " buffers are held");
        Waits.get(counting.channel).config().setAutoRead(true);
        Waits.get(counting.read);
        allReleased();
        assertNull(client.pipeline().get(Recorder.class).failure.getNow(null));
        errorQueueIsEmpty(client);
        Waits.get(client.close());
        Waits.get(listening.close());
    }
}
