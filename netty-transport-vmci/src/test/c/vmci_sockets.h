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
 * What libzmq's vmci:// uses of VMware's header vmci_sockets.h, by the kernel's own linux/vm_sockets.h, so that libzmq can be
 * built without VMware's SDK (see CONTRIBUTING). The SDK's functions ask for a family that the kernel has as AF_VSOCK now.
 */
#ifndef VMCI_SOCKETS_H
#define VMCI_SOCKETS_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#define SO_VMCI_BUFFER_SIZE SO_VM_SOCKETS_BUFFER_SIZE
#define SO_VMCI_BUFFER_MIN_SIZE SO_VM_SOCKETS_BUFFER_MIN_SIZE
#define SO_VMCI_BUFFER_MAX_SIZE SO_VM_SOCKETS_BUFFER_MAX_SIZE
#define SO_VMCI_CONNECT_TIMEOUT SO_VM_SOCKETS_CONNECT_TIMEOUT

static inline int VMCISock_GetAFValueFd(int *fd) {
    *fd = -1;
    return AF_VSOCK;
}

static inline void VMCISock_ReleaseAFValueFd(int fd) {
    (void) fd;
}

static inline unsigned int VMCISock_GetLocalCID(void) {
    unsigned int cid = VMADDR_CID_ANY;
    int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid) < 0) {
            cid = VMADDR_CID_ANY;
        }
        close(fd);
    }
    return cid;
}

#endif
