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
package io.github.nettyvmci.zmq;

import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A send or receive that waits. The socket claims it before it does what was asked for, so that cancelling it either
 * comes in time or fails; never is a message sent or taken for somebody who was told otherwise.
 *
 * @param <T> what it completes with
 */
class Request<T> extends CompletableFuture<T> {

    private static final int WAITING = 0;
    private static final int CLAIMED = 1;
    private static final int CANCELLED = 2;

    private final AtomicInteger state = new AtomicInteger();

    /** Returns whether it is still wanted; then it is the caller's to complete, or to {@link #unclaim}. */
    final boolean claim() {
        return state.compareAndSet(WAITING, CLAIMED);
    }

    final void unclaim() {
        state.set(WAITING);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        while (!state.compareAndSet(WAITING, CANCELLED)) {
            if (isDone() || state.get() == CANCELLED) {
                return isCancelled();
            }
            Thread.yield(); // claimed: decided in a moment
        }
        return super.cancel(false);
    }

    /** A message to be sent, which is the socket's until it is. */
    static final class Send extends Request<Void> {

        final ZmtpMessage message;

        Send(ZmtpMessage message) {
            this.message = message;
        }
    }

    /** Somebody who wants a message. */
    static final class Receive extends Request<ZmtpMessage> {
    }
}
