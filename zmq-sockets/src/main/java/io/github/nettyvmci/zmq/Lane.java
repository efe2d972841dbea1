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

import io.netty.util.ReferenceCountUtil;

import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One direction between two event loops: a queue without a lock, and a count of the messages that were put in and not
 * yet done with, which tells the producer when to stop. A burst costs the consumer one task.
 */
final class Lane implements Runnable {

    /** How many a run delivers before it lets others have the loop. */
    private static final int BURST = 1024;

    private final SpscQueue<Object> queue = new SpscQueue<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicInteger under = new AtomicInteger();
    private final AtomicBoolean starved = new AtomicBoolean();
    private final Executor producer;
    private final Executor consumer;
    private final int limit;
    private final Consumer<Object> deliver;
    private final Runnable burstEnd;
    private final Runnable onRoom;

    /**
     * Makes a lane.
     *
     * @param limit    how many messages may be under way; 0: any number
     * @param deliver  run on the consumer's loop with everything offered, in order
     * @param burstEnd run on the consumer's loop behind some of them
     * @param onRoom   run on the producer's loop once there is room again after {@link #hasRoom} said no
     */
    Lane(Executor producer, Executor consumer, int limit, Consumer<Object> deliver, Runnable burstEnd,
            Runnable onRoom) {
        this.producer = producer;
        this.consumer = consumer;
        this.limit = limit;
        this.deliver = deliver;
        this.burstEnd = burstEnd;
        this.onRoom = onRoom;
    }

    /** Producer: whether another message may be offered; if not, onRoom will tell when. */
    boolean hasRoom() {
        if (limit == 0 || under.get() < limit) {
            return true;
        }
        starved.set(true);
        // What was consumed before the flag was set told nobody.
        return under.get() <= limit / 2 && starved.compareAndSet(true, false);
    }

    /** Producer: sends something that counts. */
    void offerMessage(Object message) {
        under.incrementAndGet();
        offer(message);
    }

    /** Producer: sends something that does not count. */
    void offer(Object event) {
        queue.offer(event);
        VarHandle.fullFence();
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        if (!execute(consumer, this)) {
            scheduled.set(false); // what comes still later has to be released, too
            for (Object next = queue.poll(); next != null; next = queue.poll()) {
                ReferenceCountUtil.release(next);
            }
        }
    }

    /** Returns whether a loop takes a task. One that has ended does not, and then nobody waits for what it would do. */
    static boolean execute(Executor loop, Runnable task) {
        try {
            loop.execute(task);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    /** Consumer: done with a message. */
    void consumed() {
        if (under.decrementAndGet() <= limit / 2 && starved.get() && starved.compareAndSet(true, false)) {
            execute(producer, onRoom);
        }
    }

    @Override
    public void run() {
        int done = 0;
        for (Object next = queue.poll(); next != null; next = done < BURST ? queue.poll() : null) {
            try {
                deliver.accept(next);
            } catch (Throwable e) {
                SocketCore.LOGGER.warn("socket failed at " + next, e); // and goes on, or the lane would stand still
            }
            done++;
        }
        burstEnd.run();
        // What is put in before this wakes nobody, since it is looked for again.
        scheduled.set(false);
        VarHandle.fullFence();
        if (!queue.isEmpty() && scheduled.compareAndSet(false, true)) {
            schedule();
        }
    }
}
