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

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * AF_VSOCK stream sockets.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/vsock.7.html">vsock(7)</a>
 */
class VsockFamily extends AddressFamily {

    static final VsockFamily INSTANCE = new VsockFamily();

    private static final long RECENT_NANOS = 1_000_000_000L;

    private volatile @Nullable Answer lastAnswer;

    @Override
    int number() {
        return NativeConstants.AF_VSOCK;
    }

    @Override
    void ensureAvailable() {
        Vmci.ensureAvailability();
    }

    @Override
    boolean owns(@Nullable SocketAddress address) {
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
        return false; // a socket that was refused cannot be used again, so each attempt takes a descriptor
    }

    @Override
    int setConnectTimeout(int fd, int millis) {
        return SockOpt.setTimeout(fd, NativeConstants.AF_VSOCK, NativeConstants.SO_VM_SOCKETS_CONNECT_TIMEOUT, millis);
    }

    /**
     * Done once the socket is connected, and not before: a connect over a transport without MSG_ZEROCOPY would fail. A
     * socket that has SO_ZEROCOPY already was somebody else's, who may have sent with it, so that the numbers of the
     * sends do not start at 0.
     */
    @Override
    int enableZeroCopy(int fd) {
        int present = SockOpt.getInt(fd, NativeConstants.SOL_SOCKET, NativeConstants.SO_ZEROCOPY);
        return present < 0 ? present : present > 0 ? -NativeConstants.EBUSY
                : SockOpt.setInt(fd, NativeConstants.SOL_SOCKET, NativeConstants.SO_ZEROCOPY, 1);
    }

    @Override
    boolean hasZeroCopy(int fd) {
        return SockOpt.getInt(fd, NativeConstants.SOL_SOCKET, NativeConstants.SO_ZEROCOPY) > 0;
    }

    @Override
    boolean closeTellsPeer() {
        return false;
    }

    @Override
    @Nullable SocketAddress localAddress(int fd) {
        return name(fd, false);
    }

    @Override
    @Nullable SocketAddress connectedLocalAddress(@Nullable SocketAddress local, SocketAddress remote) {
        VmciAddress address = (VmciAddress) local;
        if (address == null || address.cid() != VmciAddress.CID_ANY) {
            return address;
        }
        // virtio and loopback never fill in the CID of a client. Its peer sees the CID of this machine. A peer on this
        // machine itself is served by the kernel over loopback, and sees CID 1.
        long remoteCid = ((VmciAddress) remote).cid();
        long localCid = remoteCid == VmciAddress.CID_LOCAL ? VmciAddress.CID_LOCAL : recentLocalCid();
        return VmciAddress.of(localCid == remoteCid ? VmciAddress.CID_LOCAL : localCid, address.port());
    }

    /**
     * Returns the local CID as it was a second ago at most. Asking takes three system calls; the CID hardly ever
     * changes, but it can.
     */
    private long recentLocalCid() {
        long now = System.nanoTime();
        Answer last = lastAnswer;
        if (last == null || now - last.nanos > RECENT_NANOS) {
            last = new Answer(askLocalCid(), now);
            lastAnswer = last;
        }
        return last.cid;
    }

    long askLocalCid() {
        return LocalCid.current();
    }

    private record Answer(long cid, long nanos) {
    }

    @Override
    @Nullable SocketAddress remoteAddress(int fd) {
        return name(fd, true);
    }

    private static @Nullable VmciAddress name(int fd, boolean peer) {
        ByteBuffer out = SockOpt.scratch();
        if (Native.vsockName(fd, peer, SockOpt.scratchAddress()) < 0) {
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
    @Nullable SocketAddress acceptedLocal(SocketAddress server) {
        // A server that is bound to all CIDs has to ask which one the client dialled.
        return ((VmciAddress) server).cid() == VmciAddress.CID_ANY ? null : server;
    }
}
