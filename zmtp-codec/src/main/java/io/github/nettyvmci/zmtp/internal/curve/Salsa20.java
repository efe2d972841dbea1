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

import org.jspecify.annotations.Nullable;

/**
 * The core of Salsa20 (D. J. Bernstein, "Salsa20 specification"), 20 rounds, and HSalsa20 ("Extending the Salsa20
 * nonce").
 *
 * <p>Time and memory access do not depend on keys or data: additions, exclusive ors and rotations by constants of
 * 32-bit numbers, no index and no loop bound that depends on them.
 */
final class Salsa20 {

    /** Octets of a block of the stream. */
    static final int BLOCK = 64;

    /** "expand 32-byte k" */
    private static final int EXPA = 0x61707865;
    private static final int ND_3 = 0x3320646e;
    private static final int TWO_BY = 0x79622d32;
    private static final int TE_K = 0x6b206574;
    private static final byte[] NONE = {};
    private static final int[] NO_WORDS = {};

    private Salsa20() {
    }

    /** Puts the constants and a key of 32 octets into a state of 16 words; nonce and counter are the words 6 to 9. */
    static void init(int[] state, byte[] key) {
        state[0] = EXPA;
        state[1] = word(key, 0);
        state[2] = word(key, 4);
        state[3] = word(key, 8);
        state[4] = word(key, 12);
        state[5] = ND_3;
        state[10] = TWO_BY;
        state[11] = word(key, 16);
        state[12] = word(key, 20);
        state[13] = word(key, 24);
        state[14] = word(key, 28);
        state[15] = TE_K;
    }

    /** Returns four octets as a number, the least significant first. */
    private static int word(byte[] octets, int at) {
        return octets[at] & 0xff | (octets[at + 1] & 0xff) << 8 | (octets[at + 2] & 0xff) << 16 | octets[at + 3] << 24;
    }

    private static void word(byte[] octets, int at, int word) {
        octets[at] = (byte) word;
        octets[at + 1] = (byte) (word >>> 8);
        octets[at + 2] = (byte) (word >>> 16);
        octets[at + 3] = (byte) (word >>> 24);
    }

    /** Writes a block of the stream: word {@code w} goes to {@code out[at + rows[w]]}. */
    static void block(int[] state, int[] out, int at, int[] rows) {
        core(state, out, at, rows, NONE, NONE, 0, NONE);
    }

    /** Does HSalsa20 as {@link CurvePrimitives#hsalsa20} wants it. */
    static void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out) {
        core(null, NO_WORDS, 0, NO_WORDS, key, in, inOffset, out);
    }

    /**
     * Does the rounds, for Salsa20 with a state, and for HSalsa20, if that is {@code null}, with a key and the words of
     * {@code in}. All that HSalsa20 does is done in here, on local variables: where it went by way of a state that the
     * caller filled, C2 of JDK 17 now and then compiled a caller whose stores this did not see.
     */
    private static void core(int @Nullable [] s, int[] out, int at, int[] rows, byte[] key, byte[] in, int inOffset,
            byte[] hash) {
        int x0 = EXPA;
        int x1;
        int x2;
        int x3;
        int x4;
        int x5 = ND_3;
        int x6;
        int x7;
        int x8;
        int x9;
        int x10 = TWO_BY;
        int x11;
        int x12;
        int x13;
        int x14;
        int x15 = TE_K;
        if (s == null) {
            x1 = word(key, 0);
            x2 = word(key, 4);
            x3 = word(key, 8);
            x4 = word(key, 12);
            x6 = word(in, inOffset);
            x7 = word(in, inOffset + 4);
            x8 = word(in, inOffset + 8);
            x9 = word(in, inOffset + 12);
            x11 = word(key, 16);
            x12 = word(key, 20);
            x13 = word(key, 24);
            x14 = word(key, 28);
        } else {
            x1 = s[1];
            x2 = s[2];
            x3 = s[3];
            x4 = s[4];
            x6 = s[6];
            x7 = s[7];
            x8 = s[8];
            x9 = s[9];
            x11 = s[11];
            x12 = s[12];
            x13 = s[13];
            x14 = s[14];
        }
        for (int round = 0; round < 20; round += 2) {
            x4 ^= Integer.rotateLeft(x0 + x12, 7);
            x9 ^= Integer.rotateLeft(x5 + x1, 7);
            x14 ^= Integer.rotateLeft(x10 + x6, 7);
            x3 ^= Integer.rotateLeft(x15 + x11, 7);
            x8 ^= Integer.rotateLeft(x4 + x0, 9);
            x13 ^= Integer.rotateLeft(x9 + x5, 9);
            x2 ^= Integer.rotateLeft(x14 + x10, 9);
            x7 ^= Integer.rotateLeft(x3 + x15, 9);
            x12 ^= Integer.rotateLeft(x8 + x4, 13);
            x1 ^= Integer.rotateLeft(x13 + x9, 13);
            x6 ^= Integer.rotateLeft(x2 + x14, 13);
            x11 ^= Integer.rotateLeft(x7 + x3, 13);
            x0 ^= Integer.rotateLeft(x12 + x8, 18);
            x5 ^= Integer.rotateLeft(x1 + x13, 18);
            x10 ^= Integer.rotateLeft(x6 + x2, 18);
            x15 ^= Integer.rotateLeft(x11 + x7, 18);
            x1 ^= Integer.rotateLeft(x0 + x3, 7);
            x6 ^= Integer.rotateLeft(x5 + x4, 7);
            x11 ^= Integer.rotateLeft(x10 + x9, 7);
            x12 ^= Integer.rotateLeft(x15 + x14, 7);
            x2 ^= Integer.rotateLeft(x1 + x0, 9);
            x7 ^= Integer.rotateLeft(x6 + x5, 9);
            x8 ^= Integer.rotateLeft(x11 + x10, 9);
            x13 ^= Integer.rotateLeft(x12 + x15, 9);
            x3 ^= Integer.rotateLeft(x2 + x1, 13);
            x4 ^= Integer.rotateLeft(x7 + x6, 13);
            x9 ^= Integer.rotateLeft(x8 + x11, 13);
            x14 ^= Integer.rotateLeft(x13 + x12, 13);
            x0 ^= Integer.rotateLeft(x3 + x2, 18);
            x5 ^= Integer.rotateLeft(x4 + x7, 18);
            x10 ^= Integer.rotateLeft(x9 + x8, 18);
            x15 ^= Integer.rotateLeft(x14 + x13, 18);
        }
        if (s == null) {
            word(hash, 0, x0);
            word(hash, 4, x5);
            word(hash, 8, x10);
            word(hash, 12, x15);
            word(hash, 16, x6);
            word(hash, 20, x7);
            word(hash, 24, x8);
            word(hash, 28, x9);
            return;
        }
        out[at + rows[0]] = x0 + s[0];
        out[at + rows[1]] = x1 + s[1];
        out[at + rows[2]] = x2 + s[2];
        out[at + rows[3]] = x3 + s[3];
        out[at + rows[4]] = x4 + s[4];
        out[at + rows[5]] = x5 + s[5];
        out[at + rows[6]] = x6 + s[6];
        out[at + rows[7]] = x7 + s[7];
        out[at + rows[8]] = x8 + s[8];
        out[at + rows[9]] = x9 + s[9];
        out[at + rows[10]] = x10 + s[10];
        out[at + rows[11]] = x11 + s[11];
        out[at + rows[12]] = x12 + s[12];
        out[at + rows[13]] = x13 + s[13];
        out[at + rows[14]] = x14 + s[14];
        out[at + rows[15]] = x15 + s[15];
    }
}
