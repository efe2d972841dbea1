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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.VmciAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketConnectTest;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

class VmciSocketConnectTest extends SocketConnectTest {

    @Override
    protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
        return VmciPermutation.INSTANCE.socket();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return VmciPermutation.newAddress();
    }

    // The next two are Netty's, without the Inet types that these expect. Netty's own @Test methods call them.

    @Override
    public void testLocalAddressAfterConnect(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        CompletableFuture<SocketAddress> childAddress = new CompletableFuture<>();
        Channel server = serverBootstrap.childHandler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                childAddress.complete(ctx.channel().localAddress());
            }
        }).bind().sync().channel();
        Channel client = bootstrap.handler(new ChannelHandlerAdapter() { }).register().sync().channel();
        try {
            assertNull(client.localAddress());
            assertNull(client.remoteAddress());
            client.connect(TestFamily.CURRENT.dial(server.localAddress())).sync();
            assertEquals(TestFamily.CURRENT.dial(server.localAddress()), client.remoteAddress());
            assertEquals(server.localAddress(),
                    childAddress.get(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
            if (client.localAddress() instanceof VmciAddress local) {
                assertEquals(TestFamily.OVER_VMCI ? VmciAddress.CID_HOST : VmciAddress.CID_LOCAL, local.cid());
                assertNotEquals(VmciAddress.PORT_ANY, local.port());
            }
        } finally {
            client.close().sync();
            server.close().sync();
        }
    }

    /** There is no fast open here, and none is needed: what was written before the connect comes first after it. */
    @Override
    protected void testWriteWithFastOpenBeforeConnect(ServerBootstrap serverBootstrap, Bootstrap bootstrap,
            Function<Channel, ByteBuf> initialData, String expected) throws Throwable {
        Channel server = serverBootstrap.childHandler(new Echo()).bind().sync().channel();
        try {
            for (int i = 0; i < 2; i++) {
                writeBeforeConnect(bootstrap.clone(), server.localAddress(), initialData, expected + "[normal data]");
            }
        } finally {
            server.close().sync();
        }
    }

    private static void writeBeforeConnect(Bootstrap bootstrap, SocketAddress server,
            Function<Channel, ByteBuf> initialData, String expected) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        Channel client = bootstrap.handler(new SimpleChannelInboundHandler<ByteBuf>() {
            private final StringBuilder received = new StringBuilder();

            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
                received.append(message.toString(StandardCharsets.US_ASCII));
                if (received.length() >= expected.length()) {
                    answer.complete(received.toString());
                }
            }
        }).register().sync().channel();
        try {
            ChannelFuture early = client.write(initialData.apply(client));
            client.connect(TestFamily.CURRENT.dial(server)).sync();
            client.writeAndFlush(Unpooled.copiedBuffer("[normal data]", StandardCharsets.US_ASCII)).sync();
            early.sync();
            assertEquals(expected, answer.get(AbstractVmciSocketTest.WAIT_SECONDS, TimeUnit.SECONDS));
        } finally {
            client.disconnect().sync();
        }
    }

    @ChannelHandler.Sharable
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.writeAndFlush(message);
        }
    }
}
