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

import io.github.nettyvmci.zmtp.security.Z85;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The kind of values that an option takes, and how they are written.
 *
 * @param type     the class of the values
 * @param reader   makes a value of text, or throws {@link IllegalArgumentException}
 * @param allowed  tells whether a value is allowed
 * @param expected describes the allowed values for people
 * @param isSecret whether a value must not be shown
 * @param <T>      the type of the values
 */
record OptionValue<T>(Class<?> type, Function<String, T> reader, Predicate<T> allowed, String expected,
        boolean isSecret) {

    static final OptionValue<Boolean> FLAG = of(Boolean.class, OptionValue::flag, value -> true, "0 or 1");

    /** A text whose UTF-8 fits where libzmq keeps names and passwords. */
    static final OptionValue<String> TEXT = text(false);
    static final OptionValue<String> SECRET = text(true);
    /** An address as it may follow {@code tcp://} in a connect without a source, or nothing. */
    static final OptionValue<String> HOST_AND_PORT = of(String.class, text -> text,
            text -> text.isEmpty() || length(text) <= 512 && OptionSyntax.isHostAndPort(text), "HOST:PORT");

    static final OptionValue<byte[]> BYTES = bytes(bytes -> bytes.length <= 1 << 24, "16777216 bytes at most");
    static final OptionValue<byte[]> ID = bytes(
            bytes -> bytes.length <= 255 && (bytes.length == 0 || bytes[0] != 0),
            "255 bytes at most, the first not 0");
    static final OptionValue<byte[]> KEY = key(false);
    static final OptionValue<byte[]> SECRET_KEY = key(true);

    private static final String MILLISECONDS = "0 to " + Integer.MAX_VALUE + " ms";
    /** A wait that may have no end. */
    static final OptionValue<Duration> WAIT = time(1, 0, Integer.MAX_VALUE,
            MILLISECONDS + ", or ZmqOption.FOREVER, as text -1");
    static final OptionValue<Duration> MILLIS = time(1, 0, Integer.MAX_VALUE, MILLISECONDS);
    /** A time that ZMTP sends as tenths of a second in 16 bits. */
    static final OptionValue<Duration> TIME_TO_LIVE = time(1, 0, 6_553_599, "0 to 6553599 ms");
    /** A time, or a negative one if the time is chosen elsewhere. */
    static final OptionValue<Duration> MILLIS_OR_LESS = time(1, -1, Integer.MAX_VALUE,
            MILLISECONDS + ", or less than 0, as text -1");
    static final OptionValue<Duration> SECONDS_OR_LESS = time(1000, -1, 32767,
            "0 to 32767 s, or less than 0, as text -1");

    /** {@code ADDRESS} or {@code ADDRESS/BITS}, numeric. */
    static final OptionValue<List<String>> NETWORKS = list(OptionSyntax::isNetwork, "an IP address, or ADDRESS/BITS");
    static final OptionValue<List<String>> NUMBERS = list(OptionSyntax::isNumber,
            "a number from 0 to 4294967295");
    static final OptionValue<List<String>> PROPERTIES = list(OptionSyntax::isProperty,
            "X-key:value, the key of letters, digits and -_.+, 254 bytes at most");

    private static <T> OptionValue<T> of(Class<T> type, Function<String, T> reader, Predicate<T> allowed,
            String expected) {
        return new OptionValue<>(type, reader, allowed, expected, false);
    }

    static OptionValue<Integer> integer(int least, int most) {
        return of(Integer.class, Integer::valueOf, value -> value >= least && value <= most, least + " to " + most);
    }

    static OptionValue<Long> longInteger(long least, long most) {
        return of(Long.class, Long::valueOf, value -> value >= least && value <= most, least + " to " + most);
    }

    private static OptionValue<String> text(boolean secret) {
        return new OptionValue<>(String.class, text -> text, text -> length(text) <= 255, "255 bytes at most", secret);
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static OptionValue<byte[]> bytes(Predicate<byte[]> allowed, String expected) {
        return of(byte[].class, text -> text.getBytes(StandardCharsets.UTF_8), allowed, expected);
    }

    private static OptionValue<byte[]> key(boolean secret) {
        return new OptionValue<>(byte[].class,
                text -> text.length() == 40 ? Z85.decode(text) : text.getBytes(StandardCharsets.UTF_8),
                bytes -> bytes.length == 32, "a key of 32 bytes, or 40 characters of Z85", secret);
    }

    /**
     * Makes a kind of values that are times.
     *
     * @param unit  the milliseconds that 1 stands for as text
     * @param least the least time in units: 0, or -1 if a time may be negative
     * @param most  the longest time in units
     */
    private static OptionValue<Duration> time(int unit, int least, int most, String expected) {
        boolean mayLast = expected.contains("FOREVER");
        return of(Duration.class, text -> {
            int number = Integer.parseInt(text);
            return number == -1 && mayLast ? ZmqOption.FOREVER : Duration.ofMillis((long) number * unit);
        }, time -> time.equals(ZmqOption.FOREVER) ? mayLast
                : !time.minusMillis((long) least * unit).isNegative()
                        && time.compareTo(Duration.ofMillis((long) most * unit)) <= 0, expected);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static OptionValue<List<String>> list(Predicate<String> entry, String expected) {
        return new OptionValue<>(List.class, text -> text.isEmpty() ? List.of() : List.of(text),
                (List<String> all) -> ((List<?>) all).stream().allMatch(one -> one instanceof String text
                        && length(text) <= 8192 && entry.test(text)), expected, false);
    }

    private static Boolean flag(String text) {
        return switch (text) {
            case "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    T parse(String text) {
        return reader.apply(text);
    }

    boolean allows(T value) {
        return allowed.test(value);
    }

    /** Returns the value as it is kept: one that nobody else can change; a time is rounded up to milliseconds. */
    @SuppressWarnings("unchecked")
    T copy(T value) {
        if (value instanceof byte[] bytes) {
            return (T) bytes.clone();
        } else if (value instanceof List<?> list) {
            return (T) List.copyOf(list);
        } else if (value instanceof Duration time) {
            return (T) whole(time);
        }
        return value;
    }

    private static Duration whole(Duration time) {
        if (time.compareTo(ZmqOption.FOREVER) >= 0) {
            return ZmqOption.FOREVER;
        }
        int rest = time.getNano() % 1_000_000;
        return rest == 0 ? time : time.plusNanos(1_000_000 - rest);
    }

    /** Returns an option's value after another was added: a longer list, or the other one if it is no list or empty. */
    @SuppressWarnings("unchecked")
    T add(T before, T more) {
        if (!(before instanceof List<?> first) || !(more instanceof List<?> then) || then.isEmpty()) {
            return more;
        }
        List<Object> both = new ArrayList<>(first);
        both.addAll(then);
        return (T) List.copyOf(both);
    }

    String show(T value) {
        if (value instanceof byte[] bytes) {
            return bytes.length + " bytes" + (bytes.length > 0 ? " beginning with " + (bytes[0] & 0xff) : "");
        }
        if (value instanceof List<?> list) {
            return list.stream().map(String::valueOf).collect(Collectors.joining(", "));
        }
        return value instanceof Duration time ? time.equals(ZmqOption.FOREVER) ? "FOREVER" : time.toMillis() + " ms"
                : value.toString();
    }
}
