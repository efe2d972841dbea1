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
package io.github.nettyvmci.zmq.internal.endpoint;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A queue that an event loop empties in order. Items that come while a run is under way, or about to be, are delivered
 * by that run, so that a burst costs the loop one task.
 */
public abstract class LoopQueue implements Runnable {

    /** How many items a run delivers before it lets others have the loop. */
    private static final int BURST = 1024;

    /** Whether a run is under way or about to be. */
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Returns the loop that empties the queue. */
    protected abstract Executor consumer();

    /** Takes the next item out, or returns {@code null} if there is none that can be taken. On the consumer's loop. */
    protected abstract @Nullable Object poll();

    /** Returns whether everything that was put in was taken out. On the consumer's loop. */
    protected abstract boolean isEmpty();

    /** Handles an item. On the consumer's loop. */
    protected abstract void deliver(Object item);

    /** Tells that a run has delivered all items, or as many as a run may. On the consumer's loop. */
    protected abstract void delivered();

    /** Releases an item that no loop will deliver any more. On any thread. */
    protected abstract void discard(Object item);

    /**
     * Makes sure that the loop looks for an item that the producer has put in. The producer must have made the item
     * visible before it reads the flag here, by a fence or a volatile write.
     */
    protected final void wake() {
        wake(consumer());
    }

    /** Does the same as {@link #wake()}, by another executor of the same loop. */
    protected final void wake(Executor loop) {
        if (!scheduled.get() && scheduled.compareAndSet(false, true) && !execute(loop, this)) {
            scheduled.set(false); // so that an item that comes later is discarded, too
            discardAll();
        }
    }

    /** Returns whether a run is under way or about to be. */
    protected final boolean isScheduled() {
        return scheduled.get();
    }

    /**
     * Discards all items, because the loop has ended. Synchronized, because several threads may come too late at once.
     */
    private synchronized void discardAll() {
        for (Object item = poll(); item != null; item = poll()) {
            discard(item);
        }
    }

    /** Gives a task to a loop; returns {@code false} if the loop has ended, and the task will never run. */
    public static boolean execute(Executor loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    @Override
    public void run() {
        int done = 0;
        for (Object item = poll(); item != null; item = ++done < BURST ? poll() : null) {
            try {
                deliver(item);
            } catch (Throwable e) {
                // The items after this one are delivered all the same, or the queue would stand still.
                SocketLog.LOGGER.warn("socket failed at " + item, e);
            }
        }
        try {
            delivered();
        } catch (Throwable e) {
            SocketLog.LOGGER.warn("socket failed after what arrived", e); // or scheduled would stay set for ever
        }
        // A producer that puts an item in before this wakes nobody, so the queue is looked at once more.
        scheduled.set(false);
        VarHandle.fullFence();
        if (!isEmpty()) {
            wake();
        }
    }
}
