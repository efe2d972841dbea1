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
 * Makes many blocks of XSalsa20's key stream at a time. Each word of a block has a row, in which lane {@code i} is that
 * of block {@code i}, so that a loop does the same to numbers that lie side by side, which the compiler turns into
 * vector instructions.
 *
 * <p>Of a round's four quarter rounds, the rows of the first words come one after the other, then those of the second
 * words, and so on: these are the diagonals of the matrix that Salsa20 makes of its words. So one loop does all four,
 * over four rows at once, and there are only two of them to compile. That takes the second compiler 30 milliseconds for
 * each loop, in which the stream is made many times slower.
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
    /** So many blocks are worth one loop over four rows, lanes not in use included, in place of four loops. */
    private static final int MANY = LANES / 2;

    // Where four rows begin. The rows are those of these words, with room beside them (-), and the input behind them:
    //   - 4 9 14 3   8 13 2 7 - -   12 1 6 11 -   0 5 10 15   (6) (7) (8)
    private static final int B = L;
    private static final int C = B + 4 * L;
    private static final int D = C + 6 * L;
    private static final int A = D + 5 * L;
    /** The words of the input that differ from lane to lane: 6, 7 and 8. */
    private static final int INPUT = A + 4 * L;
    private static final int ROWS = INPUT / L + 3;

    // The rows of the words.
    private static final int X0 = A;
    private static final int X1 = D + L;
    private static final int X2 = C + 2 * L;
    private static final int X3 = B + 3 * L;
    private static final int X4 = B;
    private static final int X5 = A + L;
    private static final int X6 = D + 2 * L;
    private static final int X7 = C + 3 * L;
    private static final int X8 = C;
    private static final int X9 = B + L;
    private static final int X10 = A + 2 * L;
    private static final int X11 = D + 3 * L;
    private static final int X12 = D;
    private static final int X13 = C + L;
    private static final int X14 = B + 2 * L;
    private static final int X15 = A + 3 * L;
    private static final int[] X = {X0, X1, X2, X3, X4, X5, X6, X7, X8, X9, X10, X11, X12, X13, X14, X15};

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final int[] x = new int[ROWS * L];
    /** Lanes in use, which are the first. The others have zeros in all rows, of which the rounds make zeros. */
    private int used;

    /**
     * Makes blocks {@code firstBlock} to {@code firstBlock + blocks - 1} of frame {@code nonce} in lanes 0 to
     * {@code blocks - 1}, the same ones of frame {@code nonce + 1} after them, and so on.
     *
     * @param state of {@link Salsa20#init} with the key; nonce and counter are overwritten
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
                Salsa20.block(state, x, i, X);
            }
            return;
        }
        for (int frame = 0, i = 0; frame < frames; frame++) {
            input(state, nonce + frame, firstBlock);
            for (int block = 0; block < blocks; block++, i++) {
                x[INPUT + i] = state[6];
                x[INPUT + L + i] = state[7];
                x[INPUT + 2 * L + i] = firstBlock + block;
            }
        }
        for (int w = 0; w < 16; w++) {
            if (w < 6 || w > 8) {
                Arrays.fill(x, X[w], X[w] + n, state[w]);
            } else {
                System.arraycopy(x, INPUT + (w - 6) * L, x, X[w], n);
            }
        }
        rounds(x, n);
        for (int w = 0; w < 16; w++) {
            if (w < 6 || w > 8) {
                add(x, X[w], n, state[w]);
            }
        }
        addInput(x, n);
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
        return x[X[word] + lane] & 0xffffffffL | (long) x[X[word + 1] + lane] << 32;
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
            xor(data, at, x[X0 + i], x[X1 + i]);
            xor(data, at + 8, x[X2 + i], x[X3 + i]);
            xor(data, at + 16, x[X4 + i], x[X5 + i]);
            xor(data, at + 24, x[X6 + i], x[X7 + i]);
            xor(data, at + 32, x[X8 + i], x[X9 + i]);
            xor(data, at + 40, x[X10 + i], x[X11 + i]);
            xor(data, at + 48, x[X12 + i], x[X13 + i]);
            xor(data, at + 56, x[X14 + i], x[X15 + i]);
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
        for (int row = 0; row < ROWS; row++) {
            Arrays.fill(x, row * L, row * L + used, 0);
        }
        used = 0;
    }

    private static void add(int[] x, int row, int n, int value) {
        for (int i = 0; i < n; i++) {
            x[row + i] += value;
        }
    }

    private static void addInput(int[] x, int n) {
        for (int i = 0; i < n; i++) {
            x[X6 + i] += x[INPUT + i];
        }
        for (int i = 0; i < n; i++) {
            x[X7 + i] += x[INPUT + L + i];
        }
        for (int i = 0; i < n; i++) {
            x[X8 + i] += x[INPUT + 2 * L + i];
        }
    }

    private static void rounds(int[] x, int n) {
        int step = n >= MANY ? 4 * L : L;
        for (int round = 0; round < 20; round += 2) {
            for (int from = 0; from < 4 * L; from += step) {
                columns(x, from, from + step - L + n);
            }
            copy(x, B + 3 * L, B - L, n);
            copy(x, C, C + 4 * L, n);
            copy(x, C + L, C + 5 * L, n);
            copy(x, D, D + 4 * L, n);
            for (int from = 0; from < 4 * L; from += step) {
                rows(x, from, from + step - L + n);
            }
            copy(x, B - L, B + 3 * L, n);
            copy(x, C + 4 * L, C, n);
            copy(x, C + 5 * L, C + L, n);
            copy(x, D + 4 * L, D, n);
        }
        // The stream is the sum of the words and the key, so these words must not stay beside it.
        Arrays.fill(x, B - L, B - L + n, 0);
        Arrays.fill(x, C + 4 * L, C + 4 * L + n, 0);
        Arrays.fill(x, C + 5 * L, C + 5 * L + n, 0);
        Arrays.fill(x, D + 4 * L, D + 4 * L + n, 0);
    }

    private static void copy(int[] x, int from, int to, int n) {
        System.arraycopy(x, from, x, to, n);
    }

    private static void columns(int[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            int a = x[A + i];
            int b = x[B + i];
            int c = x[C + i];
            int d = x[D + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[A + i] = a;
            x[B + i] = b;
            x[C + i] = c;
            x[D + i] = d;
        }
    }

    /**
     * Does the quarter rounds of the rows of the matrix: after the first word comes the one of the next row among those
     * at D, then of the one after that at C, and of the one before at B. What that takes beyond four rows is a copy.
     */
    private static void rows(int[] x, int from, int to) {
        for (int i = from; i < to; i++) {
            int a = x[A + i];
            int b = x[D + L + i];
            int c = x[C + 2 * L + i];
            int d = x[B - L + i];
            b ^= Integer.rotateLeft(a + d, 7);
            c ^= Integer.rotateLeft(b + a, 9);
            d ^= Integer.rotateLeft(c + b, 13);
            a ^= Integer.rotateLeft(d + c, 18);
            x[A + i] = a;
            x[D + L + i] = b;
            x[C + 2 * L + i] = c;
            x[B - L + i] = d;
        }
    }
}
