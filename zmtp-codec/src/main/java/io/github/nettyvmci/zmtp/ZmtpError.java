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
 * Why a connection failed, as one word a program can act on.
 *
 * <p>Where libzmq reports the same failure through its socket monitor, {@link #code()} is libzmq's number for it
 * ({@code ZMQ_PROTOCOL_ERROR_...}, the value of {@code ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL}).
 */
public enum ZmtpError {

    /** A rule of the protocol was broken and no narrower word fits. */
    PROTOCOL(0x10000000),
    /** A command or message arrived that has no place in this phase. */
    UNEXPECTED_COMMAND(0x10000001),
    /** A CURVE nonce was repeated or went backwards. */
    INVALID_SEQUENCE(0x10000002),
    /** The vouch of a CURVE client does not belong to this connection. */
    KEY_EXCHANGE(0x10000003),
    /** A command is too short or overruns its frame. */
    MALFORMED_COMMAND(0x10000011),
    /** A CURVE MESSAGE is malformed. */
    MALFORMED_MESSAGE(0x10000012),
    /** A HELLO is malformed. */
    MALFORMED_HELLO(0x10000013),
    /** An INITIATE is malformed. */
    MALFORMED_INITIATE(0x10000014),
    /** An ERROR is malformed. */
    MALFORMED_ERROR(0x10000015),
    /** A READY is malformed. */
    MALFORMED_READY(0x10000016),
    /** A WELCOME is malformed. */
    MALFORMED_WELCOME(0x10000017),
    /** The peer's metadata is malformed or holds a value that is not allowed. */
    INVALID_METADATA(0x10000018),
    /** A box did not open: wrong key, or tampered with. */
    CRYPTOGRAPHIC(0x11000001),
    /** The peers are configured for different security mechanisms. */
    MECHANISM_MISMATCH(0x11000002),
    /** The first octets are no ZMTP greeting, or one of a version that is switched off. */
    MALFORMED_GREETING(0),
    /** A frame header has reserved bits set, or a length that cannot be. */
    MALFORMED_FRAME(0),
    /** The peer's socket type cannot talk to ours (RFC 37, "Socket Type Property"). */
    INCOMPATIBLE_SOCKET_TYPE(0),
    /** A peer of ZMTP 1.0 or 2.0 was refused because this side demands security. */
    SECURITY_REQUIRED(0),
    /** A limit of {@link ZmtpLimits} was passed; the exception is a {@link ZmtpLimitException}. */
    LIMIT_EXCEEDED(0),
    /** Authentication was refused; the exception is a {@link ZmtpAuthenticationException}. */
    AUTHENTICATION_REFUSED(0),
    /** There is no authenticator where the configuration demands one. libzmq's event has EFAULT. */
    NO_AUTHENTICATOR(0),
    /** The authenticator failed, or gave a reply that is none. */
    AUTHENTICATOR_FAILED(0x20000000),
    /** An authenticator's reply of ZAP 1.0 has the wrong number of frames (RFC 27). */
    ZAP_MALFORMED_REPLY(0x20000001),
    /** An authenticator's reply of ZAP 1.0 answers another request. */
    ZAP_BAD_REQUEST_ID(0x20000002),
    /** An authenticator's reply is of another version than ZAP 1.0. */
    ZAP_BAD_VERSION(0x20000003),
    /** The status of an authenticator's reply is not 200, 300, 400 or 500. */
    ZAP_INVALID_STATUS_CODE(0x20000004),
    /** The metadata in an authenticator's reply of ZAP 1.0 is malformed. */
    ZAP_INVALID_METADATA(0x20000005),
    /** The peer sent ERROR with a reason that is no status code. */
    PEER_ERROR(0),
    /** The handshake did not finish within {@link ZmtpLimits#handshakeTimeout()}. */
    HANDSHAKE_TIMEOUT(0),
    /** The connection ended before the handshake was complete. */
    CONNECTION_CLOSED(0),
    /** Nothing arrived within the heartbeat timeout, or within the time to live the peer had announced. */
    HEARTBEAT_TIMEOUT(0),
    /** This side failed in a way that is not the peer's fault. */
    INTERNAL(0);

    private final int code;

    ZmtpError(int code) {
        this.code = code;
    }

    /**
     * Returns libzmq's number for this failure.
     *
     * @return a {@code ZMQ_PROTOCOL_ERROR_...} value, or 0 where libzmq has none
     */
    public int code() {
        return code;
    }

    /** Whether the authenticator is to blame. */
    boolean isOfAuthenticator() {
        return code >= AUTHENTICATOR_FAILED.code || this == NO_AUTHENTICATOR;
    }

    /**
     * Tells whether a new connection to the same peer may well succeed: the peer broke no rule and refused nothing, it
     * was slow, silent or gone. libzmq reconnects after these and never after the others.
     *
     * @return {@code true} for failures of the connection, {@code false} for failures of the protocol
     */
    public boolean isTransient() {
        return this == HANDSHAKE_TIMEOUT || this == CONNECTION_CLOSED || this == HEARTBEAT_TIMEOUT;
    }
}
