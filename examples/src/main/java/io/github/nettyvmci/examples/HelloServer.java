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
package io.github.nettyvmci.examples;

import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.CharsetUtil;

import java.time.Duration;

/**
 * Answers ZeroMQ's REQ sockets with a plain Netty handler: "Hello" with "World".
 *
 * <p>Shows: ZMTP as a codec in a plain Netty pipeline, on the side that binds. Any ZeroMQ peer that may talk to a REP
 * can connect, for example {@link HelloClient}.
 *
 * <p>Run: {@code HelloServer [ENDPOINT]} (default {@code vmci://*:5555}, or {@code ipc://PATH}).
 *
 * <p>Prints: {@code listening on ENDPOINT}, and a line for each request. Runs until it is killed.
 */
public final class HelloServer {

    private HelloServer() {
    }

    /**
     * Answers until it is killed.
     *
     * @param args the endpoint: {@code vmci://CID:PORT}, or {@code ipc://PATH} for a Unix socket
     * @throws Exception if the text is no endpoint, or the endpoint cannot be bound
     */
    public static void main(String[] args) throws Exception {
        Endpoint endpoint = Endpoint.parse(args.length > 0 ? args[0] : "vmci://*:5555");
        EventLoopGroup group = new VmciEventLoopGroup(1);
        try {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(endpoint.serverChannel()) // VmciServerChannel.class for vmci://
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.REP)
                                    // PINGs find out that a virtual machine is gone; no kernel tells.
                                    .heartbeatInterval(Duration.ofSeconds(10)).heartbeatNewPeersOnly(true)
                                    .build(), new Answer());
                        }
                    })
                    .bind(endpoint.address()).sync().channel();
            System.out.println("listening on " + Endpoint.of(server.localAddress()));
            server.closeFuture().sync();
        } finally {
            group.shutdownGracefully();
        }
    }

    /**
     * Answers each request. A request is an envelope, which ends with an empty part, and a body of one part; the answer
     * has the same envelope.
     */
    private static final class Answer extends SimpleChannelInboundHandler<ZmtpMessage> {

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ZmtpMessage request) {
            int last = request.partCount() - 1;
            System.out.println(Endpoint.of(ctx.channel().remoteAddress()) + " asks: " + request.text(last));
            ByteBuf[] answer = new ByteBuf[request.partCount()];
            for (int i = 0; i < last; i++) {
                answer[i] = request.part(i).retain();
            }
            answer[last] = ctx.alloc().buffer().writeBytes("World".getBytes(CharsetUtil.UTF_8));
            ctx.writeAndFlush(ZmtpMessage.of(answer));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            System.err.println(Endpoint.of(ctx.channel().remoteAddress()) + ": " + cause.getMessage());
            ctx.close();
        }
    }
}
