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

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.ChildProgram;
import io.netty.channel.ChannelException;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;

class VmciTest {

    private final FakeKernel kernel = new FakeKernel();

    @Test
    void shouldFindTheLibraryUsableAndCloseWhatItOpened() {
        assertNull(LibraryCheck.run(kernel, false));
        assertTrue(kernel.open.isEmpty());
    }

    @Test
    void shouldTellItsVersion() {
        assertTrue(Vmci.version().matches("\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"), Vmci.version());
    }

    @Test
    void shouldNotLoadTheLibraryWhenNativesAreDisabled() {
        kernel.loadFailure = new AssertionError("loaded");

        Throwable cause = LibraryCheck.run(kernel, true);

        assertInstanceOf(UnsupportedOperationException.class, cause);
        assertEquals("native transport was disabled with -Dio.netty.transport.noNative=true", cause.getMessage());
    }

    @Test
    void shouldKeepWhatLoadingTheLibraryThrew() {
        kernel.loadFailure = new UnsatisfiedLinkError("no such file");
        assertSame(kernel.loadFailure, LibraryCheck.run(kernel, false));
    }

    @Test
    void shouldFindNettyJarsThatDoNotMatchTheLibrary() {
        kernel.errorsFailure = new UnsatisfiedLinkError("errnoENAMETOOLONG()I");
        assertSame(kernel.errorsFailure, LibraryCheck.run(kernel, false));
    }

    @Test
    void shouldFindThatNoEventLoopCanBeMade() {
        kernel.epoll = -NativeConstants.EMFILE;
        Throwable cause = LibraryCheck.run(kernel, false);
        assertEquals("epoll_create1 failed: this process' limit of open files is reached (EMFILE, errno 24)",
                cause.getMessage());

        kernel.epoll = 0;
        kernel.eventFd = -NativeConstants.EPERM;
        assertEquals("eventfd failed: not permitted (EPERM, errno 1)",
                LibraryCheck.run(kernel, false).getMessage());
        assertTrue(kernel.open.isEmpty());
    }

    @Test
    void shouldFindAfVsockUsableAndCloseTheSocket() {
        assertNull(Vmci.checkVsock(kernel));
        assertTrue(kernel.open.isEmpty());
    }

    /** The answer stays for the life of the program, and a shortage does not. */
    @Test
    void shouldNotTakeAShortageForAKernelWithoutVsock() {
        for (int shortage : new int[] {NativeConstants.EMFILE, NativeConstants.ENFILE, NativeConstants.ENOMEM,
            NativeConstants.ENOBUFS}) {
            kernel.socketErrors.put(NativeConstants.AF_VSOCK, -shortage);
            assertNull(Vmci.checkVsock(kernel), () -> Errno.label(-shortage));
        }
    }

    @Test
    void shouldTellThatTheKernelHasNoVsock() {
        kernel.socketErrors.put(NativeConstants.AF_VSOCK, -NativeConstants.EAFNOSUPPORT);

        Throwable cause = Vmci.checkVsock(kernel);

        assertInstanceOf(ChannelException.class, cause);
        assertEquals("socket(AF_VSOCK) failed: AF_VSOCK is not available in this kernel (EAFNOSUPPORT, errno 97);"
                + " as root: modprobe vsock, or use a kernel with CONFIG_VSOCKETS", cause.getMessage());
    }

    @Test
    void shouldThrowTheCauseWhenAvailabilityIsEnsured() {
        Throwable cause = new ChannelException("it is forbidden");

        UnsatisfiedLinkError error = assertThrows(UnsatisfiedLinkError.class,
                () -> LibraryCheck.ensure("AF_VSOCK is not available", cause));

        assertEquals("AF_VSOCK is not available: it is forbidden", error.getMessage());
        assertSame(cause, error.getCause());
        assertDoesNotThrow(() -> LibraryCheck.ensure("AF_VSOCK is not available", null));
    }

    @Test
    void shouldReadAFailedQuestionAsNoCid() {
        assertEquals(VmciAddress.CID_ANY, LocalCid.known(-NativeConstants.EACCES));
        assertEquals(VmciAddress.CID_ANY, LocalCid.known(VmciAddress.CID_ANY));
        assertEquals(0, LocalCid.known(0));
        assertEquals(4294967294L, LocalCid.known(4294967294L));
    }

    @Test
    void shouldAnswerConsistentlyOnThisMachine() {
        assertEquals(Vmci.isAvailable(), Vmci.unavailabilityCause() == null);
        assertEquals(Vmci.isLibraryAvailable(), Vmci.libraryUnavailabilityCause() == null);
        assertTrue(Vmci.isLibraryAvailable() || !Vmci.isAvailable());
        if (Vmci.isAvailable()) {
            assertDoesNotThrow(Vmci::ensureAvailability);
        } else {
            assertSame(Vmci.unavailabilityCause(),
                    assertThrows(UnsatisfiedLinkError.class, Vmci::ensureAvailability).getCause());
        }
        VmciProbe probe = Vmci.probe();
        assertEquals(Vmci.isLibraryAvailable(), probe.finding(VmciProbe.Subject.LIBRARY).ok());
        assertEquals(Vmci.isAvailable(), probe.finding(VmciProbe.Subject.VSOCK).ok(), probe::toString);
        assertEquals(Vmci.localCid(), probe.localCid());
    }

    /** A JVM of its own is needed: whether the transport is off is decided once, when the class is initialised. */
    @Test
    void shouldBeLoadableAndUnavailableWhenNativesAreDisabled() throws Exception {
        String output = ChildProgram.run(Waits.SECONDS, List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dio.netty.transport.noNative=true", "-cp", System.getProperty("java.class.path"),
                NoNativeMain.class.getName()));

        assertTrue(output.contains("fix: start without -Dio.netty.transport.noNative=true"), output);
        assertTrue(output.contains("ok       kernel: Linux "), output);
    }

    /** Uses everything of this package that must work without the library. */
    static final class NoNativeMain {

        private NoNativeMain() {
        }

        public static void main(String[] args) {
            assertInstanceOf(UnsupportedOperationException.class, Vmci.libraryUnavailabilityCause());
            assertSame(Vmci.libraryUnavailabilityCause(), Vmci.unavailabilityCause());
            assertThrows(UnsatisfiedLinkError.class, Vmci::ensureAvailability);
            assertThrows(UnsatisfiedLinkError.class, Vmci::ensureLibraryAvailability);
            assertEquals(VmciAddress.CID_ANY, Vmci.localCid());
            String refusal = assertThrows(IllegalArgumentException.class, () -> VmciAddress.parse("vmci://@:1"))
                    .getMessage();
            assertTrue(refusal.contains("noNative=true"), refusal);
            assertNotNull(VmciAddress.parse("vmci://*:*"));
            System.out.println(Vmci.probe());
        }
    }
}
