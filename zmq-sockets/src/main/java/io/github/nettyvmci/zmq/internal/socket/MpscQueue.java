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

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A queue for any number of threads that put in and one that takes out, without a lock. Items of one thread come out in
 * the order in which it put them in. The queue grows in chunks, and a producer claims a place in a chunk by one atomic
 * addition. A chunk is not used again, because a slow producer may still look at it.
 *
 * <p>{@link #poll} finds nothing while the first item is still being put in, even if later ones are complete. So a
 * producer has to make sure, after {@link #offer}, that the consumer polls again.
 *
 * @param <T> what is in it
 */
final class MpscQueue<T> {

    private static final int FIRST_CHUNK = 8;
    private static final int LARGEST_CHUNK = 512;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Object[].class);
    private static final VarHandle CLAIMED;
    private static final VarHandle NEXT;
    private static final VarHandle TAIL;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CLAIMED = lookup.findVarHandle(Chunk.class, "claimed", int.class);
            NEXT = lookup.findVarHandle(Chunk.class, "next", Chunk.class);
            TAIL = lookup.findVarHandle(MpscQueue.class, "tail", Chunk.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final class Chunk {

        final Object[] slots;
        /** How many places were claimed. The number exceeds that of the places when the chunk is full. */
        private int claimed;
        private @Nullable Chunk next;

        Chunk(int size) {
            slots = new Object[size];
        }
    }

    private Chunk tail;
    // Written by the consumer.
    private Chunk head;
    private int headIndex;

    MpscQueue() {
        head = new Chunk(FIRST_CHUNK);
        TAIL.setRelease(this, head);
    }

    /**
     * Puts an item in. The consumer that takes the item sees what this thread did before, and this thread reads nothing
     * older than the offer afterwards. Any thread.
     */
    void offer(T item) {
        for (;;) {
            Chunk chunk = (Chunk) TAIL.getAcquire(this);
            int at = (int) CLAIMED.getAndAdd(chunk, 1);
            if (at < chunk.slots.length) {
                SLOT.setVolatile(chunk.slots, at, item);
                return;
            }
            Chunk next = (Chunk) NEXT.getAcquire(chunk);
            if (next == null) {
                Chunk mine = new Chunk(Math.min(LARGEST_CHUNK, 2 * chunk.slots.length));
                mine.claimed = 1;
                mine.slots[0] = item;
                next = (Chunk) NEXT.compareAndExchange(chunk, null, mine);
                if (next == null) {
                    TAIL.compareAndSet(this, chunk, mine);
                    return;
                }
            }
            TAIL.compareAndSet(this, chunk, next); // the producer that made it may be slow to do so
        }
    }

    /** Takes the first item out, or returns {@code null} if there is none yet. On the consumer's thread. */
    @SuppressWarnings("unchecked")
    @Nullable T poll() {
        Chunk chunk = head;
        if (headIndex == chunk.slots.length) {
            Chunk next = (Chunk) NEXT.getVolatile(chunk);
            if (next == null) {
                return null;
            }
            head = next;
            headIndex = 0;
            chunk = next;
        }
        Object item = SLOT.getVolatile(chunk.slots, headIndex);
        if (item != null) {
            chunk.slots[headIndex++] = null;
        }
        return (T) item;
    }

    /** Returns whether {@link #poll} would return nothing. On the consumer's thread. */
    boolean isEmpty() {
        return headIndex == head.slots.length ? NEXT.getVolatile(head) == null
                : SLOT.getVolatile(head.slots, headIndex) == null;
    }
}
