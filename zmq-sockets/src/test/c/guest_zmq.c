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
 * A peer by libzmq, for HostAndGuestTest's guest, to which guest.c lends a console and a way to AF_VSOCK: Debian's libzmq
 * has no vmci://, so that it talks ipc:// to the relay there.
 *
 *   TYPE bind|connect ENDPOINT COUNT SIZE [OPTION...]
 *
 * TYPE: req, dealer, rep, router, push, pub, pull or sub. The first two ask COUNT times, rep and router answer with what
 * they got, the others send or receive COUNT messages; all check the octets, which are those of guest.c. Options:
 * text=TEXT to send this instead, and tell what comes; plain=USER,PASSWORD; curve=SERVER,PUBLIC,SECRET the server's key and
 * the own two; server=SECRET to be CURVE's server.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static const char *job;

static void say(const char *format, ...) {
    char line[512];
    int n = snprintf(line, sizeof line, "%s: ", job);
    va_list args;
    va_start(args, format);
    vsnprintf(line + n, sizeof line - n - 1, format, args);
    va_end(args);
    strcat(line, "\n");
    if (write(1, line, strlen(line)) < 0) {
        _exit(9);
    }
}

static void must(int ok, const char *what) {
    if (!ok) {
        say("failed %s errno %d %s", what, zmq_errno(), zmq_strerror(zmq_errno()));
        _exit(1);
    }
}

static void *context;

static void *open_socket(const char *type) {
    static const struct {
        const char *name;
        int type;
    } types[] = {{"req", ZMQ_REQ}, {"rep", ZMQ_REP}, {"dealer", ZMQ_DEALER}, {"router", ZMQ_ROUTER}, {"push", ZMQ_PUSH},
        {"pull", ZMQ_PULL}, {"pub", ZMQ_XPUB}, {"sub", ZMQ_SUB}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!strcmp(types[i].name, type)) {
            context = zmq_ctx_new();
            void *socket = zmq_socket(context, types[i].type);
            must(socket != NULL, "socket");
            return socket;
        }
    }
    say("failed type %s", type);
    _exit(1);
}

static char *body;
static size_t size;

static void fill(uint64_t number) {
    memset(body, 'a' + number % 26, size);
    memcpy(body, &number, size < 8 ? size : 8);
}

/* Receives one part; returns whether more follow. */
static int receive(void *socket, zmq_msg_t *part) {
    zmq_msg_init(part);
    must(zmq_msg_recv(part, socket, 0) >= 0, "recv");
    return zmq_msg_more(part);
}

static void check(void *socket, uint64_t number, const char *text) {
    zmq_msg_t part;
    receive(socket, &part);
    if (text) {
        say("got %.*s", (int) zmq_msg_size(&part), (char *) zmq_msg_data(&part));
    } else {
        fill(number);
        if (zmq_msg_size(&part) != size || memcmp(zmq_msg_data(&part), body, size)) {
            say("failed message %llu of %zu", (unsigned long long) number, zmq_msg_size(&part));
            _exit(1);
        }
    }
    zmq_msg_close(&part);
}

static void echo(void *socket) {
    zmq_msg_t part;
    int more;
    do {
        more = receive(socket, &part);
        must(zmq_msg_send(&part, socket, more ? ZMQ_SNDMORE : 0) >= 0, "send");
    } while (more);
}

int main(int argc, char **argv) {
    job = argv[0];
    if (argc < 6) {
        say("failed: arguments missing");
        return 1;
    }
    const char *type = argv[1], *text = NULL;
    void *socket = open_socket(type);
    uint64_t count = strtoull(argv[4], NULL, 10);
    size = strtoul(argv[5], NULL, 10);
    body = malloc(size + 1);
    for (int i = 6; i < argc; i++) {
        char *name = strtok(argv[i], "="), *values[3] = {NULL};
        if (!strcmp(name, "text")) {
            text = strtok(NULL, "");
        } else if (!strcmp(name, "server")) {
            int on = 1;
            must(!zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &on, sizeof on), "CURVE_SERVER");
            must(!zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, argv[i] + 7, 40), "CURVE_SECRETKEY");
        } else if (!strcmp(name, "plain")) {
            values[0] = strtok(NULL, ",");
            values[1] = strtok(NULL, "");
            must(!zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, values[0], strlen(values[0])), "PLAIN_USERNAME");
            must(!zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, values[1], strlen(values[1])), "PLAIN_PASSWORD");
        } else if (!strcmp(name, "curve")) { /* Z85 has no comma, but '=' and much else */
            char *keys = argv[i] + 6;
            must(!zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys, 40), "CURVE_SERVERKEY");
            must(!zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys + 41, 40), "CURVE_PUBLICKEY");
            must(!zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys + 82, 40), "CURVE_SECRETKEY");
        }
    }
    if (!strcmp(type, "sub")) {
        must(!zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0), "SUBSCRIBE");
    }
    int bind = !strcmp(argv[2], "bind");
    must(!(bind ? zmq_bind : zmq_connect)(socket, argv[3]), argv[2]);
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    say("libzmq %d.%d.%d %s", major, minor, patch, bind ? "listening" : "connecting");
    if (!strcmp(type, "pub")) {
        zmq_msg_t subscription;
        receive(socket, &subscription);
        say("subscription");
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!strcmp(type, "rep") || !strcmp(type, "router")) {
            echo(socket);
            continue;
        }
        if (strcmp(type, "pull") && strcmp(type, "sub")) {
            fill(i);
            must(zmq_send(socket, text ? text : body, text ? strlen(text) : size, 0) >= 0, "send");
        }
        if (strcmp(type, "push") && strcmp(type, "pub")) {
            check(socket, i, text);
        }
    }
    say("done %llu", (unsigned long long) count);
    zmq_close(socket);
    zmq_ctx_term(context); /* waits until everything is written */
    return 0;
}
