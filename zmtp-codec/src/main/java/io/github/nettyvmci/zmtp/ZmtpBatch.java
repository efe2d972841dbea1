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
import io.netty.util.AbstractReferenceCounted;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * A run of small messages of one part each, which lie one after another in one buffer. It stands for the messages where
 * an object for each would cost more than the message: between threads, and on the way to and from a channel.
 *
 * <p>{@link #next} takes the messages off in order. Whoever gets a batch releases it in any case, which releases the
 * messages that were not taken off. A batch belongs to one thread at a time; whoever passes it on sees to it that the
 * other thread sees it whole.
 *
 * <p>Write one to a channel with a {@link ZmtpCodec} in place of its messages: they are sent in order, and the promise
 * is that of the last one. A codec {@linkplain ZmtpCodecBuilder#maxBatch delivers} batches where it was asked to.
 */
public final class ZmtpBatch extends AbstractReferenceCounted {

    private static final int FIRST_CAPACITY = 512;
    /** Beyond this a batch has memory of full length, {@link FrameEncoder#PACK_LIMIT}, which is used again. */
    private static final int SMALL_CAPACITY = 4096;
    /** Memory of full length that batches have left. Whoever finds none, or no place, goes without. */
    private static final ArrayBlockingQueue<byte[]> SPARE = new ArrayBlockingQueue<>(16);

    /**
     * Holds the messages as frames of ZMTP 2.0 and later in clear, from {@link #next} to {@link #end}; {@code null}
     * while messages may be {@linkplain #add added}, and nothing was read yet.
     */
    private @Nullable ByteBuf buffer;
    /**
     * The memory of the messages that were added, {@code null} if they lie in a read. A plain array, since the compiler
     * needs least time for it.
     */
    private byte @Nullable [] array;
    private final @Nullable ZmtpPeer peer;
    private int next;
    private int end;
    private int count;
    private long length;
    /** Set when there is one reference of the buffer for each message left. Before, there is one for all. */
    private boolean shared;

    /**
     * Makes a batch of frames that lie in a read.
     *
     * @param buffer one reference is taken over
     * @param length of all bodies together
     */
    ZmtpBatch(ByteBuf buffer, int begin, int end, int count, long length, @Nullable ZmtpPeer peer) {
        this.buffer = buffer;
        this.peer = peer;
        this.next = begin;
        this.end = end;
        this.count = count;
        this.length = length;
    }

    private ZmtpBatch(byte[] array) {
        this.array = array;
        peer = null;
    }

    /**
     * Makes a batch without messages, for {@link #add}.
     *
     * @param expected how many bytes of frames to make room for at first; 0 if unknown
     * @return the batch, which the caller releases or passes on
     */
    public static ZmtpBatch create(int expected) {
        return new ZmtpBatch(memory(Math.max(FIRST_CAPACITY, expected)));
    }

    private static byte[] memory(int capacity) {
        if (capacity <= SMALL_CAPACITY) {
            return new byte[capacity];
        }
        byte[] spare = SPARE.poll();
        return spare != null ? spare : new byte[FrameEncoder.PACK_LIMIT];
    }

    /**
     * Returns whether a message is such that a batch may take it: of one part, and small.
     *
     * @param message stays the caller's
     * @return whether {@link #add} adds it while there is room
     */
    public static boolean suits(ZmtpMessage message) {
        return message.onlyBuffer() != null && message.onlyLength() <= FrameEncoder.COPY_LIMIT;
    }

    /**
     * Adds a copy of a message, if it is small enough and there is room. To be called before the batch is passed on.
     *
     * @param message of one part; the caller keeps it. A message of several parts is not added
     * @return whether it was added
     * @throws io.netty.util.IllegalReferenceCountException if the message was released
     */
    public boolean add(ZmtpMessage message) {
        ByteBuf in = message.onlyBuffer();
        int octets = message.onlyLength();
        byte[] to = array;
        if (to == null || buffer != null || !suits(message)) {
            return false;
        }
        message.checkAccessible();
        int first = end;
        int header = octets > 255 ? FrameHeader.LONG_LENGTH : 2;
        int after = first + header + octets;
        if (after > to.length) {
            if (after > FrameEncoder.PACK_LIMIT) {
                return false;
            }
            byte[] longer = memory(Math.max(2 * to.length, after));
            System.arraycopy(to, 0, longer, 0, first);
            to = longer;
            array = to;
        }
        in.getBytes(message.onlyOffset(), to, first + header, octets);
        if (header == 2) {
            to[first] = 0;
        } else {
            to[first] = FrameHeader.LONG;
            for (int i = 1; i < 7; i++) {
                to[first + i] = 0;
            }
            to[first + 7] = (byte) (octets >> 8);
        }
        to[first + header - 1] = (byte) octets;
        end = after;
        count++;
        length += octets;
        return true;
    }

    /**
     * Takes the next message off.
     *
     * @return the message, which the caller releases, or {@code null} if none is left
     */
    public @Nullable ZmtpMessage next() {
        if (count == 0) {
            return null;
        }
        if (!shared) {
            share();
        }
        ByteBuf buffer = this.buffer;
        int at = next;
        int octets = buffer.getUnsignedByte(at + 1);
        int body = at + 2;
        if (buffer.getByte(at) != 0) {
            octets = buffer.getInt(at + 5); // a batch has no bodies of 2 GiB
            body = at + FrameHeader.LONG_LENGTH;
        }
        next = body + octets;
        count--;
        length -= octets;
        if (octets == 0) {
            buffer.release();
            return new ZmtpMessage(Unpooled.EMPTY_BUFFER, 0, 0, peer);
        }
        return new ZmtpMessage(buffer, body, octets, peer);
    }

    private void share() {
        shared = true;
        ByteBuf all = buffer();
        if (count > 1) {
            all.retain(count - 1);
        }
    }

    /** Returns the buffer, after which no message is added. */
    private ByteBuf buffer() {
        if (buffer == null) {
            buffer = Unpooled.wrappedBuffer(array, 0, end);
        }
        return buffer;
    }

    /**
     * Returns how many messages are left.
     *
     * @return 0 or more
     */
    public int count() {
        return count;
    }

    /**
     * Returns the length of all messages that are left, together.
     *
     * @return bytes, 0 or more
     */
    public long length() {
        return length;
    }

    /** Returns how many bytes the frames of the messages that are left take. */
    public int frameBytes() {
        return end - next;
    }

    /** Copies the frames of the messages that are left. */
    void copyFrames(byte[] to, int at) {
        buffer().getBytes(next, to, at, end - next);
    }

    /** Returns the frames of the messages that are left, for the caller to release. */
    ByteBuf frames() {
        return buffer().retainedSlice(next, end - next);
    }

    @Override
    public ZmtpBatch touch(Object hint) {
        if (buffer != null) {
            buffer.touch(hint);
        }
        return this;
    }

    @Override
    protected void deallocate() {
        boolean free; // whether nobody else has messages of it
        if (buffer == null) {
            free = true;
        } else if (!shared) {
            free = buffer.release();
        } else {
            free = count > 0 ? buffer.release(count) : buffer.refCnt() == 0;
        }
        if (free && array != null && array.length == FrameEncoder.PACK_LIMIT) {
            SPARE.offer(array);
        }
        array = null;
        count = 0;
    }

    @Override
    public String toString() {
        return "ZmtpBatch(" + count + " messages, " + length + " bytes)";
    }
}
