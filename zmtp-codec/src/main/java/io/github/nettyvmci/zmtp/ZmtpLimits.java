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

import static io.netty.util.internal.ObjectUtil.checkInRange;
import static io.netty.util.internal.ObjectUtil.checkPositive;

import java.time.Duration;

/**
 * The limits on everything that a peer can make this side hold, do or wait for. Immutable; {@link #defaults()} is safe
 * to face strangers with. A peer that passes a limit is disconnected with a {@link ZmtpLimitException}.
 */
public final class ZmtpLimits {

    /** The longest time that still is a number of nanoseconds: 292 years. */
    private static final long MAX_MILLIS = Long.MAX_VALUE / 1_000_000;

    private static final ZmtpLimits DEFAULTS = new Builder().build();

    private final int maxFrameLength;
    private final long maxMessageLength;
    private final int maxCommandLength;
    private final int maxMetadataLength;
    private final int maxMetadataProperties;
    private final int maxSubscriptionLength;
    private final long maxSubscriptionBytes;
    private final int maxUnauthenticatedBytes;
    private final int maxPendingWrites;
    private final long maxPendingWriteBytes;
    private final int maxPingsPerSecond;
    private final Duration greetingTimeout;
    private final Duration handshakeTimeout;

    private ZmtpLimits(Builder b) {
        maxFrameLength = b.maxFrameLength;
        maxMessageLength = b.maxMessageLength;
        maxCommandLength = b.maxCommandLength;
        maxMetadataLength = b.maxMetadataLength;
        maxMetadataProperties = b.maxMetadataProperties;
        maxSubscriptionLength = b.maxSubscriptionLength;
        maxSubscriptionBytes = b.maxSubscriptionBytes;
        maxUnauthenticatedBytes = b.maxUnauthenticatedBytes;
        maxPendingWrites = b.maxPendingWrites;
        maxPendingWriteBytes = b.maxPendingWriteBytes;
        maxPingsPerSecond = b.maxPingsPerSecond;
        greetingTimeout = b.greetingTimeout;
        handshakeTimeout = b.handshakeTimeout;
    }

    /**
     * Returns the default limits.
     *
     * @return a shared instance
     */
    public static ZmtpLimits defaults() {
        return DEFAULTS;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts from these limits.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * Returns {@link Builder#maxFrameLength}.
     *
     * @return bytes
     */
    public int maxFrameLength() {
        return maxFrameLength;
    }

    /**
     * Returns {@link Builder#maxMessageLength}.
     *
     * @return bytes
     */
    public long maxMessageLength() {
        return maxMessageLength;
    }

    /**
     * Returns {@link Builder#maxCommandLength}.
     *
     * @return bytes
     */
    public int maxCommandLength() {
        return maxCommandLength;
    }

    /**
     * Returns {@link Builder#maxMetadataLength}.
     *
     * @return bytes
     */
    public int maxMetadataLength() {
        return maxMetadataLength;
    }

    /**
     * Returns {@link Builder#maxMetadataProperties}.
     *
     * @return properties
     */
    public int maxMetadataProperties() {
        return maxMetadataProperties;
    }

    /**
     * Returns {@link Builder#maxSubscriptionLength}.
     *
     * @return bytes
     */
    public int maxSubscriptionLength() {
        return maxSubscriptionLength;
    }

    /**
     * Returns {@link Builder#maxSubscriptionBytes}.
     *
     * @return bytes
     */
    public long maxSubscriptionBytes() {
        return maxSubscriptionBytes;
    }

    /**
     * Returns {@link Builder#maxUnauthenticatedBytes}.
     *
     * @return bytes
     */
    public int maxUnauthenticatedBytes() {
        return maxUnauthenticatedBytes;
    }

    /**
     * Returns {@link Builder#maxPendingWrites}.
     *
     * @return writes
     */
    public int maxPendingWrites() {
        return maxPendingWrites;
    }

    /**
     * Returns {@link Builder#maxPendingWriteBytes}.
     *
     * @return bytes
     */
    public long maxPendingWriteBytes() {
        return maxPendingWriteBytes;
    }

    /**
     * Returns {@link Builder#maxPingsPerSecond}.
     *
     * @return PINGs per second
     */
    public int maxPingsPerSecond() {
        return maxPingsPerSecond;
    }

    /**
     * Returns {@link Builder#greetingTimeout}.
     *
     * @return zero if there is none
     */
    public Duration greetingTimeout() {
        return greetingTimeout;
    }

    /**
     * Returns {@link Builder#handshakeTimeout}.
     *
     * @return zero if there is none
     */
    public Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    static Duration checkDuration(String name, Duration value) {
        return checkDuration(name, value, MAX_MILLIS);
    }

    static Duration checkDuration(String name, Duration value, long maxMillis) {
        if (value.isNegative() || value.compareTo(Duration.ofMillis(maxMillis)) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 0 to " + maxMillis + " ms)");
        }
        return value;
    }

    /** Collects limits. Not thread-safe. */
    public static final class Builder {

        private int maxFrameLength = 64 << 20;
        private long maxMessageLength = 64 << 20;
        private int maxCommandLength = 8 << 10;
        private int maxMetadataLength = 8 << 10;
        private int maxMetadataProperties = 64;
        private int maxSubscriptionLength = 4 << 10;
        private long maxSubscriptionBytes = Runtime.getRuntime().maxMemory() / 4;
        private int maxUnauthenticatedBytes = 8 << 10;
        private int maxPendingWrites = 1000;
        private long maxPendingWriteBytes = 16 << 20;
        private int maxPingsPerSecond = 100;
        private Duration greetingTimeout = Duration.ofSeconds(5);
        private Duration handshakeTimeout = Duration.ofSeconds(30);

        private Builder() {
        }

        private Builder(ZmtpLimits from) {
            maxFrameLength = from.maxFrameLength;
            maxMessageLength = from.maxMessageLength;
            maxCommandLength = from.maxCommandLength;
            maxMetadataLength = from.maxMetadataLength;
            maxMetadataProperties = from.maxMetadataProperties;
            maxSubscriptionLength = from.maxSubscriptionLength;
            maxSubscriptionBytes = from.maxSubscriptionBytes;
            maxUnauthenticatedBytes = from.maxUnauthenticatedBytes;
            maxPendingWrites = from.maxPendingWrites;
            maxPendingWriteBytes = from.maxPendingWriteBytes;
            maxPingsPerSecond = from.maxPingsPerSecond;
            greetingTimeout = from.greetingTimeout;
            handshakeTimeout = from.handshakeTimeout;
        }

        /**
         * Sets the longest body of one message frame ({@code ZMQ_MAXMSGSIZE}, which libzmq also applies per frame).
         * Under CURVE the clear text counts, not the 33 bytes around it.
         *
         * <p>Default: 64 MiB. Nothing is ever allocated from the length a peer announces, only from what arrived.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxFrameLength(int bytes) {
            maxFrameLength = checkInRange(bytes, 0, Integer.MAX_VALUE - 64, "maxFrameLength");
            return this;
        }

        /**
         * Sets the longest message, all its frames together. For every frame after the first another 128 bytes count,
         * about what holding it costs, so that this bounds their number, too.
         *
         * <p>Default: 64 MiB.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxMessageLength(long bytes) {
            maxMessageLength = checkInRange(bytes, 0, Long.MAX_VALUE, "maxMessageLength");
            return this;
        }

        /**
         * Sets the longest body of a command other than SUBSCRIBE and CANCEL. During the handshake it holds for every
         * command whose length the mechanism does not fix.
         *
         * <p>Default: 8 KiB.
         *
         * @param bytes 512 or more
         * @return this builder
         */
        public Builder maxCommandLength(int bytes) {
            maxCommandLength = checkInRange(bytes, 512, 1 << 24, "maxCommandLength");
            return this;
        }

        /**
         * Sets how many bytes the metadata of a peer may take. The command it comes in may be so much longer than
         * {@link #maxCommandLength}.
         *
         * <p>Default: 8 KiB.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxMetadataLength(int bytes) {
            maxMetadataLength = checkInRange(bytes, 0, 1 << 24, "maxMetadataLength");
            return this;
        }

        /**
         * Sets how many properties the metadata of a peer may have.
         *
         * <p>Default: 64.
         *
         * @param properties 0 or more
         * @return this builder
         */
        public Builder maxMetadataProperties(int properties) {
            maxMetadataProperties = checkInRange(properties, 0, 1 << 20, "maxMetadataProperties");
            return this;
        }

        /**
         * Sets the longest topic a peer may subscribe to.
         *
         * <p>Default: 4 KiB.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxSubscriptionLength(int bytes) {
            maxSubscriptionLength = checkInRange(bytes, 0, 1 << 24, "maxSubscriptionLength");
            return this;
        }

        /**
         * Sets how much memory the subscriptions of all peers of one publisher may take together: the bytes of each
         * topic or group, and 128 for what is kept beside them. When it is passed, the connection whose subscriptions
         * take most is closed. The codec hands subscriptions on and keeps none; the limit is for whoever keeps them.
         *
         * <p>Default: a quarter of the heap that the JVM may have, which is a million subscriptions of 20 bytes at a
         * heap of 600 MB.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxSubscriptionBytes(long bytes) {
            maxSubscriptionBytes = checkInRange(bytes, 0, Long.MAX_VALUE, "maxSubscriptionBytes");
            return this;
        }

        /**
         * Sets how many bytes are held for a peer whose handshake is not complete: what it sends after its part of
         * the handshake, and the commands that its mechanism keeps meanwhile. A command that has not come to its end is
         * held besides, up to its own limit.
         *
         * <p>Default: 8 KiB.
         *
         * @param bytes 1024 or more
         * @return this builder
         */
        public Builder maxUnauthenticatedBytes(int bytes) {
            maxUnauthenticatedBytes = checkInRange(bytes, 1024, 1 << 26, "maxUnauthenticatedBytes");
            return this;
        }

        /**
         * Sets how many writes wait for the handshake. A write past the limit fails; the connection stays.
         *
         * <p>Default: 1000, the high-water mark of ZeroMQ. 0: every write before the handshake fails.
         *
         * @param writes 0 or more
         * @return this builder
         */
        public Builder maxPendingWrites(int writes) {
            maxPendingWrites = checkInRange(writes, 0, Integer.MAX_VALUE, "maxPendingWrites");
            return this;
        }

        /**
         * Sets how many bytes of writes wait for the handshake. A write past the limit fails; the connection stays.
         *
         * <p>Default: 16 MiB.
         *
         * @param bytes 0 or more
         * @return this builder
         */
        public Builder maxPendingWriteBytes(long bytes) {
            maxPendingWriteBytes = checkInRange(bytes, 0, Long.MAX_VALUE, "maxPendingWriteBytes");
            return this;
        }

        /**
         * Sets how many PINGs a peer may send within one second. After a time in which nothing was read, as with
         * autoRead off, so many more are taken at once for each second since PINGs were last counted.
         *
         * <p>Default: 100.
         *
         * @param pings 1 or more
         * @return this builder
         */
        public Builder maxPingsPerSecond(int pings) {
            maxPingsPerSecond = checkPositive(pings, "maxPingsPerSecond");
            return this;
        }

        /**
         * Sets the time a peer has from the connection to the end of its greeting, the first 64 octets, which every
         * peer can send at once. It holds within the {@link #handshakeTimeout}.
         *
         * <p>Default: 5 seconds. Zero: no limit of its own.
         *
         * @param timeout zero to 292 years
         * @return this builder
         */
        public Builder greetingTimeout(Duration timeout) {
            greetingTimeout = checkDuration("greetingTimeout", timeout);
            return this;
        }

        /**
         * Sets the time a peer has from the connection to the end of the handshake, authentication included
         * ({@code ZMQ_HANDSHAKE_IVL}).
         *
         * <p>Default: 30 seconds. Zero: no limit.
         *
         * @param timeout zero to 292 years
         * @return this builder
         */
        public Builder handshakeTimeout(Duration timeout) {
            handshakeTimeout = checkDuration("handshakeTimeout", timeout);
            return this;
        }

        /**
         * Returns the limits.
         *
         * @return immutable limits
         */
        public ZmtpLimits build() {
            return new ZmtpLimits(this);
        }
    }
}
