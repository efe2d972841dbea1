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

/** What the commands of all mechanisms have in common: {@code name-length (1) | name | data}. */
final class HandshakeCommands {

    /** A PLAIN server of libzmq sends ERROR so: its source writes "\x05ERROR", which C reads as 5E "RROR". */
    private static final String DAMAGED_ERROR = "RROR";

    private HandshakeCommands() {
    }

    /** A buffer with room for the whole command, its name written. */
    static ByteBuf begin(String name, int dataLength) {
        return Unpooled.buffer(1 + name.length() + dataLength).writeByte(name.length())
                .writeBytes(name.getBytes(CharsetUtil.US_ASCII));
    }

    /** Whether the readable octets begin with the name, its length in front. */
    static boolean is(ByteBuf command, String name) {
        int start = command.readerIndex();
        int length = name.length();
        if (command.readableBytes() < 1 + length || command.getByte(start) != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (command.getByte(start + 1 + i) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether this is ERROR as a PLAIN server of libzmq damages it. */
    static boolean isDamagedError(ByteBuf command) {
        return command.readableBytes() >= 5 && command.getByte(command.readerIndex()) == 0x5e
                && command.toString(command.readerIndex() + 1, 4, CharsetUtil.ISO_8859_1).equals(DAMAGED_ERROR);
    }

    /** What the peer's ERROR means; {@code command} begins with its name, in either form. */
    static ZmtpException error(ByteBuf command) {
        int start = command.readerIndex() + (isDamagedError(command) ? 5 : 6);
        int left = command.writerIndex() - start;
        if (left < 1 || command.getUnsignedByte(start) > left - 1) {
            return new ZmtpException(ZmtpError.MALFORMED_ERROR, "reason of the peer's ERROR: " + Math.max(left - 1, 0)
                    + " octets (expected: as many as its length says)");
        }
        String reason = command.toString(start + 1, command.getUnsignedByte(start), CharsetUtil.ISO_8859_1);
        if (reason.equals("300") || reason.equals("400") || reason.equals("500")) {
            return new ZmtpAuthenticationException(Integer.parseInt(reason),
                    "authentication: refused by the peer with status " + reason
                    + " (expected: 200); check the credentials and the peer's ZAP handler", true);
        }
        return new ZmtpException(ZmtpError.PEER_ERROR, "peer sent ERROR: " + ZmtpMetadata.printable(reason)
                + " (expected: a handshake)");
    }

    static ZmtpException unexpected(ByteBuf command, String expected) {
        return new ZmtpException(ZmtpError.UNEXPECTED_COMMAND, "handshake command: " + name(command) + " (expected: "
                + expected + ')');
    }

    /** A command came while the last is being answered: refused by its header, for it would be held meanwhile. */
    static ZmtpException early(String answer) {
        return new ZmtpException(ZmtpError.PROTOCOL,
                "handshake command: one while the last is being answered (expected: none before " + answer + ')');
    }

    /** The name of a command that may be malformed, fit for a log. */
    static String name(ByteBuf command) {
        if (!command.isReadable()) {
            return "empty";
        }
        int start = command.readerIndex();
        int length = Math.min(command.getUnsignedByte(start), command.readableBytes() - 1);
        return ZmtpMetadata.printable(command.toString(start + 1, length, CharsetUtil.ISO_8859_1));
    }

    /** How long a command may be that is a name and metadata. */
    static int maxLength(ZmtpLimits limits, String name) {
        return limits.maxMetadataLength() <= limits.maxCommandLength() ? limits.maxCommandLength()
                : 1 + name.length() + limits.maxMetadataLength();
    }
}
