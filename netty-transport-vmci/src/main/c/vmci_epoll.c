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
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmci_native.h"

/*
 * epoll_pwait2 is called by number, never by symbol: glibc has the symbol from 2.35 on, and a reference to it would tie
 * the library to that version. The number is the same on every architecture.
 */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

#define NANOS_PER_SECOND 1000000000LL
#define NANOS_PER_MILLI 1000000LL

static int64_t now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NANOS_PER_SECOND + now.tv_nsec;
}

static int wait_nanos(int epfd, struct epoll_event* events, int max, int64_t nanos, int use_pwait2) {
    if (nanos <= 0) {
        return epoll_wait(epfd, events, max, nanos < 0 ? -1 : 0);
    }
    if (use_pwait2) {
        struct timespec timeout = { (time_t) (nanos / NANOS_PER_SECOND), (long) (nanos % NANOS_PER_SECOND) };
        return (int) syscall(SYS_epoll_pwait2, epfd, events, max, &timeout, NULL, 0);
    }
    /* The time is rounded up, so that a wait never ends early: a timer would spin on the remainder. */
    int64_t millis = nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI != 0);
    return epoll_wait(epfd, events, max, millis > INT_MAX ? INT_MAX : (int) millis);
}

/* JNI Registered Methods Begin */
static jint vmci_epoll_create(JNIEnv* env, jclass clazz) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static jint vmci_epoll_eventFd(JNIEnv* env, jclass clazz) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

static jint vmci_epoll_eventFdWrite(JNIEnv* env, jclass clazz, jint fd) {
    for (;;) {
        if (eventfd_write(fd, 1) == 0) {
            return 0;
        }
        if (errno == EAGAIN) {
            /* The counter is full, since the loop takes the edge only and nobody reads it: empty it and try again. */
            eventfd_t ignored;
            if (eventfd_read(fd, &ignored) == 0 || errno == EAGAIN) {
                continue;
            }
        }
        if (errno != EINTR) {
            return -errno;
        }
    }
}

static jint vmci_epoll_ctl(JNIEnv* env, jclass clazz, jint epfd, jint op, jint fd, jint events, jlong data) {
    struct epoll_event event;
    event.events = (uint32_t) events;
    event.data.u64 = (uint64_t) data;
    return epoll_ctl(epfd, op, fd, &event) < 0 ? -errno : 0;
}

static jint vmci_epoll_wait(JNIEnv* env, jclass clazz, jint epfd, jlong events, jint max, jlong nanos,
        jboolean use_pwait2) {
    int64_t deadline = 0;
    if (nanos > 0) {
        int64_t now = now_nanos();
        deadline = nanos > INT64_MAX - now ? INT64_MAX : now + nanos;
    }
    int64_t remaining = nanos;
    for (;;) {
        int ready = wait_nanos(epfd, VMCI_POINTER(events), max, remaining, use_pwait2);
        if (ready >= 0) {
            return ready;
        }
        if (errno != EINTR) {
            return -errno;
        }
        if (nanos > 0) {
            remaining = deadline - now_nanos();
            if (remaining <= 0) {
                return 0;
            }
        }
    }
}

static jint vmci_epoll_probePwait2(JNIEnv* env, jclass clazz) {
    /* Only a real call tells: the kernel may answer ENOSYS, a container's filter EPERM. EBADF means that it works. */
    struct timespec timeout = { 0, 0 };
    struct epoll_event event;
    long result = syscall(SYS_epoll_pwait2, -1, &event, 1, &timeout, NULL, 0);
    return result < 0 && errno != EBADF ? -errno : 0;
}

static jint vmci_epoll_eventSize(JNIEnv* env, jclass clazz) {
    return (jint) sizeof(struct epoll_event);
}

static jint vmci_epoll_eventDataOffset(JNIEnv* env, jclass clazz) {
    return (jint) offsetof(struct epoll_event, data);
}
/* JNI Registered Methods End */

const JNINativeMethod vmci_epoll_methods[] = {
    { "epollCreate", "()I", (void*) vmci_epoll_create },
    { "eventFd", "()I", (void*) vmci_epoll_eventFd },
    { "eventFdWrite", "(I)I", (void*) vmci_epoll_eventFdWrite },
    { "epollCtl", "(IIIIJ)I", (void*) vmci_epoll_ctl },
    { "epollWait", "(IJIJZ)I", (void*) vmci_epoll_wait },
    { "probePwait2", "()I", (void*) vmci_epoll_probePwait2 },
    { "epollEventSize", "()I", (void*) vmci_epoll_eventSize },
    { "epollEventDataOffset", "()I", (void*) vmci_epoll_eventDataOffset }
};
const jint vmci_epoll_methods_count = (jint) (sizeof(vmci_epoll_methods) / sizeof(vmci_epoll_methods[0]));
