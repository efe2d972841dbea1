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

/**
 * Netty transport for VM sockets (AF_VSOCK).
 */
@SuppressWarnings("module") // the modules with the native library are built after this one
module io.github.nettyvmci.transport {
    requires transitive io.netty.transport;
    requires transitive io.netty.transport.unix.common;
    requires transitive io.netty.buffer;
    requires io.netty.common;
    requires static io.netty.transport.classes.epoll; // for loops of Netty's epoll transport only
    requires static transitive org.jspecify; // annotations, which stand in the signatures

    // The native library's module has no other tie to us; this resolves it whenever it is on the module path.
    uses io.github.nettyvmci.transport.internal.NativeLibrary;

    exports io.github.nettyvmci.transport;
    exports io.github.nettyvmci.transport.internal to
            io.github.nettyvmci.transport.linux.x86_64, io.github.nettyvmci.transport.linux.aarch_64;
}
