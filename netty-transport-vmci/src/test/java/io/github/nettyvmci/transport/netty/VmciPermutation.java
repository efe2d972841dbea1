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
package io.github.nettyvmci.transport.netty;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketTestPermutation;
import io.netty.util.concurrent.DefaultThreadFactory;

import java.io.File;
import java.net.SocketAddress;
import java.util.List;

/** Hands Netty's testsuite our channels of the family of this run. One group of daemon threads serves all classes. */
final class VmciPermutation extends SocketTestPermutation {

    static final VmciPermutation INSTANCE = new VmciPermutation();

    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(4,
            new DefaultThreadFactory("suite", true), TestLoops.newFactory());

    private VmciPermutation() {
    }

    static SocketAddress newAddress() {
        SocketAddress address = TestFamily.CURRENT.newAddress();
        if (address instanceof DomainSocketAddress domain) {
            // A server removes its file, and a client that binds does not.
            new File(domain.path()).deleteOnExit();
        }
        return address;
    }

    @Override
    public List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> socket() {
        return combo(serverSocket(), clientSocket());
    }

    @Override
    public List<BootstrapFactory<ServerBootstrap>> serverSocket() {
        return List.of(() -> new ServerBootstrap().group(GROUP).channel(TestFamily.CURRENT.serverChannel()));
    }

    @Override
    public List<BootstrapFactory<Bootstrap>> clientSocket() {
        return List.of(() -> TestFamily.CURRENT.client().group(GROUP));
    }
}
