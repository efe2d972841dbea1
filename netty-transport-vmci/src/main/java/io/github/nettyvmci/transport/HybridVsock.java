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

import java.nio.charset.StandardCharsets;

/**
 * Hybrid vsock: how Firecracker, Cloud Hypervisor and vhost-device-vsock show a guest's VM sockets to their host, as
 * Unix sockets at a path that the monitor's configuration names.
 *
 * <p>To reach a port of the guest, connect a Unix-socket channel to {@linkplain #monitorAddress the path}, with a
 * {@link HybridVsockClientHandler} first in its pipeline. To be reached by the guest, which connects to
 * CID 2, bind a Unix-socket server to the {@linkplain #listenAddress path with the port}: no handler is needed, and the
 * host is told neither the guest's CID nor its port. Whoever may connect to these files may pass for that guest; they
 * are guarded by the permissions on the file and its folder.
 *
 * <p>Any Unix-socket channel will do: {@link VmciDomainSocketChannel} or Netty's own.
 */
public final class HybridVsock {

    /** The longest path in bytes: {@code sizeof(sun_path)}, less the zero at its end. */
    private static final int MAX_PATH = 107;
    private static final long MAX_PORT = 0xffff_fffeL;

    private HybridVsock() {
    }

    /**
     * Returns where the monitor listens for connections to the guest.
     *
     * @param path the monitor's socket ({@code uds_path}, {@code --vsock socket=}), 1 to 107 bytes
     * @return the address to connect to
     * @throws IllegalArgumentException if the path is empty or too long
     */
    public static DomainSocketAddress monitorAddress(String path) {
        return address(path);
    }

    /**
     * Returns where the monitor connects to when the guest connects to CID 2 and this port.
     *
     * @param path the monitor's socket ({@code uds_path}, {@code --vsock socket=})
     * @param port the port that the guest connects to, 0 to 4294967294
     * @return the address to bind to: the path, an underscore and the port
     * @throws IllegalArgumentException if the path is empty, together with the port longer than 107 bytes, or the port
     *         out of range
     */
    public static DomainSocketAddress listenAddress(String path, long port) {
        checkPort(port);
        return path.isEmpty() ? address(path) : address(path + '_' + port);
    }

    static void checkPort(long port) {
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0.." + MAX_PORT + ')');
        }
    }

    private static DomainSocketAddress address(String path) {
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > MAX_PATH) {
            throw new IllegalArgumentException("path: " + path + " of " + length + " bytes (expected: 1.." + MAX_PATH
                    + "); give the monitor a shorter one");
        }
        return new DomainSocketAddress(path);
    }
}
