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

import static io.github.nettyvmci.transport.ErrorsTest.check;
import static io.github.nettyvmci.transport.ErrorsTest.checkCause;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The texts and types of the exceptions for connect(2). */
class ConnectErrorsTest {

    private static final VmciAddress PEER = VmciAddress.of(5, 5555);
    private static final VmciAddress LOCAL = VmciAddress.of(VmciAddress.CID_ANY, 2617276127L);
    private static final DomainSocketAddress FILE = new DomainSocketAddress("/run/x/echo");

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
                + " again, and fewer at once", ConnectErrors.refusedLate(PEER, null));
        VmciAddress own = VmciAddress.of(VmciAddress.CID_LOCAL, 5);
        String atOnce = connect(own, NativeConstants.ECONNRESET).getMessage();
        check(ConnectException.class, atOnce, ConnectErrors.refusedLate(own, null));
    }

    @Test
    void shouldNameBothAddressesWhenBothAreKnown() {
        check(ConnectException.class, "connect(vmci://5:5555) from vmci://*:2617276127 refused: nothing accepts there"
                + " (ECONNRESET, errno 104)", ConnectErrors.connectFailed(PEER, LOCAL, -NativeConstants.ECONNRESET, 0));
        VmciAddress unbound = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);
        check(ConnectException.class, "connect(vmci://5:5555) refused: nothing accepts there (ECONNRESET, errno 104)",
                ConnectErrors.connectFailed(PEER, unbound, -NativeConstants.ECONNRESET, 0));
        check(ConnectException.class, "connect(/run/x/echo) refused: nothing accepts there (ECONNREFUSED, errno 111)",
                ConnectErrors.connectFailed(FILE, new DomainSocketAddress(""), -NativeConstants.ECONNREFUSED, 0));
        check(ConnectException.class, "connect(/run/x/echo) from /run/x/client refused: nothing accepts there"
                + " (ECONNREFUSED, errno 111)", ConnectErrors.connectFailed(FILE,
                        new DomainSocketAddress("/run/x/client"), -NativeConstants.ECONNREFUSED, 0));
    }

    /** VMware's driver hides a wild-card listener from CID 1, and no other does. */
    @Test
    void shouldAdviseAboutVmwareOnlyWhereItsDriverMayBe(@TempDir Path root) throws IOException {
        VmciAddress self = VmciAddress.of(VmciAddress.CID_LOCAL, 5);
        String refused = "connect(vmci://1:5) refused: nothing accepts there (ECONNRESET, errno 104)";
        check(ConnectException.class, refused, ConnectErrors.connectFailed(self, null, -NativeConstants.ECONNRESET, 0,
                () -> 3, () -> false));
        check(ConnectException.class, refused + "; a server bound to * is not reached at CID 1 any more once a VMware"
                + " machine has connected to it: then dial CID 2 or the own one", ConnectErrors.connectFailed(self,
                        null, -NativeConstants.ECONNRESET, 0, () -> 3, () -> true));
        assertTrue(ProbeRun.mayHaveVmware(root), "nothing to tell by");
        Files.createDirectories(root.resolve("sys/module/vsock_loopback"));
        assertFalse(ProbeRun.mayHaveVmware(root));
        Files.createDirectory(root.resolve("sys/module/vmw_vsock_vmci_transport"));
        assertTrue(ProbeRun.mayHaveVmware(root));
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
                ConnectErrors.connectFailed(PEER, null, -NativeConstants.ENODEV, 0, () -> 42, () -> false));
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: CID 5 is this machine itself, and there is"
                + " no loopback transport (ENODEV, errno 19); as root: modprobe vsock_loopback",
                ConnectErrors.connectFailed(PEER, null, -NativeConstants.ENODEV, 0, () -> 5, () -> false));
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
                ConnectErrors.connectFailed(PEER, null, -NativeConstants.ETIMEDOUT, 1500));
        check(ConnectTimeoutException.class, "connect(vmci://1:5) timed out: no answer in 1500 ms (ETIMEDOUT, errno"
                + " 110); CID 1 needs the loopback transport (as root: modprobe vsock_loopback)",
                ConnectErrors.connectFailed(VmciAddress.of(1, 5), null, -NativeConstants.ETIMEDOUT, 1500));
        check(ConnectTimeoutException.class, "connect(vmci://5:5555) timed out: no answer" + reason,
                connect(PEER, NativeConstants.ETIMEDOUT));
    }

    @Test
    void shouldReportConnectWithAnInvalidArgument() {
        check(NoRouteToHostException.class, "connect(vmci://5:5555) failed: no machine with CID 5 (EINVAL, errno"
                + " 22)", connect(PEER, NativeConstants.EINVAL));
        check(ConnectException.class, "connect(vmci://5:5555) failed: the two ends' buffer sizes do not meet (EINVAL,"
                + " errno 22); set VmciChannelOption.BUFFER_SIZE within the server's BUFFER_MIN_SIZE and"
                + " BUFFER_MAX_SIZE, or widen those on either side", ConnectErrors.buffersDoNotMeet(PEER, null));
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

    private static Exception connect(SocketAddress remote, int errno) {
        return ConnectErrors.connectFailed(remote, null, -errno, 0);
    }
}
