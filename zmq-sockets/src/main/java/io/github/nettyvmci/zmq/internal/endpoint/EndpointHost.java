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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.internal.pattern.PipeHost;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.concurrent.CompletableFuture;

/**
 * What endpoints and their connections need of the socket they belong to. They call it on its event loop, but where
 * said otherwise.
 */
public interface EndpointHost extends PipeHost {

    // --- the socket; any thread ---

    /** Returns the name of the socket in logs and meters. */
    String name();

    /** Returns the type of the socket. */
    ZmqSocketType type();

    /** Returns the loop that owns the socket. It is chosen at the first use. */
    EventLoop home();

    /** Returns whether the socket is closed; it may still send what waits. */
    boolean isClosed();

    /** Runs a task on the home loop, after everything that was submitted before. */
    void submit(Runnable task);

    /** Returns a future that completes when everything that this thread submitted before is done or has to wait. */
    CompletableFuture<Void> decided();

    // --- what is told ---

    /**
     * Tells monitors, listeners and the log what happened to an endpoint. An address is {@code null} if there is none.
     */
    void emit(ZmqEvent.Kind kind, long value, String endpoint, @Nullable SocketAddress local,
            @Nullable SocketAddress remote, @Nullable Throwable cause);

    /** Tells that a peer is admitted; {@code peer} is {@code null} where there is no handshake. */
    void handshakeSucceeded(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable ZmtpPeer peer);

    /** Tells why a peer was not admitted, and counts it. */
    void handshakeFailed(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable Throwable cause);

    /**
     * Tells why a connection ended.
     *
     * @param lost how many messages were lost with it
     */
    void connectionEnded(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable Throwable cause, long lost);

    /** Counts an attempt to connect after the first one. */
    void reconnecting();

    /**
     * Counts messages that were lost with the connection of a peer. The peer may have left meanwhile; the pipe is
     * {@code null} if the peer was never admitted.
     */
    void lost(@Nullable Pipe pipe, long messages);

    // --- pipes ---

    /** Makes a pipe known to the pattern. */
    void attach(Pipe pipe);

    /** Gives a pipe its connection; returns whether the pattern takes the peer. */
    boolean connected(Pipe pipe, Connection connection);

    /** Returns why {@link #connected} refused a peer. */
    ZmqException refusal(Object peer);

    /** Sends what waits in a pipe whose connection {@link #connected} took, now that the connection knows its pipe. */
    void connectionUp(Pipe pipe);

    /** Tells that the connection of a pipe is gone; another may come. */
    void disconnected(Pipe pipe);

    /**
     * Lets nothing new into a pipe, and closes its connection when everything that waits is sent. If it has no
     * connection, what waits is sent over the next one.
     */
    void finish(Pipe pipe);

    /**
     * Takes a pipe out of the socket. What waits to go out is dropped; what came in can still be taken while the socket
     * is open.
     */
    void detach(Pipe pipe);

    // --- traffic ---

    /** Tells that messages of a channel begin to arrive, so that answers are flushed together at the end. */
    void burstBegin();

    /** Tells that all messages that arrived together were handed over. */
    void burstEnd();

    /** Takes over a message of a peer. */
    void message(Pipe pipe, ZmtpMessage message);

    /** Takes over the messages of a batch of a peer. */
    void messages(Pipe pipe, ZmtpBatch batch);

    /** Handles a command of a peer, which the caller releases. */
    void command(Pipe pipe, ZmtpCommand command);

    /** Tells that the connection of a pipe takes messages again. */
    void writable(Pipe pipe);

    /** Brings the parts of the socket in line after a change. */
    void settle();

    // --- other sockets of the process; any thread ---

    /** Tells that another socket of this process is connected to this one. */
    void addNeighbour(EndpointHost neighbour);

    /** Tells that a connection to another socket of this process is gone. */
    void removeNeighbour(EndpointHost neighbour);
}
