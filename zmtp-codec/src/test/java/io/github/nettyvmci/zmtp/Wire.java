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

import io.netty.buffer.ByteBufUtil;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Reads the notation in which tests write octets, and makes the pieces of which captures consist. */
public final class Wire {

    public static final String SIGNATURE = "FF 00 00 00 00 00 00 00 01 7F";
    public static final String GREETING_31 = SIGNATURE + " 03 01 <mech NULL> <32x00>";
    public static final String GREETING_30 = SIGNATURE + " 03 00 <mech NULL> <32x00>";

    private Wire() {
    }

    /** Reads hex, with {@code <mech NAME>}, {@code <NNxHH>} and {@code "text"} in it. */
    public static byte[] bytes(String dump) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        java.util.regex.Matcher tokens = java.util.regex.Pattern.compile(
                "<mech ([^>]+)>|<(\\d+)x(\\S\\S)>|\"([^\"]*)\"|([0-9A-Fa-f]+)|\\s+|.").matcher(dump);
        while (tokens.find()) {
            if (tokens.group(1) != null) {
                byte[] name = tokens.group(1).getBytes(StandardCharsets.US_ASCII);
                out.writeBytes(java.util.Arrays.copyOf(name, 20));
            } else if (tokens.group(2) != null) {
                for (int i = 0; i < Integer.parseInt(tokens.group(2)); i++) {
                    out.write(Integer.parseInt(tokens.group(3), 16));
                }
            } else if (tokens.group(4) != null) {
                out.writeBytes(tokens.group(4).getBytes(StandardCharsets.UTF_8));
            } else if (tokens.group(5) != null) {
                out.writeBytes(ByteBufUtil.decodeHexDump(tokens.group(5)));
            } else if (!tokens.group().isBlank()) {
                throw new IllegalArgumentException(dump + " at " + tokens.start());
            }
        }
        return out.toByteArray();
    }

    /** Returns the octets as plain lower-case hex, for comparison. */
    public static String hex(String dump) {
        return ByteBufUtil.hexDump(bytes(dump));
    }

    /** READY of a socket type that announces no routing id. */
    public static String ready(String type) {
        return String.format("04 %02X 05 \"READY\" 0B \"Socket-Type\" 00 00 00 %02X \"%s\"", 22 + type.length(),
                type.length(), type);
    }

    /** READY of a socket type that announces its routing id. */
    public static String readyWithId(String type, String id) {
        return String.format("04 %02X 05 \"READY\" 0B \"Socket-Type\" 00 00 00 %02X \"%s\" 08 \"Identity\" 00 00 00"
                + " %02X \"%s\"", 35 + type.length() + id.length(), type.length(), type, id.length(), id);
    }

    /** A complete NULL handshake of a 3.1 peer. */
    public static String handshake(String type) {
        return GREETING_31 + ready(type);
    }
}
