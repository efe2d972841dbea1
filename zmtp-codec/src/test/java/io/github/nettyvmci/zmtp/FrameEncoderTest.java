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
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/** What the codec makes of the messages that are written. */
class FrameEncoderTest {

    @ParameterizedTest
    @CsvSource({"0, 00 00", "1, 00 01", "254, 00 FE", "255, 00 FF", "256, 02 00 00 00 00 00 00 01 00",
        "2048, 02 00 00 00 00 00 00 08 00", "2049, 02 00 00 00 00 00 00 08 01",
        "65535, 02 00 00 00 00 00 00 FF FF", "65536, 02 00 00 00 00 00 01 00 00"})
    void shouldUseTheShortestHeader(int length, String header) {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            push.channel.writeOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(length)));
            assertEquals(Wire.hex(header) + "00".repeat(length), push.sent());
            // after another frame, a small one is packed into the same buffer
            push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(2500).readerIndex(100)));
            push.channel.write(ZmtpMessage.ofText("a"));
            push.channel.writeOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(length)));
            assertEquals(Wire.hex("02 00 00 00 00 00 00 09 60") + "00".repeat(2400) + Wire.hex("00 01 61")
                    + Wire.hex(header) + "00".repeat(length), push.sent());
        }
    }

    @Test
    void shouldPackABurstIntoOneBufferAndKeepItUntilTheFlush() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            List<ChannelFuture> futures = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                futures.add(push.channel.write(ZmtpMessage.ofText("a", "" + i)));
            }
            assertEquals(0, push.channel.outboundMessages().size());
            assertFalse(futures.get(0).isDone());
            push.channel.flush();
            assertEquals(1, push.channel.outboundMessages().size());
            assertTrue(futures.stream().allMatch(ChannelFuture::isSuccess));
            StringBuilder expected = new StringBuilder();
            for (int i = 0; i < 100; i++) {
                expected.append(Wire.hex("01 01 61 00 " + (i < 10 ? "01" : "02") + '"' + i + '"'));
            }
            assertEquals(expected.toString(), push.sent());
        }
    }

    /** A frame that is packed into a buffer shared with others cannot be taken back by cancelling its promise. */
    @Test
    void shouldNotLetAFrameBeTakenBackOnceItIsPacked() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ChannelFuture small = push.channel.write(ZmtpMessage.ofText("a"));
            push.channel.write(ZmtpMessage.ofText("b"), push.channel.voidPromise());
            assertFalse(small.cancel(false));
            ChannelFuture large = push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(3000)));
            assertFalse(large.cancel(false));
            push.channel.flush();
            assertTrue(small.isSuccess() && large.isSuccess());
            assertEquals(Wire.hex("00 01 61 00 01 62 02 00 00 00 00 00 00 0B B8") + "00".repeat(3000), push.sent());
        }
    }

    /** Frames with and without a promise share a buffer, and each sender hears of its failure in its own way. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldTellEverySenderOfAFailure(int withPromise) {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            IOException broken = new IOException("broken");
            push.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                @Override
                public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                    ReferenceCountUtil.release(msg);
                    promise.setFailure(broken);
                }
            });
            List<ChannelFuture> promised = new ArrayList<>();
            for (int i = 0; i < withPromise; i++) {
                promised.add(push.channel.write(ZmtpMessage.ofText("a")));
            }
            push.channel.write(ZmtpMessage.ofText("b"), push.channel.voidPromise());
            push.channel.flush();
            assertTrue(push.errors.contains(broken), push.errors.toString());
            for (ChannelFuture one : promised) {
                assertSame(broken, one.cause());
            }
        }
    }

    /** Buffers whose frames all have void promises use one promise, one after the other. */
    @Test
    void shouldCountWhatNobodyWaitsForAsWritten() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ZmtpCodec codec = push.channel.pipeline().get(ZmtpCodec.class);
            for (int i = 0; i < 3; i++) {
                push.channel.write(ZmtpMessage.ofText("a"), push.channel.voidPromise());
                push.channel.write(ZmtpMessage.ofText("b"), push.channel.voidPromise());
                assertEquals(2, codec.unwritten());
                push.channel.flush();
                assertEquals(0, codec.unwritten());
                assertEquals(Wire.hex("00 01 61 00 01 62"), push.sent());
            }
        }
    }

    /** A failure is told even if the channel still holds one buffer with that promise when the next one comes. */
    @Test
    void shouldTellEveryFailureOfWhatNobodyWaitsFor() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            for (int i = 0; i < 2; i++) {
                push.channel.write(ZmtpMessage.ofText("a"), push.channel.voidPromise());
                push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(3000)), push.channel.voidPromise());
            }
            IOException broken = new IOException("broken");
            push.channel.unsafe().outboundBuffer().addFlush();
            while (push.channel.unsafe().outboundBuffer().remove(broken)) {
                continue;
            }
            assertEquals(List.of(broken, broken, broken, broken), push.errors);
            push.errors.clear();
        }
    }

    @ParameterizedTest
    @CsvSource({"1000, 9", "100, 2", "0, 2"})
    void shouldNotLetTheSharedBufferGrowWithoutBound(int length, int header) {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            for (int i = 0; i < 20_000; i++) {
                push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(length)));
            }
            push.channel.flush();
            assertTrue(push.channel.outboundMessages().size() > 1);
            for (Object out : push.channel.outboundMessages()) {
                assertTrue(((ByteBuf) out).readableBytes() <= FrameEncoder.PACK_LIMIT);
            }
            assertEquals(20_000 * (header + length) * 2, push.sent().length());
        }
    }

    @Test
    void shouldPassLargeBodiesUntouchedAndInOrder() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ByteBuf large = push.alloc.directBuffer().writeZero(100_000);
            long address = large.hasMemoryAddress() ? large.memoryAddress() : 0;
            ChannelFuture first = push.channel.write(ZmtpMessage.ofText("a"));
            ChannelFuture second = push.channel.write(ZmtpMessage.of(Unpooled.copiedBuffer(new byte[] {'b'}), large,
                    Unpooled.copiedBuffer(new byte[] {'c'})));
            push.channel.flush();
            assertTrue(first.isSuccess() && second.isSuccess());
            ByteBuf head = push.channel.readOutbound();
            ByteBuf body = push.channel.readOutbound();
            ByteBuf tail = push.channel.readOutbound();
            assertEquals(Wire.hex("00 01 61 01 01 62 03 00 00 00 00 00 01 86 A0"), ByteBufUtil.hexDump(head));
            assertEquals(100_000, body.readableBytes());
            assertEquals(address, body.hasMemoryAddress() ? body.memoryAddress() : 0);
            assertEquals(Wire.hex("00 01 63"), ByteBufUtil.hexDump(tail));
            head.release();
            body.release();
            tail.release();
        }
    }

    @Test
    void shouldSendAReceivedMessageOnAsItCame() {
        try (Codec router = Codec.connected(ZmtpSocketType.ROUTER, "DEALER")) {
            router.feed("01 00 00 05 \"Hello\" 00 02 61 62");
            for (Object message : router.takeMessages()) {
                router.channel.write(message);
            }
            router.channel.flush();
            assertEquals(Wire.hex("01 00 00 05 \"Hello\" 00 02 61 62"), router.sent());
        }
    }

    @Test
    void shouldSendAMessageAsItIsWhoeverReadIt() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ZmtpMessage message = ZmtpMessage.ofText("abc");
            message.part(0).skipBytes(1);
            push.channel.writeOutbound(message);
            assertEquals(Wire.hex("00 03 61 62 63"), push.sent());
        }
    }

    @Test
    void shouldRefuseWhatIsNoMessageAndWhatWasReleased() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ByteBuf raw = push.alloc.buffer().writeZero(3);
            assertInstanceOf(UnsupportedMessageTypeException.class, push.channel.write(raw).cause());
            assertEquals(0, raw.refCnt());
            ZmtpMessage released = ZmtpMessage.ofText("a");
            released.release();
            assertInstanceOf(IllegalReferenceCountException.class, push.channel.write(released).cause());
            assertInstanceOf(IllegalArgumentException.class,
                    push.channel.write(ZmtpCommand.subscribe(push.alloc.buffer().writeZero(1))).cause());
            push.channel.writeOutbound(ZmtpMessage.ofText("b"));
            assertEquals(Wire.hex("00 01 62"), push.sent());
        }
    }

    /** Giving the channel a buffer can run handlers and listeners; what they write goes out after this message. */
    @Test
    void shouldNotLetAMessageIntoTheMiddleOfAnother() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            flushWhenUnwritable(push);
            ByteBuf large = push.alloc.buffer().writeZero(3000);
            push.channel.write(ZmtpMessage.ofText("a")).addListener(
                    done -> push.channel.writeAndFlush(ZmtpMessage.ofText("z")));
            ChannelFuture parts = push.channel.write(
                    ZmtpMessage.of(push.alloc.buffer().writeByte('b'), large, push.alloc.buffer().writeByte('c')));
            push.channel.flush();
            assertTrue(parts.isSuccess());
            assertEquals(Wire.hex("00 01 61 01 01 62 03 00 00 00 00 00 00 0B B8") + "00".repeat(3000)
                    + Wire.hex("00 01 63 00 01 7A"), push.sent());
        }
    }

    /** Adds a handler that flushes, and sets a mark so low that every buffer the channel is given runs it. */
    private static void flushWhenUnwritable(Codec codec) {
        codec.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
        codec.channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                if (!ctx.channel().isWritable()) {
                    ctx.flush();
                }
            }
        });
    }

    /** The flush of a listener counts for what it has written; the nested flush was for what came before. */
    @Test
    void shouldFlushWhatListenersWriteAndFlush() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            flushWhenUnwritable(push);
            push.channel.write(ZmtpMessage.ofText("a")).addListener(
                    done -> push.channel.writeAndFlush(ZmtpMessage.ofText("z")));
            push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(3000)));
            assertEquals(Wire.hex("00 01 61 02 00 00 00 00 00 00 0B B8") + "00".repeat(3000) + Wire.hex("00 01 7A"),
                    push.sent());
        }
    }

    /** A refused buffer leaves a gap in the stream, and the peer would misread what follows, so the codec closes. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFailTheConnectionWhenTheChannelRefusesABuffer(boolean promised) {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            OutOfMemoryError none = new OutOfMemoryError("no direct memory");
            push.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                private boolean refused;

                @Override
                public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                    if (refused) {
                        ctx.write(msg, promise);
                        return;
                    }
                    refused = true;
                    ReferenceCountUtil.release(msg);
                    promise.setFailure(none);
                }
            });
            push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(3000)),
                    promised ? push.channel.newPromise() : push.channel.voidPromise());
            push.channel.flush();
            assertFalse(push.channel.isOpen());
            ZmtpException reason = (ZmtpException) push.errors.get(0);
            assertEquals(ZmtpError.INTERNAL, reason.error());
            assertSame(none, reason.getCause());
            assertEquals("", push.sent());
        }
    }

    @Test
    void shouldSendWhatWasPackedThoughItsSenderGaveUp() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ChannelPromise small = push.channel.newPromise();
            push.channel.write(ZmtpMessage.ofText("a"), small);
            small.setFailure(new IOException("too late"));
            push.channel.flush();
            push.channel.writeAndFlush(ZmtpMessage.ofText("b"));
            assertEquals(Wire.hex("00 01 61 00 01 62"), push.sent());
        }
    }

    /** A released message is refused both when it would begin a shared buffer and when it would join one. */
    @Test
    void shouldRefuseWhatWasReleasedInTheMiddleOfABurst() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            push.channel.write(ZmtpMessage.ofText("a"));
            ZmtpMessage released = ZmtpMessage.ofText("b");
            released.release();
            ByteBuf gone = push.alloc.buffer().writeZero(3);
            ZmtpMessage hollow = ZmtpMessage.of(gone);
            gone.release();
            ChannelFuture first = push.channel.write(released);
            ChannelFuture second = push.channel.write(hollow);
            ChannelFuture last = push.channel.write(ZmtpMessage.ofText("c"));
            assertInstanceOf(IllegalReferenceCountException.class, first.cause());
            assertInstanceOf(IllegalReferenceCountException.class, second.cause());
            push.channel.flush();
            assertTrue(last.isSuccess());
            assertEquals(Wire.hex("00 01 61 00 01 63"), push.sent());
        }
    }

    /** Nothing is written of a message that cannot be written to its end, so that the next one is read correctly. */
    @ParameterizedTest
    @CsvSource({"0, 3", "1, 3", "0, 300", "1, 300", "0, 3000", "1, 3000"})
    void shouldTakeBackAMessageThatCannotBeWritten(int part, int length) {
        for (boolean old : new boolean[] {false, true}) {
            try (Codec push = Codec.of(ZmtpSocketType.PUSH)) {
                push.feed(old ? "01 00" : Wire.handshake("PULL"));
                push.sent();
                ChannelFuture before = push.channel.write(ZmtpMessage.ofText("a"));
                ByteBuf[] parts = {Unpooled.copiedBuffer(new byte[3]), Unpooled.copiedBuffer(new byte[3])};
                parts[part] = Unpooled.copiedBuffer(new byte[length]);
                ZmtpMessage message = ZmtpMessage.of(parts);
                parts[part].release();
                Throwable cause = assertInstanceOf(RuntimeException.class, push.channel.write(message).cause());
                assertFalse(cause instanceof ZmtpException, cause.toString());
                ChannelFuture behind = push.channel.write(ZmtpMessage.ofText("b"));
                push.channel.flush();
                assertTrue(before.isSuccess() && behind.isSuccess());
                assertEquals(Wire.hex(old ? "02 00 61 02 00 62" : "00 01 61 00 01 62"), push.sent());
            }
        }
    }

    @Test
    void shouldFailTheConnectionWhenTheChannelHasHalfOfAMessage() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ByteBuf[] parts = {push.alloc.buffer().writeZero(3000), Unpooled.copiedBuffer(new byte[3])};
            ZmtpMessage message = ZmtpMessage.of(parts);
            parts[1].release();
            ZmtpException e = assertInstanceOf(ZmtpException.class, push.channel.write(message).cause());
            assertEquals(ZmtpError.INTERNAL, e.error());
            assertInstanceOf(RuntimeException.class, e.getCause());
            assertSame(e, push.failure());
        }
    }

    @Test
    void shouldSendGroupsAndRefuseBadOnes() {
        try (Codec dish = Codec.connected(ZmtpSocketType.DISH, "RADIO")) {
            dish.channel.write(ZmtpCommand.join(dish.alloc.buffer().writeByte('A')));
            dish.channel.writeAndFlush(ZmtpCommand.leave(dish.alloc.buffer().writeByte('A')));
            assertEquals(Wire.hex("04 06 04 4A 4F 49 4E 41 04 07 05 4C 45 41 56 45 41"), dish.sent());
            for (byte[] group : new byte[][] {new byte[1], "x".repeat(256).getBytes()}) {
                assertInstanceOf(IllegalArgumentException.class, dish.channel.writeAndFlush(
                        ZmtpCommand.join(dish.alloc.buffer().writeBytes(group))).cause());
            }
        }
    }

    @Test
    void shouldFailWritesThatWereNeverFlushedWhenTheChannelCloses() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL")) {
            ChannelFuture first = push.channel.write(ZmtpMessage.ofText("a"));
            ChannelFuture second = push.channel.write(ZmtpMessage.ofText("b"));
            push.channel.close();
            push.channel.runPendingTasks();
            assertInstanceOf(ClosedChannelException.class, first.cause());
            assertInstanceOf(ClosedChannelException.class, second.cause());
            assertInstanceOf(ClosedChannelException.class,
                    push.channel.writeAndFlush(ZmtpMessage.ofText("c")).cause());
        }
    }

    /** When the connection breaks between two parts, the sender is told, and the peer drops the half that it has. */
    @Test
    void shouldFailAMessageInWhoseMiddleTheChannelEnds() {
        try (Codec push = Codec.connected(ZmtpSocketType.PUSH, "PULL");
                Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            IOException broken = new IOException("broken pipe");
            push.channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
                private int writes;

                @Override
                public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                    if (++writes <= 3) { // a message and a header, the first body, a header
                        ctx.writeAndFlush(msg, promise);
                    } else {
                        ReferenceCountUtil.release(msg);
                        promise.setFailure(broken);
                        ctx.close();
                    }
                }
            });
            ChannelFuture whole = push.channel.write(ZmtpMessage.ofText("a"));
            ChannelFuture half = push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(3000),
                    push.alloc.buffer().writeZero(3000)));
            ChannelFuture behind = push.channel.writeAndFlush(ZmtpMessage.ofText("b"));
            push.channel.runPendingTasks();
            assertTrue(whole.isSuccess());
            assertSame(broken, half.cause());
            assertInstanceOf(ClosedChannelException.class, behind.cause());
            assertEquals(List.of(), push.errors);
            String sent = push.sent();
            assertEquals(2 * (3 + 9 + 3000 + 9), sent.length());
            pull.feed(sent);
            pull.channel.close();
            assertEquals("[61]", pull.received());
            assertEquals(List.of(), pull.errors);
        }
    }

    @Test
    void shouldQueueWritesUntilTheHandshakeIsComplete() {
        try (Codec push = Codec.of(ZmtpSocketType.PUSH)) {
            ChannelFuture first = push.channel.writeAndFlush(ZmtpMessage.ofText("a"));
            push.feed(Wire.GREETING_31);
            push.sent();
            push.channel.write(ZmtpMessage.ofText("b"));
            assertFalse(first.isDone());
            push.feed(Wire.ready("PULL"));
            assertTrue(first.isSuccess());
            assertEquals(Wire.hex("00 01 61 00 01 62"), push.sent());
        }
    }

    @Test
    void shouldFailWritesPastTheBoundOfTheQueue() {
        ZmtpLimits limits = ZmtpLimits.builder().maxPendingWrites(2).maxPendingWriteBytes(10).build();
        try (Codec push = new Codec(ZmtpCodec.builder(ZmtpSocketType.PUSH).limits(limits))) {
            ChannelFuture fits = push.channel.write(ZmtpMessage.ofText("123456"));
            ChannelFuture tooLong = push.channel.write(ZmtpMessage.ofText("12345"));
            ChannelFuture fitsToo = push.channel.write(ZmtpMessage.ofText("1234"));
            ChannelFuture tooMany = push.channel.write(ZmtpMessage.ofText(""));
            assertEquals("maxPendingWriteBytes", ((ZmtpLimitException) tooLong.cause()).option());
            assertEquals("maxPendingWrites", ((ZmtpLimitException) tooMany.cause()).option());
            push.feed(Wire.handshake("PULL"));
            assertTrue(fits.isSuccess() && fitsToo.isSuccess());
            assertNull(fits.cause());
        }
    }

    @Test
    void shouldFailQueuedWritesWithTheReasonWhenTheHandshakeFails() {
        try (Codec push = Codec.of(ZmtpSocketType.PUSH)) {
            ChannelFuture queued = push.channel.write(ZmtpMessage.of(push.alloc.buffer().writeZero(10)));
            push.feed(Wire.GREETING_31 + Wire.ready("SUB"));
            assertSame(push.handshakeFailure(), queued.cause());
        }
    }
}
