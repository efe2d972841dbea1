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

import io.github.nettyvmci.testing.TestFamily;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** Nothing is left behind: no file descriptor and no thread is there afterwards that was not there before. */
class ManyConnectionsTest {

    private static Set<Thread> eventLoopThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().contains("EventLoop"))
                .collect(Collectors.toSet());
    }

    /** Over AF_VSOCK a socket whose channel closed first stays as long as the peer may still read. */
    private static void awaitNoneBut(Set<String> before) throws Exception {
        Set<String> left = without(before, Descriptors.withoutFiles());
        if (TestFamily.CURRENT == TestFamily.VSOCK) {
            Waits.until(left + " closed", () -> {
                try {
                    left.retainAll(Descriptors.withoutFiles());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return left.isEmpty();
            });
        }
        assertEquals(Set.of(), left);
    }

    private static <T> Set<T> without(Set<T> before, Set<T> now) {
        now.removeAll(before);
        return now;
    }

    /** Sends one byte, and closes when it is back. */
    private static final class OneByte extends ChannelInboundHandlerAdapter {

        final CompletableFuture<Void> answered = new CompletableFuture<>();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(ctx.alloc().directBuffer(1).writeByte(1));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            io.netty.util.ReferenceCountUtil.release(message);
            answered.complete(null);
            ctx.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            answered.completeExceptionally(cause);
        }
    }

    /** Counts the server's children that have gone. */
    private static ChannelHandler child(CountDownLatch gone) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message);
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                gone.countDown();
            }
        };
    }

    private static void oneByOne(Rig rig, int count) throws Exception {
        CountDownLatch gone = new CountDownLatch(count);
        Channel server = rig.listen(() -> child(gone));
        for (int i = 0; i < count; i++) {
            OneByte client = new OneByte();
            ChannelFuture connect = rig.client(client).connect(server.localAddress());
            Waits.get(connect);
            Waits.get(client.answered);
            Waits.get(connect.channel().closeFuture());
        }
        Waits.latch(gone);
        Waits.get(server.close());
    }

    private static void allAtOnce(Rig rig, int count) throws Exception {
        CountDownLatch gone = new CountDownLatch(count);
        Channel server = rig.listen(() -> child(gone));
        List<Recorder> recorders = new ArrayList<>();
        List<ChannelFuture> connects = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Recorder recorder = new Recorder();
            recorders.add(recorder);
            if (TestFamily.OVER_VMCI) { // its kernel gives a handshake one second, and hundreds at once take longer
                connects.add(rig.connect(rig.client(recorder), server).newSucceededFuture());
            } else {
                connects.add(rig.client(recorder).connect(server.localAddress()));
            }
        }
        for (ChannelFuture connect : connects) {
            Waits.get(connect);
        }
        for (ChannelFuture connect : connects) {
            connect.channel().writeAndFlush(connect.channel().alloc().directBuffer(1).writeByte(1));
        }
        for (Recorder recorder : recorders) {
            recorder.awaitBytes(1);
        }
        assertEquals(count, connects.stream().filter(connect -> connect.channel().isActive()).count());
        for (ChannelFuture connect : connects) {
            Waits.get(connect.channel().close());
        }
        Waits.latch(gone);
        Waits.get(server.close());
    }

    @Test
    void shouldLeaveNothingBehindAfterTenThousandConnectionsInARow() throws Exception {
        Set<Thread> threads = eventLoopThreads();
        try (Rig rig = new Rig()) {
            oneByOne(rig, 100); // the JVM opens some descriptors once
            Set<String> before = Descriptors.withoutFiles();
            // VMware's driver takes some 40 ms to set up and take down a queue pair.
            oneByOne(rig, TestFamily.OVER_VMCI ? 200 : 10_000);
            awaitNoneBut(before);
        }
        Waits.until("no thread more than before", () -> without(threads, eventLoopThreads()).isEmpty());
    }

    @Test
    void shouldLeaveNothingBehindAfterAThousandConnectionsAtOnce() throws Exception {
        Set<Thread> threads = eventLoopThreads();
        try (Rig rig = new Rig()) {
            allAtOnce(rig, 10);
            Set<String> before = Descriptors.withoutFiles();
            allAtOnce(rig, TestFamily.OVER_VMCI ? 200 : 1000);
            awaitNoneBut(before);
        }
        Waits.until("no thread more than before", () -> without(threads, eventLoopThreads()).isEmpty());
    }

    @Test
    void shouldLeaveNothingBehindAfterAGroup() throws Exception {
        new Rig().close();
        Set<String> before = Descriptors.withoutFiles();
        for (int i = 0; i < 20; i++) {
            new Rig().close();
        }
        assertEquals(Set.of(), without(before, Descriptors.withoutFiles()));
    }
}
