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

import java.lang.annotation.Native;

/**
 * Numbers of the Linux ABI. {@link Native @Native} puts them into a C header, against which {@code vmci_constants.c}
 * asserts at compile time that they are right for the platform.
 */
final class NativeConstants {

    @Native static final int AF_UNIX = 1;
    @Native static final int AF_INET = 2;
    @Native static final int AF_INET6 = 10;
    @Native static final int AF_VSOCK = 40;
    @Native static final int SOCK_STREAM = 1;
    @Native static final int SOCK_DGRAM = 2;
    @Native static final int SOCK_SEQPACKET = 5;
    @Native static final int EPOLLIN = 0x1;
    @Native static final int EPOLLOUT = 0x4;
    @Native static final int EPOLLERR = 0x8;
    @Native static final int EPOLLHUP = 0x10;
    @Native static final int EPOLLRDHUP = 0x2000;
    @Native static final int EPOLLEXCLUSIVE = 1 << 28;
    @Native static final int EPOLLET = 1 << 31;
    @Native static final int EPOLL_CTL_ADD = 1;
    @Native static final int EPOLL_CTL_DEL = 2;
    @Native static final int EPOLL_CTL_MOD = 3;
    @Native static final int SHUT_RD = 0;
    @Native static final int SHUT_WR = 1;
    @Native static final int SHUT_RDWR = 2;
    @Native static final int SOL_SOCKET = 1;
    @Native static final int SO_TYPE = 3;
    @Native static final int SO_SNDBUF = 7;
    @Native static final int SO_RCVBUF = 8;
    @Native static final int SO_LINGER = 13;
    @Native static final int SO_PEERCRED = 17;
    @Native static final int SO_ACCEPTCONN = 30;
    @Native static final int SO_DOMAIN = 39;
    @Native static final int SO_COOKIE = 57;
    @Native static final int SO_PEERGROUPS = 59;
    @Native static final int SO_ZEROCOPY = 60;
    @Native static final int SO_ERROR = 4;

    /*
     * struct sockaddr_vm, and the options of level AF_VSOCK, see vsock(7). The value of an option has 8 bytes, that of
     * the timeout 16.
     */
    @Native static final int VMADDR_FLAG_TO_HOST = 1;
    @Native static final int SO_VM_SOCKETS_BUFFER_SIZE = 0;
    @Native static final int SO_VM_SOCKETS_BUFFER_MIN_SIZE = 1;
    @Native static final int SO_VM_SOCKETS_BUFFER_MAX_SIZE = 2;
    @Native static final int SO_VM_SOCKETS_CONNECT_TIMEOUT = 6; // the "old" one, which every kernel has

    @Native static final int EPERM = 1;
    @Native static final int ENOENT = 2;
    @Native static final int EINTR = 4;
    @Native static final int EIO = 5;
    @Native static final int EBADF = 9;
    @Native static final int EAGAIN = 11;
    @Native static final int ENOMEM = 12;
    @Native static final int EACCES = 13;
    @Native static final int EFAULT = 14;
    @Native static final int EBUSY = 16;
    @Native static final int EEXIST = 17;
    @Native static final int ENODEV = 19;
    @Native static final int ENOTDIR = 20;
    @Native static final int EINVAL = 22;
    @Native static final int ENFILE = 23;
    @Native static final int EMFILE = 24;
    @Native static final int ENOTTY = 25;
    @Native static final int ENOSPC = 28;
    @Native static final int EPIPE = 32;
    @Native static final int ERANGE = 34;
    @Native static final int ENAMETOOLONG = 36;
    @Native static final int ENOSYS = 38;
    @Native static final int ELOOP = 40;
    @Native static final int EPROTO = 71;
    @Native static final int ENOTSOCK = 88;
    @Native static final int EPROTOTYPE = 91;
    @Native static final int EMSGSIZE = 90;
    @Native static final int ENOPROTOOPT = 92;
    @Native static final int EPROTONOSUPPORT = 93;
    @Native static final int ESOCKTNOSUPPORT = 94;
    @Native static final int EOPNOTSUPP = 95;
    @Native static final int EAFNOSUPPORT = 97;
    @Native static final int EADDRINUSE = 98;
    @Native static final int EADDRNOTAVAIL = 99;
    @Native static final int ENETUNREACH = 101;
    @Native static final int ECONNABORTED = 103;
    @Native static final int ECONNRESET = 104;
    @Native static final int ENOBUFS = 105;
    @Native static final int EISCONN = 106;
    @Native static final int ENOTCONN = 107;
    @Native static final int ETOOMANYREFS = 109;
    @Native static final int ETIMEDOUT = 110;
    @Native static final int ECONNREFUSED = 111;
    @Native static final int EHOSTUNREACH = 113;
    @Native static final int EALREADY = 114;
    @Native static final int EINPROGRESS = 115;
    @Native static final int ENXIO = 6;
    @Native static final int EROFS = 30;
    @Native static final int EDQUOT = 122;

    private NativeConstants() {
    }
}
