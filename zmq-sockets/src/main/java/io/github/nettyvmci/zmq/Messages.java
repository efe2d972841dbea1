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
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** Messages made of the parts of others. What goes in is taken over. */
final class Messages {

    private Messages() {
    }

    static ZmtpMessage of(byte[] part) {
        return ZmtpMessage.of(Unpooled.wrappedBuffer(part));
    }

    static ZmtpMessage empty() {
        return ZmtpMessage.of(Unpooled.EMPTY_BUFFER);
    }

    /** Returns the message with parts before it. */
    static ZmtpMessage prepend(ZmtpMessage message, ByteBuf... before) {
        ByteBuf[] parts = new ByteBuf[before.length + message.size()];
        System.arraycopy(before, 0, parts, 0, before.length);
        for (int i = 0; i < message.size(); i++) {
            parts[before.length + i] = message.part(i).retainedSlice();
        }
        message.release();
        return ZmtpMessage.of(parts);
    }

    /** Returns the message without its first parts; at least one must be left. */
    static ZmtpMessage dropFirst(ZmtpMessage message, int count) {
        ByteBuf[] parts = new ByteBuf[message.size() - count];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = message.part(count + i).retainedSlice();
        }
        message.release();
        return ZmtpMessage.of(parts);
    }

    /** Returns copies of the first parts, which do not hold the message's memory. */
    static ByteBuf[] copyFirst(ZmtpMessage message, int count) {
        ByteBuf[] parts = new ByteBuf[count];
        for (int i = 0; i < count; i++) {
            parts[i] = Unpooled.wrappedBuffer(octets(message.part(i)));
        }
        return parts;
    }

    /** Returns 1 for a part that is a subscription in the form of ZMTP 3.0, 0 for a cancellation, -1 for any other. */
    static int subscriptionKind(ByteBuf part) {
        int first = part.isReadable() ? part.getByte(part.readerIndex()) : -1;
        return first == 0 || first == 1 ? first : -1;
    }

    /** Returns a copy of the topic of a part that is a subscription or cancellation. */
    static byte[] topic(ByteBuf part) {
        return octets(part.slice(part.readerIndex() + 1, part.readableBytes() - 1));
    }

    /**
     * Returns the message without the parts that are subscriptions or cancellations.
     *
     * @param examined how many of the first parts may be
     * @return the message, or {@code null} if nothing is left of it
     */
    static ZmtpMessage withoutSubscriptions(ZmtpMessage message, int examined) {
        int left = message.size();
        for (int i = 0; i < examined; i++) {
            left -= subscriptionKind(message.part(i)) >= 0 ? 1 : 0;
        }
        if (left == message.size()) {
            return message;
        }
        ByteBuf[] parts = new ByteBuf[left];
        for (int i = message.size() - 1; i >= 0; i--) {
            if (i >= examined || subscriptionKind(message.part(i)) < 0) {
                parts[--left] = message.part(i).retainedSlice();
            }
        }
        message.release();
        return parts.length == 0 ? null : ZmtpMessage.of(parts);
    }

    static byte[] octets(ByteBuf part) {
        byte[] octets = new byte[part.readableBytes()];
        part.getBytes(part.readerIndex(), octets);
        return octets;
    }

    static ByteBuf number(int value) {
        return Unpooled.wrappedBuffer(new byte[] {
            (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value});
    }
}
