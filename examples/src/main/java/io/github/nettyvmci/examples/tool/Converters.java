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

import io.github.nettyvmci.zmtp.security.Z85;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Converts the values of options from text. */
final class Converters {

    private static final int KEY_OCTETS = 32;

    private Converters() {
    }

    /** Reads a duration, such as {@code 300ms}, {@code 5s}, {@code 1.5s}, {@code 2m} or {@code 1h}. */
    static final class OfDuration implements ITypeConverter<Duration> {

        private static final Pattern FORM = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ms|s|m|h)");

        @Override
        public Duration convert(String value) {
            Matcher matcher = FORM.matcher(value);
            if (!matcher.matches()) {
                throw new TypeConversionException("'" + value + "' (expected: a duration such as 300ms, 5s or 2m)");
            }
            double seconds = Double.parseDouble(matcher.group(1)) * switch (matcher.group(2)) {
                case "ms" -> 0.001;
                case "s" -> 1;
                case "m" -> 60;
                default -> 3600;
            };
            return Duration.ofMillis(Math.round(seconds * 1000));
        }
    }

    /** A key. It is no array, since picocli takes that for several values, and has no text, since it may be secret. */
    static final class Key {

        private final byte[] octets;

        Key(byte[] octets) {
            this.octets = octets;
        }

        byte[] octets() {
            return octets;
        }
    }

    /** Reads a key of 32 octets from 40 characters of Z85. Errors do not repeat the text, since it may be a secret. */
    static final class OfKey implements ITypeConverter<Key> {

        @Override
        public Key convert(String value) {
            if (value.length() != KEY_OCTETS / 4 * 5) {
                throw new TypeConversionException("a key of " + value.length()
                        + " characters (expected: 40 characters of Z85); script/zmq keygen makes one");
            }
            try {
                return new Key(Z85.decode(value));
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("no key: " + e.getMessage() + "; script/zmq keygen makes one");
            }
        }
    }

    /** Reads a number from 1 on. */
    static final class OfCount implements ITypeConverter<Long> {

        @Override
        public Long convert(String value) {
            if (!value.matches("[0-9]{1,18}") || Long.parseLong(value) == 0) {
                throw new TypeConversionException("'" + value + "' (expected: a number from 1)");
            }
            return Long.valueOf(value);
        }
    }
}
