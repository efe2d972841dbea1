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
package io.github.nettyvmci.zmq.internal.endpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;
import java.util.stream.LongStream;

class ReconnectDelayTest {

    private static long[] first(ReconnectDelay delay, int n) {
        return LongStream.generate(delay::next).limit(n).toArray();
    }

    @Test
    void shouldNotTryAgainWithoutAnInterval() {
        assertEquals(-1, new ReconnectDelay(0, 0, bound -> 0).next());
        assertEquals(-1, new ReconnectDelay(-1, 1000, bound -> 0).next());
    }

    @Test
    void shouldStayBetweenOneIntervalAndTwoWithoutAMaximum() {
        assertEquals(100, new ReconnectDelay(100, 0, bound -> 0).next());
        assertEquals(199, new ReconnectDelay(100, 0, bound -> bound - 1).next());
        assertEquals(199, new ReconnectDelay(100, 50, bound -> bound - 1).next()); // ignored: below the base
    }

    @Test
    void shouldDoubleUpToTheMaximumAndStartAnew() {
        ReconnectDelay most = new ReconnectDelay(50, 400, bound -> bound - 1);
        assertEquals("[50, 100, 200, 400, 400]", java.util.Arrays.toString(first(most, 5)));
        most.reset();
        assertEquals(50, most.next());
        ReconnectDelay least = new ReconnectDelay(50, 400, bound -> 0);
        assertEquals("[25, 50, 100, 200, 200]", java.util.Arrays.toString(first(least, 5)));
    }

    @Test
    void shouldNotOverflow() {
        Random random = new Random(1);
        ReconnectDelay delay = new ReconnectDelay(Integer.MAX_VALUE - 1, Integer.MAX_VALUE,
                bound -> random.nextLong(bound));
        for (long wait : first(delay, 100)) {
            assertTrue(wait > 0 && wait <= Integer.MAX_VALUE, "" + wait);
        }
    }
}
