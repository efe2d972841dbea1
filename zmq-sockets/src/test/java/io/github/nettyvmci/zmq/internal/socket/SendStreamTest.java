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
package io.github.nettyvmci.zmq.internal.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopFixture;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Which way a thread gets room that sends as fast as it can. The clock is the test's. */
class SendStreamTest extends LeaderLoopFixture {

    private static final int STREAK = 8;
    private static final int TRIAL = 32;
    /** More times without room than the first way is kept for without a trial of the other. */
    private static final int MANY = 300 * TRIAL;

    private boolean hasLoop = true;
    private long now;
    private final SendStream stream = new SendStream((SocketHost) Proxy.newProxyInstance(
            SocketHost.class.getClassLoader(), new Class<?>[] {SocketHost.class}, (host, method, arguments) -> {
                assertEquals("leaderLoop", method.getName());
                return hasLoop ? loop : null;
            }), () -> now);

    /** Finds no room once, sends some messages then, and returns whether this thread led the loop. */
    private boolean fill(int messages, long nanos) {
        LeaderLoop led = stream.lead();
        if (led != null) {
            assertSame(loop, led);
            led.leave();
        }
        stream.found();
        for (int i = 0; i < messages; i++) {
            stream.count();
        }
        now += nanos;
        return led != null;
    }

    private void begin() {
        for (int i = 1; i < STREAK; i++) {
            assertFalse(fill(100, 10_000));
            assertFalse(stream.defers(), "after " + i);
        }
        fill(100, 10_000);
        assertTrue(stream.defers());
    }

    @Test
    void shouldLeadAfterFindingNoRoomTimeAndAgain() {
        begin();
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); !fill(100, 10_000);) {
            loop.execute(() -> { }); // the own thread stands by when nothing is left to do
            Thread.yield();
            assertTrue(System.nanoTime() < end, "never led");
        }
    }

    @Test
    void shouldBeginAnewAfterAPause() {
        begin();
        now += 1_100_000;
        assertNull(stream.lead());
        stream.found();
        assertFalse(stream.defers());
        for (int i = 2; i < STREAK; i++) {
            fill(100, 10_000);
        }
        assertFalse(stream.defers());
        fill(100, 10_000);
        assertTrue(stream.defers());
    }

    @Test
    void shouldDeferForTheThreadThatStreamsOnly() throws Exception {
        begin();
        CompletableFuture<Boolean> other = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            boolean before = stream.defers();
            fill(100, 10_000);
            other.complete(before || stream.defers());
        });
        thread.start();
        thread.join();
        assertFalse(other.get());
        assertFalse(stream.defers(), "the other thread ended the stream");
    }

    @Test
    void shouldNotLeadWithoutALoopThatCanBeLed() {
        hasLoop = false;
        for (int i = 0; i < 3 * STREAK; i++) {
            assertFalse(fill(100, 10_000));
            assertFalse(stream.defers());
        }
    }

    /** Returns in how many of some times without room the thread led, or would have if the loop had been free. */
    private int leads(int times, long nanosIfLeading, long nanosIfSleeping) {
        int count = 0;
        for (int i = 0; i < times; i++) {
            boolean leads = stream.defers();
            count += leads ? 1 : 0;
            fill(100, leads ? nanosIfLeading : nanosIfSleeping);
        }
        return count;
    }

    @Test
    void shouldSleepWhereThatIsFaster() {
        begin();
        assertEquals(TRIAL * 255.0, leads(255 * TRIAL, 20_000, 10_000), TRIAL, "the first way is kept for a while");
        assertTrue(leads(MANY, 20_000, 10_000) < MANY / 10, "sleeps, but for trials");
        assertTrue(leads(MANY, 10_000, 20_000) > MANY / 10, "and finds out that leading has become faster");
        assertTrue(leads(MANY, 10_000, 20_000) > MANY * 9 / 10);
    }

    @Test
    void shouldLeadWhereBothAreAsFast() {
        begin();
        assertTrue(leads(MANY, 10_500, 10_000) > MANY * 9 / 10);
        assertTrue(leads(MANY, 10_500, 10_000) > MANY * 9 / 10);
    }

    /** What a leader left that did not come has waited for a while: it has to show again that it comes. */
    @Test
    void shouldBeginAnewIfTheOwnThreadHadToDoTheWork() throws Exception {
        begin();
        stream.done();
        assertTrue(stream.defers());
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (loop.missed() == 0) {
            if (loop.tryLead()) {
                loop.step(System.nanoTime());
                loop.leave();
            }
            CompletableFuture<Void> ran = new CompletableFuture<>();
            loop.executeLater(loop.new Deferred(() -> {
                stream.done();
                ran.complete(null);
            }));
            ran.get(SECONDS, TimeUnit.SECONDS);
            assertTrue(System.nanoTime() < end);
        }
        assertFalse(stream.defers());
    }
}
