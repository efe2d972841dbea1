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
import org.jspecify.annotations.Nullable;

/** Reads the frame headers of one connection and checks what they announce. What it read last is in its fields. */
final class HeaderReader {

    /** Octets of a SUBSCRIBE in front of the topic. */
    private static final int SUBSCRIBE_LENGTH = 10;

    private final ZmtpLimits limits;
    private final boolean oldFraming;
    private final boolean commandsAllowed;
    private final boolean publisher;
    private final @Nullable FrameCipher cipher;
    private final int maxFrameLength;
    private final int maxCommandLength;

    /** Octets of the header itself. */
    int headerLength;
    /** {@link FrameHeader#MORE} and {@link FrameHeader#COMMAND} as they were set. */
    int flags;
    /** Octets of the body. */
    int length;

    HeaderReader(CodecConfig config, ZmtpVersion version, @Nullable FrameCipher cipher) {
        this.cipher = cipher;
        limits = config.limits();
        oldFraming = version.hasOldFraming();
        commandsAllowed = version.hasCommands();
        publisher = config.socketType().isPublisher();
        maxFrameLength = (int) Math.min(limits.maxFrameLength(), limits.maxMessageLength());
        maxCommandLength = publisher ? Math.max(limits.maxCommandLength(),
                limits.maxSubscriptionLength() + SUBSCRIBE_LENGTH) : limits.maxCommandLength();
    }

    /** Returns the longest body that a message frame may have in clear. */
    int maxFrameLength() {
        return maxFrameLength;
    }

    /**
     * Reads the header at {@code pos}.
     *
     * @return {@code false} if it is not complete
     * @throws ZmtpException if it is malformed, or announces more than is allowed
     */
    boolean read(ByteBuf in, int pos, int end) {
        if (pos == end) {
            return false;
        }
        int first = in.getUnsignedByte(pos);
        long announced;
        if (oldFraming) {
            headerLength = first == 0xff ? 10 : 2;
            if (first != 0 && end - pos < headerLength) {
                return false;
            }
            announced = first == 0xff ? in.getLong(pos + 1) : first;
            if (announced == 0) {
                throw FrameHeader.emptyOld();
            }
            flags = in.getByte(pos + headerLength - 1) & FrameHeader.MORE;
            announced--; // of 2^64 - 1 and 2^63 too this makes a number far above any limit
        } else {
            boolean command = (first & FrameHeader.COMMAND) != 0;
            if (first > 7 || command && (!commandsAllowed || (first & FrameHeader.MORE) != 0)) {
                throw FrameHeader.malformedFlags(first, commandsAllowed ? "00 to 04 or 06" : "00 to 03 in ZMTP 2.0");
            }
            headerLength = (first & FrameHeader.LONG) != 0 ? 9 : 2;
            if (end - pos < headerLength) {
                return false;
            }
            announced = headerLength == 9 ? in.getLong(pos + 1) : in.getUnsignedByte(pos + 1);
            flags = first & ~FrameHeader.LONG;
        }
        checkAnnounced(announced);
        length = (int) announced;
        return true;
    }

    private void checkAnnounced(long announced) {
        if (cipher != null) {
            // Whether it is a command, which has a limit of its own, shows when it is open.
            if (announced < 0 || announced - cipher.overhead() > Math.max(maxFrameLength, maxCommandLength)) {
                throw tooLong(announced - cipher.overhead());
            }
        } else if ((flags & FrameHeader.COMMAND) != 0) {
            if (announced < 0 || announced > maxCommandLength) {
                throw commandTooLong(announced);
            }
        } else if (announced < 0 || announced > maxFrameLength) {
            throw tooLong(announced);
        }
    }

    /** Checks, before its body is waited for, that a frame may be the next part of a message. */
    void checkPart(MessageParts parts, int frameFlags, int frameLength) {
        if (cipher != null) {
            int clear = frameLength - cipher.overhead();
            if (clear > maxCommandLength) { // what is shorter may be a command, and is checked once it is open
                parts.check(clear);
            }
        } else if ((frameFlags & FrameHeader.COMMAND) == 0) { // the length of a command was checked with its header
            checkMessageFrame(frameLength);
            parts.check(frameLength);
        }
    }

    /** Checks the body of a message frame in clear. */
    void checkMessageFrame(int clear) {
        if (clear > maxFrameLength) {
            throw tooLong(clear);
        }
    }

    /** Checks the body of a command in clear. */
    void checkCommand(int clear) {
        if (clear > maxCommandLength) {
            throw commandTooLong(clear);
        }
    }

    private ZmtpLimitException commandTooLong(long octets) {
        // Where subscriptions come the longer of both limits holds, and only theirs lets a longer topic in.
        return new ZmtpLimitException("command octets", octets, maxCommandLength,
                publisher ? "maxSubscriptionLength" : "maxCommandLength");
    }

    private ZmtpLimitException tooLong(long octets) {
        return maxFrameLength < limits.maxFrameLength()
                ? new ZmtpLimitException("message octets", octets, maxFrameLength, "maxMessageLength")
                : new ZmtpLimitException("frame octets", octets, maxFrameLength, "maxFrameLength");
    }
}
