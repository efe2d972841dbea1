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

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The settings of the codecs that one {@link ZmtpCodecBuilder} made, as they were at that moment; documented there.
 *
 * @param routingId read only, never written to
 */
record CodecConfig(ZmtpSocketType socketType, byte[] routingId, Mechanism mechanism, ZmtpMetadata properties,
        ZmtpLimits limits, boolean legacyVersions, boolean socketTypeRequired, @Nullable ZmtpFrameSink frameSink,
        int maxBatch, @Nullable ZmtpReceiveBudget receiveBudget, Authentication authentication, Load load,
        Beats heartbeats) {

    /** Whom to ask about a peer, and what to tell of it. */
    record Authentication(@Nullable ZapHandler handler, String domain, Function<Channel, String> peerAddress) {
    }

    /**
     * What bounds the handshakes of all channels together.
     *
     * @param address  what counts as one peer
     * @param underWay how many handshakes have begun to compute and are not over
     * @param executor {@code null}: the threads that all servers share
     */
    record Load(@Nullable ZmtpHandshakeLimiter limiter, Function<Channel, String> address, ComputationRate rate,
            AtomicInteger underWay, @Nullable Executor executor) {
    }

    /** When to send PING, and how long to wait for anything then. */
    record Beats(Duration interval, Duration timeout, Duration timeToLive, boolean newPeersOnly) {
    }

    /** Returns the metadata to tell peers, encoded, for the caller to release. */
    ByteBuf encodeMetadata() {
        ByteBuf out = Unpooled.buffer(64);
        ZmtpMetadata.encodeProperty(out, ZmtpMetadata.SOCKET_TYPE, socketType.wireName());
        if (socketType.sendsRoutingId()) {
            ZmtpMetadata.encodeProperty(out, ZmtpMetadata.IDENTITY, routingId);
        }
        properties.encode(out);
        return out;
    }

    /** Says why a peer of this socket type cannot be talked to. */
    ZmtpException incompatible(String peer) {
        return new ZmtpException(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, "socket type of the peer: " + peer
                + " (expected: one that talks to " + socketType + ')');
    }
}
