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

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * A stream connection over VM sockets (AF_VSOCK), for {@code Bootstrap.channel(VmciChannel.class)}; servers' children
 * are of this class too. It lives on an event loop of {@link VmciIoHandler}, or beside TCP channels on one of Netty's
 * epoll transport ({@code EpollIoHandler}), see the description of the package. Addresses are {@link VmciAddress}es.
 *
 * <p>The peer's address is the one that was connected to or that the kernel reports for an accepted connection, and so
 * names the virtual machine that the peer runs in. The local address of a connecting channel has the CID the peer sees,
 * where that can be known.
 *
 * <p>Connecting: a channel whose connect failed is closed, even where the kernel refused at once, as its socket is of
 * no more use. What is written and flushed before the connect has succeeded fails with a
 * {@link java.nio.channels.NotYetConnectedException}.
 *
 * <p>Closing: as with TCP, {@code close()} ends the channel at once and what was written before is still delivered, so
 * {@code writeAndFlush(x).addListener(CLOSE)} does what one expects. The kernels' virtio and loopback transports see to
 * that themselves; VMware's VMCI throws away what the peer has not read when the socket is closed. Therefore the event
 * loop keeps the socket until the peer has ended too, see {@link VmciChannelOption#CLOSE_TIMEOUT_MILLIS} for the
 * bounds. A protocol that must know whether everything arrived lets the peer say so.
 *
 * @see VmciChannelOption
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
public final class VmciChannel extends AbstractVmciStreamChannel {

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if VM sockets are not available here, see {@link Vmci#ensureAvailability()}
     * @throws io.netty.channel.ChannelException if the kernel gives no socket
     */
    public VmciChannel() {
        super(VsockFamily.INSTANCE);
    }

    /**
     * Creates a channel with a socket from outside, such as one that a broker accepted and handed on (SCM_RIGHTS), or
     * one of a service manager (systemd's {@code Accept=yes}). If it is connected, the channel is active once it is
     * registered ({@code Bootstrap.register()}), else it can be connected. The kernel says of an AF_VSOCK socket that
     * was half-closed that it is not connected.
     *
     * <p>The channel makes the descriptor non-blocking and close-on-exec, and closes it when it is closed itself.
     * Non-blocking mode belongs to the open file: a process that has another descriptor of it must not change it back.
     * If this throws, the descriptor is still the caller's.
     *
     * @param fd the number of a descriptor of an AF_VSOCK stream socket, which from now on nobody else in this process
     *           uses
     * @throws IllegalArgumentException if it is something else, listens, or has a channel already
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciChannel(int fd) {
        super(GivenSocket.stream(VsockFamily.INSTANCE, fd));
    }

    VmciChannel(VmciServerChannel parent, NativeSocket socket, SocketAddress remote, @Nullable SocketAddress local) {
        super(parent, socket, remote, local);
    }

    @Override
    StreamConfig newConfig() {
        return new VmciChannelConfig(this);
    }

    @Override
    public VmciChannelConfig config() {
        return (VmciChannelConfig) super.config();
    }

    @Override
    public @Nullable VmciServerChannel parent() {
        return (VmciServerChannel) super.parent();
    }

    @Override
    public @Nullable VmciAddress localAddress() {
        return (VmciAddress) super.localAddress();
    }

    @Override
    public @Nullable VmciAddress remoteAddress() {
        return (VmciAddress) super.remoteAddress();
    }
}
