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

import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The messages of one peer that wait for the application. The event loop puts them in; a thread that holds the lock of
 * the {@link FairQueue} takes them out.
 */
final class PipeInput {

    /** A thread looks by a fence whether the peer waits after this many messages, and when none is left. */
    private static final int LOOK_EVERY = 32;
    private static final VarHandle IN_LINE;
    private static final VarHandle AWAITED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            IN_LINE = lookup.findVarHandle(PipeInput.class, "inLine", int.class);
            AWAITED = lookup.findVarHandle(PipeInput.class, "awaited", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Pipe pipe;
    /** Set by the {@link FairQueue} when there were new messages in this burst. On the loop. */
    boolean touched;
    private final PipeHost host;
    /** Messages and batches. */
    private final SpscQueue<Object> queue = new SpscQueue<>();
    /** The batch whose messages are being taken. Under the lock. */
    private @Nullable ZmtpBatch batch;
    /** The high-water mark in messages; 0 for none. */
    private volatile int mark;
    /** 1 while the pipe is in the line of the {@link FairQueue}, or on its way there. */
    private int inLine;
    /** 1 if a thread that takes messages has to tell the host when few are left. */
    private int awaited;

    PipeInput(Pipe pipe, PipeHost host) {
        this.pipe = pipe;
        this.host = host;
    }

    void mark(int newMark) {
        mark = newMark;
    }

    /** Takes over a message or a batch, {@code count} messages altogether. On the loop. */
    void put(Object messages, int count) {
        queue.offer(messages, count);
        int most = mark;
        if (most > 0 && queue.holds(most)) {
            await();
            if (queue.size() <= most / 2) {
                resume(); // the takers did not see in time that they have to tell
            } else {
                pipe.inputFull();
            }
        }
    }

    // --- any thread ---

    /** Returns how many messages wait. */
    int size() {
        return queue.size();
    }

    /** Returns how many messages were ever taken. */
    long taken() {
        return queue.taken();
    }

    /** Returns how many messages were ever put in. */
    long queued() {
        return queue.offered();
    }

    /** Asks that the host be told when few messages are left. */
    void await() {
        AWAITED.setVolatile(this, 1);
    }

    /**
     * Tells the host that few messages are left, if {@link #await} asked for it. A thread that {@link #isDue} names
     * calls this, without the lock.
     */
    void resume() {
        VarHandle.fullFence(); // whoever asked sees what was taken, or this thread sees that somebody asked
        if ((int) AWAITED.getVolatile(this) != 0 && (mark == 0 || queue.size() <= mark / 2)
                && AWAITED.compareAndSet(this, 1, 0)) {
            host.resume(pipe);
        }
    }

    /** Returns whether nobody has asked since the host was told. */
    boolean isResumed() {
        return (int) AWAITED.getVolatile(this) == 0;
    }

    // --- under the lock ---

    /** Returns the next message, or {@code null}. */
    @Nullable ZmtpMessage poll() {
        ZmtpBatch from = batch;
        if (from == null) {
            Object next = queue.poll();
            if (!(next instanceof ZmtpBatch found)) {
                if (next != null) {
                    queue.took();
                }
                return (ZmtpMessage) next;
            }
            from = found;
            batch = found;
        }
        ZmtpMessage message = from.next();
        if (from.count() == 0) {
            batch = null;
            from.release();
        }
        queue.took();
        return message;
    }

    /**
     * Returns whether the thread that has just taken a message should {@link #resume}: if it sees that the peer waits,
     * and now and then, since it may not see that yet.
     */
    boolean isDue() {
        return (int) AWAITED.getOpaque(this) != 0 || queue.tookSoFar() % LOOK_EVERY == 0 || isEmpty();
    }

    private boolean isEmpty() {
        return batch == null && queue.isEmpty();
    }

    /** Marks the pipe as in line; returns whether it was not yet, so that the caller has to put it there. */
    boolean getInLine() {
        return (int) IN_LINE.getVolatile(this) == 0 && IN_LINE.compareAndSet(this, 0, 1);
    }

    /**
     * Marks the pipe as no longer in line if it is empty; returns whether the caller has to take it out of the line.
     */
    boolean leavesLine() {
        if (!isEmpty()) {
            return false;
        }
        IN_LINE.setVolatile(this, 0);
        VarHandle.fullFence();
        // A message that came before the mark was cleared found the pipe in line, so it is checked for once more. If
        // the loop has put the pipe in line again by then, the pipe is on its way there.
        return isEmpty() || !getInLine();
    }
}
