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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** The two moments at which a wake-up could get lost, each met exactly. */
class WakeupProtocolTest {

    private static final long SLEEP = TimeUnit.SECONDS.toNanos(Waits.SECONDS);

    private volatile Thread loopThread;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final IoHandler handler = VmciIoHandler.newFactory(options()).newHandler(new ThreadAwareExecutor() {
        @Override
        public boolean isExecutorThread(Thread thread) {
            return thread == loopThread;
        }

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }
    });

    VmciIoHandlerOptions options() {
        return VmciIoHandlerOptions.DEFAULT;
    }

    /** Sleeps for {@link #SLEEP} unless woken; a subclass does something when asked whether it may. */
    private static class Sleepy implements IoHandlerContext {

        int asked;
        long reported = -1;

        @Override
        public boolean canBlock() {
            asked++;
            return true;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
            return SLEEP;
        }

        @Override
        public long deadlineNanos() {
            return 1;
        }

        @Override
        public boolean shouldReportActiveIoTime() {
            return true;
        }

        @Override
        public void reportActiveIoTime(long activeNanos) {
            assertEquals(-1, reported, "reported twice");
            reported = activeNanos;
        }
    }

    private void runAndExpectNoSleep(Sleepy context) {
        loopThread = Thread.currentThread();
        long start = System.nanoTime();
        assertEquals(0, handler.run(context));
        assertTrue(System.nanoTime() - start < SLEEP, "slept to the end");
        assertEquals(0, context.reported);
    }

    private void wakeFromAnotherThread() {
        Thread waker = new Thread(handler::wakeup);
        waker.start();
        try {
            waker.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterEach
    void destroy() {
        handler.prepareToDestroy();
        handler.destroy();
        handler.wakeup(); // a late wake-up has no effect, and does no harm
    }

    @Test
    void shouldNotSleepWhenATaskComesBeforeTheLoopSaysThatItSleeps() {
        runAndExpectNoSleep(new Sleepy() {
            @Override
            public boolean canBlock() {
                super.canBlock();
                if (asked == 1) {
                    wakeFromAnotherThread(); // the loop counts as awake, so that nothing is written
                    return true;
                }
                return false; // so the loop has to see the task itself, when it looks again
            }
        });
    }

    @Test
    void shouldNotSleepWhenATaskComesAfterTheLoopSaidThatItSleeps() {
        runAndExpectNoSleep(new Sleepy() {
            @Override
            public boolean canBlock() {
                super.canBlock();
                if (asked == 2) {
                    wakeFromAnotherThread(); // after the second look's answer was decided
                }
                return true;
            }
        });
    }

    @Test
    void shouldBeWokenFromSleep() throws Exception {
        Thread waker = new Thread(() -> {
            // Java cannot tell reliably that a thread waits in the kernel, so this wakes the loop until it is over.
            while (loopThread == null || loopThread.isAlive() && !Thread.interrupted()) {
                handler.wakeup();
                Thread.yield();
            }
        });
        waker.start();
        runAndExpectNoSleep(new Sleepy());
        waker.interrupt();
        waker.join();
    }

    @Test
    void shouldTakeAWakeupBeforeItWasEverRun() {
        wakeFromAnotherThread();
        loopThread = Thread.currentThread();
        handler.initialize();
        // The loop was not asleep, so that it was no wake-up. With a task in the queue the loop does not block.
        assertEquals(0, handler.run(new Sleepy() {
            @Override
            public boolean canBlock() {
                return false;
            }
        }));
    }

    @Test
    void shouldSleepAgainAfterItWasWoken() {
        shouldNotSleepWhenATaskComesAfterTheLoopSaidThatItSleeps();
        long start = System.nanoTime();
        handler.run(new Sleepy() {
            @Override
            public long delayNanos(long currentTimeNanos) {
                return TimeUnit.MILLISECONDS.toNanos(30);
            }
        });
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(30), "an old wake-up ended a new sleep");
    }
}
