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
 * Descriptors: passed over AF_UNIX (SCM_RIGHTS, see unix(7)), and duplicated.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vmci_native.h"

/* The most descriptors that the kernel passes with one message: its SCM_MAX_FD. */
#define MOST_DESCRIPTORS 253

#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif

/* What receiveDescriptors() fills. DescriptorReader.java reads it. */
struct received {
    int32_t count;
    int32_t truncated; /* whether there were more, which the kernel has closed */
    int32_t fds[MOST_DESCRIPTORS];
};
_Static_assert(sizeof(struct received) == 1020, "DescriptorReader.SIZE");

/* JNI Registered Methods Begin */
static jint vmci_rights_sendDescriptor(JNIEnv* env, jclass clazz, jint fd, jint passed) {
    char byte = 0; /* a stream carries descriptors only with data */
    struct iovec data = { &byte, 1 };
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr message;
    memset(&message, 0, sizeof(message));
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof(control.bytes);
    struct cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &passed, sizeof(int));
    ssize_t result;
    do {
        result = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : (jint) result;
}

/* Reads one byte and the descriptors that came with it. Returns 0 at the end of the stream. */
static jint vmci_rights_receiveDescriptors(JNIEnv* env, jclass clazz, jint fd, jlong out) {
    struct received* received = VMCI_POINTER(out);
    received->count = 0;
    received->truncated = 0;
    char byte;
    struct iovec data = { &byte, 1 };
    union {
        struct cmsghdr align;
        /* Where somebody has set SO_PASSCRED, the kernel puts a struct ucred before the descriptors. */
        char bytes[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof(message));
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    ssize_t result;
    do {
        message.msg_control = &control;
        message.msg_controllen = sizeof(control.bytes);
        result = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return -errno;
    }
    received->truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || (header->cmsg_type != SCM_RIGHTS && header->cmsg_type != SCM_PIDFD)) {
            continue;
        }
        size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int32_t one;
            memcpy(&one, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            if (header->cmsg_type == SCM_RIGHTS && received->count < MOST_DESCRIPTORS) {
                received->fds[received->count++] = one;
            } else {
                close(one); /* the sender's pidfd, which nobody here asked for */
            }
        }
    }
    return (jint) result;
}

static jint vmci_rights_duplicate(JNIEnv* env, jclass clazz, jint fd) {
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return copy < 0 ? -errno : copy;
}
/* JNI Registered Methods End */

const JNINativeMethod vmci_rights_methods[] = {
    { "sendDescriptor", "(II)I", (void*) vmci_rights_sendDescriptor },
    { "receiveDescriptors", "(IJ)I", (void*) vmci_rights_receiveDescriptors },
    { "duplicate", "(I)I", (void*) vmci_rights_duplicate }
};
const jint vmci_rights_methods_count = (jint) (sizeof(vmci_rights_methods) / sizeof(vmci_rights_methods[0]));
