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
 * Does what Peer.java does, without Netty: epoll_wait, recv, send, in the same pattern (64 KiB reads, at most 16 in a
 * row and none after a short one; writes gathered up to Netty's high-water mark of 64 KiB), so that the difference is
 * Netty's. The protocol on the socket, on standard input and on standard output is described in Peer.java.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <linux/vm_sockets.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_MESSAGE = 1 << 20,
    READ_SIZE = 64 << 10,
    READS_IN_A_ROW = 16,
    HIGH_WATER_MARK = 64 << 10,
    ENTRY_OVERHEAD = 96, /* what ChannelOutboundBuffer adds to a message's size when it counts */
    MAX_GATHERED = 1024,
    MAX_SAMPLES = 1 << 20
};

static char payload[MAX_MESSAGE];
static char echo[2 * MAX_MESSAGE];
static int64_t samples[MAX_SAMPLES];
static int epfd;

static void fail(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("peer: ", stderr);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, ": %s\n", strerror(errno));
    va_end(arguments);
    exit(1);
}

static int64_t now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void control(int operation, int fd, uint32_t interest) {
    struct epoll_event event = { .events = interest, .data.fd = fd };
    if (epoll_ctl(epfd, operation, fd, &event) < 0) {
        fail("epoll_ctl");
    }
}

static uint32_t await(void) {
    struct epoll_event event;
    int ready;
    do {
        ready = epoll_wait(epfd, &event, 1, -1);
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) {
        fail("epoll_wait");
    }
    return event.events;
}

/* Returns how many octets were sent, fewer than length if the socket is full. */
static size_t send_some(int fd, const char* data, size_t length) {
    size_t sent = 0;
    while (sent < length) {
        ssize_t result = send(fd, data + sent, length - sent, MSG_NOSIGNAL);
        if (result < 0) {
            if (errno == EAGAIN) {
                break;
            }
            fail("send");
        }
        sent += (size_t) result;
    }
    return sent;
}

/* Reads once; returns 0 at the end of the stream, -1 if there is nothing to read. */
static ssize_t receive(int fd, char* into, size_t room) {
    ssize_t result = recv(fd, into, room, 0);
    if (result < 0 && errno != EAGAIN) {
        fail("recv");
    }
    return result;
}

static void serve_echo(int fd) {
    size_t start = 0;
    size_t end = 0;
    bool armed = false;
    bool ended = false;
    while (!ended) {
        uint32_t events = await();
        if (events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) {
            for (int i = 0; i < READS_IN_A_ROW; i++) {
                size_t room = sizeof(echo) - end < READ_SIZE ? sizeof(echo) - end : READ_SIZE;
                if (room == 0) {
                    break;
                }
                ssize_t result = receive(fd, echo + end, room);
                if (result == 0) {
                    ended = true;
                }
                if (result <= 0) {
                    break;
                }
                end += (size_t) result;
                if ((size_t) result < room) {
                    break;
                }
            }
        }
        start += send_some(fd, echo + start, end - start);
        if (start == end) {
            start = end = 0;
        }
        if (armed != (start < end)) {
            armed = !armed;
            control(EPOLL_CTL_MOD, fd, armed ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
    }
}

static void serve_sink(int fd) {
    uint64_t total = 0;
    for (;;) {
        await();
        for (int i = 0; i < READS_IN_A_ROW; i++) {
            ssize_t result = receive(fd, echo, READ_SIZE);
            if (result == 0) {
                return;
            }
            if (result < 0) {
                break;
            }
            total += (uint64_t) result;
            if (echo[result - 1] == 'E') {
                uint64_t answer = htobe64(total);
                if (send_some(fd, (char*) &answer, sizeof(answer)) != sizeof(answer)) {
                    fail("answer");
                }
            }
            if (result < READ_SIZE) {
                break;
            }
        }
    }
}

union address {
    struct sockaddr any;
    struct sockaddr_un un;
    struct sockaddr_vm vm;
};

/* Sets an address from a path, or from vsock:PORT, which is a port of the loopback; returns its length. A vsock leads to
 * the real host where a virtual machine has no loopback, and so is allowed only where script/vm has set the variable. */
static socklen_t set_address(union address* address, const char* path) {
    unsigned port;
    memset(address, 0, sizeof(*address));
    if (sscanf(path, "vsock:%u", &port) == 1) {
        if (getenv("VMCI_TEST_VM") == NULL) {
            errno = EPERM;
            fail("%s: not in the test VM", path);
        }
        address->vm = (struct sockaddr_vm) { .svm_family = AF_VSOCK, .svm_port = port, .svm_cid = VMADDR_CID_LOCAL };
        return sizeof(address->vm);
    }
    address->un.sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address->un.sun_path)) {
        errno = ENAMETOOLONG;
        fail("%s", path);
    }
    strcpy(address->un.sun_path, path);
    return sizeof(address->un);
}

static void ready(void) {
    printf("ready %d\n", getpid());
    fflush(stdout);
}

static void run_server(const char* path) {
    union address address;
    socklen_t length = set_address(&address, path);
    int listener = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, &address.any, length) < 0 || listen(listener, 16) < 0) {
        fail("%s", path);
    }
    control(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
    ready();
    for (;;) {
        control(EPOLL_CTL_ADD, listener, EPOLLIN);
        await();
        control(EPOLL_CTL_DEL, listener, 0);
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EAGAIN) {
                return; /* it is not the listener, so it is standard input, whose end ends this process */
            }
            fail("accept4");
        }
        control(EPOLL_CTL_DEL, STDIN_FILENO, 0);
        control(EPOLL_CTL_ADD, fd, EPOLLIN);
        char mode = 0;
        await();
        if (receive(fd, &mode, 1) == 1) {
            if (mode == 'P') {
                serve_echo(fd);
            } else {
                serve_sink(fd);
            }
        }
        close(fd);
        control(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
    }
}

static int by_value(const void* a, const void* b) {
    int64_t x = *(const int64_t*) a;
    int64_t y = *(const int64_t*) b;
    return (x > y) - (x < y);
}

static void round_trip(int fd, size_t size) {
    size_t sent = send_some(fd, payload, size);
    bool armed = sent < size;
    if (armed) {
        control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT);
    }
    size_t received = 0;
    while (received < size) {
        uint32_t events = await();
        if (events & EPOLLOUT) {
            sent += send_some(fd, payload + sent, size - sent);
            if (armed && sent == size) {
                armed = false;
                control(EPOLL_CTL_MOD, fd, EPOLLIN);
            }
        }
        if (events & (EPOLLIN | EPOLLHUP)) {
            for (int i = 0; i < READS_IN_A_ROW; i++) {
                ssize_t result = receive(fd, echo, READ_SIZE);
                if (result == 0) {
                    errno = ECONNRESET;
                    fail("ping");
                }
                received += result < 0 ? 0 : (size_t) result;
                if (result < READ_SIZE) {
                    break;
                }
            }
        }
    }
}

static void ping(int fd, size_t size, int64_t nanos, int64_t count) {
    send_some(fd, "P", 1);
    int64_t begun = now_nanos();
    int64_t before = begun;
    int64_t n = 0;
    while (n < count && before - begun < nanos) {
        round_trip(fd, size);
        int64_t after = now_nanos();
        samples[n++ % MAX_SAMPLES] = after - before;
        before = after;
    }
    size_t kept = (size_t) (n < MAX_SAMPLES ? n : MAX_SAMPLES);
    qsort(samples, kept, sizeof(samples[0]), by_value);
    printf("ping %" PRId64 " %" PRId64 " %" PRId64 "\n", n, samples[kept / 2], samples[kept * 99 / 100]);
}

/* Sends what is left of a batch of messages; all have the same content. */
static size_t send_gathered(int fd, size_t size, size_t left) {
    struct iovec iov[MAX_GATHERED];
    size_t count = 0;
    size_t first = left % size;
    if (first > 0) {
        iov[count++] = (struct iovec) { payload, first };
    }
    for (size_t rest = left - first; rest > 0 && count < MAX_GATHERED; rest -= size) {
        iov[count++] = (struct iovec) { payload, size };
    }
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = count };
    ssize_t result = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (result < 0) {
        if (errno != EAGAIN) {
            fail("sendmsg");
        }
        control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT);
        await();
        control(EPOLL_CTL_MOD, fd, EPOLLIN);
        result = 0;
    }
    return left - (size_t) result;
}

static void stream(int fd, size_t size, int64_t nanos) {
    send_some(fd, "S", 1);
    size_t batch = (HIGH_WATER_MARK / (size + ENTRY_OVERHEAD) + 1) * size;
    int64_t begun = now_nanos();
    while (now_nanos() - begun < nanos) {
        for (size_t left = batch; left > 0;) {
            left = send_gathered(fd, size, left);
        }
    }
    while (send_some(fd, "E", 1) == 0) {
        control(EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLOUT);
        await();
        control(EPOLL_CTL_MOD, fd, EPOLLIN);
    }
    uint64_t answer = 0;
    do {
        await();
    } while (receive(fd, (char*) &answer, sizeof(answer)) < 0);
    printf("stream %" PRIu64 " %" PRId64 "\n", be64toh(answer), now_nanos() - begun);
}

/* A connect over AF_VSOCK takes a moment. */
static void await_connected(int fd) {
    int error = 0;
    socklen_t length = sizeof(error);
    control(EPOLL_CTL_ADD, fd, EPOLLOUT);
    await();
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0 || error != 0) {
        errno = error;
        fail("connect");
    }
    control(EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void run_client(const char* path) {
    union address address;
    socklen_t length = set_address(&address, path);
    char line[128];
    ready();
    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t size = 0;
        int64_t millis = 0;
        int64_t count = 0;
        bool pinging = sscanf(line, "ping %zu %" SCNd64 " %" SCNd64, &size, &millis, &count) == 3;
        if ((!pinging && sscanf(line, "stream %zu %" SCNd64, &size, &millis) != 2) || size < 1 || size > MAX_MESSAGE) {
            errno = EINVAL;
            fail("%s", line);
        }
        int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd < 0 || (connect(fd, &address.any, length) < 0 && errno != EINPROGRESS)) {
            fail("%s", path);
        }
        await_connected(fd);
        if (pinging) {
            ping(fd, size, millis * 1000000, count);
        } else {
            stream(fd, size, millis * 1000000);
        }
        close(fd);
        fflush(stdout);
    }
}

int main(int argc, char** argv) {
    epfd = epoll_create1(0);
    if (epfd < 0) {
        fail("epoll_create1");
    }
    if (argc == 3 && strcmp(argv[1], "server") == 0) {
        run_server(argv[2]);
    } else if (argc == 3 && strcmp(argv[1], "client") == 0) {
        run_client(argv[2]);
    } else {
        fputs("usage: peer server|client PATH|vsock:PORT\n", stderr);
        return 2;
    }
    return 0;
}
