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

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

class ZmtpHandshakeLimiterTest {

    private final AtomicLong time = new AtomicLong();

    private static void refused(ZmtpHandshakeLimiter limiter, String address, String option) {
        ZmtpLimitException e = assertThrows(ZmtpLimitException.class, () -> limiter.begin(address));
        assertEquals(option, e.option());
        assertTrue(e.getMessage().contains("ZmtpHandshakeLimiter." + option), e.getMessage());
    }

    @Test
    void shouldBoundHandshakesInAllAndPerAddress() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(4, 2, 1000, time::get);
        limiter.begin("3");
        limiter.begin("3");
        refused(limiter, "3", "maxPendingPerAddress");
        limiter.begin("4");
        limiter.begin("");
        refused(limiter, "5", "maxPending");
        assertEquals(4, limiter.pending());
        limiter.end("3");
        limiter.begin("3");
        limiter.end("3");
        limiter.end("3");
        limiter.end("4");
        limiter.end("");
        assertEquals(0, limiter.pending());
    }

    @Test
    void shouldBoundHandshakesPerSecond() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(100, 100, 2, time::get);
        limiter.begin("");
        limiter.end("");
        limiter.begin("");
        refused(limiter, "", "maxPerSecond");
        time.addAndGet(TimeUnit.SECONDS.toNanos(1));
        limiter.begin("");
        assertEquals(2, limiter.pending());
    }

    @Test
    void shouldCountEveryHandshakeOnceHoweverItEnds() {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(2, 2, 1000, time::get);
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL).handshakeLimiter(limiter)
                .peerAddress(channel -> "3");
        try (Codec completes = new Codec(builder); Codec fails = new Codec(builder)) {
            assertEquals(2, limiter.pending());
            try (Codec third = new Codec(builder)) {
                assertEquals("maxPending", ((ZmtpLimitException) third.handshakeFailure()).option());
            }
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
}
