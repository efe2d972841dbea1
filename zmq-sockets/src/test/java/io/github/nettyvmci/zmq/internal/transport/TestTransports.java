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
package io.github.nettyvmci.zmq.internal.transport;

import io.github.nettyvmci.zmq.spi.ZmqTransport;

/** Makes built-in transports, for tests that wrap one or choose what it is built on. */
public final class TestTransports {

    private TestTransports() {
    }

    public static ZmqTransport ipc() {
        return new IpcTransport();
    }

    public static ZmqTransport vmci() {
        return new VmciTransport();
    }

    /** Makes the tcp transport, on Netty's epoll transport or on NIO. */
    public static ZmqTransport tcp(boolean epoll) {
        return new TcpTransport(epoll);
    }
}
