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
import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;

import io.netty.channel.unix.DomainSocketAddress;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;

/**
 * A system call that failed, and the one form in which all messages say so:
 *
 * <pre>
 *  operation(address)[ from local] reason: text (ENAME, errno N)[; fix]
 *  connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104)
 * </pre>
 *
 * <p>{@link SocketErrors}, {@link ConnectErrors} and {@link ConnectionErrors} turn such a call
 * into the exception that a Netty user expects. Their {@code negErrno} is negative, as the natives return it. Addresses
 * are {@link VmciAddress} or {@link DomainSocketAddress}; AF_VSOCK gives several numbers a meaning of its own (a
 * refused connection is ECONNRESET, for example), so the texts differ by family.
 */
final class FailedCall {

    final int negErrno;
    private final String operation;
    private final @Nullable SocketAddress address;
    private final @Nullable SocketAddress from;

    /**
     * A failed call.
     *
     * @param address what the call was about, or null if it is not known
     * @param from    the other end, or null
     */
    FailedCall(String operation, @Nullable SocketAddress address, @Nullable SocketAddress from, int negErrno) {
        this.operation = operation;
        this.address = address;
        this.from = from;
        this.negErrno = negErrno;
    }

    /** Returns the message for an errno that means nothing particular for this call. */
    String text() {
        return text("failed: " + Errno.text(negErrno), fixOf(negErrno));
    }

    /**
     * Returns the message.
     *
     * @param reason begins with a verb: failed, refused, timed out, lost
     * @param fix    what the user can do, or null
     */
    String text(String reason, @Nullable String fix) {
        String preposition = "read".equals(operation) ? " to " : " from ";
        return operation + '(' + show(address) + ')' + (isNamed(from) ? preposition + show(from) : "") + ' '
                + reason + ' ' + Errno.label(negErrno) + andFix(fix);
    }

    /** Returns the exception for an errno that means nothing particular for this call. */
    IOException ioException() {
        switch (-negErrno) {
            case EBADF:
                return closed();
            case ECONNRESET:
                return new IOException(text("failed: Connection reset by peer", null));
            default:
                return new IOException(text());
        }
    }

    /** Returns the exception for a channel that is closed already. */
    ClosedChannelException closed() {
        return withText(new ClosedChannelException(), text());
    }

    /** Gives a text to an exception of java.nio.channels, whose types take no message. */
    static <T extends Exception> T withText(T exception, String text) {
        exception.initCause(new IOException(text));
        return exception;
    }

    /** Returns what mends this errno whichever call it came from, or null. */
    static @Nullable String fixOf(int negErrno) {
        return Errno.isLimitOfFiles(negErrno) ? Errno.RAISE_LIMIT : null;
    }

    /** Returns a fix as the end of a message; null gives nothing. */
    static String andFix(@Nullable String fix) {
        return fix == null ? "" : "; " + fix;
    }

    private static boolean isNamed(@Nullable SocketAddress address) {
        if (address instanceof VmciAddress vmci) {
            return vmci.cid() != VmciAddress.CID_ANY || vmci.port() != VmciAddress.PORT_ANY;
        }
        return address != null && !(address instanceof DomainSocketAddress unix && unix.path().isEmpty());
    }

    private static String show(@Nullable SocketAddress address) {
        if (address == null) {
            return "unknown address";
        }
        // An abstract name starts with NUL, which ss(8) and zmq_ipc(7) write as @.
        return address.toString().replace('\0', '@');
    }
}
