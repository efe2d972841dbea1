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

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.transport.VmciChannel;
import io.github.nettyvmci.transport.VmciChannelOption;
import io.github.nettyvmci.transport.VmciIoHandle;
import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.transport.VmciServerChannel;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopGroup;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * {@code vmci://CID:PORT} and {@code vsock://CID:PORT}, which is the same: VM sockets (zmq_vmci(7)). The grammar is
 * that of {@link VmciAddress#parse}; wild cards are for binds only.
 */
final class VmciTransport implements ZmqTransport {

    static final String LOOPS = "vmci";
    /** The interval of heartbeats to a peer on another machine. */
    static final Duration HEARTBEATS = Duration.ofSeconds(10);

    @Override
    public Set<String> schemes() {
        return Set.of("vmci", "vsock");
    }

    @Override
    public String loopKind() {
        return LOOPS;
    }

    @Override
    public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
        return new LeaderLoopGroup(threads, factory, VmciIoHandler.newFactory());
    }

    @Override
    public boolean suits(EventLoop loop) {
        return suitsChannels(loop);
    }

    /** Returns whether channels of netty-transport-vmci can live on a loop. */
    static boolean suitsChannels(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(VmciIoHandle.class) || EpollTcp.isLoop(loop);
    }

    @Override
    public BindTarget parseBind(String endpoint, ZmqOptions options) {
        return parse(endpoint, true, options);
    }

    @Override
    public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
        return parse(endpoint, false, options);
    }

    private VmciEndpoint parse(String endpoint, boolean bind, ZmqOptions options) {
        VmciAddress address = VmciAddress.parse(endpoint);
        int colon = endpoint.lastIndexOf(':');
        if (!bind && address.cid() == VmciAddress.CID_ANY) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: the CID of a machine at position "
                    + (endpoint.indexOf("://") + 3) + ", found a wild card; connect to 2 for the host, 1 for this"
                    + " machine)");
        }
        if (!bind && address.port() == VmciAddress.PORT_ANY) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: a port at position "
                    + (colon + 1) + ", found a wild card; the port the peer is bound to)");
        }
        return new VmciEndpoint(endpoint.substring(0, endpoint.indexOf(':')), address);
    }

    private record VmciEndpoint(String scheme, VmciAddress address) implements BindTarget, ConnectTarget {

        private String text(VmciAddress of) {
            return scheme + of.toString().substring("vmci".length());
        }

        @Override
        public String text() {
            return text(address);
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            ServerBootstrap bootstrap = new ServerBootstrap().group(loop, loop)
                    .option(ChannelOption.SO_BACKLOG, options.get(ZmqOption.BACKLOG)).childHandler(child);
            buffers(bootstrap, options);
            int fd = options.get(ZmqOption.USE_FD);
            if (fd >= 0) {
                return bootstrap.channelFactory(() -> new VmciServerChannel(fd)).register();
            }
            Vmci.ensureAvailability();
            return bootstrap.channel(VmciServerChannel.class).bind(address);
        }

        @Override
        public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
            Vmci.ensureAvailability();
            Bootstrap bootstrap = new Bootstrap().group(loop).channel(VmciChannel.class).handler(handler);
            int timeout = options.millis(ZmqOption.CONNECT_TIMEOUT);
            if (timeout > 0) {
                bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout);
            }
            int kernelTimeout = options.millis(ZmqOption.VMCI_CONNECT_TIMEOUT);
            if (kernelTimeout > 0) {
                bootstrap.option(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS, kernelTimeout);
            }
            buffers(bootstrap, options);
            return bootstrap.connect(address);
        }

        private static void buffers(AbstractBootstrap<?, ?> bootstrap, ZmqOptions options) {
            set(bootstrap, VmciChannelOption.BUFFER_MAX_SIZE, options.get(ZmqOption.VMCI_BUFFER_MAX_SIZE));
            set(bootstrap, VmciChannelOption.BUFFER_MIN_SIZE, options.get(ZmqOption.VMCI_BUFFER_MIN_SIZE));
            set(bootstrap, VmciChannelOption.BUFFER_SIZE, options.get(ZmqOption.VMCI_BUFFER_SIZE));
        }

        private static void set(AbstractBootstrap<?, ?> bootstrap, ChannelOption<Long> option, long value) {
            if (value > 0) {
                bootstrap.option(option, value);
            }
        }

        @Override
        public String boundText(Channel server) {
            return text((VmciAddress) server.localAddress());
        }

        /**
         * Returns an interval other than none, because the kernel does not tell when a virtual machine restarts or is
         * killed, and VM sockets have no keep-alive.
         */
        @Override
        public Duration heartbeatInterval() {
            return HEARTBEATS;
        }

        @Override
        public String peerAddress(Channel peer) {
            return peer.remoteAddress() instanceof VmciAddress remote ? Long.toString(remote.cid()) : "";
        }
    }
}
