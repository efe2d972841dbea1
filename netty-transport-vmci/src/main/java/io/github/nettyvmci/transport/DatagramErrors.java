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

import static io.github.nettyvmci.transport.NativeConstants.AF_VSOCK;
import static io.github.nettyvmci.transport.NativeConstants.EADDRINUSE;
import static io.github.nettyvmci.transport.NativeConstants.EHOSTUNREACH;
import static io.github.nettyvmci.transport.NativeConstants.EINVAL;
import static io.github.nettyvmci.transport.NativeConstants.EMSGSIZE;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENODEV;
import static io.github.nettyvmci.transport.NativeConstants.ENOMEM;
import static io.github.nettyvmci.transport.NativeConstants.EPERM;
import static io.github.nettyvmci.transport.NativeConstants.ESOCKTNOSUPPORT;

import io.netty.channel.ChannelException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.channels.NotYetConnectedException;

/** The exceptions for datagrams: what is particular of their sockets, and each datagram that did not make it. */
final class DatagramErrors {

    private DatagramErrors() {
    }

    /** Returns the exception for a socket that cannot be created. */
    static ChannelException socketFailed(int negErrno) {
        if (negErrno == -ENODEV || negErrno == -ESOCKTNOSUPPORT) {
            return new ChannelException("socket(AF_VSOCK, SOCK_DGRAM) failed: vsock datagrams need the VMware VMCI"
                    + " transport " + Errno.label(negErrno) + "; in a VMware machine, or on its Linux host, as root:"
                    + " modprobe vmw_vsock_vmci_transport; elsewhere take a VmciChannel");
        }
        return SocketErrors.socketFailed(AF_VSOCK, negErrno);
    }

    /** Returns the exception for an address that cannot be bound to. */
    static Exception bindFailed(VmciAddress local, int negErrno) {
        if (negErrno == -EADDRINUSE) {
            return new BindException(new FailedCall("bind", local, null, negErrno).text(
                    "failed: vsock datagram port " + local.port() + " is already in use",
                    "stop what uses it (which is no stream: those have ports of their own)"));
        }
        return SocketErrors.bindFailed(local, negErrno);
    }

    /** Returns the exception for a buffer without an address, in a channel that has no peer. */
    static NotYetConnectedException noRecipient() {
        return FailedCall.withText(new NotYetConnectedException(),
                "message: a ByteBuf, and no peer (expected: a VmciDatagramPacket with a recipient, or a connected"
                        + " channel)");
    }

    /**
     * Returns the exception for a datagram that was not sent.
     *
     * @param length its length in bytes
     */
    static IOException sendFailed(VmciAddress recipient, @Nullable SocketAddress local, int length, int negErrno) {
        FailedCall call = new FailedCall("sendto", recipient, local, negErrno);
        switch (-negErrno) {
            case EMSGSIZE:
                return new IOException(call.text("failed: datagram: " + length + " bytes (expected: at most "
                        + VmciDatagramPacket.MAX_LENGTH + ')', "send it in parts, or over a VmciChannel"));
            case EHOSTUNREACH:
                return new PortUnreachableException(call.text("failed: no datagram socket is bound to port "
                        + recipient.port() + " there", null));
            case EINVAL:
                return new NoRouteToHostException(call.text("failed: no machine that takes datagrams has CID "
                        + recipient.cid(), "start it, or dial the host (2) or a running guest; loopback (1) has streams"
                        + " only, and guests do not reach each other"));
            case EPERM:
                return new IOException(call.text("failed: CID " + recipient.cid()
                        + " is a restricted virtual machine, which exchanges datagrams with trusted sockets only",
                        "give the process CAP_NET_ADMIN before it opens the socket, or run it as the user whose"
                                + " machine it is"));
            case ENOMEM:
                return new IOException(call.text("failed: 256 datagrams wait for delivery already, or the kernel is out"
                        + " of memory; this one is lost", "send more slowly, or send it again later"));
            case ENOBUFS:
                return new IOException(call.text("failed: too many bytes wait for CID " + recipient.cid()
                        + " to take them; this datagram is lost", "send more slowly, or send it again later"));
            default:
                return call.ioException();
        }
    }

    /** Returns the exception for a failed attempt to receive; the socket goes on. */
    static IOException receiveFailed(@Nullable SocketAddress local, int negErrno) {
        return new FailedCall("recvfrom", local, null, negErrno).ioException();
    }

    /**
     * Returns the exception for a datagram that was longer than the buffer for it.
     *
     * @param room the length of the buffer in bytes
     */
    static IOException tooLong(VmciAddress sender, int room) {
        return new IOException("datagram from " + sender + ": lost, it is longer than the buffer (expected: at most "
                + room + " bytes); set RECVBUF_ALLOCATOR to a FixedRecvByteBufAllocator for the longest that may come,"
                + " or leave the default, which takes " + VmciDatagramPacket.MAX_LENGTH);
    }
}
