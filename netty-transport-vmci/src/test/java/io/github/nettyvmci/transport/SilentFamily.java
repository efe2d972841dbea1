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

import static io.github.nettyvmci.transport.NativeConstants.EINPROGRESS;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A family whose connects go on while nobody answers, as with AF_VSOCK to a machine that boots. No local peer can be
 * made silent for real, so its "socket" is an empty epoll instance, the one file that epoll watches without an event.
 */
class SilentFamily extends UnixFamily {

    /** The kernel's pending error, a positive errno. The first to ask takes it. */
    volatile int pendingError;
    /** Whether getpeername() succeeds. */
    volatile boolean connected;
    /** The names of the calls, in order. */
    final List<String> calls = new CopyOnWriteArrayList<>();

    @Override
    int socket() {
        return Native.epollCreate();
    }

    @Override
    int connect(int fd, SocketAddress remote, boolean toHost) {
        calls.add("connect");
        return -EINPROGRESS;
    }

    @Override
    boolean connectInProgress(int result) {
        return result == -EINPROGRESS;
    }

    @Override
    boolean connectAgain(int result) {
        return false;
    }

    @Override
    int setConnectTimeout(int fd, int millis) {
        calls.add("timeout " + millis);
        return 0;
    }

    @Override
    boolean connected(int fd) {
        return connected;
    }

    @Override
    int soError(int fd) {
        calls.add("soError");
        int error = pendingError;
        pendingError = 0;
        return error;
    }
}
