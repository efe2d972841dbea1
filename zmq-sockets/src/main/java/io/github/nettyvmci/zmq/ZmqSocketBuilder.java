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

import static java.util.Objects.requireNonNull;

import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter;
import io.github.nettyvmci.zmtp.ZmtpLimits;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Configures a socket. What has no method of its own is set by {@link #option(ZmqOption, Object)}, or by libzmq's name.
 * Values that are not allowed are refused at once with {@link ZmqError#INVALID}. Not thread-safe.
 */
public final class ZmqSocketBuilder {

    /** Of all contexts together, since their meters may be in one registry. */
    private static final AtomicLong OPENED = new AtomicLong();

    private final ZmqContext context;
    private final ZmqSocketType type;
    private final ZmtpLimits limits;
    private ZapHandler zapHandler;
    private ZmtpHandshakeLimiter handshakeLimiter;
    private Mechanism mechanism;
    private ZmqOptions options;
    private String name;

    ZmqSocketBuilder(ZmqContext context, ZmqSocketType type, ZmtpLimits limits, ZapHandler zapHandler,
            ZmtpHandshakeLimiter handshakeLimiter) {
        this.context = context;
        this.type = type;
        this.limits = limits;
        this.zapHandler = zapHandler;
        this.handshakeLimiter = handshakeLimiter;
        options = ZmqOptions.defaults(type);
    }

    /**
     * Sets an option.
     *
     * @param option which; not SUBSCRIBE or UNSUBSCRIBE, which an open socket takes
     * @param value  copied
     * @param <T>    type of the value
     * @return this builder
     */
    public <T> ZmqSocketBuilder option(ZmqOption<T> option, T value) {
        if (option == ZmqOption.SUBSCRIBE || option == ZmqOption.UNSUBSCRIBE) {
            throw new ZmqException(ZmqError.INVALID, option.name()
                    + " on a builder (expected: on an open socket); use ZmqSocket.subscribe");
        }
        option.checkType(type);
        options = options.with(option, value);
        return this;
    }

    /**
     * Sets an option by libzmq's name.
     *
     * @param name  with or without {@code ZMQ_}
     * @param value as text, see {@link ZmqOption#parse}
     * @return this builder
     */
    public ZmqSocketBuilder option(String name, String value) {
        return parsed(ZmqOption.byName(name), value);
    }

    private <T> ZmqSocketBuilder parsed(ZmqOption<T> option, String value) {
        return option(option, option.parse(value));
    }

    /**
     * Sets what the socket is called in logs and meters.
     *
     * <p>Default: its type and a number that no other socket of this process has, such as {@code PUSH-7}.
     *
     * @param name any text
     * @return this builder
     */
    public ZmqSocketBuilder name(String name) {
        this.name = requireNonNull(name, "name");
        return this;
    }

    /**
     * Sets the id this socket asks its peers for ({@code ZMQ_ROUTING_ID}).
     *
     * <p>Default: empty, the peer chooses one.
     *
     * @param id 0 to 255 octets, the first not 0; copied
     * @return this builder
     */
    public ZmqSocketBuilder routingId(byte[] id) {
        return option(ZmqOption.ROUTING_ID, id);
    }

    /**
     * Sets how long closing waits for messages to get out ({@code ZMQ_LINGER}).
     *
     * <p>Default: that of the context; not at all for SUB, XSUB and DISH.
     *
     * @param time zero: not at all; negative: as long as it takes
     * @return this builder
     */
    public ZmqSocketBuilder linger(Duration time) {
        return option(ZmqOption.LINGER, millis(time));
    }

    /**
     * Sets how many messages may wait for one peer ({@code ZMQ_SNDHWM}).
     *
     * <p>Default: 1000.
     *
     * @param messages 0: no limit
     * @return this builder
     */
    public ZmqSocketBuilder sendHighWaterMark(int messages) {
        return option(ZmqOption.SNDHWM, messages);
    }

    /**
     * Sets how many octets may wait for one peer, beside the number of messages; ours.
     *
     * <p>Default: 0.
     *
     * @param octets 0: no limit
     * @return this builder
     */
    public ZmqSocketBuilder sendHighWaterBytes(long octets) {
        return option(ZmqOption.SNDHWM_BYTES, octets);
    }

    /**
     * Sets how many messages of one peer may wait for the application ({@code ZMQ_RCVHWM}).
     *
     * <p>Default: 1000.
     *
     * @param messages 0: no limit
     * @return this builder
     */
    public ZmqSocketBuilder receiveHighWaterMark(int messages) {
        return option(ZmqOption.RCVHWM, messages);
    }

    /**
     * Sets how long {@link ZmqSocket#send(io.github.nettyvmci.zmtp.ZmtpMessage)} waits ({@code ZMQ_SNDTIMEO}).
     *
     * <p>Default: for ever.
     *
     * @param time negative: for ever
     * @return this builder
     */
    public ZmqSocketBuilder sendTimeout(Duration time) {
        return option(ZmqOption.SNDTIMEO, millis(time));
    }

    /**
     * Sets how long {@link ZmqSocket#receive()} waits ({@code ZMQ_RCVTIMEO}).
     *
     * <p>Default: for ever.
     *
     * @param time negative: for ever
     * @return this builder
     */
    public ZmqSocketBuilder receiveTimeout(Duration time) {
        return option(ZmqOption.RCVTIMEO, millis(time));
    }

    /**
     * Sets the first wait before another attempt to connect ({@code ZMQ_RECONNECT_IVL}).
     *
     * <p>Default: 100 ms.
     *
     * @param time zero or negative: none is made
     * @return this builder
     */
    public ZmqSocketBuilder reconnectInterval(Duration time) {
        return option(ZmqOption.RECONNECT_IVL, millis(time));
    }

    /**
     * Sets the longest wait between attempts, which double up to it ({@code ZMQ_RECONNECT_IVL_MAX}).
     *
     * <p>Default: zero.
     *
     * @param time zero: no doubling
     * @return this builder
     */
    public ZmqSocketBuilder maxReconnectInterval(Duration time) {
        return option(ZmqOption.RECONNECT_IVL_MAX, millis(time));
    }

    /**
     * Sets whether a connecting peer counts only while it is connected ({@code ZMQ_IMMEDIATE}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder immediate(boolean on) {
        return option(ZmqOption.IMMEDIATE, on);
    }

    /**
     * Sets how many connections may wait to be accepted ({@code ZMQ_BACKLOG}).
     *
     * <p>Default: 100.
     *
     * @param connections 1 or more
     * @return this builder
     */
    public ZmqSocketBuilder backlog(int connections) {
        return option(ZmqOption.BACKLOG, connections);
    }

    /**
     * Sets the longest frame a peer may send ({@code ZMQ_MAXMSGSIZE}).
     *
     * <p>Default: -1.
     *
     * @param octets -1: no limit, unless the {@link ZmqContext.Builder#limits} of the context have one; the
     *               {@link ZmqContext.Builder#receiveBudget} bounds all messages together
     * @return this builder
     */
    public ZmqSocketBuilder maxMessageSize(long octets) {
        return option(ZmqOption.MAXMSGSIZE, octets);
    }

    /**
     * Sets how long a handshake may take ({@code ZMQ_HANDSHAKE_IVL}).
     *
     * <p>Default: 30 s.
     *
     * @param time zero: for ever
     * @return this builder
     */
    public ZmqSocketBuilder handshakeInterval(Duration time) {
        return option(ZmqOption.HANDSHAKE_IVL, millis(time));
    }

    /**
     * Sets how long one attempt to connect may take (tcp, vmci) ({@code ZMQ_CONNECT_TIMEOUT}).
     *
     * <p>Default: zero.
     *
     * @param time zero: 30 seconds
     * @return this builder
     */
    public ZmqSocketBuilder connectTimeout(Duration time) {
        return option(ZmqOption.CONNECT_TIMEOUT, millis(time));
    }

    /**
     * Sets the time between heartbeats ({@code ZMQ_HEARTBEAT_IVL}).
     *
     * <p>Default: zero.
     *
     * @param time zero: none
     * @return this builder
     */
    public ZmqSocketBuilder heartbeatInterval(Duration time) {
        return option(ZmqOption.HEARTBEAT_IVL, millis(time));
    }

    /**
     * Sets how long to wait for a sign of life after a heartbeat ({@code ZMQ_HEARTBEAT_TIMEOUT}).
     *
     * <p>Default: the interval.
     *
     * @param time negative: the interval
     * @return this builder
     */
    public ZmqSocketBuilder heartbeatTimeout(Duration time) {
        return option(ZmqOption.HEARTBEAT_TIMEOUT, millis(time));
    }

    /**
     * Sets how long the peer is to wait for a sign of life ({@code ZMQ_HEARTBEAT_TTL}).
     *
     * <p>Default: zero.
     *
     * @param time zero: it is not told
     * @return this builder
     */
    public ZmqSocketBuilder heartbeatTimeToLive(Duration time) {
        return option(ZmqOption.HEARTBEAT_TTL, millis(time));
    }

    /**
     * Sets whether a message to nobody fails and one to a full peer waits ({@code ZMQ_ROUTER_MANDATORY}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether; otherwise both are dropped
     * @return this builder
     */
    public ZmqSocketBuilder routerMandatory(boolean on) {
        return option(ZmqOption.ROUTER_MANDATORY, on);
    }

    /**
     * Sets whether a newcomer takes the routing id of another peer over ({@code ZMQ_ROUTER_HANDOVER}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether; otherwise it is turned away
     * @return this builder
     */
    public ZmqSocketBuilder routerHandover(boolean on) {
        return option(ZmqOption.ROUTER_HANDOVER, on);
    }

    /**
     * Sets whether REQ may ask again before the reply is there ({@code ZMQ_REQ_RELAXED}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder requestRelaxed(boolean on) {
        return option(ZmqOption.REQ_RELAXED, on);
    }

    /**
     * Sets whether requests of REQ carry a number that the reply must have ({@code ZMQ_REQ_CORRELATE}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder requestCorrelate(boolean on) {
        return option(ZmqOption.REQ_CORRELATE, on);
    }

    /**
     * Sets whether only the newest message is kept ({@code ZMQ_CONFLATE}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder conflate(boolean on) {
        return option(ZmqOption.CONFLATE, on);
    }

    /**
     * Makes this side the server of PLAIN; needs an authenticator ({@code ZMQ_PLAIN_SERVER}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder plainServer(boolean on) {
        return option(ZmqOption.PLAIN_SERVER, on);
    }

    /**
     * Makes this side the server of CURVE; needs its secret key ({@code ZMQ_CURVE_SERVER}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder curveServer(boolean on) {
        return option(ZmqOption.CURVE_SERVER, on);
    }

    /**
     * Sets the public key of a client of CURVE ({@code ZMQ_CURVE_PUBLICKEY}).
     *
     * <p>Default: none.
     *
     * @param key 32 octets; copied
     * @return this builder
     */
    public ZmqSocketBuilder curvePublicKey(byte[] key) {
        return option(ZmqOption.CURVE_PUBLICKEY, key);
    }

    /**
     * Sets the secret key of this side ({@code ZMQ_CURVE_SECRETKEY}).
     *
     * <p>Default: none.
     *
     * @param key 32 octets; copied
     * @return this builder
     */
    public ZmqSocketBuilder curveSecretKey(byte[] key) {
        return option(ZmqOption.CURVE_SECRETKEY, key);
    }

    /**
     * Makes this side a client of CURVE, of the server with this public key ({@code ZMQ_CURVE_SERVERKEY}).
     *
     * <p>Default: none.
     *
     * @param key 32 octets; copied
     * @return this builder
     */
    public ZmqSocketBuilder curveServerKey(byte[] key) {
        return option(ZmqOption.CURVE_SERVERKEY, key);
    }

    /**
     * Sets what the authenticator is asked for ({@code ZMQ_ZAP_DOMAIN}).
     *
     * <p>Default: empty.
     *
     * @param domain 255 octets at most
     * @return this builder
     */
    public ZmqSocketBuilder zapDomain(String domain) {
        return option(ZmqOption.ZAP_DOMAIN, domain);
    }

    /**
     * Sets whether names are resolved to IPv6 too, and {@code *} binds to both (tcp) ({@code ZMQ_IPV6}).
     *
     * <p>Default: {@code false}.
     *
     * @param on whether
     * @return this builder
     */
    public ZmqSocketBuilder ipv6(boolean on) {
        return option(ZmqOption.IPV6, on);
    }

    /**
     * Sets the octets under way in one direction (vmci, vsock) ({@code ZMQ_VMCI_BUFFER_SIZE}).
     *
     * <p>Default: 0.
     *
     * @param octets 0: the kernel's default, 262144
     * @return this builder
     */
    public ZmqSocketBuilder vmciBufferSize(long octets) {
        return option(ZmqOption.VMCI_BUFFER_SIZE, octets);
    }

    /**
     * Makes this side a client of PLAIN ({@code ZMQ_PLAIN_USERNAME}, {@code ZMQ_PLAIN_PASSWORD}).
     *
     * @param username 1 to 255 octets
     * @param password 255 octets at most
     * @return this builder
     */
    public ZmqSocketBuilder plain(String username, String password) {
        return option(ZmqOption.PLAIN_USERNAME, username).option(ZmqOption.PLAIN_PASSWORD, password);
    }

    /**
     * Sets a mechanism of your own, in place of what the options say.
     *
     * @param mechanism with this side's role in it
     * @return this builder
     */
    public ZmqSocketBuilder mechanism(Mechanism mechanism) {
        this.mechanism = requireNonNull(mechanism, "mechanism");
        return this;
    }

    /**
     * Sets the authenticator of this socket.
     *
     * <p>Default: that of the context.
     *
     * @param handler the authenticator
     * @return this builder
     */
    public ZmqSocketBuilder zapHandler(ZapHandler handler) {
        zapHandler = requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Sets what bounds the handshakes at all binds of this socket together. For a connection past it the oldest one
     * that is still in its handshake is closed.
     *
     * <p>Default: that of the context.
     *
     * @param limiter may be shared by sockets
     * @return this builder
     */
    public ZmqSocketBuilder handshakeLimiter(ZmtpHandshakeLimiter limiter) {
        handshakeLimiter = requireNonNull(limiter, "limiter");
        return this;
    }

    /** Whether closing waits for messages as long as it takes. */
    boolean lingers() {
        return options.get(ZmqOption.LINGER) < 0;
    }

    private static int millis(Duration time) {
        return time.isNegative() ? -1 : (int) Math.min(Integer.MAX_VALUE, time.toMillis());
    }

    /**
     * Makes the socket.
     *
     * @return a new socket, neither bound nor connected
     * @throws ZmqException {@link ZmqError#INVALID} if options contradict each other, {@link ZmqError#CLOSED} if the
     *                      context is closed
     */
    public ZmqSocket open() {
        ZapHandler own = zapHandler;
        InprocZap inproc = new InprocZap(context);
        CodecFactory codecs = new CodecFactory(type, limits, context.receiveBudget(), mechanism,
                required -> own != null ? own : inproc.orElse(required), handshakeLimiter);
        if (type != ZmqSocketType.STREAM) {
            codecs.mechanism(options); // contradictions show now, not at the first peer
        }
        SocketCore core = context.newSocket(name != null ? name : type + "-" + OPENED.incrementAndGet(), options,
                codecs);
        return new ZmqSocket(core);
    }
}
