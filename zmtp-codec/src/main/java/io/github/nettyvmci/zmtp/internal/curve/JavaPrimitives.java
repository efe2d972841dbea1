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

import org.bouncycastle.math.ec.rfc7748.X25519;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * X25519 of BouncyCastle, and HSalsa20, Salsa20 and Poly1305 of our own, put together as NaCl does. The time that ours
 * take depends on lengths and nonces alone, see {@link Salsa20} and {@link Poly1305}; tags are compared as a whole.
 */
final class JavaPrimitives implements CurvePrimitives {

    private static final VarHandle LITTLE = MethodHandles.byteArrayViewVarHandle(long[].class,
            ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final KeyStream stream = new KeyStream();

    JavaPrimitives() {
        X25519.precompute(); // without BouncyCastle this fails here, and not in the middle of a handshake
    }

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

    @Override
    public void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out) {
        Salsa20.hsalsa20(key, in, inOffset, out);
    }

    @Override
    public void seal(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        CurveScratch scratch = begin(subKey, nonce, nonceOffset, length);
        stream.crypt(data, offset + TAG, length);
        Poly1305 mac = scratch.poly1305;
        mac.update(data, offset + TAG, length);
        mac.finish();
        LITTLE.set(data, offset, mac.tagLow());
        LITTLE.set(data, offset + 8, mac.tagHigh());
        end(mac);
    }

    @Override
    public boolean open(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        CurveScratch scratch = begin(subKey, nonce, nonceOffset, length);
        Poly1305 mac = scratch.poly1305;
        mac.update(data, offset + TAG, length);
        mac.finish();
        boolean right = mac.isTag((long) LITTLE.get(data, offset), (long) LITTLE.get(data, offset + 8));
        if (right) {
            stream.crypt(data, offset + TAG, length);
        }
        end(mac);
        return right;
    }

    private CurveScratch begin(byte[] subKey, byte[] nonce, int nonceOffset, int length) {
        CurveScratch scratch = CurveScratch.get();
        stream.key(subKey);
        stream.begin(scratch, (long) BIG.get(nonce, nonceOffset), length);
        return scratch;
    }

    private void end(Poly1305 mac) {
        stream.end();
        mac.wipe();
    }

    @Override
    public void wipe() {
        stream.close();
    }
}
