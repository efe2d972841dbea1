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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** What the parts of a socket need of the whole. Any thread, but where said otherwise. */
interface SocketHost {

    /** Returns the name of the socket in logs and meters. */
    String name();

    /** Returns the type of the socket. */
    ZmqSocketType type();

    /** Returns the options as they are now. */
    ZmqOptions options();

    /** Replaces the options. On the home loop. */
    void options(ZmqOptions newOptions);

    /** Returns the loop that owns the socket; chosen at the first use. */
    EventLoop home();

    /** Chooses the loop that owns the socket, if there is none yet: one that a transport can use. */
    EventLoop home(@Nullable ZmqTransport transport);

    /** Returns whether the socket is closed; it may still send what waits. */
    boolean isClosed();

    /** Has something done on the home loop, in the order given: a message, a {@link PendingCall} or a task. */
    void submit(Object work);

    /** Has something done on the home loop, and tells the result. */
    <T> CompletableFuture<T> call(Callable<T> task);

    /** Completes once everything that this thread submitted before is decided on: done, or waiting. */
    CompletableFuture<Void> decided();

    /** Waits until what sockets of this process have sent so far has arrived. */
    void arrive();

    // --- the home loop ---

    /** Messages begin to arrive: until {@link #burstEnd} nothing is flushed. */
    void burstBegin();

    /** The messages that arrived together are all there. */
    void burstEnd();

    /** Brings the parts in line after a change. */
    void settle();

    /** The pattern may have something for the application. */
    void receivable();

    /** As {@link #receivable}, outside of a burst too. */
    void arrived();

    /** The room in the pipes changed by so many messages. */
    void roomChanged(int delta);

    /** Returns whether messages of the application wait for room. Any thread. */
    boolean isSending();

    /** A message was dropped that belongs to no peer. */
    void dropped();

    /** A bind or connect has ended: what waits for a peer may have none to hope for any more. */
    void endpointOver();

    /** Returns what a call on a closed socket fails with. */
    static ZmqException closedException() {
        return new ZmqException(ZmqError.CLOSED, "socket: closed (expected: open)");
    }
}
