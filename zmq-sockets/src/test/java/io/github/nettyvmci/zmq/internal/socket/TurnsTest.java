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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoop;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Which threads run the event loop while they wait. */
class TurnsTest extends LeaderLoopFixture {

    private ZmqSocketType type;
    /** For each thing that was submitted whether this thread was the event loop then. */
    private final List<Boolean> submitted = new ArrayList<>();
    private final Turns turns = new Turns((SocketHost) Proxy.newProxyInstance(SocketHost.class.getClassLoader(),
            new Class<?>[] {SocketHost.class}, (host, method, arguments) -> switch (method.getName()) {
                case "type" -> type;
                case "leaderLoop" -> loop;
                case "submit" -> {
                    submitted.add(loop.inEventLoop());
                    yield null;
                }
                default -> throw new AssertionError(method);
            }));

    /** Tries again until the own thread stands by; an attempt tells it to. */
    private void eventually(BooleanSupplier attempt) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (!attempt.getAsBoolean()) {
            loop.execute(() -> { });
            Thread.yield();
            assertTrue(System.nanoTime() < end, "never led");
        }
    }

    private boolean leads() {
        LeaderLoop led = turns.lead();
        if (led == null) {
            return false;
        }
        assertSame(loop, led);
        led.leave();
        return true;
    }

    @ParameterizedTest
    @EnumSource(value = ZmqSocketType.class, names = {"PULL", "SUB", "GATHER", "DISH"})
    void shouldLeadWhereNothingIsSent(ZmqSocketType receiving) {
        type = receiving;
        eventually(this::leads);
        turns.received();
        eventually(this::leads);
    }

    @Test
    void shouldLeadAfterASendOfTheSameThreadOnly() throws InterruptedException {
        type = ZmqSocketType.PAIR;
        eventually(() -> {
            turns.send("work");
            return leads();
        });
        assertNull(turns.lead());
        for (int i = 0; i < 20; i++) {
            Thread other = new Thread(() -> turns.send("work"));
            other.start();
            other.join();
            assertNull(turns.lead());
        }
    }

    @Test
    void shouldWriteTheAnswerOfTheThreadThatReceived() {
        type = ZmqSocketType.REP;
        turns.send("no answer");
        eventually(() -> {
            turns.received();
            turns.send("answer");
            return submitted.get(submitted.size() - 1);
        });
        turns.send("the next of a stream");
        assertEquals(List.of(false), submitted.subList(submitted.size() - 1, submitted.size()));
        assertEquals(false, submitted.get(0));
    }
}
