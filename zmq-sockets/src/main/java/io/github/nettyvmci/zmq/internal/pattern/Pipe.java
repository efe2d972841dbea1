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
 * reopens in steps of half its high-water mark. A message that goes out passes the queue by while the connection takes
 * it at once.
 *
 * <p>The pipe of a connecting peer outlives its connections: they come and go. On the socket's event loop, but where
 * said otherwise.
 */
public final class Pipe {

    /** Who made a pipe: the bind or connect that the peer belongs to. */
    public interface Owner {

        /**
         * Closes the connection of a peer for good.
         *
         * @param cause why, for the event; {@code null} if the socket itself wants it so
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

    /** Set where a connect of ours made the pipe, and not a peer that came. */
    final boolean connecting;
    /** Set when nothing new goes out any more. What waits still does, and what came in is still delivered. */
    boolean closed;
    /** The id that addresses this peer, or the one it asks for; empty if there is none. */
    byte[] routingId = {};
    /** The first part of each message that the application gets from this peer, where that tells whose it is. */
    @Nullable ByteBuf idPart;
    /** The {@link #routingId} that {@link #idPart} was made of. */
    byte @Nullable [] idPartOf;
    /** The number that addresses this peer in SERVER and PEER. */
    int peerNumber;
    /** The last message that a pattern found this pipe to match. */
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
    /** Where the peer is while it is connected, for people. Written on the socket's loop. */
    private volatile String address = "";
    /** What the handshake found out about the peer, while it is connected; {@code null} where there was none. */
    private volatile @Nullable ZmtpPeer peer;
    /** Set when something was written to the connection since the last {@link #flush}. */
    private boolean unflushed;
    /** Run once nothing waits to go out of a closed pipe. */
    private @Nullable Runnable whenSent;
    private final SpscQueue<ZmtpMessage> in = new SpscQueue<>();
    /** 1 while the pipe is in the line of the {@link FairQueue}, or on its way there. */
    private int inLine;
    /** 1 if who takes messages has to tell when few are left. */
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

    /** Returns where the peer is while it is connected, for people; empty otherwise. Any thread. */
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

    /** Any thread: returns what the handshake found out about the peer; {@code null} if there is none. */
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    /** Sets the connection to the peer; {@code null}: there is none any more. */
    public void connection(@Nullable Connection newConnection) {
        connection = newConnection;
        peer = newConnection == null ? null : newConnection.peer();
        address = newConnection == null ? "" : newConnection.address();
    }

    /** Returns whether nothing new goes out any more. What waits still does, and what came in is still delivered. */
    public boolean isClosed() {
        return closed;
    }

    /** Takes nothing new to send from now on. */
    public void close() {
        closed = true;
        updateRoom();
    }

    /**
     * Sets what is done, once, when nothing waits to go out of this closed pipe; {@link #checkSent} looks.
     *
     * @param action {@code null}: nothing
     */
    public void whenSent(@Nullable Runnable action) {
        whenSent = action;
    }

    /** Does what was to be done when all is sent, if all is. */
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

    /** Takes over a message, beyond the high-water mark too: whoever calls asked for the room before. */
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

    /** Takes over a subscription: no high-water mark, no conflation, and nothing overtakes it. */
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

    /** Takes over a message to be sent before everything that waits. The connection is up. */
    void sendFirst(ZmtpMessage message) {
        write(message);
    }

    private void write(ZmtpMessage message) {
        counters.messagesOut.add(1);
        counters.bytesOut.add(message.length());
        connection.write(message);
        wrote();
    }

    /** Writes what waits, as far as the connection takes it. */
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

    /** The room changed, or the pipe opens: tells the host. */
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
                // Bytes cannot be known in advance: one message at a time once they count.
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

    /** Drops what waits to go out: messages, and commands that a new connection would repeat. */
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
                resume(); // all was taken in this very moment, by those who did not see yet that they have to tell
            } else if (connection != null) {
                connection.inputFull();
            }
        }
    }

    /** Returns whether only the newest message is kept. */
    boolean conflates() {
        return conflate;
    }

    /** Any thread: how many messages wait for the application. */
    public int inputSize() {
        return in.size();
    }

    /** Any thread: how many messages were ever taken. */
    public long taken() {
        return in.taken();
    }

    /** Returns how many messages were ever put in. */
    public long queued() {
        return in.offered();
    }

    /** Any thread, before it looks at {@link #inputSize} or {@link #taken}: the host is told when few are left. */
    public void await() {
        AWAITED.setVolatile(this, 1);
    }

    /** Any thread, after it took messages. */
    void resume() {
        if ((int) AWAITED.getVolatile(this) != 0 && (receiveMark == 0 || in.size() <= receiveMark / 2)
                && AWAITED.compareAndSet(this, 1, 0)) {
            host.resume(this);
        }
    }

    /** After {@link PipeHost#resume}: whether the peer may go on. */
    public boolean isResumed() {
        return (int) AWAITED.getVolatile(this) == 0;
    }

    /** Under the lock of the {@link FairQueue}: returns the next message, or {@code null}. */
    @Nullable ZmtpMessage poll() {
        return in.poll();
    }

    /** Returns whether it has to be put in line by the caller. */
    boolean getInLine() {
        return (int) IN_LINE.getVolatile(this) == 0 && IN_LINE.compareAndSet(this, 0, 1);
    }

    /** Under the lock of the {@link FairQueue}: returns whether it has nothing, and is no longer in line. */
    boolean leavesLine() {
        if (!in.isEmpty()) {
            return false;
        }
        IN_LINE.setVolatile(this, 0);
        VarHandle.fullFence();
        // What came in between found it in line; if it does no longer, it is on its way there again.
        return in.isEmpty() || !getInLine();
    }

    @Override
    public String toString() {
        return "Pipe(" + endpoint + ", " + in.size() + " in, " + outMessages + " out)";
    }
}
