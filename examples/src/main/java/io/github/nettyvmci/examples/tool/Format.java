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
package io.github.nettyvmci.examples.tool;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import java.nio.charset.StandardCharsets;

/** The ways to print a part of a message. */
enum Format {

    /** Prints printable ASCII as it is, and a dot for any other octet. */
    ascii {
        @Override
        void append(ByteBuf part, StringBuilder line) {
            for (int i = part.readerIndex(); i < part.writerIndex(); i++) {
                char c = (char) part.getUnsignedByte(i);
                line.append(c >= ' ' && c < 0x7F ? c : '.');
            }
        }
    },
    /** Writes the octets of all parts and nothing else. */
    raw,
    /** Prints a part in quotes, with the escapes of C. */
    quoted {
        @Override
        void append(ByteBuf part, StringBuilder line) {
            line.append('"');
            for (int i = part.readerIndex(); i < part.writerIndex(); i++) {
                char c = (char) part.getUnsignedByte(i);
                switch (c) {
                    case '\n' -> line.append("\\n");
                    case '\r' -> line.append("\\r");
                    case '\t' -> line.append("\\t");
                    case '"', '\\' -> line.append('\\').append(c);
                    default -> {
                        if (c >= ' ' && c < 0x7F) {
                            line.append(c);
                        } else {
                            line.append("\\x").append(Character.forDigit(c >> 4, 16))
                                    .append(Character.forDigit(c & 15, 16));
                        }
                    }
                }
            }
            line.append('"');
        }
    },
    /** Prints two hexadecimal digits for each octet. */
    hex {
        @Override
        void append(ByteBuf part, StringBuilder line) {
            line.append(ByteBufUtil.hexDump(part));
        }
    },
    /** Prints nothing. */
    none;

    void append(ByteBuf part, StringBuilder line) {
        throw new UnsupportedOperationException(name());
    }

    /** Returns the line of a part, without its end. */
    byte[] line(ByteBuf part) {
        StringBuilder line = new StringBuilder(part.readableBytes() + 2);
        append(part, line);
        return line.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
