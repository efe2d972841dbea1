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
package io.github.nettyvmci.zmq;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;

/**
 * The two bounded queues between a socket and one peer, as in libzmq: they count complete messages, and a full one
 * reopens in steps of half its high-water mark. What goes out passes the queue by while the link takes it at once.
 *
 * <p>The pipe of a connecting peer outlives its connections: {@link #link} comes and goes. On the socket's event loop,
 * but where said otherwise.
 */
final class Pipe {

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

    final PipeHost host;
    final String endpoint;
    /** Position in the {@link Ring}. */
    int position = -1;
    final PeerCounters counters = new PeerCounters();

    /** Set while the peer can be talked to. */
    Link link;
    /** Nothing new goes out any more; what waits does, and what came in is still delivered. */
    boolean closed;
    /** Told when {@link #hasOutput} turns false while {@link #closed}; see {@link SocketCore#finish}. */
    Runnable emptied;
    /** Who made it. */
    LinkOwner owner;
    /** Is in the list of pipes to flush. */
    boolean dirty;
    /** The type the peer says it is, or {@code null}. */
    ZmqSocketType peerType;
    /** The id that addresses this peer, or the one it asks for; empty if there is none. */
    byte[] routingId = {};
    /** The first part of what the application gets from this peer, where that tells whose it is. */
    ByteBuf idPart;
    /** Of which {@link #routingId} it was made. */
    byte[] idPartOf;
    /** The number that addresses this peer in SERVER and PEER. */
    int peerNumber;
    /** Where the peer is while it is connected, for people; written on the socket's loop. */
    volatile String address = "";
    /** For the patterns: the last message this pipe was found to match. */
    long mark;
    /** Set where the pipe was made by a connect. */
    final boolean connecting;

    /** For the {@link FairQueue}: has got messages in this burst. */
    boolean touched;

    private final SpscQueue<ZmtpMessage> in = new SpscQueue<>();
    /** Whether it is in the line of the {@link FairQueue}, or on its way there. */
    private int inLine;
    /** Whether who takes messages has to tell when few are left. */
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

    Pipe(PipeHost host, String endpoint, boolean connecting, ZmqOptions options) {
        this.host = host;
        this.endpoint = endpoint;
        this.connecting = connecting;
        conflate = host.mayConflate() && options.get(ZmqOption.CONFLATE);
        marks(options);
    }

    /** Takes over new high-water marks. */
    void marks(ZmqOptions options) {
        sendMark = Math.min(options.get(ZmqOption.SNDHWM), UNLIMITED);
        receiveMark = Math.min(options.get(ZmqOption.RCVHWM), UNLIMITED);
        sendMarkBytes = options.get(ZmqOption.SNDHWM_BYTES);
    }

    // --- out ---

    /** How many messages {@link #send} takes now. */
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
        if (out.isEmpty() && link != null && link.isWritable()) {
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
        if (closed || link == null) {
            ReferenceCountUtil.release(command);
        } else if (out.isEmpty()) {
            link.write(command);
            host.written(this);
        } else {
            out.add(command);
        }
    }

    /** Takes over a message to be sent before everything that waits. The link is up. */
    void sendFirst(ZmtpMessage message) {
        write(message);
    }

    private void write(ZmtpMessage message) {
        counters.messagesOut.add(1);
        counters.bytesOut.add(message.length());
        link.write(message);
        host.written(this);
    }

    /** Writes what waits, as far as the link takes it. */
    void drain() {
        while (!out.isEmpty() && link != null) {
            Object next = out.peek();
            if (next instanceof ZmtpMessage message) {
                if (!link.isWritable()) {
                    break;
                }
                out.poll();
                outMessages--;
                if (sendMarkBytes > 0) {
                    outBytes = Math.max(0, outBytes - message.length());
                }
                write(message);
            } else {
                link.write(out.poll());
                host.written(this);
            }
        }
        counters.queued.set(outMessages);
        updateRoom();
    }

    boolean hasOutput() {
        return !out.isEmpty();
    }

    /** How many messages wait to go out. */
    int outputSize() {
        return outMessages;
    }

    /** The room changed, or the pipe opens: tells the host. */
    void updateRoom() {
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
    void clearOutput(boolean commandsOnly) {
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
            } else if (link != null) {
                link.inputFull(this);
            }
        }
    }

    /** Whether only the newest message is kept. */
    boolean conflates() {
        return conflate;
    }

    /** Any thread: how many messages wait for the application. */
    int inputSize() {
        return in.size();
    }

    /** Any thread: how many messages were ever taken. */
    long taken() {
        return in.taken();
    }

    /** How many messages were ever put in. */
    long queued() {
        return in.offered();
    }

    /** Any thread, before it looks at {@link #inputSize} or {@link #taken}: the host is told when few are left. */
    void await() {
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
    boolean isResumed() {
        return (int) AWAITED.getVolatile(this) == 0;
    }

    /** Under the lock of the {@link FairQueue}: returns the next message, or {@code null}. */
    ZmtpMessage poll() {
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
