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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqOptions;
import org.jspecify.annotations.Nullable;

/**
 * What pipes and patterns need of the socket they belong to. They call it on its event loop, but where said otherwise.
 */
public interface PipeHost {

    /** Returns the options of the socket as they are now. */
    ZmqOptions options();

    /** Returns whether ZMQ_CONFLATE means anything to the type. */
    boolean mayConflate();

    /** Tells that the room of a pipe changed by {@code delta} messages. */
    void roomChanged(Pipe pipe, int delta);

    /** Tells that so many messages of a pipe were taken that its peer may go on. Any thread. */
    void resume(Pipe pipe);

    /**
     * Tells that something was written to the pipe's connection for the first time since the last {@link Pipe#flush}.
     */
    void written(Pipe pipe);

    /**
     * Counts a message that the pattern or the pipe dropped and released; the pipe is {@code null} if the message
     * belongs to no peer.
     */
    void dropped(@Nullable Pipe pipe);

    /** Tells that the pattern no longer holds back the messages it has for the application. */
    void receivable();

    /**
     * Takes a peer out and closes the connection to it; a connecting one is not tried again.
     *
     * @param cause why, for the event; {@link ZmqError#CLOSED} if the application wanted it so
     */
    void disconnect(Pipe pipe, @Nullable Throwable cause);
}
