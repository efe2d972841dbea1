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

import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.DomainSocketAddress;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Datagrams over AF_UNIX, for a machine without VMCI: each begins with the address of its sender. Ports are names in
 * the abstract name space. A socket that has sent to another takes none but that other's.
 */
class UnixDatagramFamily extends VsockDatagramFamily {

    static final long OWN_CID = 2;

    private static final AtomicLong NEXT_PORT = new AtomicLong(1024);
    private static final int HEADER = 8;

    private final Map<Integer, VmciAddress> bound = new ConcurrentHashMap<>();
    /** If not 0, the negative errno that sending to this port answers. */
    volatile int answer;
    volatile long answeringPort;

    @Override
    int number() {
        return NativeConstants.AF_UNIX;
    }

    @Override
    void ensureAvailable() {
        LibraryCheck.ensure();
    }

    private static SocketAddress name(long port) {
        return new DomainSocketAddress("\0vmci-datagrams-" + ProcessHandle.current().pid() + '-' + port);
    }

    @Override
    int bind(int fd, SocketAddress local) {
        VmciAddress address = (VmciAddress) local;
        long port = address.port() == VmciAddress.PORT_ANY ? NEXT_PORT.getAndIncrement() : address.port();
        int result = UnixFamily.INSTANCE.bind(fd, name(port));
        if (result >= 0) {
            bound.put(fd, VmciAddress.of(OWN_CID, port));
        }
        return result;
    }

    @Override
    @Nullable SocketAddress localAddress(int fd) {
        return bound.get(fd);
    }

    @Override
    @Nullable SocketAddress remoteAddress(int fd) {
        return null;
    }

    @Override
    int sendTo(int fd, long address, int length, VmciAddress recipient) {
        if (answer < 0 && recipient.port() == answeringPort) {
            return answer;
        }
        int result = UnixFamily.INSTANCE.connect(fd, name(recipient.port()), false);
        if (result < 0) {
            return result;
        }
        VmciAddress sender = bound.get(fd);
        ByteBuffer framed = ByteBuffer.allocateDirect(HEADER + length);
        framed.putInt((int) sender.cid()).putInt((int) sender.port()).put(Buffer.wrapMemoryAddress(address, length));
        result = Native.send(fd, Buffer.memoryAddress(framed), HEADER + length);
        return result < 0 ? result : result - HEADER;
    }

    @Override
    int receiveFrom(int fd, long address, int length, long out) {
        ByteBuffer framed = ByteBuffer.allocateDirect(HEADER + VmciDatagramPacket.MAX_LENGTH);
        int result = Native.recv(fd, Buffer.memoryAddress(framed), framed.capacity());
        if (result < HEADER) {
            return result < 0 ? result : -NativeConstants.EAGAIN; // shut down
        }
        int copied = Math.min(length, result - HEADER);
        Buffer.wrapMemoryAddress(address, length).put(0, framed, HEADER, copied);
        SockOpt.scratch().putInt(0, framed.getInt(0)).putInt(4, framed.getInt(4))
                .putInt(8, result - HEADER > length ? 1 : 0);
        return copied;
    }
}
