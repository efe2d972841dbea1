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
 * Process 1 of the guest that HostAndGuestTest talks to: loads the virtio-vsock driver, then takes commands on the
 * console, one a line, and answers on it, one line each, with the name of the job in front. Static, without libzmq, so
 * that the guest is small.
 *
 *   JOB peer TYPE EP COUNT SIZE [OPTION...]   a ZMTP 3.0 NULL peer: TYPE req, rep, push, pull, pub, sub, dealer or
 *                                             router; EP *:PORT or CID:PORT
 *   JOB many EP COUNT                         COUNT connections of req peers; each asks twice, the last one first
 *   JOB raw EP [OPTION...]                    a bare connection: says what poll, recv and SO_ERROR see
 *   JOB relay FROM TO                         hands octets on: FROM, which listens, and TO are each EP or the PATH of a
 *                                             Unix socket
 *   JOB zmq ARG...                            libzmq: see guest_zmq.c
 *   JOB cid | unbind | bind | loopback        local CID; take the driver off its device, put it on again; load CID 1
 *   JOB kill OTHER | clear                    SIGKILL to a job with its processes; to all jobs
 *   JOB quit                                  power off
 *
 * Options: retry=MS connect again so often, for 60 s; delay=MS before each message; hold=MS keep the connection open at
 * the end; shut half-close (SHUT_WR) before that; send=N a bare connection sends so much first; serve accept one
 * connection after the other, each in a process of its own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char job[32] = "init";

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void say(const char *format, ...) {
    char line[512];
    int n = snprintf(line, sizeof line, "%s: ", job);
    va_list args;
    va_start(args, format);
    n += vsnprintf(line + n, sizeof line - n - 1, format, args);
    va_end(args);
    if (n > (int) sizeof line - 2) {
        n = sizeof line - 2;
    }
    line[n++] = '\n';
    if (write(1, line, n) < 0) {
        _exit(9);
    }
}

static void fail(const char *what) {
    say("failed %s errno %d %s", what, errno, strerror(errno));
    _exit(1);
}

static void pause_ms(int ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&t, NULL);
}

/* --- sockets */

static int retry_ms, delay_ms, hold_ms, send_bytes, half_close, serve;

static void describe(int fd, const char *what) {
    struct sockaddr_vm l = {0}, r = {0};
    socklen_t n = sizeof l;
    getsockname(fd, (struct sockaddr *) &l, &n);
    n = sizeof r;
    getpeername(fd, (struct sockaddr *) &r, &n);
    say("%s local %u:%u remote %u:%u", what, l.svm_cid, l.svm_port, r.svm_cid, r.svm_port);
}

static int listener = -1;

/* Starts to listen on the first call; returns a connection, in a process of its own if there are to be more. */
static int next_accepted(const struct sockaddr *a, socklen_t length) {
    if (listener < 0) {
        listener = socket(a->sa_family, SOCK_STREAM, 0);
        if (listener < 0 || bind(listener, a, length) || listen(listener, 256)) {
            fail("listen");
        }
        say("listening");
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) {
            fail("accept");
        }
        if (a->sa_family == AF_VSOCK) {
            describe(fd, "accepted");
        }
        if (!serve || fork() == 0) {
            return fd;
        }
        close(fd);
    }
}

/* One connection, made or accepted. */
static int open_connection(const char *ep) {
    struct sockaddr_vm a = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY};
    const char *colon = strchr(ep, ':');
    a.svm_port = strtoul(colon + 1, NULL, 10);
    if (*ep == '*') {
        return next_accepted((struct sockaddr *) &a, sizeof a);
    }
    a.svm_cid = strtoul(ep, NULL, 10);
    double start = now();
    for (;;) {
        int fd = socket(AF_VSOCK, SOCK_STREAM, 0);
        if (fd < 0) {
            fail("socket");
        }
        double t = now();
        if (connect(fd, (struct sockaddr *) &a, sizeof a) == 0) {
            say("connected after %.0f ms", now() - start);
            describe(fd, "connected");
            return fd;
        }
        say("connect errno %d %s after %.0f ms", errno, strerror(errno), now() - t);
        close(fd);
        if (!retry_ms || now() - start > 60000) {
            _exit(1);
        }
        pause_ms(retry_ms);
    }
}

/* --- ZMTP 3.0, NULL */

static unsigned char in[1 << 16];
static size_t in_at, in_end;

static void need(int fd, void *to, size_t n) {
    unsigned char *p = to;
    while (n > 0) {
        if (in_at == in_end) {
            ssize_t got = recv(fd, in, sizeof in, 0);
            if (got < 0) {
                fail("recv");
            }
            if (got == 0) {
                say("end of stream");
                _exit(2);
            }
            in_at = 0;
            in_end = got;
        }
        size_t k = in_end - in_at < n ? in_end - in_at : n;
        if (p) {
            memcpy(p, in + in_at, k);
            p += k;
        }
        in_at += k;
        n -= k;
    }
}

static void put(int fd, const void *from, size_t n) {
    const char *p = from;
    while (n > 0) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k < 0) {
            fail("send");
        }
        p += k;
        n -= k;
    }
}

static void frame(int fd, int flags, const void *data, size_t n) {
    static unsigned char small[9 + 1024];
    unsigned char *h = small;
    size_t k;
    if (n < 256) {
        h[0] = flags;
        h[1] = n;
        k = 2;
    } else {
        h[0] = flags | 2;
        for (int i = 0; i < 8; i++) {
            h[1 + i] = (uint64_t) n >> (56 - 8 * i);
        }
        k = 9;
    }
    if (n <= 1024) {
        memcpy(h + k, data, n);
        put(fd, h, k + n);
    } else {
        put(fd, h, k);
        put(fd, data, n);
    }
}

/* Reads the next frame of a message and answers PINGs on the way. Returns the flags, and stores the length. */
static int next(int fd, unsigned char *to, size_t max, size_t *length) {
    for (;;) {
        unsigned char h[8];
        need(fd, h, 1);
        int flags = h[0];
        uint64_t n = 0;
        need(fd, h, flags & 2 ? 8 : 1);
        for (int i = 0; i < (flags & 2 ? 8 : 1); i++) {
            n = n << 8 | h[i];
        }
        if (n > max) {
            say("failed frame of %llu", (unsigned long long) n);
            _exit(1);
        }
        need(fd, to, n);
        *length = n;
        if (!(flags & 4)) {
            return flags;
        }
        if (n >= 7 && !memcmp(to, "\4PING", 5)) {
            static int told;
            if (!told++) {
                say("ping ttl %d", to[5] << 8 | to[6]);
            }
            memmove(to + 5, to + 7, n - 7);
            memcpy(to, "\4PONG", 5);
            frame(fd, 4, to, n - 2);
        } else {
            say("command %.*s", to[0] < n ? to[0] : 0, to + 1);
        }
    }
}

static void handshake(int fd, const char *type) {
    unsigned char g[64] = {0xff, [9] = 0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    put(fd, g, sizeof g);
    need(fd, g, sizeof g);
    unsigned char c[256];
    int n = sprintf((char *) c, "\5READY\13Socket-Type") ;
    c[n++] = 0;
    c[n++] = 0;
    c[n++] = 0;
    c[n++] = strlen(type);
    for (const char *p = type; *p; p++) {
        c[n++] = *p & ~0x20;
    }
    frame(fd, 4, c, n);
    unsigned char h[2];
    need(fd, h, 2);
    if (h[0] != 4) {
        say("failed handshake: flags %d", h[0]);
        _exit(1);
    }
    need(fd, c, h[1]);
    if (memcmp(c, "\5READY", 6)) {
        say("refused %.*s", h[1] - 1, c + 1);
        _exit(3);
    }
    say("ready, peer speaks %d.%d", g[10], g[11]);
}

static unsigned char *message;
#define MAX (1 << 24)

static void fill(uint64_t number, size_t size) {
    memset(message, 'a' + number % 26, size);
    memcpy(message, &number, size < 8 ? size : 8);
}

static int right(uint64_t number, const unsigned char *m, size_t size, size_t wanted) {
    if (size != wanted || (size >= 8 && memcmp(m, &number, 8))) {
        return 0;
    }
    for (size_t i = 8; i < size; i++) {
        if (m[i] != 'a' + number % 26) {
            return 0;
        }
    }
    return 1;
}

static unsigned char *got;

/* Sends message i, and gets it back. */
static void ask(int fd, uint64_t i, size_t size, int delimiter) {
    size_t n;
    fill(i, size);
    if (delimiter) {
        frame(fd, 1, "", 0);
    }
    frame(fd, 0, message, size);
    if (delimiter && (next(fd, got, MAX, &n) != 1 || n)) {
        say("failed delimiter");
        _exit(1);
    }
    next(fd, got, MAX, &n);
    if (!right(i, got, n, size)) {
        say("failed reply %llu of %zu", (unsigned long long) i, n);
        _exit(1);
    }
}

static void peer(const char *type, const char *ep, uint64_t count, size_t size) {
    size_t n;
    int fd = open_connection(ep);
    handshake(fd, type);
    if (!strcmp(type, "sub")) {
        frame(fd, 0, "\1", 1); /* subscribes to everything */
    } else if (!strcmp(type, "pub")) {
        next(fd, got, MAX, &n);
        say("subscription of %zu", n - 1);
    }
    double start = now(), worst = 0, sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (delay_ms) {
            pause_ms(delay_ms);
        }
        if (!strcmp(type, "push") || !strcmp(type, "pub")) {
            fill(i, size);
            frame(fd, 0, message, size);
        } else if (!strcmp(type, "pull") || !strcmp(type, "sub")) {
            next(fd, got, MAX, &n);
            if (!right(i, got, n, size)) {
                say("failed message %llu of %zu", (unsigned long long) i, n);
                _exit(1);
            }
        } else if (!strcmp(type, "req") || !strcmp(type, "dealer")) {
            double t = now();
            ask(fd, i, size, !strcmp(type, "req"));
            t = now() - t;
            sum += t;
            worst = t > worst ? t : worst;
        } else {
            int flags = next(fd, got, MAX, &n);
            while (flags & 1) {
                frame(fd, 1, got, n);
                flags = next(fd, got, MAX, &n);
            }
            frame(fd, 0, got, n);
        }
        if (i + 1 == count / 2 || i == 0) {
            say("at %llu", (unsigned long long) i + 1);
        }
    }
    double ms = now() - start;
    say("done %llu of %zu in %.0f ms, mean %.2f worst %.1f", (unsigned long long) count, size, ms,
        count ? (sum ? sum : ms) / count : 0, worst);
    if (half_close) {
        if (shutdown(fd, SHUT_WR)) {
            fail("shutdown");
        }
        say("half-closed");
    }
    if (hold_ms) {
        double until = now() + hold_ms;
        while (now() < until) {
            struct pollfd p = {fd, POLLIN | POLLRDHUP, 0};
            if (poll(&p, 1, 100) > 0) {
                next(fd, got, MAX, &n); /* ends at the end of the stream; answers PINGs */
            }
        }
    }
    close(fd);
    say("closed");
}

static void many(const char *ep, int count) {
    int fds[1024];
    if (count > 1024) {
        count = 1024;
    }
    for (int i = 0; i < count; i++) {
        fds[i] = open_connection(ep);
        handshake(fds[i], "req");
        ask(fds[i], i, 100, 1);
    }
    say("all %d are up", count);
    for (int i = count - 1; i >= 0; i--) {
        ask(fds[i], i, 100, 1);
    }
    say("done %d", count);
    pause();
}

static int open_end(const char *end) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    if (*end != '/') {
        return open_connection(end);
    }
    strncpy(a.sun_path, end, sizeof a.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *) &a, sizeof a)) {
        fail("connect");
    }
    return fd;
}

static void relay(const char *from, const char *to) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strncpy(a.sun_path, from, sizeof a.sun_path - 1);
    serve = 1;
    signal(SIGCHLD, SIG_IGN);
    int fd[2];
    fd[0] = *from == '/' ? next_accepted((struct sockaddr *) &a, sizeof a) : open_connection(from);
    fd[1] = open_end(to);
    struct pollfd p[2] = {{fd[0], POLLIN, 0}, {fd[1], POLLIN, 0}};
    while (poll(p, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            if (p[i].revents) {
                ssize_t n = recv(fd[i], in, sizeof in, 0);
                if (n <= 0) {
                    _exit(0);
                }
                put(fd[1 - i], in, n);
            }
        }
    }
}

/* Prints what the kernel tells about a bare connection, each change once. */
static void raw(const char *ep) {
    int fd = open_connection(ep);
    double start = now();
    int last = -1;
    if (send_bytes) {
        put(fd, message, send_bytes);
        say("sent");
    }
    while (now() - start < 60000) {
        struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
        poll(&p, 1, 0);
        if (p.revents != last) {
            last = p.revents;
            char b[4096];
            ssize_t k = recv(fd, b, sizeof b, MSG_DONTWAIT);
            int e = errno, err = 0;
            socklen_t l = sizeof err;
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &l);
            say("raw %.0f ms:%s%s%s%s%s recv %zd%s%s, SO_ERROR %d", now() - start, last & POLLIN ? " IN" : "",
                last & POLLOUT ? " OUT" : "", last & POLLRDHUP ? " RDHUP" : "", last & POLLHUP ? " HUP" : "",
                last & POLLERR ? " ERR" : "", k, k < 0 ? " " : "", k < 0 ? strerrorname_np(e) : "", err);
        }
        pause_ms(10);
    }
}

/* --- process 1 */

static void load(const char *file) {
    int fd = open(file, O_RDONLY);
    if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)) {
        say("failed load %s errno %d %s", file, errno, strerror(errno));
    }
    close(fd);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_all(const char *folder) {
    struct dirent **names;
    int n = scandir(folder, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            char path[300];
            snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
            load(path);
        }
    }
}

static unsigned cid(void) {
    unsigned c = 0;
    int fd = open("/dev/vsock", O_RDONLY);
    if (fd < 0 || ioctl(fd, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &c)) {
        say("failed cid errno %d", errno);
    }
    close(fd);
    return c;
}

/* The device that the vsock driver has, or had. */
static void driver(const char *action) {
    static char device[256];
    const char *folder = "/sys/bus/virtio/drivers/vmw_vsock_virtio_transport";
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (!strncmp(e->d_name, "virtio", 6)) {
            snprintf(device, sizeof device, "%s", e->d_name);
        }
    }
    closedir(d);
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, action);
    int fd = open(path, O_WRONLY);
    ssize_t k = fd < 0 ? -1 : write(fd, device, strlen(device));
    say("%s %s: %s", action, device, k < 0 ? strerror(errno) : "ok");
    close(fd);
}

int main(void) {
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mkdir("/tmp", 0777);
    mount("dev", "/dev", "devtmpfs", 0, "");
    mount("proc", "/proc", "proc", 0, "");
    mount("sysfs", "/sys", "sysfs", 0, "");
    int tty = open("/dev/ttyS0", O_RDWR);
    dup2(tty, 0);
    dup2(tty, 1);
    dup2(tty, 2);
    struct termios t;
    tcgetattr(0, &t);
    cfmakeraw(&t);
    tcsetattr(0, TCSANOW, &t);
    load_all("/modules");
    say("up %.0f ms, cid %u", now(), cid());
    struct {
        char name[32];
        pid_t pid;
    } jobs[256] = {0};
    int used = 0;
    char line[512];
    size_t n = 0;
    for (;;) {
        struct pollfd p = {0, POLLIN, 0};
        poll(&p, 1, 50);
        int status;
        pid_t dead;
        while ((dead = waitpid(-1, &status, WNOHANG)) > 0) {
            for (int i = 0; i < used; i++) {
                if (jobs[i].pid == dead) {
                    strcpy(job, jobs[i].name);
                    jobs[i].pid = 0;
                    say("exit %d", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
                }
            }
        }
        if (!(p.revents & POLLIN) || read(0, line + n, 1) != 1) {
            continue;
        }
        if (line[n] != '\n' && line[n] != '\r') {
            n += n < sizeof line - 2;
            continue;
        }
        line[n] = 0;
        n = 0;
        char *words[33];
        int count = 0;
        for (char *w = strtok(line, " "); w && count < 32; w = strtok(NULL, " ")) {
            words[count++] = w;
        }
        if (count < 2) {
            continue;
        }
        snprintf(job, sizeof job, "%s", words[0]);
        const char *command = words[1];
        if (!strcmp(command, "quit")) {
            reboot(RB_AUTOBOOT);
        } else if (!strcmp(command, "cid")) {
            say("cid %u", cid());
        } else if (!strcmp(command, "unbind") || !strcmp(command, "bind")) {
            driver(command);
        } else if (!strcmp(command, "loopback")) {
            load("/loopback.ko");
            say("loopback loaded, cid %u", cid());
        } else if (!strcmp(command, "clear") || (!strcmp(command, "kill") && count > 2)) {
            for (int i = 0; i < used; i++) {
                if (jobs[i].pid > 0 && (count == 2 || !strcmp(jobs[i].name, words[2]))) {
                    kill(-jobs[i].pid, SIGKILL);
                }
            }
            if (count == 2) {
                say("cleared");
            }
        } else {
            pid_t pid = fork();
            if (pid > 0) {
                setpgid(pid, pid); /* here, too: it may be killed before it runs */
            } else if (pid == 0) {
                setpgid(0, 0);
                for (int i = 3; i < count; i++) {
                    const char *value = strchr(words[i], '=');
                    int v = value ? atoi(value + 1) : 1;
                    retry_ms = strncmp(words[i], "retry=", 6) ? retry_ms : v;
                    delay_ms = strncmp(words[i], "delay=", 6) ? delay_ms : v;
                    hold_ms = strncmp(words[i], "hold=", 5) ? hold_ms : v;
                    send_bytes = strncmp(words[i], "send=", 5) ? send_bytes : v;
                    half_close |= !strcmp(words[i], "shut");
                    serve |= !strcmp(words[i], "serve");
                }
                message = malloc(MAX);
                got = malloc(MAX);
                if (!strcmp(command, "peer") && count >= 6) {
                    peer(words[2], words[3], strtoull(words[4], NULL, 10), strtoul(words[5], NULL, 10));
                } else if (!strcmp(command, "many") && count >= 4) {
                    many(words[2], atoi(words[3]));
                } else if (!strcmp(command, "relay") && count >= 4) {
                    relay(words[2], words[3]);
                } else if (!strcmp(command, "zmq")) {
                    words[count] = NULL;
                    words[1] = job;
                    execv("/zmq", words + 1);
                    fail("zmq");
                } else if (!strcmp(command, "raw")) {
                    raw(words[2]);
                } else {
                    say("failed unknown command %s", command);
                }
                _exit(0);
            }
            int slot = used < 256 ? used++ : 255;
            snprintf(jobs[slot].name, sizeof jobs[slot].name, "%s", job);
            jobs[slot].pid = pid;
        }
    }
}
