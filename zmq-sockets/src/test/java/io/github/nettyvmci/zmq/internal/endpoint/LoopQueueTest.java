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
import java.util.concurrent.Executor;

class LoopQueueTest {

    /** The loop's tasks, which the test runs. */
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Queue<Object> items = new ArrayDeque<>();
    private final List<Object> delivered = new ArrayList<>();

    /** A queue whose consumer fails at some of what it is told. */
    private final class Failing extends LoopQueue {

        private int ends;

        void put(Object item) {
            items.add(item);
            wake();
        }

        @Override
        protected Executor consumer() {
            return tasks::add;
        }

        @Override
        protected Object poll() {
            return items.poll();
        }

        @Override
        protected boolean isEmpty() {
            return items.isEmpty();
        }

        @Override
        protected void deliver(Object item) {
            delivered.add(item);
            if (item.equals("bad")) {
                throw new IllegalStateException("at an item");
            }
        }

        @Override
        protected void delivered() {
            if (++ends == 1) {
                throw new IllegalStateException("after the items");
            }
        }

        @Override
        protected void discard(Object item) {
            throw new AssertionError(item);
        }
    }

    @Test
    void shouldGoOnAfterAFailure() {
        Failing queue = new Failing();
        queue.put("bad");
        queue.put("good");
        tasks.remove().run();
        queue.put("next");
        tasks.remove().run();
        assertEquals(List.of("bad", "good", "next"), delivered);
        assertEquals(0, tasks.size());
    }
}
