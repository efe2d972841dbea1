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

import io.github.nettyvmci.transport.VmciProbe.Finding;
import io.github.nettyvmci.transport.VmciProbe.Subject;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One look at what works on this machine. It collects the findings of a {@link VmciProbe}.
 */
final class ProbeRun {

    /** Where the files of the running system are. */
    static final Path ROOT = Path.of("/");

    private static final String VMCI = "vmw_vsock_vmci_transport";
    private static final Map<String, String> TRANSPORTS = new LinkedHashMap<>();

    static {
        TRANSPORTS.put("vsock_loopback", "this machine, CID 1");
        TRANSPORTS.put("vmw_vsock_virtio_transport", "virtio guest");
        TRANSPORTS.put("vhost_vsock", "host of virtio guests");
        TRANSPORTS.put(VMCI, "VMware");
        TRANSPORTS.put("hv_sock", "Hyper-V guest");
    }

    private static final int CAP_NET_BIND_SERVICE = 10;

    private final List<Finding> findings = new ArrayList<>();
    private final ProbedKernel kernel;
    private final @Nullable Throwable libraryCause;
    private final Path root;
    private final List<String> modules;
    private final boolean loadsModules;

    /**
     * Makes a run.
     *
     * @param libraryCause why the library cannot be used, or null; if there is a cause, the kernel is not asked
     * @param root         where {@code /proc} and {@code /sys} are
     */
    ProbeRun(ProbedKernel kernel, @Nullable Throwable libraryCause, Path root) {
        this.kernel = kernel;
        this.libraryCause = libraryCause;
        this.root = root;
        // A kernel that was built without loadable modules has no such file, and modprobe cannot help there.
        loadsModules = Files.exists(root.resolve("proc/modules"));
        List<String> loaded = lines("proc/modules").stream().map(l -> l.split(" ", 2)[0])
                .collect(Collectors.toList());
        modules = TRANSPORTS.keySet().stream()
                .filter(m -> loaded.contains(m) || Files.exists(root.resolve("sys/module").resolve(m)))
                .collect(Collectors.toList());
    }

    /** Returns whether VMware's driver is in this kernel, as far as that can be told; true if it cannot. */
    static boolean mayHaveVmware(Path root) {
        Path modules = root.resolve("sys/module");
        return !Files.isDirectory(modules) || Files.exists(modules.resolve(VMCI));
    }

    /** Looks at everything, once. */
    VmciProbe all() {
        long cid = LocalCid.NONE;
        if (libraryCause == null) {
            found(Subject.LIBRARY, "loaded, and matches Netty's jars");
            unix();
            vsock();
            privilegedPorts();
            cid = localCid();
        } else {
            missing(Subject.LIBRARY, oneLine(libraryCause), libraryFix());
            for (Subject subject : List.of(Subject.UNIX, Subject.VSOCK, Subject.BIND, Subject.LOOPBACK)) {
                unknown(subject, "the native library");
            }
            privilegedPorts();
            unknown(Subject.DEVICE, "the native library");
            unknown(Subject.LOCAL_CID, "the native library");
        }
        kernelRelease();
        transports();
        return new VmciProbe(findings, cid);
    }

    private String libraryFix() {
        return libraryCause instanceof UnsupportedOperationException
                ? "start without -Dio.netty.transport.noNative=true"
                : "put netty-transport-vmci's jar for this platform (classifier linux-x86_64 or linux-aarch_64) on"
                + " the class path, and use Netty jars of one version";
    }

    private void unix() {
        int fd = kernel.socket(NativeConstants.AF_UNIX);
        if (fd < 0) {
            failed(Subject.UNIX, SocketErrors.socketReason(NativeConstants.AF_UNIX, fd),
                    SocketErrors.socketFix(NativeConstants.AF_UNIX, fd));
            return;
        }
        kernel.close(fd);
        found(Subject.UNIX, "can be created");
    }

    private void vsock() {
        int fd = kernel.socket(NativeConstants.AF_VSOCK);
        if (fd < 0) {
            failed(Subject.VSOCK, SocketErrors.socketReason(NativeConstants.AF_VSOCK, fd) + seccomp(fd),
                    fd == -NativeConstants.EAFNOSUPPORT ? module("vsock", "CONFIG_VSOCKETS")
                            : SocketErrors.socketFix(NativeConstants.AF_VSOCK, fd));
            unknown(Subject.BIND, "AF_VSOCK sockets");
            unknown(Subject.LOOPBACK, "AF_VSOCK sockets");
            return;
        }
        kernel.close(fd);
        found(Subject.VSOCK, "can be created");
        bind(Subject.BIND, VmciAddress.CID_ANY);
        bind(Subject.LOOPBACK, VmciAddress.CID_LOCAL);
    }

    private String seccomp(int negErrno) {
        boolean refused = negErrno == -NativeConstants.EPERM || negErrno == -NativeConstants.EACCES;
        return refused && lines("proc/self/status").contains("Seccomp:\t2")
                ? ", and a seccomp filter is in force for this process" : "";
    }

    /** Binds a socket of its own, since one socket can be bound only once. */
    private void bind(Subject subject, long cid) {
        VmciAddress address = VmciAddress.of(cid, VmciAddress.PORT_ANY);
        int fd = kernel.socket(NativeConstants.AF_VSOCK);
        if (fd < 0) {
            failed(subject, SocketErrors.socketReason(NativeConstants.AF_VSOCK, fd),
                    SocketErrors.socketFix(NativeConstants.AF_VSOCK, fd));
            return;
        }
        int res = kernel.bindVsock(fd, (int) cid, (int) address.port());
        kernel.close(fd);
        if (res >= 0) {
            found(subject, "bound to " + address + (subject == Subject.LOOPBACK && modules.contains(VMCI)
                    ? "; but once a VMware machine has connected to a server that is bound to *, that one is"
                    + " reached at CID 2 and the own CID only" : ""));
        } else if (subject == Subject.LOOPBACK && res == -NativeConstants.EADDRNOTAVAIL) {
            missing(subject, "CID 1 is not a local CID " + Errno.label(res),
                    module("vsock_loopback", "CONFIG_VSOCKETS_LOOPBACK"));
        } else {
            failed(subject, "bind(" + address + ") failed: " + Errno.describe(res), null);
        }
    }

    private void privilegedPorts() {
        List<String> status = lines("proc/self/status");
        boolean capable = status.stream().filter(l -> l.startsWith("CapEff:")).findFirst()
                .map(l -> Long.parseUnsignedLong(l.substring("CapEff:".length()).trim(), 16))
                .map(caps -> (caps >> CAP_NET_BIND_SERVICE & 1) == 1).orElse(false);
        // The capability counts only in the first user namespace, which is the one that maps all ids to themselves.
        boolean initial = lines("proc/self/uid_map").stream().map(l -> l.trim().split("\\s+"))
                .anyMatch(f -> f.length == 3 && "0".equals(f[0]) && "0".equals(f[1]) && "4294967295".equals(f[2]));
        if (capable && initial) {
            found(Subject.PRIVILEGED_PORTS, "CAP_NET_BIND_SERVICE is held");
        } else {
            missing(Subject.PRIVILEGED_PORTS, capable ? "CAP_NET_BIND_SERVICE is held in a user namespace only,"
                    + " which does not count" : "no CAP_NET_BIND_SERVICE",
                    "take ports from 1024 up, or start " + (capable ? "outside of the user namespace"
                    : "as root or with the capability"));
        }
    }

    /** Returns the CID, or {@link LocalCid#NONE}. */
    private long localCid() {
        long cid = kernel.localCid();
        if (cid < 0) {
            missing(Subject.DEVICE, LocalCid.reason(cid), deviceFix(cid)
                    + "; sockets work without the device");
            unknown(Subject.LOCAL_CID, "/dev/vsock");
            return LocalCid.NONE;
        }
        found(Subject.DEVICE, "may be opened");
        if (cid == LocalCid.NONE) {
            missing(Subject.LOCAL_CID, LocalCid.reason(cid),
                    module("vsock_loopback", "CONFIG_VSOCKETS_LOOPBACK"));
        } else {
            found(Subject.LOCAL_CID, Long.toString(cid));
        }
        return cid;
    }

    private String deviceFix(long answer) {
        boolean family = findings.stream().anyMatch(f -> f.subject() == Subject.VSOCK && f.ok());
        return answer == -NativeConstants.ENOENT && !family ? module("vsock", "CONFIG_VSOCKETS")
                : LocalCid.fix(answer);
    }

    private void kernelRelease() {
        List<String> release = lines("proc/sys/kernel/osrelease");
        if (release.isEmpty()) {
            missing(Subject.KERNEL, "no Linux release in /proc/sys/kernel/osrelease", "mount /proc");
        } else {
            found(Subject.KERNEL, "Linux " + release.get(0)
                    + (loadsModules ? "" : ", without loadable modules"));
        }
    }

    private void transports() {
        if (modules.isEmpty()) {
            missing(Subject.TRANSPORTS, "none to be seen (some that are built in do not show)", loadsModules
                    ? "as root: modprobe vsock_loopback (within this machine), vhost_vsock (host),"
                    + " vmw_vsock_virtio_transport or vmw_vsock_vmci_transport (guest)"
                    : "use a kernel with CONFIG_VSOCKETS_LOOPBACK, CONFIG_VHOST_VSOCK, CONFIG_VIRTIO_VSOCKETS or"
                    + " CONFIG_VMWARE_VMCI_VSOCKETS");
        } else {
            found(Subject.TRANSPORTS, modules.stream().map(m -> m + " (" + TRANSPORTS.get(m) + ')')
                    .collect(Collectors.joining(", ")));
        }
    }

    private String module(String name, String config) {
        return loadsModules ? "as root: modprobe " + name + " (or a kernel with " + config + ')'
                : "use a kernel with " + config + " (this one loads no modules)";
    }

    private void found(Subject subject, String detail) {
        findings.add(Finding.ok(subject, detail));
    }

    private void missing(Subject subject, String detail, String fix) {
        findings.add(Finding.missing(subject, detail, fix));
    }

    /** Notes that a system call failed in a way that is not particular to the subject. */
    private void failed(Subject subject, String reason, @Nullable String fix) {
        missing(subject, reason, fix == null ? "see the kernel's log (dmesg)" : fix);
    }

    private void unknown(Subject subject, String needed) {
        missing(subject, "not asked, it needs " + needed, "see " + needed + " above");
    }

    private static String oneLine(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message.lines().findFirst().orElse("");
    }

    /** Returns the lines of a small file; none if it cannot be read. */
    private List<String> lines(String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
