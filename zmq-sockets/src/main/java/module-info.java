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
/** ZeroMQ sockets: every pattern, over VM sockets, Unix sockets, TCP and within a process. */
module io.github.nettyvmci.zmq {
    requires transitive io.github.nettyvmci.zmtp;
    requires io.github.nettyvmci.transport;
    requires transitive io.netty.buffer;
    requires transitive io.netty.transport;
    requires io.netty.codec;
    requires transitive io.netty.common;
    requires io.netty.resolver;
    requires io.netty.transport.unix.common;
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.handler.proxy; // for SOCKS_PROXY only
    requires static transitive org.jspecify; // annotations

    uses io.github.nettyvmci.zmq.spi.ZmqTransport;

    exports io.github.nettyvmci.zmq;
    exports io.github.nettyvmci.zmq.spi;
}
