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

import static io.github.nettyvmci.transport.NativeConstants.EPOLLERR;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLHUP;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLIN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLOUT;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;

/**
 * Datagrams over VM sockets (AF_VSOCK, SOCK_DGRAM), for {@code Bootstrap.channel(VmciDatagramChannel.class)}. Only
 * VMware's VMCI transport has them: between a guest and its host, and within one machine. It lives on an event loop of
 * {@link VmciIoHandler}, or on one of Netty's epoll transport ({@code EpollIoHandler}).
 *
 * <p>Bind first, {@code bind(VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY))} for any free port; then write
 * {@link VmciDatagramPacket}s (or other {@link AddressedEnvelope}s of a {@link ByteBuf} and a {@link VmciAddress}), and
 * read {@link VmciDatagramPacket}s, which name their sender. Ports are apart from those of streams, and below 1024 are
 * privileged.
 *
 * <p>{@code connect} binds the channel if it is not bound, and notes the peer, without a word to it: {@code ByteBuf}s
 * go there from then on, and datagrams of others are dropped (the kernel does not do that for VMCI), also those that
 * came before. {@code disconnect} forgets the peer; the channel stays bound and active.
 *
 * <p><b>Length:</b> 0 to {@value VmciDatagramPacket#MAX_LENGTH} bytes; a longer one fails ({@code EMSGSIZE}).
 *
 * <p><b>Loss and order:</b> a write that succeeded was taken by the kernel, which says no more than that. What a
 * receiver does not read in time is lost silently, see {@link VmciDatagramChannelConfig#setReceiveBufferSize}. A
 * virtual machine is given the datagrams that wait for it newest first. A protocol that must know lets its peer answer.
 *
 * <p>Nothing pushes back: the kernel takes a datagram at once, or refuses it. A refusal fails that write alone, and
 * neither closes the channel nor hurts the next: {@code EHOSTUNREACH} ({@link java.net.PortUnreachableException}), no
 * socket is bound to that port; {@code EINVAL} ({@link java.net.NoRouteToHostException}), no machine has that CID, or
 * it is 1; {@code ENOMEM}, 256 datagrams within this machine wait for delivery; {@code ENOBUFS}, as much as a virtual
 * machine may have waiting (136 KiB); {@code EPERM}, see next.
 *
 * <p><b>Trust:</b> a host can declare a virtual machine <em>restricted</em> when it starts it. The host's kernel then
 * passes its datagrams only from and to sockets that are trusted, which those are whose process had CAP_NET_ADMIN (of
 * the initial user name space) when it opened them, and those of the user who runs that machine. To others, writes to
 * it fail ({@code EPERM}), and its own are refused. The rule binds nobody else: any process of an unrestricted machine
 * can send to any port, so look at the sender's CID, which comes from the kernel.
 *
 * @see VmciDatagramPacket
 * @see VmciDatagramChannelConfig
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 * @since 0.1.0
 */
public final class VmciDatagramChannel extends AbstractVmciChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(true, 16);
    private static final VmciAddress ANY = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);

    private final VsockDatagramFamily family;
    private final VmciDatagramChannelConfig config;
    private final DatagramReader reader;
    private final DatagramWriter writer;

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if VM sockets are not available here, see {@link Vmci#ensureAvailability()}
     * @throws io.netty.channel.ChannelException if the kernel gives no socket; without VMware's VMCI transport there
     *         are none of this kind (ENODEV)
     */
    public VmciDatagramChannel() {
        this(VsockDatagramFamily.INSTANCE);
    }

    /**
     * Creates a channel with a socket from outside, as {@link VmciChannel#VmciChannel(int)} does. If it is bound, the
     * channel is active once it is registered ({@code Bootstrap.register()}). If this throws, the descriptor is still
     * the caller's.
     *
     * @param fd the number of a descriptor of an AF_VSOCK datagram socket, which from now on nobody else in this
     *           process uses
     * @throws IllegalArgumentException if it is something else, or has a channel already
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciDatagramChannel(int fd) {
        this(GivenSocket.datagram(VsockDatagramFamily.INSTANCE, fd), VsockDatagramFamily.INSTANCE);
    }

    VmciDatagramChannel(VsockDatagramFamily family) {
        super(family, VmciIoOps.EPOLLERR);
        this.family = family;
        config = make(() -> new VmciDatagramChannelConfig(this));
        reader = make(() -> new DatagramReader(this, family));
        writer = make(() -> new DatagramWriter(this, family));
    }

    VmciDatagramChannel(NativeSocket given, VsockDatagramFamily family) {
        this(given, family, boundAddress(given));
    }

    private VmciDatagramChannel(NativeSocket given, VsockDatagramFamily family, @Nullable SocketAddress bound) {
        super(null, given, bound != null, VmciIoOps.EPOLLERR);
        this.family = family;
        config = new VmciDatagramChannelConfig(this);
        reader = new DatagramReader(this, family);
        writer = new DatagramWriter(this, family);
        local = bound;
        remote = family.remoteAddress(given.intValue());
    }

    private static @Nullable SocketAddress boundAddress(NativeSocket socket) {
        SocketAddress address = socket.family.localAddress(socket.intValue());
        return ANY.equals(address) ? null : address;
    }

    @Override
    public VmciDatagramChannelConfig config() {
        return config;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    public @Nullable VmciAddress localAddress() {
        return (VmciAddress) super.localAddress();
    }

    @Override
    public @Nullable VmciAddress remoteAddress() {
        return (VmciAddress) super.remoteAddress();
    }

    /**
     * Returns whether the channel has a peer.
     */
    public boolean isConnected() {
        return isOpen() && remote != null;
    }

    @Override
    @SuppressWarnings("exports") // nobody can extend this class, and so call it
    protected AbstractVmciUnsafe newUnsafe() {
        return new DatagramUnsafe();
    }

    @Override
    protected void doBind(SocketAddress address) throws Exception {
        checkAddress(address, "local address");
        int result = family.bind(socket.intValue(), address);
        if (result < 0) {
            throw DatagramErrors.bindFailed((VmciAddress) address, result);
        }
        local = family.localAddress(socket.intValue());
        enter(State.ACTIVE);
    }

    @Override
    protected void doDisconnect() {
        remote = null;
    }

    @Override
    protected void doBeginRead() {
        ownUnsafe().readPending = true;
        setInterest(VmciIoOps.EPOLLIN);
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        return writer.filter(message);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        writer.write(in, Math.min(config.getWriteSpinCount(), maxMessagesPerWrite()));
    }

    private final class DatagramUnsafe extends AbstractVmciUnsafe {

        @Override
        void ready(VmciIoEvent event) {
            if (event.any(EPOLLERR | EPOLLHUP)) {
                int error = family.soError(socket.intValue()); // reading it clears it, and with it the event
                if (error > 0) {
                    pipeline().fireExceptionCaught(DatagramErrors.receiveFailed(local, -error));
                }
                if (event.any(EPOLLHUP)) {
                    close(); // somebody who has the socket too has shut it down, both ways and for good
                    return;
                }
            }
            if (event.any(EPOLLOUT)) {
                flushNow();
            }
            if (event.any(EPOLLIN)) {
                reader.read();
            }
        }

        @Override
        public void connect(SocketAddress remoteAddress, @Nullable SocketAddress localAddress, ChannelPromise promise) {
            if (!promise.setUncancellable() || !ensureOpen(promise)) {
                return;
            }
            boolean wasActive = isActive();
            try {
                if (remote != null) {
                    throw new AlreadyConnectedException();
                }
                checkRemoteAddress(remoteAddress);
                if (localAddress != null) {
                    doBind(localAddress);
                } else if (!wasActive) {
                    doBind(ANY);
                }
                remote = remoteAddress;
            } catch (Throwable t) {
                promise.tryFailure(t);
                closeIfClosed();
                return;
            }
            boolean active = isActive(); // asked before the promise is set, since its listeners may close the channel
            promise.trySuccess();
            if (!wasActive && active) {
                pipeline().fireChannelActive();
            }
        }
    }
}
