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

import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The way of messages from the pattern to the application: to the handler, to who waits, or to where any thread may
 * take them. On the socket's event loop, but where said otherwise.
 */
final class Inbox {

    /** Messages put ready for other threads. */
    private static final int MOST_READY = 128;
    private static final int FEW_WAITERS = 64;

    private final SocketCore core;
    private final Pattern pattern;
    private final Queue<ZmtpMessage> ready = new ConcurrentLinkedQueue<>();
    private final AtomicInteger readyCount = new AtomicInteger();
    private int mostReady;
    /** So many left, and the loop is asked for more. */
    private volatile int lowReady;
    /** Only what is still in its pipe can give way to something newer. */
    private boolean conflates;
    private final ArrayDeque<Request.Receive> waiters = new ArrayDeque<>();
    /** So many, and those that do not wait any more are looked for. */
    private int mostWaiters = FEW_WAITERS;
    private Consumer<ZmtpMessage> handler;
    private boolean paused;
    private boolean pumping;

    Inbox(SocketCore core, Pattern pattern) {
        this.core = core;
        this.pattern = pattern;
        optionSet();
    }

    /** On the event loop, but for the first time. */
    void optionSet() {
        conflates = core.mayConflate() && core.options().get(ZmqOption.CONFLATE);
        int mark = core.options().get(ZmqOption.RCVHWM);
        mostReady = mark == 0 ? MOST_READY : Math.max(1, Math.min(MOST_READY, mark / 2));
        lowReady = mostReady / 2;
    }

    // --- any thread ---

    /** Returns a message if one is ready, or {@code null}. */
    ZmtpMessage poll() {
        ZmtpMessage message = ready.poll();
        if (message != null && readyCount.decrementAndGet() == lowReady) {
            core.submit((Runnable) this::pump);
        }
        return message;
    }

    /** How many messages have left their pipes and were not taken yet. */
    int size() {
        return readyCount.get();
    }

    CompletableFuture<ZmtpMessage> receive() {
        ZmtpMessage message = poll();
        Request.Receive request = new Request.Receive();
        if (message != null) {
            request.succeed(message);
        } else {
            core.submit(request);
        }
        return request;
    }

    // --- the event loop ---

    void wait(Request.Receive request) {
        try {
            if (core.isClosed()) {
                throw SocketCore.closedException();
            }
            if (handler != null) {
                throw new ZmqException(ZmqError.INVALID,
                        "receive on a socket with a handler (expected: one or the other)");
            }
            if (ready.isEmpty()) {
                pattern.checkReceive();
            }
        } catch (ZmqException e) {
            request.fail(e);
            return;
        }
        if (waiters.size() >= mostWaiters) { // behind one that waits for long there may be many that gave up
            waiters.removeIf(Request::isDone);
            mostWaiters = Math.max(FEW_WAITERS, 2 * waiters.size());
        }
        waiters.add(request);
        pump();
    }

    /** Brings messages to whoever wants them. */
    void pump() {
        if (pumping || paused || core.isClosed()) {
            return;
        }
        pumping = true;
        try {
            while (handler != null && !paused && !core.isClosed()) {
                ZmtpMessage message = next();
                if (message == null) {
                    return;
                }
                handle(message);
            }
            serveWaiters();
            prefetch();
        } finally {
            pumping = false;
        }
    }

    private void handle(ZmtpMessage message) {
        try {
            handler.accept(message);
        } catch (Throwable e) {
            SocketCore.LOGGER.warn("handler of messages failed", e);
        }
    }

    private void serveWaiters() {
        for (Request.Receive first = waiters.peek(); first != null && !core.isClosed(); first = waiters.peek()) {
            if (!first.claim()) {
                waiters.poll(); // cancelled
                continue;
            }
            ZmtpMessage message = next();
            if (message == null) {
                first.unclaim();
                return;
            }
            waiters.poll();
            first.succeed(message);
        }
    }

    private void prefetch() {
        if (pattern.mayPrefetch() && !conflates && handler == null) {
            while (readyCount.get() < mostReady) {
                ZmtpMessage message = pattern.receive();
                if (message == null) {
                    return;
                }
                readyCount.incrementAndGet();
                ready.offer(message);
            }
        }
    }

    private ZmtpMessage next() {
        ZmtpMessage message = ready.poll();
        if (message == null) {
            return pattern.receive();
        }
        readyCount.decrementAndGet();
        return message;
    }

    void onMessage(Consumer<ZmtpMessage> newHandler) {
        handler = newHandler;
        while (newHandler != null && !waiters.isEmpty()) {
            waiters.poll().fail(new ZmqException(ZmqError.INVALID,
                    "receive on a socket that got a handler (expected: one or the other)"));
        }
        pump();
    }

    void pause(boolean pause) {
        paused = pause;
        pump();
    }

    /** The socket closes: fails who waits, and drops what nobody will take. */
    void close() {
        waiters.forEach(Mailbox::discard);
        waiters.clear();
        for (ZmtpMessage message = ready.poll(); message != null; message = ready.poll()) {
            readyCount.decrementAndGet();
            message.release();
        }
        for (int i = pattern.in.size() - 1; i >= 0; i--) {
            pattern.in.get(i).clearInput();
        }
    }
}
