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

import io.github.nettyvmci.zmtp.security.Z85;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The options of a socket: libzmq's, with its names (without {@code ZMQ_}), units, ranges and defaults, and a few of
 * our own. Times are milliseconds.
 *
 * <p>When a change counts: {@link Effect#NOW} at once; {@link Effect#NEXT} from the next bind or connect on, for peers
 * of earlier binds too only where the text says so.
 *
 * @param <T> {@link Integer}, {@link Long}, {@link Boolean}, {@link String} or {@code byte[]}
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

    private static final Map<String, ZmqOption<?>> BY_NAME = new LinkedHashMap<>();

    private static final long UINT32 = 0xFFFF_FFFFL;

    /** ZMQ_AFFINITY: which event loop to choose, a bitmap of 64; 0: any. Counts for the socket's first endpoint. */
    public static final ZmqOption<Long> AFFINITY =
            of("AFFINITY", 4, 0L, Long.MIN_VALUE, Long.MAX_VALUE, Effect.NEXT);
    /** ZMQ_ROUTING_ID: the id this socket asks its peers for, 0 to 255 octets, the first not 0. */
    public static final ZmqOption<byte[]> ROUTING_ID = octets("ROUTING_ID", 5, 255, Effect.NEXT);
    /** ZMQ_SUBSCRIBE: adds a subscription; SUB, and XPUB with {@link #XPUB_MANUAL}. Has no value to get. */
    public static final ZmqOption<byte[]> SUBSCRIBE = octets("SUBSCRIBE", 6, 1 << 24, Effect.NOW);
    /** ZMQ_UNSUBSCRIBE: takes a subscription back; as {@link #SUBSCRIBE}. */
    public static final ZmqOption<byte[]> UNSUBSCRIBE = octets("UNSUBSCRIBE", 7, 1 << 24, Effect.NOW);
    /** ZMQ_SNDBUF: the kernel's send buffer in bytes (tcp, ipc); -1: the system's default. */
    public static final ZmqOption<Integer> SNDBUF = of("SNDBUF", 11, -1, -1, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_RCVBUF: the kernel's receive buffer in bytes (tcp, ipc); -1: the system's default. */
    public static final ZmqOption<Integer> RCVBUF = of("RCVBUF", 12, -1, -1, Integer.MAX_VALUE, Effect.NEXT);
    /**
     * ZMQ_LINGER: how long closing waits for messages to get out; -1: as long as it takes, 0: not at all. Default -1;
     * SUB, XSUB and DISH 0.
     */
    public static final ZmqOption<Integer> LINGER = of("LINGER", 17, -1, -1, Integer.MAX_VALUE, Effect.NOW);
    /** ZMQ_RECONNECT_IVL: the first wait before another attempt; 0 or -1: none is made. */
    public static final ZmqOption<Integer> RECONNECT_IVL =
            of("RECONNECT_IVL", 18, 100, -1, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_BACKLOG: how many connections may wait to be accepted; with 0 the kernel keeps one. */
    public static final ZmqOption<Integer> BACKLOG = of("BACKLOG", 19, 100, 0, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_RECONNECT_IVL_MAX: the longest wait, doubling up to it; 0: no doubling. */
    public static final ZmqOption<Integer> RECONNECT_IVL_MAX =
            of("RECONNECT_IVL_MAX", 21, 0, 0, Integer.MAX_VALUE, Effect.NEXT);
    /**
     * ZMQ_MAXMSGSIZE: the longest frame a peer may send, in bytes; -1: what {@link ZmqContext.Builder#limits} says, no
     * limit but {@link ZmqContext.Builder#receiveBudget} unless set.
     */
    public static final ZmqOption<Long> MAXMSGSIZE =
            of("MAXMSGSIZE", 22, -1L, -1, Integer.MAX_VALUE - 64, Effect.NEXT);
    /** ZMQ_SNDHWM: how many messages may wait for one peer; 0: no limit. */
    public static final ZmqOption<Integer> SNDHWM = of("SNDHWM", 23, 1000, 0, Integer.MAX_VALUE, Effect.NOW);
    /** ZMQ_RCVHWM: how many messages of one peer may wait for the application; 0: no limit. */
    public static final ZmqOption<Integer> RCVHWM = of("RCVHWM", 24, 1000, 0, Integer.MAX_VALUE, Effect.NOW);
    /** ZMQ_RCVTIMEO: how long {@link ZmqSocket#receive()} waits; -1: for ever. */
    public static final ZmqOption<Integer> RCVTIMEO = of("RCVTIMEO", 27, -1, -1, Integer.MAX_VALUE, Effect.NOW);
    /** ZMQ_SNDTIMEO: how long {@link ZmqSocket#send} waits; -1: for ever. */
    public static final ZmqOption<Integer> SNDTIMEO = of("SNDTIMEO", 28, -1, -1, Integer.MAX_VALUE, Effect.NOW);
    /** ZMQ_ROUTER_MANDATORY: a message to nobody fails, one to a full peer waits; otherwise both are dropped. */
    public static final ZmqOption<Boolean> ROUTER_MANDATORY = of("ROUTER_MANDATORY", 33, false, Effect.NOW);
    /** ZMQ_TCP_KEEPALIVE: 0 off, 1 on, -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE = of("TCP_KEEPALIVE", 34, -1, -1, 1, Effect.NEXT);
    /** ZMQ_TCP_KEEPALIVE_CNT: unanswered probes before the connection is given up; -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE_CNT =
            of("TCP_KEEPALIVE_CNT", 35, -1, -1, 127, Effect.NEXT);
    /** ZMQ_TCP_KEEPALIVE_IDLE: seconds of silence before the first probe; -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE_IDLE =
            of("TCP_KEEPALIVE_IDLE", 36, -1, -1, 32767, Effect.NEXT);
    /** ZMQ_TCP_KEEPALIVE_INTVL: seconds between probes; -1: the system's default. */
    public static final ZmqOption<Integer> TCP_KEEPALIVE_INTVL =
            of("TCP_KEEPALIVE_INTVL", 37, -1, -1, 32767, Effect.NEXT);
    /**
     * ZMQ_TCP_ACCEPT_FILTER: who may connect to a bind over tcp, {@code ADDRESS} or {@code ADDRESS/BITS}; setting it
     * again adds another, the empty text takes all back. Default: anybody.
     */
    public static final ZmqOption<String> TCP_ACCEPT_FILTER = text("TCP_ACCEPT_FILTER", 38, 8192, Effect.NEXT);
    /** ZMQ_IMMEDIATE: a connecting peer counts only while it is connected; what waits is dropped when it goes. */
    public static final ZmqOption<Boolean> IMMEDIATE = of("IMMEDIATE", 39, false, Effect.NEXT);
    /** ZMQ_XPUB_VERBOSE: every subscription is delivered, not only the first of a topic. */
    public static final ZmqOption<Boolean> XPUB_VERBOSE = of("XPUB_VERBOSE", 40, false, Effect.NOW);
    /** ZMQ_IPV6: names are resolved to IPv6 addresses too, and {@code *} binds to both. */
    public static final ZmqOption<Boolean> IPV6 = of("IPV6", 42, false, Effect.NEXT);
    /** ZMQ_PLAIN_SERVER: this side is the server of PLAIN. */
    public static final ZmqOption<Boolean> PLAIN_SERVER = of("PLAIN_SERVER", 44, false, Effect.NEXT);
    /** ZMQ_PLAIN_USERNAME: this side is a client of PLAIN, with this name. */
    public static final ZmqOption<String> PLAIN_USERNAME = text("PLAIN_USERNAME", 45, 255, Effect.NEXT);
    /** ZMQ_PLAIN_PASSWORD: the password of a client of PLAIN. */
    public static final ZmqOption<String> PLAIN_PASSWORD = text("PLAIN_PASSWORD", 46, 255, Effect.NEXT);
    /** ZMQ_CURVE_SERVER: this side is the server of CURVE; needs {@link #CURVE_SECRETKEY}. */
    public static final ZmqOption<Boolean> CURVE_SERVER = of("CURVE_SERVER", 47, false, Effect.NEXT);
    /** ZMQ_CURVE_PUBLICKEY: a client's public key, 32 octets. */
    public static final ZmqOption<byte[]> CURVE_PUBLICKEY = key("CURVE_PUBLICKEY", 48);
    /** ZMQ_CURVE_SECRETKEY: this side's secret key, 32 octets. */
    public static final ZmqOption<byte[]> CURVE_SECRETKEY = key("CURVE_SECRETKEY", 49);
    /** ZMQ_CURVE_SERVERKEY: the server's public key, 32 octets; makes this side a client of CURVE. */
    public static final ZmqOption<byte[]> CURVE_SERVERKEY = key("CURVE_SERVERKEY", 50);
    /** ZMQ_PROBE_ROUTER: an empty message is sent on every new connection; REQ, DEALER, ROUTER. */
    public static final ZmqOption<Boolean> PROBE_ROUTER = of("PROBE_ROUTER", 51, false, Effect.NOW);
    /** ZMQ_REQ_CORRELATE: requests carry a number, and replies with another are discarded. */
    public static final ZmqOption<Boolean> REQ_CORRELATE = of("REQ_CORRELATE", 52, false, Effect.NOW);
    /** ZMQ_REQ_RELAXED: a request may be sent while the reply to the last one is out. */
    public static final ZmqOption<Boolean> REQ_RELAXED = of("REQ_RELAXED", 53, false, Effect.NOW);
    /** ZMQ_CONFLATE: only the newest message is kept in either direction; PULL, PUSH, SUB, PUB, DEALER. */
    public static final ZmqOption<Boolean> CONFLATE = of("CONFLATE", 54, false, Effect.NEXT);
    /** ZMQ_ZAP_DOMAIN: what the authenticator is told. */
    public static final ZmqOption<String> ZAP_DOMAIN = text("ZAP_DOMAIN", 55, 255, Effect.NEXT);
    /** ZMQ_ROUTER_HANDOVER: a newcomer with the routing id of another peer takes its place. */
    public static final ZmqOption<Boolean> ROUTER_HANDOVER = of("ROUTER_HANDOVER", 56, false, Effect.NOW);
    /** ZMQ_TOS: the type of service of IP packets. */
    public static final ZmqOption<Integer> TOS = of("TOS", 57, 0, 0, 255, Effect.NEXT);
    /**
     * ZMQ_IPC_FILTER_PID: the process that may connect to a bind over ipc, a number; setting it again adds another, the
     * empty text takes all back. A peer that any of the three IPC filters names is admitted. Default: anybody.
     */
    public static final ZmqOption<String> IPC_FILTER_PID = text("IPC_FILTER_PID", 58, 8192, Effect.NEXT);
    /** ZMQ_IPC_FILTER_UID: the user whose processes may connect over ipc; as {@link #IPC_FILTER_PID}. */
    public static final ZmqOption<String> IPC_FILTER_UID = text("IPC_FILTER_UID", 59, 8192, Effect.NEXT);
    /**
     * ZMQ_IPC_FILTER_GID: the group whose processes may connect over ipc; as {@link #IPC_FILTER_PID}. The group that a
     * process runs as counts, and its supplementary ones as the kernel has them (SO_PEERGROUPS, unix(7)); libzmq looks
     * up which groups its user is in instead.
     */
    public static final ZmqOption<String> IPC_FILTER_GID = text("IPC_FILTER_GID", 60, 8192, Effect.NEXT);
    /** ZMQ_CONNECT_ROUTING_ID: the id of the peer of the next connect; ROUTER, STREAM. */
    public static final ZmqOption<byte[]> CONNECT_ROUTING_ID = octets("CONNECT_ROUTING_ID", 61, 255, Effect.NEXT);
    /** ZMQ_HANDSHAKE_IVL: how long a handshake may take; 0: for ever. */
    public static final ZmqOption<Integer> HANDSHAKE_IVL =
            of("HANDSHAKE_IVL", 66, 30_000, 0, Integer.MAX_VALUE, Effect.NEXT);
    /**
     * ZMQ_SOCKS_PROXY: connects over tcp go through the SOCKS5 proxy at {@code HOST:PORT}, which is told the host of
     * the endpoint as it stands there; empty: none. Needs io.netty:netty-handler-proxy.
     */
    public static final ZmqOption<String> SOCKS_PROXY = text("SOCKS_PROXY", 68, 512, Effect.NEXT);
    /** ZMQ_XPUB_NODROP: a full subscriber makes the sender wait instead of missing the message; PUB, XPUB, RADIO. */
    public static final ZmqOption<Boolean> XPUB_NODROP = of("XPUB_NODROP", 69, false, Effect.NOW);
    /** ZMQ_XPUB_MANUAL: subscriptions are only delivered; the application applies them with {@link #SUBSCRIBE}. */
    public static final ZmqOption<Boolean> XPUB_MANUAL = of("XPUB_MANUAL", 71, false, Effect.NOW);
    /** ZMQ_XPUB_WELCOME_MSG: sent to each new subscriber; empty: none. */
    public static final ZmqOption<byte[]> XPUB_WELCOME_MSG = octets("XPUB_WELCOME_MSG", 72, 1 << 24, Effect.NOW);
    /** ZMQ_STREAM_NOTIFY: an empty message tells of each connection and disconnection. */
    public static final ZmqOption<Boolean> STREAM_NOTIFY = of("STREAM_NOTIFY", 73, true, Effect.NEXT);
    /** ZMQ_INVERT_MATCHING: peers get what they did not subscribe to; PUB, XPUB, SUB. */
    public static final ZmqOption<Boolean> INVERT_MATCHING = of("INVERT_MATCHING", 74, false, Effect.NOW);
    /**
     * ZMQ_HEARTBEAT_IVL: time between PINGs; 0: none. Default 0; but endpoints of {@code vmci://}, {@code vsock://} and
     * {@code vsock+unix://} ask peers of ZMTP 3.1 every 10 seconds until a value is set, be it 0, since no kernel tells
     * that a virtual machine is gone.
     */
    public static final ZmqOption<Integer> HEARTBEAT_IVL =
            of("HEARTBEAT_IVL", 75, 0, 0, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_HEARTBEAT_TTL: how long the peer is to wait for a sign of life; 0: it is not told. */
    public static final ZmqOption<Integer> HEARTBEAT_TTL = of("HEARTBEAT_TTL", 76, 0, 0, 6_553_599, Effect.NEXT);
    /** ZMQ_HEARTBEAT_TIMEOUT: how long to wait for a sign of life after a PING; -1: HEARTBEAT_IVL. */
    public static final ZmqOption<Integer> HEARTBEAT_TIMEOUT =
            of("HEARTBEAT_TIMEOUT", 77, -1, -1, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_XPUB_VERBOSER: every subscription and every cancellation is delivered. */
    public static final ZmqOption<Boolean> XPUB_VERBOSER = of("XPUB_VERBOSER", 78, false, Effect.NOW);
    /** ZMQ_CONNECT_TIMEOUT: how long an attempt to connect may take (tcp, vmci, vsock); 0: Netty's default, 30,000. */
    public static final ZmqOption<Integer> CONNECT_TIMEOUT =
            of("CONNECT_TIMEOUT", 79, 0, 0, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_TCP_MAXRT: how long unacknowledged data may wait before the connection is given up; 0: the default. */
    public static final ZmqOption<Integer> TCP_MAXRT = of("TCP_MAXRT", 80, 0, 0, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_VMCI_BUFFER_SIZE: bytes under way in one direction (vmci, vsock); 0: the kernel's default, 262144. */
    public static final ZmqOption<Long> VMCI_BUFFER_SIZE = of("VMCI_BUFFER_SIZE", 85, 0L, 0, UINT32, Effect.NEXT);
    /** ZMQ_VMCI_BUFFER_MIN_SIZE: the least {@link #VMCI_BUFFER_SIZE} to agree to; 0: the default, 128. */
    public static final ZmqOption<Long> VMCI_BUFFER_MIN_SIZE =
            of("VMCI_BUFFER_MIN_SIZE", 86, 0L, 0, UINT32, Effect.NEXT);
    /** ZMQ_VMCI_BUFFER_MAX_SIZE: the most {@link #VMCI_BUFFER_SIZE} to agree to; 0: the default, 262144. */
    public static final ZmqOption<Long> VMCI_BUFFER_MAX_SIZE =
            of("VMCI_BUFFER_MAX_SIZE", 87, 0L, 0, UINT32, Effect.NEXT);
    /**
     * ZMQ_VMCI_CONNECT_TIMEOUT: after how long an attempt to connect ends with the kernel's own limit; 0 or -1: the
     * kernel waits for 2000, and is asked again until CONNECT_TIMEOUT is over.
     */
    public static final ZmqOption<Integer> VMCI_CONNECT_TIMEOUT =
            of("VMCI_CONNECT_TIMEOUT", 88, -1, -1, Integer.MAX_VALUE, Effect.NEXT);
    /** ZMQ_ZAP_ENFORCE_DOMAIN: refuse peers when ZAP_DOMAIN is set and there is no authenticator. */
    public static final ZmqOption<Boolean> ZAP_ENFORCE_DOMAIN = of("ZAP_ENFORCE_DOMAIN", 93, false, Effect.NEXT);
    /** ZMQ_METADATA: a property to tell peers, {@code X-key:value}; setting it again adds another. */
    public static final ZmqOption<String> METADATA = text("METADATA", 95, 8192, Effect.NEXT);
    /** ZMQ_ROUTER_NOTIFY: 1 an empty message for each connection, 2 for each disconnection, 3 both. */
    public static final ZmqOption<Integer> ROUTER_NOTIFY = of("ROUTER_NOTIFY", 97, 0, 0, 3, Effect.NOW);
    /** ZMQ_XPUB_MANUAL_LAST_VALUE: MANUAL; the message after a SUBSCRIBE goes to that peer alone. */
    public static final ZmqOption<Boolean> XPUB_MANUAL_LAST_VALUE =
            of("XPUB_MANUAL_LAST_VALUE", 98, false, Effect.NOW);
    /** ZMQ_SOCKS_USERNAME: the user name for {@link #SOCKS_PROXY}; empty: none is offered. */
    public static final ZmqOption<String> SOCKS_USERNAME = text("SOCKS_USERNAME", 99, 255, Effect.NEXT);
    /** ZMQ_SOCKS_PASSWORD: the password for {@link #SOCKS_USERNAME}. */
    public static final ZmqOption<String> SOCKS_PASSWORD = text("SOCKS_PASSWORD", 100, 255, Effect.NEXT);
    /** ZMQ_ONLY_FIRST_SUBSCRIBE: of a multipart message only the first part may be a subscription; XPUB, XSUB. */
    public static final ZmqOption<Boolean> ONLY_FIRST_SUBSCRIBE =
            of("ONLY_FIRST_SUBSCRIBE", 108, false, Effect.NOW);
    /**
     * ZMQ_RECONNECT_STOP: give up on 1 a refused connection, 2 a failed handshake; a sum. 4, after
     * {@link ZmqSocket#disconnect}, makes no difference: nothing is tried after that whatever this says. (The header of
     * libzmq 4.3.4 has 3 for it, which is the sum of the two others there too; later ones have 4.)
     */
    public static final ZmqOption<Integer> RECONNECT_STOP = of("RECONNECT_STOP", 109, 0, 0, 7, Effect.NEXT);
    /** ZMQ_HELLO_MSG: sent first on every new connection; DEALER, ROUTER, CLIENT, SERVER, PEER. Empty: none. */
    public static final ZmqOption<byte[]> HELLO_MSG = octets("HELLO_MSG", 110, 1 << 24, Effect.NOW);
    /** ZMQ_DISCONNECT_MSG: delivered when an accepted peer is gone; ROUTER, SERVER, PEER. Empty: none. */
    public static final ZmqOption<byte[]> DISCONNECT_MSG = octets("DISCONNECT_MSG", 111, 1 << 24, Effect.NOW);
    /** ZMQ_HICCUP_MSG: delivered when a connected peer is gone; DEALER, CLIENT, PEER. Empty: none. */
    public static final ZmqOption<byte[]> HICCUP_MSG = octets("HICCUP_MSG", 114, 1 << 24, Effect.NOW);
    /** ZMQ_XSUB_VERBOSE_UNSUBSCRIBE: every cancellation is sent, not only the last of a topic. */
    public static final ZmqOption<Boolean> XSUB_VERBOSE_UNSUBSCRIBE =
            of("XSUB_VERBOSE_UNSUBSCRIBE", 115, false, Effect.NOW);

    /** Ours: how many bytes may wait for one peer, beside {@link #SNDHWM}; 0: no limit. */
    public static final ZmqOption<Long> SNDHWM_BYTES = of("SNDHWM_BYTES", 0, 0L, 0, Long.MAX_VALUE, Effect.NOW);
    /** Ours: only peers of ZMTP 3.1 get PINGs; some of 3.0 cannot stand them, though libzmq sends them. */
    public static final ZmqOption<Boolean> HEARTBEAT_NEW_PEERS_ONLY =
            of("HEARTBEAT_NEW_PEERS_ONLY", 0, false, Effect.NEXT);
    /** Ours: how many sends may wait for room; one more fails with {@link ZmqError#AGAIN}. */
    public static final ZmqOption<Integer> PENDING_SENDS =
            of("PENDING_SENDS", 0, 100_000, 1, Integer.MAX_VALUE, Effect.NOW);

    private final String name;
    private final int number;
    private final T defaultValue;
    private final long least;
    private final long most;
    private final Effect effect;
    /** Its place in a {@link ZmqOptions}. */
    final int index;

    private ZmqOption(String name, int number, T defaultValue, long least, long most, Effect effect) {
        this.name = name;
        this.number = number;
        this.defaultValue = defaultValue;
        this.least = least;
        this.most = most;
        this.effect = effect;
        index = BY_NAME.size();
        BY_NAME.put(name, this);
    }

    private static <T extends Number> ZmqOption<T> of(String name, int number, T value, long least, long most,
            Effect effect) {
        return new ZmqOption<>(name, number, value, least, most, effect);
    }

    private static ZmqOption<Boolean> of(String name, int number, boolean value, Effect effect) {
        return new ZmqOption<>(name, number, value, 0, 1, effect);
    }

    private static ZmqOption<byte[]> octets(String name, int number, int most, Effect effect) {
        return new ZmqOption<>(name, number, new byte[0], 0, most, effect);
    }

    private static ZmqOption<byte[]> key(String name, int number) {
        return new ZmqOption<>(name, number, new byte[0], 32, 32, Effect.NEXT);
    }

    private static ZmqOption<String> text(String name, int number, int most, Effect effect) {
        return new ZmqOption<>(name, number, "", 0, most, effect);
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
     * @return an unmodifiable map in the order of libzmq's numbers, ours last
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
     * @return 0 for options of our own
     */
    public int number() {
        return number;
    }

    /**
     * Returns the value of a socket that has not been told another.
     *
     * @return the default; arrays are copies
     */
    public T defaultValue() {
        return copy(defaultValue);
    }

    /**
     * Tells when a change counts.
     *
     * @return at once, or from the next endpoint on
     */
    public Effect effect() {
        return effect;
    }

    /**
     * Reads a value from text: a number; {@code 0}, {@code 1}, {@code true} or {@code false}; text as it is; octets as
     * UTF-8, and 32-octet keys as 40 characters of Z85.
     *
     * @param text what a user wrote
     * @return the value
     * @throws ZmqException {@link ZmqError#INVALID} if it is none, or out of range
     */
    @SuppressWarnings("unchecked")
    public T parse(String text) {
        Object value;
        try {
            if (defaultValue instanceof Integer) {
                value = Integer.valueOf(text);
            } else if (defaultValue instanceof Long) {
                value = Long.valueOf(text);
            } else if (defaultValue instanceof Boolean) {
                value = parseBoolean(text);
            } else if (defaultValue instanceof byte[]) {
                value = isKey() && text.length() == 40 ? Z85.decode(text) : text.getBytes(StandardCharsets.UTF_8);
            } else {
                value = text;
            }
        } catch (IllegalArgumentException e) { // NumberFormatException is one
            throw new ZmqException(ZmqError.INVALID, name + ": " + (isSecret() ? "..." : text) + " (expected: "
                    + expected() + ')', e);
        }
        return check((T) value);
    }

    private static Boolean parseBoolean(String text) {
        switch (text) {
            case "1":
            case "true":
                return true;
            case "0":
            case "false":
                return false;
            default:
                throw new IllegalArgumentException(text);
        }
    }

    private boolean isKey() {
        return least == 32 && most == 32;
    }

    private boolean isSecret() {
        return name.equals("CURVE_SECRETKEY") || name.equals("PLAIN_PASSWORD") || name.equals("SOCKS_PASSWORD");
    }

    /**
     * Checks a value.
     *
     * @param value any
     * @return the value, copied where it could change
     * @throws ZmqException {@link ZmqError#INVALID} if the option cannot have it
     */
    public T check(T value) {
        if (value == null) {
            throw new ZmqException(ZmqError.INVALID, name + ": null (expected: " + expected() + ')');
        }
        boolean right;
        if (value.getClass() != defaultValue.getClass()) {
            throw new ZmqException(ZmqError.INVALID, name + ": a value of " + value.getClass().getName()
                    + " (expected: " + defaultValue.getClass().getSimpleName() + ", " + expected() + ')');
        } else if (value instanceof Number) {
            long n = ((Number) value).longValue();
            right = n >= least && n <= most;
        } else if (value instanceof byte[]) {
            byte[] octets = (byte[]) value;
            right = octets.length >= least && octets.length <= most
                    && !(name.endsWith("ROUTING_ID") && octets.length > 0 && octets[0] == 0);
        } else if (value instanceof String) {
            String text = (String) value;
            right = text.getBytes(StandardCharsets.UTF_8).length <= most && (text.isEmpty() || isFilter(text))
                    && (!name.equals("METADATA") || text.lines().allMatch(OptionSyntax::isProperty))
                    && (!name.equals("SOCKS_PROXY") || text.isEmpty() || OptionSyntax.isHostAndPort(text));
        } else {
            right = true;
        }
        if (!right) {
            throw new ZmqException(ZmqError.INVALID, name + ": " + show(value) + " (expected: " + expected() + ')');
        }
        return copy(value);
    }

    /**
     * Checks that a socket of a type has such an option, as libzmq does.
     *
     * @param type the type of the socket
     * @throws ZmqException {@link ZmqError#INVALID} if not
     */
    public void checkType(ZmqSocketType type) {
        Set<ZmqSocketType> types = OptionTypes.of(name);
        if (!types.contains(type)) {
            throw new ZmqException(ZmqError.INVALID, name + " on a socket of type " + type + " (expected: one of "
                    + types + ')');
        }
    }

    /** Whether a text is what the options that name peers take; true for all others. */
    private boolean isFilter(String text) {
        return !isPeerFilter() || (name.startsWith("TCP") ? OptionSyntax.isNetwork(text) : OptionSyntax.isNumber(text));
    }

    private boolean isPeerFilter() {
        return name.equals("TCP_ACCEPT_FILTER") || name.startsWith("IPC_FILTER_");
    }

    /** Whether setting a value keeps those that were set before, a line each. */
    boolean isList() {
        return name.equals("METADATA") || isPeerFilter();
    }

    private String show(T value) {
        if (isSecret()) {
            return "...";
        }
        if (value instanceof byte[]) {
            byte[] octets = (byte[]) value;
            return octets.length + " octets" + (octets.length > 0 ? " beginning with " + (octets[0] & 0xff) : "");
        }
        return value.toString();
    }

    private String expected() {
        if (defaultValue instanceof Boolean) {
            return "0 or 1";
        }
        if (defaultValue instanceof byte[]) {
            return isKey() ? "a key of 32 octets, or 40 characters of Z85"
                    : most + " octets at most" + (name.endsWith("ROUTING_ID") ? ", the first not 0" : "");
        }
        if (isPeerFilter()) {
            return name.startsWith("TCP") ? "an IP address, or ADDRESS/BITS" : "a number from 0 to 4294967295";
        }
        if (name.equals("METADATA")) {
            return "X-key:value, the key of letters, digits and -_.+, 254 octets at most";
        }
        if (name.equals("SOCKS_PROXY")) {
            return "HOST:PORT";
        }
        return defaultValue instanceof String ? most + " octets at most" : least + " to " + most;
    }

    @SuppressWarnings("unchecked")
    static <T> T copy(T value) {
        return value instanceof byte[] ? (T) Arrays.copyOf((byte[]) value, ((byte[]) value).length) : value;
    }

    @Override
    public String toString() {
        return "ZMQ_" + name;
    }
}
