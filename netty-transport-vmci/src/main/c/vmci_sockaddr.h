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
#ifndef VMCI_SOCKADDR_H
#define VMCI_SOCKADDR_H

/*
 * struct sockaddr_vm. It is declared here and not taken from <linux/vm_sockets.h>, because headers older than 5.11 know
 * no svm_flags. The layout is kernel ABI and cannot change.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#ifndef AF_VSOCK
#define AF_VSOCK 40
#endif

#define VMCI_ANY UINT32_C(0xffffffff) /* VMADDR_CID_ANY and VMADDR_PORT_ANY */

#define VMCI_IOCTL_GET_LOCAL_CID _IO(7, 0xb9)

/* SOL_VSOCK and VSOCK_RECVERR of kernel 6.7: how an entry of the error queue is marked. */
#define VMCI_SOL_VSOCK 287
#define VMCI_VSOCK_RECVERR 1

struct vmci_sockaddr {
    sa_family_t family;
    uint16_t reserved;
    uint32_t port; /* in host byte order, as the CID is */
    uint32_t cid;
    uint8_t flags;
    uint8_t zero[3];
};

_Static_assert(sizeof(struct vmci_sockaddr) == 16, "sockaddr_vm has 16 bytes");
_Static_assert(offsetof(struct vmci_sockaddr, port) == 4, "svm_port is at offset 4");
_Static_assert(offsetof(struct vmci_sockaddr, cid) == 8, "svm_cid is at offset 8");
_Static_assert(offsetof(struct vmci_sockaddr, flags) == 12, "svm_flags is at offset 12");
_Static_assert(VMCI_IOCTL_GET_LOCAL_CID == 0x7b9, "IOCTL_VM_SOCKETS_GET_LOCAL_CID");

static inline void vmci_sockaddr_init(struct vmci_sockaddr* address, uint32_t cid, uint32_t port, uint8_t flags) {
    memset(address, 0, sizeof(*address));
    address->family = AF_VSOCK;
    address->port = port;
    address->cid = cid;
    address->flags = flags;
}

#endif
