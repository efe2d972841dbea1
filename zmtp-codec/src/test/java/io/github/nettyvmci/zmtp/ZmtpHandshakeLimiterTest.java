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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class ZmtpHandshakeLimiterTest {

    private final AtomicLong time = new AtomicLong();

    private final List<String> gone = new ArrayList<>();

    private ZmtpHandshakeLimiter.Handshake begin(ZmtpHandshakeLimiter limiter, String address, String name) {
        return limiter.begin(address, e -> gone.add(name + ' ' + e.option()));
    }

    @Test
    void shouldHaveTheOldestGiveWay() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(4, 2, 1000, time::get);
        ZmtpHandshakeLimiter.Handshake first = begin(limiter, "3", "first");
        ZmtpHandshakeLimiter.Handshake second = begin(limiter, "3", "second");
        begin(limiter, "4", "third");
        assertEquals(List.of(), gone);
        begin(limiter, "3", "fourth"); // too many of one address: its oldest goes
        assertEquals(List.of("first maxPendingPerAddress"), gone);
        begin(limiter, "", "fifth");
        assertEquals(4, limiter.pending());
        begin(limiter, "5", "sixth"); // too many in all: the oldest goes
        assertEquals("second maxPending", gone.get(1));
        assertEquals(4, limiter.pending());
        first.end(); // ending one that has given way changes nothing
        second.end();
        assertEquals(4, limiter.pending());
        begin(limiter, "", "seventh");
        begin(limiter, "", "eighth");
        assertEquals(List.of("third maxPending", "fourth maxPending"), gone.subList(2, 4));
    }

    @Test
    void shouldHaveWhoIsSilentGiveWayBeforeWhoGoesOn() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(6, 3, 1000, time::get);
        ZmtpHandshakeLimiter.Handshake first = begin(limiter, "3", "first");
        ZmtpHandshakeLimiter.Handshake second = begin(limiter, "3", "second");
        begin(limiter, "3", "third");
        first.goesOn();
        second.goesOn();
        ZmtpHandshakeLimiter.Handshake fourth = begin(limiter, "3", "fourth");
        assertEquals(List.of("third maxPendingPerAddress"), gone);
        fourth.goesOn();
        time.addAndGet(999_999_999);
        for (int i = 0; i < 10; i++) { // since all of them go on, the new one is refused
            ZmtpLimitException e = assertThrows(ZmtpLimitException.class, () -> begin(limiter, "3", "fifth"));
            assertEquals("maxPendingPerAddress", e.option());
        }
        assertEquals(3, limiter.pending());
        first.goesOn();
        time.addAndGet(1);
        ZmtpHandshakeLimiter.Handshake sixth = begin(limiter, "3", "sixth");
        assertEquals("second maxPendingPerAddress", gone.get(1));
        sixth.goesOn();
        second.goesOn(); // too late
        assertEquals(3, limiter.pending());
        for (String name : new String[] {"seventh", "eighth", "ninth"}) {
            begin(limiter, name, name);
        }
        begin(limiter, "4", "tenth").goesOn();
        begin(limiter, "5", "eleventh").goesOn();
        begin(limiter, "6", "twelfth").goesOn();
        assertEquals(List.of("seventh maxPending", "eighth maxPending", "ninth maxPending"), gone.subList(2, 5));
        begin(limiter, "7", "thirteenth"); // the one that has stood still longest goes, however short that is
        assertEquals("fourth maxPending", gone.get(5));
        assertEquals(6, limiter.pending());
    }

    @Test
    void shouldKeepAgesWhateverEndsInBetween() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(100, 3, 1000, time::get);
        List<ZmtpHandshakeLimiter.Handshake> all = new ArrayList<>();
        for (String name : new String[] {"a", "b", "c"}) {
            all.add(begin(limiter, "3", name));
        }
        all.get(1).end();
        all.get(1).end(); // counts once
        assertEquals(2, limiter.pending());
        all.add(begin(limiter, "3", "d"));
        all.add(begin(limiter, "3", "e"));
        all.add(begin(limiter, "3", "f"));
        assertEquals(List.of("a maxPendingPerAddress", "c maxPendingPerAddress"), gone);
        all.forEach(ZmtpHandshakeLimiter.Handshake::end);
        assertEquals(0, limiter.pending());
    }

    @Test
    void shouldTakeAnEighthForOneAddress() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(80);
        for (int i = 0; i < 1000; i++) {
            begin(limiter, "3", "silent");
        }
        assertEquals(10, limiter.pending());
        assertEquals(990, gone.size());
        new ZmtpHandshakeLimiter(1);
    }

    @Test
    void shouldBoundHandshakesPerSecond() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(100, 100, 2, time::get);
        begin(limiter, "", "first").end();
        begin(limiter, "", "second");
        ZmtpLimitException e = assertThrows(ZmtpLimitException.class, () -> begin(limiter, "", "third"));
        assertEquals("maxPerSecond", e.option());
        assertTrue(e.getMessage().contains("ZmtpHandshakeLimiter.maxPerSecond"), e.getMessage());
        time.addAndGet(TimeUnit.SECONDS.toNanos(1));
        begin(limiter, "", "fourth");
        assertEquals(2, limiter.pending());
        assertEquals(List.of(), gone);
    }

    @Test
    void shouldCountEveryHandshakeOnceHoweverItEnds() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(2, 2, 1000, time::get);
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).handshakeLimiter(limiter)
                .peerAddress(channel -> "3");
        try (Codec oldest = new Codec(builder); Codec older = new Codec(builder)) {
            assertEquals(2, limiter.pending());
            try (Codec third = new Codec(builder); Codec fourth = new Codec(builder)) {
                assertEquals("maxPendingPerAddress", ((ZmtpLimitException) oldest.handshakeFailure()).option());
                assertEquals("maxPendingPerAddress", ((ZmtpLimitException) older.handshakeFailure()).option());
                assertTrue(third.channel.isOpen() && fourth.channel.isOpen());
            }
            assertEquals(0, limiter.pending());
        }
        try (Codec completes = new Codec(builder); Codec fails = new Codec(builder)) {
            assertEquals(2, limiter.pending());
            completes.feed(Wire.handshake("PUSH"));
            assertEquals(1, limiter.pending());
            fails.feed(Wire.GREETING_31 + "00 00");
            fails.handshakeFailure();
            assertEquals(0, limiter.pending());
        }
        try (Codec times = new Codec(builder)) {
            times.channel.advanceTimeBy(30, TimeUnit.SECONDS);
            times.channel.runScheduledPendingTasks();
            times.handshakeFailure();
        }
        try (Codec closes = new Codec(builder); Codec removed = new Codec(builder)) {
            closes.channel.close();
            removed.channel.pipeline().remove(ZmtpCodec.class);
        }
        assertEquals(0, limiter.pending());
    }

    @Test
    void shouldCountByTheAddressItIsGiven() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(80, 1, 1000);
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).peerAddress(channel -> "process 1")
                .handshakeLimiter(limiter, channel -> "user 1");
        try (Codec first = new Codec(builder); Codec second = new Codec(builder.peerAddress(channel -> "process 2"))) {
            ZmtpLimitException e = (ZmtpLimitException) first.handshakeFailure();
            assertTrue(e.getMessage().contains("from user 1, of which this was the oldest: 2"), e.getMessage());
            second.feed(Wire.handshake("PUSH"));
            assertEquals(0, limiter.pending());
        }
    }

    @Test
    void shouldWaitForTheGreetingLessThanForTheHandshake() {
        for (String greeting : new String[] {"", "FF", Wire.SIGNATURE + "03 01 <mech NULL> <31x00>"}) {
            try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
                if (!greeting.isEmpty()) {
                    pull.feed(greeting);
                }
                pass(pull, 4999);
                assertTrue(pull.channel.isOpen());
                pass(pull, 1);
                ZmtpException e = pull.handshakeFailure();
                assertEquals(ZmtpError.HANDSHAKE_TIMEOUT, e.error());
                assertTrue(e.getMessage().contains("ZmtpLimits.greetingTimeout"), e.getMessage());
            }
        }
        try (Codec pull = Codec.of(ZmtpSocketType.PULL)) {
            pull.feed(Wire.GREETING_31);
            pass(pull, 29_999);
            assertTrue(pull.channel.isOpen());
            pass(pull, 1);
            assertTrue(pull.handshakeFailure().getMessage().contains("ZmtpLimits.handshakeTimeout"));
        }
    }

    private static void pass(Codec codec, long millis) {
        codec.channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        codec.channel.runScheduledPendingTasks();
    }

    @Test
    void shouldCountNothingWhereNobodyCanTellThePeersAddress() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(10);
        try (Codec rep = new Codec(ZmtpCodec.builder(ZmtpSocketType.REP).peerAddress(channel -> {
            throw new IllegalStateException("no address");
        }).handshakeLimiter(limiter, channel -> ""))) {
            assertEquals(ZmtpError.INTERNAL, rep.handshakeFailure().error());
        }
        assertEquals(0, limiter.pending());
    }
}
