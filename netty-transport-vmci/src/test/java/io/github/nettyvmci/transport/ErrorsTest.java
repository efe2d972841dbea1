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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.BindException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;

/** The texts and types of the exceptions for all system calls but connect(2). */
class ErrorsTest {

    private static final VmciAddress PEER = VmciAddress.of(5, 5555);
    private static final VmciAddress LOCAL = VmciAddress.of(VmciAddress.CID_ANY, 2617276127L);
    private static final DomainSocketAddress FILE = new DomainSocketAddress("/run/x/echo");
    private static final int VSOCK = NativeConstants.AF_VSOCK;
    private static final int UNIX = NativeConstants.AF_UNIX;

    @Test
    void shouldNameEveryErrnoThatTheNativesMayReturn() throws IllegalAccessException {
        int seen = 0;
        for (Field field : NativeConstants.class.getDeclaredFields()) {
            if (field.getType() == int.class && field.getName().matches("E[A-Z0-9]+") && !field.isSynthetic()) {
                int errno = field.getInt(null);
                if (!field.getName().startsWith("EPOLL")) {
                    assertEquals(field.getName(), Errno.name(-errno));
                    seen++;
                }
            }
        }
        assertEquals(Errno.values().length, seen);
        assertEquals("errno 4711", Errno.name(-4711));
        assertEquals("read(vmci://5:5555) failed: unexpected error (errno 4711)",
                ConnectionErrors.readFailed(PEER, null, -4711).getMessage());
    }

    @Test
    void shouldReportSocket() {
        String prefix = "socket(AF_VSOCK) failed: ";
        check(ChannelException.class, prefix + "AF_VSOCK is not available in this kernel (EAFNOSUPPORT, errno 97); as"
                + " root: modprobe vsock, or use a kernel with"
                + " CONFIG_VSOCKETS", socket(VSOCK, NativeConstants.EAFNOSUPPORT));
        String policy = "creating AF_VSOCK sockets is blocked by the container or security policy (seccomp) ";
        String fix = "; allow socket(AF_VSOCK) in the policy (docker: --security-opt seccomp=PROFILE)";
        check(ChannelException.class, prefix + policy + "(EPERM, errno 1)" + fix, socket(VSOCK, NativeConstants.EPERM));
        check(ChannelException.class, prefix + policy + "(EACCES, errno"
                + " 13)" + fix, socket(VSOCK, NativeConstants.EACCES));
        check(ChannelException.class, prefix + "socket type not supported (ESOCKTNOSUPPORT, errno 94)",
                socket(VSOCK, NativeConstants.ESOCKTNOSUPPORT));
        check(ChannelException.class, prefix + "protocol not supported (EPROTONOSUPPORT, errno 93)",
                socket(VSOCK, NativeConstants.EPROTONOSUPPORT));
        check(ChannelException.class, prefix + "no such device (ENODEV, errno"
                + " 19)", socket(VSOCK, NativeConstants.ENODEV));
        check(ChannelException.class, prefix + "this process' limit of open files is reached (EMFILE, errno 24); close"
                + " some, or raise the limit (ulimit -n)", socket(VSOCK, NativeConstants.EMFILE));
        check(ChannelException.class, prefix + "the system's limit of open files is reached (ENFILE, errno 23); close"
                + " some, or raise the limit (ulimit -n)", socket(VSOCK, NativeConstants.ENFILE));
        check(ChannelException.class, prefix + "out of kernel memory (ENOMEM, errno 12)",
                socket(VSOCK, NativeConstants.ENOMEM));
        check(ChannelException.class, "socket(AF_UNIX) failed: AF_UNIX is not available in this kernel (EAFNOSUPPORT,"
                + " errno 97)", socket(UNIX, NativeConstants.EAFNOSUPPORT));
    }

    @Test
    void shouldReportBindOfVsock() {
        check(BindException.class, "bind(vmci://5:5555) failed: vsock port 5555 is already in use (EADDRINUSE, errno"
                + " 98);"
                + " stop what uses it (any CID and socket type counts; a closing client holds its port for 8 s)",
                bind(PEER, NativeConstants.EADDRINUSE));
        check(BindException.class, "bind(vmci://*:80) failed: vsock ports below 1024 are privileged (EACCES, errno 13);"
                + " take a port from 1024 up, or give the process CAP_NET_BIND_SERVICE",
                bind(VmciAddress.of(VmciAddress.CID_ANY, 80), NativeConstants.EACCES));
        check(BindException.class, "bind(vmci://*:1023) failed: vsock ports below 1024 are privileged (EPERM, errno 1);"
                + " take a port from 1024 up, or give the process CAP_NET_BIND_SERVICE",
                bind(VmciAddress.of(VmciAddress.CID_ANY, 1023), NativeConstants.EPERM));
        check(BindException.class, "bind(vmci://*:1024) failed: blocked by the container or security policy (EACCES,"
                + " errno 13)", bind(VmciAddress.of(VmciAddress.CID_ANY, 1024), NativeConstants.EACCES));
        check(IllegalStateException.class, "bind(vmci://5:5555) failed: the socket is bound already (EINVAL, errno 22)",
                bind(PEER, NativeConstants.EINVAL));
        check(IOException.class, "bind(vmci://5:5555) failed: out of kernel memory (ENOMEM, errno 12)",
                bind(PEER, NativeConstants.ENOMEM));
        checkCause(ClosedChannelException.class, "bind(vmci://5:5555) failed: the descriptor is closed (EBADF, errno"
                + " 9)",
                bind(PEER, NativeConstants.EBADF));
    }

    @Test
    void shouldTellWhichCidIsLocalWhenBindNamesAnother() {
        check(BindException.class, "bind(vmci://5:5555) failed: CID 5 is not a local CID, local CID: 3 (EADDRNOTAVAIL,"
                + " errno 99); bind to vmci://*:5555", bind(PEER, NativeConstants.EADDRNOTAVAIL));
        check(BindException.class, "bind(vmci://2:5555) failed: CID 2 is not a local CID, local CID: 3 (EADDRNOTAVAIL,"
                + " errno 99); bind to vmci://*:5555 (CID 2 is local on a host only, with vhost_vsock loaded or a"
                + " VMware"
                + " machine running)", bind(VmciAddress.of(2, 5555), NativeConstants.EADDRNOTAVAIL));
        check(BindException.class, "bind(vmci://1:5555) failed: CID 1 is not a local CID, local CID: unknown"
                + " (EADDRNOTAVAIL, errno 99); bind to vmci://*:5555, or as root: modprobe vsock_loopback",
                SocketErrors.bindFailed(VmciAddress.of(1, 5555), -NativeConstants.EADDRNOTAVAIL,
                        () -> VmciAddress.CID_ANY));
    }

    @Test
    void shouldTellThatNoPortIsFreeWhenTheCidIsOurs() {
        String text = " failed: the kernel found no free port (EADDRNOTAVAIL, errno 99); name a port, or close some"
                + " sockets";
        check(BindException.class, "bind(vmci://3:*)" + text,
                bind(VmciAddress.of(3, VmciAddress.PORT_ANY), NativeConstants.EADDRNOTAVAIL));
        VmciAddress any = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);
        check(BindException.class, "bind(vmci://*:*)" + text,
                SocketErrors.bindFailed(any, -NativeConstants.EADDRNOTAVAIL, () -> {
                    throw new AssertionError("asked for the local CID");
                }));
    }

    @Test
    void shouldReportBindOfUnix() {
        check(BindException.class, "bind(/run/x/echo) failed: the name exists already (EADDRINUSE, errno 98); stop what"
                + " listens there, or delete the file if nothing does", bind(FILE, NativeConstants.EADDRINUSE));
        String denied = "bind(/run/x/echo) failed: the socket file may not be created there ";
        String fix = "; take a folder this user may write to";
        check(BindException.class, denied + "(EACCES, errno 13)" + fix, bind(FILE, NativeConstants.EACCES));
        check(BindException.class, denied + "(EPERM, errno 1)" + fix, bind(FILE, NativeConstants.EPERM));
        check(BindException.class, denied + "(EROFS, errno 30)" + fix, bind(FILE, NativeConstants.EROFS));
        check(BindException.class, "bind(/run/x/echo) failed: the folder does not exist (ENOENT, errno 2); create it",
                bind(FILE, NativeConstants.ENOENT));
        check(IllegalStateException.class, "bind(/run/x/echo) failed: the socket is bound already (EINVAL, errno 22)",
                bind(FILE, NativeConstants.EINVAL));
        check(IOException.class, "bind(/run/x/echo) failed: the name is too long (ENAMETOOLONG, errno 36)",
                bind(FILE, NativeConstants.ENAMETOOLONG));
        check(BindException.class, "bind(@name) failed: the name exists already (EADDRINUSE, errno 98); stop what"
                + " listens there, or delete the file if nothing does",
                bind(new DomainSocketAddress("\0name"), NativeConstants.EADDRINUSE));
    }

    @Test
    void shouldReportListen() {
        check(IllegalStateException.class, "listen(vmci://5:5555) failed: the socket is not bound, or connecting or"
                + " connected (EINVAL, errno 22)", SocketErrors.listenFailed(PEER, -NativeConstants.EINVAL));
        check(IllegalStateException.class, "listen(vmci://5:5555) failed: not a stream socket (EOPNOTSUPP, errno 95)",
                SocketErrors.listenFailed(PEER, -NativeConstants.EOPNOTSUPP));
        check(BindException.class, "listen(unknown address) failed: address in use (EADDRINUSE, errno 98)",
                SocketErrors.listenFailed(null, -NativeConstants.EADDRINUSE));
        check(IOException.class, "listen(vmci://5:5555) failed: out of kernel memory (ENOMEM, errno 12)",
                SocketErrors.listenFailed(PEER, -NativeConstants.ENOMEM));
        checkCause(ClosedChannelException.class, "listen(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                SocketErrors.listenFailed(PEER, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportAccept() {
        check(IOException.class, "accept(vmci://5:5555) failed: this process' limit of open files is reached (EMFILE,"
                + " errno 24); close some, or raise the limit (ulimit -n)",
                SocketErrors.acceptFailed(PEER, -NativeConstants.EMFILE));
        check(IOException.class, "accept(vmci://5:5555) failed: the system's limit of open files is reached (ENFILE,"
                + " errno 23); close some, or raise the limit (ulimit -n)",
                SocketErrors.acceptFailed(PEER, -NativeConstants.ENFILE));
        check(IOException.class, "accept(vmci://5:5555) failed: out of kernel memory (ENOMEM, errno 12)",
                SocketErrors.acceptFailed(PEER, -NativeConstants.ENOMEM));
        check(IOException.class, "accept(vmci://5:5555) failed: the socket does not listen (EINVAL, errno 22)",
                SocketErrors.acceptFailed(PEER, -NativeConstants.EINVAL));
        checkCause(ClosedChannelException.class, "accept(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                SocketErrors.acceptFailed(PEER, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportRead() {
        check(IOException.class, "read(vmci://5:5555) to vmci://*:2617276127 failed: Connection reset by peer"
                + " (ECONNRESET, errno 104)", ConnectionErrors.readFailed(PEER, LOCAL, -NativeConstants.ECONNRESET));
        check(IOException.class, "read(vmci://5:5555) failed: out of kernel memory, or SO_RCVLOWAT is not below"
                + " BUFFER_SIZE (ENOMEM, errno 12)", ConnectionErrors.readFailed(PEER, null, -NativeConstants.ENOMEM));
        check(IOException.class, "read(/run/x/echo) failed: out of kernel memory (ENOMEM, errno 12)",
                ConnectionErrors.readFailed(FILE, null, -NativeConstants.ENOMEM));
        check(IOException.class, "read(vmci://5:5555) failed: operation not supported (EOPNOTSUPP, errno 95)",
                ConnectionErrors.readFailed(PEER, null, -NativeConstants.EOPNOTSUPP));
        check(IOException.class, "read(vmci://5:5555) failed: invalid argument (EINVAL, errno 22)",
                ConnectionErrors.readFailed(PEER, null, -NativeConstants.EINVAL));
        checkCause(ClosedChannelException.class, "read(vmci://5:5555) failed: the descriptor is closed (EBADF, errno"
                + " 9)",
                ConnectionErrors.readFailed(PEER, null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportWrite() {
        check(IOException.class, "write(vmci://5:5555) failed: Broken pipe, the peer closed or takes no more input"
                + " (EPIPE,"
                + " errno 32)", ConnectionErrors.writeFailed(PEER, null, -NativeConstants.EPIPE));
        check(IOException.class, "write(vmci://5:5555) failed: Connection reset by peer (ECONNRESET, errno 104)",
                ConnectionErrors.writeFailed(PEER, null, -NativeConstants.ECONNRESET));
        check(IOException.class, "write(vmci://5:5555) failed: message larger than the vsock buffer (EMSGSIZE, errno"
                + " 90);"
                + " raise VmciChannelOption.BUFFER_SIZE at both ends",
                ConnectionErrors.writeFailed(PEER, null, -NativeConstants.EMSGSIZE));
        check(IOException.class, "write(vmci://5:5555) failed: out of kernel memory, or bad memory address (ENOMEM,"
                + " errno"
                + " 12)", ConnectionErrors.writeFailed(PEER, null, -NativeConstants.ENOMEM));
        check(IOException.class, "write(unknown address) failed: no buffer space (ENOBUFS, errno 105)",
                ConnectionErrors.writeFailed(null, null, -NativeConstants.ENOBUFS));
        checkCause(ClosedChannelException.class, "write(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                ConnectionErrors.writeFailed(PEER, null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportOptions() {
        check(IOException.class, "option BUFFER_SIZE: 12 (expected: a value the kernel takes) (EINVAL, errno 22)",
                SocketErrors.optionFailed("BUFFER_SIZE", 12, -NativeConstants.EINVAL));
        check(IOException.class, "option KERNEL_CONNECT_TIMEOUT_MILLIS: 5 (expected: a value the kernel takes)"
                + " (ERANGE, errno 34)",
                SocketErrors.optionFailed("KERNEL_CONNECT_TIMEOUT_MILLIS", 5, -NativeConstants.ERANGE));
        check(IOException.class, "option TCP_NODELAY (expected: an option that this kernel and address family have)"
                + " (ENOPROTOOPT, errno"
                + " 92)", SocketErrors.optionFailed("TCP_NODELAY", null, -NativeConstants.ENOPROTOOPT));
        check(IOException.class, "option SO_REUSEPORT: true (expected: an option that this kernel and address family"
                + " have)"
                + " (EOPNOTSUPP, errno"
                + " 95)", SocketErrors.optionFailed("SO_REUSEPORT", true, -NativeConstants.EOPNOTSUPP));
        check(IOException.class, "option SO_MARK: 1 (expected: a privileged process) (EPERM, errno 1)",
                SocketErrors.optionFailed("SO_MARK", 1, -NativeConstants.EPERM));
        check(IOException.class, "option SO_MARK: 1 (expected: a privileged process) (EACCES, errno 13)",
                SocketErrors.optionFailed("SO_MARK", 1, -NativeConstants.EACCES));
        check(IOException.class, "option SO_LINGER: 1 failed: no buffer space (ENOBUFS, errno 105)",
                SocketErrors.optionFailed("SO_LINGER", 1, -NativeConstants.ENOBUFS));
        checkCause(ClosedChannelException.class, "option SO_LINGER (EBADF, errno 9)",
                SocketErrors.optionFailed("SO_LINGER", null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportLostConnections() {
        String reset = "connection(vmci://5:5555) lost: Connection reset by peer (the machine ended, was restored or"
                + " migrated, or lost its vsock device) (ECONNRESET, errno 104)";
        check(IOException.class, reset, ConnectionErrors.connectionLost(PEER, NativeConstants.ECONNRESET));
        check(IOException.class, reset, ConnectionErrors.connectionLost(PEER, -NativeConstants.ECONNRESET));
        check(IOException.class, "connection(/run/x/echo) lost: Connection reset by peer (ECONNRESET, errno 104)",
                ConnectionErrors.connectionLost(FILE, NativeConstants.ECONNRESET));
        check(IOException.class, "connection(vmci://5:5555) lost: more unread data or small packets than the receive"
                + " buffer may hold, some were dropped (ENOBUFS, errno 105); raise VmciChannelOption.BUFFER_SIZE at the"
                + " receiver, or read faster", ConnectionErrors.connectionLost(PEER, NativeConstants.ENOBUFS));
        check(IOException.class, "connection(vmci://5:5555) lost: the peer does not answer (ETIMEDOUT, errno 110)",
                ConnectionErrors.connectionLost(PEER, NativeConstants.ETIMEDOUT));
        check(IOException.class, "connection(vmci://5:5555) lost: input/output error (EIO, errno 5)",
                ConnectionErrors.connectionLost(PEER, NativeConstants.EIO));
    }

    private static Exception socket(int family, int errno) {
        return SocketErrors.socketFailed(family, -errno);
    }

    private static Exception bind(SocketAddress local, int errno) {
        return SocketErrors.bindFailed(local, -errno, () -> 3);
    }

    static void check(Class<? extends Exception> type, String message, Exception actual) {
        assertSame(type, actual.getClass());
        assertEquals(message, actual.getMessage());
        assertNull(actual.getCause());
    }

    /** Checks an exception of a type without a message, whose cause says what happened. */
    static void checkCause(Class<? extends Exception> type, String message, Exception actual) {
        assertSame(type, actual.getClass());
        check(IOException.class, message, (Exception) actual.getCause());
    }
}
