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
package io.github.nettyvmci.transport;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;

/**
 * Settings of a {@link VmciIoHandler}. Immutable; start with {@link #DEFAULT} and change what differs:
 * {@code VmciIoHandlerOptions.DEFAULT.withMaxEvents(64)}.
 */
public final class VmciIoHandlerOptions {

    /** Growing event array, thread change supported, {@code epoll_pwait2} where there is one. */
    public static final VmciIoHandlerOptions DEFAULT = new VmciIoHandlerOptions(0, true, true, Duration.ZERO);

    private static final int MOST_EVENTS = 65536;
    private static final Duration LONGEST_SPIN = Duration.ofMillis(1);

    private final int maxEvents;
    private final boolean threadChangeSupported;
    private final boolean epollPwait2;
    private final Duration spin;

    private VmciIoHandlerOptions(int maxEvents, boolean threadChangeSupported, boolean epollPwait2, Duration spin) {
        this.maxEvents = maxEvents;
        this.threadChangeSupported = threadChangeSupported;
        this.epollPwait2 = epollPwait2;
        this.spin = spin;
    }

    /**
     * Returns how many events one wait may bring, 1 to 65536. 0, the default, starts with 256 and grows when a wait
     * fills them. A fixed small number bounds the time between two looks at the task queue.
     */
    public int maxEvents() {
        return maxEvents;
    }

    /**
     * Returns these settings with another {@link #maxEvents()}.
     *
     * @param value 1 to 65536, or 0 to grow as needed
     * @throws IllegalArgumentException if it is out of range
     */
    public VmciIoHandlerOptions withMaxEvents(int value) {
        if (value < 0 || value > MOST_EVENTS) {
            throw new IllegalArgumentException("maxEvents: " + value + " (expected: 0.." + MOST_EVENTS + ')');
        }
        return new VmciIoHandlerOptions(value, threadChangeSupported, epollPwait2, spin);
    }

    /**
     * Returns whether a loop may be suspended and go on with another thread, which an
     * {@code AutoScalingEventExecutorChooserFactory} needs. It costs two readings of the clock per iteration that had
     * events. Default: true, as with Netty's own transports.
     */
    public boolean threadChangeSupported() {
        return threadChangeSupported;
    }

    /**
     * Returns these settings with another {@link #threadChangeSupported()}.
     *
     * @param value whether a loop may change its thread
     */
    public VmciIoHandlerOptions withThreadChangeSupported(boolean value) {
        return new VmciIoHandlerOptions(maxEvents, value, epollPwait2, spin);
    }

    /**
     * Returns whether to wait with {@code epoll_pwait2}, which takes nanoseconds, where the kernel has it; otherwise
     * the loop waits with {@code epoll_wait}, rounded up to milliseconds. Default: true.
     */
    public boolean epollPwait2() {
        return epollPwait2;
    }

    /**
     * Returns these settings with another {@link #epollPwait2()}.
     *
     * @param value whether {@code epoll_pwait2} may be used
     */
    public VmciIoHandlerOptions withEpollPwait2(boolean value) {
        return new VmciIoHandlerOptions(maxEvents, threadChangeSupported, value, spin);
    }

    /**
     * Returns for how long the loop looks for events before it sleeps, in hope of an answer that comes sooner than a
     * sleep and a wake-up take. Zero, the default, does without. What was measured is 50 microseconds
     * ({@code script/bench transport}).
     *
     * <p>The loop does this as long as answers come that soon, and spends no more than about 3 % of the time it works
     * on looks that find nothing. An idle loop does not spin. There is none where the JVM has one processor, and little
     * where other threads want the loop's. It suits requests and answers; streams of small messages are read in smaller
     * pieces and take more processor time. While a loop spins, a task of another thread reaches it without a system
     * call.
     */
    public Duration spin() {
        return spin;
    }

    /**
     * Returns these settings with another {@link #spin()}.
     *
     * @param value zero to one millisecond
     * @throws IllegalArgumentException if it is out of range
     */
    public VmciIoHandlerOptions withSpin(Duration value) {
        if (value.isNegative() || value.compareTo(LONGEST_SPIN) > 0) {
            throw new IllegalArgumentException("spin: " + value + " (expected: " + Duration.ZERO + " to "
                    + LONGEST_SPIN + ')');
        }
        return new VmciIoHandlerOptions(maxEvents, threadChangeSupported, epollPwait2, value);
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof VmciIoHandlerOptions other && other.maxEvents == maxEvents
                && other.threadChangeSupported == threadChangeSupported && other.epollPwait2 == epollPwait2
                && other.spin.equals(spin);
    }

    @Override
    public int hashCode() {
        return Objects.hash(maxEvents, threadChangeSupported, epollPwait2, spin);
    }

    @Override
    public String toString() {
        return "VmciIoHandlerOptions[maxEvents=" + maxEvents + ", threadChangeSupported=" + threadChangeSupported
                + ", epollPwait2=" + epollPwait2 + ", spin=" + spin + ']';
    }
}
