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
package io.github.nettyvmci.zmq.internal.pattern;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** {@link SpscQueue}: one thread puts in, one takes out. */
public class SpscQueueStress {

    /** Its field is plain, so that an item handed over without a fence may be seen half made. */
    static final class Item {

        int value;

        Item(int value) {
            this.value = value;
        }
    }

    private static int value(Item item) {
        return item == null ? 0 : item.value;
    }

    private static void offerTwo(SpscQueue<Item> queue) {
        queue.offer(new Item(1));
        queue.offer(new Item(2));
    }

    private static void pollTwo(SpscQueue<Item> queue, III_Result r) {
        r.r1 = value(queue.poll());
        r.r2 = value(queue.poll());
    }

    private static void pollRest(SpscQueue<Item> queue, III_Result r) {
        for (Item item = queue.poll(); item != null; item = queue.poll()) {
            r.r3 = r.r3 * 10 + item.value;
        }
    }

    /** Two items. */
    @JCStressTest
    @Description("Items come out whole and in order, and none is lost.")
    @Outcome(id = {"0, 0, 12", "0, 1, 2", "1, 0, 2", "1, 2, 0"}, expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, out of order or half made")
    @State
    public static class Order {

        final SpscQueue<Item> queue = new SpscQueue<>();

        @Actor
        void producer() {
            offerTwo(queue);
        }

        @Actor
        void consumer(III_Result r) {
            pollTwo(queue, r);
        }

        @Arbiter
        void rest(III_Result r) {
            pollRest(queue, r);
        }
    }

    /** Two items, of which the second lies in the next chunk. */
    @JCStressTest
    @Description("The same where the first chunk ends between the two.")
    @Outcome(id = {"0, 0, 12", "0, 1, 2", "1, 0, 2", "1, 2, 0"}, expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, out of order or half made")
    @State
    public static class NextChunk {

        final SpscQueue<Item> queue = new SpscQueue<>();

        NextChunk() {
            for (int i = 0; i < 7; i++) { // a first chunk has 8 places
                queue.offer(new Item(9));
                queue.poll();
            }
        }

        @Actor
        void producer() {
            offerTwo(queue);
        }

        @Actor
        void consumer(III_Result r) {
            pollTwo(queue, r);
        }

        @Arbiter
        void rest(III_Result r) {
            pollRest(queue, r);
        }
    }

    /** A chunk goes back to the producer while the producer needs one. */
    @JCStressTest
    @Description("A chunk that the consumer leaves may be used again at once.")
    @Outcome(id = "2, 127, 12", expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, out of order, twice or half made")
    @State
    public static class SpareChunk {

        /** The items of all chunks but the last of them, as they grow up to 128 places. */
        private static final int BEFORE = 8 + 16 + 32 + 64 + 128;
        private static final int OLD = 9;

        final SpscQueue<Item> queue = new SpscQueue<>();

        SpareChunk() {
            for (int i = 0; i < BEFORE + 128; i++) {
                queue.offer(new Item(OLD));
            }
            for (int i = 0; i < BEFORE - 1; i++) {
                queue.poll();
            }
        }

        @Actor
        void producer() {
            offerTwo(queue);
        }

        @Actor
        void consumer(III_Result r) {
            r.r1 = (value(queue.poll()) + value(queue.poll())) / OLD;
        }

        @Arbiter
        void rest(III_Result r) {
            for (Item item = queue.poll(); item != null; item = queue.poll()) {
                if (item.value == OLD) {
                    r.r2++;
                } else {
                    r.r3 = r.r3 * 10 + item.value;
                }
            }
        }
    }
}
