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
import io.github.nettyvmci.zmq.internal.inproc.InprocNames;
import io.github.nettyvmci.zmq.internal.socket.Loops;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmq.internal.socket.Transports;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpReceiveBudget;
import io.netty.util.internal.PlatformDependent;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes sockets, and owns the event loops they live on, one group for each kind of transport, begun when first needed
 * ({@code zmq_ctx_new(3)}). Sockets of one context reach each other by {@code inproc://}.
 *
 * <p>Thread-safe. The loops' threads keep the virtual machine alive until {@link #close()}.
 */
public final class ZmqContext implements AutoCloseable {

    /** Those of the codec, without any on frames and messages: libzmq has none, and {@link #receiveBudget} is there. */
    private static final ZmtpLimits DEFAULT_LIMITS = ZmtpLimits.builder().maxFrameLength(Integer.MAX_VALUE - 64)
            .maxMessageLength(Long.MAX_VALUE).build();

    private final Duration linger;
    private final ZmtpLimits limits;
    private final ZmtpReceiveBudget receiveBudget;
    private final ZapHandler zapHandler;
    private final ZmtpHandshakeLimiter handshakeLimiter;
    private final Transports transports;
    private final Loops loops;
    private final Set<SocketCore> sockets = new HashSet<>();
    private final InprocNames inproc = new InprocNames();
    private boolean closed;

    private ZmqContext(Builder builder) {
        linger = builder.linger;
        limits = builder.limits;
        receiveBudget = builder.receiveBudget != null ? builder.receiveBudget
                : new ZmtpReceiveBudget(Math.max(1, PlatformDependent.estimateMaxDirectMemory() / 4));
        zapHandler = builder.zapHandler;
        handshakeLimiter = builder.handshakeLimiter;
        transports = new Transports(builder.transports);
        loops = new Loops(builder.threads, transports);
    }

    /**
     * Returns the version of this library, for messages and reports of faults.
     *
     * @return such as {@code 0.1.0}, or {@code unknown} where its jar was packed anew without its resources
     */
    public static String version() {
        try (InputStream in = ZmqContext.class.getResourceAsStream("version.txt")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the limits of a context that is given none: {@link ZmtpLimits#defaults()}, but frames and messages may
     * have any length a buffer can have. To be changed with {@link ZmtpLimits#toBuilder()}.
     *
     * @return a shared instance
     */
    public static ZmtpLimits defaultLimits() {
        return DEFAULT_LIMITS;
    }

    /**
     * Makes a context with default settings.
     *
     * @return a new context
     */
    public static ZmqContext create() {
        return builder().build();
    }

    /**
     * Starts the configuration of a context.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts the configuration of a socket.
     *
     * @param type its type
     * @return a new builder
     */
    public ZmqSocketBuilder builder(ZmqSocketType type) {
        ZmqOptions options = ZmqOptions.defaults(requireNonNull(type, "type"));
        if (options.get(ZmqOption.LINGER) == ZmqOption.FOREVER) {
            options = options.with(ZmqOption.LINGER, linger);
        }
        return new ZmqSocketBuilder(this, type, options, limits, zapHandler, handshakeLimiter);
    }

    /**
     * Makes a socket with default options.
     *
     * @param type its type
     * @return a new socket
     * @throws ZmqException {@link ZmqError#CLOSED} if the context is closed
     */
    public ZmqSocket open(ZmqSocketType type) {
        return builder(type).open();
    }

    /** Makes the inside of a socket, which this context closes. */
    SocketCore newSocket(String name, ZmqOptions options, CodecFactory codecs) {
        SocketCore core = new SocketCore(name, options, codecs, transports, loops, inproc, this::closed);
        synchronized (this) {
            if (closed) {
                throw new ZmqException(ZmqError.CLOSED, "context: closed (expected: open)");
            }
            sockets.add(core);
        }
        return core;
    }

    private synchronized void closed(SocketCore core) {
        sockets.remove(core);
    }

    ZmtpReceiveBudget receiveBudget() {
        return receiveBudget;
    }

    /** Returns whether a name within the process is bound. */
    boolean isBound(String endpoint) {
        return inproc.isBound(endpoint);
    }

    /**
     * Closes all sockets, each in the time its {@link ZmqOption#LINGER} gives, and waits for it; then ends the event
     * loops ({@code zmq_ctx_term(3)}). With LINGER FOREVER, the default, that is as long as a message waits for a peer;
     * after 5 seconds a socket warns in the log of what it waits for. {@link #close(Duration)} and
     * {@link Builder#linger} have an end.
     *
     * @throws IllegalStateException on an event loop
     */
    @Override
    public void close() {
        close(null);
    }

    /**
     * As {@link #close()}, but drops what is still waiting after some time, whatever LINGER says.
     *
     * @param most how long messages may take to get out
     * @return whether everything got out
     * @throws IllegalStateException on an event loop
     */
    public boolean close(Duration most) {
        List<SocketCore> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(sockets);
        }
        for (SocketCore core : open) {
            Blocking.checkMayBlock(core);
        }
        inproc.close();
        CompletableFuture<?>[] closing = open.stream().map(SocketCore::close).toArray(CompletableFuture[]::new);
        boolean all = await(CompletableFuture.allOf(closing), most);
        if (!all) {
            open.forEach(core -> core.call(() -> {
                core.setOption(ZmqOption.LINGER, Duration.ZERO);
                return null;
            }));
            await(CompletableFuture.allOf(closing), null);
        }
        loops.end();
        return all;
    }

    private static boolean await(CompletableFuture<?> future, Duration most) {
        boolean interrupted = false;
        try {
            for (;;) {
                try {
                    if (most == null) {
                        future.get();
                    } else {
                        future.get(Blocking.nanos(most), TimeUnit.NANOSECONDS);
                    }
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true; // the loops must end all the same: do not linger any more
                    return false;
                } catch (TimeoutException e) {
                    return false;
                } catch (ExecutionException e) {
                    throw new IllegalStateException(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Collects settings. Not thread-safe. */
    public static final class Builder {

        private int threads = Math.min(4, Runtime.getRuntime().availableProcessors());
        private Duration linger = ZmqOption.FOREVER;
        private ZmtpLimits limits = DEFAULT_LIMITS;
        private ZmtpReceiveBudget receiveBudget;
        private ZapHandler zapHandler;
        private ZmtpHandshakeLimiter handshakeLimiter;
        private final List<ZmqTransport> transports = new ArrayList<>();

        private Builder() {
        }

        /**
         * Sets how many event loops each kind of transport gets ({@code ZMQ_IO_THREADS}). A socket lives on one.
         *
         * <p>Default: the number of processors, 4 at most.
         *
         * @param number 1 or more
         * @return this builder
         */
        public Builder ioThreads(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("ioThreads: " + number + " (expected: 1 or more)");
            }
            threads = number;
            return this;
        }

        /**
         * Sets how long the sockets wait for messages to get out when they are closed, unless they are told otherwise
         * ({@code ZMQ_LINGER}). SUB, XSUB and DISH do not wait in any case.
         *
         * <p>Default: as long as it takes. Then {@link ZmqContext#close()} waits for ever if a message has no peer, and
         * warns after 5 seconds.
         *
         * @param time zero: not at all; {@link ZmqOption#FOREVER}: as long as it takes
         * @throws ZmqException {@link ZmqError#INVALID} if it is less than zero
         * @return this builder
         */
        public Builder linger(Duration time) {
            linger = ZmqOption.LINGER.check(time);
            return this;
        }

        /**
         * Sets the bounds on what peers can make this side do; {@code MAXMSGSIZE} and {@code HANDSHAKE_IVL} of a socket
         * override theirs.
         *
         * <p>Default: {@link #defaultLimits()}, which sets none on the length of messages. Those of
         * {@link ZmtpLimits#builder()} allow 64 MiB.
         *
         * @param limits the limits
         * @return this builder
         */
        public Builder limits(ZmtpLimits limits) {
            this.limits = requireNonNull(limits, "limits");
            return this;
        }

        /**
         * Sets what bounds the memory of unfinished messages, of all peers of all sockets together: when it is used up,
         * the connection that holds most is closed, which is an event, a warning and counted
         * ({@link ZmqMetrics#limitExceeded()}). Whoever connected tries again.
         *
         * <p>Default: one of its own for each context, of a quarter of the direct memory that the virtual machine may
         * have ({@code -XX:MaxDirectMemorySize}, or as much as the heap).
         *
         * @param budget may be shared by contexts
         * @return this builder
         */
        public Builder receiveBudget(ZmtpReceiveBudget budget) {
            receiveBudget = requireNonNull(budget, "budget");
            return this;
        }

        /**
         * Sets the authenticator of all sockets.
         *
         * <p>Default: the REP or ROUTER socket of this context that is bound to {@code inproc://zeromq.zap.01} when a
         * peer comes, as with libzmq.
         *
         * @param handler the authenticator
         * @return this builder
         */
        public Builder zapHandler(ZapHandler handler) {
            zapHandler = requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Sets what bounds the handshakes at all binds of all sockets together. For a connection past it the oldest one
         * that is still in its handshake is closed.
         *
         * <p>Default: for each bind 1000 handshakes under way at a time, 125 of them from one address: an IP address, a
         * CID, over ipc a user.
         *
         * @param limiter may be shared by contexts
         * @return this builder
         */
        public Builder handshakeLimiter(ZmtpHandshakeLimiter limiter) {
            handshakeLimiter = requireNonNull(limiter, "limiter");
            return this;
        }

        /**
         * Adds a transport; it takes the place of a built-in one of the same scheme.
         *
         * @param transport the transport
         * @return this builder
         */
        public Builder transport(ZmqTransport transport) {
            transports.add(requireNonNull(transport, "transport"));
            return this;
        }

        /**
         * Makes the context. Nothing is started yet.
         *
         * @return a new context
         */
        public ZmqContext build() {
            return new ZmqContext(this);
        }
    }
}
