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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.security.CurveVectors;

import java.util.ArrayList;
import java.util.List;

/** The real primitives, which remember every array that ever held a key or the content of a box. */
public class WatchedPrimitives implements CurvePrimitives {

    private final CurvePrimitives real = CurvePrimitives.create();
    private final List<byte[]> secrets = new ArrayList<>();
    private boolean used;

    private void remember(byte[] secret) {
        used = true;
        if (secrets.stream().noneMatch(known -> known == secret)) {
            secrets.add(secret);
        }
    }

    @Override
    public byte[] publicKey(byte[] secret) {
        remember(secret);
        return real.publicKey(secret);
    }

    @Override
    public boolean agree(byte[] secret, byte[] publicKey, byte[] out) {
        remember(secret);
        remember(out);
        return real.agree(secret, publicKey, out);
    }

    @Override
    public void hsalsa20(byte[] key, byte[] in, int inOffset, byte[] out) {
        remember(key);
        remember(out);
        real.hsalsa20(key, in, inOffset, out);
    }

    @Override
    public void seal(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        remember(subKey);
        real.seal(subKey, nonce, nonceOffset, data, offset, length);
    }

    @Override
    public boolean open(byte[] subKey, byte[] nonce, int nonceOffset, byte[] data, int offset, int length) {
        remember(subKey);
        remember(data);
        return real.open(subKey, nonce, nonceOffset, data, offset, length);
    }

    @Override
    public void wipe() {
        real.wipe();
        used = false;
    }

    /** Checks that at least that many arrays were watched, and that all are zeros. */
    public void assertNothingLeft(int atLeast) {
        assertTrue(secrets.size() >= atLeast, secrets.size() + " arrays were watched");
        for (int i = 0; i < secrets.size(); i++) {
            assertArrayEquals(new byte[secrets.get(i).length], secrets.get(i), "array " + i);
        }
        assertFalse(used, "the primitives keep the last key");
    }

    /** Returns CURVE with the keys of {@link CurveVectors}, computed with these primitives. */
    public Mechanism mechanism(boolean server) {
        return new Mechanism() {
            @Override
            public String name() {
                return "CURVE";
            }

            @Override
            public boolean isServer() {
                return server;
            }

            @Override
            public MechanismSession newSession(MechanismContext context) {
                Randomness random = out -> System.arraycopy(CurveVectors.range(1, out.length), 0, out, 0,
                        out.length);
                CurveKeys keys = CurveKeys.ofSecret((server ? CurveVectors.SERVER : CurveVectors.CLIENT).secretKey());
                return server ? new CurveServerSession(context, keys, random, WatchedPrimitives.this)
                        : new CurveClientSession(context, keys, CurveVectors.SERVER.publicKey(), random,
                                WatchedPrimitives.this);
            }
        };
    }
}
