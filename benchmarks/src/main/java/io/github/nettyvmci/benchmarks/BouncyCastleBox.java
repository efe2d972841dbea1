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
package io.github.nettyvmci.benchmarks;

import io.netty.buffer.ByteBuf;
import org.bouncycastle.crypto.engines.Salsa20Engine;
import org.bouncycastle.crypto.macs.Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import java.util.Arrays;

/** A frame's box as BouncyCastle's parts make it, with the key that both directions derive once. */
@State(Scope.Thread)
public class BouncyCastleBox {

    private static final int TAG = 16;

    private final Salsa20Engine salsa20 = new Salsa20Engine();
    private final Poly1305 poly1305 = new Poly1305();
    private final KeyParameter key = new KeyParameter(new byte[32]);
    private final byte[] nonce = new byte[8];
    private final byte[] macKey = new byte[32];
    private final byte[] tag = new byte[TAG];
    private byte[] data = new byte[0];

    void seal(ByteBuf body, int length, ByteBuf out) {
        int boxed = TAG + 1 + length;
        room(boxed);
        body.getBytes(0, data, TAG + 1, length);
        begin();
        salsa20.processBytes(data, TAG, 1 + length, data, TAG);
        poly1305.update(data, TAG, 1 + length);
        poly1305.doFinal(data, 0);
        out.writeLong(0).writeLong(0).writeBytes(data, 0, boxed);
    }

    void open(ByteBuf in, ByteBuf out) {
        int boxed = in.readableBytes() - 16;
        room(boxed);
        in.getBytes(16, data, 0, boxed);
        begin();
        poly1305.update(data, TAG, boxed - TAG);
        poly1305.doFinal(tag, 0);
        if (!Arrays.equals(tag, 0, TAG, data, 0, TAG)) {
            throw new IllegalStateException("tag: wrong (expected: that of the box)");
        }
        salsa20.processBytes(data, TAG, boxed - TAG, data, TAG);
        out.writeBytes(data, TAG + 1, boxed - TAG - 1);
    }

    private void room(int length) {
        if (data.length < length) {
            data = new byte[length];
        }
    }

    private void begin() {
        salsa20.init(true, new ParametersWithIV(key, nonce));
        Arrays.fill(macKey, (byte) 0);
        salsa20.processBytes(macKey, 0, macKey.length, macKey, 0);
        poly1305.init(new KeyParameter(macKey));
    }
}
