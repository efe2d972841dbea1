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

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Puts a service in a virtual machine on a TCP port of the host: octets go from TCP to VM sockets and back.
 *
 * <p>Shows: both channels of a connection on one event loop of Netty's epoll transport. Each end reads the next octets
 * when the other has written the last, and is closed when the other was. A client that only ends its output gets no
 * answers any more.
 *
 * <p>Run: {@code TcpBridge [PORT [ENDPOINT]]} (default {@code 2222 vmci://3:22}, or {@code ipc://PATH}); then
 * {@code ssh -p 2222 127.0.0.1}, if a server of SSH listens at that port of VM sockets.
 *
 * <p>Prints: {@code listening on 127.0.0.1:PORT, forwarding to ENDPOINT}. Runs until it is killed.
 */
public final class TcpBridge {

    private TcpBridge() {
    }

    /**
     * Forwards until it is killed.
     *
     * @param args the TCP port, and the endpoint of the service
     * @throws Exception if the port cannot be bound
     */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(Arguments.get(args, 0, "2222"));
        String text = Arguments.get(args, 1, "vmci://3:22");
        Endpoint service = Endpoint.parse(text);
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            Channel server = new ServerBootstrap()
                    .group(group)
                    .channel(EpollServerSocketChannel.class)
                    .childOption(ChannelOption.AUTO_READ, false)
                    .childHandler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel network) {
                            connect(network, service);
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)).sync().channel();
            System.out.println("listening on 127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort()
                    + ", forwarding to " + text);
            server.closeFuture().sync();
        } finally {
            group.shutdownGracefully();
        }
    }

    private static void connect(Channel network, Endpoint service) {
        Channel machine = new Bootstrap()
                .group(network.eventLoop())
                .channel(service.clientChannel())
                .option(ChannelOption.AUTO_READ, false)
                .handler(new Relay(network))
                .connect(service.address()).addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        connected.channel().read();
                        network.read();
                    } else {
                        System.err.println(connected.cause().getMessage());
                        network.close();
                    }
                }).channel();
        network.pipeline().addLast(new Relay(machine));
    }

    private static final class Relay extends ChannelInboundHandlerAdapter {

        private final Channel other;

        Relay(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object octets) {
            other.writeAndFlush(octets).addListener(written -> {
                if (written.isSuccess()) {
                    ctx.read();
                } else {
                    ctx.close();
                }
            });
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            other.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE); // after what waits
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            System.err.println(cause.getMessage());
            ctx.close();
        }
    }
}
