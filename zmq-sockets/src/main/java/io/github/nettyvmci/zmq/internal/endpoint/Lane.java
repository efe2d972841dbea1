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

import io.github.nettyvmci.zmq.internal.pattern.SpscQueue;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One direction between two event loops: a queue without a lock, and a count of the messages under way, which tells the
 * producer when to stop. A message is under way from {@link #offerMessages} to {@link #consumed}.
 */
public final class Lane extends LoopQueue {

    private final SpscQueue<Object> queue = new SpscQueue<>();
    /** How many messages are under way. */
    private final AtomicInteger under = new AtomicInteger();
    /** Whether the producer waits for room. */
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
     * @param limit    how many messages may be under way; 0 for any number
     * @param deliver  run on the consumer's loop with each item offered, in order
     * @param burstEnd run on the consumer's loop after some of them
     * @param onRoom   run on the producer's loop when there is room again after {@link #hasRoom} returned {@code false}
     */
    public Lane(Executor producer, Executor consumer, int limit, Consumer<Object> deliver, Runnable burstEnd,
            Runnable onRoom) {
        this.producer = producer;
        this.consumer = consumer;
        this.limit = limit;
        this.deliver = deliver;
        this.burstEnd = burstEnd;
        this.onRoom = onRoom;
    }

    // --- the producer ---

    /** Returns whether another message may be offered; if not, {@code onRoom} is run when it may. */
    boolean hasRoom() {
        if (limit == 0 || under.get() < limit) {
            return true;
        }
        starved.set(true);
        // If messages were consumed before the flag was set, consumed() did not run onRoom.
        return under.get() <= limit / 2 && starved.compareAndSet(true, false);
    }

    /** Sends a message, or a batch of {@code count} messages, which count as under way. */
    void offerMessages(Object messages, int count) {
        under.addAndGet(count);
        offer(messages);
    }

    /** Sends an item that does not count. */
    public void offer(Object event) {
        queue.offer(event);
        VarHandle.fullFence();
        wake();
    }

    // --- the consumer ---

    /** Tells that messages that were delivered are no longer under way. */
    void consumed(int count) {
        if (under.addAndGet(-count) <= limit / 2 && starved.get() && starved.compareAndSet(true, false)) {
            execute(producer, onRoom);
        }
    }

    @Override
    protected Executor consumer() {
        return consumer;
    }

    @Override
    protected @Nullable Object poll() {
        return queue.poll();
    }

    @Override
    protected boolean isEmpty() {
        return queue.isEmpty();
    }

    @Override
    protected void deliver(Object item) {
        deliver.accept(item);
    }

    @Override
    protected void delivered() {
        burstEnd.run();
    }

    @Override
    protected void discard(Object item) {
        ReferenceCountUtil.release(item);
    }
}
