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

/**
 * The octets that have come of one field of a handshake. They are copied, so that a peer pins no read buffer, and the
 * room for them grows by doubling what has come, never to what a peer merely announced.
 */
final class Collector {

    private static final int FIRST_ROOM = 64;

    private ByteBuf octets = Unpooled.buffer(FIRST_ROOM);

    /** Moves octets here until there are so many; returns {@code false} if more have to come. */
    boolean collect(ByteBuf in, int wanted) {
        int now = Math.min(wanted - octets.readableBytes(), in.readableBytes());
        if (octets.writableBytes() < now) {
            octets.capacity(Math.min(wanted, 2 * (octets.readableBytes() + now)));
        }
        octets.writeBytes(in, now);
        return octets.readableBytes() == wanted;
    }

    /** Returns what has come. The buffer stays the collector's. */
    ByteBuf octets() {
        return octets;
    }

    /** Returns what has come, for the caller to release, and begins anew with a small buffer. */
    ByteBuf take() {
        ByteBuf taken = octets;
        octets = Unpooled.buffer(FIRST_ROOM);
        return taken;
    }

    /** Begins anew. */
    void clear() {
        octets.clear();
    }

    /** Releases everything; what comes now is not collected any more. */
    void release() {
        octets.release();
        octets = Unpooled.EMPTY_BUFFER;
    }
}
