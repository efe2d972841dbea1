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

enum { PAIR = 0, PUB = 1, SUB = 2, REQ = 3, REP = 4, PULL = 7, PUSH = 8 };
enum {
    SUBSCRIBE = 6,
    LINGER = 17,
    BACKLOG = 19,
    SNDHWM = 23,
    RCVHWM = 24,
    CURVE_SERVER = 47,
    CURVE_PUBLICKEY = 48,
    CURVE_SECRETKEY = 49,
    CURVE_SERVERKEY = 50
};
enum { MAX_SOCKETS = 2, DONTWAIT = 1, POLLIN_EVENT = 1 };

typedef union { /* zmq_msg_t */
    unsigned char octets[64];
    void *align;
} message;

typedef struct { /* zmq_pollitem_t */
    void *socket;
    int fd;
    short events;
    short revents;
} poll_item;

static void *(*zmq_ctx_new)(void);
static int (*zmq_ctx_set)(void *, int, int);
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
static int (*zmq_poll)(poll_item *, int, long);

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
    load_one(&zmq_ctx_set, library, "zmq_ctx_set");
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
    load_one(&zmq_poll, library, "zmq_poll");
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* The key pair of CURVE that both ends use; CurveKeys.java has the same. */
#define PUBLIC_KEY "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define SECRET_KEY "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

__attribute__((unused)) static void set_int(void *socket, int option, int value) {
    check(zmq_setsockopt(socket, option, &value, sizeof(value)) == 0, "zmq_setsockopt");
}

/* Makes a socket a server of CURVE, or a client. */
__attribute__((unused)) static void use_curve(void *socket, int server) {
    if (server) {
        set_int(socket, CURVE_SERVER, 1);
    } else {
        check(zmq_setsockopt(socket, CURVE_SERVERKEY, PUBLIC_KEY, 41) == 0, "ZMQ_CURVE_SERVERKEY");
    }
    check(zmq_setsockopt(socket, CURVE_PUBLICKEY, PUBLIC_KEY, 41) == 0, "ZMQ_CURVE_PUBLICKEY");
    check(zmq_setsockopt(socket, CURVE_SECRETKEY, SECRET_KEY, 41) == 0, "ZMQ_CURVE_SECRETKEY");
}

#endif
