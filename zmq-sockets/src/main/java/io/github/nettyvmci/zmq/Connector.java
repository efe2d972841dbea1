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

import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A connect, and all its attempts. Its pipe is there from the start and outlives the connections, unless
 * {@code IMMEDIATE} is set. On the socket's event loop.
 */
final class Connector implements LinkOwner, Endpoints.Connected {

    private static final int STOP_REFUSED = 1;
    private static final int STOP_HANDSHAKE = 2;

    private final SocketCore core;
    private final Endpoints endpoints;
    /** What the caller passed. */
    private final String given;
    private final ZmqTransport.Endpoint target;
    private final EventLoop loop;
    private final ZmqOptions options;
    private final BackOff backOff;
    private Pipe pipe;
    private ChannelLink link;
    private Future<?> timer;
    private boolean handshaken;
    /** An attempt has begun whose channel is not known yet; it will be, and no end may come before it. */
    private boolean attempting;
    /** Why the last handshake failed. */
    private Throwable failure;
    private boolean stopped;
    /** Set by close(): the socket itself ends this connect, so that its end is no news, unless messages were lost. */
    private boolean closed;
    /** Messages that waited were dropped because the peer cannot be reached or talked to. */
    private boolean lost;
    private boolean over;

    Connector(SocketCore core, Endpoints endpoints, String given, ZmqTransport.Endpoint target, EventLoop loop,
            ZmqOptions options) {
        this.core = core;
        this.endpoints = endpoints;
        this.given = given;
        this.target = target;
        this.loop = loop;
        this.options = options;
        backOff = new BackOff(options.get(ZmqOption.RECONNECT_IVL), options.get(ZmqOption.RECONNECT_IVL_MAX),
                bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /** Returns the number of the peer, 0 if the type has none or the peer is not there at once. */
    int start() {
        if (!options.get(ZmqOption.IMMEDIATE)) {
            newPipe();
        }
        attempt();
        return pipe == null ? 0 : pipe.peerNumber;
    }

    private void newPipe() {
        pipe = new Pipe(core, given, true, options);
        pipe.owner = this;
        pipe.routingId = options.get(ZmqOption.CONNECT_ROUTING_ID);
        core.attach(pipe);
    }

    private void attempt() {
        timer = null;
        attempting = true;
        handshaken = false;
        failure = null;
        core.monitors.emit(ZmqEvent.Kind.CONNECT_DELAYED, 115, given, null, null, null);
        ChannelLink[] made = new ChannelLink[1];
        ChannelFuture[] future = new ChannelFuture[1];
        ChannelFuture connecting;
        try {
            connecting = target.connect(loop, endpoints.pipeline(this, target, (newLink, channel) -> {
                made[0] = newLink;
                newLink.tell(() -> opened(newLink));
                // The bootstrap closes a channel before anybody else hears that its attempt failed. One that is closed
                // while its name is looked up does not wait for the answer.
                channel.closeFuture().addListener(closed -> newLink.tell(() -> attemptEnded(newLink,
                        future[0] == null || future[0].cause() == null ? new ClosedChannelException()
                                : future[0].cause())));
            }), options);
        } catch (Throwable e) { // no library, no such interface
            failedAttempt(e);
            return;
        }
        future[0] = connecting;
        connecting.addListener(done -> {
            ChannelLink attempted = made[0];
            if (done.isSuccess()) {
                Channel channel = connecting.channel();
                attempted.tell(() -> core.monitors.emit(ZmqEvent.Kind.CONNECTED, 0, given, channel.localAddress(),
                        channel.remoteAddress(), null));
                return;
            }
            if (attempted == null) {
                core.submit((Runnable) () -> failedAttempt(done.cause()));
            } else {
                // The same way as opened() and as the news that the channel is closed, which comes second.
                attempted.tell(() -> attemptEnded(attempted, done.cause()));
            }
        });
    }

    private void attemptEnded(ChannelLink attempted, Throwable cause) {
        if (link == attempted && !attempted.wasActive()) {
            link = null;
            failedAttempt(cause);
            core.settle();
        }
    }

    private void opened(ChannelLink newLink) {
        attempting = false;
        link = newLink;
        if (stopped && (pipe == null || !pipe.hasOutput())) {
            newLink.close();
        }
    }

    /** No connection came about. */
    private void failedAttempt(Throwable cause) {
        attempting = false;
        core.monitors.emit(ZmqEvent.Kind.CLOSED, 0, given, null, null, cause);
        boolean refused = cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
        if (refused && (options.get(ZmqOption.RECONNECT_STOP) & STOP_REFUSED) != 0) {
            giveUp(cause);
        } else {
            again(cause);
        }
    }

    private void again(Throwable cause) {
        long wait = backOff.next();
        if (stopped && (pipe == null || !pipe.hasOutput()) || wait < 0) {
            giveUp(cause);
            return;
        }
        core.metrics.reconnects.add(1);
        core.monitors.emit(ZmqEvent.Kind.CONNECT_RETRIED, wait, given, null, null, cause);
        timer = core.home().schedule(() -> core.submit((Runnable) this::retry), wait, TimeUnit.MILLISECONDS);
    }

    private void retry() {
        if (timer != null && !over) {
            attempt();
        }
    }

    /** Nothing more will be tried. */
    private void giveUp(Throwable cause) {
        if (over) {
            return;
        }
        over = true;
        stopped = true;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        dropPipe();
        if (cause != null && (!closed || lost)) {
            core.monitors.emit(ZmqEvent.Kind.GAVE_UP, 0, given, null, null, cause);
        }
        endpoints.connectorOver(given, this);
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    @Override
    public String endpoint() {
        return given;
    }

    @Override
    public String peerAddress(Channel channel) {
        return target.peerAddress(channel);
    }

    @Override
    public Pipe up(Link newLink, PeerInfo peer) {
        handshaken = true;
        backOff.reset();
        Channel channel = ((ChannelLink) newLink).channel();
        core.monitors.emit(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, 0, given, channel.localAddress(),
                channel.remoteAddress(), null);
        if (stopped && (pipe == null || !pipe.hasOutput())) {
            return null;
        }
        if (pipe == null) {
            newPipe();
        }
        if (options.get(ZmqOption.CONNECT_ROUTING_ID).length == 0) {
            pipe.routingId = peer.routingId().length == 0 ? pipe.routingId : peer.routingId();
        }
        if (!core.connected(pipe, newLink, peer)) {
            stopped = true;
            newLink.close(core.notTaken(given));
            return null;
        }
        return pipe;
    }

    @Override
    public void failed(Link newLink, Throwable cause) {
        if (closed && cause instanceof ZmtpException e && e.error() == ZmtpError.CONNECTION_CLOSED) {
            return; // by us
        }
        core.handshakeFailed(this, ((ChannelLink) newLink).channel(), cause);
        failure = cause;
        if (!(cause instanceof ZmtpException e) || isHopeless(e)
                || (options.get(ZmqOption.RECONNECT_STOP) & STOP_HANDSHAKE) != 0) {
            stop();
        }
    }

    /**
     * Whether the peer would do the same again: a protocol error is its way, not the network's. A refusal by our own
     * authenticator says something of the peer that came, and the next may be another (libzmq asks again, too).
     */
    private static boolean isHopeless(ZmtpException cause) {
        boolean ours = cause instanceof ZmtpAuthenticationException refused ? !refused.isByPeer()
                : cause.error().code() >= ZmtpError.AUTHENTICATOR_FAILED.code();
        return !cause.isTransient() && !ours;
    }

    /** No other attempt; what waits is lost. */
    private void stop() {
        stopped = true;
        dropPipe();
    }

    private void dropPipe() {
        if (pipe != null) {
            lost |= pipe.hasOutput();
            core.detach(pipe);
            pipe = null;
        }
    }

    @Override
    public void drop(Pipe of, Throwable cause) {
        stop();
        if (link != null) {
            link.close(cause);
        } else if (!attempting) {
            giveUp(cause);
        }
    }

    @Override
    public void down(Link downLink, Pipe of, Throwable cause) {
        if (link != downLink && pipe != of) {
            return;
        }
        link = null;
        core.connectionEnded(given, ((ChannelLink) downLink).channel(), cause, ((ChannelLink) downLink).lost());
        if (pipe != null && handshaken) {
            if (options.get(ZmqOption.IMMEDIATE)) {
                Pipe last = pipe;
                core.disconnected(last);
                core.detach(last);
                pipe = null;
            } else {
                core.disconnected(pipe);
            }
        }
        // Our own failure, such as no memory for what was to be sent, only ends this connection.
        boolean broken = cause instanceof ZmtpException e && isHopeless(e)
                && !(handshaken && e.error() == ZmtpError.INTERNAL);
        if (over) {
            return;
        }
        Throwable reason = failure != null ? failure : cause;
        if (broken || stopped && (pipe == null || !pipe.hasOutput())) {
            giveUp(reason);
        } else {
            again(reason);
        }
    }

    @Override
    public void close(int linger) {
        boolean first = !stopped;
        stopped = true;
        closed = true;
        if (over) {
            return;
        }
        if (linger == 0 || pipe == null || link == null && !pipe.hasOutput()) {
            if (pipe != null) {
                core.detach(pipe);
                pipe = null;
            }
            if (link != null) {
                link.close(); // down() ends it
            } else if (!attempting) { // or opened() ends it
                giveUp(null);
            }
        } else if (first) {
            core.finish(pipe);
        }
    }
}
