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
/* Many bare connections that speak as much of ZMTP 3.0 as a PUSH under NULL has to, so that nearly all of the work is the
 * server's.
 *
 *   peers PATH      prints "ready PID", and then obeys the lines of its standard input, each with a line as answer:
 *   connect COUNT   makes so many connections more, and sends one message over each
 *   bare COUNT      makes so many connections more, over which nothing goes
 *   send COUNT      sends so many messages of one byte, over the connections in turn
 *   close 0         closes all of them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 100000, AT_A_TIME = 64, GREETING = 64 };

/* The greeting of ZMTP 3.0, 64 octets of which most are 0, and the command READY. */
static char greeting[GREETING + 2 + 26];
static const char message[] = {0, 1, 'x'};

static int connections[MOST];
static long connected;
static long next;

static void check(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "peers: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

static void send_all(int fd, const char *data, size_t length) {
    check(send(fd, data, length, MSG_NOSIGNAL) == (ssize_t)length, "send");
}

static void connect_one(const struct sockaddr_un *address) {
    check(connected < MOST, "COUNT");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0, "socket");
    check(connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0, address->sun_path);
    connections[connected++] = fd;
}

/* Waits for the READY of the server, before which libzmq takes no message, and sends one. */
static void finish_one(int fd) {
    unsigned char answer[512];
    size_t length = 0;
    while (length < GREETING + 2 || length < GREETING + 2u + answer[GREETING + 1]) {
        ssize_t result = recv(fd, answer + length, sizeof(answer) - length, 0);
        check(result > 0, "recv");
        length += (size_t)result;
    }
    send_all(fd, message, sizeof(message));
}

static void connect_many(const struct sockaddr_un *address, long count) {
    for (long left = count; left > 0;) {
        long batch = left < AT_A_TIME ? left : AT_A_TIME; /* within the server's backlog */
        long first = connected;
        for (long i = 0; i < batch; i++) {
            connect_one(address);
            send_all(connections[connected - 1], greeting, sizeof(greeting));
        }
        for (long i = first; i < connected; i++) {
            finish_one(connections[i]);
        }
        left -= batch;
    }
}

int main(int argc, char **argv) {
    memcpy(greeting, "\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
    memcpy(greeting + GREETING, "\4\x1a\5READY\xbSocket-Type\0\0\0\4PUSH", 2 + 26);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    check(argc == 2 && strlen(argv[1]) < sizeof(address.sun_path), "usage: peers PATH");
    strcpy(address.sun_path, argv[1]);
    printf("ready %d\n", getpid());
    fflush(stdout);
    char line[64];
    while (fgets(line, sizeof(line), stdin)) {
        long count;
        if (sscanf(line, "connect %ld", &count) == 1) {
            connect_many(&address, count);
        } else if (sscanf(line, "bare %ld", &count) == 1) {
            for (long i = 0; i < count; i++) {
                connect_one(&address); /* waits while the backlog is full */
            }
        } else if (sscanf(line, "send %ld", &count) == 1 && connected > 0) {
            for (long i = 0; i < count; i++) {
                send_all(connections[next++ % connected], message, sizeof(message));
            }
        } else {
            check(sscanf(line, "close %ld", &count) == 1, line);
            while (connected > 0) {
                close(connections[--connected]);
            }
        }
        printf("%.*s %ld\n", (int)strcspn(line, " "), line, count);
        fflush(stdout);
    }
    return 0;
}
