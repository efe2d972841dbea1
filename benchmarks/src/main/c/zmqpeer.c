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
/* Sends messages one way over one ipc connection of libzmq, PUSH to PULL, each with a context (and so an I/O thread) of
 * its own, as if they were two processes. ZmtpPeer does the same with our codec, and understands the same commands:
 *
 *   zmqpeer PATH
 *   "ready" on standard output; then for each line "stream SIZE MILLIS" of standard input a line "stream MESSAGES
 *   NANOS": what arrived, between the first message and the last.
 */
#define _GNU_SOURCE
#include "libzmq.h"

#include <pthread.h>
#include <unistd.h>

enum { MAX_SIZE = 1 << 20 };

static void *push;
static size_t size;
static int64_t duration;
static char payload[MAX_SIZE];

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
    load_libzmq();

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
