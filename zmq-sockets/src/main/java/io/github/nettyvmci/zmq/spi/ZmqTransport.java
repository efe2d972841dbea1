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
 * A way to reach peers: what stands behind the scheme of an endpoint. {@code vmci}, {@code vsock}, {@code vsock+unix},
 * {@code ipc} and {@code tcp} are built in ({@code inproc} too, but it has no channels); others are found through
 * {@link java.util.ServiceLoader}, or given to the context's builder.
 *
 * <p>Implementations are shared by all sockets of a context and called from any thread.
 */
public interface ZmqTransport {

    /**
     * Returns the schemes this transport serves.
     *
     * @return lower-case names, without {@code ://}
     */
    Set<String> schemes();

    /**
     * Returns which event loops the channels need.
     *
     * @return any name; transports that return the same share their loops
     */
    String loopKind();

    /**
     * Makes the event loops.
     *
     * @param threads how many
     * @param factory makes their threads
     * @return a group whose loops {@link BindTarget} and {@link ConnectTarget} can use
     */
    EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory);

    /**
     * Reads an endpoint that is to be bound.
     *
     * @param endpoint the whole text, scheme included
     * @param options  of the socket
     * @return what to bind
     * @throws IllegalArgumentException if the text is not allowed; the message says where and what is
     */
    BindTarget parseBind(String endpoint, ZmqOptions options);

    /**
     * Reads an endpoint that is to be connected to.
     *
     * @param endpoint the whole text, scheme included
     * @param options  of the socket
     * @return what to connect to
     * @throws IllegalArgumentException if the text is not allowed; the message says where and what is
     */
    ConnectTarget parseConnect(String endpoint, ZmqOptions options);

    /** What both kinds of endpoint know of their peers. */
    interface Target {

        /**
         * Returns where a peer is, for an authenticator and {@code ZmtpPeer.address()}.
         *
         * @param peer an accepted or connected channel
         * @return an IP address, a CID, {@code localhost:UID:GID:PID} over ipc; empty if nobody can say
         */
        String peerAddress(Channel peer);

        /**
         * Returns how often to ask the peers of this endpoint for a sign of life if {@link ZmqOption#HEARTBEAT_IVL} is
         * not set: where a peer can vanish and the kernel says nothing. Only peers of ZMTP 3.1 are asked.
         *
         * @return zero, for never, unless overridden
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
         * @param loop    for the listening channel and all it accepts
         * @param child   to be added to the pipeline of each accepted channel; sharable
         * @param options of the socket
         * @return completes with the listening channel, or with the reason why not
         */
        ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options);

        /**
         * Returns where a channel really listens.
         *
         * @param server what {@link #bind} returned
         * @return {@code ZMQ_LAST_ENDPOINT} after a bind
         */
        String boundText(Channel server);

        /**
         * Returns whose handshakes count together ({@code ZmtpHandshakeLimiter}): all that one stranger can make.
         *
         * @param peer an accepted channel
         * @return {@link #peerAddress} unless overridden; the user of the process over ipc; empty if nobody can say
         */
        default String limiterAddress(Channel peer) {
            return peerAddress(peer);
        }

        /**
         * Tells whether a peer may connect at all, before a word is spoken. One that may not is closed at once.
         *
         * @param peer    an accepted channel
         * @param options of the socket
         * @return {@code true} unless overridden
         */
        default boolean admits(Channel peer, ZmqOptions options) {
            return true;
        }

        /** Releases what a bind took besides the channel, such as a folder. */
        default void unbound() {
        }
    }

    /** An endpoint of this transport that is connected to. */
    interface ConnectTarget extends Target {

        /**
         * Returns the endpoint as text.
         *
         * @return in the form {@code ZMQ_LAST_ENDPOINT} has after a connect
         */
        String text();

        /**
         * Makes one attempt to connect.
         *
         * @param loop    for the channel
         * @param handler to be added to its pipeline
         * @param options of the socket
         * @return completes with the connected channel, or with the reason why not
         */
        ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options);
    }
}
