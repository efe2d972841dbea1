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
 * Stream sockets of AF_VSOCK and AF_UNIX. Every function answers >= 0, or -errno, which Java turns into an exception.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/sendfile.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
/* after time.h, which it needs */
#include <linux/errqueue.h>

#include "vmci_native.h"
#include "vmci_sockaddr.h"

/* One entry of the batch that accept() fills. AcceptBatch.java reads it. */
struct accepted {
    int32_t fd;
    uint32_t a; /* AF_VSOCK: the peer's CID; AF_UNIX: the length of the path */
    uint32_t b; /* AF_VSOCK: the peer's port */
    char path[108];
};
_Static_assert(sizeof(struct accepted) == 120, "AcceptBatch.ENTRY_SIZE");
_Static_assert(sizeof(((struct sockaddr_un*) 0)->sun_path) == 108, "sun_path has 108 bytes");

static int retry(int result) {
    return result < 0 && errno == EINTR;
}

static jint unix_address(struct sockaddr_un* address, jlong path, jint length, socklen_t* address_length) {
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    const char* bytes = VMCI_POINTER(path);
    /*
     * A name in the file system ends with NUL. One in the abstract name space starts with NUL, and ends at its length.
     * With no name at all the kernel picks one of the latter.
     */
    int terminated = length > 0 && bytes[0] != '\0';
    if (length < 0 || (size_t) length + (size_t) terminated > sizeof(address->sun_path)) {
        return -ENAMETOOLONG;
    }
    if (terminated && memchr(bytes, '\0', (size_t) length) != NULL) {
        return -EINVAL; /* the kernel would take the part before the NUL for the name */
    }
    memcpy(address->sun_path, bytes, (size_t) length);
    *address_length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + (size_t) length + (size_t) terminated);
    return 0;
}

static uint32_t unix_path_length(const struct sockaddr_un* address, socklen_t address_length) {
    if (address_length <= offsetof(struct sockaddr_un, sun_path)) {
        return 0; /* unnamed */
    }
    size_t length = address_length - offsetof(struct sockaddr_un, sun_path);
    if (length > sizeof(address->sun_path)) {
        length = sizeof(address->sun_path);
    }
    return (uint32_t) (address->sun_path[0] == '\0' ? length : strnlen(address->sun_path, length));
}

/* JNI Registered Methods Begin */
static jint vmci_socket_socket(JNIEnv* env, jclass clazz, jint family) {
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return fd < 0 ? -errno : fd;
}

static jint vmci_socket_close(JNIEnv* env, jclass clazz, jint fd) {
    /* close() is never retried: Linux frees the number even when it reports EINTR. */
    return close(fd) < 0 ? -errno : 0;
}

static jint vmci_socket_closeOnExec(JNIEnv* env, jclass clazz, jint fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0 ? -errno : 0;
}

static jint vmci_socket_nonBlocking(JNIEnv* env, jclass clazz, jint fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static jint vmci_socket_bindVsock(JNIEnv* env, jclass clazz, jint fd, jint cid, jint port) {
    struct vmci_sockaddr address;
    vmci_sockaddr_init(&address, (uint32_t) cid, (uint32_t) port, 0);
    return bind(fd, (struct sockaddr*) &address, sizeof(address)) < 0 ? -errno : 0;
}

static jint vmci_socket_connectVsock(JNIEnv* env, jclass clazz, jint fd, jint cid, jint port, jint flags) {
    struct vmci_sockaddr address;
    vmci_sockaddr_init(&address, (uint32_t) cid, (uint32_t) port, (uint8_t) flags);
    /* No retry after EINTR: the attempt goes on in the kernel, and a second call would answer EALREADY. */
    return connect(fd, (struct sockaddr*) &address, sizeof(address)) < 0 ? -errno : 0;
}

static jint vmci_socket_bindUnix(JNIEnv* env, jclass clazz, jint fd, jlong path, jint length) {
    struct sockaddr_un address;
    socklen_t address_length;
    jint result = unix_address(&address, path, length, &address_length);
    if (result < 0) {
        return result;
    }
    return bind(fd, (struct sockaddr*) &address, address_length) < 0 ? -errno : 0;
}

static jint vmci_socket_connectUnix(JNIEnv* env, jclass clazz, jint fd, jlong path, jint length) {
    struct sockaddr_un address;
    socklen_t address_length;
    jint result = unix_address(&address, path, length, &address_length);
    if (result < 0) {
        return result;
    }
    return connect(fd, (struct sockaddr*) &address, address_length) < 0 ? -errno : 0;
}

static jint vmci_socket_unlink(JNIEnv* env, jclass clazz, jlong path, jint length) {
    struct sockaddr_un address; /* its path ends with NUL, as unlink() wants it */
    socklen_t address_length;
    jint result = unix_address(&address, path, length, &address_length);
    if (result < 0) {
        return result;
    }
    return unlink(address.sun_path) < 0 ? -errno : 0;
}

static jint vmci_socket_listen(JNIEnv* env, jclass clazz, jint fd, jint backlog) {
    return listen(fd, backlog) < 0 ? -errno : 0;
}

static jint vmci_socket_accept(JNIEnv* env, jclass clazz, jint fd, jlong entries, jint max) {
    struct accepted* entry = VMCI_POINTER(entries);
    jint count = 0;
    while (count < max) {
        union {
            struct sockaddr any;
            struct vmci_sockaddr vm;
            struct sockaddr_un un;
        } peer;
        socklen_t length = sizeof(peer);
        int child = accept4(fd, &peer.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (child < 0) {
            if (errno == EINTR || errno == ECONNABORTED) {
                continue; /* interrupted, or the peer gave up while it was queued: take the next one */
            }
            /* What was accepted must reach the caller. An error other than EAGAIN comes again at the next call. */
            return count > 0 ? count : -errno;
        }
        entry->fd = child;
        entry->a = 0;
        entry->b = 0;
        if (length >= sizeof(sa_family_t) && peer.any.sa_family == AF_VSOCK) {
            entry->a = peer.vm.cid;
            entry->b = peer.vm.port;
        } else if (length >= sizeof(sa_family_t) && peer.any.sa_family == AF_UNIX) {
            entry->a = unix_path_length(&peer.un, length);
            memcpy(entry->path, peer.un.sun_path, entry->a);
        }
        entry++;
        count++;
    }
    return count;
}

/* Writes the CID and the port as two u32. */
static jint vmci_socket_vsockName(JNIEnv* env, jclass clazz, jint fd, jboolean peer, jlong out) {
    struct vmci_sockaddr address;
    socklen_t length = sizeof(address);
    memset(&address, 0, sizeof(address));
    int result = peer ? getpeername(fd, (struct sockaddr*) &address, &length)
                      : getsockname(fd, (struct sockaddr*) &address, &length);
    if (result < 0) {
        return -errno;
    }
    uint32_t* words = VMCI_POINTER(out);
    words[0] = address.cid;
    words[1] = address.port;
    return 0;
}

/* Writes the path (108 bytes at most) and returns its length, which is 0 for an unnamed socket. */
static jint vmci_socket_unixName(JNIEnv* env, jclass clazz, jint fd, jboolean peer, jlong out) {
    struct sockaddr_un address;
    socklen_t length = sizeof(address);
    memset(&address, 0, sizeof(address));
    int result = peer ? getpeername(fd, (struct sockaddr*) &address, &length)
                      : getsockname(fd, (struct sockaddr*) &address, &length);
    if (result < 0) {
        return -errno;
    }
    uint32_t path_length = unix_path_length(&address, length);
    memcpy(VMCI_POINTER(out), address.sun_path, path_length);
    return (jint) path_length;
}

static jint vmci_socket_recv(JNIEnv* env, jclass clazz, jint fd, jlong address, jint length) {
    ssize_t result;
    do {
        result = recv(fd, VMCI_POINTER(address), (size_t) length, 0);
    } while (retry(result < 0 ? -1 : 0));
    return result < 0 ? -errno : (jint) result;
}

static jint vmci_socket_send(JNIEnv* env, jclass clazz, jint fd, jlong address, jint length) {
    ssize_t result;
    do {
        /* Kernel 6.12 raises SIGPIPE on vsock streams too, and we do not rely on the JVM ignoring it. */
        result = send(fd, VMCI_POINTER(address), (size_t) length, MSG_NOSIGNAL);
    } while (retry(result < 0 ? -1 : 0));
    return result < 0 ? -errno : (jint) result;
}

static jlong vmci_socket_sendv(JNIEnv* env, jclass clazz, jint fd, jlong iov, jint count) {
    struct msghdr message;
    memset(&message, 0, sizeof(message));
    message.msg_iov = VMCI_POINTER(iov);
    message.msg_iovlen = (size_t) count;
    ssize_t result;
    do {
        result = sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (retry(result < 0 ? -1 : 0));
    return result < 0 ? -errno : (jlong) result;
}

/* The same, except that the kernel may go on reading the memory until zeroCopyCompletion() tells that it is done. */
static jint vmci_socket_sendZeroCopy(JNIEnv* env, jclass clazz, jint fd, jlong address, jint length) {
    ssize_t result;
    do {
        result = send(fd, VMCI_POINTER(address), (size_t) length, MSG_NOSIGNAL | MSG_ZEROCOPY);
    } while (retry(result < 0 ? -1 : 0));
    return result < 0 ? -errno : (jint) result;
}

/*
 * Takes one entry of the error queue. Writes the numbers of the first and the last send that are done, and whether the
 * kernel copied them, as three u32, and returns 1; or returns 0, for an entry that tells something else.
 */
static jint vmci_socket_zeroCopyCompletion(JNIEnv* env, jclass clazz, jint fd, jlong out) {
    union {
        struct cmsghdr align;
        char bytes[128];
    } control;
    struct msghdr message;
    memset(&message, 0, sizeof(message));
    message.msg_control = &control;
    message.msg_controllen = sizeof(control);
    ssize_t result;
    do {
        result = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    } while (retry(result < 0 ? -1 : 0));
    if (result < 0) {
        return -errno;
    }
    for (struct cmsghdr* header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        struct sock_extended_err error;
        if (header->cmsg_level != VMCI_SOL_VSOCK || header->cmsg_type != VMCI_VSOCK_RECVERR
                || header->cmsg_len < CMSG_LEN(sizeof(error))) {
            continue;
        }
        memcpy(&error, CMSG_DATA(header), sizeof(error));
        if (error.ee_origin == SO_EE_ORIGIN_ZEROCOPY && error.ee_errno == 0) {
            uint32_t* words = VMCI_POINTER(out);
            words[0] = error.ee_info;
            words[1] = error.ee_data;
            words[2] = error.ee_code & SO_EE_CODE_ZEROCOPY_COPIED;
            return 1;
        }
    }
    return 0;
}

static jint vmci_socket_shutdown(JNIEnv* env, jclass clazz, jint fd, jint how) {
    return shutdown(fd, how) < 0 ? -errno : 0;
}

/* Returns the pending error as a positive errno, 0 for none, and clears it. */
static jint vmci_socket_soError(JNIEnv* env, jclass clazz, jint fd) {
    int error = 0;
    socklen_t length = sizeof(error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 ? -errno : error;
}

static jint vmci_socket_getOption(JNIEnv* env, jclass clazz, jint fd, jint level, jint name, jlong value, jint length) {
    socklen_t actual = (socklen_t) length;
    return getsockopt(fd, level, name, VMCI_POINTER(value), &actual) < 0 ? -errno : (jint) actual;
}

static jint vmci_socket_setOption(JNIEnv* env, jclass clazz, jint fd, jint level, jint name, jlong value, jint length) {
    return setsockopt(fd, level, name, VMCI_POINTER(value), (socklen_t) length) < 0 ? -errno : 0;
}

static jlong vmci_socket_localCid(JNIEnv* env, jclass clazz) {
    int fd = open("/dev/vsock", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    uint32_t cid = 0;
    int result = ioctl(fd, VMCI_IOCTL_GET_LOCAL_CID, &cid);
    int error = errno;
    close(fd);
    return result < 0 ? -error : (jlong) cid;
}

/*
 * The one native that takes an object: only the region knows its file, and its count of transferred bytes is private.
 * The fields are looked up at the first call and not while loading, which keeps class lookups out of JNI_OnLoad. Their
 * jfieldIDs stay valid: the region's class is in our class loader or a parent, so that it cannot go before ours, and
 * the other two belong to the boot loader. Racing threads store equal values, and descriptor_fd publishes the rest.
 * The parameter is an Object in the signature, so that a relocated Netty needs no other signature.
 */
static jlong vmci_socket_sendfile(JNIEnv* env, jclass clazz, jint fd, jobject region, jclass region_class, jlong base,
        jlong offset, jlong length) {
    static jclass file_channel_class;
    static jfieldID region_file;
    static jfieldID region_transferred;
    static jfieldID channel_fd;
    static jfieldID descriptor_fd;

    if (__atomic_load_n(&descriptor_fd, __ATOMIC_ACQUIRE) == NULL) {
        jfieldID file_id = (*env)->GetFieldID(env, region_class, "file", "Ljava/nio/channels/FileChannel;");
        if (file_id == NULL) {
            return -ENOSYS; /* with NoSuchFieldError pending */
        }
        region_transferred = (*env)->GetFieldID(env, region_class, "transferred", "J");
        jclass channel_class = region_transferred == NULL ? NULL : (*env)->FindClass(env, "sun/nio/ch/FileChannelImpl");
        channel_fd = channel_class == NULL ? NULL
                : (*env)->GetFieldID(env, channel_class, "fd", "Ljava/io/FileDescriptor;");
        jclass descriptor_class = channel_fd == NULL ? NULL : (*env)->FindClass(env, "java/io/FileDescriptor");
        jfieldID fd_id = descriptor_class == NULL ? NULL : (*env)->GetFieldID(env, descriptor_class, "fd", "I");
        if (fd_id == NULL) {
            return -ENOSYS;
        }
        jclass global = (*env)->NewGlobalRef(env, channel_class); /* of the boot loader, so never given back */
        if (global == NULL) {
            return -ENOMEM;
        }
        file_channel_class = global;
        region_file = file_id;
        __atomic_store_n(&descriptor_fd, fd_id, __ATOMIC_RELEASE);
    }
    jobject channel = (*env)->GetObjectField(env, region, region_file);
    if (channel != NULL && !(*env)->IsInstanceOf(env, channel, file_channel_class)) {
        return -ENOSYS; /* somebody's own FileChannel, without a descriptor */
    }
    jobject descriptor = channel == NULL ? NULL : (*env)->GetObjectField(env, channel, channel_fd);
    if (descriptor == NULL) {
        return -EBADF; /* the region was never opened, or already released */
    }
    jint source = (*env)->GetIntField(env, descriptor, descriptor_fd);

    off_t position = (off_t) (base + offset);
    ssize_t result;
    do {
        result = sendfile(fd, source, &position, (size_t) length);
    } while (retry(result < 0 ? -1 : 0));
    if (result < 0) {
        return -errno;
    }
    if (result > 0) {
        (*env)->SetLongField(env, region, region_transferred, offset + result);
    }
    return (jlong) result;
}
/* JNI Registered Methods End */

const JNINativeMethod vmci_socket_methods[] = {
    { "socket", "(I)I", (void*) vmci_socket_socket },
    { "close", "(I)I", (void*) vmci_socket_close },
    { "closeOnExec", "(I)I", (void*) vmci_socket_closeOnExec },
    { "nonBlocking", "(I)I", (void*) vmci_socket_nonBlocking },
    { "bindVsock", "(III)I", (void*) vmci_socket_bindVsock },
    { "connectVsock", "(IIII)I", (void*) vmci_socket_connectVsock },
    { "bindUnix", "(IJI)I", (void*) vmci_socket_bindUnix },
    { "connectUnix", "(IJI)I", (void*) vmci_socket_connectUnix },
    { "listen", "(II)I", (void*) vmci_socket_listen },
    { "accept", "(IJI)I", (void*) vmci_socket_accept },
    { "vsockName", "(IZJ)I", (void*) vmci_socket_vsockName },
    { "unixName", "(IZJ)I", (void*) vmci_socket_unixName },
    { "recv", "(IJI)I", (void*) vmci_socket_recv },
    { "send", "(IJI)I", (void*) vmci_socket_send },
    { "sendv", "(IJI)J", (void*) vmci_socket_sendv },
    { "sendZeroCopy", "(IJI)I", (void*) vmci_socket_sendZeroCopy },
    { "zeroCopyCompletion", "(IJ)I", (void*) vmci_socket_zeroCopyCompletion },
    { "shutdown", "(II)I", (void*) vmci_socket_shutdown },
    { "soError", "(I)I", (void*) vmci_socket_soError },
    { "getOption", "(IIIJI)I", (void*) vmci_socket_getOption },
    { "setOption", "(IIIJI)I", (void*) vmci_socket_setOption },
    { "unlink", "(JI)I", (void*) vmci_socket_unlink },
    { "localCid", "()J", (void*) vmci_socket_localCid },
    { "sendfile", "(ILjava/lang/Object;Ljava/lang/Class;JJJ)J", (void*) vmci_socket_sendfile }
};
const jint vmci_socket_methods_count = (jint) (sizeof(vmci_socket_methods) / sizeof(vmci_socket_methods[0]));
