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

import static io.github.nettyvmci.zmtp.security.CurvePeers.GREETING;
import static io.github.nettyvmci.zmtp.security.CurvePeers.HELLO;
import static io.github.nettyvmci.zmtp.security.CurvePeers.INITIATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.internal.curve.CurveBox;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.github.nettyvmci.zmtp.internal.curve.Octets;
import io.github.nettyvmci.zmtp.internal.curve.WatchedPrimitives;
import io.github.nettyvmci.zmtp.security.CurvePeers;
import io.github.nettyvmci.zmtp.security.CurveVectors;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What strangers can make a CURVE server compute, and on which thread the server computes it. */
class CurveServerLoadTest {

    /** A HELLO that anybody can send without knowing the server's key. */
    private static final String FORGED_HELLO = "04 C8 05 \"HELLO\" 01 00 <72x00> 09 <31x00> <7x00> 01 <80x00>";
    private static final String WELCOME = Wire.hex("04 A8 " + CurveVectors.WELCOME);
    private static final String READY = Wire.hex("04 31 " + CurveVectors.READY);

    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();

    private static ZmtpCodecBuilder server() {
        return CurvePeers.server();
    }

    private static ZmtpCodecBuilder server(Mechanism mechanism) {
        return ZmtpCodec.builder(ZmtpSocketType.REP).mechanism(mechanism);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAskByAddressBeforeItComputes(boolean allOf) {
        ZapHandler addresses = ZapHandlers.addresses(List.of("192.0.2.1"));
        ZapHandler handler = allOf ? ZapHandlers.allOf(ZapHandlers.allowAll(), addresses) : addresses;
        try (Codec rep = new Codec(server().zapHandler(handler).peerAddress(channel -> "192.0.2.2"))) {
            rep.feed(GREETING);
            rep.sent();
            rep.feed(FORGED_HELLO);
            assertEquals(Wire.hex("04 0A 05 \"ERROR\" 03 \"400\""), rep.sent());
            rep.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            rep.channel.runScheduledPendingTasks();
            ZmtpAuthenticationException e = (ZmtpAuthenticationException) rep.handshakeFailure();
            assertEquals(400, e.status());
            assertTrue(e.getMessage().contains("192.0.2.2"), e.getMessage());
        }
        try (Codec rep = new Codec(server().zapHandler(handler).peerAddress(channel -> "192.0.2.1"))) {
            rep.feed(GREETING + HELLO + INITIATE);
            assertNotNull(rep.completed());
        }
    }

    @Test
    void shouldCloseWhenTheAuthenticatorFailsAboutAnAddress() {
        ZapHandler handler = new ZapHandler() {
            @Override
            public java.util.concurrent.CompletionStage<ZapReply> authenticate(ZapRequest request) {
                return ZapHandlers.allowAll().authenticate(request);
            }

            @Override
            public boolean refusesAddress(String domain, String address) {
                throw new IllegalStateException(domain);
            }
        };
        try (Codec rep = new Codec(server().zapHandler(handler).zapDomain("global"))) {
            rep.feed(GREETING + HELLO);
            assertEquals(ZmtpError.AUTHENTICATOR_FAILED, rep.handshakeFailure().error());
            assertTrue(rep.handshakeFailure().getMessage().contains("global"));
        }
    }

    @Test
    void shouldBoundHowManyPeersItComputesForWithinASecond() {
        AtomicLong rate = new AtomicLong();
        ZmtpCodecBuilder builder = server().handshakeExecutor(Runnable::run);
        builder.computationRate = new ComputationRate(2, rate::get);
        for (int i = 0; i < 2; i++) {
            try (Codec rep = new Codec(builder)) {
                rep.feed(GREETING + FORGED_HELLO);
                assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
            }
        }
        try (Codec late = new Codec(builder); Codec gone = new Codec(builder); Codec rep = new Codec(builder)) {
            for (Codec codec : List.of(late, gone, rep)) {
                codec.feed(GREETING);
                codec.sent();
                codec.feed(HELLO);
                assertEquals("", codec.sent());
            }
            gone.channel.close(); // a closed one takes no place in the rate
            rate.addAndGet(TimeUnit.SECONDS.toNanos(1));
            builder.computationRate.take("other");
            rep.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            rep.channel.runScheduledPendingTasks();
            assertEquals(WELCOME, rep.sent());
            late.channel.advanceTimeBy(29, TimeUnit.SECONDS);
            late.channel.runScheduledPendingTasks();
            assertTrue(late.channel.isOpen());
            late.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            late.channel.runScheduledPendingTasks();
            ZmtpLimitException e = (ZmtpLimitException) late.handshakeFailure();
            assertEquals("maxComputationsPerSecond", e.option());
        }
        assertThrows(IllegalArgumentException.class, () -> server().maxComputationsPerSecond(0));
        int threads = Math.max(1, Math.min(4, Runtime.getRuntime().availableProcessors() / 2));
        assertEquals(3000 * threads, server().computationRate.exceeded().limit(), "by default");
    }

    @Test
    void shouldKeepAnEighthForOtherAddresses() {
        AtomicLong time = new AtomicLong(5);
        ComputationRate rate = new ComputationRate(80, time::get);
        for (int second = 0; second < 2; second++) {
            for (int i = 0; i < 70; i++) {
                assertEquals(0, rate.take("a"));
            }
            assertEquals(1_000_000_000, rate.take("a"));
            for (int i = 0; i < 10; i++) {
                assertEquals(0, rate.take("b" + i % 2));
            }
            time.addAndGet(999_999_999);
            assertEquals(1, rate.take("c"));
            time.addAndGet(1);
        }
    }

    /** Begins another handshake of the server; it is computed on the event loop, since no other is under way. */
    private Codec other(ZmtpCodecBuilder builder) {
        Codec rep = new Codec(builder.handshakeExecutor(queue::add));
        rep.feed(GREETING + HELLO);
        assertTrue(rep.sent().endsWith(WELCOME));
        assertEquals(0, queue.size());
        return rep;
    }

    private void compute(Codec codec) {
        queue.remove().run();
        codec.channel.runPendingTasks();
    }

    @Test
    void shouldComputeOffTheLoopWhileAnotherHandshakeIsUnderWay() {
        ZmtpCodecBuilder builder = server();
        try (Codec first = other(builder); Codec rep = new Codec(builder)) {
            rep.feed(GREETING);
            rep.sent();
            rep.feed(HELLO);
            assertEquals("", rep.sent());
            compute(rep);
            assertEquals(WELCOME, rep.sent());
            rep.feed(INITIATE);
            assertEquals("", rep.sent());
            first.feed(INITIATE);
            compute(rep);
            assertEquals(READY, rep.sent());
            assertNotNull(rep.completed());
            rep.feed("00 21 " + CurveVectors.CLIENT_EMPTY_MORE + "00 26 " + CurveVectors.CLIENT_HELLO);
            assertEquals("[|48656c6c6f]", rep.received());
            // The second handshake was under way when this INITIATE came, so that it was handed to the executor.
            compute(first);
            assertNotNull(first.completed());
        }
        other(builder).close(); // no other handshake is under way any more
        assertEquals(0, queue.size());
    }

    @Test
    void shouldComputeOffTheLoopForStrangersThatComeOneAfterTheOther() {
        AtomicLong time = new AtomicLong();
        ZmtpCodecBuilder builder = server();
        builder.computationRate = new ComputationRate(16, time::get);
        for (int second = 0; second < 2; second++) {
            for (int i = 0; i < 2; i++) {
                other(builder).close();
            }
            try (Codec rep = new Codec(builder)) {
                rep.feed(GREETING);
                rep.sent();
                rep.feed(HELLO);
                assertEquals("", rep.sent());
                compute(rep);
                assertEquals(WELCOME, rep.sent());
                time.addAndGet(TimeUnit.SECONDS.toNanos(1));
                rep.feed(INITIATE);
                assertEquals(READY, rep.sent());
            }
        }
    }

    @Test
    void shouldCloseOnWhatAComputationOffTheLoopFinds() {
        ZmtpCodecBuilder builder = server();
        try (Codec first = other(builder); Codec rep = new Codec(builder)) {
            rep.feed(GREETING + FORGED_HELLO);
            assertTrue(rep.channel.isOpen());
            compute(rep);
            assertEquals(ZmtpError.CRYPTOGRAPHIC, rep.handshakeFailure().error());
            assertTrue(first.channel.isOpen());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {HELLO, INITIATE})
    void shouldTakeNoCommandWhileItComputes(String command) {
        ZmtpCodecBuilder builder = server();
        try (Codec first = other(builder); Codec rep = new Codec(builder)) {
            rep.feed(GREETING + HELLO + command);
            assertEquals(ZmtpError.PROTOCOL, rep.handshakeFailure().error());
            compute(rep); // the result comes too late
            assertFalse(rep.channel.isOpen());
            assertTrue(first.channel.isOpen());
        }
    }

    @Test
    void shouldCloseWhenTooManyComputationsWait() {
        WatchedPrimitives primitives = new WatchedPrimitives();
        ZmtpCodecBuilder builder = server(primitives.mechanism(true));
        try (Codec first = new Codec(builder.handshakeExecutor(task -> {
            throw new RejectedExecutionException("full");
        })); Codec rep = new Codec(builder)) {
            first.feed(GREETING + helloOf(0x21));
            assertTrue(first.channel.isOpen());
            rep.feed(GREETING + helloOf(0x21));
            ZmtpLimitException e = (ZmtpLimitException) rep.handshakeFailure();
            assertEquals("handshakeExecutor", e.option());
            assertEquals("full", e.getCause().getMessage());
        }
        primitives.assertNothingLeft(1);
    }

    /** HELLO to the server of the vectors. */
    private static String helloOf(int secret) {
        CurveBox box = new CurveBox(CurvePrimitives.create());
        byte[] shortSecret = CurveVectors.range(secret, 32);
        byte[] nonce = Octets.shortNonce(1);
        return "04 C8 05 \"HELLO\" 01 00 <72x00>" + io.netty.buffer.ByteBufUtil.hexDump(Octets.concat(
                box.publicKey(shortSecret), nonce, box.seal(box.sharedKey(CurveVectors.SERVER.publicKey(), shortSecret),
                        "CurveZMQHELLO---", nonce, new byte[64])));
    }

    @Test
    void shouldLeaveNoSecretBehindAComputationThatNeverBegins() {
        WatchedPrimitives primitives = new WatchedPrimitives();
        ZmtpCodecBuilder builder = server(primitives.mechanism(true));
        try (Codec first = new Codec(builder.handshakeExecutor(queue::add)); Codec rep = new Codec(builder)) {
            first.feed(GREETING + helloOf(0x21));
            rep.feed(GREETING + helloOf(0x22));
            assertEquals(1, queue.size());
        }
        primitives.assertNothingLeft(5);
        queue.remove().run(); // the task was cancelled and does nothing
        primitives.assertNothingLeft(5);
    }

    @Test
    void shouldLeaveNoSecretBehindAComputationThatOutlivesItsChannel() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        WatchedPrimitives primitives = new WatchedPrimitives() {
            @Override
            public boolean agree(byte[] secret, byte[] publicKey, byte[] out) {
                boolean agreed = super.agree(secret, publicKey, out);
                if (Thread.currentThread().getName().equals("computes")) {
                    begun.countDown();
                    try {
                        assertTrue(closed.await(30, TimeUnit.SECONDS));
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return agreed;
            }
        };
        ZmtpCodecBuilder builder = server(primitives.mechanism(true));
        try (Codec first = new Codec(builder.handshakeExecutor(queue::add))) {
            first.feed(GREETING + helloOf(0x21));
            Codec rep = new Codec(builder);
            rep.feed(GREETING + helloOf(0x22));
            Thread thread = new Thread(queue.remove(), "computes");
            thread.start();
            assertTrue(begun.await(30, TimeUnit.SECONDS));
            rep.close();
            closed.countDown();
            thread.join(30_000);
            assertFalse(thread.isAlive());
        }
        primitives.assertNothingLeft(5);
    }
}
