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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.time.Duration;

/** When a loop looks for events before it sleeps, and what that may cost. The clock is the test's. */
class SpinTest {

    private static final long LONGEST = 50_000;
    private static final long STEP = 1_000;

    private long now = 1_000_000_000;
    private final Spin spin = new Spin(LONGEST, now);

    /** Lets one wait pass in which the loop looks for an event that comes after some time; returns the time spent. */
    private long look(long comesAfter) {
        long start = now;
        if (!spin.begins(now)) {
            return 0;
        }
        do {
            now += STEP;
            if (now - start >= comesAfter) {
                spin.caught(now);
                return now - start;
            }
        } while (spin.goesOn(now, -1));
        return now - start;
    }

    private long oneWait(long comesAfter, long work) {
        long spent = look(comesAfter);
        now += spent == 0 || spent >= LONGEST ? 1_000_000 : 0; // asleep
        spin.ended(now);
        now += work;
        return spent;
    }

    private static final long NEVER = Long.MAX_VALUE;

    @Test
    void shouldAlwaysCatchAnswersThatComeSooner() {
        for (int i = 0; i < 10_000; i++) {
            assertEquals(5_000, oneWait(5_000, 2_000));
        }
    }

    @Test
    void shouldTakeNoMoreThanASmallPartOfTheWorkInVain() {
        long work = 0;
        long vain = 0;
        for (int i = 0; i < 100_000; i++) {
            vain += oneWait(NEVER, 10_000);
            work += 10_000;
        }
        assertTrue(vain > work / 40, vain + " of " + work);
        assertTrue(vain <= work / 32 + 20 * LONGEST, vain + " of " + work);
    }

    @Test
    void shouldNotSpinWhileIdle() {
        long vain = 0;
        for (int i = 0; i < 1_000; i++) {
            vain += oneWait(NEVER, 0);
        }
        assertTrue(vain <= 20 * LONGEST, "spent " + vain);
    }

    /** What is there at once would have been found by a wait as well, and must not pay for looks in vain. */
    @Test
    void shouldGetNothingForWhatIsThereAtOnce() {
        long vain = 0;
        for (int i = 0; i < 10_000; i++) {
            oneWait(0, 0);
            vain += oneWait(NEVER, 0);
        }
        assertTrue(vain <= 20 * LONGEST, "spent " + vain);
    }

    @Test
    void shouldLookForAnswersThatComeLaterOnlyAsLongAsTheyPay() {
        long spent = 0;
        for (int i = 0; i < 100_000; i++) {
            spent += oneWait(40_000, 10_000); // costs more than a sleep
        }
        // Each costs 20,000 more than a sleep, which the working time has to pay.
        assertTrue(spent <= 2 * (100_000 * 10_000L / 32 + 20 * LONGEST), "spent " + spent);
    }

    @Test
    void shouldStopAtTheTimeout() {
        assertTrue(spin.begins(now));
        assertTrue(spin.goesOn(now + 5_000, 10_000));
        assertFalse(spin.goesOn(now + 10_000, 10_000));
    }

    @Test
    void shouldLeaveTheProcessorToOthersThatWantIt() {
        int looks = 0;
        for (int i = 0; i < 10_000; i++) {
            if (spin.begins(now)) {
                looks++;
                now += 3_000_000; // a time slice of another thread
                spin.caught(now);
            }
            spin.ended(now);
            now += 1_000_000; // there is always enough in the account
        }
        assertTrue(looks < 25, "looked " + looks + " times");
        for (int i = 0; i < 2_000; i++) {
            oneWait(5_000, 1_000_000);
        }
        assertEquals(5_000, oneWait(5_000, 1_000), "looks again once the processors are free");
    }

    @Test
    void shouldRefuseTimesOutOfRange() {
        VmciIoHandlerOptions options = VmciIoHandlerOptions.DEFAULT;
        assertEquals(Duration.ZERO, options.spin());
        assertEquals(Duration.ofMillis(1), options.withSpin(Duration.ofMillis(1)).spin());
        String message = assertThrows(IllegalArgumentException.class, () -> options.withSpin(Duration.ofMillis(2)))
                .getMessage();
        assertEquals("spin: PT0.002S (expected: PT0S to PT0.001S)", message);
        assertThrows(IllegalArgumentException.class, () -> options.withSpin(Duration.ofNanos(-1)));
    }
}
