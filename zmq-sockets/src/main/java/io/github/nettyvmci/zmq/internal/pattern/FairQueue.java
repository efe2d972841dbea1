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

import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The messages of all peers, taken in turn: one of each peer that has some (RFC 28, RFC 30). The event loop puts them
 * into the queues of their {@link Pipe}s; any thread may take one, and whoever does holds a lock for that long, the
 * loop too when it takes or changes what is there.
 *
 * <p>The pipes that have messages are in line, so that a thousand idle ones cost nothing. One gets in line when a
 * message comes while it is not, and leaves when it is found empty. The loop looks at that without a fence for every
 * message; {@link #publish} makes up for it after some of them.
 */
public final class FairQueue {

    private static final VarHandle LOCK;

    static {
        try {
            LOCK = MethodHandles.lookup().findVarHandle(FairQueue.class, "locked", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** From the loop to the line. */
    private final SpscQueue<Pipe> coming = new SpscQueue<>();
    /** On the loop: who got messages since the last {@link #publish}. */
    private final List<Pipe> touched = new ArrayList<>();

    private int locked;
    // Under the lock.
    private final ArrayDeque<Pipe> line = new ArrayDeque<>(4);
    private @Nullable Pipe source;

    // --- the event loop ---

    /** Puts a message in. */
    public void put(Pipe pipe, ZmtpMessage message) {
        pipe.queue(message);
        if (!pipe.touched) {
            pipe.touched = true;
            touched.add(pipe);
        }
        line(pipe);
    }

    /** Puts a message in the place of all others that wait; returns how many these were. */
    int replace(Pipe pipe, ZmtpMessage message) {
        int old = clear(pipe);
        put(pipe, message);
        return old;
    }

    /**
     * After this, messages that were put in are found by whoever looks.
     *
     * @return whether somebody may have looked since they were put in, the loop too, and not found them
     */
    public boolean publish() {
        if (touched.isEmpty()) {
            return false;
        }
        VarHandle.fullFence();
        boolean late = false;
        for (int i = 0; i < touched.size(); i++) {
            Pipe pipe = touched.get(i);
            pipe.touched = false;
            late |= line(pipe);
        }
        touched.clear();
        if (late) {
            VarHandle.fullFence(); // who is about to sleep finds them, or is seen by whoever wakes
        }
        return late;
    }

    private boolean line(Pipe pipe) {
        boolean out = pipe.getInLine();
        if (out) {
            coming.offer(pipe);
        }
        return out;
    }

    /** Drops what a pipe has; returns how many messages. */
    public int clear(Pipe pipe) {
        int count = 0;
        lock();
        try {
            for (ZmtpMessage message = pipe.poll(); message != null; message = pipe.poll()) {
                message.release();
                count++;
            }
        } finally {
            unlock();
        }
        pipe.resume();
        return count;
    }

    /** Changes what a pipe has. */
    void change(Pipe pipe, UnaryOperator<ZmtpMessage> change) {
        lock();
        try {
            for (int i = pipe.inputSize(); i > 0; i--) {
                pipe.queue(change.apply(pipe.poll()));
            }
        } finally {
            unlock();
        }
    }

    /** Returns the pipe whose message {@link #take} returned last; for patterns where only the loop takes. */
    Pipe source() {
        return source;
    }

    // --- any thread ---

    /** Takes the next message in turn, or returns {@code null}. */
    public @Nullable ZmtpMessage take() {
        Pipe pipe;
        ZmtpMessage message;
        lock();
        try {
            do {
                lineUp();
                pipe = line.peek();
                if (pipe == null) {
                    return null;
                }
                message = pipe.poll();
                if (pipe.leavesLine()) {
                    line.poll();
                } else if (line.size() > 1) {
                    line.add(line.poll());
                }
            } while (message == null);
            source = pipe;
        } finally {
            unlock();
        }
        pipe.resume();
        return message;
    }

    /** Takes the next message of one peer, whose turn it may not be, or returns {@code null}. */
    @Nullable ZmtpMessage take(Pipe pipe) {
        ZmtpMessage message;
        lock();
        try {
            message = pipe.poll();
            lineUp();
            if (pipe.leavesLine()) {
                line.remove(pipe);
            }
        } finally {
            unlock();
        }
        pipe.resume();
        return message;
    }

    private void lineUp() {
        for (Pipe next = coming.poll(); next != null; next = coming.poll()) {
            line.add(next);
        }
    }

    /** Returns whether there is a message, as far as one can know. */
    public boolean hasMore() {
        lock();
        try {
            return !line.isEmpty() || !coming.isEmpty();
        } finally {
            unlock();
        }
    }

    private void lock() {
        for (int spins = 0; !LOCK.compareAndSet(this, 0, 1); spins++) {
            if (spins < 32) {
                Thread.onSpinWait();
            } else {
                Thread.yield(); // its owner may want this processor
            }
        }
    }

    private void unlock() {
        LOCK.setRelease(this, 0);
    }
}
