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
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;

/**
 * The inside of a socket. All of its state belongs to one event loop, its home; other threads leave what they want done
 * in its {@link Mailbox}.
 *
 * <p>A message of the application goes through the {@link Outbox} to the {@link Pattern}, which puts it into the
 * {@link Pipe}s of its peers, and from there over their {@link Link}s. A message of a peer goes the other way, and
 * through the {@link Inbox} to the application. {@link Endpoints} make and lose the links. After whatever changed the
 * state, {@link #settle} brings the parts in line.
 */
final class SocketCore implements PipeHost {

    static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(ZmqSocket.class);

    final ZmqContext context;
    final ZmqSocketType type;
    final ZmtpLimits limits;
    final Endpoints endpoints;
    final Inbox inbox;
    final Outbox outbox;
    final SocketMetrics metrics = new SocketMetrics();
    final Monitors monitors;
    /** Names the socket in logs and meters. */
    final String name;
    final CompletableFuture<Void> closeFuture = new CompletableFuture<>();
    /** The sockets that are connected to this one within the process. */
    final List<SocketCore> inprocPeers = new CopyOnWriteArrayList<>();
    private final Pattern pattern;
    private final Mailbox mailbox = new Mailbox(this);
    private volatile ZmqOptions options;
    private volatile EventLoop home;
    private volatile boolean closed;
    /** Set by the call of {@link #close}, before the home loop knows. */
    private volatile boolean closeCalled;

    // On the home loop.
    private final Set<Pipe> pipes = new LinkedHashSet<>();
    /** Whose links are to be flushed. */
    private final List<Pipe> dirty = new ArrayList<>();
    private boolean inBurst;
    private boolean settling;
    private boolean settleAgain;
    private Closing closing;

    SocketCore(ZmqContext context, String name, ZmqSocketType type, ZmqOptions options, ZmtpLimits limits,
            Security security) {
        this.context = context;
        this.name = name;
        monitors = new Monitors(name);
        this.type = type;
        this.options = options;
        this.limits = limits;
        pattern = newPattern();
        inbox = new Inbox(this, pattern);
        outbox = new Outbox(this, pattern);
        endpoints = new Endpoints(this, security);
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

    @Override
    public boolean mayConflate() {
        switch (type) {
            case PULL:
            case PUSH:
            case SUB:
            case PUB:
            case DEALER:
                return true;
            default:
                return false;
        }
    }

    boolean isClosed() {
        return closed;
    }

    /** Whether the application has closed the socket; the home loop may not know yet. */
    boolean isCloseCalled() {
        return closeCalled;
    }

    /**
     * Checks that the application may still use the socket.
     *
     * @throws ZmqException {@link ZmqError#CLOSED}
     */
    void checkOpen() {
        if (closeCalled) {
            throw closedException();
        }
    }

    /** Has something done on the home loop: a message, a request or a task, in the order given. */
    void submit(Object work) {
        mailbox.submit(work);
    }

    <T> CompletableFuture<T> call(Callable<T> task) {
        return mailbox.call(task);
    }

    /**
     * Has something set, as {@link #call} does. Before the home is chosen it is set by the caller itself, for no other
     * thread has anything to do with the state by then, and so the first endpoint still decides where the socket lives.
     */
    <T> CompletableFuture<T> configure(Callable<T> task) {
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

    /** Whether this is the home loop. It is not chosen for the question. */
    boolean inHome() {
        EventLoop loop = home;
        return loop != null && loop.inEventLoop();
    }

    /** Completes once everything that this thread submitted before is decided on: done, or waiting. */
    CompletableFuture<Void> decided() {
        return call(() -> {
            settle(); // a send may stand behind others that could go by now
            return null;
        });
    }

    /** Waits until what sockets of this process have sent so far has arrived. */
    void arrive() {
        for (SocketCore peer : inprocPeers) {
            peer.decided().exceptionally(closed -> null).join();
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            home().execute(() -> done.complete(null)); // behind what the others' loops have left
            done.join();
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the context is closed", e);
        }
    }

    // --- the home loop ---

    /** Does what came through the mailbox. */
    void process(Object work) {
        if (closing == null && work instanceof ZmtpMessage) {
            outbox.offer(work);
        } else if (closing != null && closing.isOver() && !(work instanceof Runnable)) {
            if (work instanceof ZmtpMessage) {
                dropped(null); // its sender was told that it is sent, just before the socket closed
            }
            Mailbox.discard(work);
        } else if (work instanceof Runnable task) {
            task.run();
        } else if (work instanceof Request.Receive request) {
            inbox.wait(request);
        } else {
            outbox.offer(work);
        }
    }

    /**
     * Ends whatever changed the state: waiting messages find the new room, threads the new credits, peers the flush.
     */
    void settle() {
        if (settling) {
            settleAgain = true; // a flush made room
            return;
        }
        settling = true;
        try {
            do {
                settleAgain = false;
                outbox.retry();
                outbox.publish(true);
                if (!inBurst) {
                    inbox.publish();
                    flush();
                }
            } while (settleAgain && !inBurst);
            if (closing != null) {
                closing.check();
            }
        } finally {
            settling = false;
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
        // What a channel reads on after its pipe was detached goes nowhere.
        if (closed || pipe.link == null) {
            message.release();
            return;
        }
        long length = message.length();
        pipe.counters.messagesIn.add(1);
        pipe.counters.bytesIn.add(length);
        if (!pattern.accept(pipe, message)) {
            endpoints.brokeRules(pipe);
        }
        inbox.pump();
    }

    /** The pattern itself may have put messages into pipes. */
    private void arrived() {
        inbox.pump();
        if (!inBurst) {
            inbox.publish();
        }
    }

    void command(Pipe pipe, ZmtpCommand command) {
        if (!closed && !pipe.closed) { // or a subscription would outlive its peer
            pattern.command(pipe, command);
            inbox.pump();
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
        pipe.address = link.address();
        if (!pipe.closed && !pattern.connected(pipe)) {
            pipe.link = null;
            return false;
        }
        return true;
    }

    /** Tells why {@link #connected} refused. */
    ZmqException notTaken(Object peer) {
        return new ZmqException(ZmqError.ADDRESS_IN_USE, "peer " + peer + " refused (expected: "
                + (pattern instanceof RouterPattern ? "a routing id that no other peer has; or set ROUTER_HANDOVER)"
                : "no second peer at a socket of type " + type + ')'));
    }

    /** After {@link #connected}, once the link knows its pipe. */
    void linkUp(Pipe pipe) {
        pipe.drain();
        emptied(pipe);
        inbox.pump();
        settle();
    }

    /** A bind or connect has ended. What waits for a peer may have none to hope for any more. */
    void endpointOver() {
        if (closing != null) {
            closing.check();
        }
    }

    /** Whether a message that has no peer may still find one, though nobody is let in any more. */
    boolean mayHavePeers() {
        return !pipes.isEmpty() || endpoints.connects();
    }

    /** The link of a pipe is gone, and another may come. */
    void disconnected(Pipe pipe) {
        pipe.link = null;
        pipe.address = "";
        if (!pipe.closed) {
            pattern.disconnected(pipe);
            pipe.clearOutput(true);
            arrived();
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
            pattern.in.clear(pipe);
        }
        arrived();
        if (closing != null) {
            settle(); // it may have been the last that anything could go to
        }
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
    void handshakeFailed(LinkOwner owner, Channel channel, Throwable cause) {
        metrics.handshakeFailures.add(1);
        if (cause instanceof ZmtpLimitException) {
            metrics.limitExceeded.add(1);
        }
        monitors.handshakeFailed(owner.endpoint(), channel.localAddress(), channel.remoteAddress(), cause);
    }

    /** Tells why a connection could not be accepted. From any thread. */
    void acceptFailed(LinkOwner owner, Throwable cause) {
        submit((Runnable) () -> monitors.emit(ZmqEvent.Kind.ACCEPT_FAILED, AcceptFailures.errno(cause),
                owner.endpoint(), null, null, cause));
    }

    /**
     * Tells why a connection ended.
     *
     * @param lost how many messages were lost with it
     */
    void connectionEnded(String endpoint, Channel channel, Throwable cause, long lost) {
        if (cause instanceof ZmtpLimitException) {
            metrics.limitExceeded.add(1);
        }
        monitors.emit(ZmqEvent.Kind.DISCONNECTED, lost, endpoint, channel == null ? null : channel.localAddress(),
                channel == null ? null : channel.remoteAddress(), cause);
    }

    /**
     * Compares the types of two sockets of this process, which have no handshake.
     *
     * @return why they cannot be connected, which was told; {@code null} if they can
     */
    ZmtpException typesDiffer(LinkOwner owner, PeerInfo peer) {
        if (type.accepts(peer.type())) {
            return null;
        }
        ZmtpException why = new ZmtpException(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, "socket type of the peer: "
                + peer.type() + " (expected: one that talks to " + type + ')');
        metrics.handshakeFailures.add(1);
        monitors.handshakeFailed(owner.endpoint(), null, null, why);
        return why;
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
        outbox.roomChanged(delta);
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
    public void disconnect(Pipe pipe, Throwable cause) {
        pipe.owner.drop(pipe, cause);
    }

    @Override
    public void resume(Pipe pipe) {
        if (!home().inEventLoop()) {
            submit((Runnable) () -> resume(pipe));
        } else if (pipe.link != null && pipe.isResumed()) {
            pipe.link.inputLow(pipe);
        }
    }

    // --- options ---

    <T> void setOption(ZmqOption<T> option, T value) {
        if (closed && (option != ZmqOption.LINGER || closing.isOver())) {
            throw closedException();
        }
        option.checkType(type);
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
        outbox.optionSet(); // before the caller goes on: sends may have to ask from now on
    }

    /** Any thread. */
    <T> T option(ZmqOption<T> option) {
        return pattern.read(option, options.get(option));
    }

    void setOptions(ZmqOptions newOptions) {
        options = newOptions;
    }

    void group(byte[] group, boolean join) {
        pattern.group(group, join);
    }

    void disconnectPeer(ByteBuf id) {
        checkOpen();
        Pipe pipe = pattern.forget(id);
        if (pipe == null) {
            throw new ZmqException(ZmqError.HOST_UNREACHABLE, "routing id: " + ByteBufUtil.hexDump(id)
                    + " (expected: that of a peer)");
        }
        disconnect(pipe, new ZmqException(ZmqError.CLOSED, "peer at " + pipe.endpoint + ": disconnectPeer was called"
                + " for it"));
    }

    int topics() {
        return pattern.topics();
    }

    // --- the end ---

    /** What has not gone out yet, by endpoint, for people. */
    String unsent() {
        Map<String, Long> byEndpoint = new LinkedHashMap<>();
        for (Pipe pipe : pipes) {
            byEndpoint.merge(pipe.endpoint, pipe.counters.queued.get(), Long::sum);
        }
        StringBuilder text = new StringBuilder();
        byEndpoint.forEach((endpoint, messages) -> text.append(messages).append(" messages to ").append(endpoint)
                .append(", "));
        return text.append(outbox.size()).append(" messages without a place at a peer").toString();
    }

    static ZmqException closedException() {
        return new ZmqException(ZmqError.CLOSED, "socket: closed (expected: open)");
    }

    CompletableFuture<Void> close() {
        closeCalled = true;
        submit((Runnable) () -> {
            if (closing == null) {
                closed = true;
                closing = new Closing(this);
                closing.begin();
            }
        });
        return closeFuture;
    }

    /** The last endpoint is gone. */
    void ended() {
        monitors.stop();
        context.closed(this);
        closeFuture.complete(null);
    }
}
