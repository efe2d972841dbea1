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

/**
 * The names and texts of the errno values that AF_VSOCK, AF_UNIX and epoll calls return. They are kept in Java, so that
 * a message can be built where the native library did not load. Every {@code negErrno} is negative.
 */
enum Errno {
    EPERM(NativeConstants.EPERM, "not permitted"),
    ENOENT(NativeConstants.ENOENT, "no such file or folder"),
    EINTR(NativeConstants.EINTR, "interrupted"),
    EIO(NativeConstants.EIO, "input/output error"),
    ENXIO(NativeConstants.ENXIO, "no such device or address"),
    EBADF(NativeConstants.EBADF, "the descriptor is closed"),
    EAGAIN(NativeConstants.EAGAIN, "would block"),
    ENOMEM(NativeConstants.ENOMEM, "out of kernel memory"),
    EACCES(NativeConstants.EACCES, "permission denied"),
    EFAULT(NativeConstants.EFAULT, "bad memory address"),
    EBUSY(NativeConstants.EBUSY, "busy"),
    EEXIST(NativeConstants.EEXIST, "exists already"),
    ENODEV(NativeConstants.ENODEV, "no such device"),
    ENOTDIR(NativeConstants.ENOTDIR, "a part of the path is no folder"),
    EINVAL(NativeConstants.EINVAL, "invalid argument"),
    ENFILE(NativeConstants.ENFILE, "the system's limit of open files is reached"),
    EMFILE(NativeConstants.EMFILE, "this process' limit of open files is reached"),
    ENOTTY(NativeConstants.ENOTTY, "the device does not know this request"),
    ENOSPC(NativeConstants.ENOSPC, "no space left"),
    EROFS(NativeConstants.EROFS, "read-only file system"),
    EPIPE(NativeConstants.EPIPE, "broken pipe"),
    ERANGE(NativeConstants.ERANGE, "out of range"),
    ENAMETOOLONG(NativeConstants.ENAMETOOLONG, "the name is too long"),
    ENOSYS(NativeConstants.ENOSYS, "the kernel has no such call"),
    EPROTOTYPE(NativeConstants.EPROTOTYPE, "the socket there is of another type"),
    ELOOP(NativeConstants.ELOOP, "too many symbolic links"),
    EPROTO(NativeConstants.EPROTO, "protocol error"),
    ENOTSOCK(NativeConstants.ENOTSOCK, "the descriptor is no socket"),
    EMSGSIZE(NativeConstants.EMSGSIZE, "message too long"),
    ENOPROTOOPT(NativeConstants.ENOPROTOOPT, "no such option"),
    EPROTONOSUPPORT(NativeConstants.EPROTONOSUPPORT, "protocol not supported"),
    ESOCKTNOSUPPORT(NativeConstants.ESOCKTNOSUPPORT, "socket type not supported"),
    EOPNOTSUPP(NativeConstants.EOPNOTSUPP, "operation not supported"),
    EAFNOSUPPORT(NativeConstants.EAFNOSUPPORT, "address family not supported"),
    EADDRINUSE(NativeConstants.EADDRINUSE, "address in use"),
    EADDRNOTAVAIL(NativeConstants.EADDRNOTAVAIL, "address not available"),
    ENETUNREACH(NativeConstants.ENETUNREACH, "network unreachable"),
    ECONNABORTED(NativeConstants.ECONNABORTED, "connection aborted"),
    ECONNRESET(NativeConstants.ECONNRESET, "connection reset by peer"),
    ENOBUFS(NativeConstants.ENOBUFS, "no buffer space"),
    EISCONN(NativeConstants.EISCONN, "connected already"),
    ENOTCONN(NativeConstants.ENOTCONN, "not connected"),
    ETOOMANYREFS(NativeConstants.ETOOMANYREFS, "too many descriptors are on their way"),
    ETIMEDOUT(NativeConstants.ETIMEDOUT, "timed out"),
    ECONNREFUSED(NativeConstants.ECONNREFUSED, "connection refused"),
    EHOSTUNREACH(NativeConstants.EHOSTUNREACH, "no route to host"),
    EALREADY(NativeConstants.EALREADY, "in progress already"),
    EINPROGRESS(NativeConstants.EINPROGRESS, "in progress"),
    EDQUOT(NativeConstants.EDQUOT, "disk quota exceeded");

    /** The fix where a limit of open files was reached. */
    static final String RAISE_LIMIT = "close some, or raise the limit (ulimit -n)";

    private static final Errno[] ALL = values();

    private final int number;
    private final String text;

    Errno(int number, String text) {
        this.number = number;
        this.text = text;
    }

    /** Returns {@code ECONNRESET} for -104, or {@code errno 4711} for a number not listed here. */
    static String name(int negErrno) {
        Errno errno = find(negErrno);
        return errno == null ? "errno " + -negErrno : errno.name();
    }

    /** Returns {@code (ECONNRESET, errno 104)} for -104, or {@code (errno 4711)} for a number not listed here. */
    static String label(int negErrno) {
        Errno errno = find(negErrno);
        return errno == null ? "(errno " + -negErrno + ')' : "(" + errno.name() + ", errno " + -negErrno + ')';
    }

    /** Returns what the number says in words. */
    static String text(int negErrno) {
        Errno errno = find(negErrno);
        return errno == null ? "unexpected error" : errno.text;
    }

    /** Returns text and label: {@code connection reset by peer (ECONNRESET, errno 104)} for -104. */
    static String describe(int negErrno) {
        return text(negErrno) + ' ' + label(negErrno);
    }

    /** Returns whether the number tells of a limit of open files, which {@link #RAISE_LIMIT} mends. */
    static boolean isLimitOfFiles(int negErrno) {
        return negErrno == -NativeConstants.EMFILE || negErrno == -NativeConstants.ENFILE;
    }

    private static @Nullable Errno find(int negErrno) {
        for (Errno errno : ALL) {
            if (errno.number == -negErrno) {
                return errno;
            }
        }
        return null;
    }
}
