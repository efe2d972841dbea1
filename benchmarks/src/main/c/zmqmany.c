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
/* Many peers of libzmq. The program prints "ready PID", and then obeys the lines of its standard input, each with a line
 * as answer that begins with the order's first word. ManyPeer does the same with our sockets.
 *
 *   zmqmany pull ENDPOINT [curve]   accept COUNT      waits for messages; answer: accept COUNT NANOS, between the first
 *                                                     and the last
 *   zmqmany push ENDPOINT [curve]   connect COUNT     connects so many times, and sends one message over each
 *                                   close 0           closes all connections
 *   zmqmany pub ENDPOINT            publish MILLIS    messages of 100 bytes, with prefixes 0 to 9 in turn; answer:
 *                                                     publish COUNT NANOS
 *   zmqmany subs ENDPOINT COUNT     count MILLIS      COUNT SUB sockets, every tenth with the same prefix; answer: count
 *                                                     MESSAGES NANOS SOCKETS, the sockets that ever got a message
 *   zmqmany first FOLDER            first COUNT       messages, each the first of a new context; answer: first COUNT
 *                                                     NANOS, of all together
 */
#include "libzmq.h"

#include <unistd.h>

enum { SIZE = 100, BATCH = 256, DRAIN = 1000, MOST_CLIENTS = 10000 };

static void *context;
static void *only;
static const char *endpoint;
static int curve;

static void *open_socket(int type) {
    void *socket = zmq_socket(context, type);
    check(socket != NULL, "zmq_socket");
    set_int(socket, LINGER, 0);
    set_int(socket, BACKLOG, 4096);
    if (curve) {
        use_curve(socket, type == PULL);
    }
    return socket;
}

static void accept_messages(long count) {
    message received;
    zmq_msg_init(&received);
    int64_t begun = 0;
    for (long i = 0; i < count; i++) {
        check(zmq_msg_recv(&received, only, 0) >= 0, "zmq_msg_recv");
        begun = i == 0 ? now() : begun;
    }
    printf("accept %ld %lld\n", count, (long long)(now() - begun));
}

static void *clients[MOST_CLIENTS];
static int client_count;

/* Each time a socket of its own, so that the messages go over the new connections. */
static void connect_many(long count) {
    check(client_count < MOST_CLIENTS, "COUNT");
    void *socket = open_socket(PUSH);
    clients[client_count++] = socket;
    for (long i = 0; i < count; i++) {
        check(zmq_connect(socket, endpoint) == 0, endpoint);
    }
    for (long i = 0; i < count; i++) { /* in turn, one for each connection */
        check(zmq_send(socket, "x", 1, 0) == 1, "zmq_send");
    }
    printf("connect %ld\n", count);
}

static void close_many(long unused) {
    while (client_count > 0) {
        zmq_close(clients[--client_count]);
    }
    printf("close %ld\n", unused);
}

static void publish(long millis) {
    char payload[SIZE] = {0};
    int64_t begun = now(), end = begun + millis * INT64_C(1000000);
    long count = 0;
    while (now() < end) {
        for (int i = 0; i < BATCH; i++) {
            payload[0] = (char)('0' + count++ % 10);
            check(zmq_send(only, payload, SIZE, 0) == SIZE, "zmq_send");
        }
    }
    printf("publish %ld %lld\n", count, (long long)(now() - begun));
}

static long subscribers;
static poll_item *items;
static char *got;

static void open_subscribers(void) {
    items = calloc((size_t)subscribers, sizeof(*items));
    got = calloc((size_t)subscribers, 1);
    check(items != NULL && got != NULL, "calloc");
    for (long i = 0; i < subscribers; i++) {
        char prefix = (char)('0' + i % 10);
        items[i].socket = open_socket(SUB);
        items[i].events = POLLIN_EVENT;
        check(zmq_setsockopt(items[i].socket, SUBSCRIBE, &prefix, 1) == 0, "ZMQ_SUBSCRIBE");
        check(zmq_connect(items[i].socket, endpoint) == 0, endpoint);
    }
}

static void count_messages(long millis) {
    message received;
    zmq_msg_init(&received);
    int64_t begun = now(), end = begun + millis * INT64_C(1000000);
    long long messages = 0;
    while (now() < end) {
        check(zmq_poll(items, (int)subscribers, 10) >= 0, "zmq_poll");
        for (long i = 0; i < subscribers; i++) {
            if (items[i].revents & POLLIN_EVENT) {
                got[i] = 1;
                for (int n = 0; n < DRAIN && zmq_msg_recv(&received, items[i].socket, DONTWAIT) >= 0; n++) {
                    messages++;
                }
            }
        }
    }
    long sockets = 0;
    for (long i = 0; i < subscribers; i++) {
        sockets += got[i];
    }
    printf("count %lld %lld %ld\n", messages, (long long)(now() - begun), sockets);
}

static void send_first(long count) {
    char path[256];
    check(snprintf(path, sizeof(path), "ipc://%s/first", endpoint) < (int)sizeof(path), "FOLDER");
    int64_t begun = now();
    for (long i = 0; i < count; i++) {
        context = zmq_ctx_new();
        void *pull = open_socket(PULL), *push = open_socket(PUSH);
        check(zmq_bind(pull, path) == 0 && zmq_connect(push, path) == 0, path);
        message received;
        zmq_msg_init(&received);
        check(zmq_send(push, "x", 1, 0) == 1 && zmq_msg_recv(&received, pull, 0) == 1, "first message");
        zmq_close(push);
        zmq_close(pull);
        zmq_ctx_term(context);
    }
    printf("first %ld %lld\n", count, (long long)(now() - begun));
}

static void obey(const char *name, void (*order)(long)) {
    char line[64], format[32];
    printf("ready %d\n", getpid());
    fflush(stdout);
    snprintf(format, sizeof(format), "%s %%ld", name);
    while (fgets(line, sizeof(line), stdin)) {
        long number;
        if (sscanf(line, format, &number) == 1) {
            order(number);
        } else {
            check(order == connect_many && sscanf(line, "close %ld", &number) == 1, line);
            close_many(number);
        }
        fflush(stdout);
    }
    exit(0); /* sockets need not be closed, for nobody waits for what they have */
}

int main(int argc, char **argv) {
    check(argc == 3 || argc == 4, "usage: zmqmany KIND ENDPOINT [curve | COUNT]:");
    load_libzmq();
    context = zmq_ctx_new();
    check(zmq_ctx_set(context, MAX_SOCKETS, 20000) == 0, "ZMQ_MAX_SOCKETS");
    endpoint = argv[2];
    curve = argc == 4 && strcmp(argv[3], "curve") == 0;
    if (strcmp(argv[1], "pull") == 0) {
        only = open_socket(PULL);
        check(zmq_bind(only, endpoint) == 0, endpoint);
        obey("accept", accept_messages);
    } else if (strcmp(argv[1], "push") == 0) {
        obey("connect", connect_many);
    } else if (strcmp(argv[1], "pub") == 0) {
        only = open_socket(PUB);
        check(zmq_bind(only, endpoint) == 0, endpoint);
        obey("publish", publish);
    } else if (strcmp(argv[1], "subs") == 0 && argc == 4) {
        subscribers = strtol(argv[3], NULL, 10);
        open_subscribers();
        obey("count", count_messages);
    } else if (strcmp(argv[1], "first") == 0) {
        obey("first", send_first);
    }
    check(0, argv[1]);
}
