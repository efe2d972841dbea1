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
package io.github.nettyvmci.examples;

import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.transport.VmciChannel;
import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciServerChannel;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.DomainSocketAddress;

import java.net.SocketAddress;

/**
 * An endpoint in ZeroMQ's notation with the channel classes that serve it, so that the other examples run over VM
 * sockets and, where there are none, over Unix sockets.
 *
 * @param address the address to bind or connect to
 * @param serverChannel the class of channel for a {@code ServerBootstrap}
 * @param clientChannel the class of channel for a {@code Bootstrap}
 */
record Endpoint(SocketAddress address, Class<? extends ServerChannel> serverChannel,
        Class<? extends Channel> clientChannel) {

    private static final String IPC = "ipc://";

    static Endpoint parse(String text) {
        if (text.startsWith(IPC) && text.length() > IPC.length()) {
            return new Endpoint(new DomainSocketAddress(text.substring(IPC.length())),
                    VmciServerDomainSocketChannel.class, VmciDomainSocketChannel.class);
        }
        return new Endpoint(VmciAddress.parse(text), VmciServerChannel.class, VmciChannel.class);
    }

    /** Returns the notation of an address. A client's Unix socket mostly has no name. */
    static String of(SocketAddress address) {
        return address instanceof DomainSocketAddress unix
                ? IPC + (unix.path().isEmpty() ? "(unnamed)" : unix.path()) : address.toString();
    }
}
