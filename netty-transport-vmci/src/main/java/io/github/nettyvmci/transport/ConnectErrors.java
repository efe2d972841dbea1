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

import static io.github.nettyvmci.transport.NativeConstants.EACCES;
import static io.github.nettyvmci.transport.NativeConstants.EADDRNOTAVAIL;
import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;
import static io.github.nettyvmci.transport.NativeConstants.EALREADY;
import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.ECONNREFUSED;
import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;
import static io.github.nettyvmci.transport.NativeConstants.EHOSTUNREACH;
import static io.github.nettyvmci.transport.NativeConstants.EINVAL;
import static io.github.nettyvmci.transport.NativeConstants.EISCONN;
import static io.github.nettyvmci.transport.NativeConstants.ENETUNREACH;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENODEV;
import static io.github.nettyvmci.transport.NativeConstants.ENOENT;
import static io.github.nettyvmci.transport.NativeConstants.EOPNOTSUPP;
import static io.github.nettyvmci.transport.NativeConstants.EPERM;
import static io.github.nettyvmci.transport.NativeConstants.EPROTO;
import static io.github.nettyvmci.transport.NativeConstants.ESOCKTNOSUPPORT;
import static io.github.nettyvmci.transport.NativeConstants.ETIMEDOUT;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.DomainSocketAddress;
import org.jspecify.annotations.Nullable;

import java.io.FileNotFoundException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** The exceptions for connect(2), whether it fails at once or later, through SO_ERROR. */
final class ConnectErrors {

    /** Part of what {@link #refusedLate} says. */
    static final String HANDSHAKE_TOOK_LONG = "or over VMCI its kernel took longer for the handshake than the one"
            + " second that it gives";

    private ConnectErrors() {
    }

    /**
     * Returns the exception for a connect that failed, at once or later with this SO_ERROR.
     *
     * @param local         where it was bound to, or {@code null}
     * @param timeoutMillis what the attempt was given, or 0 if not known
     */
    static Exception connectFailed(SocketAddress remote, @Nullable SocketAddress local, int negErrno,
            long timeoutMillis) {
        return connectFailed(remote, local, negErrno, timeoutMillis, LocalCid::current,
                () -> ProbeRun.mayHaveVmware(ProbeRun.ROOT));
    }

    /**
     * Returns the exception for a connect that failed, with what the text depends on.
     *
     * @param localCid answers as {@link LocalCid#current()}
     * @param vmware   answers as {@link ProbeRun#mayHaveVmware}
     */
    static Exception connectFailed(SocketAddress remote, @Nullable SocketAddress local, int negErrno,
            long timeoutMillis, LongSupplier localCid, BooleanSupplier vmware) {
        FailedCall call = new FailedCall("connect", remote, local, negErrno);
        switch (-negErrno) {
            case ETIMEDOUT:
                if (remote instanceof DomainSocketAddress) {
                    return new ConnectTimeoutException(call.text("timed out: the listener's backlog stayed full"
                            + (timeoutMillis > 0 ? " for " + timeoutMillis + " ms" : ""), null));
                }
                return connectTimedOut((VmciAddress) remote, call,
                        "timed out: no answer" + (timeoutMillis > 0 ? " in " + timeoutMillis + " ms" : ""));
            case EALREADY:
                return FailedCall.withText(new ConnectionPendingException(), call.text());
            case EISCONN:
                return FailedCall.withText(new AlreadyConnectedException(), call.text());
            case EBADF:
                return call.closed();
            case ECONNREFUSED:
                return new ConnectException(call.text("refused: nothing accepts there", null));
            default:
                return remote instanceof VmciAddress vmci ? vsockConnectFailed(vmci, call, localCid, vmware)
                        : unixConnectFailed(call);
        }
    }

    private static Exception connectTimedOut(VmciAddress remote, FailedCall call, String text) {
        if (remote.cid() == VmciAddress.CID_LOCAL) {
            // Without loopback a guest's kernel hands the connect to the host, which drops it.
            return new ConnectTimeoutException(call.text(text,
                    "CID 1 needs the loopback transport (as root: modprobe vsock_loopback)"));
        }
        return new ConnectTimeoutException(call.text(
                text + " (guest still booting, CID not routed, or the host drops it)", null));
    }

    /** Returns the exception for two ends over VMware's VMCI whose buffer sizes have nothing in common. */
    static Exception buffersDoNotMeet(SocketAddress remote, SocketAddress local) {
        return new ConnectException(new FailedCall("connect", remote, local, -EINVAL).text(
                "failed: the two ends' buffer sizes do not meet",
                "set VmciChannelOption.BUFFER_SIZE within the server's BUFFER_MIN_SIZE and"
                + " BUFFER_MAX_SIZE, or widen those on either side"));
    }

    /**
     * Returns the exception for a connect that was refused a second or more after it began. Over VMware's VMCI it may
     * be the time alone that ended it.
     *
     * @param local where it was bound to, or {@code null}
     */
    static Exception refusedLate(VmciAddress remote, @Nullable SocketAddress local) {
        if (remote.cid() == VmciAddress.CID_LOCAL) {
            return connectFailed(remote, local, -ECONNRESET, 0);
        }
        return new ConnectException(new FailedCall("connect", remote, local, -ECONNRESET).text(
                "refused: nothing accepts there", HANDSHAKE_TOOK_LONG + ": connect again, and fewer at once"));
    }

    private static Exception vsockConnectFailed(VmciAddress remote, FailedCall call, LongSupplier localCid,
            BooleanSupplier vmware) {
        switch (-call.negErrno) {
            case ECONNRESET:
                return new ConnectException(call.text("refused: nothing accepts there",
                        remote.cid() == VmciAddress.CID_LOCAL && vmware.getAsBoolean() ? "a server bound to * is not"
                        + " reached at CID 1 any more once a VMware machine has connected to it: then dial CID 2 or the"
                        + " own one" : null));
            case ENODEV:
                return noTransport(remote, call, localCid);
            case ENETUNREACH:
                return noRoute(call, "this machine's vsock transport does not reach CID " + remote.cid(),
                        remote.cid() == VmciAddress.CID_LOCAL ? "as root: modprobe vsock_loopback" : null);
            case EHOSTUNREACH:
                return noRoute(call, "the VMCI device has no resource for this connection", null);
            case EINVAL:
                // VMCI reports a guest that does not exist this way; elsewhere the number speaks of our own arguments.
                if (remote.cid() > VmciAddress.CID_HOST && remote.cid() != VmciAddress.CID_ANY) {
                    return noRoute(call, "no machine with CID " + remote.cid(), null);
                }
                return new IllegalArgumentException(call.text(
                        "failed: the address is no peer, or the socket listens or was shut down", null));
            case ESOCKTNOSUPPORT:
                return new UnsupportedOperationException(
                        call.text("failed: the transport to that CID does not offer this socket type", null));
            case EADDRNOTAVAIL:
                return new ConnectException(call.text("failed: the kernel found no free local port",
                        "close some sockets"));
            case ENOBUFS:
                return new ConnectException(call.text("failed: the VMCI queue is full", "try again later"));
            case EPERM:
            case EACCES:
                return new ConnectException(
                        call.text("failed: blocked by a security policy, or a restricted virtual machine", null));
            case EPROTO:
                return new ConnectException(call.text("failed: the peer's answer breaks the vsock protocol", null));
            case EOPNOTSUPP:
                return new ConnectException(
                        call.text("failed: the transport to that CID cannot do what the socket's options ask", null));
            default:
                return new ConnectException(call.text());
        }
    }

    private static Exception noTransport(VmciAddress remote, FailedCall call, LongSupplier localCid) {
        long cid = remote.cid();
        if (cid == VmciAddress.CID_LOCAL) {
            return noRoute(call, "no loopback transport", "as root: modprobe vsock_loopback");
        }
        if (cid == VmciAddress.CID_HYPERVISOR) {
            return noRoute(call, "no transport to the hypervisor itself",
                    "services of the host are at CID 2: " + remote.withCid(VmciAddress.CID_HOST));
        }
        if (cid == VmciAddress.CID_HOST) {
            return noRoute(call, "no virtio, VMCI or Hyper-V vsock device in this machine",
                    "give the virtual machine one; on the host itself dial CID 1 (as root: modprobe vsock_loopback)");
        }
        if (cid == localCid.getAsLong()) {
            return noRoute(call, "CID " + cid + " is this machine itself, and there is no loopback transport",
                    "as root: modprobe vsock_loopback");
        }
        return noRoute(call, "no running guest with CID " + cid,
                "start it with a vsock device; VMware's are not reached while vhost_vsock is loaded");
    }

    private static Exception noRoute(FailedCall call, String text, @Nullable String fix) {
        return new NoRouteToHostException(call.text("failed: " + text, fix));
    }

    private static Exception unixConnectFailed(FailedCall call) {
        switch (-call.negErrno) {
            case ENOENT:
                // The type that Netty's own Unix transports use here.
                return new FileNotFoundException(call.text("failed: no such socket file", null));
            case EAGAIN:
                return new ConnectException(call.text("refused: the listener's backlog is full", "try again later"));
            case EACCES:
            case EPERM:
                return new ConnectException(call.text("failed: this user may not write to the socket file",
                        "change its mode, or that of a folder on the way"));
            default:
                return new ConnectException(call.text());
        }
    }
}
