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

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * User event: the handshake is complete and messages flow from here on. Fired once, before the first message; queued
 * writes have been handed to the channel by then. Immutable, and the same object for all of the connection, so that it
 * can tell of every message who sent it.
 *
 * <p>Who the peer <em>says</em> it is ({@link #peerMetadata()}, {@link #peerSocketType()}, {@link #peerRoutingId()})
 * and who the authenticator says it is ({@link #userId()}, {@link #authenticatedMetadata()}) are kept apart: nothing a
 * peer sends can turn up in the latter.
 */
public final class ZmtpHandshakeCompleted {

    private final ZmtpVersion version;
    private final String mechanism;
    private final @Nullable ZmtpSocketType peerSocketType;
    private final byte[] peerRoutingId;
    private final ZmtpMetadata peerMetadata;
    private final @Nullable String userId;
    private final ZmtpMetadata authenticatedMetadata;
    private final @Nullable SocketAddress remoteAddress;

    ZmtpHandshakeCompleted(ZmtpVersion version, String mechanism, @Nullable ZmtpSocketType peerSocketType,
            byte[] peerRoutingId, ZmtpMetadata peerMetadata, @Nullable String userId,
            ZmtpMetadata authenticatedMetadata, @Nullable SocketAddress remoteAddress) {
        this.version = requireNonNull(version);
        this.mechanism = requireNonNull(mechanism);
        this.peerSocketType = peerSocketType;
        this.peerRoutingId = requireNonNull(peerRoutingId);
        this.peerMetadata = requireNonNull(peerMetadata);
        this.userId = userId;
        this.authenticatedMetadata = requireNonNull(authenticatedMetadata);
        this.remoteAddress = remoteAddress;
    }

    /**
     * Returns the dialect both peers speak.
     *
     * @return never above 3.1
     */
    public ZmtpVersion version() {
        return version;
    }

    /**
     * Returns the security mechanism.
     *
     * @return {@code NULL}, {@code PLAIN}, {@code CURVE} or a user's own; {@code NULL} for ZMTP 1.0 and 2.0
     */
    public String mechanism() {
        return mechanism;
    }

    /**
     * Returns the peer's socket type.
     *
     * @return {@code null} if the peer did not say, which ZMTP 1.0 cannot
     */
    public @Nullable ZmtpSocketType peerSocketType() {
        return peerSocketType;
    }

    /**
     * Returns the routing id the peer asks for (property {@code Identity}, or the identity frame of older versions).
     *
     * @return a copy, 0 to 255 octets and never beginning with 0; empty if the peer leaves the choice to us
     */
    public byte[] peerRoutingId() {
        return peerRoutingId.clone();
    }

    /**
     * Returns what the peer said of itself, unverified.
     *
     * @return every property of its READY or INITIATE, {@code Socket-Type} and {@code Identity} included
     */
    public ZmtpMetadata peerMetadata() {
        return peerMetadata;
    }

    /**
     * Returns the user id the authenticator gave this peer ({@link ZapReply#userId()}).
     *
     * @return {@code null} if no authenticator was asked
     */
    public @Nullable String userId() {
        return userId;
    }

    /**
     * Returns what the authenticator said of the peer ({@link ZapReply#metadata()}).
     *
     * @return empty if no authenticator was asked
     */
    public ZmtpMetadata authenticatedMetadata() {
        return authenticatedMetadata;
    }

    /**
     * Returns where the peer is, as the channel reported it when the handshake began ({@code Channel.remoteAddress()}).
     *
     * @return a {@code VmciAddress} with the peer's CID on VM sockets, an {@code InetSocketAddress} on TCP;
     *         {@code null} if the channel does not say
     */
    public @Nullable SocketAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public String toString() {
        return "ZmtpHandshakeCompleted(" + version + ", " + mechanism + ", peer " + peerMetadata
                + (userId == null ? "" : ", user id " + ZmtpMetadata.printable(userId)) + ')';
    }
}
