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

import io.netty.channel.IoEvent;

import java.util.StringJoiner;

/**
 * What happened on a file descriptor, as a set of epoll flags. Every possible event exists once: nothing is allocated
 * per event, and an event may be kept.
 */
public final class VmciIoEvent implements IoEvent {

    private static final int ALL = NativeConstants.EPOLLIN | NativeConstants.EPOLLOUT | NativeConstants.EPOLLERR
            | NativeConstants.EPOLLHUP | NativeConstants.EPOLLRDHUP;

    /** How many sets of the five flags there are. */
    static final int TABLE_SIZE = 32;

    private static final VmciIoEvent[] TABLE = new VmciIoEvent[TABLE_SIZE];

    static {
        for (int i = 0; i < TABLE.length; i++) {
            TABLE[i] = new VmciIoEvent(flagsOfIndex(i));
        }
    }

    private final int flags;

    private VmciIoEvent(int flags) {
        this.flags = flags;
    }

    /** Returns the event with these flags, without those of the kernel that mean nothing to this transport. */
    static VmciIoEvent ofKernel(int flags) {
        return TABLE[index(flags)];
    }

    static int indexOfFlags(int flags) {
        if ((flags & ~ALL) != 0) {
            throw new IllegalArgumentException("epoll flags: 0x" + Integer.toHexString(flags)
                    + " (expected: a set of EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP)");
        }
        return index(flags);
    }

    /** Moves IN 0x1, OUT 0x4, ERR 0x8, HUP 0x10 and RDHUP 0x2000 together into five bits. */
    private static int index(int flags) {
        return flags & 1 | flags >> 1 & 0xE | flags >> 9 & 0x10;
    }

    static int flagsOfIndex(int index) {
        return index & 1 | (index & 0xE) << 1 | (index & 0x10) << 9;
    }

    static String describe(int flags) {
        StringJoiner names = new StringJoiner("|");
        names.setEmptyValue("NONE");
        if ((flags & NativeConstants.EPOLLIN) != 0) {
            names.add("IN");
        }
        if ((flags & NativeConstants.EPOLLOUT) != 0) {
            names.add("OUT");
        }
        if ((flags & NativeConstants.EPOLLERR) != 0) {
            names.add("ERR");
        }
        if ((flags & NativeConstants.EPOLLHUP) != 0) {
            names.add("HUP");
        }
        if ((flags & NativeConstants.EPOLLRDHUP) != 0) {
            names.add("RDHUP");
        }
        return names.toString();
    }

    /**
     * Returns the epoll flags: EPOLLIN 0x1, EPOLLOUT 0x4, EPOLLERR 0x8, EPOLLHUP 0x10, EPOLLRDHUP 0x2000.
     */
    public int flags() {
        return flags;
    }

    /**
     * Returns whether at least one of the given flags is set.
     */
    boolean any(int wanted) {
        return (flags & wanted) != 0;
    }

    @Override
    public String toString() {
        return describe(flags);
    }
}
