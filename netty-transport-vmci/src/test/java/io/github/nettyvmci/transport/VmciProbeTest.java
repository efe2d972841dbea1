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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.VmciProbe.Finding;
import io.github.nettyvmci.transport.VmciProbe.Subject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

class VmciProbeTest {

    private static final int VSOCK = NativeConstants.AF_VSOCK;

    private final FakeKernel kernel = new FakeKernel();

    @TempDir
    Path root;

    @BeforeEach
    void pretendALinux() throws IOException {
        write("proc/modules", "vsock_loopback 16384 0 - Live 0x0\nvsock 61440 2 vsock_loopback, Live 0x0\n");
        write("proc/sys/kernel/osrelease", "6.12.0-test\n");
        write("proc/self/status", "Name:\tjava\nCapEff:\t0000000000000400\nSeccomp:\t0\n");
        write("proc/self/uid_map", "         0          0 4294967295\n");
    }

    @AfterEach
    void leavesNothingOpen() {
        assertTrue(kernel.open.isEmpty(), "descriptors left open: " + kernel.open);
    }

    @Test
    void shouldReportAMachineWhereAllWorks() {
        assertEquals(String.join("\n",
                "ok       native library: loaded, and matches Netty's jars",
                "ok       AF_UNIX sockets: can be created",
                "ok       AF_VSOCK sockets: can be created",
                "ok       AF_VSOCK bind: bound to vmci://*:*",
                "ok       AF_VSOCK loopback: bound to vmci://1:*",
                "ok       ports below 1024: CAP_NET_BIND_SERVICE is held",
                "ok       /dev/vsock: may be opened",
                "ok       local CID: 3",
                "ok       kernel: Linux 6.12.0-test",
                "ok       vsock transports: vsock_loopback (this machine, CID 1)"), probe().toString());
        assertTrue(probe().vsockUsable());
        assertTrue(probe().loopbackUsable());
        assertEquals(3, probe().localCid());
    }

    @Test
    void shouldTellThatVmwareTakesTheWildCardsPlaceAtTheLoopbackCid() throws IOException {
        write("proc/modules", "vsock_loopback 1 0\nvmw_vsock_vmci_transport 1 0\n");
        assertLine(probe(), Subject.LOOPBACK, "ok       AF_VSOCK loopback: bound to vmci://1:*; but once a VMware"
                + " machine has connected to a server that is bound to *, that one is reached at CID 2 and the own CID"
                + " only");
    }

    @Test
    void shouldHaveOneFindingForEachSubjectInOrder() {
        assertEquals(Arrays.asList(Subject.values()), subjects(probe()));
        kernel.socketErrors.put(VSOCK, -NativeConstants.EPERM);
        kernel.localCid = -NativeConstants.ENOENT;
        assertEquals(Arrays.asList(Subject.values()), subjects(probe()));
        assertEquals(Arrays.asList(Subject.values()), subjects(new ProbeRun(kernel, new Error("x"), root).all()));
    }

    @Test
    void shouldOnlyBindToPortsThatTheKernelPicks() {
        probe();
        assertEquals(List.of(VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY),
                VmciAddress.of(VmciAddress.CID_LOCAL, VmciAddress.PORT_ANY)), kernel.bound);
    }

    @Test
    void shouldTellThatTheKernelHasNoVsock() {
        kernel.socketErrors.put(VSOCK, -NativeConstants.EAFNOSUPPORT);
        kernel.localCid = -NativeConstants.ENOENT;

        VmciProbe probe = probe();

        assertFalse(probe.vsockUsable());
        assertFalse(probe.loopbackUsable());
        assertEquals(VmciAddress.CID_ANY, probe.localCid());
        assertLine(probe, Subject.VSOCK, "missing  AF_VSOCK sockets: socket(AF_VSOCK) failed: AF_VSOCK is not"
                + " available in"
                + " this kernel (EAFNOSUPPORT, errno 97); fix: as root: modprobe vsock (or a kernel with"
                + " CONFIG_VSOCKETS)");
        assertLine(probe, Subject.BIND, "missing  AF_VSOCK bind: not asked, it needs AF_VSOCK sockets; fix: see"
                + " AF_VSOCK"
                + " sockets above");
        assertLine(probe, Subject.LOOPBACK, "missing  AF_VSOCK loopback: not asked, it needs AF_VSOCK sockets; fix: see"
                + " AF_VSOCK sockets above");
        assertLine(probe, Subject.DEVICE, "missing  /dev/vsock: /dev/vsock does not exist (ENOENT, errno 2); fix: as"
                + " root: modprobe vsock (or a kernel with CONFIG_VSOCKETS); sockets work without the device");
        assertLine(probe, Subject.LOCAL_CID, "missing  local CID: not asked, it needs /dev/vsock; fix: see /dev/vsock"
                + " above");
        assertTrue(probe.finding(Subject.UNIX).ok());
        assertTrue(kernel.bound.isEmpty());
    }

    @Test
    void shouldTellThatAPolicyForbidsVsock() throws IOException {
        kernel.socketErrors.put(VSOCK, -NativeConstants.EPERM);
        String blocked = "missing  AF_VSOCK sockets: socket(AF_VSOCK) failed: creating AF_VSOCK sockets is blocked"
                + " by the"
                + " container or security policy (seccomp) (EPERM, errno 1)";
        String fix = "; fix: allow socket(AF_VSOCK) in the policy (docker: --security-opt seccomp=PROFILE)";

        assertLine(probe(), Subject.VSOCK, blocked + fix);
        write("proc/self/status", "CapEff:\t0000000000000400\nSeccomp:\t2\n");
        assertLine(probe(), Subject.VSOCK, blocked + ", and a seccomp filter is in force for this process" + fix);
        assertFalse(probe().vsockUsable());

        kernel.socketErrors.put(VSOCK, -NativeConstants.EACCES);
        assertTrue(probe().finding(Subject.VSOCK).detail().endsWith("(EACCES, errno 13), and a seccomp filter is in"
                + " force"
                + " for this process"));
        kernel.socketErrors.put(VSOCK, -NativeConstants.EMFILE);
        assertLine(probe(), Subject.VSOCK, "missing  AF_VSOCK sockets: socket(AF_VSOCK) failed: this process' limit of"
                + " open files is reached (EMFILE, errno 24); fix: close some, or raise the limit (ulimit -n)");
    }

    @Test
    void shouldTellTheModuleForLoopback() {
        kernel.bindErrors.put(VmciAddress.CID_LOCAL, -NativeConstants.EADDRNOTAVAIL);

        VmciProbe probe = probe();

        assertTrue(probe.vsockUsable());
        assertFalse(probe.loopbackUsable());
        assertLine(probe, Subject.LOOPBACK, "missing  AF_VSOCK loopback: CID 1 is not a local CID (EADDRNOTAVAIL, errno"
                + " 99); fix: as root: modprobe vsock_loopback (or a kernel with CONFIG_VSOCKETS_LOOPBACK)");
    }

    @Test
    void shouldNotAdviseModprobeWhereTheKernelLoadsNoModules() throws IOException {
        Files.delete(root.resolve("proc/modules"));
        kernel.socketErrors.put(VSOCK, -NativeConstants.EAFNOSUPPORT);
        assertEquals("use a kernel with CONFIG_VSOCKETS (this one loads no modules)",
                probe().finding(Subject.VSOCK).fix());

        kernel.socketErrors.clear();
        kernel.bindErrors.put(VmciAddress.CID_LOCAL, -NativeConstants.EADDRNOTAVAIL);
        assertEquals("use a kernel with CONFIG_VSOCKETS_LOOPBACK (this one loads no modules)",
                probe().finding(Subject.LOOPBACK).fix());
        assertLine(probe(), Subject.KERNEL, "ok       kernel: Linux 6.12.0-test, without loadable modules");
        assertLine(probe(), Subject.TRANSPORTS, "missing  vsock transports: none to be seen (some that are built in do"
                + " not show); fix: use a kernel with CONFIG_VSOCKETS_LOOPBACK, CONFIG_VHOST_VSOCK,"
                + " CONFIG_VIRTIO_VSOCKETS or CONFIG_VMWARE_VMCI_VSOCKETS");
        assertTrue(probe().vsockUsable());
    }

    @Test
    void shouldTellWhenSocketsCannotBeBound() {
        kernel.bindErrors.put(VmciAddress.CID_ANY, -NativeConstants.EACCES);
        assertLine(probe(), Subject.BIND, "missing  AF_VSOCK bind: bind(vmci://*:*) failed: permission denied (EACCES,"
                + " errno 13); fix: see the kernel's log (dmesg)");
        assertFalse(probe().vsockUsable());
        assertFalse(probe().loopbackUsable());
    }

    @Test
    void shouldTellWhenDescriptorsRunOutMeanwhile() {
        kernel.socketsBeforeFailure = 2;
        kernel.laterSocketError = -NativeConstants.ENFILE;

        VmciProbe probe = probe();

        assertTrue(probe.finding(Subject.VSOCK).ok());
        assertEquals("socket(AF_VSOCK) failed: the system's limit of open files is reached (ENFILE, errno 23)",
                probe.finding(Subject.BIND).detail());
        assertEquals("close some, or raise the limit (ulimit -n)", probe.finding(Subject.BIND).fix());
    }

    @Test
    void shouldTellThatTheDeviceMayNotBeOpened() {
        kernel.localCid = -NativeConstants.EACCES;
        assertLine(probe(), Subject.DEVICE, "missing  /dev/vsock: /dev/vsock may not be opened by this user (EACCES,"
                + " errno"
                + " 13); fix: as root: chmod a+r /dev/vsock; sockets work without the device");
        assertTrue(probe().vsockUsable());
    }

    @Test
    void shouldTellThatAContainerLacksTheDevice() {
        kernel.localCid = -NativeConstants.ENOENT;
        assertEquals("as root: modprobe vsock (a container also needs --device /dev/vsock); sockets work without the"
                + " device", probe().finding(Subject.DEVICE).fix());
    }

    @Test
    void shouldTellAnyOtherFailureOfTheDevice() {
        kernel.localCid = -NativeConstants.EMFILE;
        assertLine(probe(), Subject.DEVICE, "missing  /dev/vsock: /dev/vsock cannot be asked: this process' limit of"
                + " open"
                + " files is reached (EMFILE, errno 24); fix: close some, or raise the limit (ulimit -n); sockets work"
                + " without the device");
    }

    @Test
    void shouldTellThatThereIsNoLocalCid() {
        kernel.localCid = VmciAddress.CID_ANY;

        VmciProbe probe = probe();

        assertTrue(probe.finding(Subject.DEVICE).ok());
        assertEquals(VmciAddress.CID_ANY, probe.localCid());
        assertLine(probe, Subject.LOCAL_CID, "missing  local CID: the kernel names none (no vsock transport is"
                + " active, or"
                + " it is Hyper-V's, which has none); fix: as root: modprobe vsock_loopback (or a kernel with"
                + " CONFIG_VSOCKETS_LOOPBACK)");
    }

    @Test
    void shouldTellThatPortsBelow1024AreClosed() throws IOException {
        write("proc/self/status", "CapEff:\tfffffffffffffbff\n");
        assertLine(probe(), Subject.PRIVILEGED_PORTS, "missing  ports below 1024: no CAP_NET_BIND_SERVICE; fix: take"
                + " ports"
                + " from 1024 up, or start as root or with the capability");
        write("proc/self/status", "CapEff:\tffffffffffffffff\n");
        write("proc/self/uid_map", "0 1000 1\n");
        assertLine(probe(), Subject.PRIVILEGED_PORTS, "missing  ports below 1024: CAP_NET_BIND_SERVICE is held in a"
                + " user"
                + " namespace only, which does not count; fix: take ports from 1024 up, or start outside of the user"
                + " namespace");
        assertTrue(probe().vsockUsable());
    }

    @Test
    void shouldSeeTransportsOfBothKinds() throws IOException {
        Files.createDirectories(root.resolve("sys/module/hv_sock"));
        Files.createDirectories(root.resolve("sys/module/vmw_vsock_virtio_transport"));
        write("proc/modules", "vhost_vsock 1 0\nvsock_loopback_not 1 0\nvmw_vsock_vmci_transport 1 0\n");
        assertEquals("vmw_vsock_virtio_transport (virtio guest), vhost_vsock (host of virtio guests),"
                + " vmw_vsock_vmci_transport (VMware), hv_sock (Hyper-V guest)",
                probe().finding(Subject.TRANSPORTS).detail());
    }

    @Test
    void shouldNameTheModulesWhenNoTransportIsSeen() throws IOException {
        write("proc/modules", "ext4 1 0\n");
        assertEquals("as root: modprobe vsock_loopback (within this machine), vhost_vsock (host),"
                + " vmw_vsock_virtio_transport or vmw_vsock_vmci_transport (guest)",
                probe().finding(Subject.TRANSPORTS).fix());
    }

    @Test
    void shouldTellThatThereIsNoUnixSocket() {
        kernel.socketErrors.put(NativeConstants.AF_UNIX, -NativeConstants.EAFNOSUPPORT);
        assertLine(probe(), Subject.UNIX, "missing  AF_UNIX sockets: socket(AF_UNIX) failed: AF_UNIX is not"
                + " available in"
                + " this kernel (EAFNOSUPPORT, errno 97); fix: see the kernel's log (dmesg)");
        assertTrue(probe().vsockUsable());
    }

    @Test
    void shouldAskNothingOfTheKernelWithoutTheLibrary() {
        VmciProbe probe = new ProbeRun(null, new UnsatisfiedLinkError("could not load\nmany paths"), root).all();

        assertFalse(probe.vsockUsable());
        assertLine(probe, Subject.LIBRARY, "missing  native library: could not load; fix: put netty-transport-vmci's"
                + " jar"
                + " for this platform (classifier linux-x86_64 or linux-aarch_64) on the class path, and use Netty jars"
                + " of one version");
        for (Subject subject : List.of(Subject.UNIX, Subject.VSOCK, Subject.BIND, Subject.LOOPBACK, Subject.DEVICE,
                Subject.LOCAL_CID)) {
            assertEquals(Finding.missing(subject, "not asked, it needs the native library",
                    "see the native library above"), probe.finding(subject));
        }
        assertTrue(probe.finding(Subject.KERNEL).ok());
        assertTrue(probe.finding(Subject.PRIVILEGED_PORTS).ok());
        assertTrue(probe.finding(Subject.TRANSPORTS).ok());
    }

    @Test
    void shouldTellThatTheLibraryIsTurnedOff() {
        VmciProbe probe = new ProbeRun(null, new UnsupportedOperationException(), root).all();
        assertLine(probe, Subject.LIBRARY, "missing  native library: UnsupportedOperationException; fix: start without"
                + " -Dio.netty.transport.noNative=true");
    }

    @Test
    void shouldDoWithoutProc() {
        VmciProbe probe = new ProbeRun(kernel, null, root.resolve("nothing")).all();
        assertLine(probe, Subject.KERNEL, "missing  kernel: no Linux release in /proc/sys/kernel/osrelease; fix: mount"
                + " /proc");
        assertFalse(probe.finding(Subject.PRIVILEGED_PORTS).ok());
        assertTrue(probe.vsockUsable());
    }

    @Test
    void shouldRefuseASubjectThatWasNotLookedAt() {
        VmciProbe empty = new VmciProbe(List.of(), VmciAddress.CID_ANY);
        assertEquals("subject: BIND (expected: one that was looked at)",
                assertThrows(IllegalArgumentException.class, () -> empty.finding(Subject.BIND)).getMessage());
    }

    private VmciProbe probe() {
        return new ProbeRun(kernel, null, root).all();
    }

    private static List<Subject> subjects(VmciProbe probe) {
        return probe.findings().stream().map(Finding::subject).collect(Collectors.toList());
    }

    private static void assertLine(VmciProbe probe, Subject subject, String line) {
        assertEquals(line, probe.finding(subject).toString());
        assertTrue(probe.toString().contains(line));
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
