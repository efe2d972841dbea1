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

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/** Thrown when a call on a socket fails; {@link #error()} says why in one word. */
public class ZmqException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The kind of failure; never {@code null}. */
    private final ZmqError error;

    /**
     * Makes an exception.
     *
     * @param error   the kind of failure
     * @param message <em>subject: value (expected: ...)</em>
     */
    public ZmqException(ZmqError error, String message) {
        this(error, message, null);
    }

    /**
     * Makes an exception that has a cause.
     *
     * @param error   the kind of failure
     * @param message <em>subject: value (expected: ...)</em>
     * @param cause   the reason for the failure, may be {@code null}
     */
    public ZmqException(ZmqError error, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.error = requireNonNull(error, "error");
    }

    /**
     * Returns the kind of failure.
     *
     * @return one of the constants, never {@code null}
     */
    public ZmqError error() {
        return error;
    }
}
