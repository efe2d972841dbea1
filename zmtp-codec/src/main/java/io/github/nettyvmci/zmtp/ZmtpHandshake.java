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

/**
 * One connection from its first octet to the end of its handshake: two machines, one after the other. The
 * {@link VersionNegotiation} settles the version, and with ZMTP 3 the {@link MechanismPhase} does the rest.
 *
 * <p>Takes octets through {@link #receive} and collects what is to be sent until the owner fetches it with
 * {@link #takeOutput}; knows no channel. After every call the owner looks at {@link #result()}. What arrives is copied
 * into a buffer that grows with it, so a peer pins no read buffer and holds no more than the limits allow.
 */
final class ZmtpHandshake {

    private final CodecConfig config;
    private final @Nullable SocketAddress remoteAddress;
    private final String address;
    private final MechanismPhase.Authenticator authenticator;
    private final HandshakeComputer computer;
    private final HandshakeOutput output = new HandshakeOutput();
    private final VersionNegotiation negotiation;
    /** Begins once the version is settled, if that is ZMTP 3. */
    private @Nullable MechanismPhase mechanism;
    /** What came out with a peer of ZMTP 1.0 or 2.0, which has no mechanism. */
    private @Nullable ZmtpPeer legacyResult;
    private boolean closed;

    ZmtpHandshake(CodecConfig config, @Nullable SocketAddress remoteAddress, String address,
            MechanismPhase.Authenticator authenticator, HandshakeComputer computer) {
        this.config = config;
        this.remoteAddress = remoteAddress;
        this.address = address;
        this.authenticator = authenticator;
        this.computer = computer;
        negotiation = new VersionNegotiation(config, output);
    }

    /** Greets the peer. */
    void start() {
        negotiation.start();
    }

    /**
     * Takes octets of the peer, up to the end of the handshake: what is readable afterwards comes after it.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void receive(ByteBuf in) {
        if (!closed && !negotiation.isDone()) {
            negotiation.receive(in);
            if (negotiation.isDone()) {
                negotiated();
            }
        }
        if (!closed && mechanism != null) {
            mechanism.receive(in);
        }
    }

    private void negotiated() {
        ZmtpVersion version = negotiation.version();
        if (version.hasCommands()) {
            mechanism = new MechanismPhase(config, version, remoteAddress, address, output, authenticator, computer);
            mechanism.start();
        } else {
            legacyResult = new ZmtpPeer(version, config.mechanism().name(), negotiation.peerSocketType(),
                    negotiation.identity(), ZmtpMetadata.empty(), null, ZmtpMetadata.empty(), remoteAddress,
                    address);
        }
    }

    /** Tells whether the peer's greeting is complete, and the identity frame that goes with it in ZMTP 1.0 and 2.0. */
    boolean isGreeted() {
        return negotiation.isDone();
    }

    /** Returns how often the peer or we did what the handshake wants: it shows that it goes on, however slowly. */
    int steps() {
        return mechanism == null ? 0 : mechanism.steps();
    }

    /** Tells whether the peer waits for us: there are too many to compute for. */
    boolean isDelayed() {
        return mechanism != null && mechanism.isDelayed();
    }

    /** Returns what both sides agreed on; {@code null} until then. */
    @Nullable ZmtpPeer result() {
        return mechanism == null ? legacyResult : mechanism.result();
    }

    /** Returns what frames go through, once there is a result; it is the caller's then. {@code null} for clear text. */
    @Nullable FrameCipher cipher() {
        return mechanism == null ? null : mechanism.cipher();
    }

    /** Tells whether the peer speaks ZMTP 1.0 and does not even greet. */
    boolean isUnversioned() {
        return negotiation.isUnversioned();
    }

    /** Tells whether the peer was told of its refusal. */
    boolean isErrorSent() {
        return mechanism != null && mechanism.isErrorSent();
    }

    /** Returns what is to be sent by now, for the caller to release; {@code null} if that is nothing. */
    @Nullable ByteBuf takeOutput() {
        return output.take();
    }

    /** Returns what came early and belongs after the handshake, for the caller to release; {@code null} if nothing. */
    @Nullable ByteBuf takeHeld() {
        return mechanism == null ? null : mechanism.takeHeld();
    }

    /** Ends the handshake however it stands. */
    void close() {
        closed = true;
        negotiation.close();
        if (mechanism != null) {
            mechanism.close();
        }
        output.release();
    }
}
