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
package io.github.nettyvmci.zmq.internal.loop;

import io.github.nettyvmci.transport.VmciIoHandler;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

import java.lang.reflect.Proxy;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * {@link LeaderLoop}: threads that lead, leave, submit tasks, follow and close, beside the loop's own thread. That
 * stands by for an hour, so that a wake-up which is lost shows.
 */
public class LeaderLoopStress {

    private static final int TIMES = 200;
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    /** For how long the signal goes on whose actor does not; less than jcstress waits for the actor. */
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);
    private static final Executor THREADS = new ThreadPerTaskExecutor(new DefaultThreadFactory("own", true));
    private static final Runnable NOTHING = () -> { };

    /** For loops that nobody runs. */
    private static final IoHandlerFactory NO_IO = executor -> (IoHandler) Proxy.newProxyInstance(
            LeaderLoopStress.class.getClassLoader(), new Class<?>[] {IoHandler.class}, (proxy, method, args) -> null);

    /** Two threads that want to lead a loop that nobody owns. */
    @JCStressTest
    @Description("Of two threads one leads, or one after the other, which then sees what the first one did.")
    @Outcome(id = {"1, 0, 1", "0, 1, 1", "1, 2, 2", "2, 1, 2"}, expect = Expect.ACCEPTABLE, desc = "one at a time")
    @Outcome(expect = Expect.FORBIDDEN, desc = "two at once, or none")
    @State
    public static class TwoLeaders {

        final LeaderLoop loop = new LeaderLoop(null, task -> { }, NO_IO, HOUR);
        int led;

        TwoLeaders() {
            loop.leave(); // as the own thread does
        }

        private int lead() {
            if (!loop.tryLead()) {
                return 0;
            }
            int times = ++led;
            loop.leave();
            return times;
        }

        @Actor
        void one(III_Result r) {
            r.r1 = lead();
        }

        @Actor
        void other(III_Result r) {
            r.r2 = lead();
        }

        @Arbiter
        void all(III_Result r) {
            r.r3 = led;
        }
    }

    /** A loop with its thread, and what only its owner counts. */
    abstract static class Race {

        final LeaderLoop loop = new LeaderLoop(null, THREADS, VmciIoHandler.newFactory(), HOUR);
        final long end = System.nanoTime() + LIMIT;
        int owned;
        volatile int round;
        volatile int done;

        boolean isLate() {
            return System.nanoTime() - end > 0;
        }

        /** Leads with nothing left to do, once the own thread stands by. */
        boolean lead() {
            while (!loop.tryLead()) {
                if (isLate()) {
                    return false;
                }
                loop.execute(NOTHING); // makes the own thread look whether somebody wants to lead
                Thread.yield();
            }
            loop.step(System.nanoTime());
            return true;
        }

        /** Leads once a round, and leaves while the actor acts. */
        void leadAndLeave() {
            for (int i = 1; i <= TIMES && lead(); i++) {
                owned++;
                round = i;
                if (i % 2 == 0) {
                    loop.step(System.nanoTime());
                }
                loop.leave();
                while (done < i && !isLate()) {
                    Thread.yield();
                }
            }
        }

        /** Acts once a round. */
        void act() {
            for (int i = 1; i <= TIMES; i++) {
                while (round < i) {
                    Thread.yield();
                }
                act(i);
                done = i;
            }
        }

        abstract void act(int i);

        /** Ends the loop, whose owners have counted so much. */
        void end(int expected) {
            loop.keep();
            while (loop.isLed()) {
                Thread.yield();
            }
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            if (owned != expected) {
                throw new AssertionError("owners: counted " + owned + " (expected: " + expected + ')');
            }
        }
    }

    /** A thread that leaves, and one that submits a task. */
    @JCStressTest(Mode.Termination)
    @Description("A task that comes while the leader leaves is run, by the leader or the own thread.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "every task was run")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a task waits, and nobody is woken for it")
    @State
    public static class LeaveAgainstSubmit extends Race {

        final LeaderLoop.Deferred nothing = loop.new Deferred(NOTHING);
        volatile int ran;

        @Override
        void act(int i) {
            Runnable task = () -> {
                owned++;
                ran = i;
            };
            switch (i / 2 % 4) {
                case 0 -> loop.lazyExecute(task);
                case 1 -> {
                    loop.executeLater(nothing); // which must not hide the other one
                    loop.execute(task);
                }
                case 2 -> {
                    loop.executeLater(loop.new Deferred(task));
                    loop.call();
                }
                default -> loop.execute(task);
            }
            while (ran < i) {
                Thread.yield();
            }
        }

        @Actor
        void submitter() {
            act();
            end(2 * TIMES);
        }

        @Signal
        void leader() {
            leadAndLeave();
        }
    }

    /** A thread that leaves, and one that begins to wait and does not lead. */
    @JCStressTest(Mode.Termination)
    @Description("A thread begins to wait while the leader leaves: the own thread takes the loop.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "it took the loop each time")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the own thread stands by, and a follower waits")
    @State
    public static class LeaveAgainstFollow extends Race {

        @Override
        void act(int i) {
            LeaderLoop.Follower follower = loop.follow();
            while (loop.isLed()) {
                Thread.yield();
            }
            follower.end();
        }

        @Actor
        void follower() {
            act();
            end(TIMES);
        }

        @Signal
        void leader() {
            leadAndLeave();
        }
    }

    /** Two threads that lead if they can, and submit tasks in any case. */
    @JCStressTest(Mode.Termination)
    @Description("Two threads lead and submit, and the own thread takes what is left: one at a time, and all is run.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "all tasks were run, one at a time")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a task waits, and nobody is woken for it")
    @State
    public static class OneAtATime extends Race {

        volatile int ran;

        @Override
        void act(int i) {
            loop.execute(() -> {
                owned++;
                ran = ran + 1;
            });
        }

        private int leadAndSubmit() {
            int leads = 0;
            for (int i = 0; i < TIMES; i++) {
                if (loop.tryLead()) {
                    leads++;
                    owned++;
                    if (i % 2 == 0) {
                        act(i);
                        loop.step(System.nanoTime());
                    } else {
                        loop.step(System.nanoTime());
                        act(i);
                    }
                    loop.leave();
                } else {
                    act(i);
                }
            }
            return leads;
        }

        @Actor
        void one() {
            int leads = leadAndSubmit();
            while (round == 0 || ran < 2 * TIMES) {
                Thread.yield();
            }
            end(leads + done + 2 * TIMES);
        }

        @Signal
        void other() {
            done = leadAndSubmit();
            round = 1;
        }
    }

    /** A thread that keeps the loop for its own thread, while another one leads. */
    @JCStressTest(Mode.Termination)
    @Description("A loop that is to be its own thread's while somebody leads or leaves gets to it.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the own thread took it, and ended")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the own thread stands by")
    @State
    public static class LeaveAgainstKeep extends Race {

        @Override
        void act(int i) {
            end(1);
        }

        @Actor
        void keeper() {
            while (round == 0) {
                Thread.yield();
            }
            act(1);
        }

        @Signal
        void leader() {
            if (lead()) {
                owned++;
                round = 1;
                loop.leave();
            }
        }
    }

    /** A thread that shuts the loop down, while another one leads again and again. */
    @JCStressTest(Mode.Termination)
    @Description("A loop ends whoever leads it, and runs first what was submitted before.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "it ended")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "it never ends")
    @State
    public static class LeadAgainstClose {

        /** It stands by for as long as others do, since nothing wakes the thread of a loop that is shut down. */
        final LeaderLoop loop = new LeaderLoop(null, THREADS, VmciIoHandler.newFactory());
        final long end = System.nanoTime() + 2 * LIMIT;
        volatile boolean led;
        volatile boolean ran;

        @Actor
        void closer() throws InterruptedException {
            while (!led) {
                Thread.yield(); // then the own thread stands by
            }
            loop.execute(() -> ran = true);
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            if (!loop.awaitTermination(LIMIT, TimeUnit.NANOSECONDS)) {
                throw new AssertionError("loop: goes on (expected: an end while it is led)");
            }
            if (!ran) {
                throw new AssertionError("task: lost (expected: run before the end)");
            }
        }

        @Signal
        void leader() {
            while (!loop.isTerminated() && System.nanoTime() - end < 0) {
                if (loop.tryLead()) {
                    led = true;
                    loop.step(end);
                    loop.leave();
                } else if (!led) {
                    loop.execute(NOTHING);
                    Thread.yield();
                }
            }
        }
    }
}
