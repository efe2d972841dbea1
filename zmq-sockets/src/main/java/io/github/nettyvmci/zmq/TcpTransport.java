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
package io.github.nettyvmci.zmq;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * {@code tcp://INTERFACE:PORT} to bind, {@code tcp://[SOURCE:PORT;]HOST:PORT} to connect (zmq_tcp(7)); the grammar is
 * in {@link TcpAddress}. On Netty's epoll transport if it is on the class path and works, else on NIO.
 */
final class TcpTransport implements ZmqTransport {

    @Override
    public Set<String> schemes() {
        return Set.of("tcp");
    }

    @Override
    public String loopKind() {
        return "tcp";
    }

    @Override
    public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
        return new MultiThreadIoEventLoopGroup(threads, factory,
                EpollTcp.AVAILABLE ? EpollTcp.Channels.handlerFactory() : NioIoHandler.newFactory());
    }

    @Override
    public Endpoint parse(String endpoint, boolean bind, ZmqOptions options) {
        return new TcpEndpoint(TcpAddress.parse(endpoint, bind), bind
                ? TcpAddress.parse(endpoint, true).resolveLocal(options.get(ZmqOption.IPV6)) : null);
    }

    private static Map<ChannelOption<?>, Object> channelOptions(ZmqOptions options) {
        Map<ChannelOption<?>, Object> map = new LinkedHashMap<>();
        map.put(ChannelOption.TCP_NODELAY, true);
        int send = options.get(ZmqOption.SNDBUF);
        if (send > 0) {
            map.put(ChannelOption.SO_SNDBUF, send);
        }
        int tos = options.get(ZmqOption.TOS);
        if (tos > 0) {
            map.put(ChannelOption.IP_TOS, tos);
        }
        int keepAlive = options.get(ZmqOption.TCP_KEEPALIVE);
        if (keepAlive >= 0) {
            map.put(ChannelOption.SO_KEEPALIVE, keepAlive == 1);
        }
        if (EpollTcp.AVAILABLE) {
            EpollTcp.Channels.addOptions(map, options);
        }
        return map;
    }

    private record TcpEndpoint(TcpAddress address, InetSocketAddress local) implements Endpoint {

        @Override
        public String text() {
            return address.text();
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            ServerBootstrap bootstrap = new ServerBootstrap().group(loop, loop).channelFactory(this::newServer)
                    .option(ChannelOption.SO_BACKLOG, options.get(ZmqOption.BACKLOG))
                    .option(ChannelOption.SO_REUSEADDR, true).childHandler(child);
            int receive = options.get(ZmqOption.RCVBUF);
            if (receive > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, receive); // inherited, in time for the window
            }
            channelOptions(options).forEach((option, value) -> childOption(bootstrap, option, value));
            return bootstrap.bind(local);
        }

        /** Of the address' own family: a socket for both would name and serve IPv6 where IPv4 was asked for. */
        private ServerChannel newServer() {
            SocketProtocolFamily family = local.getAddress() instanceof Inet4Address ? SocketProtocolFamily.INET
                    : SocketProtocolFamily.INET6;
            return EpollTcp.AVAILABLE ? EpollTcp.Channels.server(family)
                    : new NioServerSocketChannel(SelectorProvider.provider(), family);
        }

        @SuppressWarnings("unchecked")
        private static <T> void childOption(ServerBootstrap bootstrap, ChannelOption<T> option, Object value) {
            bootstrap.childOption(option, (T) value);
        }

        @SuppressWarnings("unchecked")
        private static <T> void option(Bootstrap bootstrap, ChannelOption<T> option, Object value) {
            bootstrap.option(option, (T) value);
        }

        @Override
        public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
            boolean ipv6 = options.get(ZmqOption.IPV6);
            Bootstrap bootstrap = new Bootstrap().group(loop).handler(handler)
                    .channel(EpollTcp.AVAILABLE ? EpollTcp.Channels.client() : NioSocketChannel.class)
                    .resolver(BackgroundResolver.of(ipv6));
            channelOptions(options).forEach((option, value) -> option(bootstrap, option, value));
            int receive = options.get(ZmqOption.RCVBUF);
            if (receive > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, receive);
            }
            int timeout = options.get(ZmqOption.CONNECT_TIMEOUT);
            if (timeout > 0) {
                bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout);
            }
            InetSocketAddress remote = InetSocketAddress.createUnresolved(address.host(), address.port());
            return address.source() == null ? bootstrap.connect(remote)
                    : bootstrap.connect(remote, address.source().resolveLocal(ipv6));
        }

        @Override
        public String boundText(Channel server) {
            return TcpAddress.numeric((InetSocketAddress) server.localAddress());
        }

        @Override
        public String peerAddress(Channel peer) {
            return peer.remoteAddress() instanceof InetSocketAddress remote && remote.getAddress() != null
                    ? remote.getAddress().getHostAddress() : "";
        }

        @Override
        public boolean admits(Channel peer, ZmqOptions options) {
            return options.get(ZmqOption.TCP_ACCEPT_FILTER).isEmpty()
                    || peer.remoteAddress() instanceof InetSocketAddress remote
                    && PeerFilter.admits(options, remote.getAddress());
        }
    }
}
