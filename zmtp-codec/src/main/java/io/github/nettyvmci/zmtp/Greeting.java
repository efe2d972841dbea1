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
import io.netty.util.CharsetUtil;

/**
 * The greeting of ZMTP 3 (RFC 37, section "The Greeting"), which begins so that older versions can be told apart.
 *
 * <pre>
 *  0      FF
 *  1..8   padding; we and libzmq send the length of the routing id + 1, which makes octets 0 to 9 the
 *         header of an identity frame for a peer of ZMTP 1.0
 *  9      7F; bit 0 tells a versioned greeting from the flags of ZMTP 1.0
 *  10     major version, 03
 *  11     minor version, 01
 *  12..31 mechanism, ASCII, padded with zeros
 *  32     as-server
 *  33..63 filler, zeros
 * </pre>
 */
final class Greeting {

    static final int SIGNATURE_LENGTH = 10;
    /** Octets after the major version. */
    static final int REMAINDER_LENGTH = 53;
    static final int MAJOR = 3;
    static final int MINOR = 1;
    static final int MECHANISM_LENGTH = 20;

    private Greeting() {
    }

    static void writeSignature(ByteBuf out, int routingIdLength) {
        out.writeByte(0xff).writeLong(routingIdLength + 1L).writeByte(0x7f);
    }

    /** Writes everything from the minor version on. */
    static void writeRemainder(ByteBuf out, Mechanism mechanism) {
        byte[] name = mechanism.name().getBytes(CharsetUtil.US_ASCII);
        out.writeByte(MINOR).writeBytes(name).writeZero(MECHANISM_LENGTH - name.length)
                .writeByte(mechanism.isServer() ? 1 : 0).writeZero(31);
    }

    /** Tells whether the 20 octets at {@code index} are exactly this name and zeros. */
    static boolean isMechanism(ByteBuf in, int index, String name) {
        for (int i = 0; i < MECHANISM_LENGTH; i++) {
            if (in.getByte(index + i) != (i < name.length() ? (byte) name.charAt(i) : 0)) {
                return false;
            }
        }
        return true;
    }

    /** Returns the mechanism field as text for a log, without the zeros at its end. */
    static String mechanismText(ByteBuf in, int index) {
        String field = in.toString(index, MECHANISM_LENGTH, CharsetUtil.ISO_8859_1);
        int length = field.length();
        while (length > 0 && field.charAt(length - 1) == 0) {
            length--;
        }
        return ZmtpMetadata.printable(field.substring(0, length));
    }
}
