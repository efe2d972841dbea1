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
 * Datagrams of AF_VSOCK, which only VMware's VMCI transport has. Every function answers >= 0, or -errno.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "vmci_native.h"
#include "vmci_sockaddr.h"

/* JNI Registered Methods Begin */
static jint vmci_datagram_datagramSocket(JNIEnv* env, jclass clazz, jint family) {
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

static jint vmci_datagram_sendToVsock(JNIEnv* env, jclass clazz, jint fd, jlong address, jint length, jint cid,
        jint port) {
    struct vmci_sockaddr to;
    vmci_sockaddr_init(&to, (uint32_t) cid, (uint32_t) port, 0);
    ssize_t result;
    do {
        result = sendto(fd, VMCI_POINTER(address), (size_t) length, MSG_NOSIGNAL, (struct sockaddr*) &to, sizeof(to));
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : (jint) result;
}

/*
 * Writes the sender's CID and port, and whether the rest of a longer datagram was cut off, as three u32. recvmsg() and
 * not recvfrom(), because only the former tells that: VMCI knows no MSG_TRUNC among the flags it is called with.
 */
static jint vmci_datagram_recvFromVsock(JNIEnv* env, jclass clazz, jint fd, jlong address, jint length, jlong out) {
    struct vmci_sockaddr from;
    vmci_sockaddr_init(&from, VMCI_ANY, VMCI_ANY, 0); /* for a kernel that names nobody */
    struct iovec piece = { VMCI_POINTER(address), (size_t) length };
    struct msghdr message;
    ssize_t result;
    do {
        memset(&message, 0, sizeof(message));
        message.msg_name = &from;
        message.msg_namelen = sizeof(from);
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        result = recvmsg(fd, &message, 0);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return -errno;
    }
    uint32_t* words = VMCI_POINTER(out);
    words[0] = from.cid;
    words[1] = from.port;
    words[2] = (message.msg_flags & MSG_TRUNC) != 0;
    return (jint) result;
}
/* JNI Registered Methods End */

const JNINativeMethod vmci_datagram_methods[] = {
    { "datagramSocket", "(I)I", (void*) vmci_datagram_datagramSocket },
    { "sendToVsock", "(IJIII)I", (void*) vmci_datagram_sendToVsock },
    { "recvFromVsock", "(IJIJ)I", (void*) vmci_datagram_recvFromVsock }
};
const jint vmci_datagram_methods_count = (jint) (sizeof(vmci_datagram_methods) / sizeof(vmci_datagram_methods[0]));
