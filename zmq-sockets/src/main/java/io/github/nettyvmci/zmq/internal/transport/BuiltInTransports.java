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

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.zmq.spi.ZmqTransport;

import java.util.List;

/** The transports that every context has. */
public final class BuiltInTransports {

    private BuiltInTransports() {
    }

    /** Returns new instances of all of them. */
    public static List<ZmqTransport> all() {
        return List.of(new VmciTransport(), new IpcTransport(), new TcpTransport(), new HybridTransport());
    }

    /** Returns the scheme of the transport whose event loops work on this machine and serve the most others. */
    public static String preferredScheme() {
        return Vmci.isLibraryAvailable() ? "ipc" : "tcp";
    }
}
