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

import io.github.nettyvmci.transport.HybridVsock;
import io.github.nettyvmci.transport.HybridVsockClientHandler;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * {@code vsock+unix://PATH:PORT}: the VM sockets of a guest, in the form in which its monitor shows them to the host
 * (see {@link HybridVsock}). A connect reaches a socket that is bound to {@code vsock://*:PORT} in the guest; the guest
 * reaches a bind by a connect to {@code vsock://2:PORT}, and the bind is the same as one to {@code ipc://PATH_PORT}.
 */
final class HybridTransport implements ZmqTransport {

    private static final String PREFIX = "vsock+unix://";

    private final IpcTransport ipc = new IpcTransport();

    @Override
    public Set<String> schemes() {
        return Set.of("vsock+unix");
    }

    @Override
    public String loopKind() {
        return ipc.loopKind();
    }

    @Override
    public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
        return ipc.newEventLoopGroup(threads, factory);
    }

    @Override
    public boolean suits(EventLoop loop) {
        return ipc.suits(loop);
    }

    @Override
    public BindTarget parseBind(String endpoint, ZmqOptions options) {
        return parse(endpoint, true, options);
    }

    @Override
    public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
        return parse(endpoint, false, options);
    }

    private HybridEndpoint parse(String endpoint, boolean bind, ZmqOptions options) {
        int colon = endpoint.lastIndexOf(':');
        if (colon < PREFIX.length()) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: PATH:PORT at position "
                    + PREFIX.length() + ", found no colon; the path of the monitor's socket and the guest's port)");
        }
        String path = endpoint.substring(PREFIX.length(), colon);
        if (path.isEmpty() || path.startsWith("*")) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: the path of the monitor's socket"
                    + " at position " + PREFIX.length() + ", found " + (path.isEmpty() ? "none" : "a wild card") + ')');
        }
        long port = port(endpoint, colon + 1);
        HybridVsock.listenAddress(path, port); // checks the length of the path of a bind, the longer one
        return new HybridEndpoint(path, port, ipc.parse("ipc://" + path + (bind ? "_" + port : ""), bind, options));
    }

    private static long port(String endpoint, int from) {
        String text = endpoint.substring(from);
        if (text.matches("[0-9]{1,10}")) {
            long port = Long.parseLong(text);
            if (port < 0xffff_ffffL) {
                return port;
            }
        }
        throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: a port, 0..4294967294, at position "
                + from + ", found " + (text.isEmpty() ? "the end" : text) + ')');
    }

    private record HybridEndpoint(String path, long port, IpcTransport.IpcEndpoint unix)
            implements BindTarget, ConnectTarget {

        @Override
        public String text() {
            return PREFIX + path + ':' + port;
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            return unix.bind(loop, child, options);
        }

        @Override
        public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
            int timeout = options.millis(ZmqOption.CONNECT_TIMEOUT);
            return unix.connect(loop, new ChannelInitializer<>() {
                @Override
                protected void initChannel(Channel channel) {
                    if (timeout > 0) {
                        channel.config().setConnectTimeoutMillis(timeout);
                    }
                    channel.pipeline().addLast(new HybridVsockClientHandler(port), handler);
                }
            }, options);
        }

        @Override
        public String boundText(Channel server) {
            return text();
        }

        /**
         * Returns the interval for a peer that is a machine: not every monitor closes the connection when its guest is
         * gone.
         */
        @Override
        public Duration heartbeatInterval() {
            return VmciTransport.HEARTBEATS;
        }

        @Override
        public String peerAddress(Channel peer) {
            return unix.peerAddress(peer);
        }

        @Override
        public boolean admits(Channel peer, ZmqOptions options) {
            return unix.admits(peer, options);
        }

        @Override
        public void unbound() {
            unix.unbound();
        }
    }
}
