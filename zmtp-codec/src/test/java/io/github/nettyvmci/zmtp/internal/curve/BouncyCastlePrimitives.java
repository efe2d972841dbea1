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

import org.bouncycastle.crypto.engines.Salsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.math.ec.rfc7748.X25519;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The reference: X25519, the Salsa20 core and Poly1305 of BouncyCastle, put together as NaCl does. */
final class BouncyCastlePrimitives implements CurvePrimitives {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int ROUNDS = 20;
    private static final int BLOCK = 64;
    /** "expand 32-byte k", in four places of the state. */
    private static final int[] SIGMA = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

    private final int[] state = new int[16];
    private final int[] words = new int[16];
    private final byte[] block = new byte[BLOCK];
    private final byte[] macKey = new byte[32];
    private final byte[] tag = new byte[TAG];
    private final Poly1305 poly1305 = new Poly1305();
    private final KeyParameter macKeyParameter = new MacKey(macKey);

    @Override
    public byte[] publicKey(byte[] secret) {
        byte[] publicKey = new byte[KEY];
        X25519.generatePublicKey(secret, 0, publicKey, 0);
        return publicKey;
    }

    @Override
    public boolean agree(byte[] secret, byte[] publicKey, byte[] out) {
        return X25519.calculateAgreement(secret, 0, publicKey, 0, out, 0);
    }

    private void init(byte[] key) {
        state[0] = SIGMA[0];
        state[5] = SIGMA[1];
        state[10] = SIGMA[2];
        state[15] = SIGMA[3];
        for (int i = 0; i < 4; i++) {
            state[1 + i] = (int) INT.get(key, 4 * i);
            state[11 + i] = (int) INT.get(key, 16 + 4 * i);
        }
    }

    @Override
    public void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out) {
        init(key);
        for (int i = 0; i < 4; i++) {
            state[6 + i] = (int) INT.get(in, inOffset + 4 * i);
        }
        Salsa20Engine.salsaCore(ROUNDS, state, words);
        for (int i = 0; i < 4; i++) {
            // The core adds its input at the end, HSalsa20 does not.
            INT.set(out, 4 * i, words[5 * i] - state[5 * i]);
            INT.set(out, 16 + 4 * i, words[6 + i] - state[6 + i]);
        }
    }

    @Override
    public void seal(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        firstBlock(subKey, nonce, nonceOffset);
        crypt(data, offset + TAG, length);
        mac(data, offset + TAG, length);
        System.arraycopy(tag, 0, data, offset, TAG);
    }

    @Override
    public boolean open(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        firstBlock(subKey, nonce, nonceOffset);
        mac(data, offset + TAG, length);
        int difference = 0;
        for (int i = 0; i < TAG; i++) {
            difference |= tag[i] ^ data[offset + i];
        }
        if (difference != 0) {
            return false;
        }
        crypt(data, offset + TAG, length);
        return true;
    }

    /** Makes the first block of the stream: the key of Poly1305, and 32 octets for the message. */
    private void firstBlock(byte[] subKey, byte[] nonce, int nonceOffset) {
        init(subKey);
        state[6] = (int) INT.get(nonce, nonceOffset);
        state[7] = (int) INT.get(nonce, nonceOffset + 4);
        state[8] = 0;
        state[9] = 0;
        nextBlock();
        System.arraycopy(block, 0, macKey, 0, 32);
    }

    private void nextBlock() {
        Salsa20Engine.salsaCore(ROUNDS, state, words);
        for (int i = 0; i < 16; i++) {
            INT.set(block, 4 * i, words[i]);
        }
        if (++state[8] == 0) {
            state[9]++;
        }
    }

    /** Adds the stream from its 33rd octet on. */
    private void crypt(byte[] data, int offset, int length) {
        int used = 32;
        int done = 0;
        while (done < length) {
            if (used == BLOCK) {
                nextBlock();
                used = 0;
            }
            int now = Math.min(BLOCK - used, length - done);
            int i = 0;
            for (; i + 4 <= now; i += 4) {
                int at = offset + done + i;
                INT.set(data, at, (int) INT.get(data, at) ^ (int) INT.get(block, used + i));
            }
            for (; i < now; i++) {
                data[offset + done + i] ^= block[used + i];
            }
            done += now;
            used += now;
        }
    }

    private void mac(byte[] data, int offset, int length) {
        poly1305.init(macKeyParameter);
        poly1305.update(data, offset, length);
        poly1305.doFinal(tag, 0);
    }

    @Override
    public void wipe() {
        Arrays.fill(state, 0);
        Arrays.fill(words, 0);
        Arrays.fill(block, (byte) 0);
        Arrays.fill(macKey, (byte) 0);
        poly1305.init(macKeyParameter); // its key was derived from the last
    }

    /** Holds the array itself and not a copy, which would be made for every frame; its content is the current key. */
    private static final class MacKey extends KeyParameter {

        private final byte[] key;

        MacKey(byte[] key) {
            super(key);
            this.key = key;
        }

        @Override
        public byte[] getKey() {
            return key;
        }

        @Override
        public void copyTo(byte[] buf, int off, int len) {
            System.arraycopy(key, 0, buf, off, len);
        }
    }
}
