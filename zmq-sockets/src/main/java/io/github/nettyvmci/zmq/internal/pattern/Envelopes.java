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
package io.github.nettyvmci.zmq.internal.pattern;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** The parts that several patterns find in messages or add to them: empty parts, subscriptions, numbers. */
public final class Envelopes {

    private Envelopes() {
    }

    static ZmtpMessage empty() {
        return ZmtpMessage.of(Unpooled.EMPTY_BUFFER);
    }

    /** Returns 1 for a part that is a subscription in the form of ZMTP 3.0, 0 for a cancellation, -1 for any other. */
    static int subscriptionKind(ZmtpMessage message, int part) {
        int first = message.partLength(part) == 0 ? -1 : message.buffer(part).getByte(message.offset(part));
        return first == 0 || first == 1 ? first : -1;
    }

    /** Returns a copy of the topic of a part that is a subscription or cancellation. */
    static byte[] topic(ZmtpMessage message, int part) {
        return ByteBufUtil.getBytes(message.buffer(part), message.offset(part) + 1, message.partLength(part) - 1);
    }

    /**
     * Returns the message without the parts that are subscriptions or cancellations.
     *
     * @param examined how many parts, from the first one on, may be subscriptions or cancellations
     * @return the message, or {@code null} if nothing is left of it
     */
    static @Nullable ZmtpMessage withoutSubscriptions(ZmtpMessage message, int examined) {
        int count = message.partCount();
        int left = count;
        for (int i = 0; i < examined; i++) {
            left -= subscriptionKind(message, i) >= 0 ? 1 : 0;
        }
        if (left == count) {
            return message;
        }
        ByteBuf[] parts = new ByteBuf[left];
        for (int i = count - 1; i >= 0; i--) {
            if (i >= examined || subscriptionKind(message, i) < 0) {
                parts[--left] = message.part(i).retain();
            }
        }
        message.release();
        return parts.length == 0 ? null : ZmtpMessage.of(parts);
    }

    /** Returns the number in a part of 4 bytes. */
    static int number(ZmtpMessage message, int part) {
        return message.buffer(part).getInt(message.offset(part));
    }

    static ByteBuf number(int value) {
        return Unpooled.wrappedBuffer(bytes(value));
    }

    /** Returns a number as the 4 bytes of a part. */
    public static byte[] bytes(int value) {
        return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }

    /** Returns a part that many messages may share, since nobody can change it and a release does nothing. */
    static ByteBuf shared(byte[] part) {
        return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(part).asReadOnly());
    }
}
