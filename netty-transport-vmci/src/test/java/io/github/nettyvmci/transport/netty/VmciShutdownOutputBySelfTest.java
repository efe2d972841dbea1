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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The counterpart of Netty's SocketShutdownOutputBySelfTest, with a channel as peer. */
class VmciShutdownOutputBySelfTest extends AbstractVmciSocketTest {

    /** Stands for a byte in the queue of what happened. */
    private static final String END = "end";

    @Test
    void shouldStillReadAfterShuttingDownOutput(TestInfo testInfo) throws Throwable {
        run(testInfo, this::shutDownOutput);
    }

    private void shutDownOutput(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Recorder peer = new Recorder();
        Recorder self = new Recorder();
        Channel server = serverBootstrap.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true).childHandler(peer)
                .bind().sync().channel();
        DuplexChannel client = (DuplexChannel) bootstrap.handler(self).connect(server.localAddress()).sync().channel();
        try {
            assertFalse(client.isOutputShutdown());
            client.writeAndFlush(one(1)).sync();
            assertEquals((byte) 1, peer.next());

            client.shutdownOutput().sync();
            assertEquals(END, peer.next());
            assertTrue(client.isOpen());
            assertTrue(client.isActive());
            assertFalse(client.isInputShutdown());
            assertTrue(client.isOutputShutdown());
            assertFalse(client.isShutdown());

            // The other direction works on.
            peer.channel().writeAndFlush(one(2)).sync();
            assertEquals((byte) 2, self.next());
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldReportClosedWhenShuttingDownAfterClose(TestInfo testInfo) throws Throwable {
        run(testInfo, this::shutDownAfterClose);
    }

    private void shutDownAfterClose(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Channel server = serverBootstrap.childHandler(idle()).bind().sync().channel();
        try {
            DuplexChannel client = (DuplexChannel) bootstrap.handler(idle()).connect(server.localAddress()).sync()
                    .channel();
            client.close().sync();
            assertInstanceOf(ClosedChannelException.class, done(client.shutdownInput()).cause());
            assertInstanceOf(ClosedChannelException.class, done(client.shutdownOutput()).cause());
            assertInstanceOf(ClosedChannelException.class, done(client.shutdown()).cause());
        } finally {
            close(server);
        }
    }

    @Test
    void shouldRefuseWritesAfterShuttingDownOutputWithoutChangingWritability(TestInfo testInfo) throws Throwable {
        run(testInfo, this::writeAfterShutDown);
    }

    private void writeAfterShutDown(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Recorder peer = new Recorder();
        Recorder self = new Recorder();
        Channel server = serverBootstrap.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true).childHandler(peer)
                .bind().sync().channel();
        DuplexChannel client = (DuplexChannel) bootstrap.handler(self)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(2, 4))
                .connect(server.localAddress()).sync().channel();
        try {
            client.shutdownOutput().sync();
            assertEquals(END, peer.next());
            ByteBuf six = Unpooled.buffer().writeZero(6);
            assertInstanceOf(ClosedChannelException.class, done(client.writeAndFlush(six)).cause());
            assertEquals(0, six.refCnt());
            // After one task of the event loop, whatever was going to be fired has been.
            client.eventLoop().submit(() -> { }).sync();
            assertNull(self.writability.poll());
            assertTrue(client.isActive());
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldShutDownOutputWithLinger(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> shutDownWithLinger(serverBootstrap, bootstrap, false));
    }

    @Test
    void shouldShutDownWithLinger(TestInfo testInfo) throws Throwable {
        run(testInfo, (serverBootstrap, bootstrap) -> shutDownWithLinger(serverBootstrap, bootstrap, true));
    }

    private void shutDownWithLinger(ServerBootstrap serverBootstrap, Bootstrap bootstrap, boolean both)
            throws Throwable {
        Channel server = serverBootstrap.childHandler(idle()).bind().sync().channel();
        DuplexChannel client = (DuplexChannel) bootstrap.option(ChannelOption.SO_LINGER, 1).handler(idle())
                .connect(server.localAddress()).sync().channel();
        try {
            ChannelFuture shutdown = done(both ? client.shutdown() : client.shutdownOutput());
            // The server closes when it sees the end, which may be before the second half of shutdown().
            assertTrue(shutdown.isSuccess() || both && shutdown.cause() instanceof ClosedChannelException,
                    () -> "shutdown: " + shutdown.cause());
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldReadInAHalfClosedConnectionThatLingers(TestInfo testInfo) throws Throwable {
        run(testInfo, this::readWhileHalfClosed);
    }

    private void readWhileHalfClosed(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Recorder peer = new Recorder();
        Channel server = serverBootstrap.childOption(ChannelOption.SO_LINGER, 1).childHandler(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(peer);
                        channel.eventLoop().execute(((DuplexChannel) channel)::shutdownOutput);
                    }
                }).bind().sync().channel();
        Recorder self = new Recorder();
        Channel client = bootstrap.option(ChannelOption.ALLOW_HALF_CLOSURE, true).handler(self)
                .connect(server.localAddress()).sync().channel();
        try {
            assertEquals(END, self.next());
            client.writeAndFlush(one(3)).sync();
            assertEquals((byte) 3, peer.next());
        } finally {
            close(client, server);
        }
    }

    private static ByteBuf one(int value) {
        return Unpooled.directBuffer(1).writeByte(value);
    }

    /** Notes each byte and the end of input. */
    private static final class Recorder extends SimpleChannelInboundHandler<ByteBuf> {
        final BlockingQueue<Boolean> writability = new LinkedBlockingQueue<>();
        private final BlockingQueue<Object> queue = new LinkedBlockingQueue<>();
        private final BlockingQueue<Channel> active = new LinkedBlockingQueue<>();

        Object next() throws InterruptedException {
            Object next = queue.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            assertNotNull(next, "nothing arrived");
            return next;
        }

        Channel channel() throws InterruptedException {
            Channel channel = active.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            assertNotNull(channel, "not active");
            return channel;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            active.add(ctx.channel());
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            writability.add(ctx.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                queue.add(END);
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
            while (message.isReadable()) {
                queue.add(message.readByte());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            queue.add(cause);
        }
    }
}
