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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The option ZEROCOPY_THRESHOLD with a substitute for the kernel: bytes go over AF_UNIX, and the test says when the
 * kernel is done. {@link ZeroCopyVsockTest} is the same with a real one.
 */
class ZeroCopyTest {

    private static final int LARGE = 32768;

    private final Rig rig = new Rig(TestLoops.newGroup(1));
    private final Rig peers = new Rig(TestLoops.newGroup(1));
    private final Kernel kernel = new Kernel();
    private final List<ByteBuf> buffers = new ArrayList<>();
    private Channel listening;

    /** A kernel that has MSG_ZEROCOPY, unless it is told otherwise. */
    private static final class Kernel extends UnixFamily {

        final List<String> calls = new CopyOnWriteArrayList<>();
        final Queue<int[]> completions = new ConcurrentLinkedQueue<>();
        final AtomicInteger sends = new AtomicInteger();
        volatile int enableResult;
        /** Whether somebody else has sent with the socket before. */
        volatile boolean foreign;
        volatile int sendResult;
        /** Whether what is sent is thrown away, so that it always fits. */
        volatile boolean swallows;
        volatile int error;

        @Override
        int enableZeroCopy(int fd) {
            calls.add("enable");
            return enableResult;
        }

        @Override
        boolean hasZeroCopy(int fd) {
            return foreign;
        }

        @Override
        int sendZeroCopy(int fd, long address, int length) {
            if (sendResult < 0) {
                calls.add("zerocopy " + sendResult);
                return sendResult;
            }
            int result = swallows ? length : super.send(fd, address, length);
            if (result > 0) {
                calls.add("zerocopy " + result);
                sends.incrementAndGet();
            }
            return result;
        }

        @Override
        int zeroCopyCompletion(int fd, long out) {
            if (enableResult < 0 && !foreign) {
                throw new IllegalStateException("the kernel would read what the peer sent");
            }
            int[] completion = completions.poll();
            if (completion == null) {
                return -NativeConstants.EAGAIN;
            }
            if (completion.length == 0) {
                return 0;
            }
            SockOpt.scratch().putInt(0, completion[0]).putInt(4, completion[1]).putInt(8, completion[2]);
            return 1;
        }

        @Override
        int send(int fd, long address, int length) {
            if (length > 0) {
                calls.add("copy " + length);
            }
            return swallows ? length : super.send(fd, address, length);
        }

        @Override
        long sendv(int fd, long iov, int count) {
            long result = super.sendv(fd, iov, count);
            calls.add("copy " + result);
            return result;
        }

        @Override
        int soError(int fd) {
            int now = error;
            error = 0;
            return now;
        }

        @Override
        boolean closeTellsPeer() {
            return false;
        }

        void done(int low, int high) {
            completions.add(new int[] {low, high, 0});
        }
    }

    @BeforeEach
    void start() throws Exception {
        var bound = peers.server(Recorder::new, TestFamily.UNIX)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .bind(TestFamily.UNIX.newAddress());
        Waits.get(bound);
        listening = bound.channel();
    }

    @AfterEach
    void stop() {
        rig.close();
        peers.close();
    }

    private Pair pair() throws Exception {
        return pair(true);
    }

    private Pair pair(boolean autoRead) throws Exception {
        Channel client = rig.connect(rig.client(new Recorder(), kernel).option(ChannelOption.AUTO_READ, autoRead)
                .option(VmciChannelOption.ZEROCOPY_THRESHOLD, LARGE)
                .option(VmciChannelOption.CLOSE_TIMEOUT_MILLIS, 0), listening);
        Channel server = peers.accepted();
        return new Pair(listening, client, server, client.pipeline().get(Recorder.class),
                server.pipeline().get(Recorder.class));
    }

    private ByteBuf buffer(int length) {
        ByteBuf buffer = Unpooled.directBuffer(length).writeZero(length);
        buffers.add(buffer);
        return buffer;
    }

    private List<Integer> references() {
        return buffers.stream().map(ByteBuf::refCnt).toList();
    }

    private void allReleased() throws Exception {
        Waits.until("the release", () -> buffers.stream().allMatch(buffer -> buffer.refCnt() == 0));
    }

    private static VmciChannelConfig config(Channel channel) {
        return (VmciChannelConfig) channel.config();
    }

    private static boolean isOpen(int fd, Path socket) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).equals(socket);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldHoldABufferUntilTheKernelIsDone() throws Exception {
        Pair pair = pair();
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals(List.of(1, 1), references());
        kernel.done(0, 0);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        assertEquals(List.of(0, 1), references());
        kernel.completions.add(new int[0]); // something else, which is passed over
        kernel.completions.add(new int[] {1, 1, 1});
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        assertEquals(List.of(0, 0), references());
        assertTrue(pair.client().isActive());
        assertEquals(List.of("enable", "zerocopy 32768", "zerocopy 32768"), kernel.calls);
        Waits.get(pair.client().close());
    }

    @Test
    void shouldCopyUnlessAskedTo() throws Exception {
        Pair pair = pair();
        config(pair.client()).setZerocopyThreshold(0);
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals(List.of(0), references());
        assertEquals(List.of("copy 32768"), kernel.calls);
        config(pair.client()).setZerocopyThreshold(LARGE).setSoLinger(1);
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals(List.of("copy 32768", "copy 32768"), kernel.calls);
        Waits.get(pair.client().close());
    }

    @Test
    void shouldCopyTogetherWhatIsSmall() throws Exception {
        Pair pair = pair();
        Channel client = pair.client();
        ChannelFuture last = Rig.on(client, () -> {
            client.write(buffer(0));
            client.write(buffer(10));
            client.write(buffer(20));
            client.write(buffer(2 * LARGE + 100)); // the rest of it is small
            client.write(buffer(30));
            client.write(buffer(LARGE));
            return client.writeAndFlush(buffer(5));
        });
        Waits.get(last);
        assertEquals(List.of("copy 30", "enable", "zerocopy 65536", "copy 130", "zerocopy 32768", "copy 5"),
                kernel.calls);
        assertEquals(List.of(0, 0, 0, 1, 0, 1, 0), references());
        kernel.done(0, 1);
        Rig.event(client, NativeConstants.EPOLLERR);
        Waits.get(client.close());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        assertEquals(10 + 20 + 2 * LARGE + 100 + 30 + LARGE + 5, pair.serverSaw().bytes());
        allReleased();
    }

    @Test
    void shouldCopyWhereTheKernelHasNone() throws Exception {
        kernel.enableResult = -NativeConstants.EOPNOTSUPP;
        Pair pair = pair();
        for (int i = 0; i < 3; i++) {
            Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        }
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        assertEquals(List.of("enable", "copy 32768", "copy 32768", "copy 32768"), kernel.calls);
        allReleased();
        assertTrue(pair.client().isActive());
        Waits.get(pair.client().close());
    }

    @Test
    void shouldCopyOnceMemoryIsShort() throws Exception {
        Pair pair = pair();
        kernel.swallows = true; // a peer that is slow would leave no room
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        kernel.sendResult = -NativeConstants.ENOMEM;
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        Waits.get(pair.client().writeAndFlush(buffer(LARGE))); // not tried before a completion has come
        assertEquals(List.of("enable", "zerocopy 32768", "zerocopy -12", "copy 32768", "copy 32768"), kernel.calls);
        kernel.done(0, 0);
        kernel.sendResult = 0;
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals("zerocopy 32768", kernel.calls.get(5));
        kernel.done(1, 1);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        kernel.sendResult = -NativeConstants.ENOBUFS;
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        kernel.sendResult = 0;
        Waits.get(pair.client().writeAndFlush(buffer(LARGE))); // with nothing to wait for it is off
        assertEquals(List.of("zerocopy -105", "copy 32768", "copy 32768"), kernel.calls.subList(6, 9));
        allReleased();
        Waits.get(pair.client().close());
    }

    @Test
    void shouldHoldNoMoreThanItsBound() throws Exception {
        Pair pair = pair();
        kernel.swallows = true;
        int most = (int) ZeroCopy.MOST_HELD / 65536;
        for (int i = 0; i < most + 10; i++) {
            Waits.get(pair.client().writeAndFlush(buffer(65536)));
        }
        assertEquals(most, kernel.sends.get());
        kernel.done(0, 4);
        Waits.get(pair.client().writeAndFlush(buffer(65536))); // looks for completions itself
        assertEquals(most + 1, kernel.sends.get());
        kernel.done(5, most);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        allReleased();
        Waits.get(pair.client().close());
    }

    /** With autoRead off nothing may be read because of a completion, and nothing be taken for an error. */
    @Test
    void shouldTellCompletionsFromErrors() throws Exception {
        Pair pair = pair(false);
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        Waits.get(pair.server().writeAndFlush(Rig.text("unread")));
        kernel.done(0, 0);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        allReleased();
        assertEquals(0, pair.clientSaw().bytes());
        Rig.event(pair.client(), NativeConstants.EPOLLERR); // another look has taken them all before
        assertEquals(0, pair.clientSaw().bytes());
        assertTrue(pair.client().isActive());
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        kernel.done(1, 1);
        kernel.error = NativeConstants.ECONNRESET;
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        Waits.get(pair.client().closeFuture());
        assertInstanceOf(IOException.class, pair.clientSaw().failures.get(0));
        allReleased();
    }

    /** Epoll would report them without end, whether this channel has tried to send so or not. */
    @Test
    void shouldDropTheCompletionsOfWhoeverHadTheSocketBefore() throws Exception {
        kernel.foreign = true;
        kernel.enableResult = -NativeConstants.EBUSY;
        Pair pair = pair(false);
        Waits.get(pair.server().writeAndFlush(Rig.text("unread")));
        for (boolean sends : new boolean[] {false, true}) {
            if (sends) {
                Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
                assertEquals(List.of("enable", "copy 32768"), kernel.calls);
            }
            kernel.done(7, 7);
            kernel.completions.add(new int[0]);
            kernel.done(8, 9);
            Rig.event(pair.client(), NativeConstants.EPOLLERR);
            assertEquals(0, kernel.completions.size());
            assertEquals(0, pair.clientSaw().bytes());
        }
        assertTrue(pair.client().isActive());
        Waits.get(pair.client().close());
    }

    @Test
    void shouldStopWhenTheNumbersAreNotItsOwn() throws Exception {
        Pair pair = pair();
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        kernel.done(7, 7);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        assertEquals(List.of(1), references());
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals("copy 32768", kernel.calls.get(2));
        kernel.done(0, 0);
        Waits.get(pair.client().close());
        allReleased();
    }

    /** A closed socket would tell no more, and the peer read what is written to the memory next. */
    @Test
    void shouldKeepTheSocketOfAClosedChannelUntilTheKernelIsDone() throws Exception {
        for (int closeTimeout : new int[] {0, 50}) {
            Pair pair = pair();
            config(pair.client()).setCloseTimeoutMillis(closeTimeout);
            int fd = ((AbstractVmciChannel) pair.client()).fd().intValue();
            Path socket = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd));
            buffers.clear();
            pair.client().writeAndFlush(buffer(LARGE)).addListener(ChannelFutureListener.CLOSE);
            Waits.get(pair.client().closeFuture());
            pair.serverSaw().await("ChannelInputShutdownReadComplete");
            assertEquals(LARGE, pair.serverSaw().bytes());
            assertInstanceOf(IOException.class, brokenPipe(pair.server())); // both ends are shut down
            assertEquals(List.of(1), references());
            assertTrue(isOpen(fd, socket));
            kernel.done(0, 0);
            allReleased();
            Waits.until("the close", () -> !isOpen(fd, socket));
            Waits.get(pair.server().close());
        }
    }

    private static Throwable brokenPipe(Channel channel) throws Exception {
        while (true) {
            ChannelFuture write = channel.writeAndFlush(Rig.text("x"));
            if (!write.await(Waits.SECONDS, TimeUnit.SECONDS) || write.cause() != null) {
                return write.cause();
            }
        }
    }

    @Test
    void shouldLetALoopEndBeforeTheKernelIsDone() throws Exception {
        Pair pair = pair();
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        pair.server().close();
        Waits.get(rig.group.shutdownGracefully(0, 0, TimeUnit.SECONDS));
        assertEquals(List.of(1), references());
        kernel.done(0, 0);
        allReleased();
    }

    @Test
    void shouldCopyWhileTooManyClosedChannelsWait() throws Exception {
        int most = (int) (UnfinishedSends.MOST_BYTES / ZeroCopy.MOST_HELD);
        ByteBuf always = Unpooled.directBuffer(65536).writeZero(65536);
        int each = (int) ZeroCopy.MOST_HELD / 65536;
        List<Kernel> kernels = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            assertTrue(UnfinishedSends.hasRoom());
            Kernel own = new Kernel();
            own.swallows = true;
            kernels.add(own);
            Channel client = rig.connect(rig.client(new Recorder(), own)
                    .option(VmciChannelOption.ZEROCOPY_THRESHOLD, LARGE)
                    .option(VmciChannelOption.CLOSE_TIMEOUT_MILLIS, 0), listening);
            for (int j = 0; j < each; j++) {
                Waits.get(client.writeAndFlush(always.retainedDuplicate()));
            }
            Waits.get(client.close());
            peers.accepted();
        }
        assertEquals(1 + most * each, always.refCnt());
        assertFalse(UnfinishedSends.hasRoom());
        Pair pair = pair();
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals(List.of("enable", "copy 32768"), kernel.calls);
        kernels.forEach(own -> own.done(0, each - 1));
        Waits.until("the release", () -> always.refCnt() == 1 && UnfinishedSends.hasRoom());
        always.release();
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        assertEquals("zerocopy 32768", kernel.calls.get(2));
        kernel.done(0, 0);
        Waits.get(pair.client().close());
        allReleased();
    }

    @Test
    void shouldNotHandOnADescriptorFromWhoseBuffersTheKernelSends() throws Exception {
        Pair pair = pair();
        Channel passing = rig.connect(TestFamily.UNIX.client().group(rig.group).handler(new Recorder()), listening);
        Waits.get(pair.client().writeAndFlush(buffer(LARGE)));
        var descriptor = ((AbstractVmciChannel) pair.client()).fd();
        Throwable refused = Waits.failure(passing.writeAndFlush(descriptor));
        assertTrue(refused.getMessage().contains("still sends from its buffers"), refused.getMessage());
        kernel.done(0, 0);
        Rig.event(pair.client(), NativeConstants.EPOLLERR);
        Waits.get(passing.writeAndFlush(descriptor));
        Waits.get(pair.client().writeAndFlush(buffer(LARGE))); // whoever has it now may take the completions
        assertEquals("copy 32768", kernel.calls.get(2));
        Waits.get(pair.client().close());
        Waits.get(passing.close());
        allReleased();
    }

    @Test
    void shouldBeAnOptionOfVsockAlone() throws Exception {
        Channel client = pair().client();
        assertEquals(LARGE, client.config().getOption(VmciChannelOption.ZEROCOPY_THRESHOLD));
        assertTrue(client.config().setOption(VmciChannelOption.ZEROCOPY_THRESHOLD, 0));
        assertThrows(IllegalArgumentException.class,
                () -> client.config().setOption(VmciChannelOption.ZEROCOPY_THRESHOLD, -1));
        Waits.get(client.close());
        VmciDomainSocketChannel unix = new VmciDomainSocketChannel();
        assertFalse(unix.config().setOption(VmciChannelOption.ZEROCOPY_THRESHOLD, LARGE));
        assertFalse(unix.config().getOptions().containsKey(VmciChannelOption.ZEROCOPY_THRESHOLD));
        rig.group.next().register(unix).sync();
        Waits.get(unix.close());
    }
}
