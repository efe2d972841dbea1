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

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Computes Poly1305 (RFC 8439, section 2.5) in four limbs of 32 bits and what is above them; many blocks in
 * {@link Poly1305Lanes}, where that is faster.
 *
 * <p>A product beyond 2^128 goes on at the beginning with five fourths of its limb of r, since 2^130 is 5. Clamping
 * makes multiples of 4 of these limbs, but not of the first, whose two low bits are multiplied by themselves.
 *
 * <p>Bounds: limbs of r are below 2^28, and five fourths of them below 1.25 * 2^28. What is above the four limbs of
 * the sum, {@code h4}, is below 4 after a step, and below 2^6 with a block or the sum of a lane added. The limbs are
 * carried on in the next step only: the first is below 2.26 * 2^32, the others are below 2^33. With a block added
 * they are below 3.26 * 2^32 and 3 * 2^32, so the largest column is below (3.26 + 3 * 3 * 1.25) * 2^60 and a little,
 * less than 2^64: it fits in a {@code long} without a sign.
 *
 * <p>Time and memory access depend on lengths alone: additions, multiplications of 64-bit numbers and shifts by
 * constants, no branch and no index that depends on key or data; the last reduction chooses with a mask.
 */
final class Poly1305 {

    /** Octets of a block. */
    static final int BLOCK = 16;
    /** Fewer blocks are not worth {@link Poly1305Lanes}. */
    private static final int MANY = 512;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long M32 = (1L << 32) - 1;

    private long r0;
    private long r1;
    private long r2;
    private long r3;
    private long padLow;
    private long padHigh;
    private long h0;
    private long h1;
    private long h2;
    private long h3;
    private long h4;
    private long tagLow;
    private long tagHigh;
    /** The last block, filled up, or the sum of a lane. */
    private final byte[] block = new byte[BLOCK];
    private final Poly1305Lanes lanes = new Poly1305Lanes();

    /** Begins with a key of 32 octets, given as four numbers in little-endian order. */
    void init(long key0, long key1, long key2, long key3) {
        r0 = key0 & 0x0fffffffL;
        r1 = key0 >>> 32 & 0x0ffffffcL;
        r2 = key1 & 0x0ffffffcL;
        r3 = key1 >>> 32 & 0x0ffffffcL;
        padLow = key2;
        padHigh = key3;
        h0 = 0;
        h1 = 0;
        h2 = 0;
        h3 = 0;
        h4 = 0;
    }

    /** Takes data; the length is a multiple of {@link #BLOCK}, except in the last call. */
    void update(byte[] data, int offset, int length) {
        int count = length / BLOCK;
        int inLanes = 0;
        if (count >= MANY) {
            boolean asLanes = lanes.begin();
            inLanes = asLanes ? lanes(data, offset, count) : 0;
            blocks(data, offset + inLanes * BLOCK, count - inLanes, 1);
            lanes.end(asLanes, count);
        } else {
            blocks(data, offset, count, 1);
        }
        int rest = length % BLOCK;
        if (rest != 0) {
            LONG.set(block, 0, 0L);
            LONG.set(block, 8, 0L);
            System.arraycopy(data, offset + length - rest, block, 0, rest);
            block[rest] = 1;
            blocks(block, 0, 1, 0);
        }
    }

    /** Takes as many blocks as fill lanes; returns how many. */
    private int lanes(byte[] data, int offset, int blocks) {
        int rows = blocks / Poly1305Lanes.LANES;
        carry();
        lanes.take(r0 | r1 << 32, r2 | r3 << 32, low(), high(), h4, data, offset, rows);
        h0 = 0;
        h1 = 0;
        h2 = 0;
        h3 = 0;
        h4 = 0;
        for (int lane = 0; lane < Poly1305Lanes.LAST; lane++) {
            blocks(block, 0, 1, lanes.sum(lane, block));
        }
        return rows * Poly1305Lanes.LANES;
    }

    /**
     * Takes whole blocks: h = (h + block) * r for each.
     *
     * @param top what follows the 128 bits of a block
     */
    private void blocks(byte[] data, int offset, int count, long top) {
        long r0 = this.r0;
        long r1 = this.r1;
        long r2 = this.r2;
        long r3 = this.r3;
        long s0 = 5 * (r0 >>> 2);
        long s1 = 5 * (r1 >>> 2);
        long s2 = 5 * (r2 >>> 2);
        long s3 = 5 * (r3 >>> 2);
        long r0Low = r0 & 3;
        long h0 = this.h0;
        long h1 = this.h1;
        long h2 = this.h2;
        long h3 = this.h3;
        long h4 = this.h4;
        for (int i = 0; i < count; i++) {
            int at = offset + BLOCK * i;
            long m = (long) LONG.get(data, at);
            long n = (long) LONG.get(data, at + 8);
            h0 += m & M32;
            h1 += m >>> 32;
            h2 += n & M32;
            h3 += n >>> 32;
            h4 += top;
            // What is ready last is added last.
            long t3 = h1 * r2 + h2 * r1 + (h3 * r0 + h4 * s3) + h0 * r3;
            long t4 = h4 * r0Low + (t3 >>> 32);
            long t0 = h1 * s3 + h2 * s2 + (h3 * s1 + h4 * s0) + h0 * r0;
            long t1 = h1 * r0 + h2 * s3 + (h3 * s2 + h4 * s1) + h0 * r1;
            long t2 = h1 * r1 + h2 * r0 + (h3 * s3 + h4 * s2) + h0 * r2;
            h0 = 5 * (t4 >>> 2) + (t0 & M32);
            h1 = (t0 >>> 32) + (t1 & M32);
            h2 = (t1 >>> 32) + (t2 & M32);
            h3 = (t2 >>> 32) + (t3 & M32);
            h4 = t4 & 3;
        }
        this.h0 = h0;
        this.h1 = h1;
        this.h2 = h2;
        this.h3 = h3;
        this.h4 = h4;
    }

    /** Carries on: all limbs have 32 bits then, but the last, which is below 4. */
    private void carry() {
        h1 += h0 >>> 32;
        h2 += h1 >>> 32;
        h3 += h2 >>> 32;
        h4 += h3 >>> 32;
        h0 = (h0 & M32) + 5 * (h4 >>> 2);
        // There is something to carry again only if there was something from 2^130 on, and then little is above.
        h1 = (h1 & M32) + (h0 >>> 32);
        h2 = (h2 & M32) + (h1 >>> 32);
        h3 = (h3 & M32) + (h2 >>> 32);
        h4 = (h4 & 3) + (h3 >>> 32);
        h0 &= M32;
        h1 &= M32;
        h2 &= M32;
        h3 &= M32;
    }

    private long low() {
        return h0 | h1 << 32;
    }

    private long high() {
        return h2 | h3 << 32;
    }

    /** Makes the tag of what was taken, and overwrites the rest. */
    void finish() {
        carry();
        long a0 = h0 + 5;
        long a1 = h1 + (a0 >>> 32);
        long a2 = h2 + (a1 >>> 32);
        long a3 = h3 + (a2 >>> 32);
        long over = -(h4 + (a3 >>> 32) >>> 2); // all ones if the sum is not below 2^130 - 5
        a0 = (h0 & ~over | a0 & M32 & over) + (padLow & M32);
        a1 = (h1 & ~over | a1 & M32 & over) + (padLow >>> 32) + (a0 >>> 32);
        a2 = (h2 & ~over | a2 & M32 & over) + (padHigh & M32) + (a1 >>> 32);
        a3 = (h3 & ~over | a3 & M32 & over) + (padHigh >>> 32) + (a2 >>> 32);
        wipe();
        tagLow = a0 & M32 | a1 << 32;
        tagHigh = a2 & M32 | a3 << 32;
    }

    /** Returns the first half of the tag, in little-endian order. */
    long tagLow() {
        return tagLow;
    }

    /** Returns the second half of the tag. */
    long tagHigh() {
        return tagHigh;
    }

    /** Compares the tag with another one as a whole, whatever its octets. */
    boolean isTag(long low, long high) {
        return (low ^ tagLow | high ^ tagHigh) == 0;
    }

    /** Overwrites everything. */
    void wipe() {
        r0 = 0;
        r1 = 0;
        r2 = 0;
        r3 = 0;
        padLow = 0;
        padHigh = 0;
        h0 = 0;
        h1 = 0;
        h2 = 0;
        h3 = 0;
        h4 = 0;
        tagLow = 0;
        tagHigh = 0;
        LONG.set(block, 0, 0L);
        LONG.set(block, 8, 0L);
        lanes.wipe();
    }
}
