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

import io.github.nettyvmci.transport.SystemdSockets;
import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.CharsetUtil;
import io.netty.util.concurrent.GlobalEventExecutor;

import java.util.concurrent.TimeUnit;

/**
 * A web server for virtual machines, which a service manager may start.
 *
 * <p>Shows: Netty's own HTTP/1.1 codec on a {@code VmciServerChannel}; no line of it knows of VM sockets, and the
 * peer's address tells which virtual machine asks. Also socket activation: with the socket of a service manager
 * (systemd's {@code ListenStream=vsock::8080}) a restart refuses nobody, because who connects meanwhile waits in the
 * kernel, and because the server that ends answers whom it has accepted.
 *
 * <p>Run: {@code HttpServer [ENDPOINT]} (default {@code vmci://*:8080}, or {@code ipc://PATH}; none if the process is
 * started with a socket). Ask it with {@code curl --unix-socket PATH http://vm/}, or in a virtual machine through
 * {@code socat TCP-LISTEN:8080,fork VSOCK-CONNECT:2:8080}. In place of a service manager, start it with
 * {@code python3 examples/src/main/python/activate.py PATH java ...}.
 *
 * <p>Prints: {@code listening on ENDPOINT}. Runs until it is killed.
 */
public final class HttpServer {

    private static final int MAX_REQUEST = 64 * 1024;
    /** How long whom the server has accepted may take to ask, and to read the answer, once the server ends. */
    private static final long GRACE_SECONDS = 10;

    private HttpServer() {
    }

    /**
     * Serves until it is killed.
     *
     * @param args the endpoint
     * @throws Exception if the text is no endpoint, or the endpoint cannot be bound
     */
    public static void main(String[] args) throws Exception {
        EventLoopGroup group = new VmciEventLoopGroup(1);
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        try {
            ServerBootstrap bootstrap = new ServerBootstrap()
                    .group(group)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            connections.add(channel);
                            channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_REQUEST),
                                    new Page());
                        }
                    });
            Channel server = listen(bootstrap, args).sync().channel();
            closeWhenKilled(server, Thread.currentThread());
            System.out.println("listening on " + Endpoint.of(server.localAddress())); // and may be killed from now on
            server.closeFuture().sync();
            connections.newCloseFuture().await(GRACE_SECONDS, TimeUnit.SECONDS);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(GRACE_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static ChannelFuture listen(ServerBootstrap bootstrap, String[] args) {
        SystemdSockets sockets = SystemdSockets.ofProcess();
        if (sockets.size() > 0) {
            return bootstrap.channelFactory(() -> sockets.serverChannel(0)).register(); // it listens already
        }
        Endpoint endpoint = Endpoint.parse(Arguments.get(args, 0, "vmci://*:8080"));
        return bootstrap.channel(endpoint.serverChannel()).bind(endpoint.address());
    }

    /** Accepts no more once the process is told to end, and lets it end when the main thread has. */
    private static void closeWhenKilled(Channel server, Thread main) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            try {
                main.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    private static final class Page extends SimpleChannelInboundHandler<FullHttpRequest> {

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            String text = request.method() + " " + request.uri() + " for "
                    + Endpoint.of(ctx.channel().remoteAddress()) + '\n';
            FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK,
                    Unpooled.copiedBuffer(text, CharsetUtil.UTF_8));
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
            HttpUtil.setContentLength(response, response.content().readableBytes());
            boolean keepAlive = HttpUtil.isKeepAlive(request) && ctx.channel().parent().isOpen();
            HttpUtil.setKeepAlive(response, keepAlive);
            var written = ctx.writeAndFlush(response);
            if (!keepAlive) {
                written.addListener(ChannelFutureListener.CLOSE);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            System.err.println(Endpoint.of(ctx.channel().remoteAddress()) + ": " + cause.getMessage());
            ctx.close();
        }
    }
}
