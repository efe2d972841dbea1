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
import static io.github.nettyvmci.transport.NativeConstants.EACCES;
import static io.github.nettyvmci.transport.NativeConstants.EADDRINUSE;
import static io.github.nettyvmci.transport.NativeConstants.EADDRNOTAVAIL;
import static io.github.nettyvmci.transport.NativeConstants.EAFNOSUPPORT;
import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;
import static io.github.nettyvmci.transport.NativeConstants.EALREADY;
import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.ECONNREFUSED;
import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;
import static io.github.nettyvmci.transport.NativeConstants.EHOSTUNREACH;
import static io.github.nettyvmci.transport.NativeConstants.EINVAL;
import static io.github.nettyvmci.transport.NativeConstants.EISCONN;
import static io.github.nettyvmci.transport.NativeConstants.EMFILE;
import static io.github.nettyvmci.transport.NativeConstants.EMSGSIZE;
import static io.github.nettyvmci.transport.NativeConstants.ENETUNREACH;
import static io.github.nettyvmci.transport.NativeConstants.ENFILE;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENODEV;
import static io.github.nettyvmci.transport.NativeConstants.ENOENT;
import static io.github.nettyvmci.transport.NativeConstants.ENOMEM;
import static io.github.nettyvmci.transport.NativeConstants.ENOPROTOOPT;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.EOPNOTSUPP;
import static io.github.nettyvmci.transport.NativeConstants.EPERM;
import static io.github.nettyvmci.transport.NativeConstants.EPIPE;
import static io.github.nettyvmci.transport.NativeConstants.EPROTO;
import static io.github.nettyvmci.transport.NativeConstants.ERANGE;
import static io.github.nettyvmci.transport.NativeConstants.EROFS;
import static io.github.nettyvmci.transport.NativeConstants.ESOCKTNOSUPPORT;
import static io.github.nettyvmci.transport.NativeConstants.ETIMEDOUT;

import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.DomainSocketAddress;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Turns what a system call returned into the exception that a Netty user expects, with the operation, the addresses,
 * the cause in words, the errno, and the fix where a user has one:
 *
 * <pre>
 *  operation(address)[ from local] reason: text (ENAME, errno N)[; fix]
 *  connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104)
 * </pre>
 *
 * Every {@code negErrno} is negative, as the natives return it. Addresses are {@link VmciAddress} or
 * {@link DomainSocketAddress}; the address family of the former gives several numbers a meaning of their own (a refused
 * connection is ECONNRESET, for example), so the texts differ by family. {@code null} stands for an address not known.
 */
final class VmciErrors {

    private static final String RAISE_LIMIT = "close some, or raise the limit (ulimit -n)";

    /** Part of what {@link #refusedLate} says. */
    static final String HANDSHAKE_TOOK_LONG = "or over VMCI its kernel took longer for the handshake than the one"
            + " second that it gives";

    private VmciErrors() {
    }

    /** Returns {@code ECONNRESET} for -104, or {@code errno 4711} for a number without a name here. */
    static String name(int negErrno) {
        return Errno.name(negErrno);
    }

    /** Creating a socket of the family failed; unchecked as Netty's transports have it. */
    static ChannelException socketFailed(int family, int negErrno) {
        return new ChannelException(socketReason(family, negErrno) + append(socketFix(family, negErrno)));
    }

    /** Returns what {@link #socketFailed} says before the fix. */
    static String socketReason(int family, int negErrno) {
        String name = familyName(family);
        String text;
        switch (-negErrno) {
            case EAFNOSUPPORT:
                text = name + " is not available in this kernel";
                break;
            case EPERM:
            case EACCES:
                text = "creating " + name + " sockets is blocked by the container or security policy (seccomp)";
                break;
            default:
                text = Errno.text(negErrno);
                break;
        }
        return "socket(" + name + ") failed: " + text + ' ' + Errno.label(negErrno);
    }

    /** Returns the fix that {@link #socketFailed} tells, or {@code null} if there is none. */
    static String socketFix(int family, int negErrno) {
        switch (-negErrno) {
            case EAFNOSUPPORT:
                return family == AF_VSOCK ? "as root: modprobe vsock, or use a kernel with CONFIG_VSOCKETS" : null;
            case EPERM:
            case EACCES:
                return "allow socket(" + familyName(family)
                        + ") in the policy (docker: --security-opt seccomp=PROFILE)";
            default:
                return resourceFix(negErrno);
        }
    }

    private static String familyName(int family) {
        return family == AF_VSOCK ? "AF_VSOCK" : "AF_UNIX";
    }

    static Exception bindFailed(SocketAddress local, int negErrno) {
        return bindFailed(local, negErrno, Vmci::localCid);
    }

    static Exception bindFailed(SocketAddress local, int negErrno, LongSupplier localCid) {
        Report report = new Report("bind", local, null, negErrno);
        if (local instanceof VmciAddress) {
            return vsockBindFailed((VmciAddress) local, report, localCid);
        }
        switch (-negErrno) {
            case EADDRINUSE:
                return new BindException(report.text("failed: the name exists already",
                        "stop what listens there, or delete the file if nothing does"));
            case EACCES:
            case EPERM:
            case EROFS:
                return new BindException(report.text("failed: the socket file may not be created there",
                        "take a folder this user may write to"));
            case ENOENT:
                return new BindException(report.text("failed: the folder does not exist", "create it"));
            default:
                return generalBindFailed(report);
        }
    }

    private static Exception vsockBindFailed(VmciAddress local, Report report, LongSupplier localCid) {
        switch (-report.negErrno) {
            case EADDRINUSE:
                return new BindException(report.text("failed: vsock port " + local.port() + " is already in use",
                        "stop what uses it (any CID and socket type counts; a closing client holds its port for 8 s)"));
            case EADDRNOTAVAIL:
                return cidNotLocal(local, report, localCid);
            case EACCES:
            case EPERM:
                if (local.port() < 1024) {
                    return new BindException(report.text("failed: vsock ports below 1024 are privileged",
                            "take a port from 1024 up, or give the process CAP_NET_BIND_SERVICE"));
                }
                return new BindException(report.text("failed: blocked by the container or security policy", null));
            default:
                return generalBindFailed(report);
        }
    }

    private static IOException cidNotLocal(VmciAddress local, Report report, LongSupplier localCid) {
        long own = local.cid() == VmciAddress.CID_ANY ? VmciAddress.CID_ANY : localCid.getAsLong();
        if (local.cid() == VmciAddress.CID_ANY || local.cid() == own) {
            return new BindException(report.text("failed: the kernel found no free port",
                    "name a port, or close some sockets"));
        }
        VmciAddress any = local.withCid(VmciAddress.CID_ANY);
        String fix = "bind to " + any;
        if (local.cid() == VmciAddress.CID_LOCAL) {
            fix += ", or as root: modprobe vsock_loopback";
        } else if (local.cid() == VmciAddress.CID_HOST) {
            fix += " (CID 2 is local on a host only, with vhost_vsock loaded or a VMware machine running)";
        }
        return new BindException(report.text("failed: CID " + local.cid() + " is not a local CID, local CID: "
                + (own == VmciAddress.CID_ANY ? "unknown" : Long.toString(own)), fix));
    }

    private static Exception generalBindFailed(Report report) {
        switch (-report.negErrno) {
            case EINVAL:
                return new IllegalStateException(report.text("failed: the socket is bound already", null));
            case EBADF:
                return closed(report);
            default:
                return new IOException(report.text());
        }
    }

    static Exception listenFailed(SocketAddress local, int negErrno) {
        Report report = new Report("listen", local, null, negErrno);
        switch (-negErrno) {
            case EINVAL:
                return new IllegalStateException(
                        report.text("failed: the socket is not bound, or connecting or connected", null));
            case EOPNOTSUPP:
                return new IllegalStateException(report.text("failed: not a stream socket", null));
            case EADDRINUSE:
                return new BindException(report.text());
            case EBADF:
                return closed(report);
            default:
                return new IOException(report.text());
        }
    }

    /**
     * A connect failed, at once or later with this SO_ERROR.
     *
     * @param local         where it was bound to, or {@code null}
     * @param timeoutMillis what the attempt was given, or 0 if not known
     */
    static Exception connectFailed(SocketAddress remote, SocketAddress local, int negErrno, long timeoutMillis) {
        return connectFailed(remote, local, negErrno, timeoutMillis, Vmci::localCid,
                () -> VmciProbe.mayHaveVmware(Path.of("/")));
    }

    static Exception connectFailed(SocketAddress remote, SocketAddress local, int negErrno, long timeoutMillis,
            LongSupplier localCid, BooleanSupplier vmware) {
        Report report = new Report("connect", remote, local, negErrno);
        switch (-negErrno) {
            case ETIMEDOUT:
                if (remote instanceof DomainSocketAddress) {
                    return new ConnectTimeoutException(report.text("timed out: the listener's backlog stayed full"
                            + (timeoutMillis > 0 ? " for " + timeoutMillis + " ms" : ""), null));
                }
                return connectTimedOut((VmciAddress) remote, report,
                        "timed out: no answer" + (timeoutMillis > 0 ? " in " + timeoutMillis + " ms" : ""));
            case EALREADY:
                return withReport(new ConnectionPendingException(), report);
            case EISCONN:
                return withReport(new AlreadyConnectedException(), report);
            case EBADF:
                return closed(report);
            case ECONNREFUSED:
                return new ConnectException(report.text("refused: nothing accepts there", null));
            default:
                return remote instanceof VmciAddress
                        ? vsockConnectFailed((VmciAddress) remote, report, localCid, vmware)
                        : unixConnectFailed(report);
        }
    }

    private static Exception connectTimedOut(VmciAddress remote, Report report, String text) {
        if (remote.cid() == VmciAddress.CID_LOCAL) {
            // Without loopback a guest's kernel hands it to the host, which drops it.
            return new ConnectTimeoutException(report.text(text,
                    "CID 1 needs the loopback transport (as root: modprobe vsock_loopback)"));
        }
        return new ConnectTimeoutException(report.text(
                text + " (guest still booting, CID not routed, or the host drops it)", null));
    }

    /** Over VMware's VMCI: the sizes that the two ends agree to have nothing in common. */
    static Exception buffersDoNotMeet(SocketAddress remote, SocketAddress local) {
        return new ConnectException(new Report("connect", remote, local, -EINVAL).text(
                "failed: the two ends' buffer sizes do not meet",
                "set VmciChannelOption.BUFFER_SIZE within the server's BUFFER_MIN_SIZE and"
                + " BUFFER_MAX_SIZE, or widen those on either side"));
    }

    /** A second or more after the connect: over VMware's VMCI that may be all there is to it. */
    static Exception refusedLate(VmciAddress remote, SocketAddress local) {
        if (remote.cid() == VmciAddress.CID_LOCAL) {
            return connectFailed(remote, local, -ECONNRESET, 0);
        }
        return new ConnectException(new Report("connect", remote, local, -ECONNRESET).text(
                "refused: nothing accepts there", HANDSHAKE_TOOK_LONG + ": connect again, and fewer at once"));
    }

    private static Exception vsockConnectFailed(VmciAddress remote, Report report, LongSupplier localCid,
            BooleanSupplier vmware) {
        switch (-report.negErrno) {
            case ECONNRESET:
                return new ConnectException(report.text("refused: nothing accepts there",
                        remote.cid() == VmciAddress.CID_LOCAL && vmware.getAsBoolean() ? "a server bound to * is not"
                        + " reached at CID 1 any more once a VMware machine has connected to it: then dial CID 2 or the"
                        + " own one" : null));
            case ENODEV:
                return noTransport(remote, report, localCid);
            case ENETUNREACH:
                return noRoute(report, "this machine's vsock transport does not reach CID " + remote.cid(),
                        remote.cid() == VmciAddress.CID_LOCAL ? "as root: modprobe vsock_loopback" : null);
            case EHOSTUNREACH:
                return noRoute(report, "the VMCI device has no resource for this connection", null);
            case EINVAL:
                // VMCI reports a guest that does not exist this way; elsewhere the number speaks of our own arguments.
                if (remote.cid() > VmciAddress.CID_HOST && remote.cid() != VmciAddress.CID_ANY) {
                    return noRoute(report, "no machine with CID " + remote.cid(), null);
                }
                return new IllegalArgumentException(report.text(
                        "failed: the address is no peer, or the socket listens or was shut down", null));
            case ESOCKTNOSUPPORT:
                return new UnsupportedOperationException(
                        report.text("failed: the transport to that CID does not offer this socket type", null));
            case EADDRNOTAVAIL:
                return new ConnectException(report.text("failed: the kernel found no free local port",
                        "close some sockets"));
            case ENOBUFS:
                return new ConnectException(report.text("failed: the VMCI queue is full", "try again later"));
            case EPERM:
            case EACCES:
                return new ConnectException(
                        report.text("failed: blocked by a security policy, or a restricted virtual machine", null));
            case EPROTO:
                return new ConnectException(report.text("failed: the peer's answer breaks the vsock protocol", null));
            case EOPNOTSUPP:
                return new ConnectException(
                        report.text("failed: the transport to that CID cannot do what the socket's options ask", null));
            default:
                return new ConnectException(report.text());
        }
    }

    private static Exception noTransport(VmciAddress remote, Report report, LongSupplier localCid) {
        long cid = remote.cid();
        if (cid == VmciAddress.CID_LOCAL) {
            return noRoute(report, "no loopback transport", "as root: modprobe vsock_loopback");
        }
        if (cid == VmciAddress.CID_HYPERVISOR) {
            return noRoute(report, "no transport to the hypervisor itself",
                    "services of the host are at CID 2: " + remote.withCid(VmciAddress.CID_HOST));
        }
        if (cid == VmciAddress.CID_HOST) {
            return noRoute(report, "no virtio, VMCI or Hyper-V vsock device in this machine",
                    "give the virtual machine one; on the host itself dial CID 1 (as root: modprobe vsock_loopback)");
        }
        if (cid == localCid.getAsLong()) {
            return noRoute(report, "CID " + cid + " is this machine itself, and there is no loopback transport",
                    "as root: modprobe vsock_loopback");
        }
        return noRoute(report, "no running guest with CID " + cid,
                "start it with a vsock device; VMware's are not reached while vhost_vsock is loaded");
    }

    private static Exception noRoute(Report report, String text, String fix) {
        return new NoRouteToHostException(report.text("failed: " + text, fix));
    }

    private static Exception unixConnectFailed(Report report) {
        switch (-report.negErrno) {
            case ENOENT:
                // The type that Netty's own Unix transports use here.
                return new FileNotFoundException(report.text("failed: no such socket file", null));
            case EAGAIN:
                return new ConnectException(report.text("refused: the listener's backlog is full", "try again later"));
            case EACCES:
            case EPERM:
                return new ConnectException(report.text("failed: this user may not write to the socket file",
                        "change its mode, or that of a folder on the way"));
            default:
                return new ConnectException(report.text());
        }
    }

    static IOException acceptFailed(SocketAddress local, int negErrno) {
        return ioFailed(new Report("accept", local, null, negErrno));
    }

    static IOException readFailed(SocketAddress remote, SocketAddress local, int negErrno) {
        Report report = new Report("read", remote, local, negErrno);
        if (negErrno == -ENOMEM && remote instanceof VmciAddress) {
            return new IOException(report.text("failed: " + Errno.text(negErrno)
                    + ", or SO_RCVLOWAT is not below BUFFER_SIZE", null));
        }
        return ioFailed(report);
    }

    static IOException writeFailed(SocketAddress remote, SocketAddress local, int negErrno) {
        Report report = new Report("write", remote, local, negErrno);
        switch (-negErrno) {
            case EPIPE:
                return new IOException(report.text(
                        "failed: Broken pipe, the peer closed or takes no more input", null));
            case EMSGSIZE:
                return new IOException(report.text("failed: message larger than the vsock buffer",
                        "raise VmciChannelOption.BUFFER_SIZE at both ends"));
            case ENOMEM:
                return new IOException(report.text("failed: " + Errno.text(negErrno)
                        + ", or bad memory address", null));
            default:
                return ioFailed(report);
        }
    }

    /** Returns the kernel's text for an errno with its name and number, for calls that have no address. */
    static String describe(int negErrno) {
        return Errno.text(negErrno) + ' ' + Errno.label(negErrno);
    }

    /**
     * Half-closing failed.
     *
     * @param remote the peer, or {@code null} if the channel was never connected
     */
    static Exception shutdownFailed(SocketAddress remote, int negErrno) {
        Report report = new Report("shutdown", remote, null, negErrno);
        if (negErrno == -ENOTCONN && remote == null) {
            return withReport(new NotYetConnectedException(),
                    "shutdown failed: not connected " + Errno.label(negErrno));
        }
        return ioFailed(report);
    }

    /** Returns the text for an address of another family than the channel's. */
    static String wrongAddressType(String role, SocketAddress address, Class<? extends SocketAddress> expected) {
        return role + ": " + address + (address == null ? "" : " of type " + address.getClass().getName())
                + " (expected: a " + expected.getName() + ')';
    }

    /**
     * An option could not be set or read.
     *
     * @param value what was to be set, or {@code null} if the option was to be read
     */
    static IOException optionFailed(String option, Object value, int negErrno) {
        String subject = "option " + option + (value == null ? "" : ": " + value);
        switch (-negErrno) {
            case EINVAL:
            case ERANGE:
                return new IOException(subject + " (expected: a value the kernel takes) " + Errno.label(negErrno));
            case ENOPROTOOPT:
            case EOPNOTSUPP:
                return new IOException(subject + " (expected: an option that this kernel and address family have) "
                        + Errno.label(negErrno));
            case EPERM:
            case EACCES:
                return new IOException(subject + " (expected: a privileged process) " + Errno.label(negErrno));
            case EBADF:
                return withReport(new ClosedChannelException(), subject + ' ' + Errno.label(negErrno));
            default:
                return new IOException(subject + " failed: " + Errno.text(negErrno) + ' ' + Errno.label(negErrno));
        }
    }

    /**
     * An established connection was lost.
     *
     * @param soError what SO_ERROR read, a positive number there; taken with either sign
     */
    static IOException connectionLost(SocketAddress remote, int soError) {
        int negErrno = soError > 0 ? -soError : soError;
        Report report = new Report("connection", remote, null, negErrno);
        switch (-negErrno) {
            case ECONNRESET:
                return new IOException(report.text("lost: Connection reset by peer"
                        + (remote instanceof VmciAddress
                        ? " (the machine ended, was restored or migrated, or lost its vsock device)" : ""), null));
            case ENOBUFS:
                // Kernels 6.12.92 to 6.12.100 reset a stream once too many small packets wait unread at the receiver.
                return new IOException(report.text(
                        "lost: more unread data or small packets than the receive buffer may hold, some were dropped",
                        "raise VmciChannelOption.BUFFER_SIZE at the receiver, or read faster"));
            case ETIMEDOUT:
                return new IOException(report.text("lost: the peer does not answer", null));
            default:
                return new IOException(report.text("lost: " + Errno.text(negErrno), null));
        }
    }

    /** Returns why there is no local CID: {@link VmciAddress#CID_ANY}, or the negative errno of asking for it. */
    static String unknownCidReason(long result) {
        if (result >= 0) {
            return "the kernel names none (no vsock transport is active, or it is Hyper-V's, which has none)";
        }
        int negErrno = (int) result;
        switch (-negErrno) {
            case ENOENT:
                return "/dev/vsock does not exist " + Errno.label(negErrno);
            case EACCES:
            case EPERM:
                return "/dev/vsock may not be opened by this user " + Errno.label(negErrno);
            default:
                return "/dev/vsock cannot be asked: " + Errno.text(negErrno) + ' ' + Errno.label(negErrno);
        }
    }

    /** Returns what makes a local CID known, for a result of which {@link #unknownCidReason} tells the reason. */
    static String unknownCidFix(long result) {
        if (result >= 0) {
            return "as root: modprobe vsock_loopback";
        }
        switch ((int) -result) {
            case EACCES:
            case EPERM:
                return "as root: chmod a+r /dev/vsock";
            case ENFILE:
            case EMFILE:
                return RAISE_LIMIT;
            default:
                return "as root: modprobe vsock (a container also needs --device /dev/vsock)";
        }
    }

    private static IOException ioFailed(Report report) {
        switch (-report.negErrno) {
            case EBADF:
                return closed(report);
            case ECONNRESET:
                return new IOException(report.text("failed: Connection reset by peer", null));
            case EINVAL:
                if ("accept".equals(report.operation)) {
                    return new IOException(report.text("failed: the socket does not listen", null));
                }
                return new IOException(report.text());
            default:
                return new IOException(report.text());
        }
    }

    private static String resourceFix(int negErrno) {
        return negErrno == -EMFILE || negErrno == -ENFILE ? RAISE_LIMIT : null;
    }

    private static ClosedChannelException closed(Report report) {
        return withReport(new ClosedChannelException(), report);
    }

    private static <T extends Exception> T withReport(T exception, Report report) {
        return withReport(exception, report.text());
    }

    /** For the types of java.nio.channels, which take no message. */
    private static <T extends Exception> T withReport(T exception, String report) {
        exception.initCause(new IOException(report));
        return exception;
    }

    private static String append(String fix) {
        return fix == null ? "" : "; " + fix;
    }

    /** What failed, and the one form of saying it. */
    private static final class Report {

        private final String operation;
        private final SocketAddress address;
        private final SocketAddress from;
        private final int negErrno;

        Report(String operation, SocketAddress address, SocketAddress from, int negErrno) {
            this.operation = operation;
            this.address = address;
            this.from = from;
            this.negErrno = negErrno;
        }

        String text() {
            return text("failed: " + Errno.text(negErrno), resourceFix(negErrno));
        }

        String text(String reason, String fix) {
            String preposition = "read".equals(operation) ? " to " : " from ";
            return operation + '(' + show(address) + ')' + (isNamed(from) ? preposition + show(from) : "") + ' '
                    + reason + ' ' + Errno.label(negErrno) + append(fix);
        }

        private static boolean isNamed(SocketAddress address) {
            if (address instanceof VmciAddress) {
                VmciAddress vmci = (VmciAddress) address;
                return vmci.cid() != VmciAddress.CID_ANY || vmci.port() != VmciAddress.PORT_ANY;
            }
            return address != null && !(address instanceof DomainSocketAddress
                    && ((DomainSocketAddress) address).path().isEmpty());
        }

        private static String show(SocketAddress address) {
            if (address == null) {
                return "unknown address";
            }
            // An abstract name starts with NUL, which ss(8) and zmq_ipc(7) write as @.
            return address.toString().replace('\0', '@');
        }
    }
}
