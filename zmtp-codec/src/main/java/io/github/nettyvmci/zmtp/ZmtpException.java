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

import io.netty.handler.codec.CodecException;
import org.jspecify.annotations.Nullable;

/**
 * A connection failed. Root of every exception this codec raises about a peer; {@link #error()} says what happened.
 *
 * <p>Before the handshake is complete it is the cause of a {@link ZmtpHandshakeFailed} event, afterwards it goes
 * through {@code exceptionCaught}; either way once, and the channel is closed by the codec. Writes that can no longer
 * be done fail with it.
 */
public class ZmtpException extends CodecException {

    private static final long serialVersionUID = 1L;

    /** What happened; never {@code null}. */
    private final ZmtpError error;

    /**
     * Makes an exception.
     *
     * @param error   what happened
     * @param message <em>subject: value (expected: ...)</em>
     */
    public ZmtpException(ZmtpError error, String message) {
        super(message);
        this.error = requireNonNull(error, "error");
    }

    /**
     * Makes an exception that has a cause.
     *
     * @param error   what happened
     * @param message <em>subject: value (expected: ...)</em>
     * @param cause   the reason, or {@code null}
     */
    public ZmtpException(ZmtpError error, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.error = requireNonNull(error, "error");
    }

    /**
     * Returns what happened.
     *
     * @return one of the constants, never {@code null}
     */
    public ZmtpError error() {
        return error;
    }

    /**
     * Tells whether a new connection to the same peer may well succeed.
     *
     * @return what {@link ZmtpError#isTransient()} says, unless a subclass knows better
     */
    public boolean isTransient() {
        return error.isTransient();
    }
}
