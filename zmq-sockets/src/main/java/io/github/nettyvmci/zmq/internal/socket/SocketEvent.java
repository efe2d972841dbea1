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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * The content of a {@link ZmqEvent}.
 *
 * @param local  the address of this end; {@code null} if there is none
 * @param remote the address of the other end; {@code null} if there is none
 * @param peer   what the handshake found out about the peer, in HANDSHAKE_SUCCEEDED; {@code null} in other events and
 *               without a handshake
 * @param cause  the cause; {@code null} if there is none
 */
public record SocketEvent(ZmqEvent.Kind kind, long value, String endpoint, @Nullable SocketAddress local,
        @Nullable SocketAddress remote, @Nullable ZmtpPeer peer, @Nullable Throwable cause) {

    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(kind.name()).append(' ').append(endpoint);
        if (local != null || remote != null) {
            line.append(" (").append(local).append(" - ").append(remote).append(')');
        }
        if (value != 0) {
            line.append(kind == ZmqEvent.Kind.DISCONNECTED ? " messages lost " : " value ").append(value);
        }
        if (cause != null) {
            line.append(": ").append(cause.getMessage() == null ? cause.toString() : cause.getMessage());
        }
        return line.toString();
    }
}
