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

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.util.CharsetUtil;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Properties that peers tell each other in the handshake, and that an authenticator attaches to a peer. Immutable;
 * names keep their order and spelling and are looked up without regard to case, as RFC 37 wants it. Names of a peer may
 * have other characters than RFC 37 allows, read as ISO 8859-1; names of ours may not.
 *
 * <pre>
 *  property = name-length (1) | name (1..255 of A-Z a-z 0-9 - _ . +) | value-length (4) | value (0..2^31-1)
 * </pre>
 */
public final class ZmtpMetadata {

    static final String SOCKET_TYPE = "Socket-Type";
    static final String IDENTITY = "Identity";

    private static final ZmtpMetadata EMPTY = new ZmtpMetadata(new LinkedHashMap<>());

    /**
     * The names as they were spelled, in the order of the wire. There is metadata for each connection, and mostly of
     * one or two properties, so that arrays take a fraction of the memory of maps, and are searched as fast.
     */
    private final String[] names;
    private final byte[][] values;

    private ZmtpMetadata(Map<String, byte[]> properties) {
        names = properties.keySet().toArray(new String[0]);
        values = properties.values().toArray(new byte[0][]);
    }

    /** Returns the value, which is not to be changed, or {@code null} if there is no such property. */
    private byte @Nullable [] find(String name) {
        for (int i = 0; i < names.length; i++) {
            if (names[i].equalsIgnoreCase(name)) {
                return values[i];
            }
        }
        return null;
    }

    /**
     * Returns metadata without any property.
     *
     * @return a shared instance
     */
    public static ZmtpMetadata empty() {
        return EMPTY;
    }

    /**
     * Starts a set of properties.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns a value as text.
     *
     * @param name the property's name, in any case
     * @return the value read as UTF-8, or {@code null} if there is no such property
     */
    public @Nullable String get(String name) {
        byte[] value = find(requireNonNull(name, "name"));
        return value == null ? null : new String(value, CharsetUtil.UTF_8);
    }

    /**
     * Returns a value as it is.
     *
     * @param name the property's name, in any case
     * @return a copy of the value, or {@code null} if there is no such property
     */
    public byte @Nullable [] getBytes(String name) {
        byte[] value = find(requireNonNull(name, "name"));
        return value == null ? null : value.clone();
    }

    /**
     * Returns the names in the order of the wire.
     *
     * @return an unmodifiable list
     */
    public List<String> names() {
        return List.of(names);
    }

    /**
     * Tells whether there is no property at all.
     *
     * @return {@code true} if so
     */
    public boolean isEmpty() {
        return names.length == 0;
    }

    /** Returns how many octets {@link #encode} writes. */
    int encodedLength() {
        int length = 0;
        for (int i = 0; i < names.length; i++) {
            length += 1 + names[i].length() + 4 + values[i].length;
        }
        return length;
    }

    void encode(ByteBuf out) {
        for (int i = 0; i < names.length; i++) {
            encodeProperty(out, names[i], values[i]);
        }
    }

    static void encodeProperty(ByteBuf out, String name, byte[] value) {
        out.writeByte(name.length()).writeBytes(name.getBytes(CharsetUtil.US_ASCII));
        out.writeInt(value.length).writeBytes(value);
    }

    /**
     * Reads the rest of {@code in} as metadata.
     *
     * @throws ZmtpException if it is not metadata from end to end, has a name twice or passes a limit
     */
    static ZmtpMetadata decode(ByteBuf in, ZmtpLimits limits) {
        if (!in.isReadable()) {
            return EMPTY;
        }
        if (in.readableBytes() > limits.maxMetadataLength()) {
            throw new ZmtpLimitException("metadata octets", in.readableBytes(), limits.maxMetadataLength(),
                    "maxMetadataLength");
        }
        Builder builder = new Builder();
        while (in.isReadable()) {
            int nameLength = in.readUnsignedByte();
            if (nameLength == 0 || in.readableBytes() < nameLength + 4) {
                throw invalid("property name of " + nameLength + " octets with " + in.readableBytes()
                        + " octets left (expected: 1 or more, and the name and a value length after it)");
            }
            String name = known(in.readCharSequence(nameLength, CharsetUtil.ISO_8859_1).toString());
            long valueLength = in.readUnsignedInt();
            if (valueLength > in.readableBytes()) {
                throw invalid("value length of property " + printable(name) + ": " + valueLength
                        + " (expected: at most " + in.readableBytes() + ", what is left of the command)");
            }
            byte[] value = new byte[(int) valueLength];
            in.readBytes(value);
            if (builder.properties.size() == limits.maxMetadataProperties()) {
                throw new ZmtpLimitException("metadata properties", builder.properties.size() + 1L,
                        limits.maxMetadataProperties(), "maxMetadataProperties");
            }
            try {
                builder.put(name, value); // with any characters in its name, for it is only handed on
            } catch (IllegalArgumentException e) {
                throw new ZmtpException(ZmtpError.INVALID_METADATA, e.getMessage(), e);
            }
        }
        return builder.build();
    }

    /** Returns the name as a constant if nearly every peer has it, so that each connection does not keep its own. */
    private static String known(String name) {
        return name.equals(SOCKET_TYPE) ? SOCKET_TYPE : name.equals(IDENTITY) ? IDENTITY : name;
    }

    private static ZmtpException invalid(String message) {
        return new ZmtpException(ZmtpError.INVALID_METADATA, message);
    }

    private static String shown(String name) {
        return isName(name) ? name : printable(name);
    }

    /** Tells whether a text is made of the characters that RFC 37 allows in names. */
    static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.'
                    && c != '+') {
                return false;
            }
        }
        return true;
    }

    /** Returns a peer's text, quoted, with everything that is not plain ASCII made harmless. */
    static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length() && i < 64; i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c < 0x7f) {
                out.append(c);
            } else {
                out.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            }
        }
        return out.append(text.length() > 64 ? "...\"" : "\"").toString();
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof ZmtpMetadata other && Arrays.equals(names, other.names)
                && Arrays.deepEquals(values, other.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(names);
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < names.length; i++) {
            out.append(i == 0 ? "" : ", ").append(shown(names[i])).append('=')
                    .append(printable(new String(values[i], CharsetUtil.ISO_8859_1)));
        }
        return out.append('}').toString();
    }

    /** Collects properties. Not thread-safe. */
    public static final class Builder {

        private final Map<String, byte[]> properties = new LinkedHashMap<>();
        private final Map<String, String> seen = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

        private Builder() {
        }

        /**
         * Adds a property with a text value.
         *
         * @param name  1 to 255 of {@code A-Z a-z 0-9 - _ . +}
         * @param value sent as UTF-8
         * @return this builder
         * @throws IllegalArgumentException if the name is not allowed, or was added before in any case
         */
        public Builder add(String name, String value) {
            return add(name, value.getBytes(CharsetUtil.UTF_8));
        }

        /**
         * Adds a property.
         *
         * @param name  1 to 255 of {@code A-Z a-z 0-9 - _ . +}
         * @param value any octets; copied
         * @return this builder
         * @throws IllegalArgumentException if the name is not allowed, or was added before in any case
         */
        public Builder add(String name, byte[] value) {
            if (name.isEmpty() || name.length() > 255) {
                throw new IllegalArgumentException("length of property name " + printable(name) + ": " + name.length()
                        + " (expected: 1 to 255)");
            }
            if (!isName(name)) {
                throw new IllegalArgumentException("property name: " + printable(name)
                        + " (expected: letters, digits, - _ . +)");
            }
            put(name, value.clone());
            return this;
        }

        private void put(String name, byte[] value) {
            if (seen.put(name, name) != null) {
                throw new IllegalArgumentException("property: " + printable(name)
                        + " (expected: each name once, in any case)");
            }
            properties.put(name, value);
        }

        /**
         * Returns what was collected.
         *
         * @return immutable metadata
         */
        public ZmtpMetadata build() {
            return properties.isEmpty() ? EMPTY : new ZmtpMetadata(properties);
        }
    }
}
