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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.util.IllegalReferenceCountException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** Batches of small messages, as they are made, written and read. */
class ZmtpBatchTest {

    private static final ZmtpCodecBuilder PULL = ZmtpCodec.builder(ZmtpSocketType.PULL).maxBatch(4);

    private static ZmtpMessage zeros(int length) {
        return ZmtpMessage.of(new byte[length]);
    }

    private static ZmtpBatch batch(ZmtpMessage... messages) {
        ZmtpBatch batch = ZmtpBatch.create(0);
        for (ZmtpMessage message : messages) {
            assertTrue(batch.add(message));
            message.release();
        }
        return batch;
    }

    // --- made ---

    @Test
    void shouldGiveBackWhatWasAddedInOrder() {
        ZmtpBatch batch = ZmtpBatch.create(0);
        for (int i = 0; i < 10; i++) { // the last ones do not fit into the first room
            ZmtpMessage message = ZmtpMessage.of(new byte[i * 100]);
            assertTrue(batch.add(message));
            message.release();
        }
        assertEquals(10, batch.count());
        assertEquals(4500, batch.length());
        for (int i = 0; i < 10; i++) {
            ZmtpMessage message = batch.next();
            assertEquals(i * 100, message.partLength(0));
            assertEquals(9 - i, batch.count());
            message.release();
        }
        assertNull(batch.next());
        assertEquals(0, batch.length());
        assertTrue(batch.release());
    }

    @Test
    void shouldKeepAMessageThatOutlivesIt() {
        ZmtpBatch batch = batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b"), ZmtpMessage.ofText("c"));
        ZmtpMessage first = batch.next();
        ZmtpMessage second = batch.next();
        ByteBuf memory = second.buffer(0);
        batch.release();
        assertEquals("a", first.text(0));
        first.release();
        assertEquals("b", second.text(0));
        second.release();
        assertEquals(0, memory.refCnt());
    }

    /** The memory of a batch is used again, but not while anybody has a message of it. */
    @Test
    void shouldLeaveToOthersWhatTheyStillHave() {
        for (int round = 0; round < 40; round++) {
            try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
                ZmtpMessage kept;
                ZmtpBatch taken = filled('a');
                kept = taken.next();
                taken.release();
                ZmtpBatch sent = filled('b');
                push.channel.writeOutbound(sent); // the channel keeps the frames
                for (int i = 0; i < 20; i++) {
                    filled('c').release();
                }
                assertEquals("a".repeat(1000), kept.text(0));
                kept.release();
                assertEquals(("02" + "00".repeat(6) + "03e8" + "62".repeat(1000)).repeat(20), push.sent());
            }
        }
    }

    private static ZmtpBatch filled(char with) {
        ZmtpBatch batch = ZmtpBatch.create(20_000);
        ZmtpMessage message = ZmtpMessage.ofText(Character.toString(with).repeat(1000));
        for (int i = 0; i < 20; i++) {
            assertTrue(batch.add(message));
        }
        message.release();
        return batch;
    }

    @Test
    void shouldRefuseWhatIsLargeOrOfSeveralPartsOrDoesNotFit() {
        ZmtpBatch batch = ZmtpBatch.create(0);
        ZmtpMessage parts = ZmtpMessage.ofText("a", "b");
        ZmtpMessage large = zeros(FrameEncoder.COPY_LIMIT + 1);
        assertFalse(batch.add(parts));
        assertFalse(ZmtpBatch.suits(parts));
        assertFalse(batch.add(large));
        assertFalse(ZmtpBatch.suits(large));
        parts.release();
        large.release();
        ZmtpMessage small = zeros(FrameEncoder.COPY_LIMIT);
        assertTrue(ZmtpBatch.suits(small));
        int count = 0;
        while (batch.add(small)) {
            count++;
        }
        assertEquals(FrameEncoder.PACK_LIMIT / (FrameEncoder.COPY_LIMIT + 9), count);
        small.release();
        assertThrows(IllegalReferenceCountException.class, () -> batch.add(small));
        batch.next().release();
        ZmtpMessage late = zeros(1);
        assertFalse(batch.add(late)); // it is being read
        late.release();
        batch.release();
    }

    // --- written ---

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 100, 1000})
    void shouldSendTheFramesOfItsMessages(int each) {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ZmtpCodec codec = push.channel.pipeline().get(ZmtpCodec.class);
            StringBuilder expected = new StringBuilder();
            push.channel.write(ZmtpMessage.ofText("x"));
            expected.append(Wire.hex("00 01 78"));
            ZmtpBatch batch = ZmtpBatch.create(0);
            for (int i = 0; i < 20; i++) {
                ZmtpMessage message = zeros(each);
                assertTrue(batch.add(message));
                message.release();
                expected.append(each > 255 ? "0200000000000003e8" : String.format("00%02x", each))
                        .append("00".repeat(each));
            }
            ChannelFuture written = push.channel.write(batch);
            push.channel.write(ZmtpMessage.ofText("y"), push.channel.voidPromise());
            expected.append(Wire.hex("00 01 79"));
            assertEquals(22, codec.unwritten());
            push.channel.flush();
            assertTrue(written.isSuccess());
            assertEquals(expected.toString(), push.sent());
            assertEquals(0, codec.unwritten());
            assertEquals(0, batch.refCnt());
        }
    }

    @Test
    void shouldSendWhatIsLeftOfIt() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ZmtpBatch batch = batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b"));
            batch.next().release();
            push.channel.writeOutbound(batch);
            assertEquals(Wire.hex("00 01 62"), push.sent());
            ChannelFuture empty = push.channel.writeAndFlush(ZmtpBatch.create(0));
            assertTrue(empty.isSuccess());
            assertEquals("", push.sent());
        }
    }

    @Test
    void shouldWaitForTheHandshakeAndReachAPeerOfZmtp1() {
        try (Codec push = Codec.of(ZmtpSocketType.PUSH)) {
            ChannelFuture written = push.channel.writeAndFlush(batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b")));
            assertFalse(written.isDone());
            push.sent();
            push.feed("01 00");
            assertTrue(written.isSuccess());
            assertTrue(push.sent().endsWith(Wire.hex("02 00 61 02 00 62")));
        }
    }

    @Test
    void shouldCountEachMessageThatWaitsForTheHandshake() {
        ZmtpLimits limits = ZmtpLimits.builder().maxPendingWrites(3).maxPendingWriteBytes(20).build();
        try (Codec push = new Codec(ZmtpCodec.builder(ZmtpSocketType.PUSH).limits(limits))) {
            ChannelFuture two = push.channel.writeAndFlush(batch(ZmtpMessage.ofText(""), ZmtpMessage.ofText("")));
            ChannelFuture tooMany = push.channel.writeAndFlush(batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b")));
            ChannelFuture tooLong = push.channel.writeAndFlush(batch(zeros(15)));
            assertFalse(two.isDone());
            assertInstanceOf(ZmtpLimitException.class, tooMany.cause());
            assertInstanceOf(ZmtpLimitException.class, tooLong.cause());
        }
    }

    @Test
    void shouldFailIfItWasReleased() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ZmtpBatch batch = batch(ZmtpMessage.ofText("a"));
            batch.release();
            ChannelFuture written = push.channel.writeAndFlush(batch);
            assertInstanceOf(IllegalReferenceCountException.class, written.cause());
            assertEquals("", push.sent());
        }
    }

    /** To a peer of ZMTP 1.0 the frames have another form, and stay in the batch as they are. */
    @Test
    void shouldGoOutOfTwoChannels() {
        try (Codec old = Codec.of(ZmtpSocketType.PUSH); Codec other = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            old.feed("01 00");
            old.sent();
            ZmtpMessage large = zeros(300);
            ZmtpBatch batch = batch(ZmtpMessage.ofText("a"), large, ZmtpMessage.ofText("b"));
            batch.retain();
            assertTrue(old.channel.writeAndFlush(batch).isSuccess());
            assertTrue(other.channel.writeAndFlush(batch).isSuccess());
            assertEquals(Wire.hex("02 00 61 FF 00 00 00 00 00 00 01 2D 00") + "00".repeat(300) + Wire.hex("02 00 62"),
                    old.sent());
            assertEquals(Wire.hex("00 01 61 02 00 00 00 00 00 00 01 2C") + "00".repeat(300) + Wire.hex("00 01 62"),
                    other.sent());
            assertEquals(0, batch.refCnt());
        }
    }

    @Test
    void shouldFailWithTheConnection() {
        Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL");
        push.channel.close();
        ZmtpBatch batch = batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b"));
        ChannelFuture written = push.channel.writeAndFlush(batch);
        assertFalse(written.isSuccess());
        assertTrue(written.isDone());
        assertEquals(0, batch.refCnt());
        push.close();
    }

    // --- read ---

    @Test
    void shouldBeMadeOfTheSmallMessagesOfARead() {
        try (Codec pull = Codec.connected(PULL, "PUSH")) {
            pull.feed("00 01 61 00 00 00 01 63");
            assertEquals("{[61][][63]}", pull.received());
            pull.feed("00 01 61");
            assertEquals("[61]", pull.received());
            pull.feed("00 01 61 00 01 62 00 01 63 00 01 64 00 01 65 00 01 66 00 01 67 00 01 68 00 01 69");
            assertEquals("{[61][62][63][64]}{[65][66][67][68]}[69]", pull.received());
            // A header that is not the shortest, a message of two parts, a command, a message too long for a batch.
            pull.feed("00 01 61 02 00 00 00 00 00 00 00 01 62 01 01 63 00 01 64 00 01 65 04 05 04 \"PONG\" 00 01 66"
                    + "00 01 67 02 00 00 00 00 00 00 08 01 <2049x61> 00 01 68 00 01");
            assertEquals("[61][62][63|64][65]{[66][67]}[" + "61".repeat(2049) + "][68]", pull.received());
            pull.feed("69 00 01 6A 00 01 6B");
            assertEquals("[69]{[6a][6b]}", pull.received());
        }
    }

    @Test
    void shouldNeverBeMadeUnlessAskedFor() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("00 01 61 00 01 62");
            assertEquals("[61][62]", pull.received());
        }
        assertThrows(IllegalArgumentException.class, () -> ZmtpCodec.builder(ZmtpSocketType.PULL).maxBatch(0));
    }

    @Test
    void shouldNotPassMoreThanOneMessageForARead() {
        try (Codec pull = Codec.connected(PULL, "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.channel.read();
            pull.feed("00 01 61 00 01 62 00 01 63");
            assertEquals("[61]", pull.received());
            pull.channel.config().setAutoRead(true);
            assertEquals("{[62][63]}", pull.received());
        }
    }

    @Test
    void shouldUseUpTheReadThatWasAskedForBefore() {
        try (Codec pull = Codec.connected(PULL, "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.channel.read();
            pull.channel.config().setAutoRead(true);
            pull.feed("00 01 61 00 01 62");
            assertEquals("{[61][62]}", pull.received());
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 63");
            assertEquals("", pull.received());
        }
    }

    @Test
    void shouldNotHideAMessageThatIsTooLong() {
        ZmtpLimits limits = ZmtpLimits.builder().maxFrameLength(3).build();
        try (Codec pull = Codec.connected(ZmtpCodec.builder(ZmtpSocketType.PULL).maxBatch(9).limits(limits), "PUSH")) {
            pull.feed("00 03 616161 00 03 626262 00 04 63636363");
            assertEquals(ZmtpError.LIMIT_EXCEEDED, pull.failure().error());
            assertEquals("{[616161][626262]}", pull.received());
        }
    }

    @Test
    void shouldTellWhoSentEachMessageAndLeakNothingWhenDropped() {
        try (Codec pull = Codec.connected(PULL, "PUSH")) {
            pull.feed("00 01 61 00 01 62 00 01 63");
            List<Object> messages = pull.takeMessages();
            ZmtpBatch batch = assertInstanceOf(ZmtpBatch.class, messages.get(0));
            assertEquals(1, messages.size());
            ZmtpMessage first = batch.next();
            assertEquals(pull.completed(), first.peer());
            batch.release();
            first.release();
        }
    }

    /** Under CURVE every message is sealed by itself, and opened into a message of its own. */
    @Test
    void shouldBeSealedMessageByMessage() {
        CurveKeyPair keys = CurveKeyPair.generate();
        CurveKeyPair clientKeys = CurveKeyPair.generate();
        ZmtpCodecBuilder server = ZmtpCodec.builder(ZmtpSocketType.PULL).maxBatch(4)
                .mechanism(CurveMechanism.server(keys))
                .zapHandler(ZapHandlers.curveKeys(List.of(clientKeys.publicKeyText())));
        ZmtpCodecBuilder client = ZmtpCodec.builder(ZmtpSocketType.PUSH)
                .mechanism(CurveMechanism.client(clientKeys, keys.publicKeyText()));
        try (Codec pull = new Codec(server); Codec push = new Codec(client)) {
            for (int i = 0; i < 10; i++) {
                pull.feed(Wire.bytes(push.sent()));
                push.feed(Wire.bytes(pull.sent()));
            }
            push.channel.writeAndFlush(batch(ZmtpMessage.ofText("a"), ZmtpMessage.ofText("b")));
            pull.feed(Wire.bytes(push.sent()));
            assertEquals("[61][62]", pull.received());
        }
    }
}
