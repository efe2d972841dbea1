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
 * The dialect of ZMTP that two peers settled on: always the lower of both.
 *
 * <p>This codec announces 3.1 and speaks every older dialect as well (RFC 37, RFC 23, RFC 15 and RFC 13).
 */
public enum ZmtpVersion {

    /** ZMTP 1.0 (RFC 13): a length, a flag octet, no greeting. ZeroMQ 2.x. */
    ZMTP_1_0(1, 0),
    /** ZMTP 2.0 (RFC 15): signature, revision, socket type and identity; no mechanisms. ZeroMQ 3.2. */
    ZMTP_2_0(2, 0),
    /** ZMTP 3.0 (RFC 23): mechanisms and metadata; subscriptions travel as messages. ZeroMQ 4.0 to 4.3.2, JeroMQ. */
    ZMTP_3_0(3, 0),
    /** ZMTP 3.1 (RFC 37): subscriptions and heartbeats travel as commands. ZeroMQ 4.3.3 and later. */
    ZMTP_3_1(3, 1);

    private final int major;
    private final int minor;

    ZmtpVersion(int major, int minor) {
        this.major = major;
        this.minor = minor;
    }

    /**
     * Returns the major version.
     *
     * @return 1, 2 or 3
     */
    public int major() {
        return major;
    }

    /**
     * Returns the minor version.
     *
     * @return 0 or 1
     */
    public int minor() {
        return minor;
    }

    /**
     * Tells whether peers of this version exchange commands, and so mechanisms, metadata and heartbeats.
     *
     * @return {@code true} for 3.0 and 3.1
     */
    public boolean hasCommands() {
        return major >= 3;
    }

    /** Tells whether frames have the form of RFC 13: length, flags, body. */
    boolean hasOldFraming() {
        return this == ZMTP_1_0;
    }

    @Override
    public String toString() {
        return "ZMTP " + major + '.' + minor;
    }
}
