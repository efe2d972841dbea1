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
package io.github.nettyvmci.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class TimeLimitTest {

    @Test
    void shouldFollowTheSpeedOfTheVm() {
        assertEquals(10, TestFamily.slowness(null));
        assertEquals(10, TestFamily.slowness("100"));
        assertEquals(36, TestFamily.slowness("353"));
        assertEquals(Duration.ofSeconds(60), TimeLimit.limit(Duration.ofSeconds(3), 1));
        assertEquals(Duration.ofSeconds(120), TimeLimit.limit(Duration.ofSeconds(120), 1));
        assertEquals(Duration.ofSeconds(600), TimeLimit.limit(Duration.ofSeconds(120), 10));
        assertEquals(Duration.ofSeconds(2160), TimeLimit.limit(Duration.ofSeconds(120), 36));
        assertEquals(Duration.ofSeconds(900), TimeLimit.limit(Duration.ofSeconds(900), 10));
    }

    @Test
    void shouldEndWhatDoesNotEnd() throws Exception {
        CompletableFuture<Thread> interrupted = new CompletableFuture<>();
        AssertionError failure = assertThrows(AssertionError.class, () -> TimeLimit.runApart(() -> {
            try {
                return hang();
            } catch (InterruptedException e) {
                interrupted.complete(Thread.currentThread());
                throw e;
            }
        }, "hang", Duration.ofMillis(200)));
        assertTrue(failure.getMessage().startsWith("hang did not end in 0 s"), failure.getMessage());
        assertEquals("hang", interrupted.get(60, TimeUnit.SECONDS).getName());
    }

    @Test
    void shouldTellWhereAThreadIs() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = new Thread(() -> hangOnce(begun));
        thread.start();
        begun.await();
        AssertionError failure = TimeLimit.failure("name", Duration.ofSeconds(3), thread);
        assertEquals("name did not end in 3 s; where it is:", failure.getMessage());
        assertTrue(Arrays.stream(failure.getStackTrace()).anyMatch(at -> at.getMethodName().equals("hangOnce")));
        thread.interrupt();
        thread.join();
    }

    private static void hangOnce(CountDownLatch begun) {
        begun.countDown();
        try {
            hang();
        } catch (InterruptedException e) {
            // it was ended
        }
    }

    @Test
    void shouldEndItInItsOwnThread() {
        AssertionError failure = assertThrows(AssertionError.class,
                () -> TimeLimit.runHere(TimeLimitTest::hang, "hang", Duration.ofMillis(200)));
        assertSame(InterruptedException.class, failure.getSuppressed()[0].getClass());
        assertFalse(Thread.interrupted());
    }

    @Test
    void shouldPassOnResultsAndFailures() throws Throwable {
        Thread[] threads = new Thread[2];
        TimeLimit.runApart(() -> {
            threads[0] = Thread.currentThread();
            return null;
        }, "name", Duration.ofSeconds(60));
        TimeLimit.runHere(() -> {
            threads[1] = Thread.currentThread();
            return null;
        }, "name", Duration.ofSeconds(60));
        assertNotSame(Thread.currentThread(), threads[0]);
        assertSame(Thread.currentThread(), threads[1]);
        Throwable thrown = new Throwable();
        assertSame(thrown, assertThrows(Throwable.class, () -> TimeLimit.runApart(() -> {
            throw thrown;
        }, "name", Duration.ofSeconds(60))));
    }

    private static Void hang() throws InterruptedException {
        new CountDownLatch(1).await();
        return null;
    }
}
