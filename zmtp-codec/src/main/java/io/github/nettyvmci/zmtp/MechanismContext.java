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

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** What the codec does for a {@link MechanismSession}. The methods are to be called on the event loop. */
public interface MechanismContext {

    /**
     * Returns the limits of this connection.
     *
     * @return the limits
     */
    ZmtpLimits limits();

    /**
     * Returns the metadata to tell the peer, encoded: socket type, routing id where the type has one, own properties.
     *
     * @return a new buffer, the caller's to release
     */
    ByteBuf encodeMetadata();

    /**
     * Sends a command.
     *
     * @param command the body, name included; taken over
     */
    void send(ByteBuf command);

    /**
     * Asks the authenticator, if there is one, and then goes on. After a refusal {@code admitted} is not run: the codec
     * tells the peer, or does not, as RFC 27 wants, and closes the connection.
     *
     * @param credentials what the peer proved or claims, see {@link ZapRequest#credentials()}; wiped after the reply,
     *                    and where none will come
     * @param admitted    what to do when the peer may go on; run on the event loop, before this method returns when
     *                    there is no authenticator
     */
    void authenticate(List<byte[]> credentials, Runnable admitted);

    /**
     * Asks whether to compute anything for this peer. A server calls it before its first computation for a peer, which
     * has proved nothing yet; the {@link #compute} that follows waits if there are too many within a second
     * ({@link ZmtpCodecBuilder#maxComputationsPerSecond}).
     *
     * @throws ZmtpException if nothing is to be computed: the authenticator refuses whoever comes from the peer's
     *                       address ({@link ZapHandler#refusesAddress}), of which the peer is told
     */
    default void admitComputation() {
    }

    /**
     * Does a computation that takes long, and then goes on. While other handshakes of the same server are under way it
     * may be done off the event loop, see {@link ZmtpCodecBuilder#handshakeExecutor}; nothing else is called on the
     * session meanwhile but {@link MechanismSession#maxCommandLength}, which must let nothing in.
     *
     * @param computation works on the session alone; what it throws ends the handshake
     * @param then        what to do afterwards, on the event loop; not run if the handshake has ended by then
     */
    default void compute(Runnable computation, Runnable then) {
        computation.run();
        then.run();
    }

    /**
     * Ends the handshake: everything the mechanism had to send was sent, everything it had to receive has come.
     *
     * @param peerMetadata the peer's metadata, still encoded; checked here. The caller's to release
     * @param cipher       what every later frame goes through, or {@code null} for clear text
     * @throws ZmtpException if the metadata is malformed or the peer's socket type does not fit
     */
    void complete(ByteBuf peerMetadata, @Nullable FrameCipher cipher);
}
