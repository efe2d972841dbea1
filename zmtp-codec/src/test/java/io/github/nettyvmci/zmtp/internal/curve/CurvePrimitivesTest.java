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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

/** NaCl's standard values (keys of RFC 7748, section 6.1). */
class CurvePrimitivesTest {

    private static final byte[] A_SECRET =
            CurveVectors.hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    private static final byte[] A_PUBLIC =
            CurveVectors.hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    private static final byte[] B_SECRET =
            CurveVectors.hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    private static final byte[] B_PUBLIC =
            CurveVectors.hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    private static final byte[] NONCE = CurveVectors.hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");

    private final CurvePrimitives primitives = CurvePrimitives.create();
    private final CurveBox box = new CurveBox(primitives);

    @Test
    void shouldMakePublicKeys() {
        assertArrayEquals(A_PUBLIC, primitives.publicKey(A_SECRET));
        assertArrayEquals(B_PUBLIC, primitives.publicKey(B_SECRET));
    }

    @Test
    void shouldAgreeOnAKey() {
        byte[] shared = new byte[32];
        assertTrue(primitives.agree(A_SECRET, B_PUBLIC, shared));
        assertEquals("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
                ByteBufUtil.hexDump(shared));
        assertEquals("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389",
                ByteBufUtil.hexDump(box.sharedKey(B_PUBLIC, A_SECRET)));
        assertArrayEquals(box.sharedKey(B_PUBLIC, A_SECRET), box.sharedKey(A_PUBLIC, B_SECRET));
        assertEquals("0e8790cb0dc8703af2533cc8594eecfbf62ca560a66ebee1259cc0a30435c6f3", ByteBufUtil.hexDump(
                box.sharedKey(CurveVectors.SERVER.publicKey(), CurveVectors.CLIENT.secretKey())));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"})
    void shouldRefuseKeysOfLowOrder(String key) {
        ZmtpException e = assertThrows(ZmtpException.class, () -> box.sharedKey(CurveVectors.hex(key), A_SECRET));
        assertEquals(ZmtpError.CRYPTOGRAPHIC, e.error());
    }

    @Test
    void shouldComputeHSalsa20() {
        byte[] out = new byte[32];
        primitives.hsalsa20(box.sharedKey(B_PUBLIC, A_SECRET), NONCE, 0, out);
        assertEquals("dc908dda0b9344a953629b733820778880f3ceb421bb61b91cbd4c3e66256ce4", ByteBufUtil.hexDump(out));
    }

    @Test
    void shouldSealAndOpenBoxes() {
        byte[] key = box.sharedKey(B_PUBLIC, A_SECRET);
        assertEquals("66938142b4f680d0c57997f43b03bc216ad3300a",
                ByteBufUtil.hexDump(seal(key, "ZMTP".getBytes())));
        assertEquals("1561fcd149af1c61b38219ea611197c8309e645a74e9e0a60d8243acd9177ab5"
                + "1a1beb8d5a2f5d700c093c5e5585579625337bd3ab619d615760d8c5b224a85b1d0efe0eb8a7ee163abb0376529fcc09",
                ByteBufUtil.hexDump(seal(key, new byte[64])));
    }

    /** Every length around the blocks of the stream and of the tag, and every single flipped bit. */
    @Test
    void shouldOpenWhatItSealedAndNothingElse() {
        byte[] key = box.sharedKey(B_PUBLIC, A_SECRET);
        for (int length = 0; length < 200; length++) {
            byte[] clear = CurveVectors.range(length, length);
            byte[] sealed = seal(key, clear);
            byte[] opened = sealed.clone();
            assertTrue(open(key, opened), "length " + length);
            assertArrayEquals(clear, Arrays.copyOfRange(opened, 16, opened.length));
            int bit = length * 7 % (8 * sealed.length);
            sealed[bit / 8] ^= (byte) (1 << bit % 8);
            byte[] before = sealed.clone();
            assertFalse(open(key, sealed), "length " + length);
            assertArrayEquals(before, sealed, "changed although the tag was wrong");
        }
    }

    private byte[] seal(byte[] key, byte[] clear) {
        byte[] data = new byte[16 + clear.length];
        System.arraycopy(clear, 0, data, 16, clear.length);
        byte[] subKey = new byte[32];
        primitives.hsalsa20(key, NONCE, 0, subKey);
        primitives.seal(subKey, NONCE, 16, data, 0, clear.length);
        return data;
    }

    private boolean open(byte[] key, byte[] data) {
        byte[] subKey = new byte[32];
        primitives.hsalsa20(key, NONCE, 0, subKey);
        return primitives.open(subKey, NONCE, 16, data, 0, data.length - 16);
    }
}
