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
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * A server for VM sockets (AF_VSOCK), for {@code ServerBootstrap.channel(VmciServerChannel.class)}; bind it to a
 * {@link VmciAddress}. It lives on an event loop of {@link VmciIoHandler}, or beside TCP channels on one of Netty's
 * epoll transport ({@code EpollIoHandler}), see the description of the package. Its children are {@link VmciChannel}s.
 *
 * <p>{@link #localAddress()} tells the port the kernel chose for {@link VmciAddress#PORT_ANY}; a wild-card CID stays
 * one, as it also takes connections to CIDs this machine gets later.
 */
public final class VmciServerChannel extends AbstractVmciServerChannel {

    static {
        preload(VmciChannel.class);
    }

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if VM sockets are not available here, see {@link Vmci#ensureAvailability()}
     * @throws io.netty.channel.ChannelException if the kernel gives no socket
     */
    public VmciServerChannel() {
        super(VsockFamily.INSTANCE);
    }

    /**
     * Creates a channel with a socket from outside that listens already, such as one of a service manager. It needs no
     * bind, which fails: the channel accepts once it is registered, for example with
     * {@code ServerBootstrap.channelFactory(() -> new VmciServerChannel(fd))} and {@code register()}.
     *
     * <p>The channel makes the descriptor non-blocking and close-on-exec, and closes it when it is closed itself.
     * Non-blocking mode belongs to the open file: a process that has another descriptor of it must not change it back.
     * If this throws, the descriptor is still the caller's.
     *
     * @param fd the number of a descriptor of an AF_VSOCK stream socket, which from now on nobody else in this process
     *           uses
     * @throws IllegalArgumentException if it is something else, does not listen, or has a channel already
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciServerChannel(int fd) {
        super(GivenSocket.listener(VsockFamily.INSTANCE, fd));
    }

    private VmciServerChannel(NativeSocket given) {
        super(given);
    }

    /**
     * Returns another channel that accepts from the same socket, for another event loop: VM sockets have no
     * SO_REUSEPORT. For example, with a group of two loops:
     *
     * <pre>
     * ServerBootstrap server = new ServerBootstrap().group(two).childHandler(...);
     * VmciServerChannel first = (VmciServerChannel)
     *         server.clone().channel(VmciServerChannel.class).bind(address).sync().channel();
     * server.clone().channelFactory(first::duplicate).register();
     * </pre>
     *
     * <p>The kernel wakes one of the loops for a connection, whichever sleeps (EPOLLEXCLUSIVE); loops of Netty's epoll
     * transport are all woken, and one of them gets the connection. The socket listens until all of these channels are
     * closed. Thread: any.
     *
     * @return a channel with a descriptor of its own and the default configuration, which is active once it is
     *         registered
     * @throws IllegalStateException if this channel does not listen
     * @throws io.netty.channel.ChannelException if the kernel gives no descriptor
     */
    public VmciServerChannel duplicate() {
        return duplicate(duplicateSocket(), VmciServerChannel::new);
    }

    @Override
    ServerConfig newConfig() {
        return new VmciServerChannelConfig(this);
    }

    @Override
    public VmciServerChannelConfig config() {
        return (VmciServerChannelConfig) super.config();
    }

    @Override
    Channel newChild(NativeSocket child, SocketAddress remote, @Nullable SocketAddress local) {
        return new VmciChannel(this, child, remote, local);
    }

    @Override
    public @Nullable VmciAddress localAddress() {
        return (VmciAddress) super.localAddress();
    }

    /**
     * Returns null: a server has no peer.
     */
    @Override
    public @Nullable VmciAddress remoteAddress() {
        return null;
    }
}
