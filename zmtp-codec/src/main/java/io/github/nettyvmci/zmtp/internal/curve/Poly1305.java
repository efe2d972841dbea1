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
 * Computes Poly1305 (RFC 8439, section 2.5) in three limbs of 44, 44 and 42 bits, two blocks at a time with r and its
 * square; many blocks in {@link Poly1305Lanes}, where that is faster.
 *
 * <p>A column of products a * b of at most six terms is added up twice: its low 64 bits, and the high halves of
 * {@code (a << 17) * (b << 3)}, which are a * b divided by 2^44 and rounded down. What the sum of the latter lacks is
 * less than 6 * 2^44, so it shows in the low 64 bits. This needs neither numbers of 128 bits nor carries between words.
 *
 * <p>Bounds: r is clamped, so limbs of r and its square are below 2^44.1, and 20 times those below 2^48.5. Limbs of the
 * sum are below 2^44.1 after a step and below 2^45.1 with a block added, so shifted by 17 they are positive; columns
 * are below 2^96.2, their high parts below 2^52.2.
 *
 * <p>Time and memory access depend on lengths alone: additions, multiplications of 64-bit numbers and shifts by
 * constants, no branch and no index that depends on key or data; the last reduction chooses with a mask, and the
 * last carry comes of bits. ({@link Math#multiplyHigh} has a branch on signs where it is no instruction; ours are all
 * positive.)
 */
final class Poly1305 {

    /** Octets of a block. */
    static final int BLOCK = 16;
    /** Fewer blocks are not worth {@link Poly1305Lanes}. */
    private static final int MANY = 512;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long M26 = (1L << 26) - 1;
    private static final long M44 = (1L << 44) - 1;
    private static final long M42 = (1L << 42) - 1;
    /** The bit that follows a whole block, in the third limb. */
    private static final long HIGH = 1L << 40;

    private long r0;
    private long r1;
    private long r2;
    /** The square of r. */
    private long q0;
    private long q1;
    private long q2;
    private long padLow;
    private long padHigh;
    private long h0;
    private long h1;
    private long h2;
    private long tagLow;
    private long tagHigh;
    private final Poly1305Lanes lanes = new Poly1305Lanes();

    /** Begins with a key of 32 octets, given as four numbers in little-endian order. */
    void init(long key0, long key1, long key2, long key3) {
        r0 = key0 & 0xffc0fffffffL;
        r1 = (key0 >>> 44 | key1 << 20) & 0xfffffc0ffffL;
        r2 = key1 >>> 24 & 0xffffffc0fL;
        padLow = key2;
        padHigh = key3;
        h0 = r0;
        h1 = r1;
        h2 = r2;
        step();
        q0 = h0;
        q1 = h1;
        q2 = h2;
        h0 = 0;
        h1 = 0;
        h2 = 0;
    }

    /** Takes data; the length is a multiple of {@link #BLOCK}, except in the last call. */
    void update(byte[] data, int offset, int length) {
        int blocks = length / BLOCK;
        int inLanes = 0;
        if (blocks >= MANY) {
            boolean asLanes = lanes.begin();
            inLanes = asLanes ? lanes(data, offset, blocks) : 0;
            pairs(data, offset + inLanes * BLOCK, (blocks - inLanes) / 2);
            lanes.end(asLanes, blocks);
        } else {
            pairs(data, offset, blocks / 2);
        }
        blocks -= inLanes;
        int at = offset + (inLanes + (blocks & ~1)) * BLOCK;
        int rest = length % BLOCK;
        if ((blocks & 1) != 0) {
            block((long) LONG.get(data, at), (long) LONG.get(data, at + 8), HIGH);
            at += BLOCK;
        }
        if (rest != 0) {
            long low = 0;
            long high = 0;
            for (int i = rest - 1; i >= 8; i--) {
                high = high << 8 | data[at + i] & 0xff;
            }
            for (int i = Math.min(rest, 8) - 1; i >= 0; i--) {
                low = low << 8 | data[at + i] & 0xff;
            }
            long bit = 1L << 8 * rest; // Java takes the shift modulo 64
            if (rest < 8) {
                low |= bit;
            } else {
                high |= bit;
            }
            block(low, high, 0);
        }
    }

    /** Takes as many blocks as fill lanes; returns how many. */
    private int lanes(byte[] data, int offset, int blocks) {
        int rows = blocks / Poly1305Lanes.LANES;
        powers();
        lanes.take(this, data, offset, rows);
        h0 = 0;
        h1 = 0;
        h2 = 0;
        for (int lane = 0; lane < Poly1305Lanes.LAST; lane++) {
            add(lane);
            step();
        }
        return rows * Poly1305Lanes.LANES;
    }

    /** Gives the lanes the powers of r that they need. */
    private void powers() {
        long k0 = h0;
        long k1 = h1;
        long k2 = h2;
        long p0 = r0;
        long p1 = r1;
        long p2 = r2;
        h0 = q0;
        h1 = q1;
        h2 = q2;
        for (int power = 2; power <= Poly1305Lanes.LANES; power *= 2) {
            if (power >= Poly1305Lanes.LAST) {
                lanes.power(power, this);
            }
            r0 = h0;
            r1 = h1;
            r2 = h2;
            step();
        }
        r0 = p0;
        r1 = p1;
        r2 = p2;
        h0 = k0;
        h1 = k1;
        h2 = k2;
    }

    /** Puts the sum into an array as five limbs of 26 bits, {@code stride} apart. */
    void limbs(long[] to, int at, int stride) {
        long a1 = h1 & M44;
        long a2 = h2 + (h1 >>> 44);
        to[at] = h0 & M26;
        to[at + stride] = (h0 >>> 26 | a1 << 18) & M26;
        to[at + 2 * stride] = a1 >>> 8 & M26;
        to[at + 3 * stride] = (a1 >>> 34 | a2 << 10) & M26;
        to[at + 4 * stride] = a2 >>> 16;
    }

    /** Adds the sum of a lane. */
    private void add(int lane) {
        long low = lanes.limb(0, lane) + (lanes.limb(1, lane) << 26);
        long middle = (low >>> 44) + (lanes.limb(2, lane) << 8) + (lanes.limb(3, lane) << 34);
        h0 += low & M44;
        h1 += middle & M44;
        h2 += (middle >>> 44) + (lanes.limb(4, lane) << 16);
    }

    private void block(long low, long high, long highBit) {
        h0 += low & M44;
        h1 += (low >>> 44 | high << 20) & M44;
        h2 += high >>> 24 | highBit;
        step();
    }

    /** Multiplies: h = h * r. */
    private void step() {
        long s1 = r1 * 20;
        long s2 = r2 * 20;
        long l0 = h0 * r0 + h1 * s2 + h2 * s1;
        long l1 = h0 * r1 + h1 * r0 + h2 * s2;
        long l2 = h0 * r2 + h1 * r1 + h2 * r0;
        long a0 = h0 << 17;
        long a1 = h1 << 17;
        long a2 = h2 << 17;
        long u0 = high(a0, r0 << 3) + high(a1, s2 << 3) + high(a2, s1 << 3);
        long u1 = high(a0, r1 << 3) + high(a1, r0 << 3) + high(a2, s2 << 3);
        long u2 = high(a0, r2 << 3) + high(a1, r1 << 3) + high(a2, r0 << 3);
        long t1 = l1 - (u1 << 44) + u0;
        long t2 = l2 - (u2 << 44) + u1 + (t1 >>> 44);
        long t0 = l0 - (u0 << 44) + 5 * ((u2 << 2) + (t2 >>> 42));
        h0 = t0 & M44;
        h1 = (t1 & M44) + (t0 >>> 44);
        h2 = t2 & M42;
    }

    private static long high(long a, long b) {
        return Math.multiplyHigh(a, b);
    }

    /** Takes two blocks at a time: h = (h + first) * r^2 + second * r. */
    private void pairs(byte[] data, int offset, int count) {
        long r0 = this.r0;
        long r1 = this.r1;
        long r2 = this.r2;
        long s1 = r1 * 20;
        long s2 = r2 * 20;
        long q0 = this.q0;
        long q1 = this.q1;
        long q2 = this.q2;
        long v1 = q1 * 20;
        long v2 = q2 * 20;
        long h0 = this.h0;
        long h1 = this.h1;
        long h2 = this.h2;
        for (int i = 0; i < count; i++) {
            int at = offset + 2 * BLOCK * i;
            long m = (long) LONG.get(data, at);
            long n = (long) LONG.get(data, at + 8);
            h0 += m & M44;
            h1 += (m >>> 44 | n << 20) & M44;
            h2 += n >>> 24 | HIGH;
            m = (long) LONG.get(data, at + 16);
            n = (long) LONG.get(data, at + 24);
            long g0 = m & M44;
            long g1 = (m >>> 44 | n << 20) & M44;
            long g2 = n >>> 24 | HIGH;
            long l0 = g0 * r0 + g1 * s2 + g2 * s1 + (h0 * q0 + h1 * v2 + h2 * v1);
            long l1 = g0 * r1 + g1 * r0 + g2 * s2 + (h0 * q1 + h1 * q0 + h2 * v2);
            long l2 = g0 * r2 + g1 * r1 + g2 * r0 + (h0 * q2 + h1 * q1 + h2 * q0);
            h0 <<= 17;
            h1 <<= 17;
            h2 <<= 17;
            g0 <<= 17;
            g1 <<= 17;
            g2 <<= 17;
            long u0 = high(g0, r0 << 3) + high(g1, s2 << 3) + high(g2, s1 << 3)
                    + (high(h0, q0 << 3) + high(h1, v2 << 3) + high(h2, v1 << 3));
            long u1 = high(g0, r1 << 3) + high(g1, r0 << 3) + high(g2, s2 << 3)
                    + (high(h0, q1 << 3) + high(h1, q0 << 3) + high(h2, v2 << 3));
            long u2 = high(g0, r2 << 3) + high(g1, r1 << 3) + high(g2, r0 << 3)
                    + (high(h0, q2 << 3) + high(h1, q1 << 3) + high(h2, q0 << 3));
            long t1 = l1 - (u1 << 44) + u0;
            long t2 = l2 - (u2 << 44) + u1 + (t1 >>> 44);
            long t0 = l0 - (u0 << 44) + 5 * ((u2 << 2) + (t2 >>> 42));
            h0 = t0 & M44;
            h1 = (t1 & M44) + (t0 >>> 44);
            h2 = t2 & M42;
        }
        this.h0 = h0;
        this.h1 = h1;
        this.h2 = h2;
    }

    /** Makes the tag of what was taken, and overwrites the rest. */
    void finish() {
        long a0 = h0;
        long a1 = h1;
        long a2 = h2;
        for (int i = 0; i < 2; i++) { // the first may leave a carry in the second limb
            a2 += a1 >>> 44;
            a1 &= M44;
            a0 += 5 * (a2 >>> 42);
            a2 &= M42;
            a1 += a0 >>> 44;
            a0 &= M44;
        }
        long b0 = a0 + 5;
        long b1 = a1 + (b0 >>> 44);
        long b2 = a2 + (b1 >>> 44) - (1L << 42);
        long keep = b2 >> 63; // all ones if the sum is below 2^130 - 5
        a0 = a0 & keep | b0 & M44 & ~keep;
        a1 = a1 & keep | b1 & M44 & ~keep;
        a2 = a2 & keep | b2 & M42 & ~keep;
        long low = a0 | a1 << 44;
        long high = a1 >>> 20 | a2 << 24;
        long sum = low + padLow;
        long carry = (low & padLow | (low | padLow) & ~sum) >>> 63;
        long sumHigh = high + padHigh + carry;
        wipe();
        tagLow = sum;
        tagHigh = sumHigh;
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
        q0 = 0;
        q1 = 0;
        q2 = 0;
        padLow = 0;
        padHigh = 0;
        h0 = 0;
        h1 = 0;
        h2 = 0;
        tagLow = 0;
        tagHigh = 0;
        lanes.wipe();
    }
}
