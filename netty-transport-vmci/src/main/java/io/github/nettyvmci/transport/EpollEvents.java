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

import io.netty.channel.unix.Buffer;
import io.netty.util.internal.CleanableDirectBuffer;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.nio.ByteBuffer;

/** The array of {@code struct epoll_event} that a wait fills. Used by the event loop alone. */
final class EpollEvents {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(EpollEvents.class);

    private static final int MOST = 65536;

    private final boolean growing;
    private CleanableDirectBuffer memory;
    private ByteBuffer events;
    private long address;
    private int capacity;

    /**
     * Allocates the array.
     *
     * @param fixed how many events it holds; 0 for one that starts with 256 and grows when it was filled
     */
    EpollEvents(int fixed) {
        growing = fixed == 0;
        allocate(growing ? 256 : fixed);
    }

    private void allocate(int newCapacity) {
        memory = Buffer.allocateDirectBufferWithNativeOrder(newCapacity * Layout.SIZE);
        events = memory.buffer();
        address = Buffer.memoryAddress(events);
        capacity = newCapacity;
    }

    long address() {
        return address;
    }

    int capacity() {
        return capacity;
    }

    /** Returns what epoll carried for us. */
    long data(int index) {
        return events.getLong(index * Layout.SIZE + Layout.DATA);
    }

    int flags(int index) {
        return events.getInt(index * Layout.SIZE);
    }

    /**
     * Doubles the array if a wait filled it, after its events were handled. That only saves calls: without memory for
     * it the old array goes on, and the next wait that fills it tries again.
     */
    void grow(int ready) {
        if (!growing || ready < capacity || capacity == MOST) {
            return;
        }
        CleanableDirectBuffer old = memory;
        try {
            allocate(capacity * 2);
        } catch (OutOfMemoryError e) {
            logger.debug("No memory for {} events at a time; going on with {}", capacity * 2, capacity, e);
            return;
        }
        old.clean();
    }

    void release() {
        memory.clean();
    }

    /** {@code struct epoll_event}: packed on x86_64, not on aarch64. The flags are at offset 0. */
    private static final class Layout {
        static final int SIZE = Native.epollEventSize();
        static final int DATA = Native.epollEventDataOffset();
    }
}
