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
import java.util.Arrays;

/**
 * Computes the sum of Poly1305 over many blocks at a time, which are independent of each other until the end: of
 * {@code n} lanes, lane {@code i} takes the blocks {@code i}, {@code i + n}, {@code i + 2n} and so on, multiplied by
 * r^n in between. Then half of the lanes are multiplied by r^(n/2) and added to the other half, until few are left.
 *
 * <p>Numbers have five limbs of 26 bits, so that products need no more than 64. Limb {@code k} of lane {@code i} is at
 * {@code k * LANES + i}: as in {@link Salsa20Lanes}, each loop does the same to numbers that lie side by side, and is
 * short enough for the compiler to make vector instructions of it. It makes them of 64-bit products on processors with
 * AVX-512 only; elsewhere {@link Poly1305} alone may be faster.
 *
 * <p>Bounds: limbs of r's powers are below 2^26, but the second below 2^26.1, and five times those below 2^28.5. Limbs
 * of a sum are below 2^26 at the beginning and 2^26.1 after a step, and below 2^27.1 with a block added. Each of the
 * four times that a half is added, which is not reduced before, makes them greater by 2^26.1: below 2^28.7 at the end.
 * So a column is below 2^60.
 *
 * <p>Time and memory access depend on lengths alone, as there, and whether lanes are used on lengths and on how long
 * such work took before.
 */
final class Poly1305Lanes {

    /** Blocks at a time. It is a constant, so that the compiler sees that rows do not overlap. */
    static final int LANES = 128;
    /** Lanes that are left at the end. */
    static final int LAST = 8;
    private static final int LIMBS = 5;

    private static final int L = LANES;
    private static final int PRODUCTS = LIMBS * L;
    private static final int LOW = 2 * LIMBS * L;
    private static final int HIGH = LOW + L;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long M26 = (1L << 26) - 1;
    /** Of so many times two are trials. */
    private static final int TRIAL = 64;
    /** What the best time of earlier trials is worth less with each. */
    private static final float FORGET = 1.1f;

    /** The limbs of the sums, the columns of products, and two rows for words of the data. */
    private final long[] x = new long[HIGH + L];
    /** The limbs of r, of its square, of the square of that, and so on. */
    private final long[] powers = new long[at(LANES) + LIMBS];
    private boolean used;
    private int turns;
    /** When a trial began; 0 if there is none. */
    private long began;
    /** How long a block took in the trials. */
    private float laneNanos = Float.POSITIVE_INFINITY;
    private float singleNanos = Float.POSITIVE_INFINITY;

    /**
     * Returns whether to take blocks in lanes. From time to time each way is tried and timed, since it depends on the
     * processor and on what the compiler has done so far which one is faster.
     */
    boolean begin() {
        int turn = turns++ & TRIAL - 1;
        began = turn < 2 ? System.nanoTime() : 0;
        return turn < 2 ? turn == 0 : laneNanos < singleNanos;
    }

    /** Tells that so many blocks were taken after {@link #begin}. */
    void end(boolean asLanes, int blocks) {
        if (began != 0) {
            float nanos = (System.nanoTime() - began) / (float) blocks;
            if (asLanes) {
                laneNanos = Math.min(nanos, laneNanos * FORGET);
            } else {
                singleNanos = Math.min(nanos, singleNanos * FORGET);
            }
        }
    }

    private static int at(int power) {
        return LIMBS * Integer.numberOfTrailingZeros(power);
    }

    /**
     * Takes {@code rows * LANES} blocks, and leaves {@link #LAST} lanes. The sum is that of all of them, each
     * multiplied by r once more than the one after it, and the last by r.
     *
     * @param low  the first half of r, and {@code high} the second
     * @param sumLow the first half of the sum of what came before, and {@code sumHigh} the second
     * @param sumTop what is above, below 4
     */
    void take(long low, long high, long sumLow, long sumHigh, long sumTop, byte[] data, int offset, int rows) {
        used = true;
        split(low, high, 0, powers, 0, 1);
        for (int power = 1; power < LANES; power *= 2) {
            square(powers, at(power), at(2 * power));
        }
        Arrays.fill(x, 0, PRODUCTS, 0);
        split(sumLow, sumHigh, sumTop, x, 0, L);
        for (int row = 0; row < rows; row++) {
            if (row > 0) {
                times(LANES);
            }
            load(x, data, offset + row * LANES * Poly1305.BLOCK, LANES);
            add(x, LANES);
        }
        for (int half = LANES / 2; half >= LAST; half /= 2) {
            times(half);
            for (int limb = 0; limb < LIMBS; limb++) {
                addHalf(x, limb * L, half);
            }
        }
    }

    /** Puts a number into an array as limbs, {@code stride} apart. */
    private static void split(long low, long high, long top, long[] to, int at, int stride) {
        to[at] = low & M26;
        to[at + stride] = low >>> 26 & M26;
        to[at + 2 * stride] = (low >>> 52 | high << 12) & M26;
        to[at + 3 * stride] = high >>> 14 & M26;
        to[at + 4 * stride] = high >>> 40 | top << 24;
    }

    private static void square(long[] p, int from, int to) {
        long a0 = p[from];
        long a1 = p[from + 1];
        long a2 = p[from + 2];
        long a3 = p[from + 3];
        long a4 = p[from + 4];
        long t0 = a0 * a0 + 10 * (a1 * a4 + a2 * a3);
        long t1 = 2 * a0 * a1 + 5 * (2 * a2 * a4 + a3 * a3) + (t0 >>> 26);
        long t2 = 2 * a0 * a2 + a1 * a1 + 10 * a3 * a4 + (t1 >>> 26);
        long t3 = 2 * (a0 * a3 + a1 * a2) + 5 * a4 * a4 + (t2 >>> 26);
        long t4 = 2 * (a0 * a4 + a1 * a3) + a2 * a2 + (t3 >>> 26);
        t0 = (t0 & M26) + 5 * (t4 >>> 26);
        p[to] = t0 & M26;
        p[to + 1] = (t1 & M26) + (t0 >>> 26);
        p[to + 2] = t2 & M26;
        p[to + 3] = t3 & M26;
        p[to + 4] = t4 & M26;
    }

    /** Writes the first 128 bits of a lane that is left, and returns what is above, below 2^5. */
    long sum(int lane, byte[] to) {
        long a1 = x[L + lane] + (x[lane] >>> 26);
        long a2 = x[2 * L + lane] + (a1 >>> 26);
        long a3 = x[3 * L + lane] + (a2 >>> 26);
        long a4 = x[4 * L + lane] + (a3 >>> 26);
        a2 &= M26;
        LONG.set(to, 0, x[lane] & M26 | (a1 & M26) << 26 | a2 << 52);
        LONG.set(to, 8, a2 >>> 12 | (a3 & M26) << 14 | a4 << 40);
        return a4 >>> 24;
    }

    /** Overwrites everything. */
    void wipe() {
        if (used) {
            used = false;
            Arrays.fill(x, 0);
            Arrays.fill(powers, 0);
        }
    }

    /** Multiplies the first {@code n} lanes by r^n. */
    private void times(int n) {
        int at = at(n);
        long p0 = powers[at];
        long p1 = powers[at + 1];
        long p2 = powers[at + 2];
        long p3 = powers[at + 3];
        long p4 = powers[at + 4];
        column0(x, n, p0, 5 * p4, 5 * p3, 5 * p2, 5 * p1);
        column1(x, n, p1, p0, 5 * p4, 5 * p3, 5 * p2);
        column2(x, n, p2, p1, p0, 5 * p4, 5 * p3);
        column3(x, n, p3, p2, p1, p0, 5 * p4);
        column4(x, n, p4, p3, p2, p1, p0);
        carry(x, n);
    }

    private static void load(long[] x, byte[] data, int offset, int n) {
        for (int i = 0; i < n; i++) {
            x[LOW + i] = (long) LONG.get(data, offset + Poly1305.BLOCK * i);
            x[HIGH + i] = (long) LONG.get(data, offset + Poly1305.BLOCK * i + 8);
        }
    }

    private static void add(long[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[i] += x[LOW + i] & M26;
        }
        for (int i = 0; i < n; i++) {
            x[L + i] += x[LOW + i] >>> 26 & M26;
        }
        for (int i = 0; i < n; i++) {
            x[2 * L + i] += (x[LOW + i] >>> 52 | x[HIGH + i] << 12) & M26;
        }
        for (int i = 0; i < n; i++) {
            x[3 * L + i] += x[HIGH + i] >>> 14 & M26;
        }
        for (int i = 0; i < n; i++) {
            x[4 * L + i] += x[HIGH + i] >>> 40 | 1L << 24; // the bit that follows a whole block
        }
    }

    private static void addHalf(long[] x, int row, int half) {
        for (int i = 0; i < half; i++) {
            x[row + i] += x[row + half + i];
        }
    }

    // The compiler makes no vectors of longer sums, nor of rows that are not constants.

    private static void column0(long[] x, int n, long a, long b, long c, long d, long e) {
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + i] = x[i] * a + x[L + i] * b;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + i] += x[2 * L + i] * c;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + i] += x[3 * L + i] * d + x[4 * L + i] * e;
        }
    }

    private static void column1(long[] x, int n, long a, long b, long c, long d, long e) {
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + L + i] = x[i] * a + x[L + i] * b;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + L + i] += x[2 * L + i] * c;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + L + i] += x[3 * L + i] * d + x[4 * L + i] * e;
        }
    }

    private static void column2(long[] x, int n, long a, long b, long c, long d, long e) {
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 2 * L + i] = x[i] * a + x[L + i] * b;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 2 * L + i] += x[2 * L + i] * c;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 2 * L + i] += x[3 * L + i] * d + x[4 * L + i] * e;
        }
    }

    private static void column3(long[] x, int n, long a, long b, long c, long d, long e) {
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 3 * L + i] = x[i] * a + x[L + i] * b;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 3 * L + i] += x[2 * L + i] * c;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 3 * L + i] += x[3 * L + i] * d + x[4 * L + i] * e;
        }
    }

    private static void column4(long[] x, int n, long a, long b, long c, long d, long e) {
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 4 * L + i] = x[i] * a + x[L + i] * b;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 4 * L + i] += x[2 * L + i] * c;
        }
        for (int i = 0; i < n; i++) {
            x[PRODUCTS + 4 * L + i] += x[3 * L + i] * d + x[4 * L + i] * e;
        }
    }

    private static void carry(long[] x, int n) {
        for (int i = 0; i < n; i++) {
            long t1 = x[PRODUCTS + L + i] + (x[PRODUCTS + i] >>> 26);
            long t2 = x[PRODUCTS + 2 * L + i] + (t1 >>> 26);
            x[L + i] = t1 & M26;
            x[2 * L + i] = t2 & M26;
            x[PRODUCTS + L + i] = t2 >>> 26;
        }
        for (int i = 0; i < n; i++) {
            long t3 = x[PRODUCTS + 3 * L + i] + x[PRODUCTS + L + i];
            long t4 = x[PRODUCTS + 4 * L + i] + (t3 >>> 26);
            x[3 * L + i] = t3 & M26;
            x[4 * L + i] = t4 & M26;
            x[PRODUCTS + L + i] = t4 >>> 26;
        }
        for (int i = 0; i < n; i++) {
            long t0 = (x[PRODUCTS + i] & M26) + 5 * x[PRODUCTS + L + i];
            x[i] = t0 & M26;
            x[L + i] += t0 >>> 26;
        }
    }
}
