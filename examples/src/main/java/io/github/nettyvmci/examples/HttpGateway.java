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

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.CharsetUtil;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Web clients ask services in virtual machines: each HTTP request over TCP becomes a request over VM sockets.
 *
 * <p>Shows: one thread for both worlds. The web server has Netty's own channels on a loop of its epoll transport, and
 * the ZeroMQ socket lives on that loop too, so that no message changes threads.
 *
 * <p>Run on the host: {@code HttpGateway [ENDPOINT [PORT]]} (default {@code vmci://*:5555 8080}, or
 * {@code ipc://PATH}). In each of the virtual machines: {@code script/zmq rep --connect vmci://2:5555 --reply World}.
 * Ask with {@code curl http://127.0.0.1:8080/hello}.
 *
 * <p>Prints: {@code listening on http://127.0.0.1:PORT for services at ENDPOINT}, and a line for each request with the
 * threads that handled it and its reply. Runs until it is killed.
 */
public final class HttpGateway {

    private static final int MAX_REQUEST = 64 * 1024;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private HttpGateway() {
    }

    /**
     * Serves until it is killed.
     *
     * @param args the endpoint of the services, and the port of the web server
     * @throws Exception if one of them cannot be bound
     */
    public static void main(String[] args) throws Exception {
        String endpoint = Arguments.get(args, 0, "vmci://*:5555");
        int port = Integer.parseInt(Arguments.get(args, 1, "8080"));
        EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ZmqContext context = ZmqContext.builder().eventLoopGroup(thread).linger(Duration.ZERO).build()) {
            ZmqSocket services = context.open(ZmqSocketType.DEALER);
            String bound = services.bind(endpoint);
            Channel web = new ServerBootstrap()
                    .group(thread)
                    .channel(EpollServerSocketChannel.class)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_REQUEST),
                                    new Gate(services));
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).sync().channel();
            System.out.println("listening on http://127.0.0.1:" + ((InetSocketAddress) web.localAddress()).getPort()
                    + " for services at " + bound);
            web.closeFuture().sync();
        } finally {
            thread.shutdownGracefully();
        }
    }

    private static final class Gate extends SimpleChannelInboundHandler<FullHttpRequest> {

        private final ZmqSocket services;

        Gate(ZmqSocket services) {
            this.services = services;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            String line = request.method() + " " + request.uri();
            String asked = Thread.currentThread().getName();
            services.request(ZmtpMessage.ofText(line, request.content().toString(CharsetUtil.UTF_8)), PATIENCE)
                    .whenComplete((reply, failure) -> {
                        System.out.println(line + ": asked on " + asked + ", "
                                + (failure == null ? "answered" : "not answered") + " on "
                                + Thread.currentThread().getName());
                        answer(ctx, reply);
                    });
        }

        /** Answers with the reply, or with a status if there is none, and ends the connection. */
        private static void answer(ChannelHandlerContext ctx, ZmtpMessage reply) {
            ByteBuf text = Unpooled.EMPTY_BUFFER;
            if (reply != null) {
                text = Unpooled.copiedBuffer(reply.text(0) + '\n', CharsetUtil.UTF_8);
                reply.release();
            }
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1,
                    reply != null ? HttpResponseStatus.OK : HttpResponseStatus.GATEWAY_TIMEOUT, text);
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                    .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            HttpUtil.setContentLength(response, text.readableBytes());
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            System.err.println(ctx.channel().remoteAddress() + ": " + cause.getMessage());
            ctx.close();
        }
    }
}
