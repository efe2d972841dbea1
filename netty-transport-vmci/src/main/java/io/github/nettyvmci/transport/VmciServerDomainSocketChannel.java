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
package io.github.nettyvmci.transport;

import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.ServerDomainSocketChannel;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * A server for AF_UNIX stream sockets on the same event loop as VM sockets, be it one of {@link VmciIoHandler} or of
 * Netty's epoll transport ({@code EpollIoHandler}); see {@link VmciDomainSocketChannel}.
 * Closing it removes the socket's file. Binding to a name that exists already fails, even if nobody listens there.
 */
public final class VmciServerDomainSocketChannel extends AbstractVmciServerChannel
        implements ServerDomainSocketChannel {

    static {
        preload(VmciDomainSocketChannel.class);
    }

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     * @throws io.netty.channel.ChannelException if the kernel gives no socket
     */
    public VmciServerDomainSocketChannel() {
        super(UnixFamily.INSTANCE);
    }

    /**
     * Creates a channel with a socket from outside that listens already, such as one of a service manager. It needs no
     * bind, which fails: the channel accepts once it is registered, for example with
     * {@code ServerBootstrap.channelFactory(() -> new VmciServerDomainSocketChannel(fd))} and {@code register()}.
     *
     * <p>The channel makes the descriptor non-blocking and close-on-exec, and closes it when it is closed itself; the
     * file of the socket stays. Non-blocking mode belongs to the open file: a process that has another descriptor
     * of it must not change it back. If this throws, the descriptor is still the caller's.
     *
     * @param fd the number of a descriptor of an AF_UNIX stream socket, which from now on nobody else in this process
     *           uses
     * @throws IllegalArgumentException if it is something else, does not listen, or has a channel already
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciServerDomainSocketChannel(int fd) {
        super(GivenSocket.listener(UnixFamily.INSTANCE, fd));
    }

    private VmciServerDomainSocketChannel(NativeSocket given) {
        super(given);
    }

    /**
     * Returns another channel that accepts from the same socket, for another event loop. For example, with a group of
     * two loops:
     *
     * <pre>
     * ServerBootstrap server = new ServerBootstrap().group(two).childHandler(...);
     * VmciServerDomainSocketChannel first = (VmciServerDomainSocketChannel)
     *         server.clone().channel(VmciServerDomainSocketChannel.class).bind(address).sync().channel();
     * server.clone().channelFactory(first::duplicate).register();
     * </pre>
     *
     * <p>The kernel wakes one of the loops for a connection, whichever sleeps (EPOLLEXCLUSIVE). The socket listens
     * until all of these channels are closed; its file is removed with the channel that was bound. Thread: any.
     *
     * @return a channel with a descriptor of its own and the default configuration, which is active once it is
     *         registered
     * @throws IllegalStateException if this channel does not listen
     * @throws io.netty.channel.ChannelException if the kernel gives no descriptor
     */
    public VmciServerDomainSocketChannel duplicate() {
        return duplicate(duplicateSocket(), VmciServerDomainSocketChannel::new);
    }

    @Override
    ServerConfig newConfig() {
        return new VmciServerDomainSocketChannelConfig(this);
    }

    @Override
    public VmciServerDomainSocketChannelConfig config() {
        return (VmciServerDomainSocketChannelConfig) super.config();
    }

    @Override
    Channel newChild(NativeSocket child, SocketAddress remote, @Nullable SocketAddress local) {
        return new VmciDomainSocketChannel(this, child, remote, local);
    }

    @Override
    public @Nullable DomainSocketAddress localAddress() {
        return (DomainSocketAddress) super.localAddress();
    }

    /**
     * Returns null: a server has no peer.
     */
    @Override
    public @Nullable DomainSocketAddress remoteAddress() {
        return null;
    }
}
