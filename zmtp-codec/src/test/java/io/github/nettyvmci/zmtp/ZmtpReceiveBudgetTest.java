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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.internal.curve.CurveCipher;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.github.nettyvmci.zmtp.security.CurvePeers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

class ZmtpReceiveBudgetTest {

    private static Codec pull(ZmtpReceiveBudget budget) {
        return Codec.connected(ZmtpCodec.builder(ZmtpSocketType.PULL).receiveBudget(budget), "PUSH");
    }

    /** Returns the header of a frame of that length, and the first octets of its body. */
    private static String begun(int length, int octets) {
        return String.format("02 %016X <%dx61>", length, octets);
    }

    private static void assertExceeded(Codec codec) {
        ZmtpLimitException e = assertInstanceOf(ZmtpLimitException.class, codec.failure());
        assertEquals("maxBytes", e.option());
        assertTrue(e.getMessage().contains("ZmtpReceiveBudget.maxBytes"), e.getMessage());
        assertTrue(e.isTransient());
        assertFalse(e.error().isTransient());
    }

    @Test
    void shouldCloseThePeerThatHoldsMostAndDeliverTheMessageOfTheOther() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(1_000_000);
        try (Codec least = pull(budget); Codec most = pull(budget); Codec other = pull(budget)) {
            least.feed(begun(2000, 1000));
            most.feed(begun(900_000, 300_000));
            other.feed(begun(500_000, 150_000));
            assertTrue(most.channel.isOpen());
            assertTrue(budget.used() >= 450_000, () -> "octets held: " + budget.used());
            other.feed("<200000x61>");
            assertExceeded(most);
            assertTrue(least.channel.isOpen());
            assertTrue(other.channel.isOpen());
            other.feed("<150000x61>");
            assertEquals('[' + "61".repeat(500_000) + ']', other.received());
            least.feed("<1000x61>");
            assertEquals('[' + "61".repeat(2000) + ']', least.received());
            assertEquals(0, budget.used());
        }
    }

    @Test
    void shouldCloseThePeerThatAsksForMoreIfItHoldsMost() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(10_000);
        try (Codec most = pull(budget); Codec other = pull(budget)) {
            other.feed(begun(5000, 4900));
            most.feed(begun(9000, 4000));
            most.feed("<2000x61>");
            assertExceeded(most);
            assertTrue(other.channel.isOpen());
            other.feed("<100x61>");
            assertEquals('[' + "61".repeat(5000) + ']', other.received());
            assertEquals(0, budget.used());
        }
    }

    @Test
    void shouldRefuseAtOnceWhatCanNeverBeWhole() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(10_000);
        for (boolean parts : new boolean[] {false, true}) {
            try (Codec pull = pull(budget)) {
                if (parts) {
                    pull.feed("01 FF <255x61>");
                }
                pull.feed(begun(parts ? 9700 : 9992, 0));
                assertExceeded(pull);
            }
            assertEquals(0, budget.used());
        }
        try (Codec pull = pull(budget)) {
            pull.feed(begun(9991, 9991));
            pull.feed(begun(9991, 0)); // with its header exactly the budget
            assertTrue(pull.channel.isOpen());
        }
        assertEquals(0, budget.used());
    }

    @Test
    void shouldChargeEachPartForWhatHoldsIt() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(128 * 100);
        try (Codec pull = pull(budget)) {
            pull.feed("01 00".repeat(100));
            assertEquals(128 * 100, budget.used());
            pull.feed("00 00");
            assertEquals('[' + "|".repeat(100) + ']', pull.received());
            assertEquals(0, budget.used());
            pull.feed("01 00".repeat(101));
            assertExceeded(pull);
        }
        assertEquals(0, budget.used());
    }

    /** A frame that was split lies in a buffer of its own and says nothing about the read in which it ended. */
    @Test
    void shouldNotKeepAReadForTheShortPartBehindASplitOne() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(1_000_000);
        try (Codec pull = pull(budget)) {
            pull.feed("03 00 00 00 00 00 00 9C 40 <20000x61>");
            ByteBuf read = pull.alloc.buffer(20_003).writeBytes(Wire.bytes("<20000x61> 01 01 62"));
            pull.channel.writeInbound(read);
            assertEquals(0, read.refCnt());
            assertEquals(9 + 40_000 + 1 + 2 * ZmtpReceiveBudget.PART_OVERHEAD, budget.used());
            pull.feed("00 00");
            assertEquals('[' + "61".repeat(40_000) + "|62|]", pull.received());
            assertEquals(0, budget.used());
        }
    }

    @Test
    void shouldChargeASealedPartForTheBufferItWasOpenedIn() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(1_000_000);
        try (Codec rep = new Codec(CurvePeers.server().receiveBudget(budget))) {
            rep.feed(CurvePeers.GREETING + CurvePeers.HELLO + CurvePeers.INITIATE);
            CurveCipher sender = new CurveCipher(CurvePrimitives.create(), CurvePeers.SESSION_KEY, false, 2, 0);
            ByteBuf out = Unpooled.buffer();
            for (int length : new int[] {400, 0, 1}) {
                out.writeByte(2).writeLong(length + CurveCipher.OVERHEAD);
                sender.seal(FrameCipher.MORE, Unpooled.wrappedBuffer(new byte[length]), 0, length, out);
            }
            rep.feed(ByteBufUtil.hexDump(out));
            // The flags are the first octet of the opened box; an empty part keeps no buffer.
            assertEquals(401 + 2 + 3 * ZmtpReceiveBudget.PART_OVERHEAD, budget.used());
        }
        assertEquals(0, budget.used());
    }

    @Test
    void shouldNotCountWhatLiesInOneRead() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(1);
        try (Codec pull = pull(budget)) {
            List<Long> used = new ArrayList<>();
            pull.channel.pipeline().addAfter(pull.channel.pipeline().context(ZmtpCodec.class).name(), "look",
                    new ChannelInboundHandlerAdapter() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            used.add(budget.used());
                            ctx.fireChannelRead(msg);
                        }
                    });
            pull.feed("00 05 \"Hello\" 01 01 61 01 FF <255x62> 00 01 63" + begun(70_000, 70_000));
            assertEquals(List.of(0L, 0L, 0L), used);
            assertTrue(pull.channel.isOpen());
        }
    }

    @Test
    void shouldGiveBackWhatAConnectionHeldHoweverItEnds() {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(100_000);
        for (String end : new String[] {"close", "remove", "error"}) {
            try (Codec pull = pull(budget)) {
                pull.feed("01 03 \"abc\"" + begun(5000, 100));
                assertTrue(budget.used() > 100);
                switch (end) {
                    case "close" -> pull.channel.close();
                    case "remove" -> pull.channel.pipeline().remove(ZmtpCodec.class);
                    default -> pull.feed("<4900x61> FF");
                }
                assertEquals(0, budget.used(), end);
            }
        }
    }

    @Test
    void shouldHaveABareCodecKeepItsOwnLimit() {
        try (Codec pull = Codec.connected(ZmtpSocketType.PULL, "PUSH")) {
            pull.feed("02 00 00 00 00 04 00 00 01");
            assertEquals("maxFrameLength", ((ZmtpLimitException) pull.failure()).option());
        }
    }

    @Test
    void shouldStayInBalanceAmongThreads() throws Exception {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(20_000);
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int round = 0; round < 300; round++) {
                    ZmtpReceiveBudget.Account account = budget.open(e -> { });
                    try {
                        for (int i = 0; i < 100; i++) {
                            account.hold(ThreadLocalRandom.current().nextInt(10_000));
                        }
                    } catch (ZmtpLimitException e) {
                        assertEquals("maxBytes", e.option());
                    } finally {
                        account.close();
                    }
                }
            });
            thread.setUncaughtExceptionHandler((of, e) -> {
                synchronized (failures) {
                    failures.add(e);
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), failures);
        assertEquals(0, budget.used());
        assertThrows(IllegalArgumentException.class, () -> new ZmtpReceiveBudget(0));
    }
}
