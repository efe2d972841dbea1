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

import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;

/** The calls that pass between two event loops. */
class LaneTest {

    @Test
    void shouldDeliverWhatComesAfterWhatCouldNotBe() {
        Queue<Runnable> tasks = new ArrayDeque<>();
        List<Object> delivered = new ArrayList<>();
        AtomicInteger bursts = new AtomicInteger();
        Lane lane = new Lane(tasks::add, tasks::add, 0, event -> {
            if (event.equals("bad")) {
                throw new IllegalStateException("this one");
            }
            delivered.add(event);
        }, bursts::incrementAndGet, () -> { });
        lane.offer("bad");
        lane.offer("good");
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        lane.offer("better");
        assertEquals(1, tasks.size());
        tasks.poll().run();
        assertEquals(List.of("good", "better"), delivered);
        assertEquals(2, bursts.get());
    }
}
