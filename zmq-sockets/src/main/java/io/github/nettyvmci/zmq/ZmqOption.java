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
package io.github.nettyvmci.zmq;

import static io.github.nettyvmci.zmq.OptionValue.BYTES;
import static io.github.nettyvmci.zmq.OptionValue.FLAG;
import static io.github.nettyvmci.zmq.OptionValue.HOST_AND_PORT;
import static io.github.nettyvmci.zmq.OptionValue.ID;
import static io.github.nettyvmci.zmq.OptionValue.KEY;
import static io.github.nettyvmci.zmq.OptionValue.MILLIS;
import static io.github.nettyvmci.zmq.OptionValue.MILLIS_OR_LESS;
import static io.github.nettyvmci.zmq.OptionValue.NETWORKS;
import static io.github.nettyvmci.zmq.OptionValue.NUMBERS;
import static io.github.nettyvmci.zmq.OptionValue.PROPERTIES;
import static io.github.nettyvmci.zmq.OptionValue.SECONDS_OR_LESS;
import static io.github.nettyvmci.zmq.OptionValue.SECRET;
import static io.github.nettyvmci.zmq.OptionValue.SECRET_KEY;
import static io.github.nettyvmci.zmq.OptionValue.TEXT;
import static io.github.nettyvmci.zmq.OptionValue.TIME_TO_LIVE;
import static io.github.nettyvmci.zmq.OptionValue.WAIT;
import static io.github.nettyvmci.zmq.OptionValue.integer;
import static io.github.nettyvmci.zmq.OptionValue.longInteger;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The options of a socket: libzmq's, with its names (without {@code ZMQ_}), ranges and defaults, and a few of our own.
 *
 * <p>Times are {@link Duration}s, rounded up to milliseconds, and go up to 2147483647 ms; {@link #FOREVER} stands for
 * libzmq's -1 where that means no end. An option that grows by every call of libzmq's is a list. As text
 * ({@link #parse}) every value is written as for libzmq: a time in milliseconds, a list one entry at a time.
 *
 * <p>{@link #effect()} tells when a change counts: {@link Effect#NOW} at once, {@link Effect#NEXT} for the binds and
 * connects that follow.
 *
 * @param <T> {@link Integer}, {@link Long}, {@link Boolean}, {@link String}, {@link Duration}, {@code byte[]} or
 *            {@code List<String>}
 * @see <a href="https://libzmq.readthedocs.io/en/latest/zmq_setsockopt.html">zmq_setsockopt(3)</a>
 */
public final class ZmqOption<T> {

    /** When a change of an option counts. */
    public enum Effect {
        /** At once, for existing peers too. */
        NOW,
        /** From the next bind or connect on. */
        NEXT
    }

    /** A time without an end, libzmq's -1; {@link ZmqSocket#receive(Duration)} and {@link ZmqSocket#offer} take it. */
    public static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final Duration UNSET = Duration.ofSeconds(-1);
    private static final byte[] NONE = {};
    private static final int MAX = Integer.MAX_VALUE;
    private static final long UINT32 = 0xFFFF_FFFFL;
    private static final Effect NOW = Effect.NOW;
    private static final Effect NEXT = Effect.NEXT;
    private static final Map<String, ZmqOption<?>> BY_NAME = new LinkedHashMap<>();

    /** ZMQ_AFFINITY: a bitmap whose lowest 1 chooses the event loop of the socket's first endpoint; 0: any. */
    public static final ZmqOption<Long> AFFINITY =
            of("AFFINITY", 4, longInteger(Long.MIN_VALUE, Long.MAX_VALUE), 0L, NEXT);
    /** ZMQ_ROUTING_ID: the id this socket asks its peers for, 0 to 255 bytes, the first not 0. */
    public static final ZmqOption<byte[]> ROUTING_ID = of("ROUTING_ID", 5, ID, NONE, NEXT);
    /** ZMQ_SUBSCRIBE: adds a subscription; SUB, and XPUB with {@link #XPUB_MANUAL}. Has no value to get. */
    public static final ZmqOption<byte[]> SUBSCRIBE = of("SUBSCRIBE", 6, BYTES, NONE, NOW);
    /** ZMQ_UNSUBSCRIBE: takes a subscription back, on the types that have {@link #SUBSCRIBE}. Has no value to get. */
    public static final ZmqOption<byte[]> UNSUBSCRIBE = of("UNSUBSCRIBE", 7, BYTES, NONE, NOW);
    /** ZMQ_SNDBUF: the kernel's send buffer in bytes (tcp, ipc); -1: the system's default. */
    public static final ZmqOption<Integer> SNDBUF = of("SNDBUF", 11, integer(-1, MAX), -1, NEXT);
    /** ZMQ_RCVBUF: the kernel's receive buffer in bytes (tcp, ipc); -1: the system's default. */
    public static final ZmqOption<Integer> RCVBUF = of("RCVBUF", 12, integer(-1, MAX), -1, NEXT);
    /**
     * ZMQ_LINGER: how long a socket that is closed waits for messages to get out; zero: not at all. The default is
     * {@link ZmqContext.Builder#linger}, {@link #FOREVER} unless set, and zero for SUB, XSUB and DISH.
     */
    public static final ZmqOption<Duration> LINGER = of("LINGER", 17, WAIT, FOREVER, NOW);
    /** ZMQ_RECONNECT_IVL: the first wait before another attempt; zero or {@link #FOREVER}: none is made. */
    public static final ZmqOption<Duration> RECONNECT_IVL = of("RECONNECT_IVL", 18, WAIT, Duration.ofMillis(100), NEXT);
    /** ZMQ_BACKLOG: how many connections may wait to be accepted; with 0 the kernel keeps one. */
    public static final ZmqOption<Integer> BACKLOG = of("BACKLOG", 19, integer(0, MAX), 100, NEXT);
    /**
     * ZMQ_RECONNECT_IVL_MAX: the longest wait. The bound of the wait doubles with every attempt from RECONNECT_IVL up
     * to it, and each wait is a random time from half the bound on. If this is not more than RECONNECT_IVL, zero for
     * example, nothing doubles, and each wait is a random time between one RECONNECT_IVL and two.
     */
    public static final ZmqOption<Duration> RECONNECT_IVL_MAX =
            of("RECONNECT_IVL_MAX", 21, MILLIS, Duration.ZERO, NEXT);
    /**
     * ZMQ_MAXMSGSIZE: the longest frame a peer may send, in bytes; -1: as {@link ZmqContext.Builder#limits} says, and
     * unless those are set only {@link ZmqContext.Builder#receiveBudget} limits it.
     */
    public static final ZmqOption<Long> MAXMSGSIZE = of("MAXMSGSIZE", 22, longInteger(-1, MAX - 64), -1L, NEXT);
    /** ZMQ_SNDHWM: how many messages may wait for one peer; 0: no limit. */
    public static final ZmqOption<Integer> SNDHWM = of("SNDHWM", 23, integer(0, MAX), 1000, NOW);
    /** ZMQ_RCVHWM: how many messages of one peer may wait for the application; 0: no limit. */
    public static final ZmqOption<Integer> RCVHWM = of("RCVHWM", 24, integer(0, MAX), 1000, NOW);
    /** ZMQ_RCVTIMEO: how long {@link ZmqSocket#receive()} waits for a message; zero: not at all. */
    public static final ZmqOption<Duration> RCVTIMEO = of("RCVTIMEO", 27, WAIT, FOREVER, NOW);
    /** ZMQ_SNDTIMEO: how long {@link ZmqSocket#send} waits for room; zero: not at all. */
    public static final ZmqOption<Duration> SNDTIMEO = of("SNDTIMEO", 28, WAIT, FOREVER, NOW);
    /** ZMQ_ROUTER_MANDATORY: a send to an unknown peer fails, to a full one it waits; otherwise both are dropped. */
    public static final ZmqOption<Boolean> ROUTER_MANDATORY = of("ROUTER_MANDATORY", 33, FLAG, false, NOW);
    /** ZMQ_TCP_KEEPALIVE: 1 switches the kernel's probes on, 0 off; -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE = of("TCP_KEEPALIVE", 34, integer(-1, 1), -1, NEXT);
    /** ZMQ_TCP_KEEPALIVE_CNT: unanswered probes before the connection is given up; -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE_CNT = of("TCP_KEEPALIVE_CNT", 35, integer(-1, 127), -1, NEXT);
    /** ZMQ_TCP_KEEPALIVE_IDLE: the silence before the first probe, in whole seconds; negative: the system's default. */
    public static final ZmqOption<Duration> TCP_KEEPALIVE_IDLE =
            of("TCP_KEEPALIVE_IDLE", 36, SECONDS_OR_LESS, UNSET, NEXT);
    /** ZMQ_TCP_KEEPALIVE_INTVL: the time between probes, in whole seconds; negative: the system's default. */
    public static final ZmqOption<Duration> TCP_KEEPALIVE_INTVL =
            of("TCP_KEEPALIVE_INTVL", 37, SECONDS_OR_LESS, UNSET, NEXT);
    /**
     * ZMQ_TCP_ACCEPT_FILTER: the addresses from which peers may connect to a bind over tcp, each {@code ADDRESS} or
     * {@code ADDRESS/BITS}; empty: any.
     */
    public static final ZmqOption<List<String>> TCP_ACCEPT_FILTER =
            of("TCP_ACCEPT_FILTER", 38, NETWORKS, List.of(), NEXT);
    /** ZMQ_IMMEDIATE: a connect takes messages only while its peer is there; those that wait go when the peer goes. */
    public static final ZmqOption<Boolean> IMMEDIATE = of("IMMEDIATE", 39, FLAG, false, NEXT);
    /** ZMQ_XPUB_VERBOSE: every subscription is delivered, not only the first of a topic. */
    public static final ZmqOption<Boolean> XPUB_VERBOSE = of("XPUB_VERBOSE", 40, FLAG, false, NOW);
    /** ZMQ_IPV6: names are resolved to IPv6 addresses too, and {@code *} binds to both. */
    public static final ZmqOption<Boolean> IPV6 = of("IPV6", 42, FLAG, false, NEXT);
    /** ZMQ_PLAIN_SERVER: this side is the server of PLAIN. */
    public static final ZmqOption<Boolean> PLAIN_SERVER = of("PLAIN_SERVER", 44, FLAG, false, NEXT);
    /** ZMQ_PLAIN_USERNAME: this side is a client of PLAIN, with this name. */
    public static final ZmqOption<String> PLAIN_USERNAME = of("PLAIN_USERNAME", 45, TEXT, "", NEXT);
    /** ZMQ_PLAIN_PASSWORD: the password of a client of PLAIN. */
    public static final ZmqOption<String> PLAIN_PASSWORD = of("PLAIN_PASSWORD", 46, SECRET, "", NEXT);
    /** ZMQ_CURVE_SERVER: this side is the server of CURVE; needs {@link #CURVE_SECRETKEY}. */
    public static final ZmqOption<Boolean> CURVE_SERVER = of("CURVE_SERVER", 47, FLAG, false, NEXT);
    /** ZMQ_CURVE_PUBLICKEY: a client's public key, 32 bytes. */
    public static final ZmqOption<byte[]> CURVE_PUBLICKEY = of("CURVE_PUBLICKEY", 48, KEY, NONE, NEXT);
    /** ZMQ_CURVE_SECRETKEY: this side's secret key, 32 bytes. */
    public static final ZmqOption<byte[]> CURVE_SECRETKEY = of("CURVE_SECRETKEY", 49, SECRET_KEY, NONE, NEXT);
    /** ZMQ_CURVE_SERVERKEY: the server's public key, 32 bytes; makes this side a client of CURVE. */
    public static final ZmqOption<byte[]> CURVE_SERVERKEY = of("CURVE_SERVERKEY", 50, KEY, NONE, NEXT);
    /** ZMQ_PROBE_ROUTER: an empty message is sent on every new connection; REQ, DEALER, ROUTER. */
    public static final ZmqOption<Boolean> PROBE_ROUTER = of("PROBE_ROUTER", 51, FLAG, false, NOW);
    /** ZMQ_REQ_CORRELATE: requests carry a number, and replies with another are discarded. */
    public static final ZmqOption<Boolean> REQ_CORRELATE = of("REQ_CORRELATE", 52, FLAG, false, NOW);
    /** ZMQ_REQ_RELAXED: a request may be sent before the reply to the last one has come. */
    public static final ZmqOption<Boolean> REQ_RELAXED = of("REQ_RELAXED", 53, FLAG, false, NOW);
    /** ZMQ_CONFLATE: only the newest message is kept in either direction; PULL, PUSH, SUB, PUB, DEALER. */
    public static final ZmqOption<Boolean> CONFLATE = of("CONFLATE", 54, FLAG, false, NEXT);
    /** ZMQ_ZAP_DOMAIN: the domain of RFC 27 that the authenticator is told; empty: none. */
    public static final ZmqOption<String> ZAP_DOMAIN = of("ZAP_DOMAIN", 55, TEXT, "", NEXT);
    /** ZMQ_ROUTER_HANDOVER: a newcomer with the routing id of another peer takes its place. */
    public static final ZmqOption<Boolean> ROUTER_HANDOVER = of("ROUTER_HANDOVER", 56, FLAG, false, NOW);
    /** ZMQ_TOS: the type of service of IP packets. */
    public static final ZmqOption<Integer> TOS = of("TOS", 57, integer(0, 255), 0, NEXT);
    /**
     * ZMQ_IPC_FILTER_PID: the processes that may connect to a bind over ipc, each a number. A peer is admitted if any
     * of the three IPC filters names it, or if all three are empty.
     */
    public static final ZmqOption<List<String>> IPC_FILTER_PID = of("IPC_FILTER_PID", 58, NUMBERS, List.of(), NEXT);
    /** ZMQ_IPC_FILTER_UID: the users whose processes may connect over ipc; as {@link #IPC_FILTER_PID}. */
    public static final ZmqOption<List<String>> IPC_FILTER_UID = of("IPC_FILTER_UID", 59, NUMBERS, List.of(), NEXT);
    /**
     * ZMQ_IPC_FILTER_GID: the groups whose processes may connect over ipc; as {@link #IPC_FILTER_PID}. The group that a
     * process runs as counts, and its supplementary ones as the kernel has them (SO_PEERGROUPS, unix(7)); libzmq looks
     * up which groups its user is in instead.
     */
    public static final ZmqOption<List<String>> IPC_FILTER_GID = of("IPC_FILTER_GID", 60, NUMBERS, List.of(), NEXT);
    /** ZMQ_CONNECT_ROUTING_ID: the id of the peer of the next connect; ROUTER, STREAM. */
    public static final ZmqOption<byte[]> CONNECT_ROUTING_ID = of("CONNECT_ROUTING_ID", 61, ID, NONE, NEXT);
    /** ZMQ_HANDSHAKE_IVL: how long a handshake may take; zero: any time. */
    public static final ZmqOption<Duration> HANDSHAKE_IVL =
            of("HANDSHAKE_IVL", 66, MILLIS, Duration.ofSeconds(30), NEXT);
    /**
     * ZMQ_SOCKS_PROXY: connects over tcp go through the SOCKS5 proxy at {@code HOST:PORT}, which is told the host of
     * the endpoint as it stands there; empty: none. Needs io.netty:netty-handler-proxy.
     */
    public static final ZmqOption<String> SOCKS_PROXY = of("SOCKS_PROXY", 68, HOST_AND_PORT, "", NEXT);
    /** ZMQ_XPUB_NODROP: a full subscriber makes the sender wait instead of missing the message; PUB, XPUB, RADIO. */
    public static final ZmqOption<Boolean> XPUB_NODROP = of("XPUB_NODROP", 69, FLAG, false, NOW);
    /** ZMQ_XPUB_MANUAL: subscriptions are only delivered; the application applies them with {@link #SUBSCRIBE}. */
    public static final ZmqOption<Boolean> XPUB_MANUAL = of("XPUB_MANUAL", 71, FLAG, false, NOW);
    /** ZMQ_XPUB_WELCOME_MSG: the message that is sent to each new subscriber; empty: none. */
    public static final ZmqOption<byte[]> XPUB_WELCOME_MSG = of("XPUB_WELCOME_MSG", 72, BYTES, NONE, NOW);
    /** ZMQ_STREAM_NOTIFY: an empty message tells of each connection and disconnection. */
    public static final ZmqOption<Boolean> STREAM_NOTIFY = of("STREAM_NOTIFY", 73, FLAG, true, NEXT);
    /** ZMQ_INVERT_MATCHING: peers get what they did not subscribe to; PUB, XPUB, SUB. */
    public static final ZmqOption<Boolean> INVERT_MATCHING = of("INVERT_MATCHING", 74, FLAG, false, NOW);
    /**
     * ZMQ_HEARTBEAT_IVL: the time between PINGs; zero: none are sent. The default is zero, except that endpoints of
     * {@code vmci://}, {@code vsock://} and {@code vsock+unix://} ask peers of ZMTP 3.1 every 10 seconds until a value
     * is set, even zero, since no kernel tells that a virtual machine is gone. A RADIO never does so by default: a DISH
     * of libzmq closes the connection on a PING.
     */
    public static final ZmqOption<Duration> HEARTBEAT_IVL = of("HEARTBEAT_IVL", 75, MILLIS, Duration.ZERO, NEXT);
    /** ZMQ_HEARTBEAT_TTL: how long the peer is to wait for a sign of life; zero: it is not told. */
    public static final ZmqOption<Duration> HEARTBEAT_TTL = of("HEARTBEAT_TTL", 76, TIME_TO_LIVE, Duration.ZERO, NEXT);
    /** ZMQ_HEARTBEAT_TIMEOUT: how long to wait for a sign of life after a PING; negative: HEARTBEAT_IVL. */
    public static final ZmqOption<Duration> HEARTBEAT_TIMEOUT =
            of("HEARTBEAT_TIMEOUT", 77, MILLIS_OR_LESS, UNSET, NEXT);
    /** ZMQ_XPUB_VERBOSER: every subscription and every cancellation is delivered. */
    public static final ZmqOption<Boolean> XPUB_VERBOSER = of("XPUB_VERBOSER", 78, FLAG, false, NOW);
    /**
     * ZMQ_CONNECT_TIMEOUT: how long an attempt to connect may take (tcp, vmci, vsock, vsock+unix); zero: Netty's
     * default, 30 s.
     */
    public static final ZmqOption<Duration> CONNECT_TIMEOUT = of("CONNECT_TIMEOUT", 79, MILLIS, Duration.ZERO, NEXT);
    /** ZMQ_TCP_MAXRT: how long data may stay unacknowledged before the connection ends; zero: the system's default. */
    public static final ZmqOption<Duration> TCP_MAXRT = of("TCP_MAXRT", 80, MILLIS, Duration.ZERO, NEXT);
    /** ZMQ_VMCI_BUFFER_SIZE: bytes under way in one direction (vmci, vsock); 0: the kernel's default, 262144. */
    public static final ZmqOption<Long> VMCI_BUFFER_SIZE = of("VMCI_BUFFER_SIZE", 85, longInteger(0, UINT32), 0L, NEXT);
    /** ZMQ_VMCI_BUFFER_MIN_SIZE: the least {@link #VMCI_BUFFER_SIZE} to agree to; 0: the default, 128. */
    public static final ZmqOption<Long> VMCI_BUFFER_MIN_SIZE =
            of("VMCI_BUFFER_MIN_SIZE", 86, longInteger(0, UINT32), 0L, NEXT);
    /** ZMQ_VMCI_BUFFER_MAX_SIZE: the most {@link #VMCI_BUFFER_SIZE} to agree to; 0: the default, 262144. */
    public static final ZmqOption<Long> VMCI_BUFFER_MAX_SIZE =
            of("VMCI_BUFFER_MAX_SIZE", 87, longInteger(0, UINT32), 0L, NEXT);
    /**
     * ZMQ_VMCI_CONNECT_TIMEOUT: the kernel's own limit for an attempt to connect, which ends the attempt; zero or
     * negative: the kernel waits for 2 s, and is asked again until CONNECT_TIMEOUT is over.
     */
    public static final ZmqOption<Duration> VMCI_CONNECT_TIMEOUT =
            of("VMCI_CONNECT_TIMEOUT", 88, MILLIS_OR_LESS, UNSET, NEXT);
    /**
     * ZMQ_USE_FD: the number of a descriptor of a socket that listens already, such as one of a service manager, for
     * the next bind to accept from; -1: the bind makes its own. Over vmci, vsock, ipc and vsock+unix; tcp refuses it,
     * and inproc leaves it to the next bind. Of the endpoint only the scheme counts: LAST_ENDPOINT tells where the
     * socket listens. The bind owns the descriptor, leaves the file of a Unix socket where it is, and sets the option
     * to -1 again (libzmq leaves it). If the bind fails, the descriptor is still the caller's.
     */
    public static final ZmqOption<Integer> USE_FD = of("USE_FD", 89, integer(-1, MAX), -1, NEXT);
    /** ZMQ_ZAP_ENFORCE_DOMAIN: refuse peers when ZAP_DOMAIN is set and there is no authenticator. */
    public static final ZmqOption<Boolean> ZAP_ENFORCE_DOMAIN = of("ZAP_ENFORCE_DOMAIN", 93, FLAG, false, NEXT);
    /** ZMQ_METADATA: properties to tell peers, each {@code X-key:value}; of two with one key the first counts. */
    public static final ZmqOption<List<String>> METADATA = of("METADATA", 95, PROPERTIES, List.of(), NEXT);
    /** ZMQ_ROUTER_NOTIFY: 1 delivers an empty message for each connection, 2 for each disconnection, 3 for both. */
    public static final ZmqOption<Integer> ROUTER_NOTIFY = of("ROUTER_NOTIFY", 97, integer(0, 3), 0, NOW);
    /** ZMQ_XPUB_MANUAL_LAST_VALUE: as XPUB_MANUAL, and the message after a SUBSCRIBE goes to that peer alone. */
    public static final ZmqOption<Boolean> XPUB_MANUAL_LAST_VALUE = of("XPUB_MANUAL_LAST_VALUE", 98, FLAG, false, NOW);
    /** ZMQ_SOCKS_USERNAME: the user name for {@link #SOCKS_PROXY}; empty: none is offered. */
    public static final ZmqOption<String> SOCKS_USERNAME = of("SOCKS_USERNAME", 99, TEXT, "", NEXT);
    /** ZMQ_SOCKS_PASSWORD: the password for {@link #SOCKS_USERNAME}. */
    public static final ZmqOption<String> SOCKS_PASSWORD = of("SOCKS_PASSWORD", 100, SECRET, "", NEXT);
    /** ZMQ_ONLY_FIRST_SUBSCRIBE: of a multipart message only the first part may be a subscription; XPUB, XSUB. */
    public static final ZmqOption<Boolean> ONLY_FIRST_SUBSCRIBE = of("ONLY_FIRST_SUBSCRIBE", 108, FLAG, false, NOW);
    /**
     * ZMQ_RECONNECT_STOP: a sum of what makes a connect give up: 1 is a refused connection, 2 a failed handshake. 4 is
     * {@link ZmqSocket#disconnect}, and makes no difference, since nothing is tried after that in any case. (The header
     * of libzmq 4.3.4 has 3 for it, which is the sum of the two others there too; later ones have 4.)
     */
    public static final ZmqOption<Integer> RECONNECT_STOP = of("RECONNECT_STOP", 109, integer(0, 7), 0, NEXT);
    /** ZMQ_HELLO_MSG: the first message on every new connection; DEALER, ROUTER, CLIENT, SERVER, PEER. Empty: none. */
    public static final ZmqOption<byte[]> HELLO_MSG = of("HELLO_MSG", 110, BYTES, NONE, NOW);
    /** ZMQ_DISCONNECT_MSG: a message delivered when an accepted peer is gone; ROUTER, SERVER, PEER. Empty: none. */
    public static final ZmqOption<byte[]> DISCONNECT_MSG = of("DISCONNECT_MSG", 111, BYTES, NONE, NOW);
    /** ZMQ_HICCUP_MSG: a message delivered when a connected peer is gone; DEALER, CLIENT, PEER. Empty: none. */
    public static final ZmqOption<byte[]> HICCUP_MSG = of("HICCUP_MSG", 114, BYTES, NONE, NOW);
    /** ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: every cancellation is sent, not only the last of a topic. */
    public static final ZmqOption<Boolean> XSUB_VERBOSE_UNSUBSCRIBE =
            of("XSUB_VERBOSE_UNSUBSCRIBE", 115, FLAG, false, NOW);

    /** This library's own: how many bytes may wait for one peer, in addition to {@link #SNDHWM}; 0: no limit. */
    public static final ZmqOption<Long> SNDHWM_BYTES = of("SNDHWM_BYTES", 0, longInteger(0, Long.MAX_VALUE), 0L, NOW);
    /** This library's own: only peers of ZMTP 3.1 get PINGs, since some of 3.0 fail on them (libzmq sends them). */
    public static final ZmqOption<Boolean> HEARTBEAT_NEW_PEERS_ONLY =
            of("HEARTBEAT_NEW_PEERS_ONLY", 0, FLAG, false, NEXT);
    /** This library's own: how many sends may wait for room; one more fails with {@link ZmqError#AGAIN}. */
    public static final ZmqOption<Integer> PENDING_SENDS = of("PENDING_SENDS", 0, integer(1, MAX), 100_000, NOW);

    private final String name;
    private final int number;
    private final OptionValue<T> value;
    private final T defaultValue;
    private final Effect effect;
    /** The index of this option's value in a {@link ZmqOptions}. */
    final int index;

    private ZmqOption(String name, int number, OptionValue<T> value, T defaultValue, Effect effect) {
        this.name = name;
        this.number = number;
        this.value = value;
        this.defaultValue = defaultValue;
        this.effect = effect;
        index = BY_NAME.size();
        BY_NAME.put(name, this);
    }

    private static <T> ZmqOption<T> of(String name, int number, OptionValue<T> value, T defaultValue, Effect effect) {
        return new ZmqOption<>(name, number, value, defaultValue, effect);
    }

    /**
     * Finds an option by libzmq's name.
     *
     * @param name with or without {@code ZMQ_}, in any case; {@code IDENTITY} is {@code ROUTING_ID}
     * @return the option
     * @throws ZmqException {@link ZmqError#INVALID} if there is none of this name here
     */
    public static ZmqOption<?> byName(String name) {
        String key = name.toUpperCase(Locale.ROOT);
        key = key.startsWith("ZMQ_") ? key.substring(4) : key;
        ZmqOption<?> option = BY_NAME.get(key.equals("IDENTITY") ? "ROUTING_ID"
                : key.equals("CONNECT_RID") ? "CONNECT_ROUTING_ID" : key);
        if (option == null) {
            throw new ZmqException(ZmqError.INVALID, "option: " + name + " (expected: one of "
                    + String.join(", ", BY_NAME.keySet()) + ')');
        }
        return option;
    }

    /**
     * Returns all options by name.
     *
     * @return an unmodifiable map in the order of libzmq's numbers, with this library's own options last
     */
    public static Map<String, ZmqOption<?>> all() {
        return Collections.unmodifiableMap(BY_NAME);
    }

    /**
     * Returns libzmq's name.
     *
     * @return without {@code ZMQ_}
     */
    public String name() {
        return name;
    }

    /**
     * Returns libzmq's number.
     *
     * @return the number, or 0 for an option of this library's own
     */
    public int number() {
        return number;
    }

    /**
     * Returns the default value.
     *
     * @return the default; an array is a copy. LINGER has another one for some types, see {@link ZmqOptions#defaults}
     */
    public T defaultValue() {
        return value.copy(defaultValue);
    }

    /**
     * Tells when a change of this option counts.
     *
     * @return {@link Effect#NOW} or {@link Effect#NEXT}
     */
    public Effect effect() {
        return effect;
    }

    /**
     * Reads a value from text. A number is decimal. A time is a number of milliseconds, or of seconds for
     * {@code TCP_KEEPALIVE_*}, and -1 where libzmq allows it. A flag is {@code 0}, {@code 1}, {@code true} or
     * {@code false}. A text is taken as it is, bytes as its UTF-8, and a key of 32 bytes also as 40 characters of Z85.
     * A list has the text as its one entry, or none if the text is empty.
     *
     * @param text the text of a user
     * @return the value
     * @throws ZmqException {@link ZmqError#INVALID} if the text is no value of this option, or out of range
     */
    public T parse(String text) {
        T parsed;
        try {
            parsed = value.parse(text);
        } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new ZmqException(ZmqError.INVALID, name + ": " + (value.isSecret() ? "..." : text) + " (expected: "
                    + value.expected() + ')', e);
        }
        return check(parsed);
    }

    /** Reads a value as {@link #parse} does, and adds it to a list, as a second zmq_setsockopt of libzmq does. */
    T parse(String text, T before) {
        return value.add(before, parse(text));
    }

    /**
     * Checks a value before it is set.
     *
     * @param newValue the value to be set
     * @return the value as it is kept: a copy if it is an array or a list; a time rounded up to milliseconds
     * @throws ZmqException {@link ZmqError#INVALID} if it is not allowed
     */
    public T check(T newValue) {
        if (newValue == null) {
            throw new ZmqException(ZmqError.INVALID, name + ": null (expected: " + value.expected() + ')');
        }
        Object raw = newValue; // callers without generics may pass anything
        if (!value.type().isInstance(raw)) {
            throw new ZmqException(ZmqError.INVALID, name + ": a value of " + raw.getClass().getName()
                    + " (expected: " + value.type().getSimpleName() + ", " + value.expected() + ')');
        }
        T copy = value.copy(newValue);
        if (!value.allows(copy)) {
            throw new ZmqException(ZmqError.INVALID, name + ": " + (value.isSecret() ? "..." : value.show(copy))
                    + " (expected: " + value.expected() + ')');
        }
        return copy;
    }

    /**
     * Checks that sockets of a type have this option, as libzmq does.
     *
     * @param type the type of the socket
     * @throws ZmqException {@link ZmqError#INVALID} if they do not
     */
    public void checkType(ZmqSocketType type) {
        Set<ZmqSocketType> types = OptionTypes.of(name);
        if (!types.contains(type)) {
            throw new ZmqException(ZmqError.INVALID, name + " on a socket of type " + type + " (expected: one of "
                    + types + ')');
        }
    }

    T copy(T of) {
        return value.copy(of);
    }

    @Override
    public String toString() {
        return "ZMQ_" + name;
    }
}
