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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

/** What the codec makes of the octets that come in after the handshake. */
class FrameDecoderTest {

    private static final String LONG_HEADER = "02 00 00 00 00 00 00 ";

    @Test
    void shouldDecodeEveryKindOfFrameAtEverySplitPoint() {
        byte[] octets = Wire.bytes("00 00" // PROBE_ROUTER
                + "00 03 61 62 63"
                + "01 04 4B 94 E8 2A 01 00 00 03 6F 6E 65" // REQ_CORRELATE
                + LONG_HEADER + "00 00" // LONG of 0 and of 5: not canonical, and accepted
                + LONG_HEADER + "00 05 \"Hello\""
                + "01 01 61 04 07 04 50 49 4E 47 00 0F 00 01 62" // PING between two frames of a message
                + "04 05 04 \"PONG\" 04 05 04 \"ping\" 04 04 03 \"FOO\"" // without meaning here
                + "04 0A 09 \"SUBSCRIBE\" 04 06 04 \"JOIN\" 41" // not for a ROUTER
                + LONG_HEADER + "01 00 <256x7A>"
                + "01 00 01 FF <255x79> 00 00"
                + "00 01 65");
        String expected = "[]" + "[616263]" + "[4b94e82a||6f6e65]" + "[]" + "[48656c6c6f]" + "[61|62]"
                + '[' + "7a".repeat(256) + ']' + "[|" + "79".repeat(255) + "|]" + "[65]";
        for (int split = 0; split <= octets.length; split++) {
            try (Codec router = Codec.connected(ZmtpSocketType.ROUTER, "DEALER")) {
                router.feed(octets, 0, split);
                router.feed(octets, split, octets.length);
                assertEquals(expected, router.received(), "split at " + split);
                assertEquals(Wire.hex("04 05 04 50 4F 4E 47"), router.sent(), "split at " + split);
            }
        }
        try (Codec router = Codec.connected(ZmtpSocketType.ROUTER, "DEALER")) {
            for (int i = 0; i < octets.length; i++) {
                router.feed(octets, i, i + 1);
            }
            assertEquals(expected, router.received());
        }
    }

    @Test
    void shouldEchoAtMost16OctetsOfAPingContext() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("04 0A 04 \"PING\" 00 00 \"ctx\"");
            assertEquals(Wire.hex("04 08 04 50 4F 4E 47 63 74 78"), pull.sent());
            pull.feed("04 17 04 \"PING\" 00 00 \"0123456789abcdef\"");
            assertEquals(Wire.hex("04 15 04 50 4F 4E 47 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"), pull.sent());
            pull.feed("04 1B 04 \"PING\" 00 00 \"0123456789abcdefghij\"");
            assertEquals(Wire.hex("04 15 04 50 4F 4E 47 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66"), pull.sent());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "command with MORE, MALFORMED_FRAME,    05 05 04 `PONG`",
        "long command with MORE, MALFORMED_FRAME, 07",
        "bit 3,             MALFORMED_FRAME,    08",
        "all bits,          MALFORMED_FRAME,    FF",
        "2^63 octets,       LIMIT_EXCEEDED,     02 80 00 00 00 00 00 00 00",
        "2^64 - 1 octets,   LIMIT_EXCEEDED,     03 FF FF FF FF FF FF FF FF",
        "2^40 octets,       LIMIT_EXCEEDED,     02 00 00 01 00 00 00 00 00",
        "2^32 + 1 octets,   LIMIT_EXCEEDED,     02 00 00 00 01 00 00 00 01",
        "command of 2^63,   LIMIT_EXCEEDED,     06 80 00 00 00 00 00 00 00",
        "command of 8193,   LIMIT_EXCEEDED,     06 00 00 00 00 00 00 20 01",
        "empty command,     MALFORMED_COMMAND,  04 00",
        "name of length 0,  MALFORMED_COMMAND,  04 02 00 41",
        "name overruns,     MALFORMED_COMMAND,  04 05 05 `PING`",
        "PING without TTL,  MALFORMED_COMMAND,  04 05 04 `PING`",
        "PING of 6 octets,  MALFORMED_COMMAND,  04 06 04 `PING` 00",
        "ERROR,             UNEXPECTED_COMMAND, 04 0A 05 `ERROR` 03 `400`"})
    void shouldCloseOnceOnAMalformedFrame(String what, ZmtpError error, String frame) {
        byte[] octets = Wire.bytes("00 01 61 01 01 62" + frame.replace('`', '"'));
        for (int split = 0; split < octets.length; split++) {
            try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
                pull.feed(octets, 0, split);
                pull.feed(octets, split, octets.length);
                pull.feed("00 01 62");
                assertEquals(error, pull.failure().error(), what + " split at " + split);
                assertEquals("[61]", pull.received(), what);
                assertEquals(1, pull.events.size());
            }
        }
    }

    @Test
    void shouldHoldEachLimitAtItsEdge() {
        ZmtpLimits limits = ZmtpLimits.builder().maxFrameLength(300).maxMessageLength(528)
                .maxCommandLength(600).maxSubscriptionLength(700).build();
        limit(limits, LONG_HEADER + "01 2C <300x61>", LONG_HEADER + "01 2D", "maxFrameLength", 301, 300);
        limit(limits, "03 00 00 00 00 00 00 01 2C <300x61> 00 64 <100x61>",
                "03 00 00 00 00 00 00 01 2C <300x61> 00 65 <101x61>", "maxMessageLength", 529, 528);
        // each part but the first counts 128 octets more
        limit(limits, "01 00 01 00 01 00 01 00 00 10 <16x61>", "01 00 01 00 01 00 01 00 01 10 <16x61> 00 00",
                "maxMessageLength", 656, 528);
        limit(limits, "06 00 00 00 00 00 00 02 C6 09 \"SUBSCRIBE\" <700x61>",
                "06 00 00 00 00 00 00 02 C7", "maxSubscriptionLength", 711, 710);
        limit(limits, "06 00 00 00 00 00 00 02 C3 06 \"CANCEL\" <700x61>",
                "06 00 00 00 00 00 00 02 C4 06 \"CANCEL\" <701x61>", "maxSubscriptionLength", 701, 700);
        ZmtpLimits small = ZmtpLimits.builder().maxFrameLength(10).maxSubscriptionLength(4).build();
        limit(small, "00 0A <10x61>", "00 0B", "maxFrameLength", 11, 10);
        limit(small, "00 05 01 <4x61>", "00 06 01 <5x61>", "maxSubscriptionLength", 5, 4);
        ZmtpLimits none = ZmtpLimits.builder().maxFrameLength(0).build();
        limit(none, "00 00 01 00 00 00", "00 01", "maxFrameLength", 1, 0);
        ZmtpLimits message = ZmtpLimits.builder().maxMessageLength(5).build();
        limit(message, "00 05 <5x61>", "00 06 <6x61>", "maxMessageLength", 6, 5);
    }

    private static void limit(ZmtpLimits limits, String edge, String past, String option, long value, long limit) {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.XPUB).limits(limits);
        try (Codec codec = Codec.connected(builder, "SUB")) {
            codec.feed(edge);
            assertTrue(codec.channel.isOpen(), () -> edge + codec.errors);
            assertFalse(codec.received().isEmpty());
        }
        byte[] octets = Wire.bytes(past);
        for (int split = 0; split <= octets.length; split += Math.max(1, octets.length / 20)) {
            try (Codec codec = Codec.connected(builder, "SUB")) {
                codec.feed(octets, 0, split);
                codec.feed(octets, split, octets.length);
                ZmtpLimitException e = assertInstanceOf(ZmtpLimitException.class, codec.failure());
                assertEquals(option, e.option());
                assertEquals(value, e.value());
                assertEquals(limit, e.limit());
                assertTrue(e.getMessage().contains("ZmtpLimits." + option), e.getMessage());
            }
        }
    }

    @Test
    void shouldNotAllocateWhatIsOnlyAnnounced() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("02 00 00 00 00 03 00 00 00 <100x61>"); // 48 MiB
            long used = pull.alloc.metric().usedDirectMemory() + pull.alloc.metric().usedHeapMemory();
            assertTrue(used < 1024, () -> "octets held: " + used);
        }
    }

    /**
     * For a frame of up to 64 KiB of which a quarter has come, room for all of it is taken, so that nothing is copied
     * again; otherwise room for twice of what has come.
     */
    @ParameterizedTest
    @CsvSource({"40000, 10000, 40009", "65536, 17000, 65545", "40000, 2000, 8036", "1000000, 10000, 20018"})
    void shouldTakeRoomForACutFrameByWhatCame(int length, int came, long room) {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed(String.format("02 %016X <%dx61>", length, came));
            assertEquals(room, pull.alloc.metric().usedDirectMemory() + pull.alloc.metric().usedHeapMemory());
        }
    }

    @Test
    void shouldPutALargeFrameTogetherFromManyReads() {
        byte[] body = new byte[3 << 20];
        new java.util.Random(1).nextBytes(body);
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("00 01 61 02 00 00 00 00 00 30 00 00");
            for (int i = 0; i < body.length; i += 10_007) {
                pull.feed(body, i, Math.min(body.length, i + 10_007));
            }
            pull.feed("00 01 62");
            List<Object> messages = pull.takeMessages();
            assertEquals(3, messages.size());
            ZmtpMessage large = (ZmtpMessage) messages.get(1);
            byte[] copy = new byte[body.length];
            large.part(0).getBytes(large.part(0).readerIndex(), copy);
            assertTrue(java.util.Arrays.equals(body, copy));
            messages.forEach(io.netty.util.ReferenceCountUtil::release);
        }
    }

    @Test
    void shouldNotPinAReadPerPartOfAnUnfinishedMessage() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            for (int i = 0; i < 500; i++) {
                ByteBuf read = pull.alloc.buffer(65_536).writeBytes(Wire.bytes("01 01 61"));
                pull.channel.writeInbound(read);
            }
            long used = pull.alloc.metric().usedDirectMemory() + pull.alloc.metric().usedHeapMemory();
            assertTrue(used < 65_536, () -> "octets held: " + used);
            pull.feed("00 01 62");
            assertEquals("[" + "61|".repeat(500) + "62]", pull.received());
        }
    }

    @Test
    void shouldKeepMessagesApartWhenOneIsReleasedBeforeTheOthers() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("00 01 61 00 01 62 00 01 63 00 01 64");
            List<Object> messages = pull.takeMessages();
            assertTrue(((ZmtpMessage) messages.get(3)).release());
            assertTrue(((ZmtpMessage) messages.get(0)).release());
            assertEquals("[62][63]", Codec.text(messages.get(1)) + Codec.text(messages.get(2)));
            assertTrue(((ZmtpMessage) messages.get(1)).release());
            ByteBuf kept = ((ZmtpMessage) messages.get(2)).part(0).retain();
            assertTrue(((ZmtpMessage) messages.get(2)).release());
            assertEquals('c', kept.getByte(0));
            kept.release();
        }
    }

    @Test
    void shouldReadSubscriptionsInBothFormsFromAnyPeer() {
        try (Codec pub = Codec.of(ZmtpSocketType.PUB)) {
            pub.feed(Wire.GREETING_30 + Wire.ready("SUB") + "00 02 01 41 04 0B 09 \"SUBSCRIBE\" 42 00 02 00 41"
                    + "04 08 06 \"CANCEL\" 42 00 01 01 04 0A 09 \"SUBSCRIBE\" 00 01 00 04 07 06 \"CANCEL\""
                    + "00 02 02 41 00 00 01 01 01 00 01 00");
            assertEquals("SUBSCRIBE(41)SUBSCRIBE(42)CANCEL(41)CANCEL(42)SUBSCRIBE()SUBSCRIBE()CANCEL()CANCEL()"
                    + "[0241][][01|00]", pub.received());
        }
    }

    @Test
    void shouldPassGroupsToRadioAndCloseOnBadOnes() {
        try (Codec radio = Codec.connected(ZmtpSocketType.RADIO, "DISH")) {
            radio.feed("04 06 04 4A 4F 49 4E 41 04 07 05 4C 45 41 56 45 41");
            assertEquals("JOIN(41)LEAVE(41)", radio.received());
            radio.feed("06 00 00 00 00 00 00 01 04 04 \"JOIN\" <255x61>");
            assertEquals("JOIN(" + "61".repeat(255) + ')', radio.received());
            radio.feed("06 00 00 00 00 00 00 01 05 04 \"JOIN\" <256x61>");
            assertEquals(ZmtpError.MALFORMED_COMMAND, radio.failure().error());
        }
        try (Codec radio = Codec.connected(ZmtpSocketType.RADIO, "DISH")) {
            radio.feed("04 08 04 \"JOIN\" 61 00 62");
            assertEquals(ZmtpError.MALFORMED_COMMAND, radio.failure().error());
        }
    }

    @ParameterizedTest
    @CsvSource({"244, 04 FE 09, 00 F5 01", "245, 04 FF 09, 00 F6 01",
        "246, 06 00 00 00 00 00 00 01 00 09, 00 F7 01", "254, 06 00 00 00 00 00 00 01 08 09, 00 FF 01",
        "255, 06 00 00 00 00 00 00 01 09 09, 02 00 00 00 00 00 00 01 00 01",
        "256, 06 00 00 00 00 00 00 01 0A 09, 02 00 00 00 00 00 00 01 01 01"})
    void shouldSendAndReadTopicsOfEveryLength(int length, String header31, String header30) {
        String topic = "<" + length + "x74>";
        byte[] octets = Wire.bytes(topic);
        for (boolean newer : new boolean[] {true, false}) {
            String frame = newer ? header31 + "\"SUBSCRIBE\"" + topic : header30 + topic;
            try (Codec sub = Codec.of(ZmtpSocketType.SUB); Codec pub = Codec.connected(ZmtpSocketType.PUB, "SUB")) {
                sub.feed((newer ? Wire.GREETING_31 : Wire.GREETING_30) + Wire.ready("PUB"));
                sub.sent();
                sub.channel.writeOutbound(ZmtpCommand.subscribe(sub.alloc.buffer().writeBytes(octets)));
                assertEquals(Wire.hex(frame), sub.sent());
                pub.feed(frame);
                assertEquals("SUBSCRIBE(" + "74".repeat(length) + ')', pub.received());
            }
        }
    }

    /** SUBSCRIBE is LONG above 245 octets of topic, CANCEL above 248, and either above 254 in the old form. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 254, 255, 256})
    void shouldSendAndReadSubscriptionsAndCancelsAroundTheLongForm(int length) {
        String topic = "<" + length + "x74>";
        byte[] octets = Wire.bytes(topic);
        for (boolean newer : new boolean[] {true, false}) {
            for (boolean cancel : new boolean[] {true, false}) {
                int body = length + (newer ? cancel ? 7 : 10 : 1);
                boolean isLong = length > (newer ? cancel ? 248 : 245 : 254);
                String frame = String.format(isLong ? "%02X %016X" : "%02X %02X", (newer ? 4 : 0) + (isLong ? 2 : 0),
                        body) + (newer ? cancel ? "06 \"CANCEL\"" : "09 \"SUBSCRIBE\"" : cancel ? "00" : "01") + topic;
                try (Codec sub = Codec.of(ZmtpSocketType.SUB);
                        Codec pub = Codec.connected(ZmtpSocketType.PUB, "SUB")) {
                    sub.feed((newer ? Wire.GREETING_31 : Wire.GREETING_30) + Wire.ready("PUB"));
                    sub.sent();
                    ByteBuf content = sub.alloc.buffer().writeBytes(octets);
                    sub.channel.writeOutbound(cancel ? ZmtpCommand.cancel(content) : ZmtpCommand.subscribe(content));
                    assertEquals(Wire.hex(frame), sub.sent());
                    pub.feed(frame);
                    assertEquals((cancel ? "CANCEL(" : "SUBSCRIBE(") + "74".repeat(length) + ')', pub.received());
                }
            }
        }
    }

    @Test
    void shouldDeliverWhatIsCompleteAndDropTheRestWhenThePeerGoes() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 61 00 01 62 01 01 63 00 05 64");
            assertEquals("", pull.received());
            pull.channel.close();
            pull.channel.runPendingTasks();
            assertEquals(2, pull.messagesAtClose);
            assertEquals("[61][62]", pull.received());
        }
    }

    /** Octets kept while autoRead was off are decoded when the peer has gone; an error there must not hide its end. */
    @Test
    void shouldTellOfTheEndWhateverWasKept() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 61 FF");
            pull.channel.close();
            assertEquals(ZmtpError.MALFORMED_FRAME, pull.failure().error());
            assertEquals(1, pull.inactives);
            assertEquals(1, pull.messagesAtClose);
            assertEquals("[61]", pull.received());
        }
    }

    // --- autoRead ---

    @Test
    void shouldStopBehindTheMessageThatSwitchesAutoReadOff() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            Reads reads = Reads.under(pull);
            pull.channel.pipeline().addAfter(pull.channel.pipeline().context(ZmtpCodec.class).name(), "stop",
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            if (((ZmtpMessage) msg).text(0).equals("b")) {
                                ctx.channel().config().setAutoRead(false);
                            }
                            ctx.fireChannelRead(msg);
                        }
                    });
            pull.feed("00 01 61 00 01 62 00 01 63 00 01 64 00");
            assertEquals("[61][62]", pull.received());
            pull.channel.read();
            assertEquals("[63]", pull.received());
            assertEquals(0, reads.count, "reads from the network while messages are kept");
            pull.feed("01 65");
            assertEquals("", pull.received());
            pull.channel.config().setAutoRead(true);
            assertEquals("[64][65]", pull.received());
            assertEquals(1, reads.count);
            pull.feed("00 01 66");
            assertEquals("[66]", pull.received());
        }
    }

    @Test
    void shouldDeliverOneMessagePerReadWhenAutoReadIsOff() {
        try (Codec dealer = new Codec(ZmtpCodec.builder(ZmtpSocketType.DEALER), false)) {
            Reads reads = Reads.under(dealer);
            dealer.feed(Wire.GREETING_31);
            assertEquals(1, reads.count, "reads for the handshake");
            dealer.feed(Wire.readyWithId("ROUTER", "") + "00 01 61 01 01 62 00 01 63 04 05 04 \"PONG\" 00 01 64 01 01");
            assertTrue(dealer.completed() != null);
            assertEquals("", dealer.received());
            for (String expected : new String[] {"[61]", "[62|63]", "[64]"}) {
                int completes = dealer.readCompletes;
                dealer.channel.read();
                assertEquals(expected, dealer.received());
                assertEquals(completes + 1, dealer.readCompletes, "channelReadComplete behind it");
            }
            reads.count = 0;
            dealer.channel.read();
            assertEquals(1, reads.count, "only half a message was left");
            dealer.feed("65");
            assertEquals("", dealer.received());
            assertEquals(2, reads.count, "asked for, and still nothing to deliver");
            dealer.feed("00 01 66");
            assertEquals("[65|66]", dealer.received());
            assertEquals(2, reads.count);
        }
    }

    @Test
    void shouldRememberAReadThatIsCalledForACommand() {
        try (Codec xpub = Codec.connected(ZmtpSocketType.XPUB, "SUB")) {
            xpub.channel.config().setAutoRead(false);
            xpub.channel.pipeline().addAfter(xpub.channel.pipeline().context(ZmtpCodec.class).name(), "asks",
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            ctx.fireChannelRead(msg);
                            ctx.read();
                        }
                    });
            xpub.channel.read();
            xpub.feed("04 0B 09 \"SUBSCRIBE\" 41 04 07 04 \"PING\" 00 00 04 0B 09 \"SUBSCRIBE\" 42 00 01 61 00 01 62");
            assertEquals("SUBSCRIBE(41)SUBSCRIBE(42)[61][62]", xpub.received());
            assertEquals(Wire.hex("04 05 04 \"PONG\""), xpub.sent());
        }
    }

    @Test
    void shouldNotRecurseWhenReadIsCalledForEveryMessage() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.channel.pipeline().addAfter(pull.channel.pipeline().context(ZmtpCodec.class).name(), "asks",
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelReadComplete(ChannelHandlerContext ctx) {
                            ctx.fireChannelReadComplete();
                            ctx.read();
                        }
                    });
            byte[] many = new byte[300_000];
            for (int i = 0; i < many.length; i += 3) {
                many[i + 1] = 1;
                many[i + 2] = 'x';
            }
            pull.feed(many);
            pull.channel.read();
            assertEquals("[78]".repeat(100_000), pull.received());
        }
    }

    @Test
    void shouldStopWhenAHandlerClosesOrRemovesTheCodec() {
        for (boolean remove : new boolean[] {false, true}) {
            try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
                String codec = pull.channel.pipeline().context(ZmtpCodec.class).name();
                pull.channel.pipeline().addAfter(codec, "stop", new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object msg) {
                        ctx.fireChannelRead(msg);
                        if (remove) {
                            ctx.pipeline().remove(codec);
                        } else {
                            ctx.close();
                        }
                    }
                });
                pull.feed("00 01 61 00 01 62 00 01 63 01 01");
                String received = pull.received();
                assertTrue(remove ? received.equals("[61]") : received.startsWith("[61]"), received);
            }
        }
    }

    // --- frame sink ---

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void shouldHandFramesToASinkWithoutMessages(int step) {
        List<String> frames = new ArrayList<>();
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).frameSink(
                (ctx, buffer, offset, length, more) ->
                        frames.add(io.netty.buffer.ByteBufUtil.hexDump(buffer, offset, length) + (more ? "+" : "")));
        byte[] octets = Wire.bytes("00 01 61 01 00 01 02 62 63 00 03 64 65 66 00 00");
        try (Codec pull = Codec.connected(builder, "PUSH")) {
            for (int i = 0; i < octets.length; i += step) {
                pull.feed(octets, i, Math.min(octets.length, i + step));
            }
            assertEquals(List.of("61", "+", "6263+", "646566", ""), frames);
            assertEquals("", pull.received());
        }
    }

    @Test
    void shouldKeepSubscriptionsOutOfASink() {
        List<String> frames = new ArrayList<>();
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.XPUB).frameSink(
                (ctx, buffer, offset, length, more) ->
                        frames.add(io.netty.buffer.ByteBufUtil.hexDump(buffer, offset, length)));
        try (Codec pub = Codec.connected(builder, "SUB")) {
            pub.feed("00 02 01 41 04 0B 09 \"SUBSCRIBE\" 42 00 02 02 41 01 01 01 00 01 00");
            assertEquals("SUBSCRIBE(41)SUBSCRIBE(42)", pub.received());
            assertEquals(List.of("0241", "01", "00"), frames);
        }
    }

    @Test
    void shouldReportWhatASinkThrowsAndGoOn() {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).frameSink(
                (ctx, buffer, offset, length, more) -> {
                    throw new IllegalStateException("sink");
                });
        try (Codec pull = Codec.connected(builder, "PUSH")) {
            pull.feed("00 01 61 00 01 62");
            assertEquals(2, pull.errors.size());
            assertTrue(pull.channel.isOpen());
        }
    }

    @Test
    void shouldHoldTheLimitsForASinkToo() {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL)
                .limits(ZmtpLimits.builder().maxMessageLength(2 * 128).build())
                .frameSink((ctx, buffer, offset, length, more) -> { });
        try (Codec pull = Codec.connected(builder, "PUSH")) {
            pull.feed("01 00 01 00 00 00 01 00 01 00 01 00 01 00");
            assertEquals("maxMessageLength", ((ZmtpLimitException) pull.failure()).option());
        }
    }

    /** Counts the reads the codec asks the network for. */
    private static final class Reads extends ChannelOutboundHandlerAdapter {

        private int count;

        static Reads under(Codec codec) {
            Reads reads = new Reads();
            codec.channel.pipeline().addFirst(reads);
            return reads;
        }

        @Override
        public void read(ChannelHandlerContext ctx) {
            count++;
            ctx.read();
        }
    }
}
