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

import static io.github.nettyvmci.transport.NativeConstants.EALREADY;
import static io.github.nettyvmci.transport.NativeConstants.EINPROGRESS;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** AF_VSOCK stream sockets. */
class VsockFamily extends AddressFamily {

    private volatile LocalCid lastCid;

    @Override
    void ensureAvailable() {
        Vmci.ensureAvailability();
    }

    @Override
    int socket() {
        return Native.socket(NativeConstants.AF_VSOCK);
    }

    @Override
    boolean owns(SocketAddress address) {
        return address instanceof VmciAddress;
    }

    @Override
    Class<? extends SocketAddress> addressType() {
        return VmciAddress.class;
    }

    @Override
    int bind(int fd, SocketAddress local) {
        VmciAddress address = (VmciAddress) local;
        return Native.bindVsock(fd, (int) address.cid(), (int) address.port());
    }

    @Override
    boolean connectable(SocketAddress remote) {
        VmciAddress address = (VmciAddress) remote;
        return address.cid() != VmciAddress.CID_ANY && address.port() != VmciAddress.PORT_ANY;
    }

    @Override
    int connect(int fd, SocketAddress remote, boolean toHost) {
        VmciAddress address = (VmciAddress) remote;
        return Native.connectVsock(fd, (int) address.cid(), (int) address.port(),
                toHost ? NativeConstants.VMADDR_FLAG_TO_HOST : 0);
    }

    @Override
    boolean connectInProgress(int result) {
        return result == -EINPROGRESS || result == -EALREADY;
    }

    @Override
    boolean connectAgain(int result) {
        return false; // a refused socket is of no more use: one file descriptor per attempt
    }

    @Override
    int setConnectTimeout(int fd, int millis) {
        return SocketOptions.setTimeout(fd, NativeConstants.AF_VSOCK, NativeConstants.SO_VM_SOCKETS_CONNECT_TIMEOUT,
                millis);
    }

    @Override
    boolean closeTellsPeer() {
        return false;
    }

    @Override
    SocketAddress localAddress(int fd) {
        return name(fd, false);
    }

    @Override
    SocketAddress connectedLocalAddress(SocketAddress local, SocketAddress remote) {
        VmciAddress address = (VmciAddress) local;
        if (address == null || address.cid() != VmciAddress.CID_ANY) {
            return address;
        }
        // virtio and loopback never fill in the CID of a client. The peer sees this machine's, but for one on this
        // machine itself, which the kernel serves over loopback, as CID 1.
        long remoteCid = ((VmciAddress) remote).cid();
        long localCid = remoteCid == VmciAddress.CID_LOCAL ? VmciAddress.CID_LOCAL : recentLocalCid();
        return VmciAddress.of(localCid == remoteCid ? VmciAddress.CID_LOCAL : localCid, address.port());
    }

    /** Asked at most once a second, as it takes three system calls; it hardly ever changes, but it can. */
    private long recentLocalCid() {
        long now = System.nanoTime();
        LocalCid last = lastCid;
        if (last == null || now - last.asked > 1_000_000_000L) {
            last = new LocalCid(askLocalCid(), now);
            lastCid = last;
        }
        return last.cid;
    }

    long askLocalCid() {
        return Vmci.localCid();
    }

    private record LocalCid(long cid, long asked) {
    }

    @Override
    boolean connected(int fd) {
        return name(fd, true) != null;
    }

    private static VmciAddress name(int fd, boolean peer) {
        ByteBuffer out = SocketOptions.scratch();
        if (Native.vsockName(fd, peer, SocketOptions.scratchAddress()) < 0) {
            return null;
        }
        return VmciAddress.of(Integer.toUnsignedLong(out.getInt(0)), Integer.toUnsignedLong(out.getInt(4)));
    }

    @Override
    SocketAddress acceptedRemote(ByteBuffer entries, int offset) {
        return VmciAddress.of(Integer.toUnsignedLong(entries.getInt(offset + 4)),
                Integer.toUnsignedLong(entries.getInt(offset + 8)));
    }

    @Override
    SocketAddress acceptedLocal(SocketAddress server) {
        // The CID the client dialled, which a server bound to all has to ask for.
        return ((VmciAddress) server).cid() == VmciAddress.CID_ANY ? null : server;
    }
}
