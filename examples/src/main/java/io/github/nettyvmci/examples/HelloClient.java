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
import io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks a ZeroMQ REP socket, {@link HelloServer} for example, three times, and prints its answers.
 *
 * <p>Shows: ZMTP as a codec in a plain Netty pipeline, on the side that connects.
 *
 * <p>Run: {@code HelloClient [ENDPOINT]} (default {@code vmci://1:5555}, this machine; or {@code ipc://PATH}).
 *
 * <p>Prints: {@code connected to ENDPOINT: ...} with the result of the handshake, and {@code Hello 1 -> World} three
 * times.
 */
public final class HelloClient {

    private static final int QUESTIONS = 3;

    private HelloClient() {
    }

    /**
     * Asks three times and ends.
     *
     * @param args the endpoint: {@code vmci://CID:PORT}, or {@code ipc://PATH}
     * @throws Exception if the text is no endpoint, if the connection fails, or if three answers take more than 30 s
     */
    public static void main(String[] args) throws Exception {
        Endpoint endpoint = Endpoint.parse(args.length > 0 ? args[0] : "vmci://1:5555");
        EventLoopGroup group = new VmciEventLoopGroup(1);
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            new Bootstrap()
                    .group(group)
                    .channel(endpoint.clientChannel()) // VmciChannel.class for vmci://
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            // Not 5 seconds for the greeting, but as long as for all: a server that has just started
                            // in an emulated machine answers its first connection late.
                            ZmtpLimits patient = ZmtpLimits.builder().greetingTimeout(Duration.ofSeconds(30)).build();
                            channel.pipeline().addLast(ZmtpCodec.builder(ZmtpSocketType.REQ).limits(patient).build(),
                                    new Asker(done));
                        }
                    })
                    .connect(endpoint.address()).sync();
            done.get(30, TimeUnit.SECONDS);
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private static final class Asker extends SimpleChannelInboundHandler<ZmtpMessage> {

        private final CompletableFuture<Void> done;
        private int asked;

        Asker(CompletableFuture<Void> done) {
            this.done = done;
        }

        private void ask(ChannelHandlerContext ctx) {
            asked++;
            ctx.writeAndFlush(ZmtpMessage.ofText("", "Hello " + asked)); // the empty part ends the envelope
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ZmtpHandshakeCompleted completed) {
                System.out.println("connected to " + Endpoint.of(ctx.channel().remoteAddress()) + ": " + completed);
                ask(ctx);
            } else if (event instanceof ZmtpHandshakeFailed failed) {
                done.completeExceptionally(failed.cause());
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ZmtpMessage answer) {
            System.out.println("Hello " + asked + " -> " + answer.text(answer.partCount() - 1));
            if (asked == QUESTIONS) {
                ctx.close();
                done.complete(null);
            } else {
                ask(ctx);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            done.completeExceptionally(new IllegalStateException("the server closed the connection"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            done.completeExceptionally(cause);
        }
    }
}
