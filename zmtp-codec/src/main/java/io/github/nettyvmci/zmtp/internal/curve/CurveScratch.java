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
package io.github.nettyvmci.zmtp.internal.curve;

import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The memory in which one thread seals and opens the frames of all its CURVE connections. It is bounded: 64 KiB for
 * frames, 13 KiB for tags, 23 KiB for key streams of the moment, and {@value #SLOTS} times 23 KiB for those made
 * ahead, which connections take from each other when there are more of them. All of it is made when it is first
 * needed, and overwritten when the thread ends at the latest.
 */
final class CurveScratch {

    /** Octets of a frame that are worked on at a time; a multiple of the blocks of Salsa20 and Poly1305. */
    static final int WORK = 64 * 1024;
    /** How many connections of one thread have key streams made ahead. */
    static final int SLOTS = 32;

    private static final int FIRST_WORK = 2048;
    private static final FastThreadLocal<CurveScratch> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected CurveScratch initialValue() {
            return new CurveScratch();
        }

        @Override
        protected void onRemoval(CurveScratch scratch) {
            scratch.wipe();
        }
    };

    /** The room for a key stream made ahead, and the stream it belongs to. */
    static final class Slot {

        final Salsa20Lanes lanes = new Salsa20Lanes();
        private final CurveScratch home;
        private @Nullable KeyStream owner;
        /** Whether it was used since somebody last looked for a slot to take. */
        private boolean recent;

        Slot(CurveScratch home) {
            this.home = home;
        }

        /** Tells whether a stream, on the thread of this scratch, still has the slot; marks it as used then. */
        boolean isOf(KeyStream stream, CurveScratch scratch) {
            if (home != scratch || owner != stream) {
                return false;
            }
            recent = true;
            return true;
        }

        private void give(@Nullable KeyStream stream) {
            lanes.wipe();
            owner = stream;
            recent = true;
        }
    }

    final Poly1305 poly1305 = new Poly1305();
    final Salsa20Lanes lanes = new Salsa20Lanes();
    private final @Nullable Slot[] slots = new Slot[SLOTS];
    private int hand;
    private byte[] work = new byte[FIRST_WORK];

    /** Returns the scratch of the current thread. */
    static CurveScratch get() {
        return OF_THREAD.get();
    }

    /**
     * Returns an array of at least so many octets, at most {@link #WORK}; it has zeros, and is to be left with zeros.
     */
    byte[] work(int length) {
        if (work.length < length) {
            work = new byte[Math.min(WORK, Math.max(length, 2 * work.length))];
        }
        return work;
    }

    /** Takes a free slot, or that of a stream that has not used it of late (the clock algorithm). */
    Slot take(KeyStream stream) {
        for (;;) {
            hand = hand + 1 & SLOTS - 1;
            Slot slot = slots[hand];
            if (slot == null) {
                slot = new Slot(this);
                slots[hand] = slot;
            } else if (slot.recent && slot.owner != null) {
                slot.recent = false;
                continue;
            }
            slot.give(stream);
            return slot;
        }
    }

    /** Gives a slot back if it is still the stream's. A slot of another thread stays, until a stream there takes it. */
    static void release(Slot slot, KeyStream stream) {
        if (slot.isOf(stream, get())) {
            slot.give(null);
        }
    }

    private void wipe() {
        lanes.wipe();
        poly1305.wipe();
        Arrays.fill(work, (byte) 0);
        for (Slot slot : slots) {
            if (slot != null) {
                slot.give(null);
            }
        }
    }
}
