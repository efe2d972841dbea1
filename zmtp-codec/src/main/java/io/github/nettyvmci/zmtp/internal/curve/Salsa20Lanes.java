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
 * Makes many blocks of XSalsa20's key stream at a time. Word {@code w} of the block in lane {@code i} is at
 * {@code w * LANES + i}, so that each of the loops below does the same to numbers that lie side by side, which the
 * compiler turns into vector instructions; one quarter round per loop is what it does best, and what is no slower than
 * the scalar core where it has no vectors.
 *
 * <p>Time and memory access depend on lengths, nonces and counters, which everybody sees, not on keys or data: the
 * arithmetic is that of {@link Salsa20}.
 */
final class Salsa20Lanes {

    /** Blocks at a time. It is a constant, so that the compiler sees that rows do not overlap. */
    static final int LANES = 256;

    private static final int L = LANES;
    /** Fewer blocks are made one by one: the beginning and the end of a loop are not vectors. */
    private static final int FEW = 9;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int[] x = new int[16 * L];
    /** Lanes in use, which are the first. */
    private int used;

    /**
     * Makes blocks {@code firstBlock} to {@code firstBlock + blocks - 1} of frame {@code nonce} in lanes 0 to
     * {@code blocks - 1}, the same ones of frame {@code nonce + 1} after them, and so on.
     *
     * @param state of {@link Salsa20#init} with the key; left with the last nonce and counter
     * @param nonce the last 8 octets of the nonce as a number in network order
     */
    void make(int[] state, long nonce, int frames, int firstBlock, int blocks) {
        int n = frames * blocks;
        if (n < used) {
            wipe();
        }
        used = n;
        if (n < FEW) {
            for (int i = 0; i < n; i++) {
                input(state, nonce + i / blocks, firstBlock + i % blocks);
                Salsa20.block(state, x, i, L);
            }
            return;
        }
        for (int w = 0; w < 16; w++) {
            Arrays.fill(x, w * L, w * L + n, state[w]);
        }
        for (int frame = 0, i = 0; frame < frames; frame++) {
            input(state, nonce + frame, firstBlock);
            for (int block = 0; block < blocks; block++, i++) {
                x[6 * L + i] = state[6];
                x[7 * L + i] = state[7];
                x[8 * L + i] = firstBlock + block;
                x[9 * L + i] = 0;
            }
        }
        rounds(x, n);
        for (int w = 0; w < 16; w++) {
            if (w < 6 || w > 9) {
                add(x, w * L, n, state[w]);
            }
        }
        for (int frame = 0, i = 0; frame < frames; frame++) {
            input(state, nonce + frame, firstBlock);
            for (int block = 0; block < blocks; block++, i++) {
                x[6 * L + i] += state[6];
                x[7 * L + i] += state[7];
                x[8 * L + i] += firstBlock + block;
            }
        }
    }

    /** The counter stays below 2^31: a frame has less than 2^31 octets. */
    private static void input(int[] state, long nonce, int counter) {
        state[6] = Integer.reverseBytes((int) (nonce >>> 32));
        state[7] = Integer.reverseBytes((int) nonce);
        state[8] = counter;
        state[9] = 0;
    }

    /** Returns two words of a block as one number; {@code word} is even. */
    long word(int lane, int word) {
        return x[word * L + lane] & 0xffffffffL | (long) x[(word + 1) * L + lane] << 32;
    }

    /**
     * Adds the stream to data.
     *
     * @param lane of the block to begin with; those that follow are in the lanes that follow
     * @param half whether to begin in the middle of that block
     */
    void xor(int lane, boolean half, byte[] data, int offset, int length) {
        int end = offset + length;
        int at = offset;
        int from = lane;
        if (half) {
            int now = Math.min(Salsa20.BLOCK / 2, length);
            xorWords(from++, 8, data, at, now);
            at += now;
        }
        int blocks = (end - at) / Salsa20.BLOCK;
        xorBlocks(x, from, data, at, blocks);
        at += Salsa20.BLOCK * blocks;
        if (at < end) {
            xorWords(from + blocks, 0, data, at, end - at);
        }
    }

    private void xorWords(int lane, int firstWord, byte[] data, int offset, int length) {
        int end = offset + length;
        int at = offset;
        int word = firstWord;
        for (; end - at >= 8; at += 8, word += 2) {
            xor(data, at, word(lane, word));
        }
        if (at < end) {
            for (long rest = word(lane, word); at < end; at++, rest >>>= 8) {
                data[at] ^= (byte) rest;
            }
        }
    }

    private static void xorBlocks(int[] x, int lane, byte[] data, int offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int at = offset + Salsa20.BLOCK * b;
            int i = lane + b;
            xor(data, at, x[i], x[L + i]);
            xor(data, at + 8, x[2 * L + i], x[3 * L + i]);
            xor(data, at + 16, x[4 * L + i], x[5 * L + i]);
            xor(data, at + 24, x[6 * L + i], x[7 * L + i]);
            xor(data, at + 32, x[8 * L + i], x[9 * L + i]);
            xor(data, at + 40, x[10 * L + i], x[11 * L + i]);
            xor(data, at + 48, x[12 * L + i], x[13 * L + i]);
            xor(data, at + 56, x[14 * L + i], x[15 * L + i]);
        }
    }

    private static void xor(byte[] data, int at, int low, int high) {
        xor(data, at, low & 0xffffffffL | (long) high << 32);
    }

    private static void xor(byte[] data, int at, long stream) {
        LONG.set(data, at, (long) LONG.get(data, at) ^ stream);
    }

    /** Overwrites the blocks. */
    void wipe() {
        for (int w = 0; w < 16; w++) {
            Arrays.fill(x, w * L, w * L + used, 0);
        }
        used = 0;
    }

    private static void add(int[] x, int row, int n, int value) {
        for (int i = 0; i < n; i++) {
            x[row + i] += value;
        }
    }

    private static void rounds(int[] x, int n) {
        for (int round = 0; round < 20; round += 2) {
            column0(x, n);
            column1(x, n);
            column2(x, n);
            column3(x, n);
            row0(x, n);
            row1(x, n);
            row2(x, n);
            row3(x, n);
        }
    }

    private static void column0(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[i];
            int b = x[4 * L + i];
            int c = x[8 * L + i];
            int d = x[12 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[i] = a;
            x[4 * L + i] = b;
            x[8 * L + i] = c;
            x[12 * L + i] = d;
        }
    }

    private static void column1(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[5 * L + i];
            int b = x[9 * L + i];
            int c = x[13 * L + i];
            int d = x[L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[5 * L + i] = a;
            x[9 * L + i] = b;
            x[13 * L + i] = c;
            x[L + i] = d;
        }
    }

    private static void column2(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[10 * L + i];
            int b = x[14 * L + i];
            int c = x[2 * L + i];
            int d = x[6 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[10 * L + i] = a;
            x[14 * L + i] = b;
            x[2 * L + i] = c;
            x[6 * L + i] = d;
        }
    }

    private static void column3(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[15 * L + i];
            int b = x[3 * L + i];
            int c = x[7 * L + i];
            int d = x[11 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[15 * L + i] = a;
            x[3 * L + i] = b;
            x[7 * L + i] = c;
            x[11 * L + i] = d;
        }
    }

    private static void row0(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[i];
            int b = x[L + i];
            int c = x[2 * L + i];
            int d = x[3 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[i] = a;
            x[L + i] = b;
            x[2 * L + i] = c;
            x[3 * L + i] = d;
        }
    }

    private static void row1(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[5 * L + i];
            int b = x[6 * L + i];
            int c = x[7 * L + i];
            int d = x[4 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[5 * L + i] = a;
            x[6 * L + i] = b;
            x[7 * L + i] = c;
            x[4 * L + i] = d;
        }
    }

    private static void row2(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[10 * L + i];
            int b = x[11 * L + i];
            int c = x[8 * L + i];
            int d = x[9 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[10 * L + i] = a;
            x[11 * L + i] = b;
            x[8 * L + i] = c;
            x[9 * L + i] = d;
        }
    }

    private static void row3(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            int a = x[15 * L + i];
            int b = x[12 * L + i];
            int c = x[13 * L + i];
            int d = x[14 * L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[15 * L + i] = a;
            x[12 * L + i] = b;
            x[13 * L + i] = c;
            x[14 * L + i] = d;
        }
    }
}
