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
import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.EINVAL;
import static io.github.nettyvmci.transport.NativeConstants.ENOENT;
import static io.github.nettyvmci.transport.NativeConstants.ENOPROTOOPT;
import static io.github.nettyvmci.transport.NativeConstants.EOPNOTSUPP;
import static io.github.nettyvmci.transport.NativeConstants.EPERM;
import static io.github.nettyvmci.transport.NativeConstants.ERANGE;
import static io.github.nettyvmci.transport.NativeConstants.EROFS;

import io.netty.channel.ChannelException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.LongSupplier;

/**
 * The exceptions for a socket before it has a peer: it cannot be created, bound, made to listen or accept from, an
 * option is refused, or an address is of another family.
 */
final class SocketErrors {

    private SocketErrors() {
    }

    /** Returns the exception for a socket that cannot be created; it is unchecked, as with Netty's transports. */
    static ChannelException socketFailed(int family, int negErrno) {
        return new ChannelException(socketReason(family, negErrno) + FailedCall.andFix(socketFix(family, negErrno)));
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
    static @Nullable String socketFix(int family, int negErrno) {
        switch (-negErrno) {
            case EAFNOSUPPORT:
                return family == AF_VSOCK ? "as root: modprobe vsock, or use a kernel with CONFIG_VSOCKETS" : null;
            case EPERM:
            case EACCES:
                return "allow socket(" + familyName(family)
                        + ") in the policy (docker: --security-opt seccomp=PROFILE)";
            default:
                return FailedCall.fixOf(negErrno);
        }
    }

    private static String familyName(int family) {
        return family == AF_VSOCK ? "AF_VSOCK" : "AF_UNIX";
    }

    /** Returns the exception for an address that cannot be bound to. */
    static Exception bindFailed(SocketAddress local, int negErrno) {
        return bindFailed(local, negErrno, LocalCid::current);
    }

    /**
     * Returns the exception for an address that cannot be bound to.
     *
     * @param localCid answers as {@link LocalCid#current()}
     */
    static Exception bindFailed(SocketAddress local, int negErrno, LongSupplier localCid) {
        FailedCall call = new FailedCall("bind", local, null, negErrno);
        if (local instanceof VmciAddress vmci) {
            return vsockBindFailed(vmci, call, localCid);
        }
        switch (-negErrno) {
            case EADDRINUSE:
                return new BindException(call.text("failed: the name exists already",
                        "stop what listens there, or delete the file if nothing does"));
            case EACCES:
            case EPERM:
            case EROFS:
                return new BindException(call.text("failed: the socket file may not be created there",
                        "take a folder this user may write to"));
            case ENOENT:
                return new BindException(call.text("failed: the folder does not exist", "create it"));
            default:
                return generalBindFailed(call);
        }
    }

    private static Exception vsockBindFailed(VmciAddress local, FailedCall call, LongSupplier localCid) {
        switch (-call.negErrno) {
            case EADDRINUSE:
                return new BindException(call.text("failed: vsock port " + local.port() + " is already in use",
                        "stop what uses it (any CID and socket type counts; a closing client holds its port for 8 s)"));
            case EADDRNOTAVAIL:
                return cidNotLocal(local, call, localCid);
            case EACCES:
            case EPERM:
                if (local.port() < 1024) {
                    return new BindException(call.text("failed: vsock ports below 1024 are privileged",
                            "take a port from 1024 up, or give the process CAP_NET_BIND_SERVICE"));
                }
                return new BindException(call.text("failed: blocked by the container or security policy", null));
            default:
                return generalBindFailed(call);
        }
    }

    private static IOException cidNotLocal(VmciAddress local, FailedCall call, LongSupplier localCid) {
        long own = local.cid() == VmciAddress.CID_ANY ? VmciAddress.CID_ANY : localCid.getAsLong();
        if (local.cid() == VmciAddress.CID_ANY || local.cid() == own) {
            return new BindException(call.text("failed: the kernel found no free port",
                    "name a port, or close some sockets"));
        }
        VmciAddress any = local.withCid(VmciAddress.CID_ANY);
        String fix = "bind to " + any;
        if (local.cid() == VmciAddress.CID_LOCAL) {
            fix += ", or as root: modprobe vsock_loopback";
        } else if (local.cid() == VmciAddress.CID_HOST) {
            fix += " (CID 2 is local on a host only, with vhost_vsock loaded or a VMware machine running)";
        }
        return new BindException(call.text("failed: CID " + local.cid() + " is not a local CID, local CID: "
                + (own == VmciAddress.CID_ANY ? "unknown" : Long.toString(own)), fix));
    }

    private static Exception generalBindFailed(FailedCall call) {
        switch (-call.negErrno) {
            case EINVAL:
                return new IllegalStateException(call.text("failed: the socket is bound already", null));
            case EBADF:
                return call.closed();
            default:
                return new IOException(call.text());
        }
    }

    /** Returns the exception for a bound socket that cannot listen. */
    static Exception listenFailed(@Nullable SocketAddress local, int negErrno) {
        FailedCall call = new FailedCall("listen", local, null, negErrno);
        switch (-negErrno) {
            case EINVAL:
                return new IllegalStateException(
                        call.text("failed: the socket is not bound, or connecting or connected", null));
            case EOPNOTSUPP:
                return new IllegalStateException(call.text("failed: not a stream socket", null));
            case EADDRINUSE:
                return new BindException(call.text());
            case EBADF:
                return call.closed();
            default:
                return new IOException(call.text());
        }
    }

    /** Returns the exception for a server that cannot accept. */
    static IOException acceptFailed(@Nullable SocketAddress local, int negErrno) {
        FailedCall call = new FailedCall("accept", local, null, negErrno);
        return negErrno == -EINVAL ? new IOException(call.text("failed: the socket does not listen", null))
                : call.ioException();
    }

    /**
     * Returns the exception for an option that cannot be set or read.
     *
     * @param value what was to be set, or {@code null} if the option was to be read
     */
    static IOException optionFailed(String option, @Nullable Object value, int negErrno) {
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
                return FailedCall.withText(new ClosedChannelException(), subject + ' ' + Errno.label(negErrno));
            default:
                return new IOException(subject + " failed: " + Errno.describe(negErrno));
        }
    }

    /** Returns the text for an address of another family than the channel's. */
    static String wrongAddressType(String role, @Nullable SocketAddress address,
            Class<? extends SocketAddress> expected) {
        return role + ": " + address + (address == null ? "" : " of type " + address.getClass().getName())
                + " (expected: a " + expected.getName() + ')';
    }
}
