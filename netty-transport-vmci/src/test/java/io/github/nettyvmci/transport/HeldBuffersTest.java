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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class HeldBuffersTest {

    private final List<ByteBuf> buffers = new ArrayList<>();

    @AfterEach
    void release() {
        buffers.forEach(ByteBuf::release);
        buffers.forEach(buffer -> assertEquals(0, buffer.refCnt()));
    }

    /** Notes sends of 1, 2, 3... bytes; each buffer has the test's reference and the one that is held. */
    private HeldBuffers held(int firstNumber, int sends) {
        HeldBuffers held = new HeldBuffers(firstNumber);
        for (int i = 0; i < sends; i++) {
            ByteBuf buffer = Unpooled.directBuffer(1);
            buffers.add(buffer);
            held.reserve();
            held.add(buffer, i + 1);
        }
        return held;
    }

    /** Returns which buffers are held, by their place in the list. */
    private List<Integer> kept() {
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < buffers.size(); i++) {
            if (buffers.get(i).refCnt() > 1) {
                kept.add(i);
            }
        }
        return kept;
    }

    @Test
    void shouldHoldUntilTheSendIsDone() {
        HeldBuffers held = held(0, 3);
        assertEquals(6, held.bytes());
        assertTrue(held.done(0, 0));
        assertEquals(List.of(1, 2), kept());
        assertEquals(5, held.bytes());
        assertTrue(held.done(1, 2));
        assertEquals(List.of(), kept());
        assertEquals(0, held.bytes());
        assertTrue(held.isEmpty());
    }

    @Test
    void shouldTakeRangesOutOfOrder() {
        HeldBuffers held = held(0, 10);
        assertTrue(held.done(4, 6));
        assertEquals(List.of(0, 1, 2, 3, 7, 8, 9), kept());
        assertTrue(held.done(9, 9));
        assertTrue(held.done(0, 1));
        assertEquals(List.of(2, 3, 7, 8), kept());
        assertFalse(held.isEmpty());
        assertTrue(held.done(2, 8)); // some of them are done already
        assertEquals(List.of(), kept());
        assertTrue(held.isEmpty());
        assertEquals(0, held.bytes());
    }

    @Test
    void shouldRefuseSendsThatWereNotMadeOrAreLongDone() {
        HeldBuffers held = held(0, 4);
        assertFalse(held.done(4, 4));
        assertFalse(held.done(0, 4));
        assertFalse(held.done(3, 2));
        assertFalse(held.done(-1, 0));
        assertFalse(held.done(0, -1)); // all four thousand millions
        assertEquals(List.of(0, 1, 2, 3), kept());
        assertTrue(held.done(0, 3));
        assertFalse(held.done(3, 3));
        assertTrue(held.isEmpty());
    }

    @Test
    void shouldGoOnWhenTheNumbersStartAgain() {
        HeldBuffers held = held(-3, 6); // 4294967293 to 2
        assertTrue(held.done(-1, 0));
        assertEquals(List.of(0, 1, 4, 5), kept());
        assertTrue(held.done(1, 2));
        assertFalse(held.done(3, 3));
        assertTrue(held.done(-3, -2));
        assertEquals(List.of(), kept());
        assertTrue(held.isEmpty());
        assertEquals(0, held.bytes());
    }

    @Test
    void shouldGrowAndKeepTheOrder() {
        for (int firstNumber : new int[] {0, 13, -20, Integer.MAX_VALUE - 20}) {
            HeldBuffers held = held(firstNumber, 10);
            assertTrue(held.done(firstNumber, firstNumber + 7));
            int from = buffers.size() - 10;
            for (int i = 10; i < 100; i++) {
                ByteBuf buffer = Unpooled.directBuffer(1);
                buffers.add(buffer);
                held.reserve();
                held.add(buffer, 1);
            }
            assertTrue(held.done(firstNumber + 50, firstNumber + 98));
            List<Integer> expected = new ArrayList<>();
            for (int i = 8; i < 50; i++) {
                expected.add(from + i);
            }
            expected.add(from + 99);
            assertEquals(expected, kept());
            assertEquals(9 + 10 + 40 + 1, held.bytes());
            assertTrue(held.done(firstNumber + 8, firstNumber + 99));
            assertTrue(held.isEmpty());
        }
    }
}
