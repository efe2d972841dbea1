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
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A frame that comes in more than one read: what has come of it, header included. The buffer grows with what arrives,
 * so a length that a peer merely announces costs nothing.
 */
final class SplitFrame {

    /** Room for any header. More would be kept for each tiny part of a message that waits for its end. */
    private static final int FIRST_ROOM = 16;
    /** Frames up to here get more room at once. */
    private static final int SMALL = 64 * 1024 + FrameHeader.MAX_LENGTH;

    private final ByteBufAllocator alloc;
    /** Has read the header of this frame, once it is complete. */
    private final HeaderReader header;
    private final MessageParts parts;
    private final ZmtpReceiveBudget.@Nullable Account account;

    private @Nullable ByteBuf octets;
    /** Octets of the whole frame; 0 while its header is not complete. */
    private int wanted;

    SplitFrame(ByteBufAllocator alloc, HeaderReader header, MessageParts parts,
            ZmtpReceiveBudget.@Nullable Account account) {
        this.alloc = alloc;
        this.header = header;
        this.parts = parts;
        this.account = account;
    }

    /** Tells whether there is such a frame. */
    boolean isBegun() {
        return octets != null;
    }

    /** Returns the octets of memory that it takes. */
    int capacity() {
        return octets == null ? 0 : octets.capacity();
    }

    /**
     * Begins a frame.
     *
     * @param announced octets of the frame, or 0 if its header is not complete
     * @param come      how many of them are there
     */
    void begin(int announced, int come) {
        octets = alloc.buffer(Math.max(FIRST_ROOM, announced == 0 ? come : roomFor(announced, come)));
        wanted = 0;
    }

    /** Returns room for a frame: a small multiple of what has come, never what was only announced. */
    private static int roomFor(int announced, int come) {
        // A frame of which a quarter came is copied once; of large ones more would be much for what came.
        return (int) Math.min(announced, (announced <= SMALL ? 4L : 2L) * come);
    }

    /**
     * Adds what a read has of the frame.
     *
     * @return whether the frame is whole
     * @throws ZmtpException if its header is malformed, or announces more than is allowed
     */
    boolean collect(ByteBuf in) {
        while (wanted == 0) {
            if (!in.isReadable()) {
                return false;
            }
            octets.writeByte(in.readByte());
            if (header.read(octets, 0, octets.writerIndex())) {
                wanted = header.headerLength + header.length;
                header.checkPart(parts, header.flags, header.length);
                if (account != null) {
                    account.checkAnnounced(wanted + parts.held());
                }
            }
        }
        int missing = wanted - octets.writerIndex();
        int now = Math.min(missing, in.readableBytes());
        if (octets.writableBytes() < now) {
            int capacity = roomFor(wanted, octets.writerIndex() + now);
            if (account != null) {
                account.hold(capacity + parts.held()); // before it is taken
            }
            octets.capacity(capacity);
        }
        octets.writeBytes(in, now);
        return now == missing;
    }

    /** Returns the whole frame, for the caller to release; there is none afterwards. */
    ByteBuf take() {
        ByteBuf taken = octets;
        octets = null;
        return taken;
    }

    void release() {
        if (octets != null) {
            octets.release();
            octets = null;
        }
    }
}
