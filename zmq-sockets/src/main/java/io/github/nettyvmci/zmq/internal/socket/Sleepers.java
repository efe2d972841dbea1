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

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Threads that wait for something that other threads bring about. A thread that did not find what it wants
 * {@linkplain #add adds} itself, looks again, and then {@linkplain Sleeper#await sleeps}. A thread that brought
 * something about asks {@link #any}, which costs a read, and wakes one sleeper. Each sleeper is woken once, in the
 * order in which they came.
 */
final class Sleepers {

    /** A thread that waits or is about to. */
    static final class Sleeper {

        private final Thread thread = Thread.currentThread();
        private final LeaderLoop.@Nullable Follower follower;
        private volatile boolean woken;

        Sleeper(LeaderLoop.@Nullable Follower follower) {
            this.follower = follower;
        }

        /**
         * Waits until woken.
         *
         * @param deadline a time of {@link System#nanoTime()}; {@link Long#MAX_VALUE} for none
         * @return {@code false} if the time was up
         * @throws InterruptedException if the thread is interrupted
         */
        boolean await(long deadline) throws InterruptedException {
            while (!woken) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (deadline == Long.MAX_VALUE) {
                    LockSupport.park(this);
                } else {
                    long left = deadline - System.nanoTime();
                    if (left <= 0) {
                        return woken;
                    }
                    LockSupport.parkNanos(this, left);
                }
            }
            return true;
        }
    }

    /** Returns the deadline of a wait that begins now, for {@link Sleeper#await}. */
    static long deadline(Duration timeout) {
        // Waits without an end are the common ones, and must not cost an exception for the overflow.
        if (timeout.compareTo(ZmqOption.FOREVER) >= 0) {
            return Long.MAX_VALUE;
        }
        long now = System.nanoTime();
        long nanos = timeout.isNegative() ? 0 : timeout.toNanos();
        if (nanos > 0 && now + nanos < now) {
            return Long.MAX_VALUE;
        }
        return now + nanos;
    }

    private final Supplier<@Nullable LeaderLoop> loop;
    private final ArrayDeque<Sleeper> waiting = new ArrayDeque<>(2);
    private volatile int count;

    Sleepers(Supplier<@Nullable LeaderLoop> loop) {
        this.loop = loop;
    }

    /** Adds the calling thread. What the thread reads afterwards is not older than this call. */
    Sleeper add() {
        LeaderLoop led = loop.get();
        Sleeper sleeper = new Sleeper(led == null ? null : led.follow());
        synchronized (this) {
            waiting.add(sleeper);
            count = waiting.size();
        }
        return sleeper;
    }

    /**
     * Removes a sleeper; returns {@code false} if it was woken already. A thread that makes no use of its wake-up then
     * owes it to another.
     */
    synchronized boolean remove(Sleeper sleeper) {
        if (sleeper.follower != null) {
            sleeper.follower.end();
        }
        boolean there = waiting.remove(sleeper);
        count = waiting.size();
        return there;
    }

    /** Returns whether anybody waits. */
    boolean any() {
        return count > 0;
    }

    void wakeOne() {
        Sleeper first;
        synchronized (this) {
            first = waiting.poll();
            count = waiting.size();
        }
        wake(first);
    }

    /** Wakes those that wait now. */
    void wakeAll() {
        List<Sleeper> all;
        synchronized (this) {
            all = List.copyOf(waiting);
            waiting.clear();
            count = 0;
        }
        all.forEach(Sleepers::wake);
    }

    private static void wake(@Nullable Sleeper sleeper) {
        if (sleeper != null) {
            if (sleeper.follower != null) {
                sleeper.follower.end();
            }
            sleeper.woken = true;
            LockSupport.unpark(sleeper.thread);
        }
    }
}
