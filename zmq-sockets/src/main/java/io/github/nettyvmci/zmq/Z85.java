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
package io.github.nettyvmci.zmq;

/** Keys as text (RFC 32). */
final class Z85 {

    private static final String DIGITS =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    private Z85() {
    }

    /** Returns four octets for five characters. */
    static byte[] decode(String text) {
        if (text.length() % 5 != 0) {
            throw new IllegalArgumentException("length of Z85 text: " + text.length() + " (expected: a multiple of 5)");
        }
        byte[] octets = new byte[text.length() / 5 * 4];
        for (int group = 0; group < text.length() / 5; group++) {
            long value = 0;
            for (int i = 0; i < 5; i++) {
                int digit = DIGITS.indexOf(text.charAt(group * 5 + i));
                if (digit < 0) {
                    throw new IllegalArgumentException("character of Z85 text at position " + (group * 5 + i)
                            + " (expected: one of " + DIGITS + ')');
                }
                value = value * 85 + digit;
            }
            if (value > 0xFFFF_FFFFL) {
                throw new IllegalArgumentException("Z85 group at position " + group * 5
                        + " (expected: at most %nSc0)");
            }
            for (int i = 0; i < 4; i++) {
                octets[group * 4 + i] = (byte) (value >>> 24 - 8 * i);
            }
        }
        return octets;
    }
}
