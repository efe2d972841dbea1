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

import io.github.nettyvmci.zmtp.internal.curve.Randomness;
import io.netty.buffer.ByteBufUtil;

import java.util.ArrayDeque;
import java.util.List;

/** Published keys, and a handshake made of them in which no octet is random. */
public final class CurveVectors {

    public static final CurveKeyPair CLIENT = CurveKeyPair.ofText("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID",
            "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs");
    public static final CurveKeyPair SERVER = CurveKeyPair.ofText("rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7",
            "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6");

    public static final String HELLO = "0548454c4c4f 0100 <72x00>"
            + "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254 0000000000000001"
            + "663b2161687f8bf2fbfe62e58f96ebc7c4e7754a4be03863641db0f051da70b5c0e5749cee0eb6aca199d44b1112276435952c08"
            + "2330830ded7be0ac61f438a9f145b9973197907cbfcb6babefcab033";
    public static final String COOKIE = "808182838485868788898a8b8c8d8e8f"
            + "c38608b9f4a020470d64f6e75e7ec83c80c7b95c42685dde710274d46e69a713"
            + "f4b8c23b13d294390ae15a50ccf597674e7ef4fa9abbb2c10bf842f05a462a908adb190e820fced6d558872b6744ab24";
    public static final String WELCOME = "0757454c434f4d45 909192939495969798999a9b9c9d9e9f"
            + "c94f9e3a1fa30f2ec6ad8455c917d89cb4bfd9c73f244088f23ce0da31c7a3479b18aa53f784351bf9b68329b67329d3085d4c18"
            + "5055aad4d0436f470eb32ba34a1670604ff6c324af05d1fddacccbfebb6ff8fec3f4619dfe4abb23af0227e59dbf3198f18cea26"
            + "f02de2cdd0869b081ea11d84e1c29240639f57633d4f93b5b6c6977534242938b954057b5c7e9814";
    public static final String INITIATE = "08494e495449415445" + COOKIE + "0000000000000002"
            + "a996527f923531e28844a0e8fe11808dbcf7b3f0944ca172bcb16abf00d72baacdb5569c11d88570fd21dac6ed8b76f80f08071b"
            + "22957a6d6b984d04cd6f93037ea23e1d776a1a12487b850c9c78234113877f7dfbb4d70d2622b077c72d5f08d5db284289e66278"
            + "885b47ceafaafc0380dad63c8d26b1a4350050b1157601f58435c0b34396c7c4dfa6918aa7d4f3d8eabf6138bde0d64c45644e79"
            + "ab4c3a1fc40c8cb303a82e6cf2edb50f78ad934c";
    public static final String READY = "055245414459 0000000000000001"
            + "3f08c939f5e80f8c730363322567a4d70719360f37140165720df035dd9cd461f4d9d4";
    public static final String CLIENT_EMPTY_MORE =
            "074d455353414745 0000000000000003 a71c30fb97a261b6dee5386c345e04b370";
    public static final String CLIENT_HELLO =
            "074d455353414745 0000000000000004 60a0ab621f75825db96e49594378cc321f0cae365dfe";
    public static final String SERVER_EMPTY_MORE =
            "074d455353414745 0000000000000002 bc1f7a89a0ee6f795f7a390b1e99297907";
    public static final String SERVER_WORLD =
            "074d455353414745 0000000000000003 87b01ca2f6a931c96710d52975ab41b5a795a6cf8168";
    public static final String CLIENT_PING =
            "074d455353414745 0000000000000005 b082b5dfcef5ed7a128d9ede996e7d8a7668dacc98bdc928";

    private CurveVectors() {
    }

    public static CurveMechanism client() {
        return new CurveMechanism(false, CLIENT, SERVER.publicKey(), fixed(range(0x20, 32), range(0xa0, 16)));
    }

    public static CurveMechanism server() {
        return new CurveMechanism(true, SERVER, SERVER.publicKey(),
                fixed(range(0x40, 32), range(0x60, 32), range(0x80, 16), range(0x90, 16)));
    }

    /** Returns a source that gives out the pieces in order, and starts over after the last one. */
    static Randomness fixed(byte[]... pieces) {
        ArrayDeque<byte[]> queue = new ArrayDeque<>(List.of(pieces));
        return out -> {
            byte[] next = queue.poll();
            queue.add(next);
            System.arraycopy(next, 0, out, 0, out.length);
        };
    }

    public static byte[] range(int first, int length) {
        byte[] out = new byte[length];
        for (int i = 0; i < length; i++) {
            out[i] = (byte) (first + i);
        }
        return out;
    }

    public static byte[] hex(String text) {
        return ByteBufUtil.decodeHexDump(text.replace(" ", ""));
    }
}
