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
package io.github.nettyvmci.zmq.internal.transport;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopGroup;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import org.jspecify.annotations.Nullable;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * {@code tcp://INTERFACE:PORT} to bind, {@code tcp://[SOURCE:PORT;]HOST:PORT} to connect (zmq_tcp(7)); the grammar is
 * in {@link TcpAddress}. The loops are those of Netty's epoll transport if it is on the class path and works, else
 * those of NIO; on loops of the application's the channels are of their kind.
 */
final class TcpTransport implements ZmqTransport {

    private final boolean epoll;

    TcpTransport() {
        this(EpollTcp.AVAILABLE);
    }

    /** Makes a transport on Netty's epoll transport, which must work then, or on NIO. */
    TcpTransport(boolean epoll) {
        this.epoll = epoll;
    }

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
        // An interrupt of a thread that is in NIO closes its channel, so a thread of the application must not run it.
        return epoll ? new LeaderLoopGroup(threads, factory, EpollTcp.Channels.handlerFactory())
                : new MultiThreadIoEventLoopGroup(threads, factory, NioIoHandler.newFactory());
    }

    @Override
    public boolean suits(EventLoop loop) {
        return EpollTcp.isLoop(loop) || loop instanceof IoEventLoop io && io.isCompatible(NioIoHandle.class);
    }

    @Override
    public BindTarget parseBind(String endpoint, ZmqOptions options) {
        return parse(endpoint, true, options);
    }

    @Override
    public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
        return parse(endpoint, false, options);
    }

    private TcpEndpoint parse(String endpoint, boolean bind, ZmqOptions options) {
        boolean ipv6 = options.get(ZmqOption.IPV6);
        TcpAddress address = TcpAddress.parse(endpoint, bind);
        if (bind && options.get(ZmqOption.USE_FD) >= 0) {
            throw new IllegalArgumentException("USE_FD: " + options.get(ZmqOption.USE_FD) + " for " + endpoint
                    + " (expected: an endpoint of vmci, vsock, ipc or vsock+unix; tcp makes its own sockets)");
        }
        if (!bind && !options.get(ZmqOption.SOCKS_PROXY).isEmpty()) {
            checkProxy();
        }
        return new TcpEndpoint(address, bind ? address.resolveLocal(ipv6) : null, ipv6);
    }

    private static void checkProxy() {
        try {
            Class.forName("io.netty.handler.proxy.Socks5ProxyHandler", false, TcpTransport.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalArgumentException("SOCKS_PROXY: no netty-handler-proxy (expected:"
                    + " io.netty:netty-handler-proxy on the class path)", e);
        }
    }

    private static Map<ChannelOption<?>, Object> channelOptions(ZmqOptions options, boolean epoll) {
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
        if (epoll) {
            EpollTcp.Channels.addOptions(map, options);
        }
        return map;
    }

    /**
     * An endpoint.
     *
     * @param address the address that the caller passed
     * @param local   the address to bind to; {@code null} for a connect
     * @param ipv6    the value of IPV6 when the endpoint was made
     */
    private record TcpEndpoint(TcpAddress address, @Nullable InetSocketAddress local, boolean ipv6)
            implements BindTarget, ConnectTarget {

        @Override
        public String text() {
            return address.text();
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            boolean epoll = EpollTcp.isLoop(loop);
            ServerBootstrap bootstrap = new ServerBootstrap().group(loop, loop).channelFactory(() -> newServer(epoll))
                    .option(ChannelOption.SO_BACKLOG, options.get(ZmqOption.BACKLOG))
                    .option(ChannelOption.SO_REUSEADDR, true).childHandler(child);
            int receive = options.get(ZmqOption.RCVBUF);
            if (receive > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, receive); // channels inherit it in time for TCP's window
            }
            channelOptions(options, epoll).forEach((option, value) -> childOption(bootstrap, option, value));
            return bootstrap.bind(local);
        }

        /**
         * Makes a channel of the family of the address, because a socket for both would accept IPv6 where IPv4 was
         * asked for.
         */
        private ServerChannel newServer(boolean epoll) {
            SocketProtocolFamily family = family(local.getAddress() instanceof Inet4Address);
            return epoll ? EpollTcp.Channels.server(family)
                    : new NioServerSocketChannel(SelectorProvider.provider(), family);
        }

        /**
         * Makes a channel. With NIO it has the family that the address needs, if that is known, because a socket for
         * both families sets no type of service in IPv4 packets.
         */
        private Channel newClient(TcpAddress to, boolean epoll) {
            return epoll ? EpollTcp.Channels.client() : new NioSocketChannel(SelectorProvider.provider(),
                    family(!to.isIpv6() && (!ipv6 || to.isIpv4())));
        }

        private static SocketProtocolFamily family(boolean ipv4) {
            return ipv4 ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
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
            String proxy = options.get(ZmqOption.SOCKS_PROXY);
            TcpAddress to = proxy.isEmpty() ? address : TcpAddress.parse("tcp://" + proxy, false);
            boolean epoll = EpollTcp.isLoop(loop);
            Bootstrap bootstrap = new Bootstrap().group(loop).channelFactory(() -> newClient(to, epoll))
                    .handler(proxy.isEmpty() ? handler : SocksProxy.before(handler, options, address))
                    .resolver(BackgroundResolver.of(ipv6));
            channelOptions(options, epoll).forEach((option, value) -> option(bootstrap, option, value));
            int receive = options.get(ZmqOption.RCVBUF);
            if (receive > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, receive);
            }
            int timeout = options.millis(ZmqOption.CONNECT_TIMEOUT);
            if (timeout > 0) {
                bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout);
            }
            InetSocketAddress remote = InetSocketAddress.createUnresolved(to.reachableHost(), to.port());
            if (address.source() == null) {
                return bootstrap.connect(remote);
            }
            // Without SO_REUSEADDR the port would stay taken for a minute after each connection.
            return bootstrap.option(ChannelOption.SO_REUSEADDR, true)
                    .connect(remote, address.source().resolveLocal(ipv6));
        }

        @Override
        public String boundText(Channel server) {
            return TcpAddress.numeric((InetSocketAddress) server.localAddress());
        }

        @Override
        public String peerAddress(Channel peer) {
            if (!(peer.remoteAddress() instanceof InetSocketAddress remote) || remote.getAddress() == null) {
                return "";
            }
            boolean mapped = ipv6 || local != null && local.getAddress() instanceof Inet6Address;
            return TcpAddress.numeric(remote.getAddress(), mapped);
        }

        @Override
        public boolean admits(Channel peer, ZmqOptions options) {
            return options.get(ZmqOption.TCP_ACCEPT_FILTER).isEmpty()
                    || peer.remoteAddress() instanceof InetSocketAddress remote
                    && AcceptFilter.admits(options, remote.getAddress());
        }
    }
}
