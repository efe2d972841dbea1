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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

class HeartbeatTest {

    private static final String PING = Wire.hex("04 07 04 \"PING\" 00 00");

    private static ZmtpCodecBuilder pull() {
        return ZmtpCodec.builder(ZmtpSocketType.PULL);
    }

    private static void pass(Codec codec, long millis) {
        codec.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        codec.channel.runScheduledPendingTasks();
    }

    /** Lets time pass in steps of 100 ms, so that tasks scheduled by other tasks run as well. */
    private static void passStepwise(Codec codec, long millis) {
        for (long left = millis; left > 0; left -= 100) {
            pass(codec, Math.min(left, 100));
        }
    }

    @Test
    void shouldPingAndCloseLikeLibzmqWhenNothingComes() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(200))
                .heartbeatTimeout(Duration.ofMillis(500)), "PUSH")) {
            for (int i = 0; i < 3; i++) {
                pass(pull, 199);
                assertEquals("", pull.sent());
                pass(pull, 1);
                assertEquals(PING, pull.sent());
            }
            pass(pull, 99);
            assertTrue(pull.channel.isOpen());
            pass(pull, 1); // 700 ms: 500 after the first PING
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
            assertTrue(pull.failure().error().isTransient());
        }
    }

    /** A PING that cannot be made ends the connection; else no more would be sent, and nobody would be told. */
    @Test
    void shouldEndTheConnectionIfAPingCannotBeSent() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(200)), "PUSH")) {
            OutOfMemoryError shortage = new OutOfMemoryError("for this test");
            pull.channel.config().setAllocator(new PooledByteBufAllocator(true) {
                @Override
                protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
                    throw shortage;
                }

                @Override
                protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
                    throw shortage;
                }
            });
            pass(pull, 200);
            assertEquals(shortage, pull.failure().getCause());
            assertEquals(ZmtpError.INTERNAL, pull.failure().error());
        }
    }

    @ParameterizedTest
    @CsvSource({"3.0, false, true", "3.0, true, false", "3.1, true, true"})
    void shouldPingPeersOfZmtp30UnlessTold(String version, boolean newPeersOnly, boolean pings) {
        try (Codec pull = new Codec(pull().heartbeatInterval(Duration.ofMillis(200))
                .heartbeatNewPeersOnly(newPeersOnly))) {
            pull.feed((version.equals("3.0") ? Wire.GREETING_30 : Wire.GREETING_31) + Wire.ready("PUSH"));
            pull.sent();
            pass(pull, 200);
            assertEquals(pings ? PING : "", pull.sent());
            pass(pull, 200);
            assertEquals(!pings, pull.channel.isOpen(), "nobody waits for an answer to nothing");
        }
    }

    @Test
    void shouldTakeTheIntervalForTheTimeout() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(200)), "PUSH")) {
            pass(pull, 200);
            pass(pull, 199);
            assertTrue(pull.channel.isOpen());
            pass(pull, 1);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @Test
    void shouldTakeAnythingForASignOfLife() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(200))
                .heartbeatTimeToLive(Duration.ofMillis(1599)), "PUSH")) {
            for (String life : new String[] {"04 05 04 \"PONG\"", "00 01 61", "04 05 04 \"ping\"", "00", "00"}) {
                pass(pull, 200);
                assertEquals(Wire.hex("04 07 04 \"PING\" 00 0F"), pull.sent());
                pull.feed(life);
            }
            pass(pull, 200);
            assertTrue(pull.channel.isOpen());
            pass(pull, 200);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @Test
    void shouldNeverCloseWithTimeoutZero() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(200))
                .heartbeatTimeout(Duration.ZERO), "PUSH")) {
            pass(pull, 60_000);
            assertTrue(pull.channel.isOpen());
        }
    }

    @ParameterizedTest
    @CsvSource({"00 01, 100", "02 90, 65600", "FF FF, 6553500"})
    void shouldCloseWhenThePeersTimeToLiveIsOver(String timeToLive, long millis) {
        try (Codec pull = Codec.connected(pull(), "PUSH")) {
            pull.feed("04 07 04 \"PING\"" + timeToLive);
            assertEquals(Wire.hex("04 05 04 \"PONG\""), pull.sent());
            pass(pull, millis - 1);
            assertTrue(pull.channel.isOpen());
            pass(pull, 1);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @Test
    void shouldForgetTheTimeToLiveOnceSomethingCame() {
        try (Codec pull = Codec.connected(pull(), "PUSH")) {
            pull.feed("04 07 04 \"PING\" 00 01");
            pull.feed("00 01 61");
            pass(pull, 100_000);
            assertTrue(pull.channel.isOpen());
            pull.feed("04 07 04 \"PING\" 00 01");
            pass(pull, 99);
            pull.feed("04 07 04 \"PING\" 00 00");
            pass(pull, 100_000);
            assertTrue(pull.channel.isOpen());
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', value = {
        "message behind it,        00 01 61 04 07 04 `PING` 00 01 00 01 62, true",
        "half a frame behind it,   04 07 04 `PING` 00 01 00, true",
        "PING without time behind it, 04 07 04 `PING` 00 01 04 07 04 `PING` 00 00, true",
        "message before it,        00 01 61 04 07 04 `PING` 00 01, false"})
    void shouldTakeWhatCameBehindAPingInTheSameReadForASignOfLife(String what, String octets, boolean lives) {
        byte[] read = Wire.bytes(octets.replace('`', '"'));
        for (int split = 0; split < (lives ? read.length - 1 : read.length); split++) {
            try (Codec pull = Codec.connected(pull(), "PUSH")) {
                pull.feed(read, 0, split);
                pull.feed(read, split, read.length);
                pass(pull, 100);
                assertEquals(lives, pull.channel.isOpen(), what + ", split at " + split);
            }
        }
    }

    @Test
    void shouldTakeAReadThatIsKeptBehindAPingForASignOfLife() {
        for (boolean lives : new boolean[] {true, false}) {
            try (Codec pull = Codec.connected(pull(), "PUSH")) {
                pull.channel.config().setAutoRead(false);
                pull.feed("00 01 61 04 07 04 \"PING\" 00 01");
                if (lives) {
                    pull.feed("00 01 62");
                }
                pull.channel.read();
                pull.channel.read();
                assertEquals(lives ? "[61][62]" : "[61]", pull.received());
                pass(pull, 100);
                assertEquals(lives, pull.channel.isOpen());
            }
        }
    }

    @Test
    void shouldBoundPingsPerSecond() {
        try (Codec pull = Codec.connected(pull().limits(ZmtpLimits.builder().maxPingsPerSecond(5).build()), "PUSH")) {
            String ping = "04 07 04 \"PING\" 00 00";
            pull.feed(ping.repeat(5));
            pass(pull, 1000);
            pull.feed(ping.repeat(5));
            assertTrue(pull.channel.isOpen());
            pull.feed(ping);
            ZmtpLimitException e = (ZmtpLimitException) pull.failure();
            assertEquals("maxPingsPerSecond", e.option());
            assertEquals(6, e.value());
        }
    }

    /** A pause of our own reading, whatever its reason and time, must not count as silence of the peer. */
    @ParameterizedTest
    @ValueSource(strings = {"kept", "off", "ended before the deadline"})
    void shouldNotTakeAPauseOfOursForSilence(String pause) {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(1000)), "PUSH")) {
            pass(pull, 900);
            if (pause.equals("kept")) {
                pull.channel.config().setAutoRead(false);
                pull.feed("00 01 61");
            } else if (pause.equals("off")) {
                pull.channel.config().setAutoRead(false);
            } else {
                pass(pull, 600); // our PING went out in the middle of it
                pull.channel.config().setAutoRead(false);
            }
            passStepwise(pull, pause.startsWith("ended") ? 400 : 10_000);
            assertTrue(pull.channel.isOpen());
            pull.channel.config().setAutoRead(true);
            assertEquals(pause.equals("kept") ? "[61]" : "", pull.received());
            pass(pull, 999);
            assertTrue(pull.channel.isOpen(), "a full timeout once reading goes on");
            passStepwise(pull, 2200);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotHoldThePeersTimeToLiveAgainstItInAPause(boolean longer) {
        try (Codec pull = Codec.connected(pull(), "PUSH")) {
            pull.feed("04 07 04 \"PING\" 00 0A");
            pull.channel.config().setAutoRead(false);
            passStepwise(pull, longer ? 60_000 : 999);
            assertTrue(pull.channel.isOpen());
            pull.channel.config().setAutoRead(true);
            pass(pull, 999);
            assertTrue(pull.channel.isOpen(), "a full time to live once reading goes on");
            passStepwise(pull, 1200);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @Test
    void shouldNotCloseAPeerWhoseMessagesAreAskedForOneByOne() {
        try (Codec pull = Codec.connected(pull().heartbeatInterval(Duration.ofMillis(1000)), "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 61 00 01 62 04 07 04 \"PING\" 00 01");
            pass(pull, 10_000);
            pull.channel.read();
            assertEquals("[61]", pull.received());
            pass(pull, 10_000);
            pull.channel.read();
            assertEquals("[62]", pull.received());
            pass(pull, 10_000);
            assertTrue(pull.channel.isOpen());
            pull.channel.read(); // now there is nothing but the PING: 100 ms to live
            pass(pull, 99);
            assertTrue(pull.channel.isOpen());
            pass(pull, 1);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, pull.failure().error());
        }
    }

    @Test
    void shouldNotTakeTheHonestPingsOfAPauseForAFlood() {
        String ping = "04 07 04 \"PING\" 00 00";
        ZmtpLimits limits = ZmtpLimits.builder().maxPingsPerSecond(20).build();
        try (Codec pull = Codec.connected(pull().limits(limits), "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 61");
            for (int i = 0; i < 120; i++) { // one each 50 ms
                pass(pull, 50);
                pull.feed(ping);
            }
            pull.channel.config().setAutoRead(true);
            assertEquals("[61]", pull.received());
            assertEquals(Wire.hex("04 05 04 \"PONG\"").repeat(120), pull.sent());
            pass(pull, 1000);
            pull.feed(ping.repeat(20));
            assertTrue(pull.channel.isOpen());
            pull.feed(ping); // the pause allows no second flood
            assertEquals("maxPingsPerSecond", ((ZmtpLimitException) pull.failure()).option());
        }
        try (Codec pull = Codec.connected(pull().limits(limits), "PUSH")) {
            pull.channel.config().setAutoRead(false);
            pull.feed("00 01 61");
            pass(pull, 6000);
            pull.feed(ping.repeat(20 * 7 + 1));
            pull.channel.config().setAutoRead(true);
            assertEquals("maxPingsPerSecond", ((ZmtpLimitException) pull.failure()).option());
        }
    }

    @Test
    void shouldKeepOnePongForAPeerThatDoesNotRead() {
        try (Codec pull = Codec.connected(pull(), "PUSH")) {
            EmbeddedChannel channel = pull.channel;
            channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
            assertFalse(channel.isWritable());
            pull.feed("04 08 04 \"PING\" 00 00 61 04 08 04 \"PING\" 00 00 62");
            assertEquals("", pull.sent());
            channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
            channel.runPendingTasks();
            assertEquals(Wire.hex("04 06 04 \"PONG\" 62"), pull.sent());
            channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
            pull.feed("04 08 04 \"PING\" 00 00 63"); // and closed with it
        }
    }

    /** Takes as many octets as it is told to. */
    private static final class SlowChannel extends EmbeddedChannel {

        private long room = Long.MAX_VALUE;

        @Override
        protected void doWrite(ChannelOutboundBuffer out) {
            while (out.current() instanceof ByteBuf buffer && room > 0) {
                long now = Math.min(room, buffer.readableBytes());
                room -= now;
                out.removeBytes(now);
            }
        }

        void take(long octets) {
            room += octets;
            unsafe().flush();
        }
    }

    private static Codec slow(ZmtpCodecBuilder builder) {
        Codec codec = new Codec(builder, true, new SlowChannel());
        codec.feed(Wire.handshake("PULL"));
        ((SlowChannel) codec.channel).room = 0;
        return codec;
    }

    private static ZmtpCodecBuilder push() {
        return ZmtpCodec.builder(ZmtpSocketType.PUSH).heartbeatInterval(Duration.ofMillis(1000));
    }

    @Test
    void shouldBeginTheDeadlineWhenThePingHasLeft() {
        try (Codec push = slow(push())) {
            passStepwise(push, 20_000);
            assertTrue(push.channel.isOpen());
            assertEquals(1, push.channel.unsafe().outboundBuffer().size(), "one PING waits, not a queue");
            ((SlowChannel) push.channel).take(9);
            pass(push, 999);
            assertTrue(push.channel.isOpen());
            pass(push, 1);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, push.failure().error());
        }
    }

    @Test
    void shouldTakeTheProgressOfOurMessagesForASignOfLife() {
        try (Codec push = slow(push())) {
            SlowChannel channel = (SlowChannel) push.channel;
            channel.take(9);
            pass(push, 1000); // the PING is off, and the deadline runs
            push.channel.writeOneOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(8 << 20)));
            for (int i = 0; i < 6; i++) {
                push.channel.writeOneOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(10)));
                push.channel.flushOutbound();
            }
            for (int i = 0; i < 80; i++) {
                passStepwise(push, 500);
                assertTrue(push.channel.isOpen(), "after " + i);
                channel.take(100_000);
            }
            passStepwise(push, 2000); // and now it moves no more
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, push.failure().error());
        }
    }

    @Test
    void shouldNotTakeWhatTheKernelTakesAtOnceForASignOfLife() {
        try (Codec push = slow(push())) {
            ((SlowChannel) push.channel).take(1 << 30);
            for (int i = 0; i < 19; i++) {
                pass(push, 100);
                push.channel.writeOneOutbound(ZmtpMessage.of(push.alloc.buffer().writeZero(5000)));
                push.channel.flushOutbound();
                assertTrue(push.channel.isOpen(), "after " + i);
            }
            pass(push, 100);
            assertEquals(ZmtpError.HEARTBEAT_TIMEOUT, push.failure().error());
        }
    }

    @Test
    void shouldRefuseDurationsThatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> pull().heartbeatInterval(Duration.ofMillis(-1)));
        assertThrows(IllegalArgumentException.class, () -> pull().heartbeatTimeout(Duration.ofMillis(-1)));
        assertThrows(IllegalArgumentException.class, () -> pull().heartbeatTimeToLive(Duration.ofMillis(6_553_600)));
        assertThrows(IllegalArgumentException.class, () -> pull().heartbeatTimeout(Duration.ofDays(1_000_000_000)));
        pull().heartbeatTimeToLive(Duration.ofMillis(6_553_599));
    }
}
