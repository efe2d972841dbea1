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

import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.function.BiConsumer;

/** Keeps the writes that wait for the handshake, within the bounds of {@link ZmtpLimits}. */
final class PendingWrites {

    private record Write(Object message, ChannelPromise promise, long length, int messages) {
    }

    private final ZmtpLimits limits;
    private final ArrayDeque<Write> writes = new ArrayDeque<>(0);
    private long bytes;
    /** How many messages and commands these are. */
    private int count;

    PendingWrites(ZmtpLimits limits) {
        this.limits = limits;
    }

    /** Takes over the message: keeps it, or fails the promise if there are too many. */
    void add(Object message, ChannelPromise promise) {
        long length = message instanceof ZmtpMessage m ? m.length() : message instanceof ZmtpBatch b ? b.frameBytes()
                : ((ZmtpCommand) message).content().readableBytes();
        int more = message instanceof ZmtpBatch b ? b.count() : 1;
        ZmtpException tooMany = null;
        if (more > limits.maxPendingWrites() - count) {
            tooMany = new ZmtpLimitException("writes before the handshake is complete", (long) count + more,
                    limits.maxPendingWrites(), "maxPendingWrites");
        } else if (length > limits.maxPendingWriteBytes() - bytes) {
            tooMany = new ZmtpLimitException("bytes of writes before the handshake is complete", bytes + length,
                    limits.maxPendingWriteBytes(), "maxPendingWriteBytes");
        }
        if (tooMany != null) {
            drop(message, promise, tooMany);
            return;
        }
        bytes += length;
        count += more;
        writes.add(new Write(message, promise, length, more));
    }

    /**
     * Hands everything on in order, what is added meanwhile too: each message, which is taken over, and its promise.
     */
    void writeTo(BiConsumer<Object, ChannelPromise> encoder) {
        for (Write write = poll(); write != null; write = poll()) {
            encoder.accept(write.message, write.promise);
        }
    }

    /** Releases every message and fails its promise. */
    void fail(Throwable cause) {
        for (Write write = poll(); write != null; write = poll()) {
            drop(write.message, write.promise, cause);
        }
    }

    private @Nullable Write poll() {
        Write write = writes.poll();
        if (write != null) {
            bytes -= write.length;
            count -= write.messages;
        }
        return write;
    }

    /** Releases a message, even one that the application had released too early: the others must not suffer from it. */
    private static void drop(Object message, ChannelPromise promise, Throwable cause) {
        ReferenceCountUtil.safeRelease(message);
        promise.tryFailure(cause);
    }
}
