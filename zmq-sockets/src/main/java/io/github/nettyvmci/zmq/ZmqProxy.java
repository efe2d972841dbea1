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

import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.pattern.Counter;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Passes messages between two sockets in both directions ({@code zmq_proxy(3)}): ROUTER and DEALER make a broker, XSUB
 * and XPUB a forwarder, PULL and PUSH a streamer. The proxy takes a message from one side only when the other side took
 * the message before, so that a slow side slows the other down.
 *
 * <p>A proxy runs on the event loops of the sockets and needs no thread. All methods are thread-safe. The sockets stay
 * open when the proxy ends; nothing else may receive from them while it runs.
 */
public final class ZmqProxy implements AutoCloseable {

    /** The messages that a proxy took to pass on ({@code zmq_proxy_steerable(3)}, {@code STATISTICS}). Immutable. */
    public static final class Statistics {

        private final long messagesIn;
        private final long bytesIn;
        private final long messagesOut;
        private final long bytesOut;
        private final long dropped;
        private final long notCaptured;

        private Statistics(Direction in, Direction out) {
            messagesIn = in.messages.get();
            bytesIn = in.bytes.get();
            messagesOut = out.messages.get();
            bytesOut = out.bytes.get();
            dropped = in.dropped.get() + out.dropped.get();
            notCaptured = in.notCaptured.get() + out.notCaptured.get();
        }

        /**
         * Returns how many messages went from the frontend to the backend.
         *
         * @return a count
         */
        public long messagesIn() {
            return messagesIn;
        }

        /**
         * Returns how long these were.
         *
         * @return bytes of all parts
         */
        public long bytesIn() {
            return bytesIn;
        }

        /**
         * Returns how many messages went from the backend to the frontend.
         *
         * @return a count
         */
        public long messagesOut() {
            return messagesOut;
        }

        /**
         * Returns how long these were.
         *
         * @return bytes of all parts
         */
        public long bytesOut() {
            return bytesOut;
        }

        /**
         * Returns how many of the messages that were taken, either way, the socket that they should go to refused: it
         * was closed, or a ROUTER with ROUTER_MANDATORY knows no such peer. Each is logged at DEBUG. What a socket
         * takes and drops by the rules of its type is in its {@link ZmqMetrics#dropped()}.
         *
         * @return a count
         */
        public long dropped() {
            return dropped;
        }

        /**
         * Returns how many messages the capture socket missed, because it had no room or was closed. Each is logged at
         * DEBUG.
         *
         * @return a count; 0 without one
         */
        public long notCaptured() {
            return notCaptured;
        }
    }

    private final @Nullable ZmqSocket capture;
    private final Direction in;
    private final Direction out;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    private ZmqProxy(ZmqSocket frontend, ZmqSocket backend, @Nullable ZmqSocket capture) {
        this.capture = capture;
        in = new Direction(frontend, backend);
        out = new Direction(backend, frontend);
    }

    /**
     * Starts a proxy.
     *
     * @param frontend the socket that clients connect to
     * @param backend  the socket that services connect to
     * @return the running proxy
     */
    public static ZmqProxy start(ZmqSocket frontend, ZmqSocket backend) {
        return start(frontend, backend, null);
    }

    /**
     * Starts a proxy that copies every message to a third socket.
     *
     * @param frontend the socket that clients connect to
     * @param backend  the socket that services connect to
     * @param capture  gets a copy of every message: a PUB, DEALER, PUSH or PAIR; {@code null}: none. If it has no room,
     *                 it misses the message, so that it does not hold the proxy up; that is
     *                 {@linkplain Statistics#notCaptured() counted}
     * @return the running proxy
     */
    public static ZmqProxy start(ZmqSocket frontend, ZmqSocket backend, @Nullable ZmqSocket capture) {
        ZmqProxy proxy = new ZmqProxy(requireNonNull(frontend, "frontend"), requireNonNull(backend, "backend"),
                capture);
        proxy.in.go();
        if (frontend != backend) {
            proxy.out.go();
        }
        return proxy;
    }

    /** Stops the proxy until {@link #resume()}. Messages wait in the sockets; when those are full, peers wait too. */
    public void pause() {
        in.pause();
        out.pause();
    }

    /** Goes on after {@link #pause()}. */
    public void resume() {
        in.resume();
        out.resume();
    }

    /**
     * Ends the proxy, and does not wait; a message that was taken is still passed on, unless the socket that it goes to
     * is closed first, which is {@linkplain Statistics#dropped() counted}.
     */
    @Override
    public void close() {
        in.stop();
        out.stop();
        done.complete(null);
    }

    /**
     * Returns how many messages the proxy took so far. Each counts from the moment it is taken.
     *
     * @return a snapshot
     */
    public Statistics statistics() {
        return new Statistics(in, out);
    }

    /**
     * Returns a future of the proxy's end.
     *
     * @return completes after {@link #close()}, or fails with {@link ZmqException} when one of the sockets is closed or
     *         can no longer be received from
     */
    public CompletableFuture<Void> closeFuture() {
        return done.copy();
    }

    /**
     * Lets another socket steer the proxy: {@code PAUSE}, {@code RESUME}, {@code TERMINATE} and {@code STATISTICS} are
     * commands of one part. REP and PAIR answer {@code STATISTICS} with eight numbers of 8 octets, as libzmq has them:
     * messages and octets received and sent at the frontend, then at the backend, in the processor's order of octets.
     * REP answers every other message with an empty one. Unknown commands change nothing.
     *
     * @param control a PAIR, PULL, SUB or REP, whose {@linkplain ZmqSocket#onMessage handler} this sets
     * @return this proxy
     * @throws ZmqException {@link ZmqError#INVALID} if {@link ZmqSocket#request} has been called on it
     */
    public ZmqProxy steerBy(ZmqSocket control) {
        control.onMessage(command -> {
            String text = command.text(0);
            command.release();
            switch (text) {
                case "PAUSE":
                    pause();
                    break;
                case "RESUME":
                    resume();
                    break;
                case "TERMINATE":
                    close();
                    break;
                default: // STATISTICS is answered below; an unknown command changes nothing
                    break;
            }
            if (text.equals("STATISTICS") && control.type().sends()) {
                control.sendAsync(statisticsMessage());
            } else if (control.type() == ZmqSocketType.REP) {
                control.sendAsync("");
            }
        });
        return this;
    }

    private ZmtpMessage statisticsMessage() {
        Statistics s = statistics();
        long[] values = {s.messagesIn, s.bytesIn, s.messagesOut, s.bytesOut,
            s.messagesOut, s.bytesOut, s.messagesIn, s.bytesIn};
        ByteBuf[] parts = new ByteBuf[values.length];
        boolean little = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = io.netty.buffer.Unpooled.buffer(8);
            if (little) {
                parts[i].writeLongLE(values[i]);
            } else {
                parts[i].writeLong(values[i]);
            }
        }
        return ZmtpMessage.of(parts);
    }

    /** One way through the proxy: takes a message, passes it on, takes the next. One {@link #go} runs at a time. */
    private final class Direction {

        private final ZmqSocket from;
        private final ZmqSocket to;
        private final Counter messages = new Counter();
        private final Counter bytes = new Counter();
        private final Counter dropped = new Counter();
        private final Counter notCaptured = new Counter();
        private final AtomicBoolean running = new AtomicBoolean();
        private volatile boolean paused;
        private volatile boolean stopped;
        private volatile CompletableFuture<ZmtpMessage> receiving;

        Direction(ZmqSocket from, ZmqSocket to) {
            this.from = from;
            this.to = to;
        }

        void resume() {
            paused = false;
            go();
        }

        void pause() {
            paused = true;
            cancel();
        }

        void stop() {
            stopped = true;
            cancel();
        }

        /** Takes the wait for a message back; a message that is there already is still passed on. */
        private void cancel() {
            CompletableFuture<ZmtpMessage> waiting = receiving;
            if (waiting != null) {
                waiting.cancel(false);
            }
        }

        void go() {
            if (!from.type().receives() || !to.type().sends() || !running.compareAndSet(false, true)) {
                return;
            }
            step();
        }

        private void step() {
            // This loops while messages are there at once, since futures that complete each other would fill the stack.
            while (!paused && !stopped) {
                CompletableFuture<ZmtpMessage> next = from.receiveAsync();
                receiving = next;
                if (stopped || paused) {
                    next.cancel(false);
                }
                if (!next.isDone()) {
                    next.whenComplete((message, failure) -> {
                        if (pass(message, failure)) {
                            step();
                        }
                    });
                    return;
                }
                if (!pass(next.getNow(null), next.isCompletedExceptionally() ? failure(next) : null)) {
                    return;
                }
            }
            running.set(false);
            if (!paused && !stopped) {
                go(); // resumed in this very moment
            }
        }

        private Throwable failure(CompletableFuture<?> future) {
            return future.handle((value, failure) -> failure).join();
        }

        /** Returns whether the next one may be taken at once. */
        private boolean pass(ZmtpMessage message, Throwable failure) {
            if (failure != null) {
                end(failure);
                return false;
            }
            messages.add(1);
            bytes.add(message.length());
            if (capture != null) {
                CompletableFuture<Void> captured = capture.sendAsync(message.retain());
                captured.cancel(false); // changes nothing if there was room
                if (captured.isCompletedExceptionally()) {
                    SocketLog.LOGGER.debug("proxy: message from {} not captured, {} has no room or is closed", from,
                            capture);
                    notCaptured.add(1);
                }
            }
            CompletableFuture<Void> sending = to.sendAsync(message);
            if (sending.isDone()) {
                return sent(sending.isCompletedExceptionally() ? failure(sending) : null);
            }
            sending.whenComplete((nothing, refused) -> {
                if (sent(refused)) {
                    step();
                }
            });
            return false;
        }

        private boolean sent(Throwable failure) {
            if (failure != null) {
                SocketLog.LOGGER.debug("proxy: message from {} dropped, {} refused it", from, to, failure);
                dropped.add(1);
            }
            if (failure instanceof ZmqException e && e.error() == ZmqError.CLOSED) {
                end(failure);
                return false;
            }
            return true; // other peers are still there when one is gone
        }

        private void end(Throwable failure) {
            running.set(false);
            if (failure instanceof java.util.concurrent.CancellationException) {
                if (!paused && !stopped) {
                    go(); // resumed in this very moment
                }
            } else {
                in.stop();
                out.stop();
                done.completeExceptionally(failure);
            }
        }
    }
}
