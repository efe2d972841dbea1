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
/* Does what libzmq's performance programs do, with the arguments and the output of libzmq's own:
 *
 *   zmqperf local_thr | remote_thr | local_lat | remote_lat ENDPOINT SIZE COUNT [curve]
 *   zmqperf samples_lat ENDPOINT SIZE COUNT [curve]      remote_lat that prints the nanoseconds of each round trip
 *   zmqperf inproc_thr SIZE COUNT                        two threads of one context
 */
#define _GNU_SOURCE
#include "libzmq.h"

#include <pthread.h>

static size_t size;
static long count;
static void *context;

static void receive(message *received, void *socket) {
    check(zmq_msg_recv(received, socket, 0) >= 0, "zmq_msg_recv");
    check(zmq_msg_size(received) == size, "SIZE of a message that came");
}

static void send_all(void *socket) {
    for (long i = 0; i < count; i++) {
        message outgoing;
        check(zmq_msg_init_size(&outgoing, size) == 0, "zmq_msg_init_size");
        check(zmq_msg_send(&outgoing, socket, 0) == (int)size, "zmq_msg_send");
    }
}

/* The first message starts the clock. */
static void measure_throughput(void *socket) {
    message received;
    zmq_msg_init(&received);
    receive(&received, socket);
    int64_t begun = now();
    for (long i = 1; i < count; i++) {
        receive(&received, socket);
    }
    double micros = (double)(now() - begun) / 1e3;
    printf("mean throughput: %ld [msg/s]\n", (long)((double)count / micros * 1e6));
}

static void answer_all(void *socket) {
    message received;
    zmq_msg_init(&received);
    for (long i = 0; i < count; i++) {
        receive(&received, socket);
        check(zmq_msg_send(&received, socket, 0) == (int)size, "zmq_msg_send");
    }
}

static void measure_latency(void *socket) {
    message passed;
    check(zmq_msg_init_size(&passed, size) == 0, "zmq_msg_init_size");
    int64_t begun = now();
    for (long i = 0; i < count; i++) {
        check(zmq_msg_send(&passed, socket, 0) == (int)size, "zmq_msg_send");
        receive(&passed, socket);
    }
    printf("average latency: %.3f [us]\n", (double)(now() - begun) / 1e3 / (double)(2 * count));
    zmq_msg_close(&passed);
}

static void sample_latency(void *socket) {
    message passed;
    check(zmq_msg_init_size(&passed, size) == 0, "zmq_msg_init_size");
    int64_t *nanos = malloc((size_t)count * sizeof(*nanos));
    check(nanos != NULL, "malloc");
    int64_t before = now();
    for (long i = 0; i < count; i++) {
        check(zmq_msg_send(&passed, socket, 0) == (int)size, "zmq_msg_send");
        receive(&passed, socket);
        int64_t after = now();
        nanos[i] = after - before;
        before = after;
    }
    zmq_msg_close(&passed);
    for (long i = 0; i < count; i++) {
        printf("sample %lld\n", (long long)nanos[i]);
    }
    free(nanos);
}

static void *inproc_sender(void *unused) {
    void *socket = zmq_socket(context, PUSH);
    check(zmq_connect(socket, "inproc://perf") == 0, "zmq_connect");
    send_all(socket);
    zmq_close(socket);
    return unused;
}

static void measure_inproc(void) {
    void *socket = zmq_socket(context, PULL);
    check(zmq_bind(socket, "inproc://perf") == 0, "zmq_bind");
    pthread_t thread;
    check(pthread_create(&thread, NULL, inproc_sender, NULL) == 0, "pthread_create");
    measure_throughput(socket);
    pthread_join(thread, NULL);
    zmq_close(socket);
}

int main(int argc, char **argv) {
    int curve = argc == 6 && strcmp(argv[5], "curve") == 0;
    argc -= curve;
    check(argc == 5 || (argc == 4 && strcmp(argv[1], "inproc_thr") == 0),
          "usage: zmqperf KIND [ENDPOINT] SIZE COUNT [curve]:");
    load_libzmq();
    size = strtoul(argv[argc - 2], NULL, 10);
    count = strtol(argv[argc - 1], NULL, 10);
    context = zmq_ctx_new();
    if (argc == 4) {
        measure_inproc();
        return zmq_ctx_term(context);
    }
    static const struct {
        const char *name;
        int type;
        int binds;
        void (*run)(void *);
    } kinds[] = {
        {"local_thr", PULL, 1, measure_throughput},
        {"remote_thr", PUSH, 0, send_all},
        {"local_lat", REP, 1, answer_all},
        {"remote_lat", REQ, 0, measure_latency},
        {"samples_lat", REQ, 0, sample_latency},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(argv[1], kinds[i].name) == 0) {
            void *socket = zmq_socket(context, kinds[i].type);
            if (curve) {
                use_curve(socket, kinds[i].binds);
            }
            check((kinds[i].binds ? zmq_bind : zmq_connect)(socket, argv[2]) == 0, argv[2]);
            kinds[i].run(socket);
            zmq_close(socket);
            return zmq_ctx_term(context);
        }
    }
    check(0, argv[1]);
}
