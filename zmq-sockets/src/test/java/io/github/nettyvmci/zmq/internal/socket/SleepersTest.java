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
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.nettyvmci.zmq.ZmqOption;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.time.Duration;

class SleepersTest {

    @Test
    void shouldTellUntilWhenToWait() {
        long before = System.nanoTime();
        long deadline = Sleepers.deadline(Duration.ofSeconds(5));
        assertTrue(deadline - before >= 5_000_000_000L && deadline - System.nanoTime() <= 5_000_000_000L);
        assertEquals(Long.MAX_VALUE, Sleepers.deadline(ZmqOption.FOREVER));
        assertEquals(Long.MAX_VALUE, Sleepers.deadline(Duration.ofSeconds(Long.MAX_VALUE)));
        assertTrue(Sleepers.deadline(Duration.ofSeconds(Long.MIN_VALUE)) - System.nanoTime() <= 0);
        long late = Sleepers.deadline(ZmqOption.FOREVER.minusNanos(1)); // the clock may begin anywhere
        assertTrue(late == Long.MAX_VALUE || late - before > Duration.ofDays(365).toNanos());
    }

    /** Most waits have no end, and it must not be found out by an exception. */
    @Test
    void shouldMakeNothingForAWaitWithoutAnEnd() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Sleepers.deadline(ZmqOption.FOREVER);
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        for (int i = 0; i < 1000; i++) {
            Sleepers.deadline(ZmqOption.FOREVER);
        }
        long each = (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before) / 1000;
        assertTrue(each < 16, each + " bytes (expected: none)");
    }
}
