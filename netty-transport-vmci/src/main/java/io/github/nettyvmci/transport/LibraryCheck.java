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

import io.netty.util.internal.SystemPropertyUtil;
import org.jspecify.annotations.Nullable;

/**
 * Whether the native library works, found out once, when this class is initialised. Initialising it never throws.
 */
final class LibraryCheck {

    /** Why the library cannot be used, or null. */
    static final @Nullable Throwable CAUSE =
            run(ProbedKernel.REAL, SystemPropertyUtil.getBoolean("io.netty.transport.noNative", false));

    private LibraryCheck() {
    }

    /** Throws an {@link UnsatisfiedLinkError} with the reason unless the library works. */
    static void ensure() {
        ensure("the native library is not available", CAUSE);
    }

    /** Throws an {@link UnsatisfiedLinkError} that says what is missing, if there is a cause. */
    static void ensure(String what, @Nullable Throwable cause) {
        if (cause != null) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError(what + ": " + cause.getMessage());
            error.initCause(cause);
            throw error;
        }
    }

    /** Loads the library and calls into it; returns why it cannot be used, or null. */
    static @Nullable Throwable run(ProbedKernel kernel, boolean noNative) {
        if (noNative) {
            return new UnsupportedOperationException(
                    "native transport was disabled with -Dio.netty.transport.noNative=true");
        }
        try {
            kernel.load();
            kernel.touchErrors();
            closeOrThrow(kernel, kernel.epollCreate(), "epoll_create1");
            closeOrThrow(kernel, kernel.eventFd(), "eventfd");
            return null;
        } catch (Throwable cause) { // linkage errors and errors of static initialisers too
            return cause;
        }
    }

    private static void closeOrThrow(ProbedKernel kernel, int fd, String call) {
        if (fd < 0) {
            throw new IllegalStateException(call + " failed: " + Errno.describe(fd));
        }
        kernel.close(fd);
    }
}
