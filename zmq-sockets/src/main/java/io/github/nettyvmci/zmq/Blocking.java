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

import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Makes the blocking calls of a {@link ZmqSocket} out of those that return a future. */
final class Blocking {

    private Blocking() {
    }

    /**
     * Checks that this thread may wait for the socket. The socket's event loop may not, since it would wait for itself.
     *
     * @throws IllegalStateException on the socket's event loop
     */
    static void checkMayBlock(SocketCore core) {
        if (core.inHome()) {
            throw new IllegalStateException("blocking call on the event loop of the socket (expected: another thread);"
                    + " use the methods that return futures");
        }
    }

    /** Checks as {@link #checkMayBlock(SocketCore)} does, and releases the message if this throws. */
    static void checkMayBlock(SocketCore core, ZmtpMessage message) {
        if (core.inHome()) {
            message.release();
            checkMayBlock(core);
        }
    }

    /**
     * Waits for work that is under way on the socket's event loop. The work is short, so an interrupt does not end the
     * wait: the thread's interrupt status is set again afterwards.
     */
    static <T> T join(CompletableFuture<T> future) {
        boolean interrupted = false;
        try {
            for (;;) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unwrap(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Waits for a send or receive, and takes it back if the wait ends first. If it is too late to take it back, this
     * returns its result, and an interrupt stays in the thread's interrupt status.
     *
     * @throws TimeoutException     if the time is up, and nothing was sent or taken
     * @throws InterruptedException if the thread is interrupted, and nothing was sent or taken
     */
    static <T> T await(CompletableFuture<T> future, Duration timeout) throws InterruptedException, TimeoutException {
        try {
            long nanos = nanos(timeout);
            return nanos == Long.MAX_VALUE ? future.get() : future.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw unwrap(e.getCause());
        } catch (TimeoutException e) {
            if (future.cancel(false)) {
                throw e;
            }
            return join(future); // the socket did it in the last moment, so it cannot be taken back
        } catch (InterruptedException e) {
            if (future.cancel(false)) {
                throw e;
            }
            T done = join(future);
            Thread.currentThread().interrupt();
            return done;
        }
    }

    /** Returns a time in nanoseconds: 0 for a negative one, {@link Long#MAX_VALUE} for FOREVER or longer. */
    static long nanos(Duration time) {
        return time.isNegative() ? 0 : time.compareTo(ZmqOption.FOREVER) < 0 ? time.toNanos() : Long.MAX_VALUE;
    }

    /** Makes the error for a wait whose time is up. */
    static ZmqException again(SocketCore core, String what, Duration timeout) {
        return new ZmqException(ZmqError.AGAIN, what + " on a socket of type " + core.type() + ": not done after "
                + timeout.toMillis() + " ms (expected: a peer with " + (what.equals("send") ? "room" : "a message")
                + " by then)");
    }

    /** Returns the error to throw; a {@link ZmqException} is made anew so that its stack trace shows the caller. */
    private static RuntimeException unwrap(Throwable cause) {
        if (cause instanceof ZmqException e) {
            return new ZmqException(e.error(), e.getMessage(), e.getCause());
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }
}
