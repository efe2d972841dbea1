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
import io.netty.channel.DefaultChannelPipeline;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;

/**
 * A stream connection over AF_UNIX on the same event loop as VM sockets: for {@code ipc://}, for the host's end of
 * hybrid vsock, and to run on a machine without VM sockets. It works wherever the native library loads, on event loops
 * of {@link VmciIoHandler} and of Netty's epoll transport ({@code EpollIoHandler}), see the description of the package.
 *
 * <p>Addresses are {@link DomainSocketAddress}es; a path that starts with a NUL character is a name in Linux' abstract
 * name space. An unnamed end, which a client mostly is, has the empty path. A connect that finds the server's backlog
 * full is tried again until {@code CONNECT_TIMEOUT_MILLIS} is over.
 *
 * <p>Descriptors: a {@link io.netty.channel.unix.FileDescriptor} is written as any message, in order with the others,
 * and the receiver gets another descriptor of the same open file. It stays its owner's, who may close it once the write
 * is done, and must not before. What is received, {@code DOMAIN_SOCKET_READ_MODE} tells, see
 * {@link VmciDomainSocketChannelConfig#setReadMode}.
 *
 * <p>So one process can accept connections, of AF_VSOCK too, and others serve them. The broker takes each accepted
 * channel before it is registered, so that nobody reads from it, in a handler of {@code ServerBootstrap.handler}:
 *
 * <pre>
 * public void channelRead(ChannelHandlerContext ctx, Object message) {
 *     VmciChannel accepted = (VmciChannel) message;
 *     worker.writeAndFlush(accepted.fd()).addListener(sent -&gt; accepted.fd().close());
 * }
 * </pre>
 *
 * <p>Closing a channel or its descriptor does not end a connection that was sent.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class VmciDomainSocketChannel extends AbstractVmciStreamChannel implements DomainSocketChannel {

    /** {@code null} until somebody asked; threads that ask at once get equal ones. */
    private volatile @Nullable VmciPeerCredentials credentials;

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     * @throws io.netty.channel.ChannelException if the kernel gives no socket
     */
    public VmciDomainSocketChannel() {
        super(UnixFamily.INSTANCE);
    }

    /**
     * Creates a channel with a socket from outside, such as an end of a socketpair(2), or one of a service manager
     * (systemd's {@code Accept=yes}). If it is connected, the channel is active once it is registered
     * ({@code Bootstrap.register()}), else it can be connected.
     *
     * <p>The channel makes the descriptor non-blocking and close-on-exec, and closes it when it is closed itself.
     * Non-blocking mode belongs to the open file: a process that has another descriptor of it must not change it back.
     * If this throws, the descriptor is still the caller's.
     *
     * @param fd the number of a descriptor of an AF_UNIX stream socket, which from now on nobody else in this process
     *           uses
     * @throws IllegalArgumentException if it is something else, listens, or has a channel already
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciDomainSocketChannel(int fd) {
        super(GivenSocket.stream(UnixFamily.INSTANCE, fd));
    }

    VmciDomainSocketChannel(VmciServerDomainSocketChannel parent, NativeSocket socket, SocketAddress remote,
            @Nullable SocketAddress local) {
        super(parent, socket, remote, local);
    }

    /** Returns a pipeline that closes the received descriptors that no handler has taken. */
    @Override
    protected DefaultChannelPipeline newChannelPipeline() {
        return new Pipeline(this);
    }

    @Override
    StreamConfig newConfig() {
        return new VmciDomainSocketChannelConfig(this);
    }

    @Override
    public VmciDomainSocketChannelConfig config() {
        return (VmciDomainSocketChannelConfig) super.config();
    }

    /**
     * Returns who the peer is. The kernel is asked once, since the answer is that of the moment in which the connection
     * was made. Thread: any.
     *
     * @return the process that connected or, at a client, that listens
     * @throws NotYetConnectedException if the channel is not connected yet
     * @throws io.netty.channel.ChannelException if it is closed
     */
    public VmciPeerCredentials peerCredentials() {
        boolean open = socket.isOpen();
        if (open && !isActive()) {
            throw new NotYetConnectedException();
        }
        VmciPeerCredentials known = open ? credentials : null;
        if (known == null) {
            // The number of a closed descriptor may be another's.
            known = VmciPeerCredentials.of(open ? socket.intValue() : -1);
            if (!socket.isOpen()) { // another thread has closed it meanwhile, so the answer may be another socket's
                known = VmciPeerCredentials.of(-1);
            }
            credentials = known;
        }
        return known;
    }

    @Override
    public @Nullable VmciServerDomainSocketChannel parent() {
        return (VmciServerDomainSocketChannel) super.parent();
    }

    @Override
    public @Nullable DomainSocketAddress localAddress() {
        return (DomainSocketAddress) super.localAddress();
    }

    @Override
    public @Nullable DomainSocketAddress remoteAddress() {
        return (DomainSocketAddress) super.remoteAddress();
    }

    private static final class Pipeline extends DefaultChannelPipeline {

        Pipeline(Channel channel) {
            super(channel);
        }

        @Override
        protected void onUnhandledInboundMessage(Object message) {
            super.onUnhandledInboundMessage(message);
            if (message instanceof FileDescriptor descriptor) {
                try {
                    descriptor.close();
                } catch (IOException e) {
                    onUnhandledInboundException(e);
                }
            }
        }
    }
}
