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

import io.github.nettyvmci.zmq.internal.pattern.SpscQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

import java.lang.invoke.VarHandle;

/** {@link Sleepers}: a thread that waits, and threads that bring about what it waits for. */
public class SleepersStress {

    /** A receiver goes to sleep while a message comes. */
    @JCStressTest
    @Description("Either the receiver finds the message, or the loop finds the receiver.")
    @Outcome(id = {"1, 0", "0, 1", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one finds the other")
    @Outcome(id = "0, 0", expect = Expect.FORBIDDEN, desc = "the receiver sleeps, and the message lies there")
    @State
    public static class HandOver {

        final SpscQueue<String> queue = new SpscQueue<>();
        final Sleepers sleepers = new Sleepers(() -> null);

        @Actor
        void receiver(II_Result r) {
            sleepers.add();
            r.r1 = queue.poll() == null ? 0 : 1;
        }

        @Actor
        void loop(II_Result r) {
            queue.offer("x");
            VarHandle.fullFence(); // as FairQueue.publish() has it
            r.r2 = sleepers.any() ? 1 : 0;
        }
    }

    /** A thread gives up while it is woken. */
    @JCStressTest
    @Description("A wake-up that hits a thread which gives up is passed on to the next one.")
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "the second one is woken")
    @Outcome(id = "1", expect = Expect.FORBIDDEN, desc = "the second one sleeps on")
    @State
    public static class PassedOn {

        final Sleepers sleepers = new Sleepers(() -> null);
        final Sleepers.Sleeper first = sleepers.add();
        final Sleepers.Sleeper second = sleepers.add();

        @Actor
        void givesUp() {
            if (!sleepers.remove(first)) {
                sleepers.wakeOne();
            }
        }

        @Actor
        void wakes() {
            sleepers.wakeOne();
        }

        @Arbiter
        void left(I_Result r) {
            r.r1 = sleepers.any() ? 1 : 0;
        }
    }

    /** A call that is taken back while the socket serves it. */
    @JCStressTest
    @Description("A call is either served or taken back.")
    @Outcome(id = {"1, 0", "0, 1"}, expect = Expect.ACCEPTABLE, desc = "one of both")
    @Outcome(expect = Expect.FORBIDDEN, desc = "both or none: a message is lost, or sent for a caller told otherwise")
    @State
    public static class TakenBack {

        final PendingCall<String> call = new PendingCall<>();

        @Actor
        void socket(II_Result r) {
            if (call.claim()) {
                call.succeed("x");
                r.r1 = 1;
            }
        }

        @Actor
        void caller(II_Result r) {
            r.r2 = call.cancel(false) ? 1 : 0;
        }
    }
}
