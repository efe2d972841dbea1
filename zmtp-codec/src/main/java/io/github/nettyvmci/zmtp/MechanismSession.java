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
import io.netty.buffer.Unpooled;
import io.netty.util.CharsetUtil;

/**
 * One connection's handshake under a {@link Mechanism}: a state machine that receives commands and acts through its
 * {@link MechanismContext}. Every method is called on one thread at a time, in the order of this page.
 */
public interface MechanismSession {

    /**
     * Begins: the peer that speaks first sends its first command.
     *
     * @throws ZmtpException if the handshake cannot be done
     */
    void start();

    /**
     * Returns the longest body the next command may have; a longer one is refused unread.
     *
     * @param limits the limits of this connection
     * @return octets; {@link ZmtpLimits#maxCommandLength()} unless overridden
     * @throws ZmtpException if none may come now, as while the last one is being answered; the connection is closed
     */
    default int maxCommandLength(ZmtpLimits limits) {
        return limits.maxCommandLength();
    }

    /**
     * Takes a command of the peer.
     *
     * @param command the body of the command frame, name included; the caller's to release. A session that retains it
     *                has all of it counted against {@link ZmtpLimits#maxUnauthenticatedBytes()}
     * @throws ZmtpException if the peer broke the rules; the connection is closed
     */
    void receive(ByteBuf command);

    /**
     * Tells whether the peer has further commands of the mechanism to send. Asked after every command; when it has
     * none, what arrives is held until {@link MechanismContext#complete}.
     *
     * @return {@code true} unless overridden
     */
    default boolean expectsCommand() {
        return true;
    }

    /**
     * Makes the command that tells the peer of its refusal. Called once, after which nothing is received any more.
     *
     * @param status 400 or 500
     * @return the body of the command, the caller's to release
     */
    default ByteBuf encodeError(int status) {
        return Unpooled.buffer(10).writeByte(5).writeBytes("ERROR".getBytes(CharsetUtil.US_ASCII))
                .writeByte(3).writeBytes(Integer.toString(status).getBytes(CharsetUtil.US_ASCII));
    }

    /**
     * Wipes every secret of this connection. Called once, when the handshake is over, however it ended; if a
     * {@linkplain MechanismContext#compute computation} is running then, at its end and on its thread.
     */
    default void close() {
    }
}
