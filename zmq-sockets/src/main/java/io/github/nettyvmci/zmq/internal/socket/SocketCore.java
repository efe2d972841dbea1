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
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.endpoint.CodecFactory;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.inproc.InprocNames;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.Pattern;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * The inside of a socket, which makes its parts and holds them together. All of its state belongs to one event loop,
 * its home; other threads leave what they want done in its {@link Mailbox}.
 *
 * <p>A message of the application goes through the {@link Outbox} to the {@link Pattern}, which puts it into the
 * {@link io.github.nettyvmci.zmq.internal.pattern.Pipe Pipe}s of its {@link Peers}, from where it goes over their
 * {@link Connection}s. A message of a peer goes the other way, and through the {@link Inbox} to the application.
 * {@link Endpoints} make and lose the connections. After each change of the state, {@link #settle} brings the parts in
 * line.
 */
public final class SocketCore implements SocketHost {

    public final Endpoints endpoints;
    public final Inbox inbox;
    public final Outbox outbox;
    public final SocketCounters counters = new SocketCounters();
    public final Monitors monitors;
    private final String name;
    private final ZmqSocketType type;
    private final Loops loops;
    private final Consumer<SocketCore> whenClosed;
    private final CompletableFuture<Void> closeFuture = new CompletableFuture<>();
    private final Peers peers;
    private final Pattern pattern;
    private final Mailbox mailbox;
    private final Runnable retry;
    private volatile ZmqOptions options;
    private volatile @Nullable EventLoop home;
    private volatile boolean closed;
    /** Set by the call of {@link #close}, before the home loop knows. */
    private volatile boolean closeCalled;

    // On the home loop.
    private boolean inBurst;
    private boolean settling;
    /** Whether {@link #settle} was called from within. */
    private boolean settleAgain;
    /** {@code null} while the socket is open. */
    private @Nullable Closing closing;

    /**
     * Makes a socket that has no home yet.
     *
     * @param name       for logs and meters
     * @param codecs     makes the codecs of the socket's channels, and has the socket's type
     * @param names      the inproc names of the context
     * @param whenClosed is told when the last connection is gone
     */
    public SocketCore(String name, ZmqOptions options, CodecFactory codecs, Transports transports, Loops loops,
            InprocNames names, Consumer<SocketCore> whenClosed) {
        this.name = name;
        this.options = options;
        this.loops = loops;
        this.whenClosed = whenClosed;
        type = codecs.type();
        monitors = new Monitors(name);
        peers = new Peers(this, codecs.limits(), monitors, counters);
        pattern = peers.pattern();
        Turns turns = new Turns(this);
        SendStream stream = new SendStream(this);
        inbox = new Inbox(this, pattern, turns);
        outbox = new Outbox(this, pattern, turns, stream);
        endpoints = new Endpoints(this, peers, codecs, transports, loops, names);
        mailbox = new Mailbox(this, stream, this::process, () -> outbox.publish(false));
        retry = outbox::retry;
    }

    // --- any thread ---

    @Override
    public String name() {
        return name;
    }

    @Override
    public ZmqSocketType type() {
        return type;
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    @Override
    public EventLoop home() {
        EventLoop loop = home;
        return loop != null ? loop : home(null);
    }

    @Override
    public synchronized EventLoop home(@Nullable ZmqTransport transport) {
        if (home == null) {
            home = loops.next(transport, options.get(ZmqOption.AFFINITY));
        }
        return home;
    }

    @Override
    public @Nullable LeaderLoop leaderLoop() {
        return home instanceof LeaderLoop loop ? loop : null;
    }

    @Override
    public void keepLoop() {
        if (home() instanceof LeaderLoop loop) {
            loop.keep();
        }
    }

    /** Returns whether this thread is an event loop of the context, which must not wait for another. Any thread. */
    public boolean inLoop() {
        return loops.inOne();
    }

    /** Returns whether the calling thread is the home loop. This does not choose a home if there is none yet. */
    public boolean inHome() {
        EventLoop loop = home;
        return loop != null && loop.inEventLoop();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    /** Returns whether the application has closed the socket; the home loop may not know yet. */
    public boolean isCloseCalled() {
        return closeCalled;
    }

    /**
     * Checks that the application may still use the socket.
     *
     * @throws ZmqException {@link ZmqError#CLOSED} if {@link #close} was called
     */
    public void checkOpen() {
        if (closeCalled) {
            throw SocketHost.closedException();
        }
    }

    @Override
    public boolean isSending() {
        return outbox.isSending();
    }

    @Override
    public void submit(Object work) {
        mailbox.submit(work);
    }

    @Override
    public void submitFromTaker(Runnable task) {
        LeaderLoop loop = leaderLoop();
        if (loop == null || !loop.tryLead()) {
            submit(task);
            return;
        }
        try {
            submit(task);
        } finally {
            loop.leave();
        }
    }

    @Override
    public void send(ZmtpMessage message) {
        mailbox.send(message, pattern.sendsBatches());
    }

    @Override
    public <T> CompletableFuture<T> call(Callable<T> task) {
        return mailbox.call(task);
    }

    /**
     * Runs a task that sets something, as {@link #call} does. Before the home is chosen the calling thread itself runs
     * it, because no other thread uses the state yet. This way the first endpoint still decides where the socket lives.
     */
    public <T> CompletableFuture<T> configure(Callable<T> task) {
        synchronized (this) {
            if (home == null) {
                try {
                    return CompletableFuture.completedFuture(task.call());
                } catch (Exception e) {
                    return CompletableFuture.failedFuture(e);
                }
            }
        }
        return call(task);
    }

    @Override
    public CompletableFuture<Void> decided() {
        return call(() -> {
            settle(); // a send may wait for earlier ones that could go out by now
            return null;
        });
    }

    @Override
    public void arrive() {
        peers.arrive();
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            home().execute(() -> done.complete(null)); // after the tasks that the other sockets' loops have left
            done.join();
        } catch (RejectedExecutionException e) {
            SocketLog.LOGGER.debug("the context is closed", e);
        }
    }

    // --- the home loop ---

    /** Does the work that came through the mailbox. */
    private void process(Object work) {
        if (closing == null && work instanceof ZmtpMessage) {
            outbox.offer(work);
        } else if (closing != null && closing.isOver() && !(work instanceof Runnable)) {
            if (work instanceof ZmtpMessage) {
                dropped(); // its sender was told that it is sent, just before the socket closed
            } else if (work instanceof ZmtpBatch batch) {
                counters.dropped(null, batch.count());
            }
            Mailbox.end(work);
        } else if (work instanceof ZmtpBatch batch) {
            outbox.offer(batch);
        } else if (work instanceof Runnable task) {
            task.run();
        } else if (work instanceof PendingCall.Receive request) {
            inbox.wait(request);
        } else {
            outbox.offer(work);
        }
    }

    /**
     * Brings the parts in line after a change: sends blocked messages that have room now, publishes new credits to the
     * sending threads and new messages to the receiving ones, and flushes the connections that were written to. A call
     * from within is remembered, and one more round made.
     */
    @Override
    public void settle() {
        if (settling) {
            settleAgain = true; // a flush made room
            return;
        }
        settling = true;
        try {
            do {
                settleAgain = false;
                mailbox.hold(retry);
                outbox.publish(true);
                if (!inBurst) {
                    inbox.publish();
                    peers.flush();
                }
            } while (settleAgain && !inBurst);
            if (closing != null) {
                closing.check();
            }
        } finally {
            settling = false;
        }
    }

    @Override
    public void burstBegin() {
        inBurst = true;
    }

    @Override
    public void burstEnd() {
        inBurst = false;
        mailbox.settle();
    }

    @Override
    public void receivable() {
        inbox.pump();
    }

    @Override
    public void came(long length) {
        inbox.came(length, inBurst);
    }

    @Override
    public void arrived() {
        inbox.pump();
        if (!inBurst) {
            inbox.publish();
        }
    }

    @Override
    public void roomChanged(int delta) {
        outbox.roomChanged(delta);
    }

    @Override
    public void dropped() {
        counters.dropped(null, 1);
    }

    // --- options; on the home loop, but where said otherwise ---

    @Override
    public void options(ZmqOptions newOptions) {
        options = newOptions;
    }

    /** Sets an option. */
    public <T> void setOption(ZmqOption<T> option, T value) {
        if (closed && (option != ZmqOption.LINGER || closing.isOver())) {
            throw SocketHost.closedException();
        }
        option.checkType(type);
        T checked = option.check(value);
        if (option == ZmqOption.SUBSCRIBE || option == ZmqOption.UNSUBSCRIBE) {
            pattern.optionSet(option, checked);
            return;
        }
        options = options.with(option, checked);
        if (option == ZmqOption.SNDHWM || option == ZmqOption.RCVHWM || option == ZmqOption.SNDHWM_BYTES) {
            peers.marksChanged();
        } else if (option == ZmqOption.LINGER && closing != null) {
            closing.linger(options.millis(ZmqOption.LINGER));
        }
        pattern.optionSet(option, checked);
        outbox.optionSet(); // before the caller goes on, for sends may have to ask from now on
    }

    /** Returns the value that the application reads from an option. Any thread. */
    public <T> T option(ZmqOption<T> option) {
        return pattern.read(option, options.get(option));
    }

    /** Joins or leaves a group. */
    public void group(byte[] group, boolean join) {
        pattern.group(group, join);
    }

    /** Returns the number of distinct topics. */
    public int topics() {
        return pattern.topics();
    }

    /** Lets go of the peer with a routing id. */
    public void disconnectPeer(ByteBuf id) {
        checkOpen();
        peers.disconnect(id);
    }

    // --- the end ---

    /** Begins to close; the future completes when the last connection is gone. Any thread. */
    public CompletableFuture<Void> close() {
        boolean first;
        synchronized (this) {
            first = !closeCalled;
            closeCalled = true;
        }
        submit((Runnable) () -> {
            if (closing == null) {
                closed = true;
                closing = new Closing(this, peers, endpoints, inbox, outbox, this::ended);
                closing.begin();
            }
        });
        if (first) {
            Future<?> loopEnd = home().terminationFuture();
            FutureListener<Object> tooEarly = loop -> loopHasEnded();
            loopEnd.addListener(tooEarly);
            closeFuture.whenComplete((done, failure) -> loopEnd.removeListener(tooEarly));
        }
        return closeFuture;
    }

    /** Ends the socket because its event loop has ended, an application's that did so too early. */
    private void loopHasEnded() {
        if (closeFuture.isDone()) {
            return;
        }
        SocketLog.LOGGER.warn("{}: closed without its peers, and messages that wait are lost: the event loop has ended"
                + " (expected: one that runs until the context is closed)", name);
        closed = true;
        try {
            outbox.failWaiting();
            outbox.drop();
            inbox.close();
        } finally {
            ended();
        }
    }

    @Override
    public void endpointOver() {
        if (closing != null) {
            closing.check();
        }
    }

    private void ended() {
        monitors.stop();
        whenClosed.accept(this);
        closeFuture.complete(null);
    }
}
