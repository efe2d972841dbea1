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
 * Who is at the other end of a connection, as its handshake found out. Immutable, and one object for each connection:
 * that of {@link ZmtpHandshakeCompleted} is also that of every message that comes over it ({@link ZmtpMessage#peer()}).
 *
 * <p>Three sources are kept apart. Where the peer <em>is</em>, the kernel says ({@link #remoteAddress()},
 * {@link #address()}). Who it <em>says</em> it is ({@link #metadata()}, {@link #socketType()}, {@link #routingId()}),
 * nobody has checked. Who the <em>authenticator</em> says it is ({@link #userId()}, {@link #authenticatedMetadata()})
 * contains nothing that the peer has sent.
 */
public final class ZmtpPeer {

    private static final byte[] NO_ID = {};

    private final ZmtpVersion version;
    private final String mechanism;
    private final @Nullable ZmtpSocketType socketType;
    private final byte[] routingId;
    private final ZmtpMetadata metadata;
    private final @Nullable String userId;
    private final ZmtpMetadata authenticatedMetadata;
    private final @Nullable SocketAddress remoteAddress;
    private final String address;

    ZmtpPeer(ZmtpVersion version, String mechanism, @Nullable ZmtpSocketType socketType,
            byte[] routingId, ZmtpMetadata metadata, @Nullable String userId,
            ZmtpMetadata authenticatedMetadata, @Nullable SocketAddress remoteAddress, String address) {
        this.version = requireNonNull(version);
        this.mechanism = requireNonNull(mechanism);
        this.socketType = socketType;
        this.routingId = routingId.length == 0 ? NO_ID : routingId;
        this.metadata = requireNonNull(metadata);
        this.userId = userId;
        this.authenticatedMetadata = requireNonNull(authenticatedMetadata);
        this.remoteAddress = remoteAddress;
        this.address = requireNonNull(address);
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
    public @Nullable ZmtpSocketType socketType() {
        return socketType;
    }

    /**
     * Returns the routing id the peer asks for (property {@code Identity}, or the identity frame of older versions).
     *
     * @return a copy, 0 to 255 octets and never beginning with 0; empty if the peer leaves the choice to us
     */
    public byte[] routingId() {
        return routingId.clone();
    }

    /**
     * Returns what the peer said of itself, unverified.
     *
     * @return every property of its READY or INITIATE, {@code Socket-Type} and {@code Identity} included
     */
    public ZmtpMetadata metadata() {
        return metadata;
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

    /**
     * Returns where the peer is, as its authenticator is told ({@link ZmtpCodecBuilder#peerAddress}).
     *
     * @return for the channels of zmq-sockets the CID on VM sockets, {@code localhost:UID:GID:PID} on Unix sockets, the
     *         IP address on TCP; empty if nobody can say
     */
    public String address() {
        return address;
    }

    @Override
    public String toString() {
        return "ZmtpPeer(" + (address.isEmpty() ? "" : address + ", ") + version + ", " + mechanism + ", " + metadata
                + (userId == null ? "" : ", user id " + ZmtpMetadata.printable(userId)) + ')';
    }
}
