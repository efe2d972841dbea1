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
 * A server for AF_UNIX stream sockets on the same event loop as VM sockets; see {@link VmciDomainSocketChannel}.
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

    @Override
    ServerConfig newConfig() {
        return new VmciServerDomainSocketChannelConfig(this);
    }

    @Override
    public VmciServerDomainSocketChannelConfig config() {
        return (VmciServerDomainSocketChannelConfig) super.config();
    }

    @Override
    Channel newChild(StreamSocket child, SocketAddress remote, @Nullable SocketAddress local) {
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
