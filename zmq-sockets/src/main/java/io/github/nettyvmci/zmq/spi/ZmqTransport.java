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
package io.github.nettyvmci.zmq.spi;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * A way to reach peers, which the scheme of an endpoint names. {@code vmci}, {@code vsock}, {@code vsock+unix},
 * {@code ipc} and {@code tcp} are built in ({@code inproc} too, but it has no channels). A context finds other
 * transports through {@link java.util.ServiceLoader}, or its builder is given them.
 *
 * <p>All sockets of a context share an implementation, and every thread may call it.
 */
public interface ZmqTransport {

    /**
     * Returns the schemes this transport serves.
     *
     * @return lower-case names, without {@code ://}
     */
    Set<String> schemes();

    /**
     * Returns the kind of event loops that the channels need.
     *
     * @return any name; transports that return the same name share their loops
     */
    String loopKind();

    /**
     * Makes the event loops.
     *
     * @param threads how many loops, each with one thread; 1 or more
     * @param factory makes the threads
     * @return a group whose loops {@link BindTarget} and {@link ConnectTarget} can use
     */
    EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory);

    /**
     * Tells whether the channels can live on an event loop that the application made
     * ({@code ZmqContext.Builder.eventLoopGroup}). It is not asked of loops of {@link #newEventLoopGroup}, which a
     * context uses where the answer is no.
     *
     * @param loop a loop of the application's
     * @return {@code false} unless overridden
     */
    default boolean suits(EventLoop loop) {
        return false;
    }

    /**
     * Reads an endpoint that is to be bound.
     *
     * @param endpoint the whole text, scheme included
     * @param options  the options of the socket
     * @return the endpoint to bind
     * @throws IllegalArgumentException if the text is not allowed; the message says at which position, and what is
     */
    BindTarget parseBind(String endpoint, ZmqOptions options);

    /**
     * Reads an endpoint that is to be connected to.
     *
     * @param endpoint the whole text, scheme included
     * @param options  the options of the socket
     * @return the endpoint to connect to
     * @throws IllegalArgumentException if the text is not allowed; the message says at which position, and what is
     */
    ConnectTarget parseConnect(String endpoint, ZmqOptions options);

    /** The common part of both kinds of endpoint: what they know of their peers. */
    interface Target {

        /**
         * Returns the address of a peer, for an authenticator and {@code ZmtpPeer.address()}.
         *
         * @param peer an accepted or connected channel
         * @return an IP address, a CID, {@code localhost:UID:GID:PID} over ipc; empty if the address is not known
         */
        String peerAddress(Channel peer);

        /**
         * Returns the time between PINGs to the peers of this endpoint if {@link ZmqOption#HEARTBEAT_IVL} is not set. A
         * transport sets one if a peer can vanish without the kernel telling. Only peers of ZMTP 3.1 get PINGs.
         *
         * @return zero, for no PINGs, unless overridden
         */
        default Duration heartbeatInterval() {
            return Duration.ZERO;
        }
    }

    /** An endpoint of this transport that peers are accepted at. */
    interface BindTarget extends Target {

        /**
         * Listens.
         *
         * @param loop    the event loop for the listening channel and all channels it accepts
         * @param child   the handler to add to the pipeline of each accepted channel; it is sharable
         * @param options the options of the socket
         * @return completes with the listening channel, or fails with the reason
         */
        ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options);

        /**
         * Returns the real endpoint that a channel listens at.
         *
         * @param server the channel of the future that {@link #bind} returned
         * @return {@code ZMQ_LAST_ENDPOINT} after a bind
         */
        String boundText(Channel server);

        /**
         * Returns the address under which a {@code ZmtpHandshakeLimiter} counts the handshake of a peer. It is the same
         * for all connections that one stranger can make.
         *
         * @param peer an accepted channel
         * @return {@link #peerAddress} unless overridden; the user of the process over ipc; empty if it is not known
         */
        default String limiterAddress(Channel peer) {
            return peerAddress(peer);
        }

        /**
         * Tells whether a peer may connect at all. This is asked before the handshake, and the channel of a peer that
         * may not is closed at once.
         *
         * @param peer    an accepted channel
         * @param options the options of the socket
         * @return {@code true} unless overridden
         */
        default boolean admits(Channel peer, ZmqOptions options) {
            return true;
        }

        /** Releases what a bind holds besides the channel, such as a folder; called once the bind failed or closed. */
        default void unbound() {
        }
    }

    /** An endpoint of this transport that sockets connect to. */
    interface ConnectTarget extends Target {

        /**
         * Returns the endpoint as text.
         *
         * @return the text that {@code ZMQ_LAST_ENDPOINT} has after a connect
         */
        String text();

        /**
         * Makes one attempt to connect.
         *
         * @param loop    the event loop for the channel
         * @param handler the handler to add to its pipeline
         * @param options the options of the socket
         * @return completes with the connected channel, or fails with the reason
         */
        ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options);
    }
}
