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

import io.netty.channel.unix.DomainSocketAddress;

import java.net.SocketAddress;

/**
 * A stream connection over AF_UNIX on the same event loop as VM sockets: for {@code ipc://}, for the host's end of
 * hybrid vsock, and to run on a machine without VM sockets. Works wherever the native library loads.
 *
 * <p>Addresses are {@link DomainSocketAddress}es; a path that starts with a NUL character is a name in Linux' abstract
 * name space. An unnamed end, which a client mostly is, has the empty path. A connect that finds the server's backlog
 * full is tried again until {@code CONNECT_TIMEOUT_MILLIS} is over.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class VmciDomainSocketChannel extends AbstractVmciStreamChannel {

    /**
     * Creates a channel with a new socket.
     *
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     * @throws io.netty.channel.ChannelException if the kernel gives no socket
     */
    public VmciDomainSocketChannel() {
        super(AddressFamily.UNIX);
    }

    VmciDomainSocketChannel(VmciServerDomainSocketChannel parent, VmciSocket socket, SocketAddress remote,
            SocketAddress local) {
        super(parent, socket, remote, local);
    }

    @Override
    public VmciServerDomainSocketChannel parent() {
        return (VmciServerDomainSocketChannel) super.parent();
    }

    @Override
    public DomainSocketAddress localAddress() {
        return (DomainSocketAddress) super.localAddress();
    }

    @Override
    public DomainSocketAddress remoteAddress() {
        return (DomainSocketAddress) super.remoteAddress();
    }
}
