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

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * The two bounded queues between a socket and one peer, as in libzmq: they count complete messages, and a full one
 * reopens in steps of half its high-water mark. An outgoing message skips the queue while nothing waits there and the
 * connection takes it at once.
 *
 * <p>The pipe of a connect outlives its connections, unless {@code IMMEDIATE} is set. On the socket's event loop, but
 * where said otherwise.
 */
public final class Pipe {

    /** The bind or connect that made a pipe and that the peer belongs to. */
    public interface Owner {

        /**
         * Closes the connection of a peer for good.
         *
         * @param cause the reason that the event shows; {@code null} if the socket itself ends the connection
         */
        void drop(Pipe pipe, @Nullable Throwable cause);
    }

    /** The room of a pipe without a high-water mark; a sum of many fits in a {@code long}. */
    static final int UNLIMITED = 1 << 30;

    /** What waits in pipes in which nothing ever waited. */
    private static final ArrayDeque<Object> NOTHING = new ArrayDeque<>(0);
    private static final byte[] NO_ID = {};

    /** Set if a connect of this socket made the pipe, and not a peer that was accepted. */
    final boolean connecting;
    /** Set when the pipe takes nothing new to send. What waits still goes out, and what came in is still delivered. */
    boolean closed;
    /** The id that addresses this peer, or the one it asks for; empty if there is none. */
    byte[] routingId = NO_ID;
    /**
     * The first part of each message that the application gets from this peer, where the type puts the peer's id there.
     */
    @Nullable ByteBuf idPart;
    /** The {@link #routingId} that {@link #idPart} was made of. */
    byte @Nullable [] idPartOf;
    /** The number that addresses this peer in SERVER and PEER. */
    int peerNumber;
    /** The number of the last message that matched a subscription of this peer, so that it gets the message once. */
    long mark;
    /** The position of this pipe in the {@link RoundRobin}, or -1. */
    int position = -1;
    /** The messages that wait for the application. */
    final PipeInput in;

    private final PipeHost host;
    private final Owner owner;
    private final String endpoint;
    private final PeerCounters counters = new PeerCounters();
    /** Set while the peer can be talked to. */
    private @Nullable Connection connection;
    /** The address of the peer while it is connected, as text for people. Written on the socket's loop. */
    private volatile String address = "";
    /** What the handshake found out about the peer, while it is connected; {@code null} where there was none. */
    private volatile @Nullable ZmtpPeer peer;
    /** Set when something was written to the connection since the last {@link #flush}. */
    private boolean unflushed;
    /** The action that {@link #checkSent} runs when nothing waits to go out of a closed pipe. */
    private @Nullable Runnable whenSent;
    /** Messages, batches and commands. To {@link #NOTHING} nothing is added. */
    private ArrayDeque<Object> out = NOTHING;
    private final boolean conflate;
    private int sendMark;
    private long sendMarkBytes;
    private int outMessages;
    private long outBytes;
    private boolean full;
    private int room;

    /**
     * Makes a pipe.
     *
     * @param connecting whether a connect makes it
     * @param options    of the endpoint
     */
    public Pipe(PipeHost host, Owner owner, String endpoint, boolean connecting, ZmqOptions options) {
        this.host = host;
        this.owner = owner;
        this.endpoint = endpoint;
        this.connecting = connecting;
        conflate = host.mayConflate() && options.get(ZmqOption.CONFLATE);
        in = new PipeInput(this, host);
        marks(options);
    }

    // --- the peer ---

    /** Returns the endpoint that the peer belongs to. Any thread. */
    public String endpoint() {
        return endpoint;
    }

    /** Returns the address of the peer while it is connected, as text for people; empty otherwise. Any thread. */
    public String address() {
        return address;
    }

    /** Returns what is counted for this peer. Any thread. */
    public PeerCounters counters() {
        return counters;
    }

    /** Returns the number that addresses the peer in SERVER and PEER, else 0. */
    public int peerNumber() {
        return peerNumber;
    }

    /** Returns the id that addresses this peer, or the one it asks for; empty if there is none. */
    public byte[] routingId() {
        return routingId;
    }

    /** Sets the id that shall address this peer. */
    public void routingId(byte[] id) {
        routingId = id.length == 0 ? NO_ID : id;
    }

    /** Closes the connection of the peer for good. */
    public void drop(@Nullable Throwable cause) {
        owner.drop(this, cause);
    }

    // --- the connection ---

    /** Returns the connection to the peer, or {@code null} while there is none. */
    public @Nullable Connection connection() {
        return connection;
    }

    /**
     * Returns what the handshake found out about the peer; {@code null} if there is no connection, or it had no
     * handshake. Any thread.
     */
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    /** Sets the connection to the peer; {@code null} says that there is none any more. */
    public void connection(@Nullable Connection newConnection) {
        connection = newConnection;
        peer = newConnection == null ? null : newConnection.peer();
        address = newConnection == null ? "" : newConnection.address();
    }

    /**
     * Returns whether the pipe takes nothing new to send. What waits still goes out, and what came in is still
     * delivered.
     */
    public boolean isClosed() {
        return closed;
    }

    /** Takes nothing new to send from now on. */
    public void close() {
        closed = true;
        updateRoom();
    }

    /**
     * Sets an action that {@link #checkSent} runs, once, when this pipe is closed and nothing waits to go out of it.
     *
     * @param action {@code null} for none
     */
    public void whenSent(@Nullable Runnable action) {
        whenSent = action;
    }

    /** Runs the action of {@link #whenSent} if the pipe is closed and everything was written. */
    public void checkSent() {
        if (closed && whenSent != null && out.isEmpty()) {
            Runnable then = whenSent;
            whenSent = null;
            then.run();
        }
    }

    /** Sends what was written to the connection. */
    public void flush() {
        unflushed = false;
        if (connection != null) {
            connection.flush();
        }
    }

    private void wrote() {
        if (!unflushed) {
            unflushed = true;
            host.written(this);
        }
    }

    /** Takes over new high-water marks. */
    public void marks(ZmqOptions options) {
        sendMark = Math.min(options.get(ZmqOption.SNDHWM), UNLIMITED);
        in.mark(conflate ? 0 : Math.min(options.get(ZmqOption.RCVHWM), UNLIMITED));
        sendMarkBytes = options.get(ZmqOption.SNDHWM_BYTES);
        if (sendMarkBytes == 0) {
            outBytes = 0; // nobody keeps count
        }
    }

    // --- out ---

    /** Returns how many messages {@link #send} takes now. */
    int room() {
        return room;
    }

    boolean hasRoom() {
        return room > 0;
    }

    /**
     * Takes over a message, even beyond the high-water mark, because the caller asked for the room before. A closed
     * pipe drops it.
     */
    void send(ZmtpMessage message) {
        if (closed) {
            message.release();
            host.dropped(this);
            return;
        }
        if (out.isEmpty() && connection != null && connection.isWritable()) {
            write(message);
            return;
        }
        if (conflate) {
            dropQueued();
        }
        queue(message, 1, message.length());
    }

    /**
     * Takes over a batch, as {@link #send(ZmtpMessage)} does a message.
     *
     * @return {@code false} if the connection does not take it as a whole now; the caller keeps it
     */
    boolean send(ZmtpBatch batch) {
        if (closed || conflate) {
            return false;
        }
        if (!out.isEmpty() || connection == null || !connection.isWritable()) {
            queue(batch, batch.count(), batch.length());
            return true;
        }
        if (connection.batchRoom() < batch.count()) {
            return false;
        }
        write(batch);
        return true;
    }

    private void queue(Object messages, int count, long length) {
        enqueue(messages);
        outMessages += count;
        if (sendMarkBytes > 0) {
            outBytes += length;
        }
        counters.queue(outMessages);
        updateRoom();
    }

    /**
     * Takes over a command such as a subscription. It is subject to no high-water mark and no conflation, and keeps its
     * place among the messages. Without a connection it is dropped, because a new connection is told everything again.
     */
    void sendCommand(Object command) {
        if (closed || connection == null) {
            ReferenceCountUtil.release(command);
        } else if (out.isEmpty()) {
            connection.write(command);
            wrote();
        } else {
            enqueue(command);
        }
    }

    private void enqueue(Object messages) {
        if (out == NOTHING) {
            out = new ArrayDeque<>(4);
        }
        out.add(messages);
    }

    /** Takes over a message and writes it before everything that waits. The connection must be up. */
    void sendFirst(ZmtpMessage message) {
        write(message);
    }

    private void write(ZmtpMessage message) {
        counters.went(1, message.length());
        connection.write(message);
        wrote();
    }

    private void write(ZmtpBatch batch) {
        counters.went(batch.count(), batch.length());
        connection.write(batch);
        wrote();
    }

    /** Writes what waits until the connection takes no more. */
    public void drain() {
        while (!out.isEmpty() && connection != null) {
            Object next = out.peek();
            boolean command = !(next instanceof ZmtpMessage) && !(next instanceof ZmtpBatch);
            if (command) {
                connection.write(out.poll());
                wrote();
            } else if (!connection.isWritable()) {
                break;
            } else if (next instanceof ZmtpMessage message) {
                out.poll();
                leaves(1, message.length());
                write(message);
            } else {
                drain((ZmtpBatch) next);
            }
        }
        counters.queue(outMessages);
        updateRoom();
    }

    private void drain(ZmtpBatch batch) {
        if (connection.batchRoom() >= batch.count()) {
            out.poll();
            leaves(batch.count(), batch.length());
            write(batch);
            return;
        }
        ZmtpMessage message = batch.next();
        leaves(1, message.length());
        if (batch.count() == 0) {
            out.poll();
            batch.release();
        }
        write(message);
    }

    private void leaves(int messages, long bytes) {
        outMessages -= messages;
        if (sendMarkBytes > 0) {
            outBytes = Math.max(0, outBytes - bytes);
        }
    }

    /** Returns whether anything waits to go out. */
    public boolean hasOutput() {
        return !out.isEmpty();
    }

    /** Returns how many messages wait to go out. */
    public int outputSize() {
        return outMessages;
    }

    /** Works out the room anew, and tells the host if it changed. */
    public void updateRoom() {
        int now;
        if (closed) {
            now = 0;
        } else if (conflate || sendMark == 0 && sendMarkBytes == 0) {
            now = UNLIMITED;
        } else {
            if (full) {
                full = sendMark > 0 && outMessages > sendMark / 2 && outMessages > 0
                        || sendMarkBytes > 0 && outBytes > sendMarkBytes / 2;
            } else {
                full = sendMark > 0 && outMessages >= sendMark || sendMarkBytes > 0 && outBytes >= sendMarkBytes;
            }
            if (full) {
                now = 0;
            } else {
                // The length of the next message is not known in advance, so a limit in bytes gives room for one
                // message at a time.
                now = sendMarkBytes > 0 ? 1 : sendMark - outMessages;
            }
        }
        int delta = now - room;
        if (delta != 0) {
            room = now;
            host.roomChanged(this, delta);
        }
    }

    private void dropQueued() {
        out.removeIf(o -> {
            if (o instanceof ZmtpMessage old) {
                old.release();
                host.dropped(this);
                return true;
            }
            return false;
        });
        outMessages = 0;
        outBytes = 0;
    }

    /**
     * Drops what waits to go out: the commands, which a new connection would repeat, and unless {@code commandsOnly}
     * the messages.
     */
    public void clearOutput(boolean commandsOnly) {
        out.removeIf(o -> {
            int messages = o instanceof ZmtpBatch batch ? batch.count() : o instanceof ZmtpMessage ? 1 : 0;
            if (messages > 0 && commandsOnly) {
                return false;
            }
            ReferenceCountUtil.release(o);
            outMessages -= messages;
            for (int i = 0; i < messages; i++) {
                host.dropped(this);
            }
            return true;
        });
        if (outMessages == 0) {
            outBytes = 0;
        }
        counters.queue(outMessages);
        updateRoom();
    }

    // --- in ---

    /** Returns whether only the newest message is kept. */
    public boolean conflates() {
        return conflate;
    }

    /** Tells that as many messages wait in {@link #in} as its mark allows. */
    void inputFull() {
        if (connection != null) {
            connection.inputFull();
        }
    }

    /** Returns how many messages wait for the application. Any thread. */
    public int inputSize() {
        return in.size();
    }

    /** Returns how many messages were ever taken. Any thread. */
    public long taken() {
        return in.taken();
    }

    /** Returns how many messages were ever put in. */
    public long queued() {
        return in.queued();
    }

    /**
     * Asks that the host be told when few messages are left. A caller does so before it looks at {@link #inputSize} or
     * {@link #taken}, so that no message is taken unnoticed in between. Any thread.
     */
    public void await() {
        in.await();
    }

    /**
     * Returns whether the peer may still go on when {@link PipeHost#resume} is carried out: the queue may be full again
     * by then.
     */
    public boolean isResumed() {
        return in.isResumed();
    }

    @Override
    public String toString() {
        return "Pipe(" + endpoint + ", " + in.size() + " in, " + outMessages + " out)";
    }
}
