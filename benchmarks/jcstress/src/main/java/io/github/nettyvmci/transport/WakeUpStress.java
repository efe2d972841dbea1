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

import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

import java.util.concurrent.atomic.AtomicInteger;

/** {@link VmciIoHandler}: a loop that is about to sleep, and a thread that leaves a task and wakes it. */
public class WakeUpStress {

    private static final int TIMES = 200;

    /** Many times in a row, each of which the loop takes the task and sleeps again. */
    @JCStressTest(Mode.Termination)
    @Description("A loop that goes to sleep sees the task, or is woken.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "every task was seen")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the loop sleeps while a task waits")
    @State
    public static class Task implements ThreadAwareExecutor, IoHandlerContext {

        final IoHandler handler = VmciIoHandler.newFactory().newHandler(this);
        final AtomicInteger tasks = new AtomicInteger();
        volatile Thread thread;
        volatile int taken;

        @Actor
        void loop() {
            thread = Thread.currentThread();
            while (taken < TIMES) {
                handler.run(this);
                taken += tasks.getAndSet(0);
            }
            handler.prepareToDestroy();
            handler.destroy();
        }

        @Signal
        void waker() {
            for (int i = 1; i <= TIMES; i++) {
                tasks.incrementAndGet();
                handler.wakeup();
                while (taken < i && thread != null) {
                    Thread.onSpinWait();
                }
            }
        }

        @Override
        public boolean canBlock() {
            return tasks.get() == 0;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return Long.MAX_VALUE;
        }

        @Override
        public long deadlineNanos() {
            return -1;
        }

        @Override
        public boolean isExecutorThread(Thread other) {
            return other == thread;
        }

        @Override
        public void execute(Runnable task) {
            throw new UnsupportedOperationException();
        }
    }
}
