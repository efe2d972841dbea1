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
import static io.github.nettyvmci.zmtp.security.CurvePeers.connectedServer;
import static io.github.nettyvmci.zmtp.security.CurvePeers.exchange;
import static io.github.nettyvmci.zmtp.security.CurvePeers.server;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.Codec;
import io.github.nettyvmci.zmtp.Wire;
import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.internal.curve.CurveBox;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.github.nettyvmci.zmtp.internal.curve.Octets;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** CURVE in both roles, against a handshake that was proven with libzmq 4.3.5. */
class CurveHandshakeTest {

    private static final String WELCOME = "04 A8 " + CurveVectors.WELCOME;
    private static final String READY = "04 31 " + CurveVectors.READY;

    private static ZmtpCodecBuilder client() {
        return ZmtpCodec.builder(ZmtpSocketType.REQ).mechanism(CurveVectors.client());
    }

    @Test
    void shouldServeTheKnownClientAtEverySplitPoint() {
        byte[] octets = Wire.bytes(GREETING + HELLO + INITIATE + "00 21 " + CurveVectors.CLIENT_EMPTY_MORE
                + "00 26 " + CurveVectors.CLIENT_HELLO + "00 28 " + CurveVectors.CLIENT_PING);
        String greeting = Wire.hex(Wire.SIGNATURE + "03 01 <mech CURVE> 01 <31x00>");
        for (int split = 0; split <= octets.length; split++) {
            try (Codec rep = new Codec(server())) {
                rep.feed(octets, 0, split);
                rep.feed(octets, split, octets.length);
                assertEquals("[|48656c6c6f]", rep.received());
                assertEquals("CURVE", rep.completed().mechanism());
                assertEquals(ZmtpSocketType.REQ, rep.completed().socketType());
                String sent = rep.sent();
                String handshake = greeting + Wire.hex(WELCOME + READY);
                assertEquals(handshake, sent.substring(0, handshake.length()));
                // The PONG took the nonce 2, so the answer is checked without it.
                assertEquals(2 * (2 + 33 + 5), sent.length() - handshake.length());
            }
        }
    }

    @Test
    void shouldAnswerTheKnownClient() {
        try (Codec rep = connectedServer()) {
            rep.channel.writeOutbound(ZmtpMessage.ofText("", "World"));
            assertEquals(Wire.hex("00 21 " + CurveVectors.SERVER_EMPTY_MORE + "00 26 " + CurveVectors.SERVER_WORLD),
                    rep.sent());
        }
    }

    @Test
    void shouldBeTheKnownClientAtEverySplitPoint() {
        byte[] octets = Wire.bytes(GREETING + WELCOME + READY + "00 21 " + CurveVectors.SERVER_EMPTY_MORE
                + "00 26 " + CurveVectors.SERVER_WORLD);
        for (int split = 0; split <= octets.length; split++) {
            try (Codec req = new Codec(client())) {
                req.channel.write(ZmtpMessage.ofText("", "Hello"));
                req.feed(octets, 0, split);
                req.feed(octets, split, octets.length);
                assertEquals("[|576f726c64]", req.received());
                assertEquals(Wire.hex(GREETING + HELLO + INITIATE + "00 21 " + CurveVectors.CLIENT_EMPTY_MORE
                        + "00 26 " + CurveVectors.CLIENT_HELLO), req.sent());
            }
        }
    }

    @Test
    void shouldMeetItselfWithFreshKeys() {
        CurveKeyPair serverKeys = CurveKeyPair.generate();
        CurveKeyPair clientKeys = CurveKeyPair.generate();
        try (Codec pub = new Codec(ZmtpCodec.builder(ZmtpSocketType.PUB).mechanism(CurveMechanism.server(serverKeys))
                     .zapHandler(ZapHandlers.curveKeys(List.of(clientKeys.publicKeyText()))));
                Codec sub = new Codec(ZmtpCodec.builder(ZmtpSocketType.SUB)
                     .mechanism(CurveMechanism.client(clientKeys, serverKeys.publicKeyText())))) {
            exchange(pub, sub);
            assertEquals(clientKeys.publicKeyText(), pub.completed().userId());
            sub.channel.writeOutbound(ZmtpCommand.subscribe(Unpooled.copiedBuffer(new byte[] {'A'})));
            exchange(pub, sub);
            assertEquals("SUBSCRIBE(41)", pub.received());
            byte[] large = new byte[100_000];
            new java.util.Random(3).nextBytes(large);
            pub.channel.writeOutbound(ZmtpMessage.of(Unpooled.copiedBuffer(new byte[] {'A'}),
                    Unpooled.wrappedBuffer(large)));
            exchange(pub, sub);
            assertEquals("[41|" + ByteBufUtil.hexDump(large) + ']', sub.received());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "199 octets,            MALFORMED_HELLO,    200, 0, 0",
        "version 2.0,           MALFORMED_HELLO,    0, 6, 3",
        "minor version 1,       MALFORMED_HELLO,    0, 7, 1",
        "another name,          UNEXPECTED_COMMAND, 0, 1, 1",
        "length of the name,    UNEXPECTED_COMMAND, 0, 0, 1",
        "bit of the key,        CRYPTOGRAPHIC,      0, 80, 1",
        "bit of the nonce,      CRYPTOGRAPHIC,      0, 119, 1",
        "bit of the tag,        CRYPTOGRAPHIC,      0, 120, 1",
        "bit of the signature,  CRYPTOGRAPHIC,      0, 199, 128"})
    void shouldCloseOnABadHello(String what, ZmtpError error, int cut, int index, int flip) {
        byte[] hello = Wire.bytes(CurveVectors.HELLO);
        hello[index] ^= (byte) flip;
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + (cut == 0 ? "04 C8" : "04 C7") + ByteBufUtil.hexDump(hello, 0, cut == 0 ? 200 : 199));
            assertEquals(error, rep.handshakeFailure().error(), what);
        }
    }

    @Test
    void shouldCloseOnAnyFlippedBitOfHelloAndInitiate() {
        Random random = new Random(1);
        byte[] octets = Wire.bytes(GREETING + HELLO + INITIATE);
        int begin = Wire.bytes(GREETING).length;
        for (int i = begin; i < octets.length; i++) {
            if (i >= begin + 10 && i < begin + 82) {
                continue; // the padding
            }
            byte[] flipped = octets.clone();
            flipped[i] ^= (byte) (1 << random.nextInt(8));
            try (Codec rep = new Codec(server())) {
                rep.feed(flipped);
                rep.channel.close(); // after a longer length it would wait for more
                assertNotNull(rep.handshakeFailure().error(), "octet " + (i - begin));
            }
        }
    }

    @Test
    void shouldNotLookAtThePaddingOfHello() {
        byte[] hello = Wire.bytes(CurveVectors.HELLO);
        java.util.Arrays.fill(hello, 8, 80, (byte) 0xff);
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING);
            rep.sent();
            rep.feed("04 C8" + ByteBufUtil.hexDump(hello));
            assertTrue(rep.sent().startsWith(Wire.hex("04 A8 07 \"WELCOME\"")));
        }
    }

    @Test
    void shouldCloseOnASignatureThatIsNotZeros() {
        CurveBox box = new CurveBox(CurvePrimitives.create());
        byte[] secret = CurveVectors.range(0x20, 32);
        byte[] nonce = Octets.shortNonce(1);
        byte[] clear = new byte[64];
        clear[63] = 1;
        byte[] sealed = box.seal(box.sharedKey(CurveVectors.SERVER.publicKey(), secret), "CurveZMQHELLO---", nonce,
                clear);
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + "04 C8 05 \"HELLO\" 01 00 <72x00>" + ByteBufUtil.hexDump(box.publicKey(secret))
                    + ByteBufUtil.hexDump(nonce) + ByteBufUtil.hexDump(sealed));
            assertEquals(ZmtpError.MALFORMED_HELLO, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldCloseWhenTheClientMeansAnotherServer() {
        CurveMechanism wrong = CurveMechanism.client(CurveVectors.CLIENT, CurveVectors.CLIENT.publicKey());
        try (Codec rep = new Codec(server()); Codec req = new Codec(ZmtpCodec.builder(ZmtpSocketType.REQ)
                .mechanism(wrong))) {
            exchange(rep, req);
            assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
            assertTrue(rep.handshakeFailure().getMessage().contains("check both sides' keys"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000"})
    void shouldCloseOnAShortTermKeyOfLowOrder(String key) {
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + "04 C8 05 \"HELLO\" 01 00 <72x00>" + key + "0000000000000001 <80x00>");
            assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "cookie nonce,      CRYPTOGRAPHIC,      9",
        "cookie,            CRYPTOGRAPHIC,      30",
        "end of the cookie, CRYPTOGRAPHIC,      104",
        "nonce,             CRYPTOGRAPHIC,      112",
        "tag,               CRYPTOGRAPHIC,      113",
        "client key,        CRYPTOGRAPHIC,      129",
        "metadata,          CRYPTOGRAPHIC,      288"})
    void shouldCloseOnABadInitiate(String what, ZmtpError error, int index) {
        byte[] initiate = Wire.bytes(CurveVectors.INITIATE);
        initiate[index] ^= 4;
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + HELLO + "06 00 00 00 00 00 00 01 21" + ByteBufUtil.hexDump(initiate));
            assertEquals(error, rep.handshakeFailure().error(), what);
        }
    }

    @Test
    void shouldCloseOnAnInitiateThatIsTooShort() {
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + HELLO + "06 00 00 00 00 00 00 01 00" + Wire.hex(CurveVectors.INITIATE)
                    .substring(0, 512));
            assertEquals(ZmtpError.MALFORMED_INITIATE, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldCloseOnACookieOfAnotherConnection() {
        // The same cookie key, as if it were shared, but another short-term key in the cookie.
        CurveMechanism other = new CurveMechanism(true, CurveVectors.SERVER, CurveVectors.SERVER.publicKey(),
                CurveVectors.fixed(CurveVectors.range(0x41, 32), CurveVectors.range(0x60, 32),
                        CurveVectors.range(0x80, 16), CurveVectors.range(0x90, 16)));
        try (Codec rep = new Codec(ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(other))) {
            rep.feed(GREETING + HELLO + INITIATE);
            assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
            assertTrue(rep.handshakeFailure().getMessage().contains("another connection"));
        }
    }

    /** Returns the INITIATE of a client with a vouch and a nonce of its own, for the server of the vectors. */
    private static String initiate(long nonce, byte[] vouchedKey, byte[] vouchedServer, byte[] clientKey) {
        CurveBox box = new CurveBox(CurvePrimitives.create());
        byte[] shortSecret = CurveVectors.range(0x20, 32);
        byte[] serverShort = box.publicKey(CurveVectors.range(0x40, 32));
        byte[] vouchNonce = CurveVectors.range(0xa0, 16);
        byte[] vouch = box.seal(box.sharedKey(serverShort, CurveVectors.CLIENT.secretKey()), "VOUCH---", vouchNonce,
                Octets.concat(vouchedKey, vouchedServer));
        byte[] shown = Octets.shortNonce(nonce);
        byte[] sealed = box.seal(box.sharedKey(serverShort, shortSecret), "CurveZMQINITIATE", shown,
                Octets.concat(clientKey, vouchNonce, vouch));
        return "06 00 00 00 00 00 00 01 01 08 \"INITIATE\"" + CurveVectors.COOKIE + ByteBufUtil.hexDump(shown)
                + ByteBufUtil.hexDump(sealed);
    }

    @ParameterizedTest
    @CsvSource({"as it should be,, 2, false, false", "gap in the nonces,, 77, false, false",
        "nonce of HELLO, INVALID_SEQUENCE, 1, false, false", "nonce 0, INVALID_SEQUENCE, 0, false, false",
        "foreign C', KEY_EXCHANGE, 2, true, false", "foreign S, KEY_EXCHANGE, 2, false, true"})
    void shouldCheckWhatLibzmqDoesNot(String what, ZmtpError error, long nonce, boolean foreignKey,
            boolean foreignServer) {
        byte[] shortPublic = CurvePrimitives.create().publicKey(CurveVectors.range(0x20, 32));
        byte[] other = CurveKeyPair.generate().publicKey();
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + HELLO + initiate(nonce, foreignKey ? other : shortPublic,
                    foreignServer ? other : CurveVectors.SERVER.publicKey(), CurveVectors.CLIENT.publicKey()));
            if (error == null) {
                assertNull(rep.completed().socketType(), what);
            } else {
                assertEquals(error, rep.handshakeFailure().error(), what);
            }
        }
    }

    @Test
    void shouldCloseOnALongTermKeyThatIsNotTheVouchers() {
        byte[] shortPublic = CurvePrimitives.create().publicKey(CurveVectors.range(0x20, 32));
        for (byte[] key : new byte[][] {new byte[32], CurveVectors.SERVER.publicKey()}) {
            try (Codec rep = new Codec(server())) {
                rep.feed(GREETING + HELLO + initiate(2, shortPublic, CurveVectors.SERVER.publicKey(), key));
                assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
            }
        }
    }

    @Test
    void shouldCloseOnAServerWhoseKeysAreOfLowOrder() {
        try (Codec req = new Codec(ZmtpCodec.builder(ZmtpSocketType.REQ)
                .mechanism(CurveMechanism.client(CurveVectors.CLIENT, new byte[32])))) {
            req.feed(GREETING);
            assertEquals(ZmtpError.CRYPTOGRAPHIC, req.handshakeFailure().error());
        }
        CurveBox box = new CurveBox(CurvePrimitives.create());
        byte[] key = box.sharedKey(box.publicKey(CurveVectors.range(0x20, 32)), CurveVectors.SERVER.secretKey());
        byte[] nonce = CurveVectors.range(0x90, 16);
        byte[] welcome = box.seal(key, "WELCOME-", nonce, new byte[128]);
        try (Codec req = new Codec(client())) {
            req.feed(GREETING + "04 A8 07 \"WELCOME\"" + ByteBufUtil.hexDump(nonce) + ByteBufUtil.hexDump(welcome));
            assertEquals(ZmtpError.CRYPTOGRAPHIC, req.handshakeFailure().error());
        }
    }

    @ParameterizedTest
    @CsvSource({"second HELLO, 0", "INITIATE before WELCOME, 1", "READY from the client, 2", "WELCOME to a server, 3",
        "second INITIATE, 4"})
    void shouldCloseOnACommandOutOfOrder(String what, int order) {
        String[] octets = {HELLO + HELLO, INITIATE, HELLO + READY, WELCOME, HELLO + INITIATE + INITIATE};
        try (Codec rep = new Codec(server())) {
            rep.feed(GREETING + octets[order]);
            ZmtpError error = order == 4 ? rep.failure().error() : rep.handshakeFailure().error();
            assertEquals(ZmtpError.UNEXPECTED_COMMAND, error, what);
        }
    }

    @ParameterizedTest
    @CsvSource({"READY before WELCOME, 0", "second WELCOME, 1", "HELLO to a client, 2"})
    void shouldCloseOnAServersCommandOutOfOrder(String what, int order) {
        String[] octets = {READY, WELCOME + WELCOME, HELLO};
        try (Codec req = new Codec(client())) {
            req.feed(GREETING + octets[order]);
            assertEquals(ZmtpError.UNEXPECTED_COMMAND, req.handshakeFailure().error(), what);
        }
    }

    @ParameterizedTest
    @CsvSource({"WELCOME of 167, MALFORMED_WELCOME, 0", "bit of WELCOME, CRYPTOGRAPHIC, 1",
        "READY of 29, MALFORMED_READY, 2", "bit of READY, CRYPTOGRAPHIC, 3", "ERROR 400, AUTHENTICATION_REFUSED, 4",
        "ERROR 500 behind WELCOME, AUTHENTICATION_REFUSED, 5"})
    void shouldCloseOnABadAnswerOfTheServer(String what, ZmtpError error, int kind) {
        byte[] welcome = Wire.bytes(CurveVectors.WELCOME);
        byte[] ready = Wire.bytes(CurveVectors.READY);
        welcome[100] ^= 1;
        ready[20] ^= 1;
        String[] octets = {"04 A7 " + Wire.hex(CurveVectors.WELCOME).substring(0, 334),
            "04 A8 " + ByteBufUtil.hexDump(welcome), WELCOME + "04 1D " + Wire.hex(CurveVectors.READY).substring(0, 58),
            WELCOME + "04 31 " + ByteBufUtil.hexDump(ready), "04 0A 05 \"ERROR\" 03 \"400\"",
            WELCOME + "04 0A 05 \"ERROR\" 03 \"500\""};
        try (Codec req = new Codec(client())) {
            req.feed(GREETING + octets[kind]);
            assertEquals(error, req.handshakeFailure().error(), what);
        }
    }

    @Test
    void shouldRefuseACommandByItsHeaderWhileTheAuthenticatorIsAsked() {
        try (Codec rep = new Codec(server().zapHandler(request -> new CompletableFuture<>()))) {
            rep.feed(GREETING + HELLO + INITIATE + "06 00 00 00 00 00 00 21");
            assertTrue(rep.channel.isOpen());
            rep.feed("01"); // 8449 octets, an INITIATE of the longest kind
            assertEquals(ZmtpError.PROTOCOL, rep.handshakeFailure().error());
        }
    }

    @Test
    void shouldRefuseTheClientAsTheAuthenticatorSays() {
        try (Codec rep = new Codec(server().zapHandler(ZapHandlers.curveKeys(List.of())))) {
            rep.feed(GREETING + HELLO);
            rep.sent();
            rep.feed(INITIATE);
            assertEquals(Wire.hex("04 0A 05 45 52 52 4F 52 03 34 30 30"), rep.sent());
            assertTrue(rep.channel.isOpen());
            rep.channel.advanceTimeBy(1, java.util.concurrent.TimeUnit.SECONDS);
            rep.channel.runScheduledPendingTasks();
            assertEquals(400, ((ZmtpAuthenticationException) rep.handshakeFailure()).status());
        }
    }

    @Test
    void shouldRefuseOlderVersionsWithoutAWord() {
        for (String greeting : new String[] {"01 00 06 00 \"Hello\"", "FF 00 00 00 00 00 00 00 01 7E 00",
            Wire.SIGNATURE + "01 03 00 00", Wire.SIGNATURE + "00 03 01 00"}) {
            try (Codec rep = new Codec(server())) {
                rep.feed(greeting);
                assertEquals(ZmtpError.SECURITY_REQUIRED, rep.handshakeFailure().error());
                assertFalse(rep.handshakeFailure().error().isTransient());
                assertEquals("", rep.received());
            }
        }
    }

    @Test
    void shouldKeepSecretsOutOfText() {
        assertEquals("CurveKeyPair(public Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID)", CurveVectors.CLIENT.toString());
        assertFalse(CurveVectors.server().toString().contains(CurveVectors.SERVER.secretKeyText()));
    }
}
