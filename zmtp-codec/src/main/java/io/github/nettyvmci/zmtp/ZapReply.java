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

import java.util.Objects;

/** An authenticator's answer (RFC 27, section "The Reply"). Immutable. */
public final class ZapReply {

    private final int status;
    private final String text;
    private final String userId;
    private final ZmtpMetadata metadata;

    private ZapReply(int status, String text, String userId, ZmtpMetadata metadata) {
        this.status = status;
        this.text = requireNonNull(text, "text");
        this.userId = requireNonNull(userId, "userId");
        this.metadata = requireNonNull(metadata, "metadata");
    }

    /**
     * Admits the peer.
     *
     * @param userId see {@link #userId()}
     * @return a reply with status 200
     */
    public static ZapReply ok(String userId) {
        return ok(userId, ZmtpMetadata.empty());
    }

    /**
     * Admits the peer.
     *
     * @param userId   see {@link #userId()}
     * @param metadata see {@link #metadata()}
     * @return a reply with status 200
     */
    public static ZapReply ok(String userId, ZmtpMetadata metadata) {
        return new ZapReply(200, "OK", userId, metadata);
    }

    /**
     * Refuses the peer.
     *
     * @param text see {@link #text()}
     * @return a reply with status 400
     */
    public static ZapReply refused(String text) {
        return new ZapReply(400, text, "", ZmtpMetadata.empty());
    }

    /**
     * Makes any reply.
     *
     * @param status   see {@link #status()}
     * @param text     see {@link #text()}
     * @param userId   see {@link #userId()}
     * @param metadata see {@link #metadata()}
     * @return the reply
     */
    public static ZapReply of(int status, String text, String userId, ZmtpMetadata metadata) {
        return new ZapReply(status, text, userId, metadata);
    }

    /**
     * Returns what is to become of the peer.
     *
     * @return 200 admits it, 300 is a temporary failure (the connection is closed in silence), 400 refuses it, 500 is a
     *         failure of the authenticator (both are told to the peer). Anything else is a broken reply: the connection
     *         is closed with {@link ZmtpError#ZAP_INVALID_STATUS_CODE}
     */
    public int status() {
        return status;
    }

    /**
     * Returns why.
     *
     * @return text for logs, which the peer never sees
     */
    public String text() {
        return text;
    }

    /**
     * Returns who the peer is, for {@link ZmtpPeer#userId()}.
     *
     * @return the user id, may be empty
     */
    public String userId() {
        return userId;
    }

    /**
     * Returns more about the peer, for {@link ZmtpPeer#authenticatedMetadata()}.
     *
     * @return the properties, may be empty
     */
    public ZmtpMetadata metadata() {
        return metadata;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof ZapReply other && status == other.status && text.equals(other.text)
                && userId.equals(other.userId) && metadata.equals(other.metadata);
    }

    @Override
    public int hashCode() {
        return Objects.hash(status, text, userId, metadata);
    }

    @Override
    public String toString() {
        return "ZapReply(" + status + ' ' + ZmtpMetadata.printable(text) + ", user id " + ZmtpMetadata.printable(userId)
                + ", " + metadata + ')';
    }
}
