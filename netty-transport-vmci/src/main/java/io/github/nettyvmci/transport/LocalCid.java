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
import static io.github.nettyvmci.transport.NativeConstants.EMFILE;
import static io.github.nettyvmci.transport.NativeConstants.ENFILE;
import static io.github.nettyvmci.transport.NativeConstants.ENOENT;
import static io.github.nettyvmci.transport.NativeConstants.EPERM;

/**
 * The CID of this machine: how the kernel is asked for it through {@code /dev/vsock}, and what its answer means.
 *
 * <p>An answer is a CID, or {@link #NONE}, or the negative errno of asking.
 */
final class LocalCid {

    /** The kernel's answer where this machine has no CID; the same number as {@code VMADDR_CID_ANY}. */
    static final long NONE = 0xFFFF_FFFFL;

    private LocalCid() {
    }

    /**
     * Asks the kernel.
     *
     * @return the answer
     * @throws UnsatisfiedLinkError without the library
     */
    static long query() {
        LibraryCheck.ensure();
        return Native.localCid();
    }

    /** Asks the kernel; returns the CID, or {@link #NONE} if there is none or it cannot be asked. */
    static long current() {
        return LibraryCheck.CAUSE == null ? known(Native.localCid()) : NONE;
    }

    /** Returns the CID of an answer, or {@link #NONE}. */
    static long known(long answer) {
        return isKnown(answer) ? answer : NONE;
    }

    /** Returns whether the answer is a CID. */
    static boolean isKnown(long answer) {
        return answer >= 0 && answer != NONE;
    }

    /** Says why an answer is no CID. */
    static String reason(long answer) {
        if (answer >= 0) {
            return "the kernel names none (no vsock transport is active, or it is Hyper-V's, which has none)";
        }
        int negErrno = (int) answer;
        switch (-negErrno) {
            case ENOENT:
                return "/dev/vsock does not exist " + Errno.label(negErrno);
            case EACCES:
            case EPERM:
                return "/dev/vsock may not be opened by this user " + Errno.label(negErrno);
            default:
                return "/dev/vsock cannot be asked: " + Errno.describe(negErrno);
        }
    }

    /** Says what would make the kernel answer with a CID. */
    static String fix(long answer) {
        if (answer >= 0) {
            return "as root: modprobe vsock_loopback";
        }
        switch ((int) -answer) {
            case EACCES:
            case EPERM:
                return "as root: chmod a+r /dev/vsock";
            case ENFILE:
            case EMFILE:
                return Errno.RAISE_LIMIT;
            default:
                return "as root: modprobe vsock (a container also needs --device /dev/vsock)";
        }
    }
}
