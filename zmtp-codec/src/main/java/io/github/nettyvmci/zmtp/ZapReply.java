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

/**
 * An authenticator's answer (RFC 27, section "The Reply").
 *
 * @param status   200 admits the peer, 300 is a temporary failure (the connection is closed in silence), 400 refuses,
 *                 500 is a failure of the authenticator (both are told to the peer). Anything else is a broken reply:
 *                 the connection is closed with {@link ZmtpError#ZAP_INVALID_STATUS_CODE}
 * @param text     for logs; the peer never sees it
 * @param userId   who the peer is, for {@link ZmtpHandshakeCompleted#userId()}; may be empty
 * @param metadata more about the peer, for {@link ZmtpHandshakeCompleted#authenticatedMetadata()}
 */
public record ZapReply(int status, String text, String userId, ZmtpMetadata metadata) {

    /**
     * Makes a reply.
     *
     * @param status   200, 300, 400 or 500
     * @param text     for logs
     * @param userId   who the peer is
     * @param metadata more about the peer
     */
    public ZapReply {
        requireNonNull(text, "text");
        requireNonNull(userId, "userId");
        requireNonNull(metadata, "metadata");
    }

    /**
     * Admits the peer.
     *
     * @param userId who it is; may be empty
     * @return status 200
     */
    public static ZapReply ok(String userId) {
        return new ZapReply(200, "OK", userId, ZmtpMetadata.empty());
    }

    /**
     * Refuses the peer.
     *
     * @param text why, for logs
     * @return status 400
     */
    public static ZapReply refused(String text) {
        return new ZapReply(400, text, "", ZmtpMetadata.empty());
    }
}
