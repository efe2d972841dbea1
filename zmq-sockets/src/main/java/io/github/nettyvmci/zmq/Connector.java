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
    /** Why the last handshake failed. */
    private Throwable failure;
    private boolean stopped;
    /** By whom it belongs to, to whom its end is no news. */
    private boolean closed;
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
        handshaken = false;
        failure = null;
        core.monitors.emit(ZmqEvent.Kind.CONNECT_DELAYED, 115, given, null, null, null);
        ChannelLink[] made = new ChannelLink[1];
        ChannelFuture connecting;
        try {
            connecting = target.connect(loop, endpoints.pipeline(this, target, (newLink, channel) -> {
                made[0] = newLink;
                newLink.tell(() -> opened(newLink));
                channel.closeFuture().addListener(closed -> newLink.tell(() -> closedEarly(newLink)));
            }), options);
        } catch (Throwable e) { // no library, no such interface
            failedAttempt(e);
            return;
        }
        connecting.addListener(done -> {
            ChannelLink attempted = made[0];
            if (done.isSuccess()) {
                Channel channel = connecting.channel();
                attempted.tell(() -> core.monitors.emit(ZmqEvent.Kind.CONNECTED, 0, given, channel.localAddress(),
                        channel.remoteAddress(), null));
                return;
            }
            Runnable failed = () -> core.submit((Runnable) () -> {
                if (attempted == null || link == attempted) {
                    link = null;
                    failedAttempt(done.cause());
                }
            });
            if (attempted == null) {
                failed.run();
            } else {
                attempted.tell(failed); // behind opened(), which the mailbox may overtake
            }
        });
    }

    /** A channel that is closed while its name is looked up does not wait for the answer. */
    private void closedEarly(ChannelLink early) {
        if (link == early && stopped && !early.wasActive()) {
            link = null;
            failedAttempt(new ClosedChannelException());
        }
    }

    private void opened(ChannelLink newLink) {
        link = newLink;
        if (stopped && (pipe == null || !pipe.hasOutput())) {
            newLink.close();
        }
    }

    /** No connection came about. */
    private void failedAttempt(Throwable cause) {
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
        if (pipe != null) {
            core.detach(pipe);
            pipe = null;
        }
        if (cause != null && !closed) {
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
        core.handshakeFailed(this, ((ChannelLink) newLink).channel(), cause);
        failure = cause;
        boolean temporary = cause instanceof ZmtpException e && e.isTransient();
        if (!temporary || (options.get(ZmqOption.RECONNECT_STOP) & STOP_HANDSHAKE) != 0) {
            stop();
        }
    }

    /** No other attempt; what waits is lost. */
    private void stop() {
        stopped = true;
        if (pipe != null) {
            core.detach(pipe);
            pipe = null;
        }
    }

    @Override
    public void drop(Pipe of, Throwable cause) {
        stop();
        if (link != null) {
            link.close(cause);
        } else {
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
        // A protocol error is the peer's way, not the network's: it will not change. Our own failure, such as no memory
        // for what was to be sent, only ends this connection.
        boolean broken = cause instanceof ZmtpException e && !e.isTransient()
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
            } else {
                giveUp(null);
            }
        } else if (first) {
            core.finish(pipe);
        }
    }
}
