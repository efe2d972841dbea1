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

import java.util.concurrent.CompletionStage;

/**
 * Decides who may connect: the ZeroMQ Authentication Protocol (RFC 27) as a function instead of a socket.
 *
 * <p>The handler is asked once per connection, after the mechanism has proved what it can (CURVE: that the peer owns
 * its key), and before the peer is told that it may talk. One handler may serve any number of channels.
 */
@FunctionalInterface
public interface ZapHandler {

    /**
     * Decides about one peer. Called on the channel's event loop and must not block; the stage may complete on any
     * thread. A {@code null}, a stage that fails and an exception all close the connection with
     * {@link ZmtpError#AUTHENTICATOR_FAILED}, or with the {@code ZAP_...} error of the {@link ZmtpException} they are;
     * a stage that never completes runs into the handshake timeout.
     *
     * @param request what is known about the peer
     * @return the answer, now or later
     */
    CompletionStage<ZapReply> authenticate(ZapRequest request);

    /**
     * Tells whether every peer at an address is refused, whatever it may prove. A CURVE server asks this when a peer's
     * first command has come, before it computes anything for it, and answers {@code true} as it does a reply with
     * status 400; whoever is not refused is {@linkplain #authenticate asked about} later all the same. Called on the
     * channel's event loop; must not block.
     *
     * @param domain  as {@link ZapRequest#domain()}
     * @param address as {@link ZapRequest#address()}
     * @return {@code false} unless overridden
     */
    default boolean refusesAddress(String domain, String address) {
        return false;
    }
}
