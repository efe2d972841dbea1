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
import io.netty.util.CharsetUtil;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A message: one part or more, each a run of bytes. Sent and delivered whole or not at all.
 *
 * <p>Reference counted, and born with a count of one. Whoever receives a message releases it or passes it on; writing a
 * message to a channel passes it on. The parts are released with the message.
 *
 * <p>Immutable, the reference count excepted: what a message is does not change when somebody reads it, so that several
 * threads may read one that each of them {@linkplain #retain() holds}. The bytes may lie in a buffer that others have
 * too, and are not to be changed.
 *
 * <p>A received message shares memory with the read it came in. One that is kept for long pins all of that read, so
 * {@link #copy() copy} what is to be kept.
 *
 * <p>There are three ways to read a part. {@link #text} and {@link #bytes} copy it. {@link #part} makes a view, an
 * object for every call. Reading {@link #partLength} bytes at {@link #offset} of {@link #buffer} makes no object at
 * all.
 */
public final class ZmtpMessage implements ReferenceCounted {

    /** More parts than these are not chained but kept in an array, where none is far from the first. */
    private static final int CHAINED = 4;
    private static final VarHandle REFS;

    static {
        try {
            REFS = MethodHandles.lookup().findVarHandle(ZmtpMessage.class, "refs", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int refs = 1;
    /** What holds the first part, one reference of it being ours; {@code null} if all parts are in an array. */
    private final @Nullable ByteBuf buffer;
    /** Where the first part begins, or which of the array is the first. */
    private final int offset;
    /** How long the first part is, or how many of the array there are. */
    private final int length;
    /**
     * What follows the first part: the message of the other parts, one reference of it being ours, or an array of
     * messages of one part each, among them the first. After the last part, and for each in an array, it is the
     * {@link ZmtpPeer} that sent it, or {@code null}: a field of its own for that would make every message longer.
     */
    private final @Nullable Object rest;

    /** A part, being a piece of a larger buffer, and what follows it: takes over one reference of each. */
    ZmtpMessage(@Nullable ByteBuf buffer, int offset, int length, @Nullable Object rest) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        this.rest = rest;
    }

    /**
     * Makes a message of one part.
     *
     * @param part the readable bytes are the part; the message takes over the caller's reference
     * @return the message
     */
    public static ZmtpMessage of(ByteBuf part) {
        return new ZmtpMessage(part, part.readerIndex(), part.readableBytes(), null);
    }

    /**
     * Makes a message.
     *
     * @param parts one part or more, their readable bytes; the message takes over the caller's references
     * @return the message
     * @throws IllegalArgumentException if there is no part
     */
    public static ZmtpMessage of(ByteBuf... parts) {
        int[] bounds = new int[2 * parts.length];
        for (int i = 0; i < parts.length; i++) {
            bounds[2 * i] = parts[i].readerIndex();
            bounds[2 * i + 1] = parts[i].readableBytes();
        }
        return of(parts, bounds, parts.length, null);
    }

    /**
     * Makes a message of the first {@code count} of these buffers, of whose references it takes over one each.
     *
     * @param bounds of each buffer in turn where its part begins, and the length
     * @param peer   who sent it; {@code null} if it was made here
     */
    static ZmtpMessage of(ByteBuf[] buffers, int[] bounds, int count, @Nullable ZmtpPeer peer) {
        if (count == 0) {
            throw new IllegalArgumentException("parts of a message: 0 (expected: 1 or more)");
        }
        if (count > CHAINED) {
            ZmtpMessage[] parts = new ZmtpMessage[count];
            for (int i = 0; i < count; i++) {
                parts[i] = new ZmtpMessage(buffers[i], bounds[2 * i], bounds[2 * i + 1], peer);
            }
            return new ZmtpMessage(null, 0, count, parts);
        }
        int last = count - 1;
        ZmtpMessage message = new ZmtpMessage(buffers[last], bounds[2 * last], bounds[2 * last + 1], peer);
        for (int i = last - 1; i >= 0; i--) {
            message = new ZmtpMessage(buffers[i], bounds[2 * i], bounds[2 * i + 1], message);
        }
        return message;
    }

    /**
     * Makes a message of bytes.
     *
     * @param parts one part or more; they are not copied, and not to be changed afterwards
     * @return the message, which lies on the heap
     * @throws IllegalArgumentException if there is no part
     */
    public static ZmtpMessage of(byte[]... parts) {
        ByteBuf[] buffers = new ByteBuf[parts.length];
        for (int i = 0; i < parts.length; i++) {
            buffers[i] = Unpooled.wrappedBuffer(parts[i]);
        }
        return of(buffers);
    }

    /**
     * Makes a message of text.
     *
     * @param parts one part or more, sent as UTF-8
     * @return the message, which lies on the heap
     * @throws IllegalArgumentException if there is no part
     */
    public static ZmtpMessage ofText(String... parts) {
        byte[][] bytes = new byte[parts.length][];
        for (int i = 0; i < parts.length; i++) {
            bytes[i] = parts[i].getBytes(CharsetUtil.UTF_8);
        }
        return of(bytes);
    }

    /**
     * Puts a part before the others, as an envelope has them (RFC 28). Nothing is copied.
     *
     * @param part the readable bytes are the part; taken over, as this message is
     * @return the longer message
     * @throws IllegalReferenceCountException if this message was released; the part is the caller's then
     */
    public ZmtpMessage prepend(ByteBuf part) {
        checkAccessible();
        return new ZmtpMessage(part, part.readerIndex(), part.readableBytes(), this);
    }

    /**
     * Takes the first parts off, as of an envelope (RFC 28). Nothing is copied. The message is taken over: whoever
     * retained it for others, has it as it was.
     *
     * @param count how many: 0 to {@link #partCount()} - 1
     * @return the shorter message
     * @throws IndexOutOfBoundsException      if no part would be left; this message is the caller's then
     * @throws IllegalReferenceCountException if this message was released
     */
    public ZmtpMessage dropFirst(int count) {
        checkAccessible();
        if (count == 0) {
            return this;
        }
        if (count < 0 || count >= partCount()) {
            throw new IndexOutOfBoundsException("parts to take off: " + count + " (expected: 0 to "
                    + (partCount() - 1) + ')');
        }
        ZmtpMessage node = this;
        int left = count;
        while (left > 0 && node.rest instanceof ZmtpMessage next) {
            if ((int) REFS.getAcquire(node) == 1) { // nobody else has it: its hold on the others becomes ours
                REFS.setOpaque(node, 0);
                node.buffer.release();
            } else {
                next.retain();
                node.release();
            }
            node = next;
            left--;
        }
        if (left == 0) {
            return node;
        }
        ZmtpMessage[] all = (ZmtpMessage[]) node.rest;
        int first = node.offset + left;
        int end = node.offset + node.length;
        for (int i = first; i < end; i++) {
            all[i].buffer.retain();
        }
        ZmtpMessage shorter = end - first == 1 ? new ZmtpMessage(all[first].buffer, all[first].offset,
                all[first].length, all[first].rest) : new ZmtpMessage(null, first, end - first, all);
        node.release();
        return shorter;
    }

    /**
     * Returns a message of the same parts that shares no memory with this one, which stays the caller's.
     *
     * @return the copy, which lies on the heap
     * @throws IllegalReferenceCountException if this message was released
     */
    public ZmtpMessage copy() {
        ByteBuf[] parts = new ByteBuf[partCount()];
        int[] bounds = new int[2 * parts.length];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Unpooled.wrappedBuffer(bytes(i));
            bounds[2 * i + 1] = partLength(i);
        }
        return of(parts, bounds, parts.length, peer());
    }

    /**
     * Returns who sent the message ({@code zmq_msg_gets(3)}): the peer at the other end of the connection that it came
     * over. A message keeps it when it is copied, gets an envelope or loses one, and when it is passed on within the
     * process, so that whoever does the work knows who wants it done.
     *
     * @return one object for each connection; {@code null} for a message that was made in this process, or that came
     *         over a connection without ZMTP
     */
    public @Nullable ZmtpPeer peer() {
        ZmtpMessage node = this;
        while (node.rest instanceof ZmtpMessage next) {
            node = next;
        }
        return (ZmtpPeer) (node.rest instanceof ZmtpMessage[] all ? all[node.offset].rest : node.rest);
    }

    /**
     * Returns the number of parts.
     *
     * @return 1 or more
     */
    public int partCount() {
        int count = 1;
        ZmtpMessage node = this;
        while (node.rest instanceof ZmtpMessage next) {
            node = next;
            count++;
        }
        return node.buffer != null ? count : count - 1 + node.length;
    }

    /**
     * Returns the length of all parts together.
     *
     * @return bytes, 0 or more
     */
    public long length() {
        long sum = 0;
        ZmtpMessage node = this;
        while (node.rest instanceof ZmtpMessage next) {
            sum += node.length;
            node = next;
        }
        if (node.buffer != null) {
            return sum + node.length;
        }
        ZmtpMessage[] all = (ZmtpMessage[]) node.rest;
        for (int i = 0; i < node.length; i++) {
            sum += all[node.offset + i].length;
        }
        return sum;
    }

    /**
     * Returns the length of a part.
     *
     * @param index 0 for the first
     * @return bytes, 0 or more
     * @throws IndexOutOfBoundsException if there is no such part
     */
    public int partLength(int index) {
        return at(index).length;
    }

    /**
     * Returns where a part begins in its {@link #buffer}.
     *
     * @param index 0 for the first
     * @return the index of its first byte, for the {@code get} methods of the buffer
     * @throws IndexOutOfBoundsException if there is no such part
     */
    public int offset(int index) {
        return at(index).offset;
    }

    /**
     * Returns the buffer that holds a part, from {@link #offset} on for {@link #partLength} bytes. What else is in it
     * belongs to others, and so do its indices: only its {@code get} methods with an index are to be used.
     *
     * @param index 0 for the first
     * @return the buffer, which is not retained, and good for as long as this message
     * @throws IndexOutOfBoundsException      if there is no such part
     * @throws IllegalReferenceCountException if the message was released
     */
    public ByteBuf buffer(int index) {
        checkAccessible();
        return at(index).buffer;
    }

    /**
     * Returns a view of a part. Its indices are its own: to move them changes neither the message nor another view.
     *
     * @param index 0 for the first
     * @return a new view that lives as long as this message; it is not retained: to keep it longer,
     *     {@linkplain ByteBuf#retain() retain} it, and release it later
     * @throws IndexOutOfBoundsException      if there is no such part
     * @throws IllegalReferenceCountException if the message was released
     */
    public ByteBuf part(int index) {
        checkAccessible();
        ZmtpMessage part = at(index);
        return part.buffer.slice(part.offset, part.length);
    }

    /**
     * Returns a copy of a part.
     *
     * @param index 0 for the first
     * @return the bytes, which are the caller's
     * @throws IndexOutOfBoundsException      if there is no such part
     * @throws IllegalReferenceCountException if the message was released
     */
    public byte[] bytes(int index) {
        checkAccessible();
        ZmtpMessage part = at(index);
        byte[] bytes = new byte[part.length];
        part.buffer.getBytes(part.offset, bytes);
        return bytes;
    }

    /**
     * Returns a part as text.
     *
     * @param index 0 for the first
     * @return the part read as UTF-8; what is not becomes U+FFFD
     * @throws IndexOutOfBoundsException      if there is no such part
     * @throws IllegalReferenceCountException if the message was released
     */
    public String text(int index) {
        checkAccessible();
        ZmtpMessage part = at(index);
        return part.buffer.toString(part.offset, part.length, CharsetUtil.UTF_8);
    }

    /** Returns the message whose first part is the one of this index, and has a buffer. */
    private ZmtpMessage at(int index) {
        if (index == 0 && buffer != null) {
            return this;
        }
        ZmtpMessage node = this;
        int left = index;
        while (left > 0 && node.rest instanceof ZmtpMessage next) {
            node = next;
            left--;
        }
        if (left == 0 && node.buffer != null) {
            return node;
        }
        if (left < 0 || node.buffer != null || left >= node.length) {
            throw new IndexOutOfBoundsException("part: " + index + " (expected: 0 to " + (partCount() - 1) + ')');
        }
        return ((ZmtpMessage[]) node.rest)[node.offset + left];
    }

    /** What holds the only part; {@code null} if there are more. */
    @Nullable ByteBuf onlyBuffer() {
        return rest instanceof ZmtpMessage ? null : buffer;
    }

    /** Where {@link #onlyBuffer} has it. */
    int onlyOffset() {
        return offset;
    }

    /** How long it is. */
    int onlyLength() {
        return length;
    }

    void checkAccessible() {
        if ((int) REFS.getOpaque(this) <= 0) {
            throw new IllegalReferenceCountException(refCnt());
        }
    }

    @Override
    public int refCnt() {
        return (int) REFS.getOpaque(this);
    }

    @Override
    public ZmtpMessage retain() {
        return retain(1);
    }

    @Override
    public ZmtpMessage retain(int increment) {
        if (increment <= 0) {
            throw new IllegalArgumentException("increment: " + increment + " (expected: 1 or more)");
        }
        for (;;) {
            int old = refCnt();
            if (old <= 0 || old + increment < 0) {
                throw new IllegalReferenceCountException(old, increment);
            }
            if (REFS.weakCompareAndSet(this, old, old + increment)) {
                return this;
            }
        }
    }

    @Override
    public boolean release() {
        return release(1);
    }

    @Override
    public boolean release(int decrement) {
        if (decrement <= 0) {
            throw new IllegalArgumentException("decrement: " + decrement + " (expected: 1 or more)");
        }
        if (decrement == 1 && (int) REFS.getAcquire(this) == 1) {
            // The only reference is the caller's, so nobody else may retain or release: no need for a costly exchange.
            REFS.setOpaque(this, 0);
            deallocate();
            return true;
        }
        for (;;) {
            int old = refCnt();
            if (old < decrement) {
                throw new IllegalReferenceCountException(old, -decrement);
            }
            if (REFS.weakCompareAndSet(this, old, old - decrement)) {
                if (old == decrement) {
                    deallocate();
                    return true;
                }
                return false;
            }
        }
    }

    private void deallocate() {
        ZmtpMessage node = this;
        while (node.rest instanceof ZmtpMessage next) { // no recursion: there may be many
            node.buffer.release();
            if (!next.releaseLink()) {
                return;
            }
            node = next;
        }
        if (node.buffer != null) {
            node.buffer.release();
            return;
        }
        ZmtpMessage[] all = (ZmtpMessage[]) node.rest;
        for (int i = 0; i < node.length; i++) {
            all[node.offset + i].buffer.release();
        }
    }

    /** Gives back the reference of the part before; whether it was the last. */
    private boolean releaseLink() {
        if ((int) REFS.getAcquire(this) == 1) {
            REFS.setOpaque(this, 0);
            return true;
        }
        return (int) REFS.getAndAdd(this, -1) == 1;
    }

    @Override
    public ZmtpMessage touch() {
        return touch(null);
    }

    @Override
    public ZmtpMessage touch(@Nullable Object hint) {
        for (int i = partCount() - 1; i >= 0; i--) {
            at(i).buffer.touch(hint);
        }
        return this;
    }

    @Override
    public String toString() {
        if (refCnt() == 0) {
            return "ZmtpMessage(released)";
        }
        int[] lengths = new int[partCount()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = partLength(i);
        }
        return "ZmtpMessage(bytes " + Arrays.toString(lengths) + ')';
    }
}
