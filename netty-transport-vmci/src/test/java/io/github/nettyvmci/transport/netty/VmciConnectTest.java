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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The counterparts of Netty's SocketMultipleConnectTest, SocketConnectionAttemptTest (its refusal),
 * SocketChannelNotYetConnectedTest and WriteBeforeRegisteredTest.
 */
class VmciConnectTest extends AbstractVmciSocketTest {

    @Test
    void shouldRefuseASecondConnectAndKeepTheFirst(TestInfo testInfo) throws Throwable {
        run(testInfo, this::connectTwice);
    }

    private void connectTwice(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Channel server = serverBootstrap.childHandler(idle()).bind().sync().channel();
        Channel client = bootstrap.handler(idle()).register().sync().channel();
        try {
            client.connect(dialled(server)).sync();
            ChannelFuture second = done(client.connect(dialled(server)));
            assertInstanceOf(AlreadyConnectedException.class, second.cause());
            assertTrue(client.isActive());
            assertEquals(dialled(server), client.remoteAddress());
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldRefuseASecondConnectWhileTheFirstIsUnderWay(TestInfo testInfo) throws Throwable {
        run(testInfo, this::connectTwiceAtOnce);
    }

    private void connectTwiceAtOnce(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Channel server = serverBootstrap.childHandler(idle()).bind().sync().channel();
        Channel client = bootstrap.handler(idle()).register().sync().channel();
        try {
            // One task does both, so that no event comes between them.
            List<ChannelFuture> both = client.eventLoop().submit(() -> List.of(
                    client.connect(dialled(server)), client.connect(dialled(server)))).sync().getNow();
            Throwable cause = done(both.get(1)).cause();
            assertTrue(cause instanceof ConnectionPendingException || cause instanceof AlreadyConnectedException,
                    () -> "second connect: " + cause);
            assertNull(done(both.get(0)).cause());
            assertTrue(client.isActive());
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldReportARefusedConnectAndClose(TestInfo testInfo) throws Throwable {
        run(testInfo, this::connectRefused);
    }

    private void connectRefused(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        // The server is bound, so that nobody else gets the address, but it does not listen.
        Channel deaf = bootstrap.handler(idle()).bind(newSocketAddress()).sync().channel();
        try {
            SocketAddress nobody = dialled(deaf);
            ChannelFuture connect = done(bootstrap.clone().localAddress((SocketAddress) null).connect(nobody));
            assertInstanceOf(ConnectException.class, connect.cause());
            assertTrue(connect.cause().getMessage().contains("refused: nothing accepts there"),
                    connect.cause().getMessage());
            assertTrue(connect.cause().getMessage().contains(nobody.toString()), connect.cause().getMessage());
            done(connect.channel().closeFuture());
        } finally {
            close(deaf);
        }
    }

    @Test
    void shouldSayNotYetConnected(TestInfo testInfo) throws Throwable {
        run(testInfo, this::notYetConnected);
    }

    private void notYetConnected(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        DuplexChannel client = (DuplexChannel) bootstrap.handler(idle()).bind(newSocketAddress()).sync().channel();
        Channel server = null;
        try {
            assertFalse(client.isActive());
            assertNull(client.remoteAddress());
            for (ChannelFuture future : List.of(client.shutdownInput(), client.shutdownOutput(), client.shutdown(),
                    client.writeAndFlush(Unpooled.copyInt(1)))) {
                assertInstanceOf(NotYetConnectedException.class, done(future).cause());
            }
            // None of this did harm: the channel can still be connected and written to.
            assertFalse(client.isInputShutdown());
            assertFalse(client.isOutputShutdown());
            server = serverBootstrap.childHandler(idle()).bind().sync().channel();
            client.connect(dialled(server)).sync();
            client.writeAndFlush(Unpooled.copyInt(1)).sync();
        } finally {
            close(client, server);
        }
    }

    @Test
    void shouldSettleAWriteThatWasMadeBeforeTheChannelIsRegistered(TestInfo testInfo) throws Throwable {
        run(testInfo, this::writeBeforeRegistered);
    }

    private void writeBeforeRegistered(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Channel server = serverBootstrap.childHandler(idle()).bind().sync().channel();
        Channel client = null;
        ByteBuf one = Unpooled.directBuffer(1).writeByte(1);
        try {
            client = bootstrap.handler(new ChannelInboundHandlerAdapter() {
                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    failure.set(cause);
                }
            }).connect(server.localAddress()).channel();
            ChannelFuture write = done(client.writeAndFlush(one));
            // Which of the two it is depends on who is faster, this thread or the event loop.
            assertTrue(write.isSuccess() || write.cause() instanceof NotYetConnectedException,
                    () -> "write: " + write.cause());
            assertEquals(0, one.refCnt());
            done(client.newSucceededFuture());
        } finally {
            close(client, server);
        }
        assertNull(failure.get());
    }
}
