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
/* Messages one way over one ipc connection of libzmq, PUSH to PULL, each with a context (and so an I/O thread) of its
 * own, as if they were two processes. What ZmtpPeer is with our codec, and with the same language:
 *
 *   zmqpeer PATH
 *   "ready" on standard output; then for each line "stream SIZE MILLIS" of standard input a line "stream MESSAGES
 *   NANOS": what arrived, between the first message and the last.
 *
 * libzmq is loaded at run time, as building must not depend on its headers: the few functions used have been the same
 * since libzmq 3.2.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PULL = 7, PUSH = 8, SNDHWM = 23, RCVHWM = 24, MAX_SIZE = 1 << 20 };

typedef union { /* zmq_msg_t */
    unsigned char octets[64];
    void *align;
} message;

static void *(*zmq_ctx_new)(void);
static void *(*zmq_socket)(void *, int);
static int (*zmq_bind)(void *, const char *);
static int (*zmq_connect)(void *, const char *);
static int (*zmq_setsockopt)(void *, int, const void *, size_t);
static int (*zmq_send)(void *, const void *, size_t, int);
static int (*zmq_msg_init)(message *);
static int (*zmq_msg_recv)(message *, void *, int);
static size_t (*zmq_msg_size)(const message *);

static void *push;
static size_t size;
static int64_t duration;
static char payload[MAX_SIZE];

static void check(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "zmqpeer: %s failed\n", what);
        exit(1);
    }
}

static void load(void *function, void *library, const char *name) {
    void *symbol = dlsym(library, name);
    check(symbol != NULL, name);
    memcpy(function, &symbol, sizeof(symbol)); /* ISO C has no cast from object to function pointers */
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void *sender(void *unused) {
    int64_t begun = now();
    do {
        for (int i = 0; i < 256; i++) {
            check(zmq_send(push, payload, size, 0) == (int)size, "zmq_send");
        }
    } while (now() - begun < duration);
    check(zmq_send(push, payload, 0, 0) == 0, "zmq_send");
    return unused;
}

int main(int argc, char **argv) {
    check(argc == 2, "usage: zmqpeer PATH");
    void *library = dlopen("libzmq.so.5", RTLD_NOW);
    check(library != NULL, "dlopen(\"libzmq.so.5\") (Debian: libzmq5)");
    load(&zmq_ctx_new, library, "zmq_ctx_new");
    load(&zmq_socket, library, "zmq_socket");
    load(&zmq_bind, library, "zmq_bind");
    load(&zmq_connect, library, "zmq_connect");
    load(&zmq_setsockopt, library, "zmq_setsockopt");
    load(&zmq_send, library, "zmq_send");
    load(&zmq_msg_init, library, "zmq_msg_init");
    load(&zmq_msg_recv, library, "zmq_msg_recv");
    load(&zmq_msg_size, library, "zmq_msg_size");

    char endpoint[256];
    check(snprintf(endpoint, sizeof(endpoint), "ipc://%s", argv[1]) < (int)sizeof(endpoint), "PATH");
    void *pull = zmq_socket(zmq_ctx_new(), PULL);
    push = zmq_socket(zmq_ctx_new(), PUSH);
    int mark = 1000; /* the default; larger ones made it slower */
    zmq_setsockopt(pull, RCVHWM, &mark, sizeof(mark));
    zmq_setsockopt(push, SNDHWM, &mark, sizeof(mark));
    check(pull && push && zmq_bind(pull, endpoint) == 0 && zmq_connect(push, endpoint) == 0, endpoint);

    puts("ready 0");
    fflush(stdout);
    char line[64];
    long millis;
    message received;
    zmq_msg_init(&received);
    while (fgets(line, sizeof(line), stdin) && sscanf(line, "stream %zu %ld", &size, &millis) == 2) {
        check(size > 0 && size <= MAX_SIZE, "SIZE");
        duration = millis * INT64_C(1000000);
        alarm((unsigned)(millis / 1000) + 60); /* ends a process that hangs */
        pthread_t thread;
        check(pthread_create(&thread, NULL, sender, NULL) == 0, "pthread_create");
        int64_t messages = 0, begun = 0;
        for (;;) {
            check(zmq_msg_recv(&received, pull, 0) >= 0, "zmq_msg_recv");
            if (messages == 0) {
                begun = now();
            }
            if (zmq_msg_size(&received) == 0) {
                break;
            }
            messages++;
        }
        printf("stream %lld %lld\n", (long long)messages, (long long)(now() - begun));
        fflush(stdout);
        pthread_join(thread, NULL);
    }
    return 0;
}
