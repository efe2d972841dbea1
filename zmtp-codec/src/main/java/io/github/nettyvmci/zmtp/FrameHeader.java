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

/**
 * Frame headers of both framings.
 *
 * <pre>
 *  ZMTP 2.0, 3.x (RFC 37, "Framing")      flags (1) | length (1, or 8 if LONG) | body
 *      bit 0 MORE, bit 1 LONG, bit 2 COMMAND; bits 3 to 7 must be zero
 *  ZMTP 1.0 (RFC 13)                      length (1, or FF and 8) | flags (1) | body (length - 1)
 *      bit 0 MORE, the others have no meaning
 * </pre>
 */
final class FrameHeader {

    static final int MORE = 1;
    static final int LONG = 2;
    static final int COMMAND = 4;
    /** The length of a header with {@link #LONG}. */
    static final int LONG_LENGTH = 9;
    /** The longest header there is. */
    static final int MAX_LENGTH = 10;

    private FrameHeader() {
    }

    /** Writes the header in its shortest form, which for this framing is the only one all peers accept. */
    static void write(ByteBuf out, int flags, int bodyLength) {
        if (bodyLength > 255) {
            out.writeByte(flags | LONG).writeLong(bodyLength);
        } else {
            out.writeShort(flags << 8 | bodyLength);
        }
    }

    /** Says that the first octet of a frame of ZMTP 2.0 or later is none that may come here. */
    static ZmtpException malformedFlags(int flags, String expected) {
        return new ZmtpException(ZmtpError.MALFORMED_FRAME, String.format("frame flags: %02x (expected: %s)", flags,
                expected));
    }

    /** Says that the length is 0, which it never is in ZMTP 1.0, where it counts the flags. */
    static ZmtpException emptyOld() {
        return new ZmtpException(ZmtpError.MALFORMED_FRAME, "frame length: 0 (expected: 1 or more in ZMTP 1.0)");
    }

    static void writeOld(ByteBuf out, int flags, int bodyLength) {
        if (bodyLength + 1 >= 0xff) {
            out.writeByte(0xff).writeLong(bodyLength + 1L).writeByte(flags);
        } else {
            out.writeShort(bodyLength + 1 << 8 | flags);
        }
    }
}
