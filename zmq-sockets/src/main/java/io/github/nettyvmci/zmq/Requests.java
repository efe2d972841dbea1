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

import io.github.nettyvmci.zmq.internal.socket.PendingCall;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Sends requests, and matches the replies to them. DEALER puts an envelope before each request, which a REP, like every
 * peer that keeps to RFC 28, sends back:
 *
 * <pre>
 *  [number of the request (8 bytes)] [empty] body...
 * </pre>
 *
 * REQ has one request under way at a time, with the number of REQ_CORRELATE; the others wait in order. All state
 * belongs to the socket's event loop.
 */
final class Requests {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ZmqSocket.class);

    private final SocketCore core;
    private final boolean lockstep;
    /** DEALER: the requests that wait for a reply, by number. */
    private final Map<Long, Request> sent = new HashMap<>();
    /** REQ: the request under way, and after it those that wait for its end. */
    private final ArrayDeque<Request> line = new ArrayDeque<>();
    /**
     * The number of the next request. It begins at random: if it began at 0, a late reply for an earlier socket with
     * the same routing id could be taken for a reply to a request of this one.
     */
    private long number = ThreadLocalRandom.current().nextLong();
    private volatile boolean begun;

    Requests(SocketCore core) {
        this.core = core;
        lockstep = core.type() == ZmqSocketType.REQ;
    }

    /** A request without a reply yet. Whoever completes it, or a future made of it, from outside takes it back. */
    private static final class Request extends PendingCall<ZmtpMessage> {

        /** The message to send; {@code null} once the outbox has it. */
        private ZmtpMessage message;
        private long number;
        private Future<?> timer;
        private CompletableFuture<Void> sending;

        Request(ZmtpMessage message) {
            this.message = message;
        }
    }

    /** Any thread: returns whether a request has begun, so that every message that arrives is taken for a reply. */
    boolean isBegun() {
        return begun;
    }

    /** Any thread: sends a request. The message is released in any case. */
    CompletableFuture<ZmtpMessage> request(ZmtpMessage message, Duration timeout) {
        Request request = new Request(message);
        core.keepLoop();
        core.call(() -> {
            begin(request, timeout);
            return null;
        }).whenComplete((nothing, failure) -> {
            if (failure != null) {
                if (request.message != null) {
                    request.message.release();
                }
                request.completeExceptionally(failure);
            }
        });
        return request;
    }

    private void begin(Request request, Duration timeout) {
        if (core.isClosed()) {
            throw closed();
        }
        if (request.isDone()) {
            request.message.release();
            return;
        }
        if (!begun) {
            core.inbox.serve(this::received, this::close);
            begun = true;
            if (lockstep) { // otherwise a request without a reply would be the last one of this socket
                core.setOption(ZmqOption.REQ_RELAXED, true);
                core.setOption(ZmqOption.REQ_CORRELATE, true);
            }
        }
        request.number = number++;
        if (timeout.compareTo(ZmqOption.FOREVER) < 0) {
            request.timer = core.home().schedule(() -> request.completeExceptionally(late(timeout)),
                    Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
        }
        if (lockstep) {
            line.add(request);
        } else {
            sent.put(request.number, request);
            send(request);
        }
        request.whenComplete((reply, failure) -> core.submit((Runnable) () -> over(request)));
        if (lockstep && line.peek() == request) {
            send(request);
        }
    }

    private ZmqException late(Duration timeout) {
        return new ZmqException(ZmqError.AGAIN, "request on a socket of type " + core.type() + ": no reply after "
                + timeout.toMillis() + " ms (expected: one by then); one that comes later is dropped");
    }

    private static ZmqException closed() {
        return new ZmqException(ZmqError.CLOSED, "socket: closed (expected: open)");
    }

    private void send(Request request) {
        ZmtpMessage message = request.message;
        request.message = null;
        if (!lockstep) {
            ByteBuf id = Unpooled.buffer(Long.BYTES).writeLong(request.number);
            message = message.prepend(Unpooled.EMPTY_BUFFER).prepend(id);
        }
        // To tell a reply from one to an earlier request, underWay() has to know when the pattern has the message.
        request.sending = lockstep ? core.outbox.sendToPattern(message) : core.outbox.send(message);
        request.sending.whenComplete((nothing, failure) -> {
            if (failure != null) {
                request.completeExceptionally(failure);
            }
        });
    }

    /** Cleans up after a request that has a reply or has failed; for REQ this sends the next one. */
    private void over(Request request) {
        if (request.timer != null) {
            request.timer.cancel(false);
        }
        if (request.sending != null) {
            request.sending.cancel(false); // changes nothing if the message has gone out
        }
        if (request.message != null) {
            request.message.release();
            request.message = null;
        }
        sent.remove(request.number, request);
        boolean next = line.peek() == request;
        line.remove(request);
        Request following = line.peek();
        if (next && following != null && !core.isClosed()) {
            send(following);
        }
    }

    private void received(ZmtpMessage message) {
        Request request = lockstep ? underWay() : numbered(message);
        ZmtpMessage reply = lockstep || request == null ? message : message.dropFirst(2);
        if (request != null && request.claim()) {
            request.succeed(reply);
        } else {
            reply.release();
            core.dropped();
            LOGGER.debug("{}: reply dropped, nobody waits for it any more", core.name());
        }
    }

    /** Returns the request of a REQ that has gone out; before that what arrives replies to an earlier one. */
    private Request underWay() {
        Request first = line.peek();
        return first != null && first.sending != null && first.sending.isDone() ? first : null;
    }

    private Request numbered(ZmtpMessage message) {
        boolean enveloped = message.partCount() > 2 && message.partLength(0) == Long.BYTES
                && message.partLength(1) == 0;
        return enveloped ? sent.get(message.buffer(0).getLong(message.offset(0))) : null;
    }

    /** Fails all requests when the socket closes, since no reply will be received any more. */
    private void close() {
        List<Request> all = List.copyOf(lockstep ? line : sent.values());
        all.forEach(request -> request.completeExceptionally(closed()));
    }
}
