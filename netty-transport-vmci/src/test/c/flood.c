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
 * Writes small packets to a peer that does not read, over AF_VSOCK to CID 1, until the kernel takes no more; then the peer
 * reads. Tells how much was written and how much came, with the errors of both ends.
 *
 *   flood SIZE...    the octets of each write, one connection for each SIZE
 *
 * Exit status: 0 everything that was written came; 1 something was lost; 2 the connection could not be made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char octets[1 << 16];

static void must(int ok, const char *call) {
    if (!ok) {
        perror(call);
        exit(2);
    }
}

/* Returns whether everything came. */
static int flood(size_t size) {
    struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_LOCAL, .svm_port = VMADDR_PORT_ANY};
    socklen_t length = sizeof address;
    int listener = socket(AF_VSOCK, SOCK_STREAM, 0), sender = socket(AF_VSOCK, SOCK_STREAM, 0);
    must(listener >= 0 && sender >= 0, "socket");
    must(bind(listener, (struct sockaddr *) &address, sizeof address) == 0, "bind");
    must(listen(listener, 1) == 0, "listen");
    must(getsockname(listener, (struct sockaddr *) &address, &length) == 0, "getsockname");
    must(connect(sender, (struct sockaddr *) &address, sizeof address) == 0, "connect");
    int receiver = accept(listener, NULL, NULL);
    must(receiver >= 0, "accept");

    long writes = 0, written = 0, got = 0;
    int failed = 0;
    while (!failed) {
        ssize_t n = send(sender, octets, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        failed = n < 0 ? errno : 0;
        writes += n > 0;
        written += n > 0 ? n : 0;
    }
    const char *end = "";
    while (got < written && !*end) {
        ssize_t n = recv(receiver, octets, sizeof octets, 0);
        got += n > 0 ? n : 0;
        end = n > 0 ? "" : n < 0 ? strerrorname_np(errno) : "end of stream";
    }
    int error = 0;
    length = sizeof error;
    getsockopt(receiver, SOL_SOCKET, SO_ERROR, &error, &length);
    printf("%4zu octets a write: %6ld writes, %6ld octets, then %s; came: %6ld octets%s%s%s%s\n", size, writes, written,
        failed == EAGAIN ? "the window was full" : strerrorname_np(failed), got, *end ? ", then " : "", end,
        error ? ", SO_ERROR " : "", error ? strerrorname_np(error) : "");
    fflush(stdout);
    close(sender);
    close(receiver);
    close(listener);
    return got == written;
}

int main(int argc, char **argv) {
    int lost = 0;
    for (int i = 1; i < argc; i++) {
        lost |= !flood(strtoul(argv[i], NULL, 10));
    }
    return lost;
}
