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
import org.jspecify.annotations.Nullable;

/**
 * Settles with a peer which version of ZMTP both speak, from its first octet on: the greetings of RFC 37, or what ZMTP
 * 2.0 (RFC 15) and 1.0 (RFC 13) have in their place, up to the peer's identity frame, with which their handshake ends.
 */
final class VersionNegotiation {

    private enum State {
        /** The first ten octets come, or fewer, which tell versioned peers from those of ZMTP 1.0. */
        SIGNATURE,
        /** The major version comes, or the revision of ZMTP 2.0. */
        VERSION,
        /** Of ZMTP 3: what follows the major version comes. */
        REMAINDER,
        /** Of ZMTP 2.0: the octet comes that is the socket type. */
        LEGACY_TYPE,
        /** Of ZMTP 1.0 and 2.0: flags and length of the identity frame come. */
        LEGACY_IDENTITY_HEADER,
        LEGACY_IDENTITY,
        DONE
    }

    private final CodecConfig config;
    private final HandshakeOutput output;
    private final boolean legacyAllowed;
    private final Collector held = new Collector();

    private State state = State.SIGNATURE;
    private ZmtpVersion version = ZmtpVersion.ZMTP_3_1;
    private boolean unversioned;
    private @Nullable ZmtpSocketType peerSocketType;
    private int identityLength;
    private byte[] identity = new byte[0];

    VersionNegotiation(CodecConfig config, HandshakeOutput output) {
        this.config = config;
        this.output = output;
        legacyAllowed = config.legacyVersions() && config.authentication().handler() == null
                && config.mechanism().name().equals("NULL");
    }

    /** Greets the peer. */
    void start() {
        Greeting.writeSignature(output.buffer(), config.routingId().length);
        if (!legacyAllowed) {
            // No older version is to be detected: the whole greeting at once saves two round trips.
            output.buffer().writeByte(Greeting.MAJOR);
            Greeting.writeRemainder(output.buffer(), config.mechanism());
        }
    }

    /** Tells whether everything is settled. */
    boolean isDone() {
        return state == State.DONE;
    }

    /** Returns the version, once it is settled. */
    ZmtpVersion version() {
        return version;
    }

    /** Tells whether the peer speaks ZMTP 1.0 and does not even greet. */
    boolean isUnversioned() {
        return unversioned;
    }

    /** Returns the socket type that a peer of ZMTP 2.0 announced; {@code null} if the peer is of another version. */
    @Nullable ZmtpSocketType peerSocketType() {
        return peerSocketType;
    }

    /** Returns the routing id that a peer of ZMTP 1.0 or 2.0 asks for. */
    byte[] identity() {
        return identity;
    }

    void close() {
        held.release();
    }

    /**
     * Takes octets of the peer, as many as belong here.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void receive(ByteBuf in) {
        while (in.isReadable() && state != State.DONE) {
            step(in);
        }
    }

    private void step(ByteBuf in) {
        switch (state) {
            case SIGNATURE -> signature(in);
            case VERSION -> version(in.readUnsignedByte());
            case REMAINDER -> {
                if (held.collect(in, Greeting.REMAINDER_LENGTH)) {
                    remainder();
                }
            }
            case LEGACY_TYPE -> legacyType(in.readUnsignedByte());
            case LEGACY_IDENTITY_HEADER -> legacyIdentityHeader(in);
            case LEGACY_IDENTITY -> {
                if (held.collect(in, identityLength)) {
                    legacyIdentity();
                }
            }
            default -> throw new IllegalStateException("negotiation: " + state + " (expected: not done)");
        }
    }

    private void signature(ByteBuf in) {
        int first = in.getUnsignedByte(in.readerIndex());
        if (!held.octets().isReadable() && first != 0xff) {
            checkLegacy("first octet " + first);
            unversionedPeer();
            state = State.LEGACY_IDENTITY_HEADER;
            return;
        }
        if (!held.collect(in, Greeting.SIGNATURE_LENGTH)) {
            return;
        }
        if ((held.octets().getByte(9) & 1) != 0) {
            held.clear();
            if (legacyAllowed) {
                output.buffer().writeByte(Greeting.MAJOR);
            }
            state = State.VERSION;
            return;
        }
        checkLegacy("unversioned signature");
        unversionedPeer();
        // What looked like a signature is the long header of an identity frame, its flags included.
        legacyIdentityOf(held.octets().getLong(1) - 1);
    }

    private void unversionedPeer() {
        version = ZmtpVersion.ZMTP_1_0;
        unversioned = true;
        // Our signature was the header of our identity frame; this is its body.
        output.buffer().writeBytes(config.routingId());
    }

    private void version(int octet) {
        if (octet > 1) {
            if (legacyAllowed) {
                Greeting.writeRemainder(output.buffer(), config.mechanism());
            }
            // The minor version follows; whatever is above 3.1 is spoken to as 3.1.
            version = octet == Greeting.MAJOR ? ZmtpVersion.ZMTP_3_0 : ZmtpVersion.ZMTP_3_1;
            state = State.REMAINDER;
            return;
        }
        checkLegacy("revision " + octet);
        version = octet == 0 ? ZmtpVersion.ZMTP_1_0 : ZmtpVersion.ZMTP_2_0;
        output.buffer().writeByte(legacyNumber(config.socketType()));
        state = State.LEGACY_TYPE;
    }

    /** Returns the octet of RFC 15, to which XPUB and XSUB are PUB and SUB. */
    private static int legacyNumber(ZmtpSocketType type) {
        return type == ZmtpSocketType.XPUB ? ZmtpSocketType.PUB.number()
                : type == ZmtpSocketType.XSUB ? ZmtpSocketType.SUB.number() : type.number();
    }

    private void checkLegacy(String what) {
        if (legacyAllowed) {
            return;
        }
        if (!config.legacyVersions()) {
            throw new ZmtpException(ZmtpError.MALFORMED_GREETING, "greeting: " + what
                    + " (expected: ZMTP 3; older versions are switched off by legacyVersions)");
        }
        throw new ZmtpException(ZmtpError.SECURITY_REQUIRED, "greeting: " + what
                + " (expected: ZMTP 3; older versions know no security, and this side demands "
                + (config.authentication().handler() != null ? "authentication" : config.mechanism().name()) + ')');
    }

    private void remainder() {
        ByteBuf octets = held.octets();
        String name = config.mechanism().name();
        if (!Greeting.isMechanism(octets, 1, name)) {
            throw new ZmtpException(ZmtpError.MECHANISM_MISMATCH, "mechanism of the peer: "
                    + Greeting.mechanismText(octets, 1) + " (expected: \"" + name
                    + "\", both sides must use the same)");
        }
        if (octets.getByte(0) != 0) {
            version = ZmtpVersion.ZMTP_3_1;
        }
        state = State.DONE;
    }

    private void legacyType(int number) {
        peerSocketType = ZmtpSocketType.byNumber(number);
        if (peerSocketType == null || !config.socketType().accepts(peerSocketType)) {
            throw config.incompatible(peerSocketType == null ? "number " + number : peerSocketType.name());
        }
        if (version.hasOldFraming()) {
            FrameHeader.writeOld(output.buffer(), 0, config.routingId().length);
        } else {
            FrameHeader.write(output.buffer(), 0, config.routingId().length);
        }
        output.buffer().writeBytes(config.routingId());
        state = State.LEGACY_IDENTITY_HEADER;
    }

    private void legacyIdentityHeader(ByteBuf in) {
        ByteBuf header = held.octets().writeByte(in.readByte());
        int first = header.getUnsignedByte(0);
        if (version.hasOldFraming()) {
            if (first == 0) {
                throw FrameHeader.emptyOld();
            }
            if (header.readableBytes() < (first == 0xff ? 10 : 2)) {
                return;
            }
            long length = first == 0xff ? header.getLong(1) : first;
            if (length == 0) {
                throw FrameHeader.emptyOld();
            }
            legacyIdentityOf(length - 1);
            return;
        }
        boolean isLong = (first & FrameHeader.LONG) != 0;
        if ((first & ~FrameHeader.LONG) != 0) {
            throw FrameHeader.malformedFlags(first, "00 or 02, an identity frame");
        }
        if (header.readableBytes() >= (isLong ? 9 : 2)) {
            legacyIdentityOf(isLong ? header.getLong(1) : header.getUnsignedByte(1));
        }
    }

    private void legacyIdentityOf(long length) {
        if (length < 0 || length > 255) {
            throw new ZmtpException(ZmtpError.MALFORMED_FRAME, "identity of " + Long.toUnsignedString(length)
                    + " octets (expected: 0 to 255)");
        }
        held.clear();
        identityLength = (int) length;
        state = State.LEGACY_IDENTITY;
        if (identityLength == 0) {
            legacyIdentity(); // no octet will come to call it
        }
    }

    private void legacyIdentity() {
        identity = new byte[identityLength];
        held.octets().readBytes(identity);
        state = State.DONE;
    }
}
