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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ChannelException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.file.Files;
import java.nio.file.Path;

class VmciErrorsTest {

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
                    assertEquals(field.getName(), VmciErrors.name(-errno));
                    seen++;
                }
            }
        }
        assertEquals(Errno.values().length, seen);
        assertEquals("errno 4711", VmciErrors.name(-4711));
        assertEquals("read(vmci://5:5555) failed: unexpected error (errno 4711)",
                VmciErrors.readFailed(PEER, null, -4711).getMessage());
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
                VmciErrors.bindFailed(VmciAddress.of(1, 5555), -NativeConstants.EADDRNOTAVAIL,
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
                VmciErrors.bindFailed(any, -NativeConstants.EADDRNOTAVAIL, () -> {
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
                + " connected (EINVAL, errno 22)", VmciErrors.listenFailed(PEER, -NativeConstants.EINVAL));
        check(IllegalStateException.class, "listen(vmci://5:5555) failed: not a stream socket (EOPNOTSUPP, errno 95)",
                VmciErrors.listenFailed(PEER, -NativeConstants.EOPNOTSUPP));
        check(BindException.class, "listen(unknown address) failed: address in use (EADDRINUSE, errno 98)",
                VmciErrors.listenFailed(null, -NativeConstants.EADDRINUSE));
        check(IOException.class, "listen(vmci://5:5555) failed: out of kernel memory (ENOMEM, errno 12)",
                VmciErrors.listenFailed(PEER, -NativeConstants.ENOMEM));
        checkCause(ClosedChannelException.class, "listen(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                VmciErrors.listenFailed(PEER, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportRefusedConnect() {
        check(ConnectException.class, "connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104)",
                connect(PEER, NativeConstants.ECONNRESET));
        check(ConnectException.class, "connect(vmci://5:5555) refused: nothing accepts there (ECONNREFUSED, errno 111)",
                connect(PEER, NativeConstants.ECONNREFUSED));
        check(ConnectException.class, "connect(/run/x/echo) refused: nothing accepts there (ECONNREFUSED, errno 111)",
                connect(FILE, NativeConstants.ECONNREFUSED));
    }

    @Test
    void shouldSayWhyVmciRefusesLate() {
        check(ConnectException.class, "connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104);"
                + " or over VMCI its kernel took longer for the handshake than the one second that it gives: connect"
                + " again, and fewer at once", VmciErrors.refusedLate(PEER, null));
        String atOnce = connect(VmciAddress.of(VmciAddress.CID_LOCAL, 5), NativeConstants.ECONNRESET).getMessage();
        check(ConnectException.class, atOnce, VmciErrors.refusedLate(VmciAddress.of(VmciAddress.CID_LOCAL, 5), null));
    }

    @Test
    void shouldNameBothAddressesWhenBothAreKnown() {
        check(ConnectException.class, "connect(vmci://5:5555) from vmci://*:2617276127 refused: nothing accepts there"
                + " (ECONNRESET, errno 104)", VmciErrors.connectFailed(PEER, LOCAL, -NativeConstants.ECONNRESET, 0));
        VmciAddress unbound = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);
        check(ConnectException.class, "connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104)",
                VmciErrors.connectFailed(PEER, unbound, -NativeConstants.ECONNRESET, 0));
        check(ConnectException.class, "connect(/run/x/echo) refused: nothing accepts there (ECONNREFUSED, errno 111)",
                VmciErrors.connectFailed(FILE, new DomainSocketAddress(""), -NativeConstants.ECONNREFUSED, 0));
        check(ConnectException.class, "connect(/run/x/echo) from /run/x/client refused: nothing accepts there"
                + " (ECONNREFUSED, errno 111)", VmciErrors.connectFailed(FILE,
                        new DomainSocketAddress("/run/x/client"), -NativeConstants.ECONNREFUSED, 0));
    }

    /** Its driver hides a wild-card listener from CID 1, and no other does. */
    @Test
    void shouldAdviseAboutVmwareOnlyWhereItsDriverMayBe(@TempDir Path root) throws IOException {
        VmciAddress self = VmciAddress.of(VmciAddress.CID_LOCAL, 5);
        String refused = "connect(vmci://1:5) refused: nothing accepts there (ECONNRESET, errno 104)";
        check(ConnectException.class, refused, VmciErrors.connectFailed(self, null, -NativeConstants.ECONNRESET, 0,
                () -> 3, () -> false));
        check(ConnectException.class, refused + "; a server bound to * is not reached at CID 1 any more once a VMware"
                + " machine has connected to it: then dial CID 2 or the own one", VmciErrors.connectFailed(self, null,
                        -NativeConstants.ECONNRESET, 0, () -> 3, () -> true));
        assertTrue(VmciProbe.mayHaveVmware(root), "nothing to tell by");
        Files.createDirectories(root.resolve("sys/module/vsock_loopback"));
        assertFalse(VmciProbe.mayHaveVmware(root));
        Files.createDirectory(root.resolve("sys/module/vmw_vsock_vmci_transport"));
        assertTrue(VmciProbe.mayHaveVmware(root));
    }

    @Test
    void shouldReportConnectWithoutATransport() {
        check(NoRouteToHostException.class, "connect(vmci://1:5) failed: no loopback transport (ENODEV, errno 19); as"
                + " root: modprobe vsock_loopback", connect(VmciAddress.of(1, 5), NativeConstants.ENODEV));
        check(NoRouteToHostException.class, "connect(vmci://2:5) failed: no virtio, VMCI or Hyper-V vsock device in"
                + " this"
                + " machine (ENODEV, errno 19); give the virtual machine one; on the host itself dial CID 1 (as root:"
                + " modprobe vsock_loopback)", connect(VmciAddress.of(2, 5), NativeConstants.ENODEV));
        check(NoRouteToHostException.class, "connect(vmci://0:5) failed: no transport to the hypervisor itself (ENODEV,"
                + " errno 19); services of the host are at CID 2: vmci://2:5",
                connect(VmciAddress.of(0, 5), NativeConstants.ENODEV));
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: no running guest with CID 5 (ENODEV, errno"
                + " 19); start it with a vsock device; VMware's are not reached while vhost_vsock is loaded",
                VmciErrors.connectFailed(PEER, null, -NativeConstants.ENODEV, 0, () -> 42, () -> false));
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: CID 5 is this machine itself, and there is"
                + " no loopback transport (ENODEV, errno 19); as root: modprobe vsock_loopback",
                VmciErrors.connectFailed(PEER, null, -NativeConstants.ENODEV, 0, () -> 5, () -> false));
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: this machine's vsock transport does not"
                + " reach"
                + " CID 5 (ENETUNREACH, errno 101)", connect(PEER, NativeConstants.ENETUNREACH));
        check(NoRouteToHostException.class, "connect(vmci://1:5) failed: this machine's vsock transport does not"
                + " reach CID"
                + " 1 (ENETUNREACH, errno 101); as root: modprobe vsock_loopback",
                connect(VmciAddress.of(1, 5), NativeConstants.ENETUNREACH));
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: the VMCI device has no resource for this"
                + " connection (EHOSTUNREACH, errno 113)", connect(PEER, NativeConstants.EHOSTUNREACH));
    }

    @Test
    void shouldReportConnectThatTimedOut() {
        String reason = " (guest still booting, CID not routed, or the host drops it) (ETIMEDOUT, errno 110)";
        check(ConnectTimeoutException.class, "connect(vmci://5:5555) timed out: no answer in 1500 ms" + reason,
                VmciErrors.connectFailed(PEER, null, -NativeConstants.ETIMEDOUT, 1500));
        check(ConnectTimeoutException.class, "connect(vmci://1:5) timed out: no answer in 1500 ms (ETIMEDOUT, errno"
                + " 110); CID 1 needs the loopback transport (as root: modprobe vsock_loopback)",
                VmciErrors.connectFailed(VmciAddress.of(1, 5), null, -NativeConstants.ETIMEDOUT, 1500));
        check(ConnectTimeoutException.class, "connect(vmci://5:5555) timed out: no answer" + reason,
                connect(PEER, NativeConstants.ETIMEDOUT));
    }

    @Test
    void shouldReportConnectWithAnInvalidArgument() {
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: no machine with CID 5 (EINVAL, errno"
                + " 22)", connect(PEER, NativeConstants.EINVAL));
        check(ConnectException.class, "connect(vmci://5:5555) failed: the two ends' buffer sizes do not meet (EINVAL,"
                + " errno 22); set VmciChannelOption.BUFFER_SIZE within the server's BUFFER_MIN_SIZE and"
                + " BUFFER_MAX_SIZE, or widen those on either side", VmciErrors.buffersDoNotMeet(PEER, null));
        String text = " failed: the address is no peer, or the socket listens or was shut down (EINVAL, errno 22)";
        check(IllegalArgumentException.class, "connect(vmci://2:5)" + text,
                connect(VmciAddress.of(2, 5), NativeConstants.EINVAL));
        check(IllegalArgumentException.class, "connect(vmci://*:5)" + text,
                connect(VmciAddress.of(VmciAddress.CID_ANY, 5), NativeConstants.EINVAL));
    }

    @Test
    void shouldReportTheOtherFailuresOfConnect() {
        String prefix = "connect(vmci://5:5555) failed: ";
        check(UnsupportedOperationException.class, prefix + "the transport to that CID does not offer this socket type"
                + " (ESOCKTNOSUPPORT, errno 94)", connect(PEER, NativeConstants.ESOCKTNOSUPPORT));
        check(ConnectException.class, prefix + "the VMCI queue is full (ENOBUFS, errno 105); try again later",
                connect(PEER, NativeConstants.ENOBUFS));
        check(ConnectException.class, prefix + "blocked by a security policy, or a restricted virtual machine (EPERM,"
                + " errno 1)", connect(PEER, NativeConstants.EPERM));
        check(ConnectException.class, prefix + "blocked by a security policy, or a restricted virtual machine (EACCES,"
                + " errno 13)", connect(PEER, NativeConstants.EACCES));
        check(ConnectException.class, prefix + "the peer's answer breaks the vsock protocol (EPROTO, errno 71)",
                connect(PEER, NativeConstants.EPROTO));
        check(ConnectException.class, prefix + "the transport to that CID cannot do what the socket's options ask"
                + " (EOPNOTSUPP, errno 95)", connect(PEER, NativeConstants.EOPNOTSUPP));
        check(ConnectException.class, prefix + "the kernel found no free local port (EADDRNOTAVAIL, errno 99); close"
                + " some"
                + " sockets", connect(PEER, NativeConstants.EADDRNOTAVAIL));
        check(ConnectException.class, prefix + "out of kernel memory (ENOMEM, errno 12)",
                connect(PEER, NativeConstants.ENOMEM));
        checkCause(ConnectionPendingException.class, prefix + "in progress already (EALREADY, errno 114)",
                connect(PEER, NativeConstants.EALREADY));
        checkCause(AlreadyConnectedException.class, prefix + "connected already (EISCONN, errno 106)",
                connect(PEER, NativeConstants.EISCONN));
        checkCause(ClosedChannelException.class, prefix + "the descriptor is closed (EBADF, errno 9)",
                connect(PEER, NativeConstants.EBADF));
    }

    @Test
    void shouldReportConnectOfUnix() {
        check(FileNotFoundException.class, "connect(/run/x/echo) failed: no such socket file (ENOENT, errno 2)",
                connect(FILE, NativeConstants.ENOENT));
        check(ConnectException.class, "connect(/run/x/echo) refused: the listener's backlog is full (EAGAIN, errno 11);"
                + " try again later", connect(FILE, NativeConstants.EAGAIN));
        String denied = "connect(/run/x/echo) failed: this user may not write to the socket file ";
        String fix = "; change its mode, or that of a folder on the way";
        check(ConnectException.class, denied + "(EACCES, errno 13)" + fix, connect(FILE, NativeConstants.EACCES));
        check(ConnectException.class, denied + "(EPERM, errno 1)" + fix, connect(FILE, NativeConstants.EPERM));
        check(ConnectException.class, "connect(/run/x/echo) failed: a part of the path is no folder (ENOTDIR, errno"
                + " 20)",
                connect(FILE, NativeConstants.ENOTDIR));
    }

    @Test
    void shouldReportAccept() {
        check(IOException.class, "accept(vmci://5:5555) failed: this process' limit of open files is reached (EMFILE,"
                + " errno 24); close some, or raise the limit (ulimit -n)",
                VmciErrors.acceptFailed(PEER, -NativeConstants.EMFILE));
        check(IOException.class, "accept(vmci://5:5555) failed: the system's limit of open files is reached (ENFILE,"
                + " errno 23); close some, or raise the limit (ulimit -n)",
                VmciErrors.acceptFailed(PEER, -NativeConstants.ENFILE));
        check(IOException.class, "accept(vmci://5:5555) failed: out of kernel memory (ENOMEM, errno 12)",
                VmciErrors.acceptFailed(PEER, -NativeConstants.ENOMEM));
        check(IOException.class, "accept(vmci://5:5555) failed: the socket does not listen (EINVAL, errno 22)",
                VmciErrors.acceptFailed(PEER, -NativeConstants.EINVAL));
        checkCause(ClosedChannelException.class, "accept(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                VmciErrors.acceptFailed(PEER, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportRead() {
        check(IOException.class, "read(vmci://5:5555) to vmci://*:2617276127 failed: Connection reset by peer"
                + " (ECONNRESET, errno 104)", VmciErrors.readFailed(PEER, LOCAL, -NativeConstants.ECONNRESET));
        check(IOException.class, "read(vmci://5:5555) failed: out of kernel memory, or SO_RCVLOWAT is not below"
                + " BUFFER_SIZE (ENOMEM, errno 12)", VmciErrors.readFailed(PEER, null, -NativeConstants.ENOMEM));
        check(IOException.class, "read(/run/x/echo) failed: out of kernel memory (ENOMEM, errno 12)",
                VmciErrors.readFailed(FILE, null, -NativeConstants.ENOMEM));
        check(IOException.class, "read(vmci://5:5555) failed: operation not supported (EOPNOTSUPP, errno 95)",
                VmciErrors.readFailed(PEER, null, -NativeConstants.EOPNOTSUPP));
        check(IOException.class, "read(vmci://5:5555) failed: invalid argument (EINVAL, errno 22)",
                VmciErrors.readFailed(PEER, null, -NativeConstants.EINVAL));
        checkCause(ClosedChannelException.class, "read(vmci://5:5555) failed: the descriptor is closed (EBADF, errno"
                + " 9)",
                VmciErrors.readFailed(PEER, null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportWrite() {
        check(IOException.class, "write(vmci://5:5555) failed: Broken pipe, the peer closed or takes no more input"
                + " (EPIPE,"
                + " errno 32)", VmciErrors.writeFailed(PEER, null, -NativeConstants.EPIPE));
        check(IOException.class, "write(vmci://5:5555) failed: Connection reset by peer (ECONNRESET, errno 104)",
                VmciErrors.writeFailed(PEER, null, -NativeConstants.ECONNRESET));
        check(IOException.class, "write(vmci://5:5555) failed: message larger than the vsock buffer (EMSGSIZE, errno"
                + " 90);"
                + " raise VmciChannelOption.BUFFER_SIZE at both ends",
                VmciErrors.writeFailed(PEER, null, -NativeConstants.EMSGSIZE));
        check(IOException.class, "write(vmci://5:5555) failed: out of kernel memory, or bad memory address (ENOMEM,"
                + " errno"
                + " 12)", VmciErrors.writeFailed(PEER, null, -NativeConstants.ENOMEM));
        check(IOException.class, "write(unknown address) failed: no buffer space (ENOBUFS, errno 105)",
                VmciErrors.writeFailed(null, null, -NativeConstants.ENOBUFS));
        checkCause(ClosedChannelException.class, "write(vmci://5:5555) failed: the descriptor is closed (EBADF,"
                + " errno 9)",
                VmciErrors.writeFailed(PEER, null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportOptions() {
        check(IOException.class, "option BUFFER_SIZE: 12 (expected: a value the kernel takes) (EINVAL, errno 22)",
                VmciErrors.optionFailed("BUFFER_SIZE", 12, -NativeConstants.EINVAL));
        check(IOException.class, "option CONNECT_TIMEOUT: 5 (expected: a value the kernel takes) (ERANGE, errno 34)",
                VmciErrors.optionFailed("CONNECT_TIMEOUT", 5, -NativeConstants.ERANGE));
        check(IOException.class, "option TCP_NODELAY (expected: an option that this kernel and address family have)"
                + " (ENOPROTOOPT, errno"
                + " 92)", VmciErrors.optionFailed("TCP_NODELAY", null, -NativeConstants.ENOPROTOOPT));
        check(IOException.class, "option SO_REUSEPORT: true (expected: an option that this kernel and address family"
                + " have)"
                + " (EOPNOTSUPP, errno"
                + " 95)", VmciErrors.optionFailed("SO_REUSEPORT", true, -NativeConstants.EOPNOTSUPP));
        check(IOException.class, "option SO_MARK: 1 (expected: a privileged process) (EPERM, errno 1)",
                VmciErrors.optionFailed("SO_MARK", 1, -NativeConstants.EPERM));
        check(IOException.class, "option SO_MARK: 1 (expected: a privileged process) (EACCES, errno 13)",
                VmciErrors.optionFailed("SO_MARK", 1, -NativeConstants.EACCES));
        check(IOException.class, "option SO_LINGER: 1 failed: no buffer space (ENOBUFS, errno 105)",
                VmciErrors.optionFailed("SO_LINGER", 1, -NativeConstants.ENOBUFS));
        checkCause(ClosedChannelException.class, "option SO_LINGER (EBADF, errno 9)",
                VmciErrors.optionFailed("SO_LINGER", null, -NativeConstants.EBADF));
    }

    @Test
    void shouldReportLostConnections() {
        String reset = "connection(vmci://5:5555) lost: Connection reset by peer (the machine ended, was restored or"
                + " migrated, or lost its vsock device) (ECONNRESET, errno 104)";
        check(IOException.class, reset, VmciErrors.connectionLost(PEER, NativeConstants.ECONNRESET));
        check(IOException.class, reset, VmciErrors.connectionLost(PEER, -NativeConstants.ECONNRESET));
        check(IOException.class, "connection(/run/x/echo) lost: Connection reset by peer (ECONNRESET, errno 104)",
                VmciErrors.connectionLost(FILE, NativeConstants.ECONNRESET));
        check(IOException.class, "connection(vmci://5:5555) lost: more unread data or small packets than the receive"
                + " buffer may hold, some were dropped (ENOBUFS, errno 105); raise VmciChannelOption.BUFFER_SIZE at the"
                + " receiver, or read faster", VmciErrors.connectionLost(PEER, NativeConstants.ENOBUFS));
        check(IOException.class, "connection(vmci://5:5555) lost: the peer does not answer (ETIMEDOUT, errno 110)",
                VmciErrors.connectionLost(PEER, NativeConstants.ETIMEDOUT));
        check(IOException.class, "connection(vmci://5:5555) lost: input/output error (EIO, errno 5)",
                VmciErrors.connectionLost(PEER, NativeConstants.EIO));
    }

    private static Exception socket(int family, int errno) {
        return VmciErrors.socketFailed(family, -errno);
    }

    private static Exception bind(SocketAddress local, int errno) {
        return VmciErrors.bindFailed(local, -errno, () -> 3);
    }

    private static Exception connect(SocketAddress remote, int errno) {
        return VmciErrors.connectFailed(remote, null, -errno, 0);
    }

    private static void check(Class<? extends Exception> type, String message, Exception actual) {
        assertSame(type, actual.getClass());
        assertEquals(message, actual.getMessage());
        assertNull(actual.getCause());
    }

    /** For the types without a message: what happened is in the cause. */
    private static void checkCause(Class<? extends Exception> type, String message, Exception actual) {
        assertSame(type, actual.getClass());
        check(IOException.class, message, (Exception) actual.getCause());
    }
}
