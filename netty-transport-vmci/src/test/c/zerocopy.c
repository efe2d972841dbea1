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
 * Measures what MSG_ZEROCOPY brings on AF_VSOCK: sends over CID 1 to a process that reads, with plain send(2) and with
 * MSG_ZEROCOPY, in turn, and prints what each took. A buffer is used again when the kernel has given it back.
 *
 *   zerocopy SIZE...    the octets of each send
 */
#include <errno.h>
#include <time.h>
/* after time.h, which it needs */
#include <linux/errqueue.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOL_VSOCK_ 287
#define OCTETS (512L << 20)
#define WINDOW (8UL << 20)

static void must(int ok, const char *call) {
    if (!ok) {
        perror(call);
        exit(2);
    }
}

static double now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Takes completions; returns how many sends they are for, and counts those that the kernel copied after all. */
static long completions(int fd, long *copied) {
    long done = 0;
    for (;;) {
        char control[128];
        struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
            return done;
        }
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        struct sock_extended_err error;
        if (c && c->cmsg_level == SOL_VSOCK_) {
            memcpy(&error, CMSG_DATA(c), sizeof error);
            long n = error.ee_data - error.ee_info + 1L;
            done += n;
            *copied += error.ee_code & SO_EE_CODE_ZEROCOPY_COPIED ? n : 0;
        }
    }
}

static int connection(int *reader) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = VMADDR_PORT_ANY};
    socklen_t length = sizeof address;
    uint64_t window = WINDOW;
    int listener = socket(AF_VSOCK, SOCK_STREAM, 0), fd = socket(AF_VSOCK, SOCK_STREAM, 0), on = 1;
    must(listener >= 0 && fd >= 0, "socket");
    for (int i = 0; i < 2; i++) {
        int of = i ? fd : listener;
        must(!setsockopt(of, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MAX_SIZE, &window, sizeof window), "BUFFER_MAX_SIZE");
        must(!setsockopt(of, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &window, sizeof window), "BUFFER_SIZE");
    }
    must(!setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on), "SO_ZEROCOPY (kernel 6.7 and later)");
    must(!bind(listener, (struct sockaddr *) &address, sizeof address) && !listen(listener, 1), "listen");
    must(!getsockname(listener, (struct sockaddr *) &address, &length), "getsockname");
    must(!connect(fd, (struct sockaddr *) &address, sizeof address), "connect");
    *reader = accept(listener, NULL, NULL);
    must(*reader >= 0, "accept");
    close(listener);
    return fd;
}

static void run(size_t size, int flag) {
    int reader, fd = connection(&reader);
    size_t buffers = WINDOW / size + 1;
    char *memory = mmap(NULL, buffers * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    must(memory != MAP_FAILED, "mmap");
    pid_t child = fork();
    if (child == 0) {
        close(fd);
        static char in[256 << 10];
        while (recv(reader, in, sizeof in, 0) > 0) {
        }
        _exit(0);
    }
    close(reader);
    long sends = OCTETS / size, sent = 0, done = 0, copied = 0;
    double start = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    while (done < sends) {
        while (sent < sends && sent - done < (long) buffers) {
            char *buffer = memory + sent % buffers * size;
            memset(buffer, (int) sent, 64); /* somebody fills a header */
            for (size_t at = 0; at < size;) {
                ssize_t n = send(fd, buffer + at, size - at, flag | MSG_NOSIGNAL);
                must(n > 0, "send");
                at += n;
                done -= at < size && flag; /* each call has a completion */
            }
            sent++;
            if (!flag) {
                done++;
            } else {
                done += completions(fd, &copied);
            }
        }
        if (flag && done < sends) {
            struct pollfd p = {fd, 0, 0};
            must(poll(&p, 1, 20000) == 1, "poll");
            done += completions(fd, &copied);
        }
    }
    shutdown(fd, SHUT_WR);
    waitpid(child, NULL, 0);
    double seconds = now(CLOCK_MONOTONIC) - start;
    printf("%7zu octets, %-13s %6.0f MB/s, %5.2f s of the sender's processor, %ld of %ld copied\n", size,
        flag ? "MSG_ZEROCOPY:" : "plain:", OCTETS / seconds / 1e6, now(CLOCK_PROCESS_CPUTIME_ID) - cpu, copied, sends);
    fflush(stdout);
    close(fd);
    munmap(memory, buffers * size);
}

int main(int argc, char **argv) {
    for (int round = 0; round < 3; round++) {
        for (int i = 1; i < argc; i++) {
            run(strtoul(argv[i], NULL, 10), 0);
            run(strtoul(argv[i], NULL, 10), MSG_ZEROCOPY);
        }
    }
    return 0;
}
