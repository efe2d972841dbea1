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

import io.github.nettyvmci.transport.RawSocket;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.AbstractSocketShutdownOutputByPeerTest;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;

class VmciSocketShutdownOutputByPeerTest extends AbstractSocketShutdownOutputByPeerTest<RawSocket> {

    @Override
    protected List<BootstrapFactory<ServerBootstrap>> newFactories() {
        return VmciPermutation.INSTANCE.serverSocket();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return VmciPermutation.newAddress();
    }

    @Override
    protected RawSocket newSocket() {
        return new RawSocket();
    }

    @Override
    protected void connect(RawSocket socket, SocketAddress address) throws IOException {
        socket.connect(address);
    }

    @Override
    protected void write(RawSocket socket, int data) throws IOException {
        socket.write(data);
    }

    @Override
    protected void shutdownOutput(RawSocket socket) throws IOException {
        socket.shutdownOutput();
    }

    @Override
    protected void close(RawSocket socket) throws IOException {
        socket.close();
    }
}
