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

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * A message: one part or more, each a run of octets. Sent and delivered whole or not at all.
 *
 * <p>Reference counted, and born with a count of one. Whoever receives a message releases it or passes it on; writing a
 * message to a channel passes it on. The parts are released with the message. A part handed out by {@link #part} is a
 * view that lives as long as the message: to keep it longer, {@link ByteBuf#retain() retain} the part and release it
 * later.
 *
 * <p>A received message shares memory with the read it came in. One that is kept for long pins all of that read, so
 * copy what is to be kept. Not thread-safe, the reference count excepted.
 */
public final class ZmtpMessage implements ReferenceCounted {

    private static final VarHandle REFS;

    static {
        try {
            REFS = MethodHandles.lookup().findVarHandle(ZmtpMessage.class, "refs", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private int refs = 1;
    /** Of a message of one part: what holds its octets, one reference of it being ours. Else {@code null}. */
    private final ByteBuf buffer;
    private final int offset;
    private final int length;
    /** All parts, or the view of the only part once someone has asked for it. */
    private ByteBuf[] parts;

    /** One part, being a piece of a larger buffer: takes over one reference of {@code buffer}. */
    ZmtpMessage(ByteBuf buffer, int offset, int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
    }

    /** Takes over the array and one reference of each part in it. */
    private ZmtpMessage(ByteBuf[] parts) {
        this.parts = parts;
        buffer = null;
        offset = 0;
        length = 0;
    }

    /**
     * Makes a message of one part.
     *
     * @param part the readable octets are the part; the message takes over the caller's reference
     * @return the message
     */
    public static ZmtpMessage of(ByteBuf part) {
        return new ZmtpMessage(part, part.readerIndex(), part.readableBytes());
    }

    /**
     * Makes a message.
     *
     * @param parts one part or more, their readable octets; the message takes over the caller's references
     * @return the message
     * @throws IllegalArgumentException if there is no part
     */
    public static ZmtpMessage of(ByteBuf... parts) {
        return parts.length == 1 ? of(parts[0]) : ofOwned(parts.clone());
    }

    /** Like {@link #of(ByteBuf...)} for two parts or more, without a copy of the array. */
    static ZmtpMessage ofOwned(ByteBuf[] parts) {
        if (parts.length == 0) {
            throw new IllegalArgumentException("parts of a message: 0 (expected: 1 or more)");
        }
        return new ZmtpMessage(parts);
    }

    /**
     * Makes a message of text.
     *
     * @param parts one part or more, sent as UTF-8
     * @return the message
     * @throws IllegalArgumentException if there is no part
     */
    public static ZmtpMessage ofText(String... parts) {
        ByteBuf[] buffers = new ByteBuf[parts.length];
        for (int i = 0; i < parts.length; i++) {
            buffers[i] = Unpooled.wrappedBuffer(parts[i].getBytes(CharsetUtil.UTF_8));
        }
        return of(buffers);
    }

    /**
     * Returns the number of parts.
     *
     * @return 1 or more
     */
    public int size() {
        return buffer != null ? 1 : parts.length;
    }

    /**
     * Returns a part. Every call returns the same view, whose indices are the caller's to move: writing the message
     * sends what is readable of a part that {@code part} has handed out.
     *
     * @param index 0 for the first
     * @return a view that lives as long as this message; it is not retained
     * @throws IndexOutOfBoundsException      if there is no such part
     * @throws IllegalReferenceCountException if the message was released
     */
    public ByteBuf part(int index) {
        checkAccessible();
        if (parts == null && index == 0) {
            parts = new ByteBuf[] {buffer.slice(offset, length)};
        }
        if (index < 0 || index >= size()) {
            throw new IndexOutOfBoundsException("part: " + index + " (expected: 0 to " + (size() - 1) + ')');
        }
        return parts[index];
    }

    /**
     * Returns the length of a part without making a view of it.
     *
     * @param index 0 for the first
     * @return octets
     * @throws IndexOutOfBoundsException if there is no such part
     */
    public int partLength(int index) {
        return parts == null && index == 0 ? length : part(index).readableBytes();
    }

    /**
     * Returns the length of all parts together.
     *
     * @return octets
     */
    public long length() {
        if (parts == null) {
            return length;
        }
        long sum = 0;
        for (ByteBuf part : parts) {
            sum += part.readableBytes();
        }
        return sum;
    }

    /**
     * Returns a part as text.
     *
     * @param index 0 for the first
     * @return the part read as UTF-8
     */
    public String text(int index) {
        return text(index, CharsetUtil.UTF_8);
    }

    /**
     * Returns a part as text.
     *
     * @param index   0 for the first
     * @param charset how to read it
     * @return the text
     */
    public String text(int index, Charset charset) {
        return part(index).toString(charset);
    }

    /** What holds the only part while nobody has asked for a view of it, else {@code null}: use {@link #part}. */
    ByteBuf plainBuffer() {
        return parts == null ? buffer : null;
    }

    int plainOffset() {
        return offset;
    }

    int plainLength() {
        return length;
    }

    private void checkAccessible() {
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
        if (buffer != null) {
            buffer.release();
            return;
        }
        for (ByteBuf part : parts) {
            part.release();
        }
    }

    @Override
    public ZmtpMessage touch() {
        return touch(null);
    }

    @Override
    public ZmtpMessage touch(Object hint) {
        if (buffer != null) {
            buffer.touch(hint);
        } else {
            for (ByteBuf part : parts) {
                part.touch(hint);
            }
        }
        return this;
    }

    @Override
    public String toString() {
        if (refCnt() == 0) {
            return "ZmtpMessage(released)";
        }
        int[] lengths = new int[size()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = partLength(i);
        }
        return "ZmtpMessage(octets " + Arrays.toString(lengths) + ')';
    }
}
