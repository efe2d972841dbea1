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

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Tells whether this transport works here, and why not if it does not.
 *
 * <p>Two things are told apart: the native library, which is all that the AF_UNIX channels need, and AF_VSOCK, which
 * the kernel must have and the container's policy must allow. Both are checked once, when this class is initialised,
 * which never throws; a kernel module that is loaded afterwards counts from the next start of the JVM.
 * {@link #probe()} looks afresh, and at more.
 *
 * <p>The system property {@code io.netty.transport.noNative=true} turns the transport off, as it does with Netty's own.
 *
 * <p>All methods may be called from any thread.
 *
 * @since 0.1.0
 */
public final class Vmci {

    private static final @Nullable Throwable CAUSE =
            LibraryCheck.CAUSE != null ? LibraryCheck.CAUSE : checkVsock(ProbedKernel.REAL);

    private Vmci() {
    }

    /**
     * Returns the version of this transport, for messages and reports of faults.
     *
     * @return such as {@code 0.1.0}, or {@code unknown} where its jar was packed anew without its resources
     */
    public static String version() {
        try (InputStream in = Vmci.class.getResourceAsStream("version.txt")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return whether AF_VSOCK channels can be used: the library works, and AF_VSOCK sockets can be made} */
    public static boolean isAvailable() {
        return CAUSE == null;
    }

    /** {@return why {@link #isAvailable()} is {@code false}, or {@code null}} */
    public static @Nullable Throwable unavailabilityCause() {
        return CAUSE;
    }

    /**
     * Returns if {@link #isAvailable()}.
     *
     * @throws UnsatisfiedLinkError otherwise, with {@link #unavailabilityCause()} as its cause
     */
    public static void ensureAvailability() {
        LibraryCheck.ensure("AF_VSOCK is not available", CAUSE);
    }

    /** {@return whether the native library works, and with it the AF_UNIX channels} */
    public static boolean isLibraryAvailable() {
        return LibraryCheck.CAUSE == null;
    }

    /** {@return why {@link #isLibraryAvailable()} is {@code false}, or {@code null}} */
    public static @Nullable Throwable libraryUnavailabilityCause() {
        return LibraryCheck.CAUSE;
    }

    /**
     * Returns if {@link #isLibraryAvailable()}.
     *
     * @throws UnsatisfiedLinkError otherwise, with {@link #libraryUnavailabilityCause()} as its cause
     */
    public static void ensureLibraryAvailability() {
        LibraryCheck.ensure();
    }

    /**
     * Returns the CID of this machine. The kernel is asked each time, through {@code /dev/vsock}: a CID can change
     * while a program runs, when the virtual machine is restored or migrated. A guest has the CID its hypervisor gave
     * it, a host 2, and a machine with the loopback transport alone 1.
     *
     * @return 0..4294967294, or {@link VmciAddress#CID_ANY} if it is not known; {@link #probe()} tells the reason
     */
    public static long localCid() {
        return LocalCid.current();
    }

    /**
     * Looks at what works on this machine, and what would make the rest work. Nothing is connected: the probe creates
     * sockets, binds them to ports the kernel picks, and reads files.
     *
     * @return the findings
     */
    public static VmciProbe probe() {
        return new ProbeRun(ProbedKernel.REAL, LibraryCheck.CAUSE, ProbeRun.ROOT).all();
    }

    /** Returns why AF_VSOCK sockets cannot be made, or {@code null}. */
    static @Nullable Throwable checkVsock(ProbedKernel kernel) {
        int fd = kernel.socket(NativeConstants.AF_VSOCK);
        if (Errno.isLimitOfFiles(fd) || fd == -NativeConstants.ENOMEM || fd == -NativeConstants.ENOBUFS) {
            return null; // a shortage passes, but the answer given here stays
        }
        if (fd < 0) {
            return SocketErrors.socketFailed(NativeConstants.AF_VSOCK, fd);
        }
        kernel.close(fd);
        return null;
    }
}
