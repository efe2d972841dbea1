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
package io.github.nettyvmci.zmtp.internal.curve;

import static io.github.nettyvmci.zmtp.internal.curve.Octets.bytes;
import static io.github.nettyvmci.zmtp.internal.curve.Octets.concat;
import static io.github.nettyvmci.zmtp.internal.curve.Octets.number;
import static io.github.nettyvmci.zmtp.internal.curve.Octets.shortNonce;

import io.github.nettyvmci.zmtp.HandshakeCommands;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** The client's half of a CURVE handshake. {@code CurveMechanism} shows the layout of its commands. */
public final class CurveClientSession implements MechanismSession {

    /** Octets of HELLO and WELCOME, which are always the same. */
    static final int HELLO_LENGTH = 200;
    static final int WELCOME_LENGTH = 168;
    /** Octets of READY around its metadata. */
    static final int READY_OVERHEAD = 30;

    private enum State { WELCOME, READY, DONE }

    private final MechanismContext context;
    private final CurveKeys keys;
    private final byte[] serverKey;
    private final Randomness randomness;
    private final CurvePrimitives primitives;
    private final CurveBox box;

    private State state = State.WELCOME;
    private final byte[] shortSecret = new byte[CurvePrimitives.KEY];
    private byte @Nullable [] shortPublic;
    /** The key for boxes between our short-term key and the server's long-term one. */
    private byte[] helloKey = new byte[0];
    /** The key for boxes between the short-term keys. */
    private byte[] sessionKey = new byte[0];

    /**
     * Makes the session of one connection.
     *
     * @param context    whom it reports to
     * @param keys       the client's keys
     * @param serverKey  the server's public key, 32 octets
     * @param randomness where keys and nonces of the connection come from
     * @param primitives of this connection alone
     */
    public CurveClientSession(MechanismContext context, CurveKeys keys, byte[] serverKey, Randomness randomness,
            CurvePrimitives primitives) {
        this.context = context;
        this.keys = keys;
        this.serverKey = serverKey;
        this.randomness = randomness;
        this.primitives = primitives;
        box = new CurveBox(primitives);
    }

    @Override
    public void start() {
        randomness.nextBytes(shortSecret);
        shortPublic = box.publicKey(shortSecret);
        helloKey = box.sharedKey(serverKey, shortSecret);
        byte[] nonce = shortNonce(1);
        context.send(HandshakeCommands.begin("HELLO", HELLO_LENGTH - 6).writeByte(1).writeByte(0).writeZero(72)
                .writeBytes(shortPublic).writeBytes(nonce)
                .writeBytes(box.seal(helloKey, "CurveZMQHELLO---", nonce, new byte[64])));
    }

    @Override
    public int maxCommandLength(ZmtpLimits limits) {
        return Math.max(limits.maxCommandLength(), limits.maxMetadataLength() + READY_OVERHEAD);
    }

    @Override
    public void receive(ByteBuf command) {
        if (HandshakeCommands.is(command, "ERROR")) {
            throw HandshakeCommands.error(command);
        }
        if (state == State.WELCOME && HandshakeCommands.is(command, "WELCOME")) {
            welcome(command);
            state = State.READY;
        } else if (state == State.READY && HandshakeCommands.is(command, "READY")) {
            ready(command);
            state = State.DONE;
        } else {
            throw HandshakeCommands.unexpected(command, state + " or ERROR");
        }
    }

    private void welcome(ByteBuf command) {
        if (command.readableBytes() != WELCOME_LENGTH) {
            throw new ZmtpException(ZmtpError.MALFORMED_WELCOME, "CURVE WELCOME of " + command.readableBytes()
                    + " octets (expected: " + WELCOME_LENGTH + ')');
        }
        command.skipBytes(8);
        byte[] nonce = bytes(command, 16);
        byte[] clear = box.open(helloKey, "WELCOME-", nonce, bytes(command, 144), "CURVE WELCOME");
        byte[] serverShort = Arrays.copyOf(clear, CurvePrimitives.KEY);
        byte[] cookie = Arrays.copyOfRange(clear, CurvePrimitives.KEY, clear.length);
        sessionKey = box.sharedKey(serverShort, shortSecret);

        byte[] vouchNonce = new byte[16];
        randomness.nextBytes(vouchNonce);
        byte[] secret = keys.secretKey();
        byte[] vouchKey = new byte[0];
        byte[] vouch;
        try {
            vouchKey = box.sharedKey(serverShort, secret);
            vouch = box.seal(vouchKey, "VOUCH---", vouchNonce, concat(shortPublic, serverKey));
        } finally {
            Arrays.fill(secret, (byte) 0);
            Arrays.fill(vouchKey, (byte) 0);
        }

        ByteBuf metadata = context.encodeMetadata();
        byte[] initiate = concat(keys.publicKey(), vouchNonce, vouch, bytes(metadata, metadata.readableBytes()));
        metadata.release();
        byte[] shortNonce = shortNonce(2);
        byte[] initiateBox = box.seal(sessionKey, "CurveZMQINITIATE", shortNonce, initiate);
        context.send(HandshakeCommands.begin("INITIATE", cookie.length + 8 + initiateBox.length)
                .writeBytes(cookie).writeBytes(shortNonce).writeBytes(initiateBox));
    }

    private void ready(ByteBuf command) {
        if (command.readableBytes() < READY_OVERHEAD) {
            throw new ZmtpException(ZmtpError.MALFORMED_READY, "CURVE READY of " + command.readableBytes()
                    + " octets (expected: " + READY_OVERHEAD + " or more)");
        }
        command.skipBytes(6);
        byte[] nonce = bytes(command, 8);
        byte[] metadata = box.open(sessionKey, "CurveZMQREADY---", nonce, bytes(command, command.readableBytes()),
                "CURVE READY");
        context.complete(Unpooled.wrappedBuffer(metadata),
                new CurveCipher(primitives, sessionKey, false, 2, number(nonce)));
    }

    @Override
    public boolean expectsCommand() {
        return state != State.DONE;
    }

    @Override
    public void close() {
        Arrays.fill(shortSecret, (byte) 0);
        Arrays.fill(helloKey, (byte) 0);
        Arrays.fill(sessionKey, (byte) 0);
        box.close();
    }
}
