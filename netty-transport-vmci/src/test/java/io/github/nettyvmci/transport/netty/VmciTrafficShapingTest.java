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
package io.github.nettyvmci.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.traffic.AbstractTrafficShapingHandler;
import io.netty.handler.traffic.ChannelTrafficShapingHandler;
import io.netty.handler.traffic.GlobalTrafficShapingHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The counterpart of Netty's TrafficShapingHandlerTest: shaping delays writes, and turns autoRead off and on,
 * without losing or reordering a byte.
 */
class VmciTrafficShapingTest extends AbstractVmciSocketTest {

    private static final int BYTES = 100_000;
    private static final int BYTES_PER_SECOND = 100_000;
    private static final int CHECK_MILLIS = 50;

    /** With the limit this transfer takes about a second. A third of it proves that it was slowed down. */
    private static final long LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(333);

    @Test
    void shouldShapeWrites(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> transfer(serverBootstrap, bootstrap,
                new ChannelTrafficShapingHandler(BYTES_PER_SECOND, 0, CHECK_MILLIS), null));
    }

    @Test
    void shouldShapeReads(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> transfer(serverBootstrap, bootstrap,
                null, new ChannelTrafficShapingHandler(0, BYTES_PER_SECOND, CHECK_MILLIS)));
    }

    @Test
    void shouldShapeWritesGlobally(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> transferGlobally(serverBootstrap, bootstrap, true));
    }

    @Test
    void shouldShapeReadsGlobally(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> transferGlobally(serverBootstrap, bootstrap, false));
    }

    private static void transferGlobally(ServerBootstrap serverBootstrap, Bootstrap bootstrap, boolean writes)
            throws Throwable {
        DefaultEventExecutor executor = new DefaultEventExecutor();
        GlobalTrafficShapingHandler shaper = new GlobalTrafficShapingHandler(executor, writes ? BYTES_PER_SECOND : 0,
                writes ? 0 : BYTES_PER_SECOND, CHECK_MILLIS);
        try {
            transfer(serverBootstrap, bootstrap, writes ? shaper : null, writes ? null : shaper);
        } finally {
            shaper.release();
            executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static void transfer(ServerBootstrap serverBootstrap, Bootstrap bootstrap,
            AbstractTrafficShapingHandler sender, AbstractTrafficShapingHandler receiver) throws Throwable {
        CompletableFuture<Long> end = new CompletableFuture<>();
        Channel server = serverBootstrap.childHandler(chain(receiver, new Receiver(end))).bind().sync().channel();
        Channel client = bootstrap.handler(chain(sender, idle())).connect(server.localAddress()).sync().channel();
        try {
            long start = System.nanoTime();
            for (int sent = 0; sent < BYTES; sent += 10_000) {
                ByteBuf part = client.alloc().buffer(10_000);
                for (int i = sent; i < sent + 10_000; i++) {
                    part.writeByte(i * 31);
                }
                client.write(part);
            }
            client.flush();
            long took = end.get(WAIT_SECONDS, TimeUnit.SECONDS) - start;
            assertTrue(took >= LEAST_NANOS, () -> "took only " + took + " ns");
        } finally {
            close(client, server);
        }
    }

    private static ChannelHandler chain(ChannelHandler shaper, ChannelHandler handler) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (shaper != null) {
                    channel.pipeline().addLast(shaper);
                }
                channel.pipeline().addLast(handler);
            }
        };
    }

    /** Checks each byte; completes with the time of the last one. */
    private static final class Receiver extends SimpleChannelInboundHandler<ByteBuf> {
        private final CompletableFuture<Long> end;
        private int received;

        Receiver(CompletableFuture<Long> end) {
            this.end = end;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
            while (message.isReadable()) {
                assertEquals((byte) (received * 31), message.readByte(), "byte " + received);
                received++;
            }
            if (received == BYTES) {
                end.complete(System.nanoTime());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end.completeExceptionally(cause);
        }
    }
}
