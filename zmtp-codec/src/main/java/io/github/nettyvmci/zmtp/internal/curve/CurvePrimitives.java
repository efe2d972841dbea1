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

/**
 * The cryptography that CURVE is built from; an interface, so that tests can watch it and compare implementations. An
 * instance serves one connection and is not thread-safe.
 */
public interface CurvePrimitives {

    /** Octets of a key. */
    int KEY = 32;
    /** Octets of the tag in front of a box. */
    int TAG = 16;

    /**
     * Multiplies the base point (X25519).
     *
     * @return the public key of a secret key, 32 octets
     */
    byte[] publicKey(byte[] secret);

    /**
     * Multiplies a point (X25519, RFC 7748).
     *
     * @param out gets 32 octets
     * @return {@code false} if the result is all zeros: the public key is one of the few that must not be used
     */
    boolean agree(byte[] secret, byte[] publicKey, byte[] out);

    /**
     * Derives a key (HSalsa20).
     *
     * @param in  16 octets from {@code inOffset} on
     * @param out gets 32 octets; may be {@code key}
     */
    void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out);

    /**
     * Seals in place, as the inner half of crypto_secretbox: Salsa20 and Poly1305 with the key that HSalsa20 made of
     * the real key and the first 16 octets of the nonce.
     *
     * @param nonce     the last 8 octets of the nonce, from {@code nonceOffset} on
     * @param data      {@link #TAG} octets for the tag at {@code offset}, after them {@code length} octets of clear
     *                  text that become ciphertext
     */
    void seal(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length);

    /**
     * Opens what {@link #seal} sealed, in place.
     *
     * @param data the tag at {@code offset}, after it {@code length} octets of ciphertext
     * @return {@code false} if the tag is not right, which is found out before anything is decrypted
     */
    boolean open(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length);

    /** Overwrites what is left of the keys used last. May be called again, and the instance used, afterwards. */
    void wipe();

    /**
     * Finds an implementation.
     *
     * @throws IllegalStateException if there is none
     */
    static CurvePrimitives create() {
        try {
            return new JavaPrimitives();
        } catch (NoClassDefFoundError e) {
            throw new IllegalStateException("CURVE needs a cryptography library: none found (expected: "
                    + "org.bouncycastle:bcprov-jdk18on on the class path or module path)", e);
        }
    }
}
