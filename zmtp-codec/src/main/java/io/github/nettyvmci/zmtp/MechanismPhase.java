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

import java.net.SocketAddress;
import java.util.List;

/**
 * The security mechanism's part of a handshake of ZMTP 3: gives the peer's commands to the mechanism's session, sends
 * the session's own, and checks what both agreed on in the end.
 */
final class MechanismPhase implements MechanismContext {

    /** Whom to ask about the peer. */
    interface Authenticator {

        /** Like {@link MechanismContext#authenticate}; calls {@link #admitted} or {@link #sendError} on the way. */
        void authenticate(MechanismPhase phase, List<byte[]> credentials, Runnable admitted);

        /** Throws if the peer is refused by its address alone, of which it was told then. */
        void checkAddress(MechanismPhase phase);
    }

    private enum State {
        /** Flags and length of a command come. */
        COMMAND_HEADER,
        /** The rest of the command comes. */
        COMMAND,
        /** The peer has sent all of its commands, and we have not: what it sends now belongs after the handshake. */
        HOLD,
        /** The mechanism is complete, or the connection has ended. */
        OVER
    }

    private final CodecConfig config;
    private final ZmtpVersion version;
    private final @Nullable SocketAddress remoteAddress;
    private final String address;
    private final HandshakeOutput output;
    private final Authenticator authenticator;
    private final HandshakeComputer computer;
    private final Collector held = new Collector();
    private final MechanismSession session;

    private State state = State.COMMAND_HEADER;
    private int commandLength;
    /** Octets of commands that the session keeps. */
    private int kept;
    private int steps = 1;
    private boolean errorSent;
    private @Nullable String userId;
    private ZmtpMetadata authenticatedMetadata = ZmtpMetadata.empty();
    private @Nullable FrameCipher cipher;
    private @Nullable ZmtpPeer result;

    MechanismPhase(CodecConfig config, ZmtpVersion version, @Nullable SocketAddress remoteAddress, String address,
            HandshakeOutput output, Authenticator authenticator, HandshakeComputer computer) {
        this.config = config;
        this.version = version;
        this.remoteAddress = remoteAddress;
        this.address = address;
        this.output = output;
        this.authenticator = authenticator;
        this.computer = computer;
        session = config.mechanism().newSession(this);
    }

    /**
     * Sends what this side has to say first.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void start() {
        session.start();
    }

    /** Returns how often the peer or we did what the handshake wants: it shows that it goes on, however slowly. */
    int steps() {
        return steps;
    }

    /** Tells whether the peer waits for us: there are too many to compute for. */
    boolean isDelayed() {
        return computer.isDelayed();
    }

    /** Tells whether the peer was told of its refusal. */
    boolean isErrorSent() {
        return errorSent;
    }

    /** Returns what both sides agreed on; {@code null} until then. */
    @Nullable ZmtpPeer result() {
        return result;
    }

    /** Returns what frames go through once there is a result; it is the caller's then. */
    @Nullable FrameCipher cipher() {
        return cipher;
    }

    /** Returns what came early and belongs after the handshake, for the caller to release; {@code null} if nothing. */
    @Nullable ByteBuf takeHeld() {
        return held.octets().isReadable() ? held.take() : null;
    }

    /** Notes what the authenticator said of the peer. */
    void admitted(ZapReply reply) {
        userId = reply.userId();
        authenticatedMetadata = reply.metadata();
    }

    /** Tells the peer that it is refused. */
    void sendError(int status) {
        errorSent = true;
        send(session.encodeError(status));
    }

    /** Ends the phase however it stands. */
    void close() {
        state = State.OVER;
        if (computer.close()) {
            session.close();
        } // else whoever computes closes the session at its end
        if (cipher != null && result == null) {
            cipher.close();
        }
        held.release();
    }

    /**
     * Takes octets of the peer, as many as belong here.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void receive(ByteBuf in) {
        while (in.isReadable() && state != State.OVER) {
            switch (state) {
                case COMMAND_HEADER -> commandHeader(in);
                case COMMAND -> {
                    if (held.collect(in, commandLength)) {
                        command();
                    }
                }
                default -> hold(in);
            }
        }
    }

    private void commandHeader(ByteBuf in) {
        ByteBuf header = held.octets().writeByte(in.readByte());
        int flags = header.getUnsignedByte(0);
        if (flags <= (FrameHeader.MORE | FrameHeader.LONG)) {
            throw new ZmtpException(ZmtpError.UNEXPECTED_COMMAND,
                    "frame in the handshake: a message (expected: a command)");
        }
        if (flags != FrameHeader.COMMAND && flags != (FrameHeader.COMMAND | FrameHeader.LONG)) {
            throw FrameHeader.malformedFlags(flags, "04 or 06 in the handshake");
        }
        boolean isLong = flags != FrameHeader.COMMAND;
        if (header.readableBytes() < (isLong ? 9 : 2)) {
            return;
        }
        long length = isLong ? header.getLong(1) : header.getUnsignedByte(1);
        int max = session.maxCommandLength(config.limits());
        if (length < 0 || length > max) {
            throw new ZmtpLimitException("handshake command octets", length, max,
                    max > config.limits().maxCommandLength() ? "maxMetadataLength" : "maxCommandLength");
        }
        if (length < 2) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "handshake command of " + length
                    + " octets (expected: 2 or more)");
        }
        held.clear();
        commandLength = (int) length;
        state = State.COMMAND;
    }

    private void command() {
        ByteBuf command = held.take();
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

    private void hold(ByteBuf in) {
        int sum = kept + held.octets().readableBytes() + in.readableBytes();
        if (sum > config.limits().maxUnauthenticatedBytes()) {
            throw new ZmtpLimitException("octets sent before the handshake was complete", sum,
                    config.limits().maxUnauthenticatedBytes(), "maxUnauthenticatedBytes");
        }
        held.octets().writeBytes(in);
    }

    @Override
    public ZmtpLimits limits() {
        return config.limits();
    }

    @Override
    public ByteBuf encodeMetadata() {
        return config.encodeMetadata();
    }

    @Override
    public void send(ByteBuf command) {
        steps++;
        FrameHeader.write(output.buffer(), FrameHeader.COMMAND, command.readableBytes());
        output.buffer().writeBytes(command);
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
        ZmtpMetadata metadata = ZmtpMetadata.decode(peerMetadata, config.limits());
        result = new ZmtpPeer(version, config.mechanism().name(), peerSocketType(metadata),
                routingId(metadata), metadata, userId, authenticatedMetadata, remoteAddress, address);
        state = State.OVER;
    }

    private @Nullable ZmtpSocketType peerSocketType(ZmtpMetadata metadata) {
        String name = metadata.get(ZmtpMetadata.SOCKET_TYPE);
        if (name == null) {
            if (config.socketTypeRequired()) {
                throw new ZmtpException(ZmtpError.INVALID_METADATA, "socket type of the peer: none (expected: one, as"
                        + " socketTypeRequired demands)");
            }
            return null;
        }
        ZmtpSocketType type = ZmtpSocketType.byName(name);
        if (type == null || !config.socketType().accepts(type)) {
            throw config.incompatible(ZmtpMetadata.printable(name));
        }
        return type;
    }

    /**
     * Returns the routing id the peer asks for. RFC 28 keeps those that begin with 0 for the ones we make up, but a
     * peer's random one begins so once in 256 times and is let through.
     */
    private static byte[] routingId(ZmtpMetadata metadata) {
        byte[] id = metadata.getBytes(ZmtpMetadata.IDENTITY);
        if (id == null) {
            return new byte[0];
        }
        if (id.length > 255) {
            throw new ZmtpException(ZmtpError.INVALID_METADATA, "routing id of the peer: " + id.length
                    + " octets (expected: 0 to 255)");
        }
        return id;
    }
}
