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

/**
 * A peer went past one of the {@link ZmtpLimits}, or all together past a {@link ZmtpHandshakeLimiter} or a
 * {@link ZmtpReceiveBudget}; names the value, the limit and the option that sets it.
 */
public final class ZmtpLimitException extends ZmtpException {

    private static final long serialVersionUID = 1L;
    private static final String LIMITS = "ZmtpLimits";

    /** What the peer asked for, an unsigned 64-bit number. */
    private final long value;
    /** The most that was allowed. */
    private final long limit;
    /** What sets the limit. */
    private final String option;
    /** The limit is on all peers together. */
    private final boolean shared;

    /**
     * Makes an exception.
     *
     * @param subject what was counted, for the message
     * @param value   what the peer asked for, read as unsigned
     * @param limit   the most that is allowed
     * @param option  the method of {@link ZmtpLimits.Builder} that sets the limit
     */
    public ZmtpLimitException(String subject, long value, long limit, String option) {
        this(subject, value, limit, LIMITS, option);
    }

    ZmtpLimitException(String subject, long value, long limit, String owner, String option) {
        super(ZmtpError.LIMIT_EXCEEDED, subject + ": " + Long.toUnsignedString(value) + " (expected: at most " + limit
                + ", " + owner + '.' + option + ')');
        this.value = value;
        this.limit = limit;
        this.option = option;
        shared = !owner.equals(LIMITS);
    }

    /**
     * Returns what the peer asked for.
     *
     * @return the value, to be read as unsigned
     */
    public long value() {
        return value;
    }

    /**
     * Returns the most that was allowed.
     *
     * @return the limit in the unit of the option
     */
    public long limit() {
        return limit;
    }

    /**
     * Returns the name of the option that sets the limit.
     *
     * @return a method of {@link ZmtpLimits.Builder} or {@link ZmtpCodecBuilder}, or a parameter of
     *         {@link ZmtpHandshakeLimiter} or {@link ZmtpReceiveBudget}
     */
    public String option() {
        return option;
    }

    /**
     * Tells whether a new connection to the same peer may well succeed.
     *
     * @return {@code true} if many peers together reached the limit, which others may be to blame for
     */
    @Override
    public boolean isTransient() {
        return shared;
    }
}
