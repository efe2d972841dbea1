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

import io.github.nettyvmci.zmtp.ZmtpSocketType;
import org.jspecify.annotations.Nullable;

/**
 * The socket types of ZeroMQ with the numbers of libzmq ({@code ZMQ_TYPE}). All of them speak ZMTP but
 * {@link #STREAM}.
 */
public enum ZmqSocketType {

    /** Exclusive pair (RFC 31). */
    PAIR(ZmtpSocketType.PAIR, true, true),
    /** Publisher (RFC 29). */
    PUB(ZmtpSocketType.PUB, true, false),
    /** Subscriber (RFC 29). */
    SUB(ZmtpSocketType.SUB, false, true),
    /** Request, in lockstep (RFC 28). */
    REQ(ZmtpSocketType.REQ, true, true),
    /** Reply, in lockstep (RFC 28). */
    REP(ZmtpSocketType.REP, true, true),
    /** Asynchronous request (RFC 28). */
    DEALER(ZmtpSocketType.DEALER, true, true),
    /** Asynchronous reply; the first part of every message is the peer's routing id (RFC 28). */
    ROUTER(ZmtpSocketType.ROUTER, true, true),
    /** Receiving end of a pipeline (RFC 30). */
    PULL(ZmtpSocketType.PULL, false, true),
    /** Sending end of a pipeline (RFC 30). */
    PUSH(ZmtpSocketType.PUSH, true, false),
    /** Publisher that receives its subscriptions (RFC 29). */
    XPUB(ZmtpSocketType.XPUB, true, true),
    /** Subscriber that sends its subscriptions as messages (RFC 29). */
    XSUB(ZmtpSocketType.XSUB, true, true),
    /** Raw bytes of any stream peer; the first part of every message is the peer's routing id. */
    STREAM(null, true, true),
    /** Server of {@link #CLIENT}s; the first part of every message is a routing id of 4 octets (RFC 41, draft). */
    SERVER(ZmtpSocketType.SERVER, true, true),
    /** Client of a {@link #SERVER}, one part a message (RFC 41, draft). */
    CLIENT(ZmtpSocketType.CLIENT, true, true),
    /** Publisher to groups; messages are group and body (RFC 48, draft). */
    RADIO(ZmtpSocketType.RADIO, true, false),
    /** Member of groups; messages are group and body (RFC 48, draft). */
    DISH(ZmtpSocketType.DISH, false, true),
    /** Receiving end of a pipeline, one part a message (RFC 49, draft). */
    GATHER(ZmtpSocketType.GATHER, false, true),
    /** Sending end of a pipeline, one part a message (RFC 49, draft). */
    SCATTER(ZmtpSocketType.SCATTER, true, false),
    /** Peer to peer; the first part of every message is a routing id of 4 octets (RFC 51, draft). */
    PEER(ZmtpSocketType.PEER, true, true),
    /** Exclusive pair, one part a message (RFC 52, draft). */
    CHANNEL(ZmtpSocketType.CHANNEL, true, true);

    private final @Nullable ZmtpSocketType zmtp;
    private final boolean sends;
    private final boolean receives;

    ZmqSocketType(@Nullable ZmtpSocketType zmtp, boolean sends, boolean receives) {
        this.zmtp = zmtp;
        this.sends = sends;
        this.receives = receives;
    }

    /**
     * Returns libzmq's number of this type.
     *
     * @return 0 to 20
     */
    public int number() {
        return zmtp == null ? 11 : zmtp.number();
    }

    /**
     * Tells whether sockets of this type send messages.
     *
     * @return {@code false} for {@link #SUB}, {@link #PULL}, {@link #DISH} and {@link #GATHER}
     */
    public boolean sends() {
        return sends;
    }

    /**
     * Tells whether sockets of this type receive messages.
     *
     * @return {@code false} for {@link #PUB}, {@link #PUSH}, {@link #RADIO} and {@link #SCATTER}
     */
    public boolean receives() {
        return receives;
    }

    /**
     * Returns the socket type for a type of the protocol, such as a peer told in its handshake.
     *
     * @param type the type of the protocol
     * @return the constant of the same name
     */
    public static ZmqSocketType of(ZmtpSocketType type) {
        return valueOf(type.name());
    }

    /**
     * Returns the type of the protocol, which the handshake tells to peers.
     *
     * @return the type, or {@code null} for {@link #STREAM}, which has no handshake
     */
    public @Nullable ZmtpSocketType zmtp() {
        return zmtp;
    }

    /**
     * Tells whether a socket of this type and one of another may be connected.
     *
     * @param peer the type of the other socket
     * @return whether they may; always {@code false} if one is {@link #STREAM}, which talks to no socket of ZeroMQ
     */
    public boolean accepts(ZmqSocketType peer) {
        return zmtp != null && peer.zmtp != null && zmtp.accepts(peer.zmtp);
    }
}
