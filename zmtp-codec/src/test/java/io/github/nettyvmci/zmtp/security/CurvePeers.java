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

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.zmtp.Codec;
import io.github.nettyvmci.zmtp.Wire;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpSocketType;

/** The two sides of a handshake with the keys of {@link CurveVectors}. */
public final class CurvePeers {

    public static final String GREETING = Wire.SIGNATURE + "03 01 <mech CURVE> <32x00>";
    public static final String HELLO = "04 C8 " + CurveVectors.HELLO;
    public static final String INITIATE = "06 00 00 00 00 00 00 01 21 " + CurveVectors.INITIATE;
    public static final byte[] SESSION_KEY =
            CurveVectors.hex("fe65e85cfc1193f2ee4d48b49e6847e50276e5faf0968d8a0e189223271204b0");

    private CurvePeers() {
    }

    public static ZmtpCodecBuilder server() {
        return ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(CurveVectors.server());
    }

    /** A server whose handshake with the known client is done. */
    public static Codec connectedServer() {
        Codec rep = new Codec(server());
        rep.feed(GREETING + HELLO + INITIATE);
        assertNotNull(rep.completed());
        rep.sent();
        return rep;
    }

    /** Hands everything one side sends to the other until both are silent. */
    public static void exchange(Codec a, Codec b) {
        for (;;) {
            String fromA = a.sent();
            String fromB = b.sent();
            if (fromA.isEmpty() && fromB.isEmpty()) {
                return;
            }
            b.feed(fromA);
            a.feed(fromB);
        }
    }
}
