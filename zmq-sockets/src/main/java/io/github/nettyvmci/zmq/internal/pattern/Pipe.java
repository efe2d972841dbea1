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
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private static final VarHandle IN_LINE;
    private static final VarHandle AWAITED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            IN_LINE = lookup.findVarHandle(Pipe.class, "inLine", int.class);
            AWAITED = lookup.findVarHandle(Pipe.class, "awaited", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Set if a connect of this socket made the pipe, and not a peer that was accepted. */
    final boolean connecting;
    /** Set when the pipe takes nothing new to send. What waits still goes out, and what came in is still delivered. */
    boolean closed;
    /** The id that addresses this peer, or the one it asks for; empty if there is none. */
    byte[] routingId = {};
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
    /** Set by the {@link FairQueue} when the pipe got messages in this burst. */
    boolean touched;

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
    private final SpscQueue<ZmtpMessage> in = new SpscQueue<>();
    /** 1 while the pipe is in the line of the {@link FairQueue}, or on its way there. */
    private int inLine;
    /** 1 if a thread that takes messages has to tell the host when few are left. */
    private int awaited;
    private final ArrayDeque<Object> out = new ArrayDeque<>(4);
    private final boolean conflate;
    private int sendMark;
    private volatile int receiveMark;
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
        routingId = id;
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
        receiveMark = Math.min(options.get(ZmqOption.RCVHWM), UNLIMITED);
        sendMarkBytes = options.get(ZmqOption.SNDHWM_BYTES);
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
            return;
        }
        if (out.isEmpty() && connection != null && connection.isWritable()) {
            write(message);
            return;
        }
        if (conflate) {
            dropQueued();
        }
        out.add(message);
        outMessages++;
        if (sendMarkBytes > 0) {
            outBytes += message.length();
        }
        counters.queued.set(outMessages);
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
            out.add(command);
        }
    }

    /** Takes over a message and writes it before everything that waits. The connection must be up. */
    void sendFirst(ZmtpMessage message) {
        write(message);
    }

    private void write(ZmtpMessage message) {
        counters.messagesOut.add(1);
        counters.bytesOut.add(message.length());
        connection.write(message);
        wrote();
    }

    /** Writes what waits until the connection takes no more. */
    public void drain() {
        while (!out.isEmpty() && connection != null) {
            Object next = out.peek();
            if (next instanceof ZmtpMessage message) {
                if (!connection.isWritable()) {
                    break;
                }
                out.poll();
                outMessages--;
                if (sendMarkBytes > 0) {
                    outBytes = Math.max(0, outBytes - message.length());
                }
                write(message);
            } else {
                connection.write(out.poll());
                wrote();
            }
        }
        counters.queued.set(outMessages);
        updateRoom();
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
            boolean message = o instanceof ZmtpMessage;
            if (message && commandsOnly) {
                return false;
            }
            ReferenceCountUtil.release(o);
            if (message) {
                outMessages--;
                host.dropped(this);
            }
            return true;
        });
        if (outMessages == 0) {
            outBytes = 0;
        }
        counters.queued.set(outMessages);
        updateRoom();
    }

    // --- in ---

    /** Takes over a message for the application; the {@link FairQueue} calls this. */
    void queue(ZmtpMessage message) {
        in.offer(message);
        int mark = receiveMark;
        if (mark > 0 && !conflate && in.holds(mark)) {
            await();
            if (in.size() <= mark / 2) {
                resume(); // the takers did not see in time that they have to tell
            } else if (connection != null) {
                connection.inputFull();
            }
        }
    }

    /** Returns whether only the newest message is kept. */
    boolean conflates() {
        return conflate;
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
        return in.offered();
    }

    /**
     * Asks that the host be told when few messages are left. A caller does so before it looks at {@link #inputSize} or
     * {@link #taken}, so that no message is taken unnoticed in between. Any thread.
     */
    public void await() {
        AWAITED.setVolatile(this, 1);
    }

    /**
     * Tells the host that few messages are left, if {@link #await} asked for it. Any thread calls this after it took
     * messages.
     */
    void resume() {
        if ((int) AWAITED.getVolatile(this) != 0 && (receiveMark == 0 || in.size() <= receiveMark / 2)
                && AWAITED.compareAndSet(this, 1, 0)) {
            host.resume(this);
        }
    }

    /**
     * Returns whether the peer may still go on when {@link PipeHost#resume} is carried out: the queue may be full again
     * by then.
     */
    public boolean isResumed() {
        return (int) AWAITED.getVolatile(this) == 0;
    }

    /** Returns the next message, or {@code null}. Under the lock of the {@link FairQueue}. */
    @Nullable ZmtpMessage poll() {
        return in.poll();
    }

    /** Marks the pipe as in line; returns whether it was not yet, so that the caller has to put it there. */
    boolean getInLine() {
        return (int) IN_LINE.getVolatile(this) == 0 && IN_LINE.compareAndSet(this, 0, 1);
    }

    /**
     * Marks the pipe as no longer in line if it is empty; returns whether the caller has to take it out of the line.
     * Under the lock of the {@link FairQueue}.
     */
    boolean leavesLine() {
        if (!in.isEmpty()) {
            return false;
        }
        IN_LINE.setVolatile(this, 0);
        VarHandle.fullFence();
        // A message that came before the mark was cleared found the pipe in line, so it is checked for once more. If
        // the loop has put the pipe in line again by then, the pipe is on its way there.
        return in.isEmpty() || !getInLine();
    }

    @Override
    public String toString() {
        return "Pipe(" + endpoint + ", " + in.size() + " in, " + outMessages + " out)";
    }
}
