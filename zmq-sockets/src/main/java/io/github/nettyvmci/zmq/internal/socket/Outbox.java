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
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.pattern.Pattern;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.util.ReferenceCountUtil;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/**
 * The way of messages from the application to the pattern. On the socket's event loop, but where said otherwise.
 *
 * <p>The room in the pipes is published as <b>credits</b>. A sender that takes one knows that its message will find a
 * place, and need not wait until the loop has seen the message; a sender that gets none waits for a credit or for the
 * loop's answer. A message that the pattern has no room for waits here, and so do the later ones with the same
 * addressee, so that their order is kept.
 */
public final class Outbox {

    /** The future of every send that is done already. */
    static final CompletableFuture<Void> DONE = PendingCall.Send.done();
    /** How many credits there are where a send waits for no room, because a message goes out or is dropped at once. */
    private static final int WINDOW = 1024;
    private static final int FEW_SENDS = 64;

    private final SocketHost host;
    private final Pattern pattern;
    private final Turns turns;
    private final SendStream stream;
    private final AtomicLong credits = new AtomicLong();
    /** The threads that wait for credits. */
    private final Sleepers sleepers;
    /** The messages that had a credit and the {@link PendingCall.Send}s that had none, by their addressees. */
    private final Map<Object, ArrayDeque<Object>> blocked = new LinkedHashMap<>(4);
    /** How many messages and sends are in {@link #blocked}. Written on the event loop. */
    private volatile int waiting;
    /** When this many wait, {@link #block} removes the sends that were taken back. */
    private int nextPurge = FEW_SENDS;
    /** How many more sends are refused before {@link #block} looks again for those that were taken back. */
    private int refusals;
    /** How many messages the pipes would take. */
    private long totalRoom;
    /** The room that was published as credits, whether these are used or not. */
    private long publishedRoom;
    /**
     * How many messages with a credit were passed on since the last {@link #publish}, so that their credits are no
     * longer in use.
     */
    private long creditsDone;

    Outbox(SocketHost host, Pattern pattern, Turns turns, SendStream stream) {
        this.host = host;
        this.pattern = pattern;
        this.turns = turns;
        this.stream = stream;
        sleepers = new Sleepers(host::leaderLoop);
        publishedRoom = room();
        credits.set(publishedRoom);
    }

    /** Sends a message, or keeps it for as long as it has to wait. Any thread. */
    public CompletableFuture<Void> send(ZmtpMessage message) {
        try {
            check(message);
        } catch (ZmqException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (takeCredit()) {
            try {
                host.send(message);
            } catch (Throwable e) {
                giveBack(message);
                throw e;
            }
            return DONE;
        }
        return ask(message);
    }

    /**
     * Sends a message as {@link #send(ZmtpMessage)} does, but the future is not done before the pattern has the
     * message. Any thread.
     */
    public CompletableFuture<Void> sendToPattern(ZmtpMessage message) {
        try {
            check(message);
        } catch (ZmqException e) {
            return CompletableFuture.failedFuture(e);
        }
        return ask(message);
    }

    private CompletableFuture<Void> ask(ZmtpMessage message) {
        PendingCall.Send request = new PendingCall.Send(message);
        host.keepLoop();
        host.submit(request);
        return request;
    }

    /** Checks that the message may be sent, and releases it if not. */
    private void check(ZmtpMessage message) {
        try {
            if (host.isClosed()) {
                throw SocketHost.closedException();
            }
            if (!host.type().sends()) {
                throw new ZmqException(ZmqError.NOT_SUPPORTED, "send on a socket of type " + host.type()
                        + " (expected: receive)");
            }
            pattern.checkSend(message);
        } catch (ZmqException e) {
            message.release();
            throw e;
        }
    }

    /**
     * Sends a message, and waits for a credit. Any thread.
     *
     * @return {@code null} if the message is sent; if the loop has to be asked, a future, which has a reference to the
     *         message of its own
     * @throws TimeoutException if the time is up; the message is still the caller's then, but is released if anything
     *                          else is thrown
     */
    public CompletableFuture<Void> send(ZmtpMessage message, Duration timeout)
            throws InterruptedException, TimeoutException {
        check(message);
        long deadline = 0;
        for (boolean inTime = true; !takeCredit();) {
            if (host.isClosed()) {
                message.release();
                throw SocketHost.closedException();
            }
            if (asks()) {
                PendingCall.Send request = new PendingCall.Send(message.retain());
                turns.send(request);
                return request;
            }
            if (deadline == 0 && timeout.isZero()) {
                host.decided().exceptionally(closed -> null).join(); // earlier messages may have gone out by now
                deadline = System.nanoTime();
                continue;
            }
            if (!inTime || timeout.isZero()) {
                throw new TimeoutException();
            }
            deadline = deadline == 0 ? Sleepers.deadline(timeout) : deadline;
            inTime = waitForCredit(message, deadline);
        }
        if (sleepers.any() && credits.get() > 0) {
            sleepers.wakeOne();
        }
        stream.count();
        try {
            turns.send(message);
        } catch (Throwable e) {
            giveBack(message);
            throw e;
        }
        return null;
    }

    /** Returns whether only the loop knows if a message without a credit can be sent. */
    private boolean asks() {
        Pattern.SendMode mode = pattern.sendMode();
        return mode == Pattern.SendMode.ASKED || mode == Pattern.SendMode.STATE;
    }

    private boolean waitForCredit(ZmtpMessage message, long deadline) throws InterruptedException {
        if (!pattern.sendsBatches()) {
            return sleepForCredit(message, deadline);
        }
        LeaderLoop loop = stream.lead();
        if (loop != null) {
            try {
                while (credits.get() <= 0 && !host.isClosed() && !asks() && loop.step(deadline)) {
                    // the loop sends what waits
                }
            } finally {
                loop.leave();
            }
            if (credits.get() > 0) {
                stream.found();
                return true;
            }
        }
        boolean found = sleepForCredit(message, deadline);
        stream.found();
        return found;
    }

    private boolean sleepForCredit(ZmtpMessage message, long deadline) throws InterruptedException {
        Sleepers.Sleeper sleeper = sleepers.add();
        try {
            return credits.get() > 0 || host.isClosed() || asks() || sleeper.await(deadline);
        } catch (InterruptedException e) {
            message.release();
            throw e;
        } finally {
            if (!sleepers.remove(sleeper) && credits.get() > 0) {
                sleepers.wakeOne();
            }
        }
    }

    /** Gives back the credit of a message that could not be submitted, for example for lack of memory. */
    private void giveBack(ZmtpMessage message) {
        credits.incrementAndGet();
        if (message.refCnt() > 0) {
            message.release();
        }
    }

    private boolean takeCredit() {
        for (long have = credits.get(); have > 0; have = credits.get()) {
            if (credits.compareAndSet(have, have - 1)) {
                return true;
            }
        }
        return false;
    }

    /** Takes over a message or {@link PendingCall.Send}, and sends it after those that wait for the same addressee. */
    void offer(Object work) {
        if (isEmpty()) {
            if (!attempt(work)) {
                block(work, addressee(work));
            }
            return;
        }
        Object to = addressee(work);
        if (blocked.containsKey(to) || !attempt(work)) {
            block(work, to);
        }
    }

    /** Takes over a batch of messages that had credits. */
    void offer(ZmtpBatch batch) {
        int messages = batch.count();
        if (isEmpty() && pattern.send(batch)) {
            creditsDone += messages;
            return;
        }
        for (ZmtpMessage message = batch.next(); message != null; message = batch.next()) {
            offer(message);
        }
        batch.release();
    }

    private Object addressee(Object work) {
        return pattern.addressee(work instanceof PendingCall.Send request ? request.message : (ZmtpMessage) work);
    }

    private void block(Object work, Object to) {
        int most = host.options().get(ZmqOption.PENDING_SENDS);
        if (work instanceof PendingCall.Send && (waiting >= nextPurge || waiting >= most && --refusals < 0)) {
            purge();
        }
        if (work instanceof PendingCall.Send request && (host.isClosed() || waiting >= most)) {
            ReferenceCountUtil.safeRelease(request.message);
            request.fail(host.isClosed() ? SocketHost.closedException() : new ZmqException(
                    ZmqError.AGAIN, "sends that wait for room: " + waiting + " (expected: fewer, PENDING_SENDS);"
                    + " wait for one to be done before the next"));
        } else {
            blocked.computeIfAbsent(to, t -> new ArrayDeque<>()).add(work);
            waiting++;
        }
    }

    /** Removes the sends that were taken back. */
    private void purge() {
        for (ArrayDeque<Object> queue : blocked.values()) {
            queue.removeIf(work -> {
                boolean over = work instanceof PendingCall.Send request && request.isDone();
                if (over) {
                    ReferenceCountUtil.safeRelease(((PendingCall.Send) work).message);
                    waiting--;
                }
                return over;
            });
        }
        blocked.values().removeIf(ArrayDeque::isEmpty);
        nextPurge = waiting + Math.max(FEW_SENDS, waiting / 2);
        refusals = waiting / FEW_SENDS;
    }

    /** Returns whether the message was sent, or never will be. */
    private boolean attempt(Object work) {
        PendingCall.Send request = work instanceof PendingCall.Send r ? r : null;
        ZmtpMessage message = request != null ? request.message : (ZmtpMessage) work;
        if (request != null && !request.claim()) {
            ReferenceCountUtil.safeRelease(message);
            return true;
        }
        boolean tookCredit = false;
        try {
            if (host.isClosed() && request != null) {
                throw SocketHost.closedException();
            }
            tookCredit = request != null && takesTurn();
            if (!pattern.send(message)) {
                if (request != null) {
                    request.unclaim();
                }
                creditsDone += tookCredit ? 1 : 0;
                return false;
            }
        } catch (Throwable e) {
            ReferenceCountUtil.safeRelease(message); // the send may have failed because the application had released it
            creditsDone += tookCredit || request == null ? 1 : 0;
            if (request != null) {
                request.fail(e);
            } else {
                SocketLog.LOGGER.debug("message dropped", e); // its sender was told before an option changed
                host.dropped();
            }
            return true;
        }
        creditsDone += tookCredit || request == null ? 1 : 0;
        if (request != null) {
            request.succeed(null);
        }
        pattern.sent();
        return true;
    }

    /**
     * Takes the one credit that there is while REQ or REP may send, for a send that came without; returns whether it
     * did. A send whose caller was told that it is sent must not be refused because this one went before it.
     *
     * @throws ZmqException {@link ZmqError#STATE} if another send has the credit and is under way
     */
    private boolean takesTurn() {
        if (pattern.sendMode() != Pattern.SendMode.STATE || host.options().get(ZmqOption.REQ_RELAXED)
                || publishedRoom == 0) {
            return false;
        }
        if (takeCredit()) {
            return true;
        }
        if (publishedRoom > creditsDone) {
            throw new ZmqException(ZmqError.STATE, "send on a socket of type " + host.type()
                    + " while another thread sends (expected: one at a time)");
        }
        return false; // the one who had it has sent
    }

    /** Sends the messages that wait, as far as there is room now. */
    void retry() {
        if (isEmpty()) {
            return;
        }
        for (Object to : blocked.keySet().toArray()) { // a handler that is told of a send may send another
            ArrayDeque<Object> queue = blocked.get(to);
            while (queue != null && !queue.isEmpty()) {
                Object work = queue.poll();
                if (!attempt(work)) {
                    queue.addFirst(work);
                    break;
                }
                waiting--;
            }
            if (queue != null && queue.isEmpty()) {
                blocked.remove(to, queue); // a handler's message may be in a new queue by now
            }
        }
    }

    void roomChanged(int delta) {
        totalRoom += delta;
    }

    private long room() {
        switch (pattern.sendMode()) {
            case ROOM:
                return totalRoom;
            case ALWAYS:
                return WINDOW;
            case STATE:
                return pattern.maySend() ? 1 : 0;
            default:
                return 0;
        }
    }

    /**
     * Turns what changed since the last time into credits. The credits become negative if more was promised than there
     * is room now.
     *
     * @param all whether no more credits will follow soon, so that even a few are worth a wake-up
     */
    void publish(boolean all) {
        long now = room();
        long delta = now - publishedRoom + creditsDone;
        publishedRoom = now;
        creditsDone = 0;
        if (delta != 0) {
            credits.addAndGet(delta);
        }
        if (sleepers.any()) {
            long have = credits.get();
            if (have > 0 && (all || have >= now / 2)) {
                sleepers.wakeOne(); // the thread that is woken wakes the next one
            }
        }
    }

    /** Tells that an option changed, with which sends may have to ask the loop from now on, or no longer have to. */
    void optionSet() {
        publish(true);
        sleepers.wakeAll();
    }

    /** Returns how many messages and sends wait. Any thread. */
    public int size() {
        return waiting;
    }

    boolean isEmpty() {
        return waiting == 0;
    }

    /** Returns whether anything waits that was not taken back. On the loop. */
    boolean isSending() {
        if (waiting > 0) {
            purge();
        }
        return waiting > 0;
    }

    /** Fails the sends that wait, because the socket closes. Messages that had a credit still get their place. */
    void failWaiting() {
        sleepers.wakeAll();
        end(work -> work instanceof PendingCall.Send);
    }

    /** Drops everything that waits, because LINGER is over or nothing can take it any more. */
    void drop() {
        end(work -> true).forEach(work -> host.dropped());
    }

    /**
     * Ends some of what waits, and returns it. First it is taken out: the application hears of each send that fails,
     * and what it does then must find the rest in order.
     */
    private List<Object> end(Predicate<Object> which) {
        List<Object> ended = new ArrayList<>();
        for (ArrayDeque<Object> queue : blocked.values()) {
            queue.removeIf(work -> which.test(work) && ended.add(work));
        }
        blocked.values().removeIf(ArrayDeque::isEmpty);
        waiting -= ended.size();
        ended.forEach(Mailbox::end);
        return ended;
    }
}
