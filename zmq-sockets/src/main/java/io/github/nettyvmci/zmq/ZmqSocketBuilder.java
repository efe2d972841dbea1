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

import io.github.nettyvmci.zmq.internal.endpoint.CodecFactory;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Configures a socket: its {@linkplain #option(ZmqOption, Object) options}, and settings that are no options. A value
 * that is not allowed is refused at once: the method throws {@link ZmqException} with {@link ZmqError#INVALID}. Not
 * thread-safe.
 */
public final class ZmqSocketBuilder {

    /** Numbers the sockets of all contexts together, since their meters may be in one registry. */
    private static final AtomicLong OPENED = new AtomicLong();

    private final ZmqContext context;
    private final ZmqSocketType type;
    private final ZmtpLimits limits;
    private @Nullable ZapHandler zapHandler;
    private @Nullable ZmtpHandshakeLimiter handshakeLimiter;
    private @Nullable Mechanism mechanism;
    private ZmqOptions options;
    private @Nullable String name;

    ZmqSocketBuilder(ZmqContext context, ZmqSocketType type, ZmqOptions options, ZmtpLimits limits,
            @Nullable ZapHandler zapHandler, @Nullable ZmtpHandshakeLimiter handshakeLimiter) {
        this.context = context;
        this.type = type;
        this.options = options;
        this.limits = limits;
        this.zapHandler = zapHandler;
        this.handshakeLimiter = handshakeLimiter;
    }

    /**
     * Sets an option.
     *
     * @param option the option; not SUBSCRIBE or UNSUBSCRIBE, which only an open socket takes
     * @param value  the value; copied
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
     * Sets an option by its name, as libzmq's programs do: a list gets another entry, or is emptied by an empty text.
     *
     * @param name  libzmq's name, with or without {@code ZMQ_}
     * @param value the value as text, see {@link ZmqOption#parse}
     * @return this builder
     */
    public ZmqSocketBuilder option(String name, String value) {
        return parsed(ZmqOption.byName(name), value);
    }

    private <T> ZmqSocketBuilder parsed(ZmqOption<T> option, String value) {
        return option(option, option.parse(value, options.get(option)));
    }

    /**
     * Sets the name of the socket in logs and meters.
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
     * Sets the id this socket asks its peers for, as text ({@link ZmqOption#ROUTING_ID}).
     *
     * <p>Default: none, so that each peer chooses an id for this socket.
     *
     * @param id 0 to 255 bytes of UTF-8
     * @return this builder
     */
    public ZmqSocketBuilder routingId(String id) {
        return option(ZmqOption.ROUTING_ID, id.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes this side a client of PLAIN ({@code ZMQ_PLAIN_USERNAME}, {@code ZMQ_PLAIN_PASSWORD}).
     *
     * @param username 1 to 255 bytes of UTF-8
     * @param password 255 bytes of UTF-8 at most
     * @return this builder
     */
    public ZmqSocketBuilder plain(String username, String password) {
        return option(ZmqOption.PLAIN_USERNAME, username).option(ZmqOption.PLAIN_PASSWORD, password);
    }

    /**
     * Makes this side the server of CURVE ({@code ZMQ_CURVE_SERVER}, {@code ZMQ_CURVE_SECRETKEY}). The authenticator
     * decides which clients it lets in.
     *
     * @param keys the keys of this side; clients have to know the public one
     * @return this builder
     */
    public ZmqSocketBuilder curveServer(CurveKeyPair keys) {
        return option(ZmqOption.CURVE_SERVER, true).option(ZmqOption.CURVE_SECRETKEY, keys.secretKey());
    }

    /**
     * Makes this side a client of CURVE ({@code ZMQ_CURVE_SERVERKEY}, {@code ZMQ_CURVE_SECRETKEY}).
     *
     * @param keys      the keys of this side
     * @param serverKey the server's public key, 32 bytes; copied
     * @return this builder
     */
    public ZmqSocketBuilder curveClient(CurveKeyPair keys, byte[] serverKey) {
        return option(ZmqOption.CURVE_SERVERKEY, serverKey).option(ZmqOption.CURVE_SECRETKEY, keys.secretKey());
    }

    /**
     * Sets a mechanism of your own, in place of the one that the options say.
     *
     * @param mechanism the mechanism, which knows the role of this side
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
     * Sets the limiter of the handshakes at all binds of this socket together. When a connection comes that is one too
     * many, the oldest one that has not greeted is closed, else the one that stands still longest; where all of one
     * address go on, the new one.
     *
     * <p>Default: that of the context.
     *
     * @param limiter the limiter; sockets may share it
     * @return this builder
     */
    public ZmqSocketBuilder handshakeLimiter(ZmtpHandshakeLimiter limiter) {
        handshakeLimiter = requireNonNull(limiter, "limiter");
        return this;
    }

    /**
     * Makes the socket.
     *
     * @return a new socket, neither bound nor connected, which the caller or the context closes
     * @throws ZmqException {@link ZmqError#INVALID} if options contradict each other, {@link ZmqError#CLOSED} if the
     *                      context is closed
     */
    public ZmqSocket open() {
        ZapHandler own = zapHandler;
        InprocZap inproc = new InprocZap(context);
        CodecFactory codecs = new CodecFactory(type, limits, context.receiveBudget(), mechanism,
                required -> own != null ? own : inproc.orElse(required), handshakeLimiter);
        if (type != ZmqSocketType.STREAM) {
            codecs.mechanism(options); // throws if options contradict each other: here, not at the first peer
        }
        SocketCore core = context.newSocket(name != null ? name : type + "-" + OPENED.incrementAndGet(), options,
                codecs);
        return new ZmqSocket(core);
    }
}
