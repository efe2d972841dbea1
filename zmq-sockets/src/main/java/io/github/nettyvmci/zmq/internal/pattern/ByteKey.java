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
import org.jspecify.annotations.Nullable;

/**
 * Bytes as the key of a hash table: an array of its own, or, to look one up without making an object, a piece of a
 * buffer. The keys have an order, by which a {@code HashMap} tells those apart whose hashes a peer made collide.
 */
final class ByteKey implements Comparable<ByteKey> {

    /** The bytes of a key that is kept; {@code null} in a key to look up with. */
    private final byte @Nullable [] bytes;
    private @Nullable ByteBuf buffer;
    private int offset;
    private int length;
    private int hash;

    /** Makes a key to keep; the caller must not change the array afterwards. */
    ByteKey(byte[] bytes) {
        this.bytes = bytes;
        length = bytes.length;
        hash();
    }

    /** Makes a key to look up with; {@link #of} says what it stands for. */
    ByteKey() {
        bytes = null;
    }

    /** Makes this the key that equals a part, for as long as the message is not released. */
    ByteKey of(ZmtpMessage message, int part) {
        return of(message.buffer(part), message.offset(part), message.partLength(part));
    }

    ByteKey of(ByteBuf in, int from, int bytesOfIt) {
        buffer = in;
        offset = from;
        length = bytesOfIt;
        hash();
        return this;
    }

    private void hash() {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum = 31 * sum + at(i);
        }
        hash = sum;
    }

    private byte at(int index) {
        return bytes != null ? bytes[index] : buffer.getByte(offset + index);
    }

    /** Returns the bytes of a key that is kept. */
    byte[] bytes() {
        return bytes;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ByteKey key && hash == key.hash && compareTo(key) == 0;
    }

    @Override
    public int compareTo(ByteKey other) {
        int order = Integer.compare(length, other.length);
        for (int i = 0; order == 0 && i < length; i++) {
            order = Byte.compare(at(i), other.at(i));
        }
        return order;
    }
}
