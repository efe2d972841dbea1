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

/**
 * Settings of a {@link VmciIoHandler}. Immutable; start with {@link #DEFAULT} and change what differs.
 *
 * @param maxEvents how many events one wait may bring, 1 to 65536; 0 starts with 256 and grows when a wait fills them.
 *         A fixed small number bounds the time between two looks at the task queue
 * @param threadChangeSupported whether a loop may be suspended and go on with another thread, which an
 *         {@code AutoScalingEventExecutorChooserFactory} needs. It costs two readings of the clock per iteration that
 *         had events. Default: true, as with Netty's own transports
 * @param epollPwait2 whether to wait with {@code epoll_pwait2} (nanoseconds) where the kernel has it; otherwise with
 *         {@code epoll_wait}, rounded up to milliseconds. Default: true
 */
public record VmciIoHandlerOptions(int maxEvents, boolean threadChangeSupported, boolean epollPwait2) {

    /** Growing event array, thread change supported, {@code epoll_pwait2} where there is one. */
    public static final VmciIoHandlerOptions DEFAULT = new VmciIoHandlerOptions(0, true, true);

    /**
     * Creates settings.
     *
     * @throws IllegalArgumentException if {@code maxEvents} is out of range
     */
    public VmciIoHandlerOptions {
        if (maxEvents < 0 || maxEvents > 65536) {
            throw new IllegalArgumentException("maxEvents: " + maxEvents + " (expected: 0..65536)");
        }
    }

    /**
     * Returns these settings with another {@link #maxEvents()}.
     *
     * @param value 1 to 65536, or 0 to grow as needed
     * @throws IllegalArgumentException if out of range
     */
    public VmciIoHandlerOptions withMaxEvents(int value) {
        return new VmciIoHandlerOptions(value, threadChangeSupported, epollPwait2);
    }

    /**
     * Returns these settings with another {@link #threadChangeSupported()}.
     *
     * @param value whether a loop may change its thread
     */
    public VmciIoHandlerOptions withThreadChangeSupported(boolean value) {
        return new VmciIoHandlerOptions(maxEvents, value, epollPwait2);
    }

    /**
     * Returns these settings with another {@link #epollPwait2()}.
     *
     * @param value whether {@code epoll_pwait2} may be used
     */
    public VmciIoHandlerOptions withEpollPwait2(boolean value) {
        return new VmciIoHandlerOptions(maxEvents, threadChangeSupported, value);
    }
}
