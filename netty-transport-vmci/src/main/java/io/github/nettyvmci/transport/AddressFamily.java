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

import io.netty.channel.ChannelException;
import io.netty.channel.DefaultFileRegion;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * What differs between the kinds of stream socket that this transport has. A channel knows nothing of its family but
 * this. There are two: {@link VsockFamily} and {@link UnixFamily}; and {@link VsockDatagramFamily}, whose sockets are
 * no streams.
 *
 * <p>Results are those of {@link Native}: {@code >= 0}, or the negative errno. The calls of the data path are methods
 * here, although both families share them, so that a test can pass a family that behaves as a hypervisor does which no
 * test machine has.
 */
abstract class AddressFamily {

    /** The number of the family: AF_VSOCK or AF_UNIX. */
    abstract int number();

    /** Throws an {@link UnsatisfiedLinkError} with the reason if sockets of this family cannot be made here. */
    abstract void ensureAvailable();

    int socket() {
        return Native.socket(number());
    }

    /** Returns the exception for the errno that {@link #socket} answered. */
    ChannelException socketFailed(int negErrno) {
        return SocketErrors.socketFailed(number(), negErrno);
    }

    /** Returns whether the address is of this family. */
    abstract boolean owns(@Nullable SocketAddress address);

    /** Returns the class of this family's addresses, for messages. */
    abstract Class<? extends SocketAddress> addressType();

    abstract int bind(int fd, SocketAddress local);

    /** Returns whether an address names one peer; a wild card does not. */
    abstract boolean connectable(SocketAddress remote);

    /**
     * Begins to connect. {@link #connectInProgress} and {@link #connectAgain} tell what the result means.
     *
     * @param toHost whether the connect shall go through the host; only AF_VSOCK knows this
     */
    abstract int connect(int fd, SocketAddress remote, boolean toHost);

    /** Returns whether this answer to {@link #connect} means that an event will tell the result. */
    abstract boolean connectInProgress(int result);

    /** Returns whether this answer to {@link #connect} means that the same call may succeed a little later. */
    abstract boolean connectAgain(int result);

    /**
     * Tells the kernel how long it may try to connect. Only AF_VSOCK has such a time.
     *
     * @param millis more than 0
     */
    int setConnectTimeout(int fd, int millis) {
        return 0;
    }

    /** Returns the address that the socket has, or null if the kernel does not say. */
    abstract @Nullable SocketAddress localAddress(int fd);

    /**
     * Returns the local address of a connected socket as its peer sees it, as far as that can be known.
     *
     * @param local what {@link #localAddress(int)} said
     */
    @Nullable SocketAddress connectedLocalAddress(@Nullable SocketAddress local, SocketAddress remote) {
        return local;
    }

    /** Returns the address of the peer, or null if the socket has none. */
    abstract @Nullable SocketAddress remoteAddress(int fd);

    /** Returns whether the socket has a peer. */
    boolean connected(int fd) {
        return remoteAddress(fd) != null;
    }

    /** Returns the peer of an accepted connection, from its entry of the {@link AcceptBatch}. */
    abstract SocketAddress acceptedRemote(ByteBuffer entries, int offset);

    /** Returns the local address of an accepted connection if that needs no system call, else null. */
    abstract @Nullable SocketAddress acceptedLocal(SocketAddress server);

    /**
     * Called after a server's socket was bound.
     *
     * @return what {@link #serverClosing} needs to know of the name, or null
     */
    @Nullable Object bound(SocketAddress local) {
        return null;
    }

    /**
     * Called before a server's socket is closed, while the kernel still keeps what belongs to it.
     *
     * @param bound what {@link #bound} returned
     */
    void serverClosing(SocketAddress local, @Nullable Object bound) {
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

    /** Lets a connected socket send with MSG_ZEROCOPY; only AF_VSOCK has that. */
    int enableZeroCopy(int fd) {
        return -NativeConstants.EOPNOTSUPP;
    }

    /** Returns whether a socket may have been sent from with MSG_ZEROCOPY, and its error queue can be read. */
    boolean hasZeroCopy(int fd) {
        return false;
    }

    /** See {@link Native#sendZeroCopy}. */
    int sendZeroCopy(int fd, long address, int length) {
        return Native.sendZeroCopy(fd, address, length);
    }

    /** See {@link Native#zeroCopyCompletion}. */
    int zeroCopyCompletion(int fd, long out) {
        return Native.zeroCopyCompletion(fd, out);
    }

    long sendfile(int fd, Object region, long base, long offset, long length) {
        return Native.sendfile(fd, region, DefaultFileRegion.class, base, offset, length);
    }

    /** Returns whether descriptors can be sent and received, which {@link #sendDescriptor} does. */
    boolean passesDescriptors() {
        return false;
    }

    /** Sends a descriptor, with one byte. */
    int sendDescriptor(int fd, int passed) {
        return Native.sendDescriptor(fd, passed);
    }

    int shutdown(int fd, int how) {
        return Native.shutdown(fd, how);
    }

    /**
     * Returns whether close(2) alone is enough: the peer learns of it at once, and can still read what was written
     * before. That is not so with VMware's VMCI, and an AF_VSOCK socket does not tell which transport it is on.
     */
    boolean closeTellsPeer() {
        return true;
    }

    /** Returns and clears the socket's pending error, see {@link Native#soError}. */
    int soError(int fd) {
        return Native.soError(fd);
    }
}
