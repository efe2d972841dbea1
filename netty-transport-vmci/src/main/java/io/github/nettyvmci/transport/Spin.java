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

/**
 * Decides before each wait of an event loop whether it looks for events a while before it sleeps, by an account of
 * processor time. A look that catches what comes a little later has saved a sleep and a wake-up; what it took less than
 * those is put in, and what it took more is taken out, as is every look in vain. Of the time that the loop works a
 * small part is put in. There are looks as long as the account is not overdrawn. So an answer that comes soon is always
 * caught awake, and all others together never cost more than that small part of the loop's own time: an idle loop does
 * not spin.
 *
 * <p>Where another thread took the processor during a look, processors are scarce, and looking keeps them from those
 * who would bring the event. Then there is none for a number of waits, which doubles each time.
 *
 * <p>Times are in nanoseconds, of {@link System#nanoTime()}. Used by the thread that runs the loop alone.
 */
final class Spin {

    /** Processor time of a sleep and a wake-up, of the sleeper and of who wakes it. */
    private static final long SLEEP_NANOS = 20_000;
    /** The part of the working time that looks may take in vain: one of so many. */
    private static final int VAIN_PART = 32;
    /** A thread that cannot read the clock for so long has been without a processor. */
    private static final long GONE_NANOS = 15_000;
    private static final int MOST_SKIPS = 1024;
    /** How many looks in vain can be saved up. */
    private static final int MOST_SAVED = 16;
    /** How many are saved up before the first one after the account was overdrawn, so that two ends meet in one. */
    private static final int SAVED = 4;

    private final long longest;
    private final long mostAccount;
    private long account;
    private boolean overdrawn;
    private long workingSince;
    private int skips;
    private int pause;

    private long start;
    private long last;
    private boolean first;

    /**
     * Makes an account with as much in it as can be saved up.
     *
     * @param longest how long to look at most, in nanoseconds
     * @param now the time
     */
    Spin(long longest, long now) {
        this.longest = longest;
        mostAccount = MOST_SAVED * longest;
        account = mostAccount;
        workingSince = now;
    }

    /**
     * Returns whether to look before the wait that begins now. If so, {@link #goesOn} follows after every look that
     * found nothing, and {@link #caught} after one that found something. In any case {@link #ended} comes last.
     */
    boolean begins(long now) {
        account = Math.min(mostAccount, account + (now - workingSince) / VAIN_PART);
        if (skips > 0) {
            skips--;
            return false;
        }
        start = now;
        last = now;
        first = true;
        if (overdrawn && account > SAVED * longest) {
            overdrawn = false;
        } else if (account < 0) {
            overdrawn = true;
        }
        return !overdrawn;
    }

    /**
     * Returns whether to look once more.
     *
     * @param timeout for how long the loop may wait, from the beginning; negative for ever
     */
    boolean goesOn(long now, long timeout) {
        first = false;
        long spent = now - start;
        if (!wasGone(now) && spent < longest && (timeout < 0 || spent < timeout)) {
            return true;
        }
        account -= Math.min(spent, longest);
        return false;
    }

    /** Tells that there is something to do. */
    void caught(long now) {
        if (wasGone(now)) {
            account -= Math.min(now - start, longest);
        } else if (!first) { // what is there at once saves nothing, for there was no sleep to come
            pause >>= 1;
            account = Math.min(mostAccount, account + SLEEP_NANOS - (now - start));
        }
    }

    /** Tells that the wait is over, whether there was a look or not. */
    void ended(long now) {
        workingSince = now;
    }

    private boolean wasGone(long now) {
        boolean gone = now - last > GONE_NANOS;
        last = now;
        if (gone) {
            pause = Math.min(MOST_SKIPS, Math.max(1, 2 * pause));
            skips = pause;
        }
        return gone;
    }
}
