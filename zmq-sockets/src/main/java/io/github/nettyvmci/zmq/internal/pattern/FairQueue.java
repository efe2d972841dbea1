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

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The messages of all peers, which are taken in turn, one of each peer that has some (RFC 28, RFC 30). The event loop
 * puts them into the queues of their {@link Pipe}s; any thread may take one. A thread holds a lock while it takes a
 * message, and so does the loop while it takes or changes messages.
 *
 * <p>The pipes that have messages are in line, so that a thousand idle ones cost nothing. A pipe gets in line when a
 * message comes while it is not in line, and leaves when it is found empty. For each message the loop checks without a
 * fence whether the pipe is in line, and may miss that it has just left; {@link #publish} checks again, with one fence
 * for many messages.
 */
public final class FairQueue {

    /** Pipes that the loop has put in line and no taker has moved to {@link #line} yet. */
    private final SpscQueue<PipeInput> coming = new SpscQueue<>();
    /** The pipes that got messages since the last {@link #publish}. On the loop. */
    private final List<PipeInput> touched = new ArrayList<>();

    private final SpinLock lock = new SpinLock();
    // Under the lock.
    private final ArrayDeque<PipeInput> line = new ArrayDeque<>(4);
    private @Nullable PipeInput source;

    // --- the event loop ---

    /** Puts a message into a pipe's queue, and the pipe in line. */
    public void put(Pipe pipe, ZmtpMessage message) {
        put(pipe.in, message, 1);
    }

    /** Puts the messages of a batch into a pipe's queue, and the pipe in line. */
    void put(Pipe pipe, ZmtpBatch batch) {
        put(pipe.in, batch, batch.count());
    }

    private void put(PipeInput in, Object messages, int count) {
        in.put(messages, count);
        if (!in.touched) {
            in.touched = true;
            touched.add(in);
        }
        line(in);
    }

    /** Puts a message in the place of all others that wait in a pipe; returns how many these were. */
    int replace(Pipe pipe, ZmtpMessage message) {
        int old = clear(pipe);
        put(pipe, message);
        return old;
    }

    /**
     * Makes sure that any thread that looks from now on finds the messages that were put in.
     *
     * @return whether a thread, or the loop itself, may have looked after they were put in and not found them
     */
    public boolean publish() {
        if (touched.isEmpty()) {
            return false;
        }
        VarHandle.fullFence();
        boolean late = false;
        for (int i = 0; i < touched.size(); i++) {
            PipeInput in = touched.get(i);
            in.touched = false;
            late |= line(in);
        }
        touched.clear();
        if (late) {
            VarHandle.fullFence(); // a thread about to sleep finds them, or the waker sees it
        }
        return late;
    }

    private boolean line(PipeInput in) {
        boolean out = in.getInLine();
        if (out) {
            coming.offer(in);
        }
        return out;
    }

    /** Drops the messages of a pipe; returns how many these were. */
    public int clear(Pipe pipe) {
        int count = 0;
        lock.lock();
        try {
            for (ZmtpMessage message = pipe.in.poll(); message != null; message = pipe.in.poll()) {
                message.release();
                count++;
            }
        } finally {
            lock.unlock();
        }
        pipe.in.resume();
        return count;
    }

    /** Replaces each message of a pipe by what a function makes of it. */
    void change(Pipe pipe, UnaryOperator<ZmtpMessage> change) {
        lock.lock();
        try {
            for (int i = pipe.inputSize(); i > 0; i--) {
                pipe.in.put(change.apply(pipe.in.poll()), 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Returns the pipe whose message {@link #take()} returned last. This is for patterns where only the loop takes. */
    @Nullable Pipe source() {
        return source == null ? null : source.pipe;
    }

    // --- any thread ---

    /** Takes the next message in turn, or returns {@code null}. */
    public @Nullable ZmtpMessage take() {
        PipeInput in;
        ZmtpMessage message;
        boolean due;
        lock.lock();
        try {
            do {
                lineUp();
                in = line.peek();
                if (in == null) {
                    return null;
                }
                message = in.poll();
                due = in.isDue();
                if (in.leavesLine()) {
                    line.poll();
                } else if (line.size() > 1) {
                    line.add(line.poll());
                }
            } while (message == null);
            source = in;
        } finally {
            lock.unlock();
        }
        if (due) {
            in.resume();
        }
        return message;
    }

    /** Takes the next message of one peer, even out of turn, or returns {@code null}. */
    @Nullable ZmtpMessage take(Pipe pipe) {
        ZmtpMessage message;
        lock.lock();
        try {
            message = pipe.in.poll();
            lineUp();
            if (pipe.in.leavesLine()) {
                line.remove(pipe.in);
            }
        } finally {
            lock.unlock();
        }
        pipe.in.resume();
        return message;
    }

    private void lineUp() {
        for (PipeInput next = coming.poll(); next != null; next = coming.poll()) {
            line.add(next);
        }
    }

    /**
     * Returns whether a pipe is in line. It may have been emptied since it got there, so there may be no message all
     * the same.
     */
    public boolean hasMore() {
        lock.lock();
        try {
            return !line.isEmpty() || !coming.isEmpty();
        } finally {
            lock.unlock();
        }
    }
}
