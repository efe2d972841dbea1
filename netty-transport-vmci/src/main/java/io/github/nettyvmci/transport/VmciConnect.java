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

import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;

/**
 * A channel's attempt to connect. It ends once: connected, failed, out of time, cancelled, or the channel closed. Event
 * loop only.
 */
final class VmciConnect {

    /**
     * How long to wait before a connect that found the server's backlog full is tried again; doubles up to the second.
     */
    private static final int FIRST_RETRY_MILLIS = 1;
    private static final int LAST_RETRY_MILLIS = 64;
    /** What VMCI's listener gives a handshake; one that takes longer is refused. */
    private static final long VMCI_HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AbstractVmciStreamChannel channel;
    private final VmciChannelConfig config;
    private final VmciSocket socket;
    private final SocketAddress remote;
    private final ChannelPromise promise;
    private Future<?> timeout;
    private Future<?> retry;
    private int lookMillis;
    private long attemptNanos;
    private boolean ended;

    VmciConnect(AbstractVmciStreamChannel channel, SocketAddress remote, ChannelPromise promise) {
        this.channel = channel;
        this.remote = remote;
        this.promise = promise;
        config = channel.config();
        socket = channel.socket;
    }

    void start() {
        try {
            int result = socket.family.setConnectTimeout(socket.intValue(), config.kernelConnectTimeout());
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
                return; // cancelled by now, and the channel closed
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

    private void attempt(int retryMillis) {
        retry = null;
        attemptNanos = System.nanoTime();
        int result = socket.family.connect(socket.intValue(), remote, config.isToHost());
        if (socket.family.connectInProgress(result)) {
            channel.setInterest(VmciIoOps.EPOLLOUT);
            channel.watch();
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
            fail(failure(result, config.kernelConnectTimeout()));
        }
    }

    /** The socket is writable, or has an error. */
    void ready() {
        int fd = socket.intValue();
        int error = socket.family.soError(fd);
        if (error == ETIMEDOUT && config.connectsAgain()) {
            again();
        } else if (error == EINVAL && remote instanceof VmciAddress) {
            fail(VmciErrors.buffersDoNotMeet(remote, channel.local)); // at once it would mean something else
        } else if (error == ECONNRESET && remote instanceof VmciAddress
                && System.nanoTime() - attemptNanos >= VMCI_HANDSHAKE_NANOS) {
            fail(VmciErrors.refusedLate((VmciAddress) remote, channel.local));
        } else if (error != 0) {
            fail(failure(-Math.abs(error), config.kernelConnectTimeout()));
        } else if (socket.family.connected(fd)) {
            succeed();
        } else {
            // Writable, but neither connected nor failed: a fresh vsock socket is. The real event is still to come, and
            // until then this one would come again at once.
            channel.clearInterest(VmciIoOps.EPOLLOUT);
            lookMillis = Math.min(Math.max(FIRST_RETRY_MILLIS, lookMillis * 2), LAST_RETRY_MILLIS);
            retry = channel.eventLoop().schedule(() -> channel.setInterest(VmciIoOps.EPOLLOUT), lookMillis,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** The kernel gave up, as it was told to do soon; the time we have is not over. */
    private void again() {
        int result = socket.family.connect(socket.intValue(), remote, config.isToHost());
        if (result == -EALREADY) {
            fail(failure(-ETIMEDOUT, config.kernelConnectTimeout())); // this socket will not try again
        } else if (!socket.family.connectInProgress(result)) {
            settle(result);
        } // else the event will tell, as before
    }

    /** The channel closes. */
    void abandon() {
        if (end()) {
            promise.tryFailure(new ClosedChannelException());
        }
    }

    private void succeed() {
        if (end()) {
            channel.connected(remote, promise);
        }
    }

    private void fail(Throwable cause) {
        if (end()) {
            channel.connectFailed(promise, cause);
        }
    }

    /** Whether it had not ended before. */
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

    private Exception failure(int negativeErrno, int timeoutMillis) {
        return VmciErrors.connectFailed(remote, channel.local, negativeErrno, timeoutMillis);
    }
}
