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
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The behaviour of a socket type: it decides where messages go and where they come from. It is pure state, without
 * channels or threads; the socket calls it on its event loop, but where said otherwise. This base class fair-queues
 * what comes in and sends nothing.
 *
 * <p>The life of a pipe: {@link #attach}, then {@link #connected} and {@link #disconnected} any number of times, then
 * {@link #detach}, after which nothing goes out any more, while what came in can still be taken.
 */
public abstract class Pattern {

    /** When the sender of a message may be told that it is sent. */
    public enum SendMode {
        /** The sender is told at once while the pipes have room, because one of them will take the message. */
        ROOM,
        /** The sender is told at once, because a send waits for no room: a full peer misses the message. */
        ALWAYS,
        /**
         * The sender is told at once if {@link #maySend} holds, which counts for one message; otherwise after the
         * message was sent.
         */
        STATE,
        /** The sender is told after the message was sent, because the send may fail. */
        ASKED
    }

    /** The {@link #addressee} of a message that any peer with room may get. */
    static final Object ANYBODY = new Object();

    /** The thread-safe types of libzmq, whose messages are one frame (RADIO and DISH: one frame and its group). */
    private static final Set<ZmqSocketType> SINGLE_PART = EnumSet.of(ZmqSocketType.SERVER, ZmqSocketType.CLIENT,
            ZmqSocketType.RADIO, ZmqSocketType.DISH, ZmqSocketType.GATHER, ZmqSocketType.SCATTER, ZmqSocketType.PEER,
            ZmqSocketType.CHANNEL);
    /** The types that libzmq gives ZMQ_CONFLATE. */
    private static final Set<ZmqSocketType> CONFLATING = EnumSet.of(ZmqSocketType.PULL, ZmqSocketType.PUSH,
            ZmqSocketType.SUB, ZmqSocketType.PUB, ZmqSocketType.DEALER);
    /** The types of libzmq that take a second connect to the same endpoint for the first. */
    private static final Set<ZmqSocketType> CONNECTING_ONCE = EnumSet.of(ZmqSocketType.DEALER, ZmqSocketType.SUB,
            ZmqSocketType.PUB, ZmqSocketType.REQ);

    private static final Set<ZmqSocketType> BATCHES_IN = EnumSet.of(ZmqSocketType.PULL, ZmqSocketType.GATHER,
            ZmqSocketType.PAIR, ZmqSocketType.CHANNEL, ZmqSocketType.DEALER, ZmqSocketType.CLIENT);

    final PipeHost host;
    final ZmqSocketType type;
    final FairQueue in = new FairQueue();
    private final boolean singlePart;

    Pattern(PipeHost host, ZmqSocketType type) {
        this.host = host;
        this.type = type;
        singlePart = SINGLE_PART.contains(type);
    }

    /** Returns whether ZMQ_CONFLATE means anything to the type. Any thread. */
    public final boolean mayConflate() {
        return CONFLATING.contains(type);
    }

    /** Returns whether a second connect to the same endpoint is ignored. */
    public final boolean connectsOnce() {
        return CONNECTING_ONCE.contains(type);
    }

    /** Returns the messages of all peers, which any thread may take if {@link #isTakenFrom}. */
    public final FairQueue incoming() {
        return in;
    }

    /**
     * Returns when a sender may be told that its message is sent. Options change it, so callers ask anew each time. Any
     * thread.
     */
    public SendMode sendMode() {
        return SendMode.ROOM;
    }

    /** Returns whether a message may be sent now, where {@link #sendMode} is {@link SendMode#STATE}. */
    public boolean maySend() {
        return false;
    }

    /**
     * Returns whether any thread may take messages from {@link #incoming} by itself. It may not where receiving changes
     * the state of the pattern, which belongs to the event loop. Any thread.
     */
    public boolean isTakenFrom() {
        return true;
    }

    final <T> T option(ZmqOption<T> option) {
        return host.options().get(option);
    }

    // --- pipes ---

    /** Adds a peer, which may not be connected yet. */
    public void attach(Pipe pipe) {
    }

    /**
     * Tells that the pipe's connection is up, for the first time or again.
     *
     * @return whether the peer is taken; otherwise the connection is closed
     */
    public boolean connected(Pipe pipe) {
        return true;
    }

    /** Returns which peer {@link #connected} would have taken, as text for an error message. */
    public String expectedPeer() {
        return "no second peer at a socket of type " + type;
    }

    /** Returns whether a peer has a routing id, which CONNECT_ROUTING_ID must not give to another. */
    public boolean isTaken(byte[] id) {
        return false;
    }

    /** Tells that the connection of a connecting pipe is down; it may come up again. */
    public void disconnected(Pipe pipe) {
        hiccup(pipe);
    }

    /** Takes a peer out: nothing goes to it any more, while what came in from it can still be taken. */
    public void detach(Pipe pipe) {
    }

    /** Tells that the room of a pipe changed, so that it may take messages again or can take no more. */
    public void roomChanged(Pipe pipe) {
    }

    // --- in ---

    /**
     * Takes over a message of a peer.
     *
     * @return whether it kept the rules of the pattern; otherwise the connection is closed for good
     */
    public boolean accept(Pipe pipe, ZmtpMessage message) {
        if (!type.receives() || singlePart && message.partCount() > 1) {
            message.release();
            if (type.receives()) {
                host.dropped(pipe);
            }
        } else {
            enqueue(pipe, message);
        }
        return true;
    }

    /**
     * Returns whether messages of one part may come in as they are, in batches, because the pattern only passes them
     * on. Any thread.
     */
    public static boolean takesBatches(ZmqSocketType type) {
        return BATCHES_IN.contains(type);
    }

    /** Takes over the messages of a batch, where {@link #takesBatches} and the pipe keeps more than the newest. */
    public final void accept(Pipe pipe, ZmtpBatch batch) {
        in.put(pipe, batch);
    }

    /** Handles a command of a peer, which the caller releases. */
    public void command(Pipe pipe, ZmtpCommand command) {
    }

    /** Counts a message that was dropped when it was taken, by which time its peer may have left. */
    final void dropped(Pipe pipe) {
        host.dropped(pipe.closed ? null : pipe);
    }

    final void enqueue(Pipe pipe, ZmtpMessage message) {
        if (pipe.conflates()) {
            for (int i = in.replace(pipe, message); i > 0; i--) {
                host.dropped(pipe);
            }
        } else {
            in.put(pipe, message);
        }
    }

    /**
     * Checks that the application may receive in the present state.
     *
     * @param sending tells, on the loop, whether messages of the application wait for room
     * @throws ZmqException if the type never receives, or not in this state
     */
    public void checkReceive(BooleanSupplier sending) {
        if (!type.receives()) {
            throw new ZmqException(ZmqError.NOT_SUPPORTED, "receive on a socket of type " + type
                    + " (expected: send; this type does not receive)");
        }
    }

    /** Returns a message for the application, which takes it over, or {@code null} if there is none now. */
    public @Nullable ZmtpMessage receive() {
        return in.take();
    }

    // --- out ---

    /**
     * Sends a message.
     *
     * @return {@code true} if it was taken over; {@code false} if there is no room now, and the caller keeps it
     * @throws ZmqException if it cannot be sent; the caller keeps it
     */
    public boolean send(ZmtpMessage message) {
        throw new ZmqException(ZmqError.NOT_SUPPORTED, "send on a socket of type " + type
                + " (expected: receive; this type does not send)");
    }

    /**
     * Returns whether senders may put small messages into batches, because {@link #send(ZmtpBatch)} is likely to take
     * them. Any thread.
     */
    public boolean sendsBatches() {
        return false;
    }

    /**
     * Sends the messages of a batch.
     *
     * @return {@code true} if it was taken over; {@code false} if its messages have to be sent one by one
     */
    public boolean send(ZmtpBatch batch) {
        return false;
    }

    /** Tells that {@link #send} took a message over and that its sender knows. */
    public void sent() {
    }

    /**
     * Returns the peer that a message names, or {@link #ANYBODY} if it names none. A message that has to wait delays
     * only later ones with the same addressee.
     */
    public Object addressee(ZmtpMessage message) {
        return ANYBODY;
    }

    /**
     * Checks what does not depend on the state of the socket. On the thread of the sender.
     *
     * @throws ZmqException if a socket of this type never sends such a message
     */
    public void checkSend(ZmtpMessage message) {
        if (singlePart && message.partCount() > 1) {
            throw new ZmqException(ZmqError.INVALID, "message of " + message.partCount() + " parts on a socket of type "
                    + type + " (expected: 1)");
        }
    }

    // --- options ---

    /** Carries out an option that is an action, such as {@code SUBSCRIBE}; of any other it is told that it changed. */
    public void optionSet(ZmqOption<?> option, Object value) {
        if (option == ZmqOption.SUBSCRIBE || option == ZmqOption.UNSUBSCRIBE) {
            throw new ZmqException(ZmqError.INVALID, option.name() + " on a socket of type " + type
                    + " (expected: SUB, or XPUB with XPUB_MANUAL)");
        }
    }

    /**
     * Returns the value that the application reads from an option, which is {@code set} unless the pattern has another.
     * Any thread.
     */
    public <T> T read(ZmqOption<T> option, T set) {
        return set;
    }

    /**
     * Forgets the peer with a routing id because the application disconnects it, so no message tells of the peer's end.
     *
     * @return the peer, or {@code null} if there is none
     * @throws ZmqException if the type has no such ids
     */
    public @Nullable Pipe forget(ByteBuf id) {
        throw new ZmqException(ZmqError.NOT_SUPPORTED, "disconnectPeer on a socket of type " + type
                + " (expected: ROUTER, STREAM, SERVER or PEER)");
    }

    /** Joins or leaves a group (DISH). */
    public void group(byte[] group, boolean join) {
        throw new ZmqException(ZmqError.NOT_SUPPORTED, (join ? "join" : "leave") + " on a socket of type " + type
                + " (expected: DISH)");
    }

    /** Returns the number of distinct topics (ZMQ_TOPICS_COUNT). */
    public int topics() {
        return 0;
    }

    // --- shared by some types ---

    final void hello(Pipe pipe) {
        byte[] hello = option(ZmqOption.HELLO_MSG);
        if (hello.length > 0) {
            pipe.sendFirst(ZmtpMessage.of(hello));
        }
    }

    final void probe(Pipe pipe) {
        if (option(ZmqOption.PROBE_ROUTER)) {
            pipe.sendFirst(Envelopes.empty());
        }
    }

    private void hiccup(Pipe pipe) {
        byte[] message = option(ZmqOption.HICCUP_MSG);
        if (message.length > 0
                && (type == ZmqSocketType.DEALER || type == ZmqSocketType.CLIENT || type == ZmqSocketType.PEER)) {
            enqueue(pipe, type == ZmqSocketType.PEER
                    ? ZmtpMessage.of(message).prepend(pipe.idPart) : ZmtpMessage.of(message));
        }
    }
}
