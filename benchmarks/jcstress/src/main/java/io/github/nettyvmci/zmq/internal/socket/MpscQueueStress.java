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

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** {@link MpscQueue}: many threads put in, one takes out. */
public class MpscQueueStress {

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

    private static MpscQueue<Item> used(int times) {
        MpscQueue<Item> queue = new MpscQueue<>();
        for (int i = 0; i < times; i++) {
            queue.offer(new Item(9));
            queue.poll();
        }
        return queue;
    }

    /** One producer beside the consumer. */
    @JCStressTest
    @Description("Items of one producer come out whole and in order, and none is lost.")
    @Outcome(id = {"0, 0, 12", "0, 1, 2", "1, 0, 2", "1, 2, 0"}, expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, out of order or half made")
    @State
    public static class Order {

        final MpscQueue<Item> queue = used(7); // a first chunk has 8 places

        @Actor
        void producer() {
            queue.offer(new Item(1));
            queue.offer(new Item(2));
        }

        @Actor
        void consumer(III_Result r) {
            r.r1 = value(queue.poll());
            r.r2 = value(queue.poll());
        }

        @Arbiter
        void rest(III_Result r) {
            for (Item item = queue.poll(); item != null; item = queue.poll()) {
                r.r3 = r.r3 * 10 + item.value;
            }
        }
    }

    /** Two producers, who both find the chunk full or nearly so. */
    @JCStressTest
    @Description("Two producers at the end of a chunk: every item comes out once, those of one in its order.")
    @Outcome(id = {"1234", "1324", "1342", "3124", "3142", "3412"}, expect = Expect.ACCEPTABLE, desc = "in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "lost, or out of order")
    @State
    public static class TwoProducers {

        final MpscQueue<Item> queue = used(7);

        @Actor
        void one() {
            queue.offer(new Item(1));
            queue.offer(new Item(2));
        }

        @Actor
        void other() {
            queue.offer(new Item(3));
            queue.offer(new Item(4));
        }

        @Arbiter
        void all(I_Result r) {
            for (Item item = queue.poll(); item != null; item = queue.poll()) {
                r.r1 = r.r1 * 10 + item.value;
            }
        }
    }

    /** A consumer that is about to sleep. */
    @JCStressTest
    @Description("Either the consumer sees the item, or the producer sees that the consumer sleeps.")
    @Outcome(id = {"1, 0", "0, 1", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one sees the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "the item lies there, and nobody wakes the consumer")
    @State
    public static class Sleep {

        final MpscQueue<Item> queue = new MpscQueue<>();
        volatile boolean asleep;

        @Actor
        void consumer(II_Result r) {
            asleep = true;
            r.r1 = queue.isEmpty() ? 0 : 1;
        }

        @Actor
        void producer(II_Result r) {
            queue.offer(new Item(1));
            r.r2 = asleep ? 1 : 0;
        }
    }
}
