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

import static io.github.nettyvmci.zmtp.security.CurvePeers.GREETING;
import static io.github.nettyvmci.zmtp.security.CurvePeers.HELLO;
import static io.github.nettyvmci.zmtp.security.CurvePeers.INITIATE;
import static io.github.nettyvmci.zmtp.security.CurvePeers.SESSION_KEY;
import static io.github.nettyvmci.zmtp.security.CurvePeers.connectedServer;
import static io.github.nettyvmci.zmtp.security.CurvePeers.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.Codec;
import io.github.nettyvmci.zmtp.FrameCipher;
import io.github.nettyvmci.zmtp.FuzzCurve;
import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.Wire;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.internal.curve.CurveCipher;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

/** CURVE after the handshake: sealed frames, nonces and limits. */
class CurveTrafficTest {

    @ParameterizedTest
    @ValueSource(strings = {"00 26", "01 26", "04 26", "02 00 00 00 00 00 00 00 26", "06 00 00 00 00 00 00 00 26"})
    void shouldAcceptMessageInEveryKindOfFrame(String header) {
        try (Codec rep = connectedServer()) {
            rep.feed(header + CurveVectors.CLIENT_HELLO);
            assertEquals("[48656c6c6f]", rep.received());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "PING in clear,         UNEXPECTED_COMMAND, 04 07 04 `PING` 00 00",
        "message in clear,      UNEXPECTED_COMMAND, 00 05 `Hello`",
        "empty frame,           MALFORMED_COMMAND,  00 00",
        "one octet,             MALFORMED_COMMAND,  00 01 07",
        "32 octets,             MALFORMED_MESSAGE,  00 20 07 `MESSAGE` 00 00 00 00 00 00 00 03 <16x00>",
        "bad tag,               CRYPTOGRAPHIC,      00 21 07 `MESSAGE` 00 00 00 00 00 00 00 03 <17x00>",
        "nonce of INITIATE,     INVALID_SEQUENCE,   00 21 07 `MESSAGE` 00 00 00 00 00 00 00 02 <17x00>",
        "command with MORE,     MALFORMED_FRAME,    05 21",
        "reserved bits,         MALFORMED_FRAME,    08 21",
        "2^63 octets,           LIMIT_EXCEEDED,     02 80 00 00 00 00 00 00 00"})
    void shouldCloseOnAnythingNotSealed(String what, ZmtpError error, String frame) {
        try (Codec rep = connectedServer()) {
            rep.feed(frame.replace('`', '"'));
            assertEquals(error, rep.failure().error(), what);
        }
    }

    @Test
    void shouldNeverTakeANonceTwice() {
        try (Codec rep = connectedServer()) {
            rep.feed("00 26 " + CurveVectors.CLIENT_HELLO); // 4; 3 was left out
            assertEquals("[48656c6c6f]", rep.received());
            rep.feed("00 26 " + CurveVectors.CLIENT_HELLO);
            assertEquals(ZmtpError.INVALID_SEQUENCE, rep.failure().error());
        }
        try (Codec rep = connectedServer()) {
            rep.feed("00 26 " + CurveVectors.CLIENT_HELLO + "00 21 " + CurveVectors.CLIENT_EMPTY_MORE);
            assertEquals(ZmtpError.INVALID_SEQUENCE, rep.failure().error());
        }
    }

    @Test
    void shouldAcceptTheHighestNonceAndNothingBehindIt() {
        CurvePrimitives primitives = CurvePrimitives.create();
        byte[] key = SESSION_KEY;
        CurveCipher sender = new CurveCipher(primitives, key, false, -3, 0);
        ByteBuf out = Unpooled.buffer();
        for (int i = 0; i < 2; i++) {
            sender.seal(0, Unpooled.EMPTY_BUFFER, 0, 0, out.writeByte(0).writeByte(33));
        }
        assertEquals(ZmtpError.INVALID_SEQUENCE, org.junit.jupiter.api.Assertions.assertThrows(ZmtpException.class,
                () -> sender.seal(0, Unpooled.EMPTY_BUFFER, 0, 0, Unpooled.buffer())).error());
        try (Codec rep = connectedServer()) {
            rep.feed(ByteBufUtil.hexDump(out));
            assertEquals("[][]", rep.received());
            rep.feed("00 21 " + CurveVectors.CLIENT_EMPTY_MORE);
            assertEquals(ZmtpError.INVALID_SEQUENCE, rep.failure().error());
        }
    }

    /** The nonces may end in the first part of a message or in its second. */
    @ParameterizedTest
    @ValueSource(longs = {-1, -2})
    void shouldFailTheConnectionAndTheWriteWhenNoncesAreUsedUp(long lastNonce) {
        // This cipher soon must not seal any more, as if it were at the end of its nonces.
        Mechanism exhausted = new Mechanism() {
            @Override
            public String name() {
                return "CURVE";
            }

            @Override
            public boolean isServer() {
                return true;
            }

            @Override
            public MechanismSession newSession(MechanismContext context) {
                return new MechanismSession() {
                    @Override
                    public void start() {
                        context.complete(Unpooled.EMPTY_BUFFER, new CurveCipher(CurvePrimitives.create(),
                                new byte[32], true, lastNonce, 0));
                    }

                    @Override
                    public void receive(ByteBuf command) {
                        throw new AssertionError();
                    }
                };
            }
        };
        try (Codec rep = new Codec(ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(exhausted))) {
            rep.feed(GREETING);
            Throwable cause = rep.channel.writeAndFlush(ZmtpMessage.ofText("a", "b")).cause();
            assertEquals(ZmtpError.INVALID_SEQUENCE, ((ZmtpException) cause).error());
            assertEquals(ZmtpError.INVALID_SEQUENCE, rep.failure().error());
        }
    }

    @Test
    void shouldCountTheClearTextAgainstTheFrameLimit() {
        ZmtpLimits limits = ZmtpLimits.builder().maxFrameLength(5).build();
        try (Codec rep = new Codec(server().limits(limits))) {
            rep.feed(GREETING + HELLO + INITIATE + "00 26 " + CurveVectors.CLIENT_HELLO);
            assertEquals("[48656c6c6f]", rep.received());
            rep.feed("00 28 " + CurveVectors.CLIENT_PING); // longer, but not a message
            assertTrue(rep.channel.isOpen());
            CurveCipher sender = new CurveCipher(CurvePrimitives.create(), SESSION_KEY, false, 5, 0);
            ByteBuf out = Unpooled.buffer().writeByte(0).writeByte(39);
            sender.seal(0, Unpooled.copiedBuffer(new byte[6]), 0, 6, out);
            rep.feed(ByteBufUtil.hexDump(out));
            ZmtpLimitException e = (ZmtpLimitException) rep.failure();
            assertEquals(6, e.value());
            assertEquals("maxFrameLength", e.option());
        }
        try (Codec rep = new Codec(server().limits(limits))) {
            rep.feed(GREETING + HELLO + INITIATE);
            rep.feed("02 00 00 00 00 00 00 20 22"); // 8193 octets in clear: above every limit
            assertEquals(8193, ((ZmtpLimitException) rep.failure()).value());
        }
    }

    /** A header that takes the message over its limit is refused before the octets of the frame are waited for. */
    @Test
    void shouldCountTheClearTextAgainstTheMessageLimitByTheHeader() {
        ZmtpLimits limits = ZmtpLimits.builder().maxMessageLength(1128).maxCommandLength(512).build();
        CurveCipher sender = new CurveCipher(CurvePrimitives.create(), SESSION_KEY, false, 2, 0);
        ByteBuf first = Unpooled.buffer().writeByte(2).writeLong(400 + CurveCipher.OVERHEAD);
        sender.seal(FrameCipher.MORE, Unpooled.wrappedBuffer(new byte[400]), 0, 400, first);
        for (int length : new int[] {512, 600, 601}) {
            try (Codec rep = new Codec(server().limits(limits))) {
                rep.feed(GREETING + HELLO + INITIATE + ByteBufUtil.hexDump(first)
                        + String.format("02 %016X", length + CurveCipher.OVERHEAD));
                if (length <= 600) {
                    assertTrue(rep.channel.isOpen(), "length " + length);
                } else {
                    ZmtpLimitException e = (ZmtpLimitException) rep.failure();
                    assertEquals("maxMessageLength", e.option());
                    assertEquals(1129, e.value()); // 128 for the second part
                }
            }
        }
    }

    @Test
    void shouldNameTheLimitThatLetsMoreIn() {
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + HELLO + "06 00 00 00 00 00 00 21 02");
            ZmtpLimitException e = (ZmtpLimitException) rep.handshakeFailure();
            assertEquals("maxMetadataLength", e.option());
            assertEquals(8449, e.limit());
        }
        for (int subscription : new int[] {700, 10}) {
            ZmtpLimits limits = ZmtpLimits.builder().maxCommandLength(512).maxSubscriptionLength(subscription).build();
            int most = Math.max(512, subscription + 10);
            try (Codec pub = new Codec(ZmtpCodec.builder(ZmtpSocketType.PUB).mechanism(CurveVectors.server())
                    .limits(limits))) {
                byte[] metadata = Wire.bytes("0B \"Socket-Type\" 00 00 00 03 \"SUB\"");
                pub.feed(GREETING + HELLO);
                pub.feed(FuzzCurve.initiate(metadata));
                byte[] subscribe = Wire.bytes("09 \"SUBSCRIBE\" <" + (most - 9) + "x61>");
                CurveCipher sender = new CurveCipher(CurvePrimitives.create(), SESSION_KEY, false, 2, 0);
                ByteBuf out = Unpooled.buffer().writeByte(2).writeLong(subscribe.length + CurveCipher.OVERHEAD);
                sender.seal(FrameCipher.COMMAND, Unpooled.wrappedBuffer(subscribe), 0, subscribe.length, out);
                pub.feed(ByteBufUtil.hexDump(out));
                ZmtpLimitException e = (ZmtpLimitException) pub.failure();
                assertEquals("maxSubscriptionLength", e.option());
                assertEquals(most, e.limit());
                assertEquals(most + 1, e.value());
            }
        }
    }

    /** Half a message must not be followed by another: the parts sealed before cannot be taken back. */
    @Test
    void shouldFailTheConnectionWhenAMessageCannotBeSealedToItsEnd() {
        for (boolean first : new boolean[] {true, false}) {
            try (Codec rep = connectedServer()) {
                ByteBuf[] parts = {Unpooled.copiedBuffer(new byte[3]), Unpooled.copiedBuffer(new byte[3])};
                ZmtpMessage message = ZmtpMessage.of(parts);
                ByteBuf released = parts[first ? 0 : 1];
                released.release();
                Throwable cause = rep.channel.writeAndFlush(message).cause();
                if (first) {
                    assertInstanceOf(RuntimeException.class, cause);
                    rep.channel.writeOutbound(ZmtpMessage.of(Unpooled.EMPTY_BUFFER, Unpooled.copiedBuffer("World",
                            StandardCharsets.US_ASCII)));
                    assertEquals(Wire.hex("00 21 " + CurveVectors.SERVER_EMPTY_MORE + "00 26 "
                            + CurveVectors.SERVER_WORLD), rep.sent());
                } else {
                    assertEquals(ZmtpError.INTERNAL, ((ZmtpException) cause).error());
                    assertEquals(ZmtpError.INTERNAL, rep.failure().error());
                    assertEquals("", rep.sent());
                }
            }
        }
    }
}
