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
 * vmx - a program that plays a virtual machine, for tests of AF_VSOCK over VMware's VMCI without VMware.
 *
 * It does what VMware's VMX does through /dev/vmci: it registers a context (a "VM" with a CID of its own) and connects
 * what it is asked for back to the host. A client on this machine that connects to (CID of the VM, port P) talks to the
 * server on this machine that listens on port P; to the server the peer is (CID of the VM, the client's port). Both ends
 * are real sockets of the kernel's vmw_vsock_vmci_transport, and each octet goes through real VMCI queue pairs.
 *
 *     client  --queue pair "near"--  vmx  --queue pair "far"--  server
 *
 * The memory of a queue pair belongs to the VM. The two pairs of a connection get the same pages, crossed: what the client
 * produces is what the server consumes. So nothing is copied, the window is that of one queue pair, and all that remains
 * to be done is to hand on the control packets. When one end closes, the other is told (SHUTDOWN) and the memory stays
 * until it has read everything (--close drain), or is taken away at once, as a Linux guest does when a process in it
 * closes its socket (--close detach: the host loses what it has not read).
 *
 * Datagrams to any of its ports come back from there.
 *
 * Built by script/tests/vmci: gcc -O2 -static -Wall -Wextra -Werror. Needs root, a kernel with vmw_vmci and
 * vmw_vsock_vmci_transport, and no VMCI device. Only for a virtual machine made for tests: the local CID of the machine
 * becomes 2 for good.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* --- the interface of /dev/vmci (drivers/misc/vmw_vmci/vmci_host.c, include/linux/vmw_vmci_defs.h) */

enum {
    IOCTL_VERSION2 = 0x7a7, IOCTL_INIT_CONTEXT = 0x7a0, IOCTL_QUEUEPAIR_ALLOC = 0x7a8, IOCTL_QUEUEPAIR_DETACH = 0x7aa,
    IOCTL_DATAGRAM_SEND = 0x7ab, IOCTL_DATAGRAM_RECEIVE = 0x7ac,
};
#define VERSION 0xb0000
#define HOST 2u
#define HYPERVISOR 0u
#define STREAM_RESOURCE 1u /* the control packets of streams go from and to this */
#define MAX_DATAGRAM (17 * 4096)
#define MAX_RING (256ull << 20)

struct handle { uint32_t context, resource; };
struct init { uint32_t cid, flags; };
struct transfer { uint64_t address; uint32_t length; int32_t result; };
struct alloc {
    struct handle handle;
    uint32_t peer, flags;
    uint64_t produce_size, consume_size, va, pages;
    int32_t result;
    uint32_t version;
};
struct detach { struct handle handle; int32_t result; uint32_t pad; };
struct datagram { struct handle dst, src; uint64_t payload_size; };
struct event { struct datagram header; uint32_t event, pad; struct handle handle; uint32_t peer, pad2; };
enum { EVENT_DETACH = 4 };

/* net/vmw_vsock/vmci_transport.h */
struct packet {
    struct datagram header;
    uint8_t version, type;
    uint16_t proto;
    uint32_t src_port, dst_port, reserved;
    union { uint64_t size, mode, words[2]; struct handle handle; } u;
};
enum {
    INVALID, REQUEST, NEGOTIATE, OFFER, ATTACH, WROTE, READ, RST, SHUTDOWN, WAITING_WRITE, WAITING_READ, REQUEST2,
    NEGOTIATE2, TYPES
};
static const char *const names[TYPES] = {
    "INVALID", "REQUEST", "NEGOTIATE", "OFFER", "ATTACH", "WROTE", "READ", "RST", "SHUTDOWN", "WAITING_WRITE",
    "WAITING_READ", "REQUEST2", "NEGOTIATE2"
};

struct ring { struct handle handle; volatile uint64_t producer_tail, consumer_head; }; /* header of a queue: one page */

_Static_assert(sizeof(struct packet) == 56 && sizeof(struct alloc) == 56 && sizeof(struct transfer) == 16, "ABI");

/* --- connections */

enum { NEAR, FAR }; /* the leg to the client, the leg to the server */
enum state { WAITING, REQUESTED, NEGOTIATED, OFFERED, UP };
static const int HANDSHAKE_MS = 3000; /* the kernel forgets a half-open connection after one second */
/* That second begins with the first packet to the server, so that most of many clients have to wait for their turn. */
static const unsigned HANDSHAKES = 16;

struct connection;
struct leg {
    struct connection *connection;
    uint32_t host_port, own_port;
    struct handle pair;
    bool hashed, attached; /* attached: whether this program has attached to the pair */
    bool gone;             /* the host's end has detached */
    uint64_t told;         /* shutdown mode that the host's end knows */
    struct leg *next_port, *next_pair;
};
struct connection {
    struct leg leg[2];
    enum state state;
    uint64_t size;       /* of each of the two queues */
    char *memory;        /* [produce][consume][produce] as the near leg calls them, the last being the first again */
    size_t half;         /* length of one of these, header page included */
    bool kick[2];        /* whether WROTE or READ came from this leg before the connection was up */
    uint64_t shut[2];    /* the mode of a SHUTDOWN that came from this leg before the connection was up */
    int64_t deadline;    /* when the handshake has to be done */
    bool ending;         /* one end has gone */
    uint8_t request;     /* type, proto and size of what the client asked with */
    uint16_t proto;
    uint64_t asked;
    struct connection *next, *previous;
};

#define BUCKETS 4096
static struct leg *ports[BUCKETS], *pairs[BUCKETS];
static struct connection all = { .next = &all, .previous = &all };
static int device;
static uint32_t cid;
static unsigned live, ending, handshakes, waiting;
static unsigned long total, refused, resets, lost;
static enum { REFLECT, SILENT, REFUSE } behaviour;
static bool drain = true, slow, verbose;
static volatile sig_atomic_t want_statistics;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "vmx %u: ", cid);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static unsigned hash(uint32_t a, uint32_t b) { return ((a * 2654435761u) ^ (b * 2246822519u)) >> 20 & (BUCKETS - 1); }

static struct leg *leg_by_ports(uint32_t host_port, uint32_t own_port) {
    struct leg *leg = ports[hash(host_port, own_port)];
    while (leg && (leg->host_port != host_port || leg->own_port != own_port)) leg = leg->next_port;
    return leg;
}

static void hash_ports(struct leg *leg) {
    struct leg **bucket = &ports[hash(leg->host_port, leg->own_port)];
    leg->next_port = *bucket;
    *bucket = leg;
    leg->hashed = true;
}

static void unhash_ports(struct leg *leg) {
    if (!leg->hashed) return;
    struct leg **at = &ports[hash(leg->host_port, leg->own_port)];
    while (*at != leg) at = &(*at)->next_port;
    *at = leg->next_port;
    leg->hashed = false;
}

static struct leg *leg_by_pair(struct handle pair) {
    struct leg *leg = pairs[hash(pair.context, pair.resource)];
    while (leg && (leg->pair.context != pair.context || leg->pair.resource != pair.resource)) leg = leg->next_pair;
    return leg;
}

/* --- what goes to the host */

static int control(int request, void *argument, const char *what) {
    int result;
    while ((result = ioctl(device, request, argument)) < 0 && errno == EINTR) {}
    if (result < 0) say("%s: %s", what, strerror(errno));
    return result;
}

static void send_packet(uint32_t own_port, uint32_t host_port, unsigned type, uint16_t proto, const uint64_t words[2]) {
    struct packet packet = {
        .header = { { HOST, STREAM_RESOURCE }, { cid, STREAM_RESOURCE }, sizeof packet - sizeof packet.header },
        .version = 1, .type = type, .proto = proto, .src_port = own_port, .dst_port = host_port,
    };
    if (words) memcpy(packet.u.words, words, sizeof packet.u.words);
    struct transfer transfer = { (uintptr_t) &packet, sizeof packet, 0 };
    if (verbose) say("%u -> %u %s %llx", own_port, host_port, names[type], (unsigned long long) packet.u.size);
    if (control(IOCTL_DATAGRAM_SEND, &transfer, "send") == 0 && transfer.result < 0) {
        /* -21 (not found) is how the kernel says that there was no socket; it has sent a RST as well. */
        if (transfer.result != -21) say("send %s to port %u: VMCI error %d", names[type], host_port, transfer.result);
        lost++;
    }
}

static void tell(struct leg *leg, unsigned type, uint16_t proto, const uint64_t words[2]) {
    send_packet(leg->own_port, leg->host_port, type, proto, words);
}

static void tell_shutdown(struct leg *leg, uint64_t mode) {
    if ((leg->told | mode) == leg->told) return;
    leg->told |= mode;
    tell(leg, SHUTDOWN, 0, (uint64_t[2]) { mode, 0 });
}

static int alloc_pair(struct leg *leg, struct handle pair, void *va) {
    struct connection *c = leg->connection;
    struct alloc alloc = {
        .handle = pair, .peer = HOST, .produce_size = c->size, .consume_size = c->size, .va = (uintptr_t) va,
        .pages = 2 * c->half / 4096, .version = VERSION,
    };
    if (control(IOCTL_QUEUEPAIR_ALLOC, &alloc, "queue pair") < 0) return -1;
    if (alloc.result < 0) {
        say("queue pair %u:%u of 2 x %llu octets: VMCI error %d", pair.context, pair.resource,
            (unsigned long long) c->size, alloc.result);
        return -1;
    }
    leg->pair = pair;
    leg->attached = true;
    struct leg **bucket = &pairs[hash(pair.context, pair.resource)];
    leg->next_pair = *bucket;
    *bucket = leg;
    return 0;
}

static void detach_pair(struct leg *leg) {
    if (!leg->attached) return;
    leg->attached = false;
    struct leg **at = &pairs[hash(leg->pair.context, leg->pair.resource)];
    while (*at != leg) at = &(*at)->next_pair;
    *at = leg->next_pair;
    struct detach detach = { .handle = leg->pair };
    if (control(IOCTL_QUEUEPAIR_DETACH, &detach, "detach") == 0 && detach.result < 0)
        say("detach %u:%u: VMCI error %d", leg->pair.context, leg->pair.resource, detach.result);
}

/* --- the life of a connection */

static int map_memory(struct connection *c) {
    c->half = ((c->size + 4095) / 4096 + 1) * 4096;
    int file = memfd_create("queue pair", MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, 2 * c->half) < 0) goto failed;
    char *base = mmap(NULL, 3 * c->half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) goto failed;
    c->memory = base;
    const int flags = MAP_SHARED | MAP_FIXED;
    if (mmap(base, 2 * c->half, PROT_READ | PROT_WRITE, flags, file, 0) == MAP_FAILED ||
        mmap(base + 2 * c->half, c->half, PROT_READ | PROT_WRITE, flags, file, 0) == MAP_FAILED) goto failed;
    close(file);
    return 0;
failed:
    say("memory for 2 x %llu octets: %s", (unsigned long long) c->size, strerror(errno));
    if (file >= 0) close(file);
    return -1;
}

/* Returns whether the host's end of this leg has read everything that the other end wrote. */
static bool is_drained(struct leg *leg) {
    struct connection *c = leg->connection;
    struct ring *first = (struct ring *) c->memory, *second = (struct ring *) (c->memory + c->half);
    return leg == &c->leg[NEAR] ? first->producer_tail == second->consumer_head
                                : second->producer_tail == first->consumer_head;
}

static void destroy(struct connection *c) {
    for (int i = 0; i < 2; i++) {
        unhash_ports(&c->leg[i]);
        detach_pair(&c->leg[i]);
    }
    if (c->memory) munmap(c->memory, 3 * c->half);
    c->next->previous = c->previous;
    c->previous->next = c->next;
    if (c->state == WAITING) waiting--;
    else if (c->state != UP) handshakes--;
    if (c->ending) ending--;
    live--;
    if (verbose) say("connection %u -> %u ended", c->leg[NEAR].host_port, c->leg[NEAR].own_port);
    free(c);
}

/* One end has gone. The connection is freed as soon as the other end has read what is left, or has gone, too. */
static bool try_to_end(struct connection *c) {
    for (int i = 0; i < 2; i++) {
        struct leg *other = &c->leg[1 - i];
        if (c->leg[i].gone && (!drain || other->gone || is_drained(other))) {
            destroy(c);
            return true;
        }
    }
    return false;
}

static void end_gone(struct leg *leg) {
    struct connection *c = leg->connection;
    struct leg *other = &c->leg[leg == &c->leg[NEAR]];
    leg->gone = true;
    if (c->state != UP) return; /* an ATTACH, or the end of patience, is still to come */
    unhash_ports(leg);          /* the port may be another socket's by now */
    if (!other->gone && drain) tell_shutdown(other, 3);
    if (!try_to_end(c) && !c->ending) {
        c->ending = true;
        ending++;
    }
}

static void fail(struct connection *c) {
    refused++;
    tell(&c->leg[NEAR], RST, 0, NULL);
    if (c->state != WAITING) tell(&c->leg[FAR], RST, 0, NULL);
    destroy(c);
}

static void request(const struct packet *p) {
    struct connection *c = calloc(1, sizeof *c);
    if (p->u.size == 0 || !c) {
        send_packet(p->dst_port, p->src_port, RST, 0, NULL);
        free(c);
        return;
    }
    /* Returns the client's own port if it is free towards the server (and cannot be taken for a client's side). */
    static uint32_t next_port = 0xf0000000;
    uint32_t port = p->src_port;
    while (leg_by_ports(p->dst_port, port) || (p->dst_port == p->src_port && port == p->dst_port)) {
        port = next_port++;
        if (next_port == 0xfffffff0) next_port = 0xf0000000;
    }
    c->leg[NEAR] = (struct leg) { .connection = c, .host_port = p->src_port, .own_port = p->dst_port };
    c->leg[FAR] = (struct leg) { .connection = c, .host_port = p->dst_port, .own_port = port };
    hash_ports(&c->leg[NEAR]);
    hash_ports(&c->leg[FAR]);
    c->request = p->type;
    c->proto = p->proto;
    c->asked = p->u.size;
    c->next = &all; /* appended: the first client is served first */
    c->previous = all.previous;
    c->previous->next = all.previous = c;
    waiting++;
    live++;
    total++;
}

static void begin_handshakes(void) {
    for (struct connection *c = all.next; c != &all && waiting > 0 && handshakes < HANDSHAKES; c = c->next) {
        if (c->state != WAITING) continue;
        c->state = REQUESTED;
        c->deadline = now() + HANDSHAKE_MS;
        waiting--;
        handshakes++;
        tell(&c->leg[FAR], c->request, c->proto, (uint64_t[2]) { c->asked, 0 });
    }
}

static void offer(struct connection *c, struct handle near) {
    /* The first number depends on the process id: the kernel may still have pairs of a killed vmx with the same CID. */
    static uint32_t next_resource;
    if (next_resource == 0 || next_resource >= 0xfffffff0) next_resource = ((uint32_t) getpid() % 0xfff0 + 1) << 16;
    const struct handle far = { cid, next_resource++ };
    if (c->size > MAX_RING || map_memory(c) < 0 || alloc_pair(&c->leg[NEAR], near, c->memory) < 0 ||
        alloc_pair(&c->leg[FAR], far, c->memory + c->half) < 0) {
        fail(c);
        return;
    }
    c->state = OFFERED;
    const struct packet words = { .u.handle = far };
    tell(&c->leg[FAR], OFFER, 0, words.u.words);
}

static void up(struct connection *c) {
    c->state = UP;
    handshakes--;
    const struct packet words = { .u.handle = c->leg[NEAR].pair };
    tell(&c->leg[NEAR], ATTACH, 0, words.u.words);
    /* Pending datagrams come out newest first, so that these packets may have come before the connection was up. */
    for (int i = 0; i < 2; i++) {
        if (c->kick[i]) {
            tell(&c->leg[1 - i], WROTE, 0, NULL);
            tell(&c->leg[1 - i], READ, 0, NULL);
        }
        if (c->shut[i]) tell_shutdown(&c->leg[1 - i], c->shut[i]);
    }
    for (int i = 0; i < 2; i++) {
        if (c->leg[i].gone) {
            end_gone(&c->leg[i]); /* may free it */
            return;
        }
    }
}

static void packet(const struct packet *p) {
    if (verbose)
        say("%u <- %u %s %llx", p->dst_port, p->src_port, p->type < TYPES ? names[p->type] : "?",
            (unsigned long long) p->u.size);
    const bool asks = p->type == REQUEST || p->type == REQUEST2;
    if (behaviour != REFLECT) {
        if (asks) total++;
        if (behaviour == REFUSE && p->type != RST) send_packet(p->dst_port, p->src_port, RST, 0, NULL);
        return;
    }
    struct leg *leg = leg_by_ports(p->src_port, p->dst_port);
    if (asks && leg && !(leg == &leg->connection->leg[NEAR] && leg->connection->state == REQUESTED &&
                         p->type != leg->connection->request)) {
        unhash_ports(leg); /* a new socket has the port of a closed one, whose end has not been told yet */
        leg = NULL;
    }
    if (!leg) {
        if (asks) request(p);
        else if (p->type != RST) send_packet(p->dst_port, p->src_port, RST, 0, NULL);
        return;
    }
    struct connection *c = leg->connection;
    const int from = leg == &c->leg[FAR];
    struct leg *other = &c->leg[1 - from];
    switch (p->type) {
        case REQUEST: case REQUEST2: case INVALID: /* a peer that does not know REQUEST2 is asked again with REQUEST */
            if (c->state == REQUESTED) tell(other, p->type, p->proto, p->u.words);
            return;
        case NEGOTIATE: case NEGOTIATE2:
            if (from != FAR || c->state != REQUESTED) break;
            c->size = p->u.size;
            c->state = NEGOTIATED;
            tell(other, p->type, p->proto, p->u.words);
            return;
        case OFFER:
            if (from != NEAR || c->state != NEGOTIATED) break;
            if (slow) nanosleep(&(struct timespec) { 1, 500000000 }, NULL); /* the server's kernel waits one second */
            offer(c, p->u.handle);
            return;
        case ATTACH:
            if (from != FAR || c->state != OFFERED) break;
            up(c);
            return;
        case RST:
            resets++;
            if (c->state != UP) {
                refused++;
                if (c->state != WAITING) tell(other, RST, 0, NULL);
                destroy(c);
            } else if (other->told != ~0ull) {
                other->told = ~0ull;
                tell(other, RST, 0, NULL);
            }
            return;
        case SHUTDOWN:
            if (c->state == UP) tell_shutdown(other, p->u.mode);
            else c->shut[from] |= p->u.mode;
            return;
        case WROTE: case READ: case WAITING_READ: case WAITING_WRITE:
            if (c->state != UP) c->kick[from] = true;
            else if (!other->gone) tell(other, p->type, 0, p->u.words);
            return;
    }
    say("unexpected: type %u from port %u to %u in state %d", p->type, p->src_port, p->dst_port, c->state);
    if (c->state != UP) fail(c);
}

/* A datagram that is no control packet goes back to its sender, from the port that it was sent to. */
static void echo(char *data, size_t length) {
    struct datagram *header = (struct datagram *) data;
    const struct handle from = header->src;
    header->src = header->dst;
    header->dst = from;
    struct transfer transfer = { (uintptr_t) data, length, 0 };
    if (verbose) say("datagram of %zu octets to port %u", length - sizeof *header, from.resource);
    if (control(IOCTL_DATAGRAM_SEND, &transfer, "send") == 0 && transfer.result < 0) {
        say("datagram to port %u: VMCI error %d", from.resource, transfer.result);
        lost++;
    }
}

static void handle_datagram(char *data, size_t length) {
    const struct datagram *header = (const struct datagram *) data;
    if (header->src.context == HYPERVISOR && length >= sizeof(struct event) - 4) {
        const struct event *e = (const struct event *) data;
        struct leg *leg = e->event == EVENT_DETACH ? leg_by_pair(e->handle) : NULL;
        if (verbose) say("event %u pair %u:%u", e->event, e->handle.context, e->handle.resource);
        if (leg && !leg->gone) end_gone(leg);
    } else if (header->src.context == HOST && header->dst.resource == STREAM_RESOURCE && length >= sizeof(struct packet)) {
        packet((const struct packet *) data);
    } else if (header->src.context == HOST && header->dst.resource != STREAM_RESOURCE && behaviour == REFLECT) {
        echo(data, length);
    }
}

/* The kernel hands datagrams out newest first, so that this takes all of them and then goes backwards. */
static void receive(void) {
    static char *store[4096];
    static uint32_t lengths[4096];
    static char buffer[MAX_DATAGRAM + 4096];
    unsigned n = 0;
    while (n < 4096) {
        struct transfer transfer = { (uintptr_t) buffer, sizeof buffer, 0 };
        if (control(IOCTL_DATAGRAM_RECEIVE, &transfer, "receive") < 0) exit(1);
        if (transfer.result < 0) break;
        const uint64_t length = sizeof(struct datagram) + ((struct datagram *) buffer)->payload_size;
        if (length > sizeof buffer || !(store[n] = malloc(length))) continue;
        memcpy(store[n], buffer, length);
        lengths[n++] = length;
    }
    while (n-- > 0) {
        handle_datagram(store[n], lengths[n]);
        free(store[n]);
    }
}

static void look_after(void) {
    const int64_t time = now();
    for (struct connection *c = all.next, *next; c != &all; c = next) {
        next = c->next;
        if (c->state != UP && c->state != WAITING && time > c->deadline) fail(c);
        else if (c->ending) try_to_end(c);
    }
}

static void on_signal(int number) { (void) number; want_statistics = 1; }

static void usage(FILE *to) {
    fputs("usage: vmx [--cid N] [--mode reflect|slow|silent|refuse] [--close drain|detach] [--restricted] [--verbose]\n"
          "A virtual machine with a CID of its own (default 42) that connects its ports to those of the host, and sends\n"
          "datagrams back.\n"
          "Prints \"ready CID\" when it is there; runs until killed. SIGUSR1: prints counts.\n"
          "  --mode slow     connects, but takes a second and a half for it (which is too long)\n"
          "  --mode silent   answers nothing (connects run into their timeout)\n"
          "  --mode refuse   refuses everything\n"
          "  --close detach  takes the memory away when one end closes, as a Linux guest does at close(2); default:\n"
          "                  drain, only when the other end has read everything\n"
          "  --restricted    exchanges datagrams with trusted sockets only\n", to);
}

int main(int argc, char **argv) {
    struct init init = { 42, 0 };
    static const struct option options[] = {
        { "cid", 1, 0, 'c' }, { "mode", 1, 0, 'm' }, { "close", 1, 0, 'd' }, { "restricted", 0, 0, 'r' },
        { "verbose", 0, 0, 'v' }, { "help", 0, 0, 'h' }, { 0, 0, 0, 0 }
    };
    for (int option; (option = getopt_long(argc, argv, "v", options, NULL)) != -1;) {
        if (option == 'c') init.cid = strtoul(optarg, NULL, 0);
        else if (option == 'm' && !strcmp(optarg, "reflect")) behaviour = REFLECT;
        else if (option == 'm' && !strcmp(optarg, "slow")) slow = true;
        else if (option == 'm' && !strcmp(optarg, "silent")) behaviour = SILENT;
        else if (option == 'm' && !strcmp(optarg, "refuse")) behaviour = REFUSE;
        else if (option == 'd' && !strcmp(optarg, "drain")) drain = true;
        else if (option == 'd' && !strcmp(optarg, "detach")) drain = false;
        else if (option == 'r') init.flags = 1;
        else if (option == 'v') verbose = true;
        else if (option == 'h') return usage(stdout), 0;
        else return usage(stderr), 2;
    }
    cid = init.cid;
    device = open("/dev/vmci", O_RDWR | O_CLOEXEC);
    if (device < 0) {
        say("/dev/vmci: %s (expected: root, and the modules vmw_vmci and vmw_vsock_vmci_transport)", strerror(errno));
        return 1;
    }
    int version = VERSION;
    if (control(IOCTL_VERSION2, &version, "version") < 0 || control(IOCTL_INIT_CONTEXT, &init, "context") < 0) return 1;
    if (init.cid != cid) {
        say("the CID is taken: got %u", init.cid);
        return 1;
    }
    sigaction(SIGUSR1, &(struct sigaction) { .sa_handler = on_signal }, NULL);
    printf("ready %u\n", cid);
    fflush(stdout);
    for (;;) {
        struct pollfd ready = { device, POLLIN, 0 };
        const int result = poll(&ready, 1, ending ? 5 : handshakes ? 500 : -1);
        if (result < 0 && errno != EINTR) {
            say("poll: %s", strerror(errno));
            return 1;
        }
        if (want_statistics) {
            want_statistics = 0;
            say("%u connections live, %u of them ending, %u in handshake, %u waiting for it; %lu in all, %lu refused, %lu"
                " resets, %lu packets without a receiver", live, ending, handshakes, waiting, total, refused, resets, lost);
        }
        if (result > 0) receive();
        if (ending || handshakes) look_after();
        if (waiting) begin_handshakes();
    }
}
