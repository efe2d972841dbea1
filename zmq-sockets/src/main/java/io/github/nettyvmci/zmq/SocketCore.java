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

import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The inside of a socket. All of its state belongs to one event loop, its home; other threads leave what they want done
 * in a queue without a lock ({@link #submit}).
 *
 * <p>Two short cuts keep threads from waiting for the loop. <b>Out:</b> the room in the pipes is published as credits;
 * who gets one knows that its message will find a place and does not wait to be told. <b>In:</b> a few messages are put
 * ready where any thread may take them.
 */
final class SocketCore implements PipeHost, Runnable {

    static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ZmqSocket.class);

    /** Messages put ready for other threads. */
    private static final int MOST_READY = 128;
    /** Credits where there is no room to speak of, because a message goes out or is dropped at once. */
    private static final int WINDOW = 1024;
    /** What one run does before it lets the channels have the loop. */
    private static final int BURST = 1024;

    final ZmqContext context;
    final ZmqSocketType type;
    final ZmtpLimits limits;
    final Endpoints endpoints;
    final SocketMetrics metrics = new SocketMetrics();
    final Monitors monitors = new Monitors();
    private final Pattern pattern;
    private volatile ZmqOptions options;
    private volatile EventLoop home;
    private volatile boolean closed;

    // Shared with other threads.
    private final Queue<Object> mailbox = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicLong credits = new AtomicLong();
    private final Queue<ZmtpMessage> ready = new ConcurrentLinkedQueue<>();
    private final AtomicInteger readyCount = new AtomicInteger();
    private final int mostReady;
    final CompletableFuture<Void> closeFuture = new CompletableFuture<>();

    // On the home loop.
    private final Set<Pipe> pipes = new LinkedHashSet<>();
    private final ArrayDeque<Object> blocked = new ArrayDeque<>();
    private final ArrayDeque<Request.Receive> waiters = new ArrayDeque<>();
    private final List<Pipe> dirty = new ArrayList<>();
    private Consumer<ZmtpMessage> handler;
    private boolean paused;
    private boolean draining;
    private boolean pumping;
    private boolean inBurst;
    private boolean settling;
    private long totalRoom;
    private long publishedRoom;
    private long fastDone;
    private Closing closing;

    SocketCore(ZmqContext context, ZmqSocketType type, ZmqOptions options, ZmtpLimits limits, Security security) {
        this.context = context;
        this.type = type;
        this.options = options;
        this.limits = limits;
        int mark = options.get(ZmqOption.RCVHWM);
        mostReady = mark == 0 ? MOST_READY : Math.max(1, Math.min(MOST_READY, mark / 2));
        pattern = newPattern();
        endpoints = new Endpoints(this, security);
        publishedRoom = room();
        credits.set(publishedRoom);
    }

    private Pattern newPattern() {
        switch (type) {
            case PAIR:
            case CHANNEL:
                return new PairPattern(this, type);
            case PUB:
            case XPUB:
                return new PubPattern(this, type, limits);
            case SUB:
            case XSUB:
                return new SubPattern(this, type);
            case REQ:
                return new ReqPattern(this);
            case REP:
                return new RepPattern(this);
            case ROUTER:
            case STREAM:
                return new RouterPattern(this, type);
            case SERVER:
            case PEER:
                return new ServerPattern(this, type);
            case RADIO:
                return new RadioPattern(this, limits);
            case DISH:
                return new DishPattern(this);
            case PULL:
            case GATHER:
                return new PullPattern(this, type);
            default: // PUSH, SCATTER, DEALER, CLIENT
                return new BalancedPattern(this, type);
        }
    }

    // --- from any thread ---

    /** The loop that owns this socket; chosen at the first use. */
    EventLoop home() {
        EventLoop loop = home;
        return loop != null ? loop : chooseHome(null);
    }

    /** Settles the loop, on one that the transport of the first endpoint can use. */
    synchronized EventLoop chooseHome(ZmqTransport transport) {
        if (home == null) {
            home = context.nextLoop(transport, options.get(ZmqOption.AFFINITY));
        }
        return home;
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    boolean isClosed() {
        return closed;
    }

    CompletableFuture<Void> send(ZmtpMessage message) {
        if (!type.sends() || closed) {
            message.release();
            return CompletableFuture.failedFuture(closed ? closedException() : new ZmqException(
                    ZmqError.NOT_SUPPORTED, "send on a socket of type " + type + " (expected: receive)"));
        }
        try {
            pattern.checkSend(message);
        } catch (ZmqException e) {
            message.release();
            return CompletableFuture.failedFuture(e);
        }
        if (takeCredit()) {
            submit(message);
            return DONE;
        }
        Request.Send request = new Request.Send(message);
        submit(request);
        return request;
    }

    static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private boolean takeCredit() {
        for (long have = credits.get(); have > 0; have = credits.get()) {
            if (credits.compareAndSet(have, have - 1)) {
                return true;
            }
        }
        return false;
    }

    /** Returns a message if one is ready, or {@code null}. */
    ZmtpMessage poll() {
        ZmtpMessage message = ready.poll();
        if (message != null && readyCount.decrementAndGet() == mostReady / 2) {
            submit((Runnable) this::pump);
        }
        return message;
    }

    CompletableFuture<ZmtpMessage> receive() {
        ZmtpMessage message = poll();
        if (message != null) {
            return CompletableFuture.completedFuture(message);
        }
        Request.Receive request = new Request.Receive();
        submit(request);
        return request;
    }

    /** Has something done on the home loop: a message, a request or a task, in the order given. */
    void submit(Object work) {
        mailbox.offer(work);
        EventLoop loop = home();
        if (loop.inEventLoop()) {
            if (!draining) {
                run();
            }
        } else if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            try {
                loop.execute(this);
            } catch (java.util.concurrent.RejectedExecutionException e) {
                discardMailbox(); // the context is closed, and this came too late
            }
        }
    }

    private void discardMailbox() {
        for (Object work = mailbox.poll(); work != null; work = mailbox.poll()) {
            discard(work);
        }
    }

    private void discard(Object work) {
        if (work instanceof Request.Send request) {
            request.message.release();
            request.completeExceptionally(closedException());
        } else if (work instanceof Request.Receive request) {
            request.completeExceptionally(closedException());
        } else if (work instanceof ZmtpMessage message) {
            message.release();
        } else if (work instanceof Task<?> task) {
            task.result.completeExceptionally(closedException());
        }
    }

    /** Something to do on the home loop whose result somebody waits for. */
    private static final class Task<T> implements Runnable {

        final CompletableFuture<T> result = new CompletableFuture<>();
        private final java.util.concurrent.Callable<T> body;

        Task(java.util.concurrent.Callable<T> body) {
            this.body = body;
        }

        @Override
        public void run() {
            try {
                result.complete(body.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        }
    }

    <T> CompletableFuture<T> call(java.util.concurrent.Callable<T> task) {
        Task<T> work = new Task<>(task);
        submit(work);
        return work.result;
    }

    // --- the home loop ---

    @Override
    public void run() {
        scheduled.set(false);
        draining = true;
        boolean more = true;
        try {
            for (int i = 0; i < BURST && more; i++) {
                Object work = mailbox.poll();
                if (work == null) {
                    more = false;
                } else {
                    process(work);
                }
            }
        } finally {
            draining = false;
        }
        settle();
        if (more && scheduled.compareAndSet(false, true)) {
            home.execute(this);
        }
    }

    private void process(Object work) {
        if (closing != null && closing.over && !(work instanceof Runnable)) {
            discard(work);
        } else if (work instanceof Runnable task) {
            task.run();
        } else if (work instanceof Request.Receive request) {
            wait(request);
        } else if (!blocked.isEmpty()) {
            block(work);
        } else if (!attempt(work)) {
            block(work);
        }
    }

    private void block(Object work) {
        if (work instanceof Request.Send request
                && (closed || blocked.size() >= options.get(ZmqOption.PENDING_SENDS))) {
            request.message.release();
            request.completeExceptionally(closed ? closedException() : new ZmqException(ZmqError.AGAIN,
                    "sends that wait for room: " + blocked.size() + " (expected: fewer, PENDING_SENDS);"
                    + " wait for one to be done before the next"));
        } else {
            blocked.add(work);
        }
    }

    /** Returns whether the message was sent, or never will be. */
    private boolean attempt(Object work) {
        Request.Send request = work instanceof Request.Send r ? r : null;
        ZmtpMessage message = request != null ? request.message : (ZmtpMessage) work;
        if (request != null && !request.claim()) {
            message.release();
            return true;
        }
        try {
            if (closed && request != null) {
                throw closedException();
            }
            if (!pattern.send(message)) {
                if (request != null) {
                    request.unclaim();
                }
                return false;
            }
        } catch (Throwable e) {
            message.release();
            fastDone += request == null ? 1 : 0;
            if (request != null) {
                request.completeExceptionally(e);
            } else {
                LOGGER.debug("message dropped", e); // it was as good as sent when the option was still another
                dropped(null);
            }
            return true;
        }
        if (request != null) {
            request.complete(null);
        } else {
            fastDone++;
        }
        if (type == ZmqSocketType.REP) {
            pump(); // the next request may be delivered
        }
        return true;
    }

    private void wait(Request.Receive request) {
        try {
            if (closed) {
                throw closedException();
            }
            if (handler != null) {
                throw new ZmqException(ZmqError.INVALID,
                        "receive on a socket with a handler (expected: one or the other)");
            }
            if (ready.isEmpty()) {
                pattern.checkReceive();
            }
        } catch (ZmqException e) {
            request.completeExceptionally(e);
            return;
        }
        waiters.add(request);
        pump();
    }

    /** Brings messages to whoever wants them. */
    private void pump() {
        if (pumping || paused || closed) {
            return;
        }
        pumping = true;
        try {
            while (handler != null && !paused && !closed) {
                ZmtpMessage message = nextReady();
                message = message != null ? message : pattern.receive();
                if (message == null) {
                    return;
                }
                handle(message);
            }
            for (Request.Receive first = waiters.peek(); first != null && !closed; first = waiters.peek()) {
                if (!first.claim()) {
                    waiters.poll(); // cancelled
                    continue;
                }
                ZmtpMessage message = nextReady();
                message = message != null ? message : pattern.receive();
                if (message == null) {
                    first.unclaim();
                    return;
                }
                waiters.poll();
                first.complete(message);
            }
            prefetch();
        } finally {
            pumping = false;
        }
    }

    private void prefetch() {
        if (pattern.mayPrefetch() && handler == null) {
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

    private ZmtpMessage nextReady() {
        ZmtpMessage message = ready.poll();
        if (message != null) {
            readyCount.decrementAndGet();
        }
        return message;
    }

    private void handle(ZmtpMessage message) {
        try {
            handler.accept(message);
        } catch (Throwable e) {
            LOGGER.warn("handler of messages failed", e);
        }
    }

    void onMessage(Consumer<ZmtpMessage> newHandler) {
        handler = newHandler;
        while (newHandler != null && !waiters.isEmpty()) {
            Request.Receive waiter = waiters.poll();
            waiter.completeExceptionally(new ZmqException(ZmqError.INVALID,
                    "receive on a socket that got a handler (expected: one or the other)"));
        }
        pump();
    }

    void pause(boolean pause) {
        paused = pause;
        pump();
    }

    // --- links ---

    /** Messages of a channel begin to arrive: answers are flushed together, at the end. */
    void burstBegin() {
        inBurst = true;
    }

    void burstEnd() {
        inBurst = false;
        settle();
    }

    /** Takes over a message of a peer. */
    void message(Pipe pipe, ZmtpMessage message) {
        if (closed) {
            message.release();
            return;
        }
        long length = message.length();
        pipe.counters.messagesIn.add(1);
        pipe.counters.bytesIn.add(length);
        if (!pattern.accept(pipe, message)) {
            endpoints.brokeRules(pipe);
        }
        pump();
    }

    void command(Pipe pipe, ZmtpCommand command) {
        if (!closed) {
            pattern.command(pipe, command);
            pump();
        }
    }

    void writable(Pipe pipe) {
        pipe.drain();
        settle();
    }

    /** Makes a pipe known to the pattern. */
    void attach(Pipe pipe) {
        pipes.add(pipe);
        metrics.add(pipe);
        pattern.attach(pipe);
        pipe.updateRoom();
    }

    /** The pipe has a link. Returns whether the pattern takes the peer. */
    boolean connected(Pipe pipe, Link link, PeerInfo peer) {
        pipe.link = link;
        pipe.peerType = peer.type();
        if (!pipe.closed && !pattern.connected(pipe)) {
            pipe.link = null;
            return false;
        }
        return true;
    }

    /** After {@link #connected}, once the link knows its pipe. */
    void linkUp(Pipe pipe) {
        pipe.drain();
        emptied(pipe);
        pump();
        settle();
    }

    /** The link of a pipe is gone, and another may come. */
    void disconnected(Pipe pipe) {
        pipe.link = null;
        if (!pipe.closed) {
            pattern.disconnected(pipe);
            pipe.clearOutput(true);
            pump();
        }
        emptied(pipe);
    }

    /** Nothing new goes to the pipe; what waits in it still does. */
    void stopSending(Pipe pipe) {
        if (!pipe.closed) {
            pattern.detach(pipe);
            pipe.closed = true;
            pipe.updateRoom();
        }
    }

    /** The pipe is done with: what waits to go out is dropped, what came in stays to be taken. */
    void detach(Pipe pipe) {
        if (!pipes.remove(pipe)) {
            return;
        }
        pipe.link = null;
        stopSending(pipe);
        pipe.clearOutput(false);
        pipe.emptied = null;
        metrics.remove(pipe);
        if (closed) {
            pipe.clearInput();
        }
        if (!pipe.hasInput()) {
            pattern.drained(pipe);
        }
        pump();
    }

    /** Closes the link of a pipe once everything is sent; if there is none, once there was one. */
    void finish(Pipe pipe) {
        stopSending(pipe);
        pipe.emptied = () -> {
            if (pipe.link != null) {
                pipe.link.finish(() -> { });
            } else {
                pipe.owner.drop(pipe, null);
            }
        };
        if (pipe.link != null) {
            pipe.drain();
        }
        emptied(pipe);
    }

    /** Tells why a peer was not admitted. */
    void handshakeFailed(LinkOwner owner, io.netty.channel.Channel channel, Throwable cause) {
        metrics.handshakeFailures.add(1);
        monitors.handshakeFailed(owner.endpoint(), channel.localAddress(), channel.remoteAddress(), cause);
    }

    private void emptied(Pipe pipe) {
        if (pipe.closed && pipe.emptied != null && !pipe.hasOutput()) {
            Runnable then = pipe.emptied;
            pipe.emptied = null;
            then.run();
        }
    }

    boolean isRoutingIdTaken(byte[] id) {
        return pattern instanceof RouterPattern router && router.isTaken(id);
    }

    // --- PipeHost ---

    @Override
    public void roomChanged(Pipe pipe, int delta) {
        totalRoom += delta;
        pattern.roomChanged(pipe);
    }

    @Override
    public void written(Pipe pipe) {
        if (!pipe.dirty) {
            pipe.dirty = true;
            dirty.add(pipe);
        }
    }

    @Override
    public void dropped(Pipe pipe) {
        (pipe == null ? metrics.gone : pipe.counters).dropped.add(1);
    }

    @Override
    public void disconnect(Pipe pipe) {
        endpoints.drop(pipe);
    }

    private long room() {
        switch (pattern.sendMode()) {
            case ROOM:
                return totalRoom;
            case ALWAYS:
                return WINDOW;
            default:
                return 0;
        }
    }

    /**
     * Ends whatever changed the state: waiting messages find the new room, threads the new credits, peers the flush.
     */
    void settle() {
        if (settling) {
            return;
        }
        settling = true;
        try {
            for (Object work = blocked.poll(); work != null; work = blocked.poll()) {
                if (!attempt(work)) {
                    blocked.addFirst(work);
                    break;
                }
            }
            publishRoom();
            if (!inBurst) {
                flush();
            }
            if (closing != null) {
                closing.check();
            }
        } finally {
            settling = false;
        }
    }

    private void publishRoom() {
        long now = room();
        long delta = now - publishedRoom + fastDone;
        publishedRoom = now;
        fastDone = 0;
        if (delta != 0) {
            credits.addAndGet(delta);
        }
    }

    private void flush() {
        for (int i = 0; i < dirty.size(); i++) {
            Pipe pipe = dirty.get(i);
            pipe.dirty = false;
            if (pipe.link != null) {
                pipe.link.flush();
            }
            emptied(pipe);
        }
        dirty.clear();
    }

    // --- options ---

    <T> void setOption(ZmqOption<T> option, T value) {
        T checked = option.check(value);
        if (option == ZmqOption.SUBSCRIBE || option == ZmqOption.UNSUBSCRIBE) {
            pattern.optionSet(option, checked);
            return;
        }
        options = options.with(option, checked);
        if (option == ZmqOption.SNDHWM || option == ZmqOption.RCVHWM || option == ZmqOption.SNDHWM_BYTES) {
            for (Pipe pipe : pipes) {
                pipe.marks(options);
                pipe.updateRoom();
            }
        } else if (option == ZmqOption.LINGER && closing != null) {
            closing.linger((Integer) checked);
        }
        pattern.optionSet(option, checked);
        publishRoom(); // before the caller goes on: sends may have to ask from now on
    }

    void setOptions(ZmqOptions newOptions) {
        options = newOptions;
    }

    void group(byte[] group, boolean join) {
        pattern.group(group, join);
    }

    int topics() {
        return pattern.topics();
    }

    // --- the end ---

    static ZmqException closedException() {
        return new ZmqException(ZmqError.CLOSED, "socket: closed (expected: open)");
    }

    CompletableFuture<Void> close() {
        submit((Runnable) () -> {
            if (closing == null) {
                closed = true;
                closing = new Closing();
                closing.begin();
            }
        });
        return closeFuture;
    }

    /** Lets go of everything, in the time LINGER gives. */
    private final class Closing {

        private boolean endpointsClosed;
        private boolean over;
        private io.netty.util.concurrent.Future<?> timer;

        void begin() {
            waiters.forEach(waiter -> waiter.completeExceptionally(closedException()));
            waiters.clear();
            for (ZmtpMessage message = nextReady(); message != null; message = nextReady()) {
                message.release();
            }
            blocked.removeIf(work -> {
                if (work instanceof Request.Send request) {
                    request.message.release();
                    request.completeExceptionally(closedException());
                    return true;
                }
                return false;
            });
            for (int i = pattern.in.size() - 1; i >= 0; i--) {
                pattern.in.get(i).clearInput();
            }
            linger(options.get(ZmqOption.LINGER));
            endpoints.stopListening();
            check();
        }

        void linger(int millis) {
            if (timer != null) {
                timer.cancel(false);
                timer = null;
            }
            if (millis == 0) {
                expire();
            } else if (millis > 0) {
                timer = home.schedule(this::expire, millis, java.util.concurrent.TimeUnit.MILLISECONDS);
            }
        }

        private void expire() {
            for (Object work : blocked) {
                ((ZmtpMessage) work).release();
                dropped(null);
            }
            blocked.clear();
            endpointsClosed = true;
            endpoints.closeAll(0, this::done);
        }

        /** What was accepted and has no pipe yet goes first. */
        void check() {
            if (blocked.isEmpty() && !endpointsClosed) {
                endpointsClosed = true;
                endpoints.closeAll(-1, this::done);
            }
        }

        private void done() {
            if (over) {
                return;
            }
            over = true;
            if (timer != null) {
                timer.cancel(false);
            }
            monitors.stop();
            context.closed(SocketCore.this);
            closeFuture.complete(null);
        }
    }
}
