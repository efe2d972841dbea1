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

import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a peer that is up: a channel whose handshake is complete, or a socket of this process. The socket
 * calls it on its own event loop only, while the channel may live on another loop.
 */
public interface Connection {

    /** Returns where the peer is, for people. */
    default String address() {
        return "";
    }

    /** Returns what the handshake found out about the peer; {@code null} where there is none. */
    default @Nullable ZmtpPeer peer() {
        return null;
    }

    /** Returns whether {@link #write} may be called with a message; commands may be written at any time. */
    boolean isWritable();

    /** Returns how many messages a batch may have for {@link #write}, while {@link #isWritable}. */
    default int batchRoom() {
        return Integer.MAX_VALUE;
    }

    /**
     * Takes over a {@link io.github.nettyvmci.zmtp.ZmtpMessage}, {@link io.github.nettyvmci.zmtp.ZmtpBatch} or
     * {@link io.github.nettyvmci.zmtp.ZmtpCommand}, which is on its way after the next {@link #flush} at the latest.
     */
    void write(Object message);

    /** Sends what was written. */
    void flush();

    /** Holds the peer back, because as many messages wait in the pipe as its high-water mark allows. */
    void inputFull();

    /**
     * Lets the peer go on, because at most half as many messages as the high-water mark allows are left in the pipe.
     */
    void inputLow();

    /** Closes the connection at once; messages that are under way are lost. */
    void close();

    /** Does the same as {@link #close()}, and gives the event of the connection's end a cause. */
    default void close(@Nullable Throwable why) {
        close();
    }

    /**
     * Closes once everything written before is in the kernel's hands (in the other socket's, within a process).
     *
     * @param done run on the socket's event loop when it is closed
     */
    void finish(Runnable done);
}
