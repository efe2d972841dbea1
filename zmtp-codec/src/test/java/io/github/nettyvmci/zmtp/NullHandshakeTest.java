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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** The greeting and NULL, against captures of libzmq 4.3.5 and JeroMQ 0.6.0. */
class NullHandshakeTest {

    private static final String HELLO = "01 00 00 05 \"Hello\"";
    private static final String WORLD = "01 00 00 05 \"World\"";

    @Test
    void shouldAnswerLibzmqReqStepByStep() {
        try (Codec rep = Codec.of(ZmtpSocketType.REP)) {
            assertEquals(Wire.hex(Wire.SIGNATURE), rep.sent());
            rep.feed(Wire.SIGNATURE);
            assertEquals("03", rep.sent());
            rep.feed("03");
            assertEquals(Wire.hex("01 <mech NULL> <32x00>"), rep.sent());
            rep.feed("01 <mech NULL> <32x00>");
            assertEquals(Wire.hex("04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 52 45 50"),
                    rep.sent());
            assertNull(rep.completed());
            rep.feed("04 26 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 52 45 51 08 49 64 65 6E"
                    + " 74 69 74 79 00 00 00 00 01 00 00 05 48 65 6C 6C 6F");
            assertEquals(ZmtpVersion.ZMTP_3_1, rep.completed().version());
            assertEquals("NULL", rep.completed().mechanism());
            assertEquals(ZmtpSocketType.REQ, rep.completed().socketType());
            assertEquals(0, rep.completed().routingId().length);
            assertNull(rep.completed().userId());
            assertEquals(rep.channel.remoteAddress(), rep.completed().remoteAddress());
            assertEquals("[|48656c6c6f]", rep.received());
            rep.channel.writeOutbound(ZmtpMessage.ofText("", "World"));
            assertEquals(Wire.hex(WORLD), rep.sent());
        }
    }

    @Test
    void shouldGreetLibzmqRepAsReqAtEverySplitPoint() {
        byte[] server = Wire.bytes(Wire.handshake("REP") + WORLD);
        String client = Wire.hex(Wire.GREETING_31 + Wire.readyWithId("REQ", "") + HELLO);
        for (int split = 0; split <= server.length; split++) {
            try (Codec req = Codec.of(ZmtpSocketType.REQ)) {
                req.channel.writeOneOutbound(ZmtpMessage.ofText("", "Hello"));
                req.feed(server, 0, split);
                req.feed(server, split, server.length);
                assertEquals(client, req.sent(), "split at " + split);
                assertEquals("[|576f726c64]", req.received(), "split at " + split);
                assertEquals(1, req.events.size());
            }
        }
    }

    @Test
    void shouldTakeAConversationOctetByOctet() {
        byte[] client = Wire.bytes(Wire.GREETING_31 + Wire.readyWithId("REQ", "") + HELLO + HELLO);
        try (Codec rep = Codec.of(ZmtpSocketType.REP)) {
            for (int i = 0; i < client.length; i++) {
                rep.feed(client, i, i + 1);
            }
            assertEquals("[|48656c6c6f][|48656c6c6f]", rep.received());
            assertEquals(Wire.hex(Wire.handshake("REP")), rep.sent());
        }
    }

    @Test
    void shouldPublishToLibzmqSubOfZmtp31() {
        try (Codec pub = Codec.of(ZmtpSocketType.PUB)) {
            pub.feed(Wire.GREETING_31 + "04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 03 53 55"
                    + " 42 04 0B 09 53 55 42 53 43 52 49 42 45 41");
            assertEquals(Wire.hex(Wire.GREETING_31 + "04 19 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00"
                    + " 00 03 50 55 42"), pub.sent());
            assertEquals("SUBSCRIBE(41)", pub.received());
            pub.channel.writeOutbound(ZmtpMessage.ofText("A.x", "1"));
            assertEquals(Wire.hex("01 03 41 2E 78 00 01 31"), pub.sent());
            pub.feed("04 08 06 43 41 4E 43 45 4C 41");
            assertEquals("CANCEL(41)", pub.received());
        }
    }

    @Test
    void shouldSubscribeToLibzmqPubOfZmtp31() {
        try (Codec sub = Codec.connected(ZmtpSocketType.SUB, "PUB")) {
            sub.channel.writeOutbound(ZmtpCommand.subscribe(Unpooled.copiedBuffer(Wire.bytes("41"))));
            assertEquals(Wire.hex("04 0B 09 53 55 42 53 43 52 49 42 45 41"), sub.sent());
            sub.feed("01 03 41 2E 78 00 01 31");
            assertEquals("[412e78|31]", sub.received());
            sub.channel.writeOutbound(ZmtpCommand.cancel(Unpooled.copiedBuffer(Wire.bytes("41"))));
            assertEquals(Wire.hex("04 08 06 43 41 4E 43 45 4C 41"), sub.sent());
        }
    }

    @Test
    void shouldSubscribeToJeroMqPubOfZmtp30WithMessages() {
        try (Codec sub = Codec.of(ZmtpSocketType.SUB)) {
            sub.feed(Wire.GREETING_30 + Wire.ready("PUB"));
            assertEquals(ZmtpVersion.ZMTP_3_0, sub.completed().version());
            assertEquals(Wire.hex(Wire.handshake("SUB")), sub.sent());
            sub.channel.writeOutbound(ZmtpCommand.subscribe(Unpooled.copiedBuffer(Wire.bytes("41"))));
            assertEquals(Wire.hex("00 02 01 41"), sub.sent());
            sub.feed("00 06 41 68 65 6C 6C 6F");
            assertEquals("[4168656c6c6f]", sub.received());
            sub.channel.writeOutbound(ZmtpCommand.cancel(Unpooled.copiedBuffer(Wire.bytes("41"))));
            assertEquals(Wire.hex("00 02 00 41"), sub.sent());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ROUTER, '', 04 29 05 READY 0B Socket-Type 00 00 00 06 ROUTER 08 Identity 00 00 00 00",
        "DEALER, BOB, 04 2C 05 READY 0B Socket-Type 00 00 00 06 DEALER 08 Identity 00 00 00 03 BOB",
        "XPUB, BOB, 04 1A 05 READY 0B Socket-Type 00 00 00 04 XPUB",
        "RADIO, '', 04 1B 05 READY 0B Socket-Type 00 00 00 05 RADIO",
        "SERVER, '', 04 1C 05 READY 0B Socket-Type 00 00 00 06 SERVER"})
    void shouldSendTheReadyOfLibzmq(ZmtpSocketType type, String id, String ready) {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(type).routingId(id.getBytes());
        try (Codec codec = new Codec(builder)) {
            codec.feed(Wire.GREETING_31);
            String expected = Wire.hex(ready.replaceAll("([A-Z][-A-Za-z]{2,})", "\"$1\""));
            String sent = codec.sent();
            assertEquals(expected, sent.substring(128));
            assertEquals(String.format("ff%016x7f", id.length() + 1), sent.substring(0, 20));
        }
    }

    @Test
    void shouldSendOwnPropertiesAndReadThePeers() {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.DEALER)
                .properties(ZmtpMetadata.builder().add("X-a", "bb").build());
        try (Codec codec = new Codec(builder)) {
            codec.feed(Wire.GREETING_31);
            assertEquals(Wire.hex("04 33 05 52 45 41 44 59 0B 53 6F 63 6B 65 74 2D 54 79 70 65 00 00 00 06 44 45 41 4C"
                    + " 45 52 08 49 64 65 6E 74 69 74 79 00 00 00 00 03 58 2D 61 00 00 00 02 62 62"),
                    codec.sent().substring(128));
            codec.feed("04 33 05 \"READY\" 0B \"Socket-Type\" 00 00 00 06 \"DEALER\" 08 \"identity\" 00 00 00 00"
                    + " 03 \"x-A\" 00 00 00 02 \"cc\"");
            assertEquals("cc", codec.completed().metadata().get("X-a"));
            assertEquals(List.of("Socket-Type", "identity", "x-A"), codec.completed().metadata().names());
        }
    }

    @Test
    void shouldTellTheRoutingIdOfThePeer() {
        try (Codec router = Codec.of(ZmtpSocketType.ROUTER)) {
            router.feed(Wire.GREETING_31 + Wire.readyWithId("DEALER", "BOB"));
            assertArrayEquals("BOB".getBytes(), router.completed().routingId());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        // any padding, any odd octet 9, any filler, any as-server, minor 2 and 255, major 4 and 255
        "FF 11 22 33 44 55 66 77 88 01 03 01 <mech NULL> <32xFF>",
        "FF 00 00 00 00 00 00 00 00 FF 03 02 <mech NULL> <32x00>",
        "FF 00 00 00 00 00 00 00 00 7F 03 FF <mech NULL> 01 <31x00>",
        "FF 00 00 00 00 00 00 00 00 7F 04 01 <mech NULL> <32x00>",
        "FF 00 00 00 00 00 00 00 00 7F FF FF <mech NULL> <32x00>",
        "FF 00 00 00 00 00 00 00 00 7F 02 01 <mech NULL> <32x00>"})
    void shouldAcceptEveryGreetingOfANewerPeer(String greeting) {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(greeting + Wire.ready("PUSH") + "00 01 61");
            assertEquals(ZmtpVersion.ZMTP_3_1, pull.completed().version());
            assertEquals("[61]", pull.received());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"<mech PLAIN>", "<mech null>", "\"NULL\" <15x00> 01", "\"NULL\" 00 \"x\" <14x00>",
        "<20x00>"})
    void shouldRefuseAnotherMechanism(String mechanism) {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.SIGNATURE + "03 01" + mechanism + "<32x00>");
            ZmtpException e = pull.handshakeFailure();
            assertEquals(ZmtpError.MECHANISM_MISMATCH, e.error());
            assertEquals(0x11000002, e.error().code());
            assertTrue(e.getMessage().contains("expected: \"NULL\""), e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "incompatible type,     INCOMPATIBLE_SOCKET_TYPE, 04 19 05 `READY` 0B `Socket-Type` 00 00 00 03 `SUB`",
        "lower-case type,       INCOMPATIBLE_SOCKET_TYPE, 04 1A 05 `READY` 0B `Socket-Type` 00 00 00 04 `push`",
        "in a message frame,    UNEXPECTED_COMMAND,       00 1A 05 `READY` 0B `Socket-Type` 00 00 00 04 `PUSH`",
        "command with MORE,     MALFORMED_FRAME,          05 1A 05 `READY` 0B `Socket-Type` 00 00 00 04 `PUSH`",
        "reserved bits,         MALFORMED_FRAME,          FC 1A 05 `READY` 0B `Socket-Type` 00 00 00 04 `PUSH`",
        "message before READY,  UNEXPECTED_COMMAND,       00 05 `Hello`",
        "empty command,         MALFORMED_COMMAND,        04 00",
        "one octet,             MALFORMED_COMMAND,        04 01 00",
        "unknown command,       UNEXPECTED_COMMAND,       04 04 03 `FOO`",
        "HELLO,                 UNEXPECTED_COMMAND,       04 06 05 `HELLO`",
        "ready in lower case,   UNEXPECTED_COMMAND,       04 06 05 `ready`",
        "stray octet,           INVALID_METADATA,         04 07 05 `READY` 01",
        "name overruns,         INVALID_METADATA,         04 0A 05 `READY` 09 `abc`",
        "value overruns,        INVALID_METADATA,         04 0F 05 `READY` 03 `X-a` 00 00 00 02 62",
        "value of 2^31 - 1,     INVALID_METADATA,         04 0F 05 `READY` 03 `X-a` 7F FF FF FF 62",
        "value of 2^32 - 1,     INVALID_METADATA,         04 0F 05 `READY` 03 `X-a` FF FF FF FF 62",
        "name of length 0,      INVALID_METADATA,         04 0B 05 `READY` 00 00 00 00 00",
        "duplicate,             INVALID_METADATA,         04 16 05 `READY` 03 `X-a` 00 00 00 00 03 `x-A` 00 00 00 00",
        "ERROR cut short,       MALFORMED_ERROR,          04 06 05 `ERROR`",
        "ERROR overruns,        MALFORMED_ERROR,          04 09 05 `ERROR` 03 `40`",
        "ERROR with text,       PEER_ERROR,               04 0A 05 `ERROR` 03 `bad`",
        "2^63 octets,           LIMIT_EXCEEDED,           06 80 00 00 00 00 00 00 00",
        "2^64 - 1 octets,       LIMIT_EXCEEDED,           06 FF FF FF FF FF FF FF FF",
        "8193 octets,           LIMIT_EXCEEDED,           06 00 00 00 00 00 00 20 01"})
    void shouldCloseOnceOnAMalformedReady(String what, ZmtpError error, String frame) {
        byte[] octets = Wire.bytes(Wire.GREETING_31 + frame.replace('`', '"'));
        for (int split = 64; split < octets.length; split++) {
            try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
                pull.feed(octets, 0, split);
                pull.feed(octets, split, octets.length);
                assertEquals(error, pull.handshakeFailure().error(), what + " split at " + split);
                assertEquals("", pull.received());
            }
        }
    }

    @Test
    void shouldTellItsTypeToAPeerItRefuses() {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.GREETING_31 + Wire.ready("SUB")); // in one piece: nothing was sent in between
            assertEquals(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, pull.handshakeFailure().error());
            assertEquals(Wire.hex(Wire.handshake("PULL")), pull.sent());
        }
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.SIGNATURE + "03 01 <mech PLAIN> <32x00>");
            assertEquals(ZmtpError.MECHANISM_MISMATCH, pull.handshakeFailure().error());
            assertEquals(Wire.hex(Wire.GREETING_31), pull.sent());
        }
    }

    @Test
    void shouldRefuseAnIdentityOfMoreThan255Octets() {
        try (Codec router = Codec.of(ZmtpSocketType.ROUTER)) {
            router.feed(Wire.GREETING_31
                    + "06 00 00 00 00 00 00 01 13 05 \"READY\" 08 \"Identity\" 00 00 01 00 <256x61>");
            assertEquals(ZmtpError.INVALID_METADATA, router.handshakeFailure().error());
        }
        try (Codec router = Codec.of(ZmtpSocketType.ROUTER)) {
            router.feed(Wire.GREETING_31
                    + "06 00 00 00 00 00 00 01 12 05 \"READY\" 08 \"Identity\" 00 00 00 FF <255x61>");
            assertEquals(255, router.completed().routingId().length);
        }
    }

    @Test
    void shouldAcceptAReadyWithoutSocketTypeUnlessItIsRequired() {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.GREETING_31 + "04 06 05 \"READY\"");
            assertNull(pull.completed().socketType());
        }
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).socketTypeRequired(true))) {
            pull.feed(Wire.GREETING_31 + "04 06 05 \"READY\"");
            assertEquals(ZmtpError.INVALID_METADATA, pull.handshakeFailure().error());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 400, 500})
    void shouldTellTheStatusWhenThePeerRefuses(int status) {
        try (Codec push = Codec.of(ZmtpSocketType.PUSH)) {
            push.feed(Wire.GREETING_31 + "04 0A 05 \"ERROR\" 03 \"" + status + '"');
            assertEquals(status,
                    assertInstanceOf(ZmtpAuthenticationException.class, push.handshakeFailure()).status());
        }
    }

    @Test
    void shouldFailWhenThePeerGoesInTheHandshake() {
        byte[] octets = Wire.bytes(Wire.handshake("PUSH"));
        for (int length = 0; length < octets.length; length++) {
            try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
                pull.feed(octets, 0, length);
                pull.channel.close();
                assertEquals(ZmtpError.CONNECTION_CLOSED, pull.handshakeFailure().error());
                assertTrue(pull.handshakeFailure().error().isTransient());
            }
        }
    }

    @Test
    void shouldGiveUpAfterTheHandshakeTimeout() {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.GREETING_31);
            pull.channel.advanceTimeBy(29_999, java.util.concurrent.TimeUnit.MILLISECONDS);
            pull.channel.runScheduledPendingTasks();
            assertTrue(pull.channel.isOpen());
            pull.channel.advanceTimeBy(1, java.util.concurrent.TimeUnit.MILLISECONDS);
            pull.channel.runScheduledPendingTasks();
            assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, pull.handshakeFailure().error());
        }
    }

    @Test
    void shouldBoundTheHandshakeTimeout() {
        Duration most = Duration.ofMillis(Long.MAX_VALUE / 1_000_000);
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL)
                .limits(ZmtpLimits.builder().handshakeTimeout(most).build()))) {
            pull.feed(Wire.handshake("PUSH"));
            assertNotNull(pull.completed());
        }
        for (Duration wrong : List.of(most.plusMillis(1), Duration.ofSeconds(Long.MAX_VALUE), Duration.ofMillis(-1))) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> ZmtpLimits.builder().handshakeTimeout(wrong)).getMessage();
            assertTrue(message.startsWith("handshakeTimeout: " + wrong + " (expected: 0 to "), message);
        }
    }

    @Test
    void shouldCloseWhenThePeersAddressCannotBeTold() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(1, 1, 1);
        List<Function<Channel, String>> broken = List.of(channel -> null, channel -> {
            throw new IllegalStateException("no address");
        });
        for (Function<Channel, String> address : broken) {
            try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).handshakeLimiter(limiter)
                    .peerAddress(address))) {
                assertEquals(ZmtpError.INTERNAL, pull.handshakeFailure().error());
                assertEquals(0, limiter.pending());
            }
        }
        // Where the limiter counts by something else, the handshake is counted before the address is asked for.
        ZmtpHandshakeLimiter byUser = new ZmtpHandshakeLimiter(1, 1, 1);
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).peerAddress(broken.get(1))
                .handshakeLimiter(byUser, channel -> "user 1"))) {
            assertEquals(ZmtpError.INTERNAL, pull.handshakeFailure().error());
            assertEquals(0, byUser.pending());
        }
    }

    @Test
    void shouldDeliverTenThousandMessagesBehindReady() {
        byte[] frame = Wire.bytes("00 01 61");
        byte[] all = java.util.Arrays.copyOf(Wire.bytes(Wire.handshake("PUSH")),
                Wire.bytes(Wire.handshake("PUSH")).length + 30_000);
        for (int i = all.length - 30_000; i < all.length; i += 3) {
            System.arraycopy(frame, 0, all, i, 3);
        }
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(all);
            assertEquals("[61]".repeat(10_000), pull.received());
        }
    }
}
