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

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A queue of bounded length for the events of a socket. If nobody takes them, the oldest are dropped and counted, so
 * that the socket never waits for its monitor (a socket of libzmq does).
 *
 * <p>Thread-safe. The last event is {@link ZmqEvent.Kind#MONITOR_STOPPED}, when the socket is closed.
 */
public final class ZmqMonitor implements AutoCloseable {

    private final int capacity;
    private final ArrayDeque<ZmqEvent> events = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition added = lock.newCondition();
    /** Ends the delivery of events from the socket to this monitor. */
    private final Runnable removal;
    private long dropped;
    private boolean closed;

    /**
     * Makes a monitor.
     *
     * @param socket adds a listener to the socket, and returns the action that takes it away again
     */
    ZmqMonitor(int capacity, Function<Consumer<ZmqEvent>, Runnable> socket) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity: " + capacity + " (expected: 1 or more)");
        }
        this.capacity = capacity;
        removal = socket.apply(this::add);
    }

    private void add(ZmqEvent event) {
        lock.lock();
        try {
            if (events.size() == capacity) {
                events.poll();
                dropped++;
            }
            events.add(event);
            added.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the next event without waiting.
     *
     * @return the event, or {@code null} if there is none now
     */
    public @Nullable ZmqEvent poll() {
        lock.lock();
        try {
            return events.poll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes the next event, and waits for one if there is none.
     *
     * @param timeout how long to wait; zero or less: not at all
     * @return the event, or {@code null} if there was none in time, or if the monitor is closed and empty
     * @throws InterruptedException if the thread is interrupted
     */
    public @Nullable ZmqEvent poll(Duration timeout) throws InterruptedException {
        long left = Blocking.nanos(timeout);
        lock.lockInterruptibly();
        try {
            while (events.isEmpty()) {
                if (left <= 0 || closed) {
                    return null;
                }
                left = added.awaitNanos(left);
            }
            return events.poll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for an event of a kind. This takes the events of other kinds before it out of the queue, uncounted.
     *
     * @param kind    the kind to wait for
     * @param timeout how long to wait for it in all
     * @return the event, or {@code null} if there was none in time, or if the monitor is closed and empty
     * @throws InterruptedException if the thread is interrupted
     */
    public @Nullable ZmqEvent await(ZmqEvent.Kind kind, Duration timeout) throws InterruptedException {
        long end = System.nanoTime() + Blocking.nanos(timeout);
        for (;;) {
            ZmqEvent event = poll(Duration.of(end - System.nanoTime(), TimeUnit.NANOSECONDS.toChronoUnit()));
            if (event == null || event.kind() == kind) {
                return event;
            }
        }
    }

    /**
     * Returns how many events were dropped because the queue was full.
     *
     * @return 0 or more
     */
    public long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the delivery of events. Those in the queue can still be taken; a thread that waits for one gets null. */
    @Override
    public void close() {
        removal.run();
        lock.lock();
        try {
            closed = true;
            added.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
