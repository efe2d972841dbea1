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
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.List;

/**
 * One connection from its first octet to the end of its handshake: greeting, detection of older versions, mechanism.
 *
 * <p>Takes octets through {@link #receive} and collects what is to be sent in a buffer the owner fetches with
 * {@link #takeOutput}; knows no channel. After every call the owner looks at {@link #result()}. What arrives is copied
 * into a buffer that grows with it, so a peer pins no read buffer and holds no more than the limits allow.
 */
final class ZmtpHandshake implements MechanismContext {

    /** Whom to ask about the peer. */
    interface Authenticator {

        /** Like {@link MechanismContext#authenticate}; on the way tells the handshake of the answer. */
        void authenticate(ZmtpHandshake handshake, List<byte[]> credentials, Runnable admitted);

        /** Throws if the peer is refused by its address alone, of which it was told then. */
        void checkAddress(ZmtpHandshake handshake);
    }

    private enum State {
        /** Up to ten octets, which tell versioned peers from those of ZMTP 1.0. */
        SIGNATURE,
        /** The major version, or the revision of ZMTP 2.0. */
        VERSION,
        /** What follows the major version in ZMTP 3. */
        REMAINDER,
        /** Of ZMTP 2.0: the octet that is the socket type. */
        LEGACY_TYPE,
        /** Of ZMTP 1.0 and 2.0: flags and length of the identity frame. */
        LEGACY_IDENTITY_HEADER,
        LEGACY_IDENTITY,
        /** Flags and length of a command. */
        COMMAND_HEADER,
        COMMAND,
        /** The peer is through but we are not: what it sends belongs behind the handshake. */
        HOLD,
        COMPLETE,
        FAILED
    }

    private final ZmtpCodecBuilder config;
    private final @Nullable SocketAddress remoteAddress;
    private final Authenticator authenticator;
    private final HandshakeComputer computer;
    private final boolean legacyAllowed;

    private State state = State.SIGNATURE;
    private ByteBuf held = Unpooled.buffer(64);
    private ByteBuf output;
    private ZmtpVersion version;
    /** Frames have the form of ZMTP 1.0. */
    private boolean oldFraming;
    private boolean unversioned;
    private ZmtpSocketType peerSocketType;
    private int bodyLength;
    private MechanismSession session;
    /** Octets of commands that the mechanism keeps. */
    private int kept;
    private int steps;

    private ZmtpHandshakeCompleted result;
    private FrameCipher cipher;
    private boolean errorSent;
    private String userId;
    private ZmtpMetadata authenticatedMetadata = ZmtpMetadata.empty();

    ZmtpHandshake(ZmtpCodecBuilder config, @Nullable SocketAddress remoteAddress, Authenticator authenticator,
            HandshakeComputer computer) {
        this.remoteAddress = remoteAddress;
        this.config = config;
        this.authenticator = authenticator;
        this.computer = computer;
        legacyAllowed = config.legacyVersions && config.zapHandler == null && config.mechanism.name().equals("NULL");
    }

    /** Greets the peer. */
    void start() {
        Greeting.writeSignature(output(), config.routingId.length);
        if (!legacyAllowed) {
            // Nobody to detect: the whole greeting at once saves two round trips.
            output().writeByte(Greeting.MAJOR);
            Greeting.writeRemainder(output(), config.mechanism);
        }
    }

    /**
     * Takes octets of the peer, up to the end of the handshake: what is readable afterwards belongs behind it.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void receive(ByteBuf in) {
        while (in.isReadable() && state != State.COMPLETE && state != State.FAILED) {
            step(in);
        }
    }

    /** The peer's greeting is complete, and the identity frame that goes with it in ZMTP 1.0 and 2.0. */
    boolean isGreeted() {
        return state.compareTo(State.COMMAND_HEADER) >= 0;
    }

    /** How often the peer or we did what the handshake wants: whether it goes on, however slowly. */
    int steps() {
        return steps;
    }

    /** We are what it waits for: there are too many to compute for. */
    boolean isDelayed() {
        return computer.isDelayed();
    }

    /** Everything is done, or {@code null}. */
    ZmtpHandshakeCompleted result() {
        return result;
    }

    FrameCipher cipher() {
        return cipher;
    }

    boolean oldFraming() {
        return oldFraming;
    }

    /** The peer speaks ZMTP 1.0 and does not even greet. */
    boolean unversioned() {
        return unversioned;
    }

    /** What is to be sent by now, or {@code null}; the caller's to release. */
    ByteBuf takeOutput() {
        ByteBuf taken = output;
        output = null;
        return taken;
    }

    /** What arrived behind the handshake before it was complete, or {@code null}; the caller's to release. */
    ByteBuf takeHeld() {
        if (!held.isReadable()) {
            return null;
        }
        ByteBuf taken = held;
        held = Unpooled.EMPTY_BUFFER;
        return taken;
    }

    /** What the authenticator said of the peer. */
    void admitted(ZapReply reply) {
        userId = reply.userId();
        authenticatedMetadata = reply.metadata();
    }

    /** The ERROR to send to a peer that was refused. */
    void sendError(int status) {
        errorSent = true;
        send(session.encodeError(status));
    }

    boolean isErrorSent() {
        return errorSent;
    }

    /** Ends the handshake however it stands. The cipher is the owner's by now. */
    void close() {
        if (state != State.COMPLETE) {
            state = State.FAILED;
        }
        boolean nothingRuns = computer.close();
        if (session != null) {
            if (nothingRuns) {
                session.close();
            }
            session = null;
        }
        if (cipher != null && state != State.COMPLETE) {
            cipher.close();
        }
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        if (output != null) {
            output.release();
            output = null;
        }
    }

    private ByteBuf output() {
        if (output == null) {
            output = Unpooled.buffer(128);
        }
        return output;
    }

    private void step(ByteBuf in) {
        switch (state) {
            case SIGNATURE:
                signature(in);
                break;
            case VERSION:
                version(in.readUnsignedByte());
                break;
            case REMAINDER:
                if (hold(in, Greeting.REMAINDER_LENGTH)) {
                    remainder();
                }
                break;
            case LEGACY_TYPE:
                legacyType(in.readUnsignedByte());
                break;
            case LEGACY_IDENTITY_HEADER:
                legacyIdentityHeader(in);
                break;
            case LEGACY_IDENTITY:
                if (hold(in, bodyLength)) {
                    legacyIdentity();
                }
                break;
            case COMMAND_HEADER:
                commandHeader(in);
                break;
            case COMMAND:
                if (hold(in, bodyLength)) {
                    command();
                }
                break;
            default:
                int sum = kept + held.readableBytes() + in.readableBytes();
                if (sum > config.limits.maxUnauthenticatedBytes()) {
                    throw new ZmtpLimitException("octets sent before the handshake was complete", sum,
                            config.limits.maxUnauthenticatedBytes(), "maxUnauthenticatedBytes");
                }
                held.writeBytes(in);
        }
    }

    /** Moves octets until {@code wanted} are held; {@code false} if there are not enough yet. */
    private boolean hold(ByteBuf in, int wanted) {
        int now = Math.min(wanted - held.readableBytes(), in.readableBytes());
        if (held.writableBytes() < now) {
            // By doubling what has come, never by what was announced.
            held.capacity(Math.min(wanted, 2 * (held.readableBytes() + now)));
        }
        held.writeBytes(in, now);
        return held.readableBytes() == wanted;
    }

    private void signature(ByteBuf in) {
        int first = in.getUnsignedByte(in.readerIndex());
        if (!held.isReadable() && first != 0xff) {
            checkLegacy("first octet " + first);
            unversionedPeer();
            state = State.LEGACY_IDENTITY_HEADER;
            return;
        }
        if (!hold(in, Greeting.SIGNATURE_LENGTH)) {
            return;
        }
        if ((held.getByte(9) & 1) != 0) {
            held.clear();
            if (legacyAllowed) {
                output().writeByte(Greeting.MAJOR);
            }
            state = State.VERSION;
            return;
        }
        checkLegacy("unversioned signature");
        unversionedPeer();
        // What looked like a signature is the long header of an identity frame, its flags included.
        legacyIdentityOf(held.getLong(1) - 1);
    }

    private void unversionedPeer() {
        version = ZmtpVersion.ZMTP_1_0;
        oldFraming = true;
        unversioned = true;
        // Our signature was the header of our identity frame; this is its body.
        output().writeBytes(config.routingId);
    }

    private void version(int octet) {
        if (octet > 1) {
            if (legacyAllowed) {
                Greeting.writeRemainder(output(), config.mechanism);
            }
            // The minor version follows; whatever is above 3.1 is spoken to as 3.1.
            version = octet == Greeting.MAJOR ? ZmtpVersion.ZMTP_3_0 : ZmtpVersion.ZMTP_3_1;
            state = State.REMAINDER;
            return;
        }
        checkLegacy("revision " + octet);
        version = octet == 0 ? ZmtpVersion.ZMTP_1_0 : ZmtpVersion.ZMTP_2_0;
        oldFraming = octet == 0;
        output().writeByte(legacyNumber(config.socketType));
        state = State.LEGACY_TYPE;
    }

    /** The octet of RFC 15, to which XPUB and XSUB are PUB and SUB. */
    private static int legacyNumber(ZmtpSocketType type) {
        return type == ZmtpSocketType.XPUB ? ZmtpSocketType.PUB.number()
                : type == ZmtpSocketType.XSUB ? ZmtpSocketType.SUB.number() : type.number();
    }

    private void checkLegacy(String what) {
        if (legacyAllowed) {
            return;
        }
        if (!config.legacyVersions) {
            throw new ZmtpException(ZmtpError.MALFORMED_GREETING, "greeting: " + what
                    + " (expected: ZMTP 3; older versions are switched off by legacyVersions)");
        }
        throw new ZmtpException(ZmtpError.SECURITY_REQUIRED, "greeting: " + what
                + " (expected: ZMTP 3; older versions know no security, and this side demands "
                + (config.zapHandler != null ? "authentication" : config.mechanism.name()) + ')');
    }

    private void legacyType(int number) {
        peerSocketType = ZmtpSocketType.byNumber(number);
        if (peerSocketType == null || !config.socketType.accepts(peerSocketType)) {
            throw incompatible(peerSocketType == null ? "number " + number : peerSocketType.name());
        }
        if (oldFraming) {
            FrameHeader.writeOld(output(), 0, config.routingId.length);
        } else {
            FrameHeader.write(output(), 0, config.routingId.length);
        }
        output().writeBytes(config.routingId);
        state = State.LEGACY_IDENTITY_HEADER;
    }

    private void legacyIdentityHeader(ByteBuf in) {
        held.writeByte(in.readByte());
        int first = held.getUnsignedByte(0);
        boolean isLong = oldFraming ? first == 0xff : (first & FrameHeader.LONG) != 0;
        if (!oldFraming && (first & ~FrameHeader.LONG) != 0) {
            throw malformedFlags(first, "00 or 02, an identity frame");
        }
        if (oldFraming && first == 0) {
            throw FrameHeader.emptyOld();
        }
        if (held.readableBytes() < (isLong ? oldFraming ? 10 : 9 : 2)) {
            return;
        }
        long length = isLong ? held.getLong(1) : held.getUnsignedByte(oldFraming ? 0 : 1);
        if (oldFraming && length == 0) {
            throw FrameHeader.emptyOld();
        }
        legacyIdentityOf(oldFraming ? length - 1 : length);
    }

    private void legacyIdentityOf(long length) {
        if (length < 0 || length > 255) {
            throw new ZmtpException(ZmtpError.MALFORMED_FRAME, "identity of " + Long.toUnsignedString(length)
                    + " octets (expected: 0 to 255)");
        }
        held.clear();
        bodyLength = (int) length;
        state = State.LEGACY_IDENTITY;
        if (bodyLength == 0) {
            legacyIdentity(); // no octet will come to call it
        }
    }

    private void legacyIdentity() {
        byte[] routingId = new byte[bodyLength];
        held.readBytes(routingId);
        held.clear();
        done(peerSocketType, routingId, ZmtpMetadata.empty());
    }

    private void remainder() {
        String name = config.mechanism.name();
        if (!Greeting.isMechanism(held, 1, name)) {
            throw new ZmtpException(ZmtpError.MECHANISM_MISMATCH, "mechanism of the peer: "
                    + Greeting.mechanismText(held, 1) + " (expected: \"" + name + "\", both sides must use the same)");
        }
        if (held.getByte(0) != 0) {
            version = ZmtpVersion.ZMTP_3_1;
        }
        held.clear();
        state = State.COMMAND_HEADER;
        steps++;
        session = config.mechanism.newSession(this);
        session.start();
    }

    private void commandHeader(ByteBuf in) {
        held.writeByte(in.readByte());
        int flags = held.getUnsignedByte(0);
        if (flags <= (FrameHeader.MORE | FrameHeader.LONG)) {
            throw new ZmtpException(ZmtpError.UNEXPECTED_COMMAND,
                    "frame in the handshake: a message (expected: a command)");
        }
        if (flags != FrameHeader.COMMAND && flags != (FrameHeader.COMMAND | FrameHeader.LONG)) {
            throw malformedFlags(flags, "04 or 06 in the handshake");
        }
        boolean isLong = flags != FrameHeader.COMMAND;
        if (held.readableBytes() < (isLong ? 9 : 2)) {
            return;
        }
        long length = isLong ? held.getLong(1) : held.getUnsignedByte(1);
        int max = session.maxCommandLength(config.limits);
        if (length < 0 || length > max) {
            throw new ZmtpLimitException("handshake command octets", length, max,
                    max > config.limits.maxCommandLength() ? "maxMetadataLength" : "maxCommandLength");
        }
        if (length < 2) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "handshake command of " + length
                    + " octets (expected: 2 or more)");
        }
        held.clear();
        bodyLength = (int) length;
        state = State.COMMAND;
    }

    private void command() {
        ByteBuf command = held;
        held = Unpooled.buffer(64); // a small one for the next: the large one goes with its command
        state = State.COMMAND_HEADER;
        steps++;
        try {
            session.receive(command);
        } finally {
            if (command.refCnt() > 1) {
                kept += command.writerIndex();
            }
            command.release();
        }
        if (state == State.COMMAND_HEADER && !session.expectsCommand()) {
            state = State.HOLD;
        }
    }

    static ZmtpException malformedFlags(int flags, String expected) {
        return new ZmtpException(ZmtpError.MALFORMED_FRAME, String.format("frame flags: %02x (expected: %s)", flags,
                expected));
    }

    private ZmtpException incompatible(String peer) {
        return new ZmtpException(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, "socket type of the peer: " + peer
                + " (expected: one that talks to " + config.socketType + ')');
    }

    /** RFC 28 keeps ids that begin with 0 for those we make up, but a random one begins so once in 256 times. */
    private static void checkRoutingId(byte[] id) {
        if (id.length > 255) {
            throw new ZmtpException(ZmtpError.INVALID_METADATA, "routing id of the peer: " + id.length
                    + " octets (expected: 0 to 255)");
        }
    }

    private void done(ZmtpSocketType type, byte[] routingId, ZmtpMetadata metadata) {
        result = new ZmtpHandshakeCompleted(version, config.mechanism.name(), type, routingId, metadata, userId,
                authenticatedMetadata, remoteAddress);
        state = State.COMPLETE;
    }

    @Override
    public ZmtpLimits limits() {
        return config.limits;
    }

    @Override
    public ByteBuf encodeMetadata() {
        ByteBuf out = Unpooled.buffer(64);
        ZmtpMetadata.encodeProperty(out, ZmtpMetadata.SOCKET_TYPE, config.socketType.wireName());
        if (config.socketType.sendsRoutingId()) {
            ZmtpMetadata.encodeProperty(out, ZmtpMetadata.IDENTITY, config.routingId);
        }
        config.properties.encode(out);
        return out;
    }

    @Override
    public void send(ByteBuf command) {
        steps++;
        FrameHeader.write(output(), FrameHeader.COMMAND, command.readableBytes());
        output().writeBytes(command);
        command.release();
    }

    @Override
    public void authenticate(List<byte[]> credentials, Runnable admitted) {
        authenticator.authenticate(this, credentials, admitted);
    }

    @Override
    public void admitComputation() {
        authenticator.checkAddress(this);
        computer.admit();
    }

    @Override
    public void compute(Runnable computation, Runnable then) {
        computer.compute(computation, then, session::close);
    }

    @Override
    public void complete(ByteBuf peerMetadata, @Nullable FrameCipher cipher) {
        this.cipher = cipher;
        ZmtpMetadata metadata = ZmtpMetadata.decode(peerMetadata, config.limits);
        String type = metadata.get(ZmtpMetadata.SOCKET_TYPE);
        if (type == null && config.socketTypeRequired) {
            throw new ZmtpException(ZmtpError.INVALID_METADATA, "socket type of the peer: none (expected: one, as"
                    + " socketTypeRequired demands)");
        }
        if (type != null) {
            peerSocketType = ZmtpSocketType.byName(type);
            if (peerSocketType == null || !config.socketType.accepts(peerSocketType)) {
                throw incompatible(ZmtpMetadata.printable(type));
            }
        }
        byte[] routingId = metadata.getBytes(ZmtpMetadata.IDENTITY);
        if (routingId != null) {
            checkRoutingId(routingId);
        }
        done(peerSocketType, routingId == null ? new byte[0] : routingId, metadata);
    }
}
