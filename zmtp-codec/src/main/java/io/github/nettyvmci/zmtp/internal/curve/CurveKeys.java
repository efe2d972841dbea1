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

/** A secret key and the public key that belongs to it. Immutable. */
public final class CurveKeys {

    private final byte[] publicKey;
    private final byte[] secretKey;

    private CurveKeys(byte[] publicKey, byte[] secretKey) {
        this.publicKey = publicKey;
        this.secretKey = secretKey;
    }

    /**
     * Computes the public key of a secret one.
     *
     * @param secretKey 32 octets; copied
     * @return both keys
     */
    public static CurveKeys ofSecret(byte[] secretKey) {
        return new CurveKeys(CurvePrimitives.create().publicKey(secretKey), secretKey.clone());
    }

    /**
     * Returns the public key.
     *
     * @return a copy, 32 octets
     */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /**
     * Returns the secret key.
     *
     * @return a copy, 32 octets, for the caller to wipe
     */
    public byte[] secretKey() {
        return secretKey.clone();
    }
}
