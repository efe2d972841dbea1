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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A connect with all its attempts. Its pipe is there from the start and outlives the connections; if {@code IMMEDIATE}
 * is set, each connection has a pipe of its own. On the socket's event loop.
 */
public final class Connector implements ChannelEndpoint {

    /** The bits of RECONNECT_STOP. */
    private static final int STOP_REFUSED = 1;
    private static final int STOP_HANDSHAKE = 2;

    private enum State {
        /** The next attempt begins when {@link #timer} ends. */
        WAITING,
        /** An attempt is under way. {@link #connection} is set once its channel exists; until then nothing ends it. */
        CONNECTING,
        /** The transport is connected. */
        HANDSHAKING,
        /** The handshake is complete. */
        UP,
        /** Nothing more will be tried. */
        OVER
    }

    /** Whether this connect goes on; one that is leaving tries again only for messages that wait. */
    private enum Leaving {
        /** The connect goes on. */
        NO,
        /** Another attempt would fail like the last, or the peer is let go. */
        GIVEN_UP,
        /** The socket itself ends this connect, so giveUp() emits no GAVE_UP unless messages were lost. */
        CLOSED
    }

    private final EndpointHost host;
    private final CodecFactory codecs;
    /** The endpoint as the caller passed it. */
    private final String given;
    private final ZmqTransport.ConnectTarget target;
    private final EventLoop loop;
    private final ZmqOptions options;
    private final Consumer<Endpoint> whenOver;
    private final ReconnectDelay delay;
    private State state = State.WAITING;
    private Leaving leaving = Leaving.NO;
    private @Nullable Pipe pipe;
    private @Nullable ChannelConnection connection;
    private @Nullable Future<?> timer;
    /** Why the last handshake failed. */
    private @Nullable Throwable failure;
    /** Set if messages still waited when the pipe was dropped, because the peer cannot be reached or talked to. */
    private boolean lost;

    /**
     * Makes a connect that has not begun.
     *
     * @param given    what the caller passed
     * @param loop     of the channels
     * @param whenOver is told when nothing more will be tried
     */
    public Connector(EndpointHost host, CodecFactory codecs, String given, ZmqTransport.ConnectTarget target,
            EventLoop loop, ZmqOptions options, Consumer<Endpoint> whenOver) {
        this.host = host;
        this.codecs = codecs;
        this.given = given;
        this.target = target;
        this.loop = loop;
        this.options = options;
        this.whenOver = whenOver;
        delay = new ReconnectDelay(options.millis(ZmqOption.RECONNECT_IVL),
                options.millis(ZmqOption.RECONNECT_IVL_MAX),
                bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /**
     * Begins the first attempt; returns the number of the peer, or 0 if the type has none or there is no pipe yet
     * because {@code IMMEDIATE} is set.
     */
    public int start() {
        if (!options.get(ZmqOption.IMMEDIATE)) {
            newPipe();
        }
        new Attempt().begin();
        return pipe == null ? 0 : pipe.peerNumber();
    }

    private void newPipe() {
        pipe = new Pipe(host, this, given, true, options);
        pipe.routingId(options.get(ZmqOption.CONNECT_ROUTING_ID));
        host.attach(pipe);
    }

    /** Returns whether there is nothing left to connect for. */
    private boolean isDone() {
        return leaving != Leaving.NO && (pipe == null || !pipe.hasOutput());
    }

    /** One attempt to connect. Its channel may exist, and even be closed, before {@code connect} returns. */
    private final class Attempt {

        private volatile @Nullable ChannelConnection made;
        private volatile @Nullable ChannelFuture connecting;

        void begin() {
            state = State.CONNECTING;
            connection = null;
            failure = null;
            host.emit(ZmqEvent.Kind.CONNECT_DELAYED, Errno.EINPROGRESS, given, null, null, null);
            try {
                connecting = target.connect(loop,
                        new ChannelSetup(host, codecs, Connector.this, target, null, this::made), options);
            } catch (Throwable e) { // no library, no such interface
                attemptFailed(e);
                return;
            }
            connecting.addListener(done -> connectDone());
        }

        /** Adds the connection of a new channel. On the channel's loop. */
        private void made(ChannelConnection newConnection, Channel channel) {
            made = newConnection;
            newConnection.tell(() -> opened(newConnection));
            // The bootstrap closes the channel of a failed attempt before it completes the future. A channel that is
            // closed while its name is looked up ends the attempt without waiting for the answer.
            channel.closeFuture().addListener(closed -> {
                Throwable cause = connecting == null ? null : connecting.cause();
                newConnection.tell(() -> attemptEnded(newConnection,
                        cause == null ? new ClosedChannelException() : cause));
            });
        }

        /** Tells the result of the attempt. On the channel's loop, or on any thread if there is no channel. */
        private void connectDone() {
            ChannelConnection attempted = made;
            Throwable cause = connecting.cause();
            if (connecting.isSuccess()) {
                attempted.tell(() -> handshakeBegins(attempted));
            } else if (attempted == null) {
                host.submit(() -> attemptFailed(cause));
            } else {
                // This takes the same way as opened() and as the news that the channel is closed, so that the three
                // come in order and the second to report the end is ignored.
                attempted.tell(() -> attemptEnded(attempted, cause));
            }
        }
    }

    private void opened(ChannelConnection newConnection) {
        connection = newConnection;
        if (isDone()) {
            newConnection.close();
        }
    }

    private void handshakeBegins(ChannelConnection connected) {
        // If the channel lives on another loop, the news of the handshake may come before that of the connect.
        if (connection == connected && state == State.CONNECTING) {
            state = State.HANDSHAKING;
        }
        host.emit(ZmqEvent.Kind.CONNECTED, 0, given, connected.localAddress(), connected.remoteAddress(), null);
    }

    private void attemptEnded(ChannelConnection attempted, Throwable cause) {
        if (connection == attempted && !attempted.wasActive()) {
            attemptFailed(cause);
            host.settle();
        }
    }

    /** Goes on after an attempt that led to no connection. */
    private void attemptFailed(Throwable cause) {
        connection = null;
        state = State.WAITING;
        host.emit(ZmqEvent.Kind.CLOSED, 0, given, null, null, cause);
        boolean refused = cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
        if (refused && (options.get(ZmqOption.RECONNECT_STOP) & STOP_REFUSED) != 0) {
            giveUp(cause);
        } else {
            again(cause);
        }
    }

    private void again(@Nullable Throwable cause) {
        long wait = delay.next();
        if (isDone() || wait < 0) {
            giveUp(cause);
            return;
        }
        host.reconnecting();
        host.emit(ZmqEvent.Kind.CONNECT_RETRIED, wait, given, null, null, cause);
        timer = host.home().schedule(() -> host.submit(this::retry), wait, TimeUnit.MILLISECONDS);
    }

    private void retry() {
        if (state == State.WAITING) {
            timer = null;
            new Attempt().begin();
        }
    }

    /**
     * Ends this connect. The end is a GAVE_UP event if it has a cause, and either the socket did not close the connect
     * itself or messages were lost.
     */
    private void giveUp(@Nullable Throwable cause) {
        if (state == State.OVER) {
            return;
        }
        state = State.OVER;
        leave(Leaving.GIVEN_UP);
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        dropPipe();
        if (cause != null && (leaving != Leaving.CLOSED || lost)) {
            host.emit(ZmqEvent.Kind.GAVE_UP, 0, given, null, null, cause);
        }
        whenOver.accept(this);
    }

    private void leave(Leaving how) {
        if (leaving.compareTo(how) < 0) {
            leaving = how;
        }
    }

    /** Makes this attempt the last one, and drops what waits. */
    private void stop() {
        leave(Leaving.GIVEN_UP);
        dropPipe();
    }

    private void dropPipe() {
        if (pipe != null) {
            lost |= pipe.hasOutput();
            host.detach(pipe);
            pipe = null;
        }
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
    public @Nullable Pipe up(ChannelConnection newConnection, PeerIdentity peer) {
        state = State.UP;
        delay.reset();
        host.handshakeSucceeded(given, newConnection.localAddress(), newConnection.remoteAddress(), peer.peer());
        if (isDone()) {
            return null;
        }
        if (pipe == null) {
            newPipe();
        }
        if (options.get(ZmqOption.CONNECT_ROUTING_ID).length == 0 && peer.routingId().length > 0) {
            pipe.routingId(peer.routingId());
        }
        if (!host.connected(pipe, newConnection)) {
            leave(Leaving.GIVEN_UP);
            newConnection.close(host.refusal(given));
            return null;
        }
        return pipe;
    }

    @Override
    public void failed(ChannelConnection newConnection, Throwable cause) {
        if (leaving == Leaving.CLOSED && cause instanceof ZmtpException e
                && e.error() == ZmtpError.CONNECTION_CLOSED) {
            return; // this side closed the connection
        }
        host.handshakeFailed(given, newConnection.localAddress(), newConnection.remoteAddress(), cause);
        failure = cause;
        if (!(cause instanceof ZmtpException e) || isHopeless(e)
                || (options.get(ZmqOption.RECONNECT_STOP) & STOP_HANDSHAKE) != 0) {
            stop();
        }
    }

    /**
     * Returns whether another attempt would fail in the same way, as after a protocol error, which is the peer's fault
     * and not the network's. A refusal by this side's authenticator concerns the peer that answered, and another may
     * answer next time (libzmq tries again, too).
     */
    private static boolean isHopeless(ZmtpException cause) {
        boolean ours = cause instanceof ZmtpAuthenticationException refused ? !refused.isByPeer()
                : cause.error().code() >= ZmtpError.AUTHENTICATOR_FAILED.code();
        return !cause.isTransient() && !ours;
    }

    @Override
    public void drop(Pipe of, @Nullable Throwable cause) {
        stop();
        if (connection != null) {
            connection.close(cause);
        } else if (state == State.WAITING) {
            giveUp(cause);
        }
    }

    @Override
    public void down(ChannelConnection ended, @Nullable Pipe of, @Nullable Throwable cause) {
        if (connection != ended && (pipe == null || pipe != of)) {
            return;
        }
        boolean wasUp = state == State.UP;
        connection = null;
        if (state != State.OVER) {
            state = State.WAITING;
        }
        host.connectionEnded(given, ended.localAddress(), ended.remoteAddress(), cause, ended.lost());
        if (pipe != null && wasUp) {
            Pipe last = pipe;
            host.disconnected(last);
            if (options.get(ZmqOption.IMMEDIATE)) {
                host.detach(last);
                pipe = null;
            }
        }
        if (state == State.OVER) {
            return;
        }
        // A failure of this side, such as no memory for what was to be sent, ends only this connection.
        boolean broken = cause instanceof ZmtpException e && isHopeless(e)
                && !(wasUp && e.error() == ZmtpError.INTERNAL);
        Throwable reason = failure != null ? failure : cause;
        if (broken || isDone()) {
            giveUp(reason);
        } else {
            again(reason);
        }
    }

    @Override
    public void close(int linger) {
        boolean first = leaving == Leaving.NO;
        leaving = Leaving.CLOSED;
        if (state == State.OVER) {
            return;
        }
        if (linger != 0 && pipe != null && (connection != null || pipe.hasOutput())) {
            if (first) {
                host.finish(pipe);
            }
            return;
        }
        if (pipe != null) {
            host.detach(pipe);
            pipe = null;
        }
        if (connection != null) {
            connection.close(); // down() ends this connect
        } else if (state == State.WAITING) { // else opened() closes the channel, and that ends this connect
            giveUp(null);
        }
    }
}
