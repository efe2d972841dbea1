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
 * User event: the handshake failed, and the codec closes the channel. Fired once and instead of
 * {@link ZmtpHandshakeCompleted}; writes that waited for the handshake fail with the same cause. Nothing goes through
 * {@code exceptionCaught} for it.
 */
public final class ZmtpHandshakeFailed {

    private final ZmtpException cause;

    ZmtpHandshakeFailed(ZmtpException cause) {
        this.cause = requireNonNull(cause, "cause");
    }

    /**
     * Returns what happened.
     *
     * @return the reason, see {@link ZmtpException#error()}
     */
    public ZmtpException cause() {
        return cause;
    }

    @Override
    public String toString() {
        return "ZmtpHandshakeFailed(" + cause + ')';
    }
}
