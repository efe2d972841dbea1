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
package io.github.nettyvmci.zmtp;

import static io.netty.util.internal.ObjectUtil.checkPositive;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.function.Consumer;

/**
 * Bounds the memory that unfinished messages take, of all connections that share it together: what has come of a frame
 * that is not whole, and the parts of a message whose last one has not come, each with an overhead of
 * {@value #PART_OVERHEAD} bytes. When they would take more than allowed, the connection that holds most is closed with
 * a {@link ZmtpLimitException}, and the others go on. A frame that announces more than all of the budget is refused at
 * once. Messages that are complete do not count: they are their receiver's.
 *
 * <p>One instance serves any number of channels ({@link ZmtpCodecBuilder#receiveBudget}). Thread-safe. A message that
 * lies in one read whole costs nothing here.
 *
 * <p>The memory of a connection that is closed on behalf of another is free once its event loop has seen to it; until
 * then more than the limit may be in use.
 */
public final class ZmtpReceiveBudget {

    /** Bytes that a part of a message costs besides its own: the objects that hold it. */
    static final int PART_OVERHEAD = 128;

    private final long maxBytes;
    private final AtomicLong used = new AtomicLong();
    /** The head of a ring of all accounts, which is no account itself. Guarded by this. */
    private final Account accounts = new Account();

    /**
     * Makes a budget.
     *
     * @param maxBytes how much unfinished messages may take, in bytes, 1 or more
     */
    public ZmtpReceiveBudget(long maxBytes) {
        this.maxBytes = checkPositive(maxBytes, "maxBytes");
    }

    /**
     * Returns the bound.
     *
     * @return bytes
     */
    public long maxBytes() {
        return maxBytes;
    }

    /**
     * Returns how much unfinished messages take now.
     *
     * @return bytes
     */
    public long used() {
        return used.get();
    }

    /**
     * Opens the account of a connection, to be closed with it.
     *
     * @param evict told, on any thread, that the connection has to go because it holds most
     */
    synchronized Account open(Consumer<ZmtpLimitException> evict) {
        Account account = new Account(this, evict);
        account.previous = accounts.previous;
        account.next = accounts;
        account.previous.next = account;
        accounts.previous = account;
        return account;
    }

    private synchronized void remove(Account account) {
        account.previous.next = account.next;
        account.next.previous = account.previous;
    }

    /** Evicts the connection that holds most, and the next, until what is used is within the limit. */
    private void makeRoom() {
        for (Account most = evictMost(); most != null; most = evictMost()) {
            most.evict.accept(most.reason);
        }
    }

    /** Evicts one connection. Under the lock, so that two threads do not evict one each where one would do. */
    private synchronized @Nullable Account evictMost() {
        for (long sum = used.get(); sum > maxBytes; sum = used.get()) {
            Account most = accounts;
            for (Account account = accounts.next; account != accounts; account = account.next) {
                if (account.held > most.held) {
                    most = account;
                }
            }
            long held = most.held;
            if (held <= 0) {
                return null;
            }
            most.reason = exceeded(sum, held);
            if (Account.HELD.compareAndSet(most, held, Account.EVICTED)) {
                used.addAndGet(-held);
                return most;
            }
        }
        return null;
    }

    private ZmtpLimitException exceeded(long sum, long held) {
        return new ZmtpLimitException("bytes of unfinished messages on all connections, " + held
                + " of them on this one, which holds most", sum, maxBytes, "ZmtpReceiveBudget", "maxBytes");
    }

    /** Counts what one connection holds. All of its methods are called on the event loop. */
    static final class Account {

        static final AtomicLongFieldUpdater<Account> HELD =
                AtomicLongFieldUpdater.newUpdater(Account.class, "held");
        static final long EVICTED = -1;

        private final @Nullable ZmtpReceiveBudget budget;
        private final @Nullable Consumer<ZmtpLimitException> evict;
        private Account previous = this;
        private @Nullable Account next = this;
        /** Bytes that count. Written by the connection's loop, and once by whoever evicts it. */
        private volatile long held;
        private volatile @Nullable ZmtpLimitException reason;
        /** What the loop set {@link #held} to last. */
        private long known;

        private Account() {
            this(null, null);
        }

        private Account(@Nullable ZmtpReceiveBudget budget, @Nullable Consumer<ZmtpLimitException> evict) {
            this.budget = budget;
            this.evict = evict;
        }

        /**
         * Sets what the connection holds; nothing happens if that is what it held.
         *
         * @throws ZmtpLimitException if the connection has to end
         */
        void hold(long octets) {
            if (octets == known) {
                return;
            }
            long more = octets - known;
            if (!HELD.compareAndSet(this, known, octets)) {
                known = octets;
                throw reason;
            }
            known = octets;
            if (budget.used.addAndGet(more) > budget.maxBytes && more > 0) {
                budget.makeRoom();
                if (held == EVICTED) {
                    throw reason;
                }
            }
        }

        /** Checks that an unfinished message of this length may come at all. */
        void checkAnnounced(long octets) {
            if (octets > budget.maxBytes) {
                throw new ZmtpLimitException("bytes of an unfinished message", octets, budget.maxBytes,
                        "ZmtpReceiveBudget", "maxBytes");
            }
        }

        /** Gives back all that is held. May be called again. */
        void close() {
            if (next == null) {
                return;
            }
            long left = HELD.getAndSet(this, EVICTED);
            if (left > 0) {
                budget.used.addAndGet(-left);
            }
            budget.remove(this);
            next = null;
        }
    }
}
