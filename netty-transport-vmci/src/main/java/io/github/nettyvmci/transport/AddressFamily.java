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

import io.netty.channel.DefaultFileRegion;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * What differs between the kinds of stream socket this transport has. The channels know nothing of a family but this.
 *
 * <p>Results are those of {@link Native}: {@code >= 0}, or the negative errno. The calls of the data path are here too
 * although both families share them, so that a test can put a family in their place that behaves as a hypervisor does
 * which no test machine has.
 */
abstract class AddressFamily {

    /** AF_VSOCK. */
    static final AddressFamily VSOCK = new VsockFamily();
    /** AF_UNIX. */
    static final AddressFamily UNIX = new UnixFamily();

    /** Throws an {@link UnsatisfiedLinkError} with the reason if sockets of this family cannot be made here. */
    abstract void ensureAvailable();

    abstract int socket();

    /** Returns whether the address is of this family. */
    abstract boolean owns(SocketAddress address);

    /** The class of this family's addresses, for messages. */
    abstract Class<? extends SocketAddress> addressType();

    /** The address that stands for "none" in {@link #localAddress} and {@link #remoteAddress} results is null. */
    abstract int bind(int fd, SocketAddress local);

    /** Whether an address names one peer; a wild card does not. */
    abstract boolean connectable(SocketAddress remote);

    abstract int connect(int fd, SocketAddress remote, boolean toHost);

    /** Returns whether this answer to {@link #connect} means that an event will tell the result. */
    abstract boolean connectInProgress(int result);

    /** Returns whether this answer to {@link #connect} means that the same call may succeed a little later. */
    abstract boolean connectAgain(int result);

    /**
     * Tells the kernel how long it may try. Only AF_VSOCK has such a time.
     *
     * @param millis more than 0
     */
    int setConnectTimeout(int fd, int millis) {
        return 0;
    }

    /** Returns the address the socket has, or null if the kernel does not say. */
    abstract SocketAddress localAddress(int fd);

    /**
     * Returns the local address of a connected socket as its peer sees it, as far as that can be known.
     *
     * @param local what {@link #localAddress(int)} said
     */
    SocketAddress connectedLocalAddress(SocketAddress local, SocketAddress remote) {
        return local;
    }

    /** Returns whether the socket has a peer. */
    abstract boolean connected(int fd);

    /** Returns the peer of an accepted connection, from its entry of the batch. */
    abstract SocketAddress acceptedRemote(ByteBuffer entries, int offset);

    /** Returns the local address of an accepted connection if that needs no system call, else null. */
    abstract SocketAddress acceptedLocal(SocketAddress server);

    /**
     * Called after a socket was bound.
     *
     * @return what {@link #serverClosing} needs to know of it, or null
     */
    Object bound(SocketAddress local) {
        return null;
    }

    /**
     * Called before a bound socket is closed, while the kernel still keeps what belongs to it.
     *
     * @param bound what {@link #bound} returned
     */
    void serverClosing(SocketAddress local, Object bound) {
    }

    int listen(int fd, int backlog) {
        return Native.listen(fd, backlog);
    }

    int accept(int fd, long entries, int max) {
        return Native.accept(fd, entries, max);
    }

    int recv(int fd, long address, int length) {
        return Native.recv(fd, address, length);
    }

    int send(int fd, long address, int length) {
        return Native.send(fd, address, length);
    }

    long sendv(int fd, long iov, int count) {
        return Native.sendv(fd, iov, count);
    }

    long sendfile(int fd, Object region, long base, long offset, long length) {
        return Native.sendfile(fd, region, DefaultFileRegion.class, base, offset, length);
    }

    int shutdown(int fd, int how) {
        return Native.shutdown(fd, how);
    }

    /**
     * Returns whether close(2) alone is enough: the peer learns of it at once, and can still read what was written
     * before. Not so with VMware's VMCI, and an AF_VSOCK socket does not tell which transport it is on.
     */
    boolean closeTellsPeer() {
        return true;
    }

    int soError(int fd) {
        return Native.soError(fd);
    }
}
