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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.concurrent.TimeUnit;

/** ZMTP 2.0 and 1.0, against captures of JeroMQ 0.3.4 and libzmq 4.3.5. */
class LegacyVersionsTest {

    @Test
    void shouldTalkToJeroMq034AsReqAtEverySplitPoint() {
        byte[] server = Wire.bytes(Wire.SIGNATURE + "01 04 00 00 01 00 00 05 57 6F 72 6C 64");
        for (int split = 0; split <= server.length; split++) {
            try (Codec req = Codec.of(ZmtpSocketType.REQ)) {
                req.channel.write(ZmtpMessage.ofText("", "Hello"));
                req.feed(server, 0, split);
                req.feed(server, split, server.length);
                assertEquals(Wire.hex(Wire.SIGNATURE + "03 03 00 00 01 00 00 05 48 65 6C 6C 6F"), req.sent());
                assertEquals("[|576f726c64]", req.received());
                assertEquals(ZmtpVersion.ZMTP_2_0, req.completed().version());
                assertEquals(ZmtpSocketType.REP, req.completed().socketType());
                assertEquals("NULL", req.completed().mechanism());
            }
        }
    }

    @Test
    void shouldTellA20PeerItsRoutingId() {
        try (Codec dealer = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER).routingId("BOB".getBytes()))) {
            assertEquals(Wire.hex("FF 00 00 00 00 00 00 00 04 7F"), dealer.sent());
            dealer.feed(Wire.SIGNATURE + "01 06");
            assertEquals(Wire.hex("03 05 00 03 42 4F 42"), dealer.sent());
            dealer.feed("00 03 \"SRV\"");
            assertArrayEquals("SRV".getBytes(), dealer.completed().routingId());
        }
    }

    @ParameterizedTest
    @CsvSource({"XPUB, 2, 1", "XSUB, 1, 2", "PUB, 10, 1", "SUB, 9, 2", "PAIR, 0, 0", "PULL, 8, 7"})
    void shouldShowXpubAndXsubAsTheirPlainKind(ZmtpSocketType type, int peer, int sent) {
        try (Codec codec = Codec.of(type)) {
            codec.feed(Wire.SIGNATURE + "01" + String.format("%02x", peer) + "00 00");
            assertEquals(Wire.hex(Wire.SIGNATURE + "03" + String.format("%02x", sent) + "00 00"), codec.sent());
            assertEquals(ZmtpVersion.ZMTP_2_0, codec.completed().version());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01 02", "01 63", "00 02"})
    void shouldRefuseAnIncompatibleTypeOfAnOldPeer(String revisionAndType) {
        try (Codec req = Codec.of(ZmtpSocketType.REQ)) {
            req.feed(Wire.SIGNATURE + revisionAndType);
            assertEquals(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, req.handshakeFailure().error());
        }
    }

    @Test
    void shouldServeRevision0WithTheFramingOf10() {
        try (Codec rep = Codec.of(ZmtpSocketType.REP)) {
            rep.feed(Wire.SIGNATURE + "00 03");
            assertEquals(Wire.hex(Wire.SIGNATURE + "03 04 01 00"), rep.sent());
            rep.feed("04 00 \"BOB\" 01 01 06 00 \"Hello\"");
            assertEquals(ZmtpVersion.ZMTP_1_0, rep.completed().version());
            assertArrayEquals("BOB".getBytes(), rep.completed().routingId());
            assertEquals("[|48656c6c6f]", rep.received());
            rep.channel.writeOutbound(ZmtpMessage.ofText("", "World"));
            assertEquals(Wire.hex("01 01 06 00 \"World\""), rep.sent());
        }
    }

    @Test
    void shouldServeALibzmq2ReqAtEverySplitPoint() {
        byte[] client = Wire.bytes("01 00 01 01 06 00 48 65 6C 6C 6F");
        for (int split = 0; split <= client.length; split++) {
            try (Codec rep = Codec.of(ZmtpSocketType.REP)) {
                rep.feed(client, 0, split);
                rep.feed(client, split, client.length);
                assertEquals("[|48656c6c6f]", rep.received());
                assertEquals(ZmtpVersion.ZMTP_1_0, rep.completed().version());
                assertNull(rep.completed().socketType());
                rep.channel.writeOutbound(ZmtpMessage.ofText("", "World"));
                assertEquals(Wire.hex(Wire.SIGNATURE + "01 01 06 00 57 6F 72 6C 64"), rep.sent());
            }
        }
    }

    @Test
    void shouldTakeALongIdentityHeaderForNoSignature() {
        // What this codec itself sends first is such a header: length 4 in the long form, flags 7E.
        byte[] client = Wire.bytes(
                "FF 00 00 00 00 00 00 00 04 7E \"BOB\" 03 00 \"Hi\" FF 00 00 00 00 00 00 00 02 00 61");
        for (int split = 0; split <= client.length; split++) {
            try (Codec router = Codec.of(ZmtpSocketType.ROUTER)) {
                router.feed(client, 0, split);
                router.feed(client, split, client.length);
                assertArrayEquals("BOB".getBytes(), router.completed().routingId());
                assertEquals("[4869][61]", router.received());
            }
        }
    }

    @Test
    void shouldSendItsIdentityToALibzmq2Peer() {
        try (Codec dealer = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER).routingId("BOB".getBytes()))) {
            dealer.channel.write(ZmtpMessage.ofText("Hi"));
            dealer.feed("01 00");
            assertEquals(Wire.hex("FF 00 00 00 00 00 00 00 04 7F 42 4F 42 03 00 48 69"), dealer.sent());
        }
    }

    @Test
    void shouldSubscribeForASilentSubscriberOf10() {
        try (Codec pub = Codec.of(ZmtpSocketType.PUB)) {
            pub.feed("01 00");
            assertEquals("SUBSCRIBE()", pub.received());
            pub.channel.writeOutbound(ZmtpMessage.ofText("topic hello"));
            assertEquals(Wire.hex(Wire.SIGNATURE + "0C 00 74 6F 70 69 63 20 68 65 6C 6C 6F"), pub.sent());
        }
        for (String greeting : new String[] {Wire.SIGNATURE + "01 02 00 00", Wire.SIGNATURE + "00 02 01 00"}) {
            try (Codec pub = Codec.of(ZmtpSocketType.PUB)) {
                pub.feed(greeting);
                assertEquals("", pub.received());
            }
        }
    }

    @Test
    void shouldSubscribeToOldPublishersWithMessages() {
        try (Codec sub = Codec.of(ZmtpSocketType.SUB)) {
            sub.feed("01 00");
            sub.sent();
            sub.channel.writeOutbound(ZmtpCommand.subscribe(Unpooled.copiedBuffer(new byte[] {'A'})));
            assertEquals(Wire.hex("03 00 01 41"), sub.sent());
        }
        try (Codec sub = Codec.of(ZmtpSocketType.SUB)) {
            sub.feed(Wire.SIGNATURE + "01 01 00 00");
            sub.sent();
            sub.channel.writeOutbound(ZmtpCommand.cancel(Unpooled.copiedBuffer(new byte[] {'A'})));
            assertEquals(Wire.hex("00 02 00 41"), sub.sent());
        }
    }

    @Test
    void shouldReadSubscriptionsOfOldSubscribers() {
        try (Codec pub = Codec.of(ZmtpSocketType.XPUB)) {
            pub.feed(Wire.SIGNATURE + "01 02 00 00 00 02 01 41 00 01 00");
            assertEquals("SUBSCRIBE(41)CANCEL()", pub.received());
        }
    }

    @Test
    void shouldRefuseJoinToAPeerWithoutCommands() {
        try (Codec dish = Codec.of(ZmtpSocketType.DISH)) {
            dish.feed(Wire.SIGNATURE + "01 0E 00 00");
            assertInstanceOf(IllegalArgumentException.class, dish.channel.writeAndFlush(
                    new ZmtpCommand(ZmtpCommand.Kind.JOIN, Unpooled.copiedBuffer(new byte[] {'A'}))).cause());
        }
    }

    @ParameterizedTest
    @CsvSource({"252, fd00", "253, fe00", "254, ff00000000000000ff00", "255, ff000000000000010000",
        "300, ff000000000000012d00"})
    void shouldUseTheShortHeaderOf10UpTo253Octets(int length, String header) {
        try (Codec push = Codec.of(ZmtpSocketType.PUSH); Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            push.feed("01 00");
            push.sent();
            push.channel.writeOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(length)));
            String sent = push.sent();
            assertEquals(header + "00".repeat(length), sent);
            byte[] octets = Wire.bytes("01 00" + sent);
            for (int i = 0; i < octets.length; i += 7) {
                pull.feed(octets, i, Math.min(octets.length, i + 7));
            }
            assertEquals('[' + "00".repeat(length) + ']', pull.received());
        }
    }

    @ParameterizedTest
    @CsvSource({"00, MALFORMED_FRAME", "FF 00 00 00 00 00 00 00 00 00, MALFORMED_FRAME",
        "FF 80 00 00 00 00 00 00 00 00, LIMIT_EXCEEDED", "FF FF FF FF FF FF FF FF FF 00, LIMIT_EXCEEDED",
        "FF 00 00 00 00 04 00 00 02 00, LIMIT_EXCEEDED"})
    void shouldCloseOnAMalformedFrameOf10(String frame, ZmtpError error) {
        byte[] octets = Wire.bytes("01 00 02 00 61" + frame);
        for (int split = 2; split <= octets.length; split++) {
            try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
                pull.feed(octets, 0, split);
                pull.feed(octets, split, octets.length);
                assertEquals(error, pull.failure().error());
                assertEquals("[61]", pull.received());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"04 05 04 \"PING\"", "04 07 04 \"PING\" 00 00", "06", "05", "08"})
    void shouldCloseOnACommandOf20(String frame) {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.SIGNATURE + "01 08 00 00" + frame);
            assertEquals(ZmtpError.MALFORMED_FRAME, pull.failure().error());
        }
    }

    @ParameterizedTest
    @CsvSource({"GET as an identity of 70 octets, 47, false", "length 0 first, 00, true"})
    void shouldBoundWhatIsNoZmtpAtAll(String what, String octets, boolean atOnce) {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(octets + (atOnce ? "00" : "\"ET / HTTP/1.1\" 0D 0A 0D 0A"));
            if (!atOnce) {
                assertNull(pull.completed(), what);
                pull.channel.advanceTimeBy(30, TimeUnit.SECONDS);
                pull.channel.runScheduledPendingTasks();
                assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, pull.handshakeFailure().error());
            } else {
                assertEquals(ZmtpError.MALFORMED_FRAME, pull.handshakeFailure().error());
            }
        }
    }

    /** ZMTP 1.0 takes the first octet for an identity of 21 octets; what follows is no frame, and the codec fails. */
    @Test
    void shouldCloseOnATlsClientHello() {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed("16 03 01 00 2F 01 00 00 2B 03 03 <12x52> 00 <19x52> 00 00 04 00 2F 00 35 01 00");
            assertEquals(ZmtpError.MALFORMED_FRAME, pull.failure().error());
            assertEquals("", pull.received());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"FF 00 00 00 00 00 00 01 01 00",
        "FF FF FF FF FF FF FF FF FF 00", "FF 80 00 00 00 00 00 00 00 00",
        "FF 00 00 00 00 00 00 00 00 7F 01 08 01 00", "FF 00 00 00 00 00 00 00 00 7F 01 08 04 00",
        "FF 00 00 00 00 00 00 00 00 7F 01 08 02 00 00 00 00 00 00 01 00"})
    void shouldCloseOnAnIdentityThatIsNone(String octets) {
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(octets);
            assertTrue(pull.handshakeFailure().error() == ZmtpError.MALFORMED_FRAME
                    || pull.handshakeFailure().error() == ZmtpError.INVALID_METADATA);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "47", "00", "FF 00 00 00 00 00 00 00 01 7E", Wire.SIGNATURE + "01",
        Wire.SIGNATURE + "00"})
    void shouldCloseAtOnceWhenOldVersionsAreSwitchedOff(String octets) {
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).legacyVersions(false))) {
            assertEquals(Wire.hex(Wire.GREETING_31), pull.sent());
            pull.feed(octets);
            assertEquals(ZmtpError.MALFORMED_GREETING, pull.handshakeFailure().error());
        }
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL).legacyVersions(false))) {
            pull.feed(Wire.handshake("PUSH") + "00 01 61");
            assertEquals("[61]", pull.received());
        }
    }

    @Test
    void shouldKeepTheTimerUntilAnOldPeersIdentityIsComplete() {
        for (String octets : new String[] {"04 00 \"BO\"", Wire.SIGNATURE + "01 08 00 03 \"BO\""}) {
            try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
                pull.feed(octets);
                pull.channel.advanceTimeBy(30, TimeUnit.SECONDS);
                pull.channel.runScheduledPendingTasks();
                assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, pull.handshakeFailure().error());
            }
        }
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed("01 00");
            pull.channel.advanceTimeBy(60, TimeUnit.SECONDS);
            pull.channel.runScheduledPendingTasks();
            assertTrue(pull.channel.isOpen());
        }
    }

    @Test
    void shouldSendNoHeartbeatsToOldPeers() {
        try (Codec pull = new Codec(ZmtpCodec.builder(ZmtpSocketType.PULL)
                .heartbeatInterval(java.time.Duration.ofSeconds(1)))) {
            pull.feed(Wire.SIGNATURE + "01 08 00 00");
            pull.sent();
            pull.channel.advanceTimeBy(10, TimeUnit.SECONDS);
            pull.channel.runScheduledPendingTasks();
            assertEquals("", pull.sent());
            assertTrue(pull.channel.isOpen());
        }
    }
}
