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
package io.github.nettyvmci.zmtp.interop;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Our end of an endpoint: a Netty server, or a client, each of whose channels is a {@link Connection}. */
final class Endpoint implements AutoCloseable {

    private final EventLoopGroup group;
    private final boolean unix;
    private volatile ZmtpCodecBuilder builder;
    private final boolean pausing;
    private final LinkedBlockingQueue<Connection> connections = new LinkedBlockingQueue<>();
    /** All connections: those in the queue, and those that were taken out of it. */
    private final Queue<Connection> all = new ConcurrentLinkedQueue<>();
    private Channel listener;
    private String name;

    /** Uses AF_UNIX on this project's event loop, or TCP on NIO; a pausing one has autoRead off from the handshake. */
    Endpoint(boolean unix, ZmtpCodecBuilder builder, boolean pausing) {
        this.unix = unix;
        this.builder = builder;
        this.pausing = pausing;
        group = unix ? new VmciEventLoopGroup(1) : new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    }

    private ChannelInitializer<Channel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                Connection connection = new Connection(ch, builder, pausing);
                all.add(connection);
                connections.add(connection);
            }
        };
    }

    /** Listens, and returns the endpoint as ZeroMQ writes it. */
    String bind() throws InterruptedException {
        String path = Peer.newSocketPath().toString();
        SocketAddress local = unix ? new DomainSocketAddress(path)
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        listener = new ServerBootstrap().group(group)
                .channel(unix ? VmciServerDomainSocketChannel.class : NioServerSocketChannel.class)
                .childHandler(initializer()).bind(local).sync().channel();
        name = unix ? "ipc://" + path
                : "tcp://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort();
        return name;
    }

    /** Returns the endpoint that {@link #bind} returned. */
    String endpoint() {
        return name;
    }

    /** Gives other codecs to the connections that come from now on. */
    void use(ZmtpCodecBuilder other) {
        builder = other;
    }

    void connect(String endpoint) throws InterruptedException {
        URI uri = URI.create(endpoint);
        SocketAddress remote = unix ? new DomainSocketAddress(uri.getPath())
                : new InetSocketAddress(uri.getHost(), uri.getPort());
        new Bootstrap().group(group).channel(unix ? VmciDomainSocketChannel.class : NioSocketChannel.class)
                .handler(initializer()).connect(remote).sync();
    }

    /** The next connection. */
    Connection connection() throws InterruptedException {
        Connection next = connections.poll(60, TimeUnit.SECONDS);
        assertNotNull(next, "no connection");
        return next;
    }

    @Override
    public void close() {
        if (listener != null) {
            listener.close().syncUninterruptibly();
        }
        all.forEach(Connection::close);
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
