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
/*
 * Proof at compile time that the numbers in NativeConstants.java are this platform's. The names on the right come from
 * the header that javac writes for that class.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "io_github_nettyvmci_transport_NativeConstants.h"
#include "vmci_sockaddr.h"

/* What only this header names is compared where the machine that compiles has the header, and knows the name. */
#if __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#endif

#define SAME(name) \
    _Static_assert((int) name == (int) io_github_nettyvmci_transport_NativeConstants_##name, #name)

SAME(AF_UNIX);
SAME(AF_INET);
SAME(AF_INET6);
SAME(AF_VSOCK);
SAME(SOCK_STREAM);
SAME(SOCK_DGRAM);
SAME(SOCK_SEQPACKET);
SAME(EPOLLIN);
SAME(EPOLLOUT);
SAME(EPOLLERR);
SAME(EPOLLHUP);
SAME(EPOLLRDHUP);
SAME(EPOLLEXCLUSIVE);
SAME(EPOLLET);
SAME(EPOLL_CTL_ADD);
SAME(EPOLL_CTL_DEL);
SAME(EPOLL_CTL_MOD);
SAME(SHUT_RD);
SAME(SHUT_WR);
SAME(SHUT_RDWR);
SAME(SOL_SOCKET);
SAME(SO_TYPE);
SAME(SO_SNDBUF);
SAME(SO_RCVBUF);
SAME(SO_LINGER);
SAME(SO_PEERCRED);
SAME(SO_ACCEPTCONN);
SAME(SO_DOMAIN);
SAME(SO_COOKIE);
SAME(SO_PEERGROUPS);
SAME(SO_ZEROCOPY);
SAME(SO_ERROR);

#ifdef SO_VM_SOCKETS_BUFFER_SIZE
SAME(SO_VM_SOCKETS_BUFFER_SIZE);
SAME(SO_VM_SOCKETS_BUFFER_MIN_SIZE);
SAME(SO_VM_SOCKETS_BUFFER_MAX_SIZE);
SAME(SO_VM_SOCKETS_CONNECT_TIMEOUT); /* on LP64 the "old" and the new one are the same */
#endif
#ifdef VMADDR_FLAG_TO_HOST
SAME(VMADDR_FLAG_TO_HOST);
#endif

SAME(EPERM);
SAME(ENOENT);
SAME(EINTR);
SAME(EIO);
SAME(EBADF);
SAME(EAGAIN);
SAME(ENOMEM);
SAME(EACCES);
SAME(EFAULT);
SAME(EBUSY);
SAME(EEXIST);
SAME(ENODEV);
SAME(ENOTDIR);
SAME(EINVAL);
SAME(ENFILE);
SAME(EMFILE);
SAME(ENOTTY);
SAME(ENOSPC);
SAME(EPIPE);
SAME(ERANGE);
SAME(ENAMETOOLONG);
SAME(ENOSYS);
SAME(ELOOP);
SAME(EPROTO);
SAME(ENOTSOCK);
SAME(EPROTOTYPE);
SAME(EMSGSIZE);
SAME(ENOPROTOOPT);
SAME(EPROTONOSUPPORT);
SAME(ESOCKTNOSUPPORT);
SAME(EOPNOTSUPP);
SAME(EAFNOSUPPORT);
SAME(EADDRINUSE);
SAME(EADDRNOTAVAIL);
SAME(ENETUNREACH);
SAME(ECONNABORTED);
SAME(ECONNRESET);
SAME(ENOBUFS);
SAME(EISCONN);
SAME(ENOTCONN);
SAME(ETOOMANYREFS);
SAME(ETIMEDOUT);
SAME(ECONNREFUSED);
SAME(EHOSTUNREACH);
SAME(EALREADY);
SAME(EINPROGRESS);
SAME(ENXIO);
SAME(EROFS);
SAME(EDQUOT);
