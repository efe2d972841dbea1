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
package io.github.nettyvmci.zmtp.security;

import io.github.nettyvmci.zmtp.internal.curve.CurveKeys;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A long-term key pair for CURVE. Immutable; {@code toString} shows the public key alone.
 */
public final class CurveKeyPair {

    private final CurveKeys keys;

    private CurveKeyPair(CurveKeys keys) {
        this.keys = keys;
    }

    /**
     * Makes a new key pair ({@code zmq_curve_keypair}).
     *
     * @return keys from the platform's secure random numbers
     */
    public static CurveKeyPair generate() {
        byte[] secret = new byte[CurvePrimitives.KEY];
        new SecureRandom().nextBytes(secret);
        CurveKeyPair pair = ofSecret(secret);
        Arrays.fill(secret, (byte) 0);
        return pair;
    }

    /**
     * Makes the pair of a secret key ({@code zmq_curve_public}).
     *
     * @param secretKey 32 octets; copied
     * @return the pair
     */
    public static CurveKeyPair ofSecret(byte[] secretKey) {
        return new CurveKeyPair(CurveKeys.ofSecret(checkKey("secret key", secretKey)));
    }

    /**
     * Makes a pair of two keys in their text form.
     *
     * @param publicKey 40 characters of Z85
     * @param secretKey 40 characters of Z85
     * @return the pair
     * @throws IllegalArgumentException if one is not a key, or they do not belong together
     */
    public static CurveKeyPair ofText(String publicKey, String secretKey) {
        CurveKeyPair pair = ofSecret(keyOfText("secret key", secretKey));
        if (!MessageDigest.isEqual(pair.publicKey(), keyOfText("public key", publicKey))) {
            throw new IllegalArgumentException("public key: " + publicKey + " (expected: " + pair.publicKeyText()
                    + ", which belongs to the secret key)");
        }
        return pair;
    }

    CurveKeys keys() {
        return keys;
    }

    static byte[] checkKey(String name, byte[] key) {
        if (key.length != CurvePrimitives.KEY) {
            throw new IllegalArgumentException(name + ": " + key.length + " octets (expected: 32)");
        }
        return key;
    }

    static byte[] keyOfText(String name, String text) {
        if (text.length() != 40) {
            throw new IllegalArgumentException(name + ": " + text.length() + " characters (expected: 40 of Z85)");
        }
        return Z85.decode(text);
    }

    /**
     * Returns the public key.
     *
     * @return a copy, 32 octets
     */
    public byte[] publicKey() {
        return keys.publicKey();
    }

    /**
     * Returns the public key as text.
     *
     * @return 40 characters of Z85
     */
    public String publicKeyText() {
        return Z85.encode(publicKey());
    }

    /**
     * Returns the secret key, to be stored where nobody else can read it.
     *
     * @return a copy, 32 octets
     */
    public byte[] secretKey() {
        return keys.secretKey();
    }

    /**
     * Returns the secret key as text, to be stored where nobody else can read it.
     *
     * @return 40 characters of Z85
     */
    public String secretKeyText() {
        return Z85.encode(secretKey());
    }

    @Override
    public String toString() {
        return "CurveKeyPair(public " + publicKeyText() + ')';
    }
}
