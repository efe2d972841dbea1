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

import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.EBUSY;
import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;
import static io.github.nettyvmci.transport.NativeConstants.EMSGSIZE;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENOMEM;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.EPIPE;
import static io.github.nettyvmci.transport.NativeConstants.ETIMEDOUT;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;

/** The exceptions for what happens to an established connection: reading, writing, half-closing, and its loss. */
final class ConnectionErrors {

    private ConnectionErrors() {
    }

    /** Returns the exception for a read that failed. */
    static IOException readFailed(@Nullable SocketAddress remote, @Nullable SocketAddress local, int negErrno) {
        FailedCall call = new FailedCall("read", remote, local, negErrno);
        if (negErrno == -ENOMEM && remote instanceof VmciAddress) {
            return new IOException(call.text("failed: " + Errno.text(negErrno)
                    + ", or SO_RCVLOWAT is not below BUFFER_SIZE", null));
        }
        return call.ioException();
    }

    /** Returns the exception for a write that failed. */
    static IOException writeFailed(@Nullable SocketAddress remote, @Nullable SocketAddress local, int negErrno) {
        FailedCall call = new FailedCall("write", remote, local, negErrno);
        switch (-negErrno) {
            case EPIPE:
                return new IOException(call.text(
                        "failed: Broken pipe, the peer closed or takes no more input", null));
            case EMSGSIZE:
                return new IOException(call.text("failed: message larger than the vsock buffer",
                        "raise VmciChannelOption.BUFFER_SIZE at both ends"));
            case ENOMEM:
                return new IOException(call.text("failed: " + Errno.text(negErrno)
                        + ", or bad memory address", null));
            default:
                return call.ioException();
        }
    }

    /** Returns the exception for a descriptor that cannot be sent, where that says nothing of the connection. */
    static IOException descriptorNotSent(int fd, int negErrno) {
        if (negErrno == -EBUSY) {
            return new IOException("descriptor: " + fd + " was not sent: the kernel still sends from its buffers"
                    + " (expected: a channel without ZEROCOPY_THRESHOLD, or whose peer has read everything)");
        }
        return new IOException(negErrno == -EBADF
                ? "descriptor: " + fd + " is closed (expected: one that stays open until it is written) "
                        + Errno.label(negErrno)
                : "descriptor: " + fd + " was not sent: " + Errno.describe(negErrno)
                        + "; wait until the peer has received some, or raise the limit (ulimit -n)");
    }

    /** Returns the exception for descriptors that came and that this process had no room for. */
    static IOException descriptorsLost(int received) {
        return new IOException("descriptors: " + received + " received, and others lost (expected: room for all);"
                + " " + Errno.RAISE_LIMIT);
    }

    /** Returns the exception for data where descriptors were expected. */
    static IOException noDescriptor() {
        return new IOException("received: a byte without a descriptor (expected: descriptors alone, since"
                + " DOMAIN_SOCKET_READ_MODE is FILE_DESCRIPTORS)");
    }

    /**
     * Returns the exception for a connection that cannot be half-closed.
     *
     * @param remote the peer, or {@code null} if the channel was never connected
     */
    static Exception shutdownFailed(@Nullable SocketAddress remote, int negErrno) {
        FailedCall call = new FailedCall("shutdown", remote, null, negErrno);
        if (negErrno == -ENOTCONN && remote == null) {
            return FailedCall.withText(new NotYetConnectedException(),
                    "shutdown failed: not connected " + Errno.label(negErrno));
        }
        return call.ioException();
    }

    /**
     * Returns the exception for an established connection that was lost.
     *
     * @param soError what SO_ERROR read, where it is positive; either sign will do
     */
    static IOException connectionLost(@Nullable SocketAddress remote, int soError) {
        int negErrno = soError > 0 ? -soError : soError;
        FailedCall call = new FailedCall("connection", remote, null, negErrno);
        switch (-negErrno) {
            case ECONNRESET:
                return new IOException(call.text("lost: Connection reset by peer"
                        + (remote instanceof VmciAddress
                        ? " (the machine ended, was restored or migrated, or lost its vsock device)" : ""), null));
            case ENOBUFS:
                // Kernels 6.12.92 to 6.12.100 reset a stream once too many small packets wait unread at the receiver.
                return new IOException(call.text(
                        "lost: more unread data or small packets than the receive buffer may hold, some were dropped",
                        "raise VmciChannelOption.BUFFER_SIZE at the receiver, or read faster"));
            case ETIMEDOUT:
                return new IOException(call.text("lost: the peer does not answer", null));
            default:
                return new IOException(call.text("lost: " + Errno.text(negErrno), null));
        }
    }
}
