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
package io.github.nettyvmci.zmtp;

import io.netty.util.CharsetUtil;
import org.jspecify.annotations.Nullable;

/**
 * The socket types of ZeroMQ, with the number libzmq gives them ({@code ZMQ_TYPE}) and their name on the wire
 * (property {@code Socket-Type} of RFC 37).
 */
public enum ZmtpSocketType {

    /** Exclusive pair (RFC 31). */
    PAIR(0),
    /** Publisher (RFC 29). */
    PUB(1),
    /** Subscriber (RFC 29). */
    SUB(2),
    /** Request (RFC 28). */
    REQ(3),
    /** Reply (RFC 28). */
    REP(4),
    /** Asynchronous request (RFC 28). */
    DEALER(5),
    /** Asynchronous reply, addressed by routing id (RFC 28). */
    ROUTER(6),
    /** Receiving end of a pipeline (RFC 30). */
    PULL(7),
    /** Sending end of a pipeline (RFC 30). */
    PUSH(8),
    /** Publisher that sees its subscriptions (RFC 29). */
    XPUB(9),
    /** Subscriber that sends its subscriptions as messages (RFC 29). */
    XSUB(10),
    /** Server with 32-bit routing ids (RFC 41, draft). */
    SERVER(12),
    /** Client of a {@link #SERVER} (RFC 41, draft). */
    CLIENT(13),
    /** Publisher to exact groups (RFC 48, draft). */
    RADIO(14),
    /** Member of groups (RFC 48, draft). */
    DISH(15),
    /** Receiving end of a single-part pipeline (RFC 49, draft). */
    GATHER(16),
    /** Sending end of a single-part pipeline (RFC 49, draft). */
    SCATTER(17),
    /** Peer to peer with 32-bit routing ids (RFC 51, draft). */
    PEER(19),
    /** Exclusive pair of single-part messages (RFC 52, draft). */
    CHANNEL(20);

    private static final ZmtpSocketType[] VALUES = values();

    private final int number;
    private final byte[] wireName = name().getBytes(CharsetUtil.US_ASCII);

    ZmtpSocketType(int number) {
        this.number = number;
    }

    /**
     * Returns the number of this type, the octet ZMTP 2.0 sends for it and the value of {@code ZMQ_TYPE}.
     *
     * @return 0 to 20
     */
    public int number() {
        return number;
    }

    /**
     * Tells whether a peer of the given type may talk to a socket of this one (RFC 37, section "Socket Type Property";
     * the draft types after RFC 41, 48, 49, 51 and 52).
     *
     * @param peer the type the peer announced
     * @return {@code true} if the two types belong together
     */
    public boolean accepts(ZmtpSocketType peer) {
        switch (this) {
            case REQ:
                return peer == REP || peer == ROUTER;
            case REP:
                return peer == REQ || peer == DEALER;
            case DEALER:
                return peer == REP || peer == DEALER || peer == ROUTER;
            case ROUTER:
                return peer == REQ || peer == DEALER || peer == ROUTER;
            case PUB:
            case XPUB:
                return peer == SUB || peer == XSUB;
            case SUB:
            case XSUB:
                return peer == PUB || peer == XPUB;
            case PUSH:
                return peer == PULL;
            case PULL:
                return peer == PUSH;
            case SERVER:
                return peer == CLIENT;
            case CLIENT:
                return peer == SERVER;
            case RADIO:
                return peer == DISH;
            case DISH:
                return peer == RADIO;
            case SCATTER:
                return peer == GATHER;
            case GATHER:
                return peer == SCATTER;
            default: // PAIR, PEER, CHANNEL: their own kind
                return peer == this;
        }
    }

    /**
     * Tells whether sockets of this type announce their routing id: the property {@code Identity} is sent by these
     * even when it is empty, as libzmq does.
     *
     * @return {@code true} for {@link #REQ}, {@link #DEALER} and {@link #ROUTER}
     */
    public boolean sendsRoutingId() {
        return this == REQ || this == DEALER || this == ROUTER;
    }

    /**
     * Tells whether this type keeps subscriptions of its peers.
     *
     * @return {@code true} for {@link #PUB} and {@link #XPUB}
     */
    public boolean isPublisher() {
        return this == PUB || this == XPUB;
    }

    /**
     * Tells whether this type sends subscriptions to its peers.
     *
     * @return {@code true} for {@link #SUB} and {@link #XSUB}
     */
    public boolean isSubscriber() {
        return this == SUB || this == XSUB;
    }

    /** The name on the wire; the array is shared and must not be changed. */
    byte[] wireName() {
        return wireName;
    }

    /**
     * Finds a type by its name on the wire, which is case-sensitive.
     *
     * @param name the value of property {@code Socket-Type}
     * @return the type, or {@code null} if there is none of this name
     */
    public static @Nullable ZmtpSocketType byName(String name) {
        for (ZmtpSocketType type : VALUES) {
            if (type.name().equals(name)) {
                return type;
            }
        }
        return null;
    }

    /**
     * Finds a type by its number.
     *
     * @param number the octet of a ZMTP 2.0 greeting
     * @return the type, or {@code null} if there is none of this number
     */
    public static @Nullable ZmtpSocketType byNumber(int number) {
        for (ZmtpSocketType type : VALUES) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }
}
