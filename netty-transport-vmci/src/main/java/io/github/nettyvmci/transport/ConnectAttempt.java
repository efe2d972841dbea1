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

import static io.github.nettyvmci.transport.NativeConstants.EALREADY;
import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;
import static io.github.nettyvmci.transport.NativeConstants.EINVAL;
import static io.github.nettyvmci.transport.NativeConstants.EISCONN;
import static io.github.nettyvmci.transport.NativeConstants.ETIMEDOUT;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;

/**
 * A channel's attempt to connect. It ends once: connected, failed, out of time, cancelled, or because the channel
 * closes. Event loop only.
 */
final class ConnectAttempt {

    /** How an attempt ends, unless {@link #abandon} ended it. */
    interface Outcome {

        /** The socket is connected; the promise is still to be set. */
        void connected(SocketAddress remote, ChannelPromise promise);

        /** The attempt failed; the promise is still to be set. */
        void connectFailed(ChannelPromise promise, Throwable cause);
    }

    /**
     * For how long a connect waits that found the server's backlog full, before it is tried again. The time doubles
     * from the first to the second.
     */
    private static final int FIRST_RETRY_MILLIS = 1;
    private static final int LAST_RETRY_MILLIS = 64;
    /** The time that VMCI's listener gives a handshake. One that takes longer is refused. */
    private static final long VMCI_HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AbstractVmciChannel channel;
    private final StreamConfig config;
    private final NativeSocket socket;
    private final SocketAddress remote;
    private final ChannelPromise promise;
    private final Outcome outcome;
    private @Nullable Future<?> timeout;
    private @Nullable Future<?> retry;
    private int lookMillis;
    /** When the kernel began the present attempt. */
    private long attemptNanos;
    private boolean ended;

    ConnectAttempt(AbstractVmciChannel channel, StreamConfig config, SocketAddress remote, ChannelPromise promise,
            Outcome outcome) {
        this.channel = channel;
        this.config = config;
        this.remote = remote;
        this.promise = promise;
        this.outcome = outcome;
        socket = channel.socket;
    }

    void start() {
        try {
            int result = socket.family.setConnectTimeout(socket.intValue(), config.kernelConnectTimeoutMillis());
            if (result < 0) {
                fail(failure(result, config.getConnectTimeoutMillis()));
                return;
            }
            promise.addListener((ChannelFutureListener) future -> {
                if (future.isCancelled() && !ended) {
                    channel.unsafe().close(channel.voidPromise());
                }
            });
            if (ended) {
                return; // the promise was cancelled before, so that the listener has closed the channel
            }
            int millis = config.getConnectTimeoutMillis();
            if (millis > 0) {
                timeout = channel.eventLoop().schedule(() -> fail(failure(-ETIMEDOUT, millis)), millis,
                        TimeUnit.MILLISECONDS);
            }
            attempt(FIRST_RETRY_MILLIS);
        } catch (Throwable t) {
            fail(t);
        }
    }

    private int connect() {
        attemptNanos = System.nanoTime();
        return socket.family.connect(socket.intValue(), remote, config.toHost());
    }

    private void attempt(int retryMillis) {
        retry = null;
        int result = connect();
        if (socket.family.connectInProgress(result)) {
            channel.setInterest(VmciIoOps.EPOLLOUT);
            channel.enter(AbstractVmciChannel.State.CONNECTING);
        } else if (socket.family.connectAgain(result)) {
            retry = channel.eventLoop().schedule(() -> {
                try {
                    attempt(Math.min(retryMillis * 2, LAST_RETRY_MILLIS));
                } catch (Throwable t) {
                    fail(t);
                }
            }, retryMillis, TimeUnit.MILLISECONDS);
        } else {
            settle(result);
        }
    }

    private void settle(int result) {
        if (result >= 0 || result == -EISCONN) {
            succeed();
        } else {
            fail(failure(result, config.kernelConnectTimeoutMillis()));
        }
    }

    /** Called when the socket is writable, or has an error. */
    void ready() {
        int fd = socket.intValue();
        int error = socket.family.soError(fd);
        if (error == ETIMEDOUT && config.connectsAgain()) {
            tryAgain();
        } else if (error == EINVAL && remote instanceof VmciAddress) {
            // Only here: as the answer of connect(2) itself the same number speaks of our arguments.
            fail(ConnectErrors.buffersDoNotMeet(remote, channel.local));
        } else if (error == ECONNRESET && remote instanceof VmciAddress vmci
                && System.nanoTime() - attemptNanos >= VMCI_HANDSHAKE_NANOS) {
            fail(ConnectErrors.refusedLate(vmci, channel.local));
        } else if (error != 0) {
            fail(failure(-Math.abs(error), config.kernelConnectTimeoutMillis()));
        } else if (socket.family.connected(fd)) {
            succeed();
        } else {
            // The socket is writable, but neither connected nor failed, as a fresh vsock socket is. The real event is
            // still to come, and until then this one would be repeated without a pause.
            channel.clearInterest(VmciIoOps.EPOLLOUT);
            lookMillis = Math.min(Math.max(FIRST_RETRY_MILLIS, lookMillis * 2), LAST_RETRY_MILLIS);
            retry = channel.eventLoop().schedule(() -> channel.setInterest(VmciIoOps.EPOLLOUT), lookMillis,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** Connects once more: the kernel gave up, as it was told to do soon, and the time of the attempt is not over. */
    private void tryAgain() {
        int result = connect();
        if (result == -EALREADY) {
            fail(failure(-ETIMEDOUT, config.kernelConnectTimeoutMillis())); // this socket will not try again
        } else if (!socket.family.connectInProgress(result)) {
            settle(result);
        } // else the event will tell, as before
    }

    /** Ends the attempt because the channel closes. */
    void abandon() {
        if (end()) {
            promise.tryFailure(new ClosedChannelException());
        }
    }

    private void succeed() {
        if (end()) {
            outcome.connected(remote, promise);
        }
    }

    private void fail(Throwable cause) {
        if (end()) {
            outcome.connectFailed(promise, cause);
        }
    }

    /** Ends the attempt; returns false if it had ended before. */
    private boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (retry != null) {
            retry.cancel(false);
        }
        return true;
    }

    private Exception failure(int negErrno, int timeoutMillis) {
        return ConnectErrors.connectFailed(remote, channel.local, negErrno, timeoutMillis);
    }
}
