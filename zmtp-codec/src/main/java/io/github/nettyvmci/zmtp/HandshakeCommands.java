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

/**
 * What the commands of all mechanisms have in common, for whoever writes a {@link Mechanism}: their form,
 * {@code name-length (1) | name | data}, the ERROR of RFC 37, and what is wrong with a command that does not fit.
 */
public final class HandshakeCommands {

    private HandshakeCommands() {
    }

    /**
     * Begins a command.
     *
     * @param name       1 to 255 characters of ASCII
     * @param dataLength octets to follow, 0 or more
     * @return a new buffer with the name written and room for the data; the caller's to release
     */
    public static ByteBuf begin(String name, int dataLength) {
        return Unpooled.buffer(1 + name.length() + dataLength).writeByte(name.length())
                .writeBytes(name.getBytes(CharsetUtil.US_ASCII));
    }

    /**
     * Tells whether a command has this name.
     *
     * @param command its readable octets begin with the length of the name; left as it is
     * @param name    characters of ASCII
     * @return {@code true} if so
     */
    public static boolean is(ByteBuf command, String name) {
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

    /**
     * Tells what an ERROR of the peer means.
     *
     * @param command {@linkplain #is is} ERROR; left as it is
     * @return what to throw: a {@link ZmtpAuthenticationException} if the reason is a status of ZAP
     */
    public static ZmtpException error(ByteBuf command) {
        int start = command.readerIndex() + 6;
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

    /**
     * Tells that another command was expected.
     *
     * @param command  the one that came, which may be malformed; left as it is
     * @param expected the names of those that would have done
     * @return what to throw
     */
    public static ZmtpException unexpected(ByteBuf command, String expected) {
        return new ZmtpException(ZmtpError.UNEXPECTED_COMMAND, "handshake command: " + name(command) + " (expected: "
                + expected + ')');
    }

    /**
     * Tells that a command came while the last one is being answered. {@link MechanismSession#maxCommandLength} throws
     * it, so that nothing of the command is held meanwhile.
     *
     * @param answer the command that has to be sent first
     * @return what to throw
     */
    public static ZmtpException early(String answer) {
        return new ZmtpException(ZmtpError.PROTOCOL,
                "handshake command: one while the last is being answered (expected: none before " + answer + ')');
    }

    /** Returns the name of a command that may be malformed, fit for a log. */
    private static String name(ByteBuf command) {
        if (!command.isReadable()) {
            return "empty";
        }
        int start = command.readerIndex();
        int length = Math.min(command.getUnsignedByte(start), command.readableBytes() - 1);
        return ZmtpMetadata.printable(command.toString(start + 1, length, CharsetUtil.ISO_8859_1));
    }

    /**
     * Returns how long a command may be that is a name and metadata.
     *
     * @param limits the limits of the connection
     * @param name   characters of ASCII
     * @return octets
     */
    public static int maxLength(ZmtpLimits limits, String name) {
        return limits.maxMetadataLength() <= limits.maxCommandLength() ? limits.maxCommandLength()
                : 1 + name.length() + limits.maxMetadataLength();
    }
}
