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

import io.netty.channel.IoOps;

/**
 * The events that a handle wants to hear of, as a set of epoll flags. Immutable; every possible set exists once, so
 * that nothing is allocated when interest changes.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl(2)</a>
 */
public final class VmciIoOps implements IoOps {

    private static final VmciIoOps[] TABLE = new VmciIoOps[VmciIoEvent.TABLE_SIZE];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            TABLE[i] = new VmciIoOps(VmciIoEvent.flagsOfIndex(i));
        }
    }

    /** Interest in nothing: the file descriptor is taken out of epoll. */
    public static final VmciIoOps NONE = valueOf(0);
    /** Readable, or a connection to accept. */
    public static final VmciIoOps EPOLLIN = valueOf(NativeConstants.EPOLLIN);
    /** Writable, or a connect that came to its end. */
    public static final VmciIoOps EPOLLOUT = valueOf(NativeConstants.EPOLLOUT);
    /** Errors; the kernel reports them whether asked to or not. */
    public static final VmciIoOps EPOLLERR = valueOf(NativeConstants.EPOLLERR);
    /** The peer will send no more. */
    public static final VmciIoOps EPOLLRDHUP = valueOf(NativeConstants.EPOLLRDHUP);

    private final int value;

    private VmciIoOps(int value) {
        this.value = value;
    }

    /**
     * Returns the set with the given flags.
     *
     * @param flags EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP and EPOLLRDHUP, or-ed
     * @throws IllegalArgumentException if another flag is set (edge-triggered mode among them, which this transport
     *         does not have)
     */
    public static VmciIoOps valueOf(int flags) {
        return TABLE[VmciIoEvent.indexOfFlags(flags)];
    }

    /**
     * Returns the epoll flags.
     */
    public int value() {
        return value;
    }

    /**
     * Returns whether all flags of the other set are in this one.
     */
    public boolean contains(VmciIoOps other) {
        return (value & other.value) == other.value;
    }

    /**
     * Returns this set and the other together.
     */
    public VmciIoOps with(VmciIoOps other) {
        return valueOf(value | other.value);
    }

    /**
     * Returns this set without the other.
     */
    public VmciIoOps without(VmciIoOps other) {
        return valueOf(value & ~other.value);
    }

    @Override
    public String toString() {
        return VmciIoEvent.describe(value);
    }
}
