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
 * User event: the handshake is complete and messages flow from here on. Fired once, before the first message; queued
 * writes have been handed to the channel by then.
 */
public final class ZmtpHandshakeCompleted {

    private final ZmtpPeer peer;

    ZmtpHandshakeCompleted(ZmtpPeer peer) {
        this.peer = requireNonNull(peer);
    }

    /**
     * Returns what the handshake found out.
     *
     * @return who is at the other end
     */
    public ZmtpPeer peer() {
        return peer;
    }

    @Override
    public String toString() {
        return "ZmtpHandshakeCompleted(" + peer + ')';
    }
}
