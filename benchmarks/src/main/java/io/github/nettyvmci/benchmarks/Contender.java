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
package io.github.nettyvmci.benchmarks;

import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.transport.VmciChannel;
import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.transport.VmciIoHandlerOptions;
import io.github.nettyvmci.transport.VmciServerChannel;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SelectStrategy;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A Netty transport over AF_UNIX, but for {@link #VSOCK}. All of them get the same handlers, allocator and options.
 */
public enum Contender {

    /** This project's transport. */
    VMCI(VmciServerDomainSocketChannel.class, VmciDomainSocketChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return VmciIoHandler.newFactory();
        }

        @Override
        SocketAddress address(String path) {
            return new DomainSocketAddress(path);
        }
    },

    /** This project's transport whose loops look for events for 50 microseconds before they sleep. */
    VMCI_SPIN(VmciServerDomainSocketChannel.class, VmciDomainSocketChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return VmciIoHandler.newFactory(SPINNING);
        }

        @Override
        SocketAddress address(String path) {
            return new DomainSocketAddress(path);
        }
    },

    /** This project's transport over AF_VSOCK, for the test VM alone: {@code vsock:PORT}, at the loopback's CID. */
    VSOCK(VmciServerChannel.class, VmciChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return VmciIoHandler.newFactory();
        }

        @Override
        SocketAddress address(String path) {
            if (!"1".equals(System.getenv("VMCI_TEST_VM"))) {
                throw new IllegalStateException(path + ": not in the test VM (expected: a run by script/vm)");
            }
            return VmciAddress.of(VmciAddress.CID_LOCAL, Long.parseLong(path.substring(path.indexOf(':') + 1)));
        }
    },

    /** Netty's native epoll transport. */
    EPOLL(EpollServerDomainSocketChannel.class, EpollDomainSocketChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return EpollIoHandler.newFactory();
        }

        @Override
        SocketAddress address(String path) {
            return new DomainSocketAddress(path);
        }
    },

    /** Netty's native epoll transport whose loops never sleep. */
    EPOLL_BUSY(EpollServerDomainSocketChannel.class, EpollDomainSocketChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return EpollIoHandler.newFactory(0, () -> (selectSupplier, hasTasks) -> SelectStrategy.BUSY_WAIT);
        }

        @Override
        SocketAddress address(String path) {
            return new DomainSocketAddress(path);
        }
    },

    /** Netty's NIO transport, on the JDK's own Unix sockets. */
    NIO(NioServerDomainSocketChannel.class, NioDomainSocketChannel.class) {
        @Override
        IoHandlerFactory newHandlerFactory() {
            return NioIoHandler.newFactory();
        }

        @Override
        SocketAddress address(String path) {
            return UnixDomainSocketAddress.of(path);
        }
    };

    /** The settings of {@link #VMCI_SPIN}. */
    static final VmciIoHandlerOptions SPINNING = VmciIoHandlerOptions.DEFAULT.withSpin(Duration.ofNanos(50_000));

    private final Class<? extends ServerChannel> serverChannel;
    private final Class<? extends Channel> clientChannel;

    Contender(Class<? extends ServerChannel> serverChannel, Class<? extends Channel> clientChannel) {
        this.serverChannel = serverChannel;
        this.clientChannel = clientChannel;
    }

    abstract IoHandlerFactory newHandlerFactory();

    abstract SocketAddress address(String path);

    /** Returns a group of one event loop. */
    EventLoopGroup newGroup() {
        return new MultiThreadIoEventLoopGroup(1, newHandlerFactory());
    }

    Channel bind(EventLoopGroup group, String path) throws InterruptedException {
        return new ServerBootstrap().group(group).channel(serverChannel)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childHandler(initializer(ServerHandler::new))
                .bind(address(path)).sync().channel();
    }

    Channel connect(EventLoopGroup group, String path, ChannelHandler handler) throws InterruptedException {
        return new Bootstrap().group(group).channel(clientChannel)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .handler(handler)
                .connect(address(path)).sync().channel();
    }

    private static ChannelHandler initializer(Supplier<ChannelHandler> handlers) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handlers.get());
            }
        };
    }
}
