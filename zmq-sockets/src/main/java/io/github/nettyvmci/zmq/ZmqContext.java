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
import io.netty.channel.EventLoopGroup;
import io.netty.util.internal.PlatformDependent;
import org.jspecify.annotations.Nullable;

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
 * Makes sockets, and owns the event loops they live on ({@code zmq_ctx_new(3)}). Each kind of transport has a group of
 * loops, which starts when it is first needed: one for {@code vmci}, {@code vsock}, {@code vsock+unix} and {@code ipc},
 * another for {@code tcp}. {@link Builder#eventLoopGroup} puts all of them on loops of the application's, be it one
 * thread. Sockets of one context reach each other by {@code inproc://}.
 *
 * <p>Thread-safe. The loops' threads keep the virtual machine alive until {@link #close()}.
 */
public final class ZmqContext implements AutoCloseable {

    /** The codec's limits, but none on frames and messages: libzmq has none, and {@link #receiveBudget} bounds all. */
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
        loops = new Loops(builder.threads, builder.eventLoopGroup, transports);
    }

    /**
     * Returns the version of this library, for messages and reports of faults.
     *
     * @return a version such as {@code 0.1.0}, or {@code unknown} if the jar was repacked without its resources
     */
    public static String version() {
        try (InputStream in = ZmqContext.class.getResourceAsStream("version.txt")) {
            return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).trim();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the limits of a context for which none were set: {@link ZmtpLimits#defaults()}, except that frames and
     * messages may have any length a buffer can have. {@link ZmtpLimits#toBuilder()} makes changed ones of them.
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
     * @param type the type of the socket
     * @return a new builder, with the settings of this context
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
     * @param type the type of the socket
     * @return a new socket, which the caller closes, or else {@link #close()} of this context
     * @throws ZmqException {@link ZmqError#CLOSED} if the context is closed
     */
    public ZmqSocket open(ZmqSocketType type) {
        return builder(type).open();
    }

    /** Makes the core of a socket, which is closed with this context at the latest. */
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

    /** Returns whether a socket of this context is bound to an endpoint of {@code inproc://}. */
    boolean isBound(String endpoint) {
        return inproc.isBound(endpoint);
    }

    /**
     * Closes all sockets, waits until they are closed, and ends the event loops ({@code zmq_ctx_term(3)}). A socket
     * takes as long as its {@link ZmqOption#LINGER} says: with FOREVER, the default, as long as a message waits for a
     * peer. After 5 seconds a socket warns in the log of what it waits for. {@link #close(Duration)} and
     * {@link Builder#linger} set an end. An interrupt ends the wait: the messages that still wait are dropped, and the
     * thread's interrupt status is set.
     *
     * @throws IllegalStateException on the event loop of an open socket of this context, which would wait for itself
     */
    @Override
    public void close() {
        close(ZmqOption.FOREVER);
    }

    /**
     * Closes as {@link #close()} does, but drops the messages that still wait after a time, even if LINGER is longer.
     *
     * @param most how long the sockets may take to close; zero or less: no time
     * @return whether all sockets had closed by then. A socket whose LINGER is shorter may have dropped messages even
     *         so; {@link ZmqMetrics#dropped()} tells
     * @throws IllegalStateException on the event loop of an open socket of this context, which would wait for itself
     */
    public boolean close(Duration most) {
        for (SocketCore core : openSockets()) { // before anything ends: who is refused may go on
            Blocking.checkMayBlock(core);
        }
        List<SocketCore> open;
        synchronized (this) {
            closed = true;
            open = openSockets();
        }
        inproc.close();
        CompletableFuture<?>[] closing = open.stream().map(SocketCore::close).toArray(CompletableFuture[]::new);
        boolean all = await(CompletableFuture.allOf(closing), most);
        if (!all) {
            open.forEach(core -> core.call(() -> {
                core.setOption(ZmqOption.LINGER, Duration.ZERO);
                return null;
            }));
            Blocking.join(CompletableFuture.allOf(closing)); // also if interrupted: the loops end after the sockets
        }
        loops.end();
        return all;
    }

    private static boolean await(CompletableFuture<?> future, Duration most) {
        try {
            future.get(Blocking.nanos(most), TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private synchronized List<SocketCore> openSockets() {
        return List.copyOf(sockets);
    }

    /** Collects the settings of a context. Not thread-safe. */
    public static final class Builder {

        private int threads = Math.min(4, Runtime.getRuntime().availableProcessors());
        private @Nullable EventLoopGroup eventLoopGroup;
        private Duration linger = ZmqOption.FOREVER;
        private ZmtpLimits limits = DEFAULT_LIMITS;
        private ZmtpReceiveBudget receiveBudget;
        private ZapHandler zapHandler;
        private ZmtpHandshakeLimiter handshakeLimiter;
        private final List<ZmqTransport> transports = new ArrayList<>();

        private Builder() {
        }

        /**
         * Sets how many event loops each kind of transport gets ({@code ZMQ_IO_THREADS}). A socket lives on one. Does
         * not count for transports that use the {@link #eventLoopGroup}.
         *
         * <p>Default: the number of processors, 4 at most.
         *
         * @param number 1 or more
         * @return this builder
         * @throws IllegalArgumentException if the number is less than 1
         */
        public Builder ioThreads(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("ioThreads: " + number + " (expected: 1 or more)");
            }
            threads = number;
            return this;
        }

        /**
         * Sets event loops of the application for the sockets to live on, beside the application's other channels. On
         * loops of Netty's epoll transport ({@code EpollIoHandler}) live all transports that are built in, so that one
         * thread can do all: a socket with {@code tcp://} and {@code vmci://} endpoints, and the application's web
         * server. A kind of transport that cannot live on the loops gets its own: {@code vmci} and {@code ipc} if they
         * are of NIO, {@code tcp} if they are of {@code VmciIoHandler}.
         *
         * <p>The context does not end these loops; they have to run until it is closed. A socket whose loop has ended
         * closes without sending what waits, with a warning in the log. On the loops nothing may block: no socket can
         * be received from or closed with calls that wait.
         *
         * <p>Default: none. The context makes a group for each kind of transport, so that {@code vmci} and {@code ipc}
         * do not depend on which optional jars there are.
         *
         * @param group the loops, one loop included; contexts may share it
         * @return this builder
         */
        public Builder eventLoopGroup(EventLoopGroup group) {
            eventLoopGroup = requireNonNull(group, "group");
            return this;
        }

        /**
         * Sets how long the sockets wait for messages to get out when they are closed, unless their own
         * {@link ZmqOption#LINGER} is set ({@code ZMQ_LINGER}). SUB, XSUB and DISH do not wait unless it is.
         *
         * <p>Default: as long as it takes. {@link ZmqContext#close()} then waits for ever if a message has no peer, and
         * warns after 5 seconds.
         *
         * @param time zero: not at all; {@link ZmqOption#FOREVER}: as long as it takes
         * @throws ZmqException {@link ZmqError#INVALID} if the time is less than zero
         * @return this builder
         */
        public Builder linger(Duration time) {
            linger = ZmqOption.LINGER.check(time);
            return this;
        }

        /**
         * Sets the limits on what peers can make this side do. {@code MAXMSGSIZE} and {@code HANDSHAKE_IVL} of a socket
         * override the limits on the length of a frame and on the time of a handshake.
         *
         * <p>Default: {@link #defaultLimits()}, which does not limit the length of messages, while
         * {@link ZmtpLimits#builder()} begins with 64 MiB.
         *
         * @param limits the limits
         * @return this builder
         */
        public Builder limits(ZmtpLimits limits) {
            this.limits = requireNonNull(limits, "limits");
            return this;
        }

        /**
         * Sets the budget of memory for unfinished messages, of all peers of all sockets together. When it is used up,
         * the connection that holds most is closed; that is an event, a warning in the log, and counted
         * ({@link ZmqMetrics#limitExceeded()}). The side that connected tries again.
         *
         * <p>Default: each context has a budget of its own, a quarter of the direct memory that the virtual machine may
         * have ({@code -XX:MaxDirectMemorySize}, or as much as the heap).
         *
         * @param budget the budget; contexts may share it
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
         * Sets the limiter of the handshakes at all binds of all sockets together. When a connection comes that is one
         * too many, the oldest one that has not greeted is closed, else the one that stands still longest; where all
         * of one address go on, the new one.
         *
         * <p>Default: each bind allows 1000 handshakes under way at a time, 125 of them from one address. An address is
         * an IP address, a CID, or over ipc a user.
         *
         * @param limiter the limiter; contexts may share it
         * @return this builder
         */
        public Builder handshakeLimiter(ZmtpHandshakeLimiter limiter) {
            handshakeLimiter = requireNonNull(limiter, "limiter");
            return this;
        }

        /**
         * Adds a transport. It takes the place of a built-in one of the same scheme.
         *
         * @param transport the transport
         * @return this builder
         */
        public Builder transport(ZmqTransport transport) {
            transports.add(requireNonNull(transport, "transport"));
            return this;
        }

        /**
         * Makes the context. It starts no threads before its first socket needs them.
         *
         * @return a new context
         */
        public ZmqContext build() {
            return new ZmqContext(this);
        }
    }
}
