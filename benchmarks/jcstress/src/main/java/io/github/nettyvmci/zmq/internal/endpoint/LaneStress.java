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

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** {@link Lane} and {@link LoopQueue}: from one event loop to another. */
public class LaneStress {

    /** An item comes while a run ends. */
    @JCStressTest
    @Description("An item that comes while a run ends is delivered, by this run or by one more.")
    @Outcome(id = "12", expect = Expect.ACCEPTABLE, desc = "both delivered, in order")
    @Outcome(expect = Expect.FORBIDDEN, desc = "one lies there, and nothing wakes the loop")
    @State
    public static class EndOfRun {

        final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        int delivered;
        final Lane lane = new Lane(tasks::add, tasks::add, 0, item -> delivered = delivered * 10 + (int) item,
                () -> { }, () -> { });

        EndOfRun() {
            lane.offer(1);
        }

        @Actor
        void producer() {
            lane.offer(2);
        }

        @Actor
        void consumer() {
            tasks.poll().run();
        }

        @Arbiter
        void rest(I_Result r) {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
            r.r1 = delivered;
        }
    }
}
