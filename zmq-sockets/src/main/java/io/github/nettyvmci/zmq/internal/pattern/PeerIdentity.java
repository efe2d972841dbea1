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
package io.github.nettyvmci.zmq.internal.pattern;

import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

/**
 * What a peer says about itself.
 *
 * @param routingId the routing id it asks for; empty if it asks for none
 * @param type      its type, or {@code null} if it did not say
 * @param peer      what the handshake found out, or {@code null} if there was none
 */
public record PeerIdentity(byte[] routingId, @Nullable ZmqSocketType type, @Nullable ZmtpPeer peer) {
}
