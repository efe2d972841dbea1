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

import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.util.CharsetUtil;

import java.util.Arrays;

/**
 * Makes the keys and boxes of one CURVE handshake: NaCl's crypto_box and crypto_secretbox with the nonces of RFC 26. A
 * nonce is a prefix that says what it is for, and 8 or 16 octets that travel with the box.
 */
public final class CurveBox {

    private final CurvePrimitives primitives;
    private final byte[] nonce = new byte[24];
    private final byte[] subKey = new byte[CurvePrimitives.KEY];

    /**
     * Makes boxes.
     *
     * @param primitives of this connection alone
     */
    public CurveBox(CurvePrimitives primitives) {
        this.primitives = primitives;
    }

    /**
     * Computes the key for boxes between two parties (crypto_box_beforenm).
     *
     * @param publicKey one party's, 32 octets
     * @param secretKey the other's, 32 octets
     * @return 32 octets, for the caller to wipe
     * @throws ZmtpException if the public key is one that makes the result independent of our secret
     */
    public byte[] sharedKey(byte[] publicKey, byte[] secretKey) {
        byte[] key = new byte[CurvePrimitives.KEY];
        if (!primitives.agree(secretKey, publicKey, key)) {
            throw new ZmtpException(ZmtpError.CRYPTOGRAPHIC,
                    "public key of the peer: of low order (expected: a key that keeps a secret)");
        }
        primitives.hsalsa20(key, new byte[16], 0, key);
        return key;
    }

    /**
     * Computes the public key of a secret one.
     *
     * @param secretKey 32 octets
     * @return 32 octets
     */
    public byte[] publicKey(byte[] secretKey) {
        return primitives.publicKey(secretKey);
    }

    /**
     * Seals a box.
     *
     * @param key    32 octets
     * @param prefix the beginning of the nonce: 8 or 16 characters of ASCII
     * @param shown  the rest of the nonce, which travels with the box: 16 or 8 octets
     * @param clear  any octets
     * @return tag and ciphertext
     */
    public byte[] seal(byte[] key, String prefix, byte[] shown, byte[] clear) {
        byte[] box = new byte[CurvePrimitives.TAG + clear.length];
        System.arraycopy(clear, 0, box, CurvePrimitives.TAG, clear.length);
        nonce(key, prefix, shown);
        primitives.seal(subKey, nonce, 16, box, 0, clear.length);
        return box;
    }

    /**
     * Opens a box.
     *
     * @param key    32 octets
     * @param prefix the beginning of the nonce: 8 or 16 characters of ASCII
     * @param shown  the rest of the nonce, which came with the box: 16 or 8 octets
     * @param box    tag and ciphertext
     * @param what   names the box in the error
     * @return the clear text
     * @throws ZmtpException if the box does not open
     */
    public byte[] open(byte[] key, String prefix, byte[] shown, byte[] box, String what) {
        byte[] copy = box.clone();
        nonce(key, prefix, shown);
        try {
            if (copy.length < CurvePrimitives.TAG
                    || !primitives.open(subKey, nonce, 16, copy, 0, copy.length - CurvePrimitives.TAG)) {
                throw new ZmtpException(ZmtpError.CRYPTOGRAPHIC, what + ": does not open (expected: a box made with the"
                        + " right keys; check both sides' keys)");
            }
            return Arrays.copyOfRange(copy, CurvePrimitives.TAG, copy.length);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    private void nonce(byte[] key, String prefix, byte[] shown) {
        byte[] head = prefix.getBytes(CharsetUtil.US_ASCII);
        System.arraycopy(head, 0, nonce, 0, head.length);
        System.arraycopy(shown, 0, nonce, head.length, shown.length);
        primitives.hsalsa20(key, nonce, 0, subKey);
    }

    void close() {
        Arrays.fill(subKey, (byte) 0);
        primitives.wipe();
    }
}
