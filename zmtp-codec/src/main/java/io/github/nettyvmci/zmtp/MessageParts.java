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

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;

import java.util.Arrays;

/**
 * Holds the parts of a message whose last frame has not come, within the limits. Where a sink takes the frames, the
 * parts are only counted.
 */
final class MessageParts {

    private static final int FIRST_PARTS = 8;
    /** Arrays that were grown beyond this are not kept for the next message. */
    private static final int KEEP = 64;
    private static final ByteBuf[] NONE = new ByteBuf[0];
    private static final int[] NO_BOUNDS = new int[0];

    private final ChannelHandlerContext ctx;
    private final ZmtpLimits limits;
    /** The buffer of each part. */
    private ByteBuf[] parts = NONE;
    /** For each part two numbers: where it begins in its buffer, and its length. */
    private int[] bounds = NO_BOUNDS;
    private int count;
    private long octets;
    /** The number of parts, the first ones, that do not lie in the current read. */
    private int earlier;
    /** Bytes of memory that these parts take. */
    private long held;

    MessageParts(ChannelHandlerContext ctx, ZmtpLimits limits) {
        this.ctx = ctx;
        this.limits = limits;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Returns the bytes of memory that the parts take which do not lie in the current read. */
    long held() {
        return held;
    }

    /** Checks that a part of this length may follow. */
    void check(int length) {
        long cost = cost(length);
        if (cost > limits.maxMessageLength() - octets) {
            throw new ZmtpLimitException("message octets" + (count == 0 ? "" : ", " + ZmtpReceiveBudget.PART_OVERHEAD
                    + " added for each of its " + (count + 1) + " parts but the first"), octets + cost,
                    limits.maxMessageLength(), "maxMessageLength");
        }
    }

    private long cost(int length) {
        return count == 0 ? length : (long) length + ZmtpReceiveBudget.PART_OVERHEAD;
    }

    /** Counts a part that is not kept. */
    void count(int length) {
        octets += cost(length);
        count++;
        earlier = count;
    }

    void clear() {
        count = 0;
        octets = 0;
        earlier = 0;
        held = 0;
    }

    /** Takes over one reference of {@code in} for a part. */
    void add(ByteBuf in, int offset, int length) {
        try {
            check(length);
        } catch (ZmtpException e) {
            in.release();
            throw e;
        }
        octets += cost(length);
        if (count == parts.length) {
            parts = Arrays.copyOf(parts, Math.max(FIRST_PARTS, count * 2));
            bounds = Arrays.copyOf(bounds, 2 * parts.length);
        }
        if (length == 0) {
            in.release();
            set(count++, Unpooled.EMPTY_BUFFER, 0, 0);
        } else {
            set(count++, in, offset, length);
        }
    }

    private void set(int index, ByteBuf in, int offset, int length) {
        parts[index] = in;
        bounds[2 * index] = offset;
        bounds[2 * index + 1] = length;
    }

    /** Returns all parts as a message of a peer; there are none afterwards. */
    ZmtpMessage take(ZmtpPeer peer) {
        ZmtpMessage message = ZmtpMessage.of(parts, bounds, count, peer);
        if (parts.length > KEEP) {
            parts = NONE;
            bounds = NO_BOUNDS;
        } else {
            Arrays.fill(parts, 0, count, null);
        }
        clear();
        return message;
    }

    /**
     * Notes that the part added last, if it was not the end of its message, has a buffer of this capacity to itself.
     */
    void own(int capacity) {
        if (earlier < count) {
            held += (bounds[2 * count - 1] == 0 ? 0 : capacity) + ZmtpReceiveBudget.PART_OVERHEAD;
            earlier = count;
        }
    }

    /**
     * Settles where the parts of the current read stay: if they fill less than half of it they are copied, because a
     * peer that sends part by part must not make us keep a whole read for each.
     *
     * @param capacity bytes of memory that the read takes
     */
    void unpin(int capacity) {
        if (earlier == count) {
            return;
        }
        long fresh = 0;
        for (int i = earlier; i < count; i++) {
            fresh += bounds[2 * i + 1];
        }
        if (fresh < capacity / 2) {
            for (int i = earlier; i < count; i++) {
                ByteBuf part = parts[i];
                int length = bounds[2 * i + 1];
                if (length > 0) {
                    set(i, ctx.alloc().buffer(length).writeBytes(part, bounds[2 * i], length), 0, length);
                    part.release();
                }
            }
        }
        held += Math.max(fresh, fresh < capacity / 2 ? 0 : capacity)
                + (long) (count - earlier) * ZmtpReceiveBudget.PART_OVERHEAD;
        earlier = count;
    }

    void release() {
        for (int i = 0; i < count; i++) {
            if (i < parts.length && parts[i] != null) { // where there is a sink there is none
                parts[i].release();
            }
        }
        parts = NONE;
        bounds = NO_BOUNDS;
        clear();
    }
}
