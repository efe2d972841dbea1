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

import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import org.jspecify.annotations.Nullable;

import java.util.function.LongSupplier;

/**
 * Recognises a thread that sends as fast as it can, which is one that finds no room again and again without a pause.
 * There are two ways for it to get room. Either it sleeps while the loop's own thread sends, at the same time as this
 * thread makes more messages; or it runs the loop itself, which needs no switch from one thread to another, and then
 * the loop is not woken for each message either. Which is faster depends on the messages, the peer and the processors
 * that are free, so both are tried, and the slower one is tried again from time to time.
 *
 * <p>If such a thread pauses, the own thread sends what was left for it. So that this is rare, it then has to begin
 * anew.
 *
 * <p>Any thread, but where said otherwise. What is written without order only decides which way is taken.
 */
final class SendStream {

    /** How often in a row a thread finds no room before it is one that streams. */
    private static final int STREAK = 8;
    /** How long such a thread takes at most from one time without room to the next. */
    private static final long PAUSE_NANOS = 1_000_000;
    /** After how many times without room it is known how fast one of the ways is. */
    private static final int TRIAL = 32;
    /** For how many trials the faster way is kept. */
    private static final int MOST_TRIALS = 256;
    /** By how much sleeping has to be faster, since it takes more of the processors. */
    private static final float MARGIN = 1.1f;

    private final SocketHost host;
    private final LongSupplier clock;
    /** The thread that runs the loop whenever it finds no room; {@code null} if there is none. */
    private volatile @Nullable Thread leader;
    /** {@link LeaderLoop#missed} when it was last looked at. On the loop. */
    private int missed;

    // Of the thread that found no room last.
    private @Nullable Thread thread;
    /** How often it did so without a pause. */
    private int streak;
    /** Until when it counts as one without a pause. */
    private long until;
    /** How many messages were sent. */
    private long sent;
    private boolean leads = true;
    /** How often it has found no room in this trial, how many trials it has had with the faster way. */
    private int times;
    private int trials;
    private long sentBefore;
    private long begin;
    /** The messages per nanosecond of both ways; 0 where not known. */
    private float leading;
    private float sleeping;

    SendStream(SocketHost host) {
        this(host, System::nanoTime);
    }

    /** For tests, with another clock. */
    SendStream(SocketHost host, LongSupplier clock) {
        this.host = host;
        this.clock = clock;
    }

    /** Counts a message that is being sent. */
    void count() {
        sent++;
    }

    /** Returns whether the loop need not be woken for what the calling thread sends. */
    boolean defers() {
        Thread deferring = leader;
        return deferring != null && deferring == Thread.currentThread();
    }

    /**
     * Tells that the calling thread finds no room. Returns the loop that it shall run until there is some, and has to
     * {@linkplain LeaderLoop#leave leave}; {@code null} if it shall sleep.
     */
    @Nullable LeaderLoop lead() {
        LeaderLoop loop = host.leaderLoop();
        if (loop == null) {
            return null;
        }
        long now = clock.getAsLong();
        if (thread != Thread.currentThread() || now - until > 0) {
            leader = null;
            thread = Thread.currentThread();
            streak = 0;
        }
        if (streak < STREAK) {
            streak++;
            restart(now);
            return null;
        }
        if (++times >= TRIAL) {
            judge(now);
        }
        return leads && loop.tryLead() ? loop : null;
    }

    private void restart(long now) {
        times = 0;
        begin = now;
        sentBefore = sent;
    }

    private void judge(long now) {
        float speed = (sent - sentBefore) / (float) Math.max(1, now - begin);
        if (leads) {
            leading = speed;
        } else {
            sleeping = speed;
        }
        if (++trials >= MOST_TRIALS) { // the other way may be the faster one by now
            trials = 0;
            leads = !leads;
        } else {
            leads = sleeping < MARGIN * leading;
        }
        restart(now);
    }

    /** Tells that the calling thread waits for room no more. */
    void found() {
        until = clock.getAsLong() + PAUSE_NANOS;
        Thread next = streak == STREAK && leads ? Thread.currentThread() : null;
        if (leader != next) {
            leader = next;
        }
    }

    /** Tells that what was left for the leader is being done. On the loop. */
    void done() {
        LeaderLoop loop = host.leaderLoop();
        if (loop != null && loop.missed() != missed) {
            missed = loop.missed();
            leader = null;
            streak = 0;
        }
    }
}
