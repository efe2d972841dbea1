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
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** What the parts of a socket need of the whole. They may call it on any thread, but where said otherwise. */
interface SocketHost {

    /** Returns the name of the socket in logs and meters. */
    String name();

    /** Returns the type of the socket. */
    ZmqSocketType type();

    /** Returns the options as they are now. */
    ZmqOptions options();

    /** Replaces the options. On the home loop. */
    void options(ZmqOptions newOptions);

    /** Returns the loop that owns the socket. It is chosen at the first use. */
    EventLoop home();

    /**
     * Returns the loop that owns the socket. If there is none yet, it chooses one that the transport can use, or any
     * with {@code null}.
     */
    EventLoop home(@Nullable ZmqTransport transport);

    /** Returns whether the socket is closed; it may still send what waits. */
    boolean isClosed();

    /**
     * Leaves work for the home loop, which does it in the order in which it was submitted: a message, a
     * {@link PendingCall} or a task.
     */
    void submit(Object work);

    /** Leaves a task for the home loop, on a thread that takes messages and does it itself if the loop is free. */
    void submitFromTaker(Runnable task);

    /** Leaves a message for the home loop, as {@link #submit} does. */
    void send(ZmtpMessage message);

    /** Returns the home loop if there is one already and threads that wait may run it. Any thread. */
    @Nullable LeaderLoop leaderLoop();

    /** Gives the home loop to its own thread, because code of the application is about to be run on it. Any thread. */
    void keepLoop();

    /** Runs a task on the home loop; the future completes with its result. */
    <T> CompletableFuture<T> call(Callable<T> task);

    /** Returns a future that completes when everything that this thread submitted before is done or has to wait. */
    CompletableFuture<Void> decided();

    /** Waits until what connected sockets of this process have sent so far has arrived. */
    void arrive();

    // --- the home loop ---

    /** Tells that messages begin to arrive. Until {@link #burstEnd} nothing is flushed. */
    void burstBegin();

    /** Tells that all messages that arrived together were handed over. */
    void burstEnd();

    /** Brings the parts in line after a change. */
    void settle();

    /** Tells that the pattern may have a message for the application. */
    void receivable();

    /** Tells the same of one message of {@code length} octets, which in a burst is not the last that arrives. */
    void came(long length);

    /** Does the same as {@link #receivable}, and outside of a burst makes the messages known to other threads, too. */
    void arrived();

    /** Tells that the room in the pipes changed by {@code delta} messages. */
    void roomChanged(int delta);

    /** Returns whether messages of the application wait for room. On the home loop. */
    boolean isSending();

    /** Counts a message that was dropped and belongs to no peer. */
    void dropped();

    /** Tells that a bind or connect has ended, so that messages may wait for a peer that can no longer come. */
    void endpointOver();

    /** Returns a new exception for a call on a closed socket. */
    static ZmqException closedException() {
        return new ZmqException(ZmqError.CLOSED, "socket: closed (expected: open)");
    }
}
