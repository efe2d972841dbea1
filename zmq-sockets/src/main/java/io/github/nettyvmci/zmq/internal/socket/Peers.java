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
import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.endpoint.EndpointHost;
import io.github.nettyvmci.zmq.internal.endpoint.LoopQueue;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.Pattern;
import io.github.nettyvmci.zmq.internal.pattern.Patterns;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The peers of a socket: their pipes, among which its {@link Pattern} chooses, and the connections of the pipes. On the
 * socket's event loop, but where said otherwise.
 */
final class Peers implements EndpointHost {

    private final SocketHost socket;
    private final Pattern pattern;
    private final Monitors monitors;
    private final SocketCounters counters;
    private final Set<Pipe> pipes = new LinkedHashSet<>();
    /** The pipes whose connections are to be flushed. */
    private final List<Pipe> unflushed = new ArrayList<>();
    /** The sockets that are connected to this one within the process. */
    private final List<EndpointHost> neighbours = new CopyOnWriteArrayList<>();

    Peers(SocketHost socket, ZmtpLimits limits, Monitors monitors, SocketCounters counters) {
        this.socket = socket;
        this.monitors = monitors;
        this.counters = counters;
        pattern = Patterns.create(socket.type(), this, limits);
    }

    /** Returns the pattern of the socket's type. */
    Pattern pattern() {
        return pattern;
    }

    boolean isEmpty() {
        return pipes.isEmpty();
    }

    /** Gives all pipes the new high-water marks of the options. */
    void marksChanged() {
        ZmqOptions options = socket.options();
        for (Pipe pipe : pipes) {
            pipe.marks(options);
            pipe.updateRoom();
        }
    }

    /** Lets go of the peer with a routing id. */
    void disconnect(ByteBuf id) {
        Pipe pipe = pattern.forget(id);
        if (pipe == null) {
            throw new ZmqException(ZmqError.HOST_UNREACHABLE, "routing id: " + ByteBufUtil.hexDump(id)
                    + " (expected: that of a peer)");
        }
        disconnect(pipe, new ZmqException(ZmqError.CLOSED, "peer at " + pipe.endpoint()
                + ": disconnectPeer was called for it"));
    }

    /** Sends what was written to the connections. */
    void flush() {
        for (int i = 0; i < unflushed.size(); i++) {
            Pipe pipe = unflushed.get(i);
            try {
                pipe.flush();
                pipe.checkSent();
            } catch (Throwable e) {
                SocketLog.LOGGER.warn("{}: flush to a peer at {} failed", socket.name(), pipe.endpoint(), e);
            }
        }
        unflushed.clear();
    }

    /** Returns how many messages have not gone out yet to each endpoint that has peers, as text for people. */
    String unsent() {
        Map<String, Long> byEndpoint = new LinkedHashMap<>();
        for (Pipe pipe : pipes) {
            byEndpoint.merge(pipe.endpoint(), (long) pipe.outputSize(), Long::sum);
        }
        StringBuilder text = new StringBuilder();
        byEndpoint.forEach((endpoint, messages) -> text.append(messages).append(" messages to ").append(endpoint)
                .append(", "));
        return text.toString();
    }

    /** Waits until what connected sockets of this process have sent so far is on its way to this one. Any thread. */
    void arrive() {
        for (EndpointHost neighbour : neighbours) {
            neighbour.decided().exceptionally(closed -> null).join();
        }
    }

    // --- the socket, for pipes and endpoints ---

    @Override
    public String name() {
        return socket.name();
    }

    @Override
    public ZmqSocketType type() {
        return socket.type();
    }

    @Override
    public ZmqOptions options() {
        return socket.options();
    }

    @Override
    public boolean mayConflate() {
        return pattern.mayConflate();
    }

    @Override
    public EventLoop home() {
        return socket.home();
    }

    @Override
    public boolean isClosed() {
        return socket.isClosed();
    }

    @Override
    public void submit(Runnable task) {
        socket.submit(task);
    }

    @Override
    public CompletableFuture<Void> decided() {
        return socket.decided();
    }

    @Override
    public void settle() {
        socket.settle();
    }

    @Override
    public void burstBegin() {
        socket.burstBegin();
    }

    @Override
    public void burstEnd() {
        socket.burstEnd();
    }

    @Override
    public void receivable() {
        socket.receivable();
    }

    @Override
    public void addNeighbour(EndpointHost neighbour) {
        neighbours.add(neighbour);
    }

    @Override
    public void removeNeighbour(EndpointHost neighbour) {
        neighbours.remove(neighbour);
    }

    // --- what is told ---

    @Override
    public void emit(ZmqEvent.Kind kind, long value, String endpoint, @Nullable SocketAddress local,
            @Nullable SocketAddress remote, @Nullable Throwable cause) {
        monitors.emit(kind, value, endpoint, local, remote, cause);
    }

    @Override
    public void handshakeSucceeded(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable ZmtpPeer peer) {
        monitors.handshakeSucceeded(endpoint, local, remote, peer);
    }

    @Override
    public void handshakeFailed(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable Throwable cause) {
        counters.handshakeFailed(cause);
        monitors.handshakeFailed(endpoint, local, remote, cause);
    }

    @Override
    public void connectionEnded(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable Throwable cause, long lost) {
        Throwable why = isForLackOfLinger(cause) ? new ZmqException(ZmqError.CLOSED, "socket: closed (expected: a"
                + " LINGER other than 0, or the messages are dropped)") : cause;
        counters.connectionEnded(why);
        monitors.emit(ZmqEvent.Kind.DISCONNECTED, lost, endpoint, local, remote, why);
    }

    /**
     * Returns whether the socket itself ended a connection, because it closes with a LINGER of 0, and lost what was
     * under way.
     */
    private boolean isForLackOfLinger(@Nullable Throwable cause) {
        return socket.isClosed() && socket.options().millis(ZmqOption.LINGER) == 0
                && (cause == null || cause instanceof ClosedChannelException); // the cause of the writes it made fail
    }

    @Override
    public void reconnecting() {
        counters.reconnecting();
    }

    @Override
    public void lost(@Nullable Pipe pipe, long messages) {
        counters.lost(pipe, messages);
    }

    @Override
    public void dropped(@Nullable Pipe pipe) {
        counters.dropped(pipe, 1);
    }

    // --- pipes ---

    @Override
    public void attach(Pipe pipe) {
        pipes.add(pipe);
        counters.add(pipe);
        pattern.attach(pipe);
        pipe.updateRoom();
    }

    @Override
    public boolean connected(Pipe pipe, Connection connection) {
        pipe.connection(connection);
        if (!pipe.isClosed() && !pattern.connected(pipe)) {
            pipe.connection(null);
            return false;
        }
        return true;
    }

    @Override
    public ZmqException refusal(Object peer) {
        return new ZmqException(ZmqError.ADDRESS_IN_USE, "peer " + peer + " refused (expected: "
                + pattern.expectedPeer() + ')');
    }

    @Override
    public void connectionUp(Pipe pipe) {
        pipe.drain();
        pipe.checkSent();
        socket.receivable();
        socket.settle();
    }

    @Override
    public void disconnected(Pipe pipe) {
        pipe.connection(null);
        if (!pipe.isClosed()) {
            pattern.disconnected(pipe);
            pipe.clearOutput(true);
            socket.arrived(); // the pattern may have put in a message of its own
        }
        pipe.checkSent();
    }

    /** Lets nothing new into a pipe; what waits in it still goes out. */
    private void stopSending(Pipe pipe) {
        if (!pipe.isClosed()) {
            pattern.detach(pipe);
            pipe.close();
        }
    }

    @Override
    public void detach(Pipe pipe) {
        if (!pipes.remove(pipe)) {
            return;
        }
        pipe.connection(null);
        stopSending(pipe);
        pipe.clearOutput(false);
        pipe.whenSent(null);
        counters.remove(pipe);
        if (socket.isClosed()) {
            pattern.incoming().clear(pipe); // of the peer nothing is left: these are notifications of the pattern's own
        }
        socket.arrived();
        if (socket.isClosed()) {
            socket.settle(); // this may have been the last peer to which anything could be sent
        }
    }

    @Override
    public void finish(Pipe pipe) {
        stopSending(pipe);
        pipe.whenSent(() -> {
            if (pipe.connection() != null) {
                pipe.connection().finish(() -> { });
            } else {
                pipe.drop(null);
            }
        });
        if (pipe.connection() != null) {
            pipe.drain();
        }
        pipe.checkSent();
    }

    @Override
    public void disconnect(Pipe pipe, @Nullable Throwable cause) {
        pipe.drop(cause);
    }

    @Override
    public void roomChanged(Pipe pipe, int delta) {
        socket.roomChanged(delta);
        pattern.roomChanged(pipe);
    }

    @Override
    public void written(Pipe pipe) {
        unflushed.add(pipe);
    }

    @Override
    public void resume(Pipe pipe) {
        if (!socket.home().inEventLoop()) {
            socket.submitFromTaker(() -> goOn(pipe));
        } else {
            // Not at once: whoever takes a message here may be about to decide about a call, and code of the
            // application that hears of what the peer sent next must find it decided.
            LoopQueue.execute(socket.home(), () -> goOn(pipe));
        }
    }

    private static void goOn(Pipe pipe) {
        if (pipe.connection() != null && pipe.isResumed()) {
            pipe.connection().inputLow();
        }
    }

    // --- traffic ---

    @Override
    public void messages(Pipe pipe, ZmtpBatch batch) {
        if (!Pattern.takesBatches(socket.type()) || pipe.conflates()) {
            for (ZmtpMessage message = batch.next(); message != null; message = batch.next()) {
                message(pipe, message);
            }
            batch.release();
            return;
        }
        if (socket.isClosed() || pipe.connection() == null) {
            counters.lost(pipe, batch.count());
            batch.release();
            return;
        }
        pipe.counters().came(batch.count(), batch.length());
        pattern.accept(pipe, batch);
        socket.receivable();
    }

    @Override
    public void message(Pipe pipe, ZmtpMessage message) {
        // A channel may still read messages after its pipe was detached; they are dropped.
        if (socket.isClosed() || pipe.connection() == null) {
            counters.lost(pipe, 1);
            message.release();
            return;
        }
        long length = message.length();
        pipe.counters().came(1, length);
        if (!pattern.accept(pipe, message)) {
            pipe.drop(new ZmqException(ZmqError.INVALID, "message of a peer at " + pipe.endpoint()
                    + " (expected: one with the envelope its type has)"));
        }
        socket.came(length);
    }

    @Override
    public void command(Pipe pipe, ZmtpCommand command) {
        if (!socket.isClosed() && !pipe.isClosed()) { // else a subscription would outlive its peer
            pattern.command(pipe, command);
            socket.receivable();
        }
    }

    @Override
    public void writable(Pipe pipe) {
        pipe.drain();
        socket.settle();
    }
}
