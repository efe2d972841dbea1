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
/* libzmq, loaded at run time: building must not depend on its headers. The few functions used have been the same since
 * libzmq 3.2. */
#ifndef LIBZMQ_H
#define LIBZMQ_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIR = 0, REQ = 3, REP = 4, PULL = 7, PUSH = 8, SNDHWM = 23, RCVHWM = 24 };

typedef union { /* zmq_msg_t */
    unsigned char octets[64];
    void *align;
} message;

static void *(*zmq_ctx_new)(void);
static int (*zmq_ctx_term)(void *);
static void *(*zmq_socket)(void *, int);
static int (*zmq_close)(void *);
static int (*zmq_bind)(void *, const char *);
static int (*zmq_connect)(void *, const char *);
static int (*zmq_setsockopt)(void *, int, const void *, size_t);
static int (*zmq_send)(void *, const void *, size_t, int);
static int (*zmq_msg_init)(message *);
static int (*zmq_msg_init_size)(message *, size_t);
static int (*zmq_msg_send)(message *, void *, int);
static int (*zmq_msg_recv)(message *, void *, int);
static size_t (*zmq_msg_size)(const message *);
static int (*zmq_msg_close)(message *);

static void check(int good, const char *what) {
    if (!good) {
        fprintf(stderr, "%s failed\n", what);
        exit(1);
    }
}

static void load_one(void *function, void *library, const char *name) {
    void *symbol = dlsym(library, name);
    check(symbol != NULL, name);
    memcpy(function, &symbol, sizeof(symbol)); /* ISO C has no cast from object to function pointers */
}

static void load_libzmq(void) {
    void *library = dlopen("libzmq.so.5", RTLD_NOW);
    check(library != NULL, "dlopen(\"libzmq.so.5\") (Debian: libzmq5)");
    load_one(&zmq_ctx_new, library, "zmq_ctx_new");
    load_one(&zmq_ctx_term, library, "zmq_ctx_term");
    load_one(&zmq_socket, library, "zmq_socket");
    load_one(&zmq_close, library, "zmq_close");
    load_one(&zmq_bind, library, "zmq_bind");
    load_one(&zmq_connect, library, "zmq_connect");
    load_one(&zmq_setsockopt, library, "zmq_setsockopt");
    load_one(&zmq_send, library, "zmq_send");
    load_one(&zmq_msg_init, library, "zmq_msg_init");
    load_one(&zmq_msg_init_size, library, "zmq_msg_init_size");
    load_one(&zmq_msg_send, library, "zmq_msg_send");
    load_one(&zmq_msg_recv, library, "zmq_msg_recv");
    load_one(&zmq_msg_size, library, "zmq_msg_size");
    load_one(&zmq_msg_close, library, "zmq_msg_close");
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

#endif
