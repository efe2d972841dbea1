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
package io.github.nettyvmci.zmtp.security;

import java.util.Arrays;

/**
 * Z85, the text form of keys (RFC 32): four octets are five characters, the most significant first.
 */
public final class Z85 {

    private static final String ALPHABET =
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < ALPHABET.length(); i++) {
            VALUES[ALPHABET.charAt(i)] = (byte) i;
        }
    }

    private Z85() {
    }

    /**
     * Writes octets as text.
     *
     * @param octets a multiple of four
     * @return five characters for every four octets
     * @throws IllegalArgumentException if the length is no multiple of four
     */
    public static String encode(byte[] octets) {
        if (octets.length % 4 != 0) {
            throw new IllegalArgumentException("octets for Z85: " + octets.length + " (expected: a multiple of 4)");
        }
        StringBuilder out = new StringBuilder(octets.length / 4 * 5);
        for (int i = 0; i < octets.length; i += 4) {
            long value = (octets[i] & 0xffL) << 24 | (octets[i + 1] & 0xff) << 16 | (octets[i + 2] & 0xff) << 8
                    | octets[i + 3] & 0xff;
            for (long divisor = 85L * 85 * 85 * 85; divisor > 0; divisor /= 85) {
                out.append(ALPHABET.charAt((int) (value / divisor % 85)));
            }
        }
        return out.toString();
    }

    /**
     * Reads text back.
     *
     * @param text a multiple of five characters
     * @return four octets for every five characters
     * @throws IllegalArgumentException if the text is not Z85; the message gives the place, not the text, which may be
     *                                  a secret key
     */
    public static byte[] decode(String text) {
        if (text.length() % 5 != 0) {
            throw new IllegalArgumentException("characters of Z85: " + text.length() + " (expected: a multiple of 5)");
        }
        byte[] out = new byte[text.length() / 5 * 4];
        for (int i = 0, o = 0; i < text.length(); i += 5, o += 4) {
            long value = 0;
            for (int j = i; j < i + 5; j++) {
                char c = text.charAt(j);
                int digit = c < 128 ? VALUES[c] : -1;
                if (digit < 0) {
                    throw new IllegalArgumentException("character of Z85 at " + j + " (expected: one of " + ALPHABET
                            + ')');
                }
                value = value * 85 + digit;
            }
            if (value > 0xffffffffL) {
                throw new IllegalArgumentException("group of Z85 at " + i + " (expected: at most %nSc0, 2^32 - 1)");
            }
            out[o] = (byte) (value >>> 24);
            out[o + 1] = (byte) (value >>> 16);
            out[o + 2] = (byte) (value >>> 8);
            out[o + 3] = (byte) value;
        }
        return out;
    }
}
