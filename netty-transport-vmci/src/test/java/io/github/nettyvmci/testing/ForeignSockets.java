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
package io.github.nettyvmci.testing;

import io.github.nettyvmci.transport.RawSocket;

import java.io.IOException;
import java.net.SocketAddress;

/** Makes sockets as another program would that hands them over, for the tests of other modules. */
public final class ForeignSockets {

    private ForeignSockets() {
    }

    /** Returns the descriptor of a socket of the family of this run that listens, which is the caller's to close. */
    public static int listening(SocketAddress address) throws IOException {
        return RawSocket.listening(address);
    }
}
