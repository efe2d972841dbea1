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
package io.github.nettyvmci.zmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.github.nettyvmci.zmtp.security.CurvePeers;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.github.nettyvmci.zmtp.security.PlainMechanism;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Random messages through two codecs and a wire that cuts them anywhere: what comes out is what went in, for every
 * version, mechanism and role. The seed is in the name of the test, to be run again.
 */
class RoundTripTest {

    private static final int[] EDGES = {0, 1, 2, 253, 254, 255, 256, 257, 2047, 2048, 2049, 65_535, 65_536, 70_000};

    static Stream<Arguments> everyVersionAndMechanism() {
        return Stream.of("1.0", "0", "2.0", "3.0", "3.1", "PLAIN", "CURVE").flatMap(
                kind -> Stream.of(1L, 2L, 3L, 4L).map(seed -> Arguments.of(kind, seed)));
    }

    private static ZmtpCodecBuilder builder(String kind, boolean server) {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.DEALER);
        switch (kind) {
            case "PLAIN":
                return server ? builder.mechanism(PlainMechanism.server())
                        .zapHandler(ZapHandlers.plain(Map.of("a", "b"))) : builder.mechanism(
                        PlainMechanism.client("a", "b"));
            case "CURVE":
                return builder.mechanism(server ? CurveMechanism.server(CurveVectors.SERVER)
                        : CurveMechanism.client(CurveVectors.CLIENT, CurveVectors.SERVER.publicKey()));
            default:
                return builder;
        }
    }

    /** What makes a codec believe in an older peer, or {@code null} for two codecs that meet. */
    private static String oldPeer(String kind) {
        switch (kind) {
            case "1.0":
                return "01 00";
            case "0":
                return Wire.SIGNATURE + "00 05 01 00";
            case "2.0":
                return Wire.SIGNATURE + "01 05 00 00";
            case "3.0":
                return Wire.GREETING_30 + Wire.readyWithId("DEALER", "");
            default:
                return null;
        }
    }

    @ParameterizedTest
    @MethodSource("everyVersionAndMechanism")
    void shouldGiveBackWhatWasSent(String kind, long seed) {
        Random random = new Random(seed);
        try (Codec a = new Codec(builder(kind, true)); Codec b = new Codec(builder(kind, false))) {
            if (oldPeer(kind) == null) {
                CurvePeers.exchange(a, b);
            } else {
                a.feed(oldPeer(kind));
                b.feed(oldPeer(kind));
                a.sent();
                b.sent();
            }
            assertNotNull(a.completed());
            assertNotNull(b.completed());
            for (int i = 0; i < 20; i++) {
                StringBuilder expected = new StringBuilder();
                for (int messages = random.nextInt(12); messages >= 0; messages--) {
                    expected.append(write(random, a));
                }
                carry(random, a, b);
                assertEquals(expected.toString(), b.received());
                expected.setLength(0);
                expected.append(write(random, b));
                carry(random, b, a);
                assertEquals(expected.toString(), a.received());
            }
        }
    }

    private static String write(Random random, Codec from) {
        ByteBuf[] parts = new ByteBuf[random.nextInt(4) == 0 ? 1 + random.nextInt(100) : 1];
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < parts.length; i++) {
            byte[] octets = new byte[random.nextInt(parts.length > 3 ? 50 : 5) > 0 ? random.nextInt(300)
                    : EDGES[random.nextInt(EDGES.length)]];
            random.nextBytes(octets);
            parts[i] = (random.nextBoolean() ? from.alloc.directBuffer() : from.alloc.heapBuffer()).writeBytes(octets);
            text.append(i == 0 ? "" : "|").append(ByteBufUtil.hexDump(octets));
        }
        from.channel.write(ZmtpMessage.of(parts));
        return text.append(']').toString();
    }

    private static void carry(Random random, Codec from, Codec to) {
        byte[] octets = ByteBufUtil.decodeHexDump(from.sent());
        for (int at = 0; at < octets.length;) {
            int now = Math.min(octets.length - at, random.nextBoolean() ? 1 + random.nextInt(20)
                    : 1 + random.nextInt(70_000));
            to.feed(octets, at, at + now);
            at += now;
        }
    }
}
