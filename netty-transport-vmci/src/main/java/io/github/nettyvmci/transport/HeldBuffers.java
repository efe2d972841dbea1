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

import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;

/**
 * The buffers that the kernel sends from without a copy, in the order of the sends. The kernel numbers the sends of a
 * socket from 0 on, modulo 2^32, and tells by number which are done, in ranges and in any order. Not thread-safe.
 */
final class HeldBuffers {

    /** A ring: the buffer of a send is at its number modulo the length, which is a power of two; null if it is done. */
    private ByteBuf[] buffers = new ByteBuf[16];
    /** How many bytes were sent. */
    private int[] lengths = new int[16];
    /** The number of the oldest send that is not done, if there is one, else that of the next. */
    private int first;
    /** The number of the next send. */
    private int next;
    private long bytes;

    HeldBuffers() {
        this(0);
    }

    /** Starts at another number than 0. */
    HeldBuffers(int next) {
        first = next;
        this.next = next;
    }

    /** Makes room for another send, so that {@link #add} cannot fail once the kernel has the buffer. */
    void reserve() {
        int length = buffers.length;
        if (next - first < length) {
            return;
        }
        ByteBuf[] larger = new ByteBuf[length * 2];
        int[] largerLengths = new int[length * 2];
        for (int number = first; number != next; number++) {
            int from = number & length - 1;
            int to = number & larger.length - 1;
            larger[to] = buffers[from];
            largerLengths[to] = lengths[from];
        }
        buffers = larger;
        lengths = largerLengths;
    }

    /**
     * Notes a send, which has the next number. There must be room for it, see {@link #reserve}.
     *
     * @param buffer is retained until the send is done
     * @param sent   how many bytes the kernel took
     */
    void add(ByteBuf buffer, int sent) {
        int index = next++ & buffers.length - 1;
        buffers[index] = buffer.retain();
        lengths[index] = sent;
        bytes += sent;
    }

    /**
     * Releases the buffers of the sends that are done.
     *
     * @param low  the number of the first
     * @param high the number of the last
     * @return false if there are no such sends, and nothing was released
     */
    boolean done(int low, int high) {
        int held = next - first; // never negative: there is no memory for 2^31 of them
        if (Integer.compareUnsigned(low - first, held) >= 0 || Integer.compareUnsigned(high - low, held) >= 0
                || Integer.compareUnsigned(high - first, held) >= 0) {
            return false;
        }
        for (int number = low; number - high <= 0; number++) {
            int index = number & buffers.length - 1;
            ByteBuf buffer = buffers[index];
            if (buffer != null) {
                buffers[index] = null;
                bytes -= lengths[index];
                ReferenceCountUtil.safeRelease(buffer);
            }
        }
        while (first != next && buffers[first & buffers.length - 1] == null) {
            first++;
        }
        return true;
    }

    boolean isEmpty() {
        return first == next;
    }

    /** Returns how many bytes the kernel still reads. */
    long bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return bytes + " bytes of sends " + Integer.toUnsignedString(first) + " to "
                + Integer.toUnsignedString(next - 1);
    }
}
