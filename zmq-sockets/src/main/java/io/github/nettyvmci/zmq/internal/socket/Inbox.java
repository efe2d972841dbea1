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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.pattern.FairQueue;
import io.github.nettyvmci.zmq.internal.pattern.Pattern;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The way of messages from the pattern to the application. Where the pattern {@linkplain Pattern#isTakenFrom allows
 * it}, any thread takes messages out of the {@link FairQueue} by itself, and one that finds none sleeps until the event
 * loop wakes it. Futures and the handler are served by the loop, and so is everybody where receiving changes the state
 * of the pattern. On the socket's event loop, but where said otherwise.
 */
public final class Inbox {

    private static final int FEW_WAITERS = 64;
    /** How many octets may arrive within a burst before a thread that sleeps hears of them. */
    private static final int QUIET_OCTETS = 32 * 1024;

    private final SocketHost host;
    private final Pattern pattern;
    private final FairQueue queue;
    private final Turns turns;
    private final Sleepers sleepers;
    private final ArrayDeque<PendingCall.Receive> waiters = new ArrayDeque<>();
    /** How many calls wait, or are on their way into {@link #waiters}. */
    private final AtomicInteger asked = new AtomicInteger();
    /** When this many calls wait, {@link #wait(PendingCall.Receive)} removes those that were taken back. */
    private int mostWaiters = FEW_WAITERS;
    private volatile @Nullable Consumer<ZmtpMessage> handler;
    private volatile boolean paused;
    private Runnable closed = () -> { };
    private final Runnable pump = this::pump;
    private boolean pumping;
    /** How many octets arrived since a sleeping thread was woken; the first message of a burst wakes one. */
    private long quietOctets = QUIET_OCTETS;

    Inbox(SocketHost host, Pattern pattern, Turns turns) {
        this.host = host;
        this.pattern = pattern;
        this.turns = turns;
        sleepers = new Sleepers(host::leaderLoop);
        queue = pattern.incoming();
    }

    // --- any thread ---

    /** Returns whether {@link #receive(Duration)} is to be used by a thread that waits. */
    public boolean isTakenFrom() {
        return pattern.isTakenFrom();
    }

    /** Returns a message, or {@code null} if there is none or this thread may not take one by itself. */
    public @Nullable ZmtpMessage poll() {
        if (!pattern.isTakenFrom() || paused || handler != null) {
            return null;
        }
        ZmtpMessage message = queue.take();
        if (message != null) {
            wakeOne();
        }
        return message;
    }

    /** Asks for a message; calls that asked before get theirs first. */
    public PendingCall.Receive receive() {
        return receive(true);
    }

    /**
     * Asks for a message as {@link #receive()} does.
     *
     * @param keepsLoop whether what hears of it is code of the application, which expects the loop's own thread
     */
    public PendingCall.Receive receive(boolean keepsLoop) {
        ZmtpMessage message = asked.get() == 0 ? poll() : null; // calls that asked before come first
        PendingCall.Receive request = new PendingCall.Receive();
        if (message != null) {
            request.succeed(message);
        } else {
            if (keepsLoop) {
                host.keepLoop();
            }
            submit(request);
        }
        return request;
    }

    private void submit(PendingCall.Receive request) {
        asked.incrementAndGet();
        host.submit(request);
    }

    /**
     * Asks for a message as {@link #receive()} does, for a thread that does nothing else until it has it. The thread
     * may run the event loop meanwhile, but the call need not be done when this returns.
     */
    public PendingCall.Receive ask(Duration timeout) {
        PendingCall.Receive request = new PendingCall.Receive();
        LeaderLoop loop = timeout.isZero() ? null : turns.lead();
        if (loop == null) {
            loop = timeout.isZero() ? null : host.leaderLoop();
            if (loop != null) {
                request.follower = loop.follow();
            }
            submit(request);
            return request;
        }
        long deadline = Sleepers.deadline(timeout);
        try {
            submit(request);
            while (!request.isDone() && loop.step(deadline)) {
                // what came was not for this thread
            }
            if (!request.isDone()) {
                request.follower = loop.follow();
            }
            return request;
        } finally {
            loop.leave();
        }
    }

    /** Tells that the thread that asked waits no more. */
    public void got(PendingCall.Receive request, boolean message) {
        if (request.follower != null) {
            request.follower.end();
        }
        if (message) {
            turns.received();
        }
    }

    /** Takes a message, and waits for one if there is none; returns {@code null} if the time is up. */
    public @Nullable ZmtpMessage receive(Duration timeout) throws InterruptedException {
        ZmtpMessage message = poll();
        if (message != null) {
            return message;
        }
        check();
        if (timeout.isZero()) {
            host.arrive();
            return poll();
        }
        long deadline = Sleepers.deadline(timeout);
        LeaderLoop loop = turns.lead();
        if (loop != null) {
            try {
                do {
                    message = poll();
                } while (message == null && !host.isClosed() && handler == null && loop.step(deadline));
                if (message == null) {
                    message = poll();
                }
            } finally {
                loop.leave();
            }
            if (message != null) {
                turns.received();
                return message;
            }
        }
        for (;;) {
            boolean inTime = true;
            Sleepers.Sleeper sleeper = sleepers.add();
            try {
                message = poll();
                if (message == null && !host.isClosed() && handler == null) {
                    inTime = sleeper.await(deadline);
                    message = poll();
                }
            } finally {
                if (!sleepers.remove(sleeper)) {
                    wakeOne(); // this thread used up a wake-up that another may need
                }
            }
            if (message != null) {
                turns.received();
                return message;
            }
            check();
            if (!inTime) {
                return null;
            }
        }
    }

    private void check() {
        if (host.isClosed()) {
            throw SocketHost.closedException();
        }
        if (handler != null) {
            throw new ZmqException(ZmqError.INVALID, "receive on a socket with a handler (expected: one or the other)");
        }
        pattern.checkReceive(host::isSending);
    }

    private void wakeOne() {
        if (sleepers.any() && !paused && queue.hasMore()) {
            sleepers.wakeOne();
        }
    }

    // --- the event loop ---

    void wait(PendingCall.Receive request) {
        try {
            check();
        } catch (ZmqException e) {
            asked.decrementAndGet();
            request.fail(e);
            return;
        }
        if (waiters.size() >= mostWaiters) { // many that gave up may queue after one that waits for long
            int before = waiters.size();
            waiters.removeIf(PendingCall::isDone);
            asked.addAndGet(waiters.size() - before);
            mostWaiters = Math.max(FEW_WAITERS, 2 * waiters.size());
        }
        waiters.add(request);
        pump();
    }

    /**
     * Does the same as {@link #pump} for one message. While more are to come, a thread that sleeps is woken once for
     * many of them: where decoding takes longer than receiving, it would have each before the next one is there, and
     * sleep again.
     */
    void came(long length, boolean more) {
        quietOctets += length;
        if (!more || quietOctets >= QUIET_OCTETS) {
            pump();
        } else {
            serve();
        }
    }

    /** Hands messages to the handler or to the calls that wait, and wakes a thread that sleeps. */
    void pump() {
        if (serve()) {
            quietOctets = 0;
            wakeOne();
        }
    }

    /** Returns {@code false} if it must not, or did not get to the end. */
    private boolean serve() {
        if (pumping || paused || host.isClosed()) {
            return false;
        }
        LeaderLoop loop = handler == null ? null : host.leaderLoop();
        if (loop != null && loop.isLed()) {
            loop.execute(pump); // a handler is run by the loop's own thread, which keeps the loop by now
            return false;
        }
        pumping = true;
        try {
            while (handler != null && !paused && !host.isClosed()) {
                ZmtpMessage message = pattern.receive();
                if (message == null) {
                    return false;
                }
                handle(message);
            }
            serveWaiters();
        } finally {
            pumping = false;
        }
        return true;
    }

    /** Makes messages that arrived known to the threads that look for them, and wakes one that sleeps. */
    void publish() {
        if (queue.publish()) {
            pump();
        }
        quietOctets = QUIET_OCTETS;
        wakeOne();
    }

    private void handle(ZmtpMessage message) {
        try {
            handler.accept(message);
        } catch (Throwable e) {
            SocketLog.LOGGER.warn("handler of messages failed", e);
        }
    }

    private void serveWaiters() {
        for (PendingCall.Receive first = waiters.peek(); first != null && !host.isClosed(); first = waiters.peek()) {
            if (!first.claim()) {
                nextWaiter(); // taken back
                continue;
            }
            ZmtpMessage message = null;
            try {
                message = pattern.receive();
            } finally {
                if (message == null) {
                    first.unclaim(); // even if the pattern failed, or whoever cancels would wait for ever
                }
            }
            if (message == null) {
                return;
            }
            if (first.follower != null) {
                first.follower.end();
            }
            nextWaiter().succeed(message);
        }
    }

    private PendingCall.Receive nextWaiter() {
        asked.decrementAndGet();
        return waiters.poll();
    }

    /** Sets the handler that gets every message, on the event loop; with {@code null} receivers get them again. */
    public void onMessage(@Nullable Consumer<ZmtpMessage> newHandler) {
        handler = newHandler;
        while (newHandler != null && !waiters.isEmpty()) {
            nextWaiter().fail(new ZmqException(ZmqError.INVALID,
                    "receive on a socket that got a handler (expected: one or the other)"));
        }
        sleepers.wakeAll();
        pump();
    }

    /**
     * Sets a handler like {@link #onMessage}, and an action that is run when the socket closes and no more messages
     * come.
     */
    public void serve(Consumer<ZmtpMessage> newHandler, Runnable whenClosed) {
        if (handler != null) {
            throw new ZmqException(ZmqError.INVALID, "request on a socket with a handler (expected: one or the other)");
        }
        onMessage(newHandler);
        closed = whenClosed;
    }

    /** Stops or resumes the delivery of messages. */
    public void pause(boolean pause) {
        paused = pause;
        pump();
    }

    /**
     * Ends the delivery because the socket closes: fails the calls that wait, and drops the messages that nobody will
     * take, which is counted and logged.
     */
    void close() {
        List<PendingCall.Receive> ended = List.copyOf(waiters); // who hears of one may do something about the others
        waiters.clear();
        ended.forEach(Mailbox::end);
        sleepers.wakeAll();
        queue.publish();
        long untaken = 0;
        for (ZmtpMessage message = queue.take(); message != null; message = queue.take()) {
            message.release();
            host.dropped();
            untaken++;
        }
        if (untaken > 0) {
            SocketLog.LOGGER.debug("{}: closed, which dropped {} messages that nobody had taken", host.name(), untaken);
        }
        closed.run();
    }
}
