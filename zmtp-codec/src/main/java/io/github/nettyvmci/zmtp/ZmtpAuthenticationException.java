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

/**
 * Authentication was refused: by our own {@link ZapHandler}, or by the peer with an ERROR command
 * ({@code ZMQ_EVENT_HANDSHAKE_FAILED_AUTH}).
 */
public final class ZmtpAuthenticationException extends ZmtpException {

    private static final long serialVersionUID = 1L;

    /** The ZAP status, 300, 400 or 500. */
    private final int status;
    /** It is the peer that refused. */
    private final boolean byPeer;

    /**
     * Makes an exception for a refusal by this side.
     *
     * @param status  300 (temporary), 400 (refused) or 500 (the authenticator failed), RFC 27
     * @param message what was refused, by whom
     */
    public ZmtpAuthenticationException(int status, String message) {
        this(status, message, false);
    }

    ZmtpAuthenticationException(int status, String message, boolean byPeer) {
        super(ZmtpError.AUTHENTICATION_REFUSED, message);
        this.status = status;
        this.byPeer = byPeer;
    }

    /**
     * Returns the status of the refusal (RFC 27).
     *
     * @return 300, 400 or 500
     */
    public int status() {
        return status;
    }

    /**
     * Tells who refused.
     *
     * @return {@code true} if the peer refused this side with an ERROR command, {@code false} if our authenticator
     *         refused the peer
     */
    public boolean isByPeer() {
        return byPeer;
    }
}
