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
 * The core of Salsa20 (D. J. Bernstein, "Salsa20 specification"), 20 rounds, and HSalsa20 ("Extending the Salsa20
 * nonce").
 *
 * <p>Time and memory access do not depend on keys or data: additions, exclusive ors and rotations by constants of
 * 32-bit numbers, all indices and loop bounds constants.
 */
final class Salsa20 {

    /** Octets of a block of the stream. */
    static final int BLOCK = 64;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private Salsa20() {
    }

    /** Puts the constants and a key of 32 octets into a state of 16 words; nonce and counter are the words 6 to 9. */
    static void init(int[] state, byte[] key) {
        state[0] = 0x61707865; // "expand 32-byte k"
        state[5] = 0x3320646e;
        state[10] = 0x79622d32;
        state[15] = 0x6b206574;
        for (int i = 0; i < 4; i++) {
            state[1 + i] = (int) INT.get(key, 4 * i);
            state[11 + i] = (int) INT.get(key, 16 + 4 * i);
        }
    }

    /** Writes a block of the stream: word {@code w} goes to {@code out[at + w * step]}. */
    static void block(int[] state, int[] out, int at, int step) {
        core(state, out, at, step, -1);
    }

    /** Does HSalsa20 as {@link CurvePrimitives#hsalsa20} wants it, by way of {@code state} and {@code words}. */
    static void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out, int[] state, int[] words) {
        init(state, key);
        for (int i = 0; i < 4; i++) {
            state[6 + i] = (int) INT.get(in, inOffset + 4 * i);
        }
        core(state, words, 0, 1, 0);
        for (int i = 0; i < 4; i++) {
            INT.set(out, 4 * i, words[5 * i]);
            INT.set(out, 16 + 4 * i, words[6 + i]);
        }
    }

    /** Does the rounds; {@code addInput} is -1 to add the input at the end, as Salsa20 does, or 0, as for HSalsa20. */
    private static void core(int[] s, int[] out, int at, int step, int addInput) {
        int x0 = s[0];
        int x1 = s[1];
        int x2 = s[2];
        int x3 = s[3];
        int x4 = s[4];
        int x5 = s[5];
        int x6 = s[6];
        int x7 = s[7];
        int x8 = s[8];
        int x9 = s[9];
        int x10 = s[10];
        int x11 = s[11];
        int x12 = s[12];
        int x13 = s[13];
        int x14 = s[14];
        int x15 = s[15];
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
        out[at] = x0 + (s[0] & addInput);
        out[at + step] = x1 + (s[1] & addInput);
        out[at + 2 * step] = x2 + (s[2] & addInput);
        out[at + 3 * step] = x3 + (s[3] & addInput);
        out[at + 4 * step] = x4 + (s[4] & addInput);
        out[at + 5 * step] = x5 + (s[5] & addInput);
        out[at + 6 * step] = x6 + (s[6] & addInput);
        out[at + 7 * step] = x7 + (s[7] & addInput);
        out[at + 8 * step] = x8 + (s[8] & addInput);
        out[at + 9 * step] = x9 + (s[9] & addInput);
        out[at + 10 * step] = x10 + (s[10] & addInput);
        out[at + 11 * step] = x11 + (s[11] & addInput);
        out[at + 12 * step] = x12 + (s[12] & addInput);
        out[at + 13 * step] = x13 + (s[13] & addInput);
        out[at + 14 * step] = x14 + (s[14] & addInput);
        out[at + 15 * step] = x15 + (s[15] & addInput);
    }
}
