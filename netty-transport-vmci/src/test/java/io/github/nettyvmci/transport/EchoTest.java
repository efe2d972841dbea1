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
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

class EchoTest {

    @Test
    void shouldEchoOverTheFamilyOfThisRun() throws Exception {
        EventLoopGroup group = TestLoops.newGroup(2);
        CompletableFuture<String> answer = new CompletableFuture<>();
        try {
            Channel server = new ServerBootstrap().group(group).channel(TestFamily.CURRENT.serverChannel())
                    .childHandler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object message) {
                            ctx.writeAndFlush(message);
                        }
                    }).bind(TestFamily.CURRENT.newAddress()).sync().channel();
            Channel client = TestFamily.CURRENT.client().group(group)
                    .handler(new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object message) {
                            ByteBuf buffer = (ByteBuf) message;
                            answer.complete(buffer.toString(StandardCharsets.UTF_8));
                            buffer.release();
                        }
                    }).connect(server.localAddress()).sync().channel();
            client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8)).sync();
            assertEquals("hello", Waits.get(answer));
            client.close().sync();
            server.close().sync();
        } finally {
            Waits.get(group.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        }
    }
}
