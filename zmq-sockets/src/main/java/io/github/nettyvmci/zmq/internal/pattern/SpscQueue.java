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

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The fields that the producer of a {@link SpscQueue} writes. */
abstract class SpscProducer {

    Object @Nullable [] tail;
    int tailIndex;
    /** The value of {@code taken} when the producer last looked at it. */
    long takenSeen;
    long offered;
}

/** Padding that keeps the fields of the two threads on different cache lines. */
abstract class SpscPadding extends SpscProducer {

    long p0;
    long p1;
    long p2;
    long p3;
    long p4;
    long p5;
    long p6;
    long p7;
}

/** The fields that the consumer of a {@link SpscQueue} writes. */
abstract class SpscConsumer extends SpscPadding {

    Object @Nullable [] head;
    int headIndex;
    long taken;
    /** A chunk that the consumer has emptied and the producer may use again. */
    Object @Nullable [] spare;
}

/**
 * A queue for one thread that puts in and one that takes out at a time, without a lock and, once it has its size,
 * without an allocation. It grows in chunks and has no bound of its own, so a producer that needs one has to look at
 * {@link #holds} or {@link #size()}. A queue that was never used has no chunk.
 *
 * <p>The last slot of a chunk holds the next chunk.
 *
 * @param <T> what is in it
 */
public final class SpscQueue<T> extends SpscConsumer {

    private static final int FIRST_CHUNK = 8;
    private static final int LARGEST_CHUNK = 128;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle HEAD;
    private static final VarHandle OFFERED;
    private static final VarHandle TAKEN;
    private static final VarHandle SPARE;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(SpscConsumer.class, "head", Object[].class);
            OFFERED = lookup.findVarHandle(SpscProducer.class, "offered", long.class);
            TAKEN = lookup.findVarHandle(SpscConsumer.class, "taken", long.class);
            SPARE = lookup.findVarHandle(SpscConsumer.class, "spare", Object[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // --- the producer ---

    /** Puts an item in that stands for itself. */
    public void offer(T item) {
        offer(item, 1);
    }

    /** Puts an item in that stands for {@code weight} things. */
    void offer(T item, int weight) {
        Object[] chunk = tail;
        if (chunk == null) {
            chunk = new Object[FIRST_CHUNK + 1];
            tail = chunk;
            HEAD.setRelease(this, chunk);
        }
        int at = tailIndex;
        OFFERED.setOpaque(this, offered + weight);
        if (at < chunk.length - 1) {
            tailIndex = at + 1;
            SLOT.setRelease(chunk, at, item);
            return;
        }
        Object[] next = (Object[]) SPARE.getAcquire(this);
        if (next != null && next.length >= chunk.length) {
            SPARE.setOpaque(this, null);
        } else {
            next = new Object[Math.min(LARGEST_CHUNK, 2 * at) + 1];
        }
        next[0] = item;
        tail = next;
        tailIndex = 1;
        SLOT.setRelease(chunk, at, next);
    }

    /**
     * Returns whether at least this many things are in the queue. It reads the consumer's counter only if that may be
     * so.
     */
    public boolean holds(long count) {
        if (offered - takenSeen < count) {
            return false;
        }
        takenSeen = (long) TAKEN.getVolatile(this);
        return offered - takenSeen >= count;
    }

    // --- the consumer ---

    /** Returns what was put in first, or {@code null}. */
    @SuppressWarnings("unchecked")
    public @Nullable T poll() {
        Object[] chunk = chunk();
        if (chunk == null) {
            return null;
        }
        Object item = SLOT.getAcquire(chunk, headIndex);
        if (item == null) {
            return null;
        }
        chunk[headIndex++] = null;
        return (T) item;
    }

    /** Counts one of the things that {@link #poll} has taken out. */
    public void took() {
        TAKEN.setRelease(this, taken + 1);
    }

    /** Returns how many things were taken out. On the consumer's thread. */
    long tookSoFar() {
        return taken;
    }

    /** Returns whether {@link #poll} would return nothing. */
    public boolean isEmpty() {
        Object[] chunk = chunk();
        return chunk == null || SLOT.getAcquire(chunk, headIndex) == null;
    }

    /** Returns the chunk where the next item is or will be, or {@code null} if there is no such chunk yet. */
    private Object @Nullable [] chunk() {
        Object[] chunk = (Object[]) HEAD.getAcquire(this);
        if (chunk == null) {
            return null;
        }
        int last = chunk.length - 1;
        if (headIndex < last) {
            return chunk;
        }
        Object[] next = (Object[]) SLOT.getAcquire(chunk, last);
        if (next == null) {
            return null;
        }
        head = next;
        headIndex = 0;
        chunk[last] = null;
        SPARE.setRelease(this, chunk);
        return next;
    }

    // --- any thread ---

    /** Returns how many things were ever taken out and {@linkplain #took counted}. */
    public long taken() {
        return (long) TAKEN.getVolatile(this);
    }

    /** Returns how many things were ever put in. */
    long offered() {
        return (long) OFFERED.getOpaque(this);
    }

    /** Returns how many things are in the queue; the number may have changed by the time the caller sees it. */
    public int size() {
        long out = taken();
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, offered() - out));
    }
}
