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

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/** The server's half of a CURVE handshake. {@code CurveMechanism} shows the layout of its commands. */
public final class CurveServerSession implements MechanismSession {

    /** Octets of INITIATE around its metadata. */
    static final int INITIATE_OVERHEAD = 257;

    private enum State {
        HELLO,
        /** WELCOME is being computed. */
        ANSWERING_HELLO,
        INITIATE,
        /** INITIATE is being opened, or the authenticator asked about it. */
        ANSWERING_INITIATE,
        DONE
    }

    private final MechanismContext context;
    private final CurveKeys keys;
    private final Randomness randomness;
    private final CurvePrimitives primitives;
    private final CurveBox box;

    private State state = State.HELLO;
    private byte @Nullable [] clientShort;
    private long clientNonce;
    private final byte[] shortSecret = new byte[CurvePrimitives.KEY];
    /** The key of this connection's cookie, which nobody else can open. */
    private final byte[] cookieKey = new byte[CurvePrimitives.KEY];
    private byte[] sessionKey = new byte[0];
    /** Nonce and box of WELCOME, once it is computed. */
    private byte @Nullable [] welcome;
    /** The clear text of INITIATE, once it is computed. */
    private byte @Nullable [] initiate;

    /**
     * Makes the session of one connection.
     *
     * @param context    whom it reports to
     * @param keys       the server's keys
     * @param randomness where keys and nonces of the connection come from
     * @param primitives of this connection alone
     */
    public CurveServerSession(MechanismContext context, CurveKeys keys, Randomness randomness,
            CurvePrimitives primitives) {
        this.context = context;
        this.keys = keys;
        this.randomness = randomness;
        this.primitives = primitives;
        box = new CurveBox(primitives);
    }

    @Override
    public void start() {
        // the client speaks first
    }

    @Override
    public int maxCommandLength(ZmtpLimits limits) {
        if (state == State.ANSWERING_HELLO || state == State.ANSWERING_INITIATE) {
            throw HandshakeCommands.early(state == State.ANSWERING_HELLO ? "WELCOME" : "READY");
        }
        return state == State.HELLO ? limits.maxCommandLength()
                : Math.max(limits.maxCommandLength(), limits.maxMetadataLength() + INITIATE_OVERHEAD);
    }

    @Override
    public void receive(ByteBuf command) {
        if (state == State.HELLO && HandshakeCommands.is(command, "HELLO")) {
            hello(command);
        } else if (state == State.INITIATE && HandshakeCommands.is(command, "INITIATE")) {
            initiate(command);
        } else {
            throw HandshakeCommands.unexpected(command, state.toString());
        }
    }

    private void hello(ByteBuf command) {
        if (command.readableBytes() != CurveClientSession.HELLO_LENGTH) {
            throw malformedHello(command.readableBytes() + " octets", "" + CurveClientSession.HELLO_LENGTH);
        }
        command.skipBytes(6);
        int version = command.readUnsignedShort();
        if (version != 0x0100) {
            throw malformedHello("version " + (version >> 8) + '.' + (version & 0xff), "1.0");
        }
        command.skipBytes(72); // of padding, which nobody looks at
        clientShort = bytes(command, CurvePrimitives.KEY);
        byte[] nonce = bytes(command, 8);
        byte[] signature = bytes(command, 80);
        clientNonce = number(nonce);
        context.admitComputation();
        state = State.ANSWERING_HELLO;
        context.compute(() -> welcome = answerHello(nonce, signature), () -> {
            context.send(HandshakeCommands.begin("WELCOME", welcome.length).writeBytes(welcome));
            welcome = null;
            state = State.INITIATE;
        });
    }

    private byte[] answerHello(byte[] nonce, byte[] signature) {
        byte[] secret = keys.secretKey();
        byte[] helloKey = new byte[0];
        try {
            helloKey = box.sharedKey(clientShort, secret);
            if (!isZero(box.open(helloKey, "CurveZMQHELLO---", nonce, signature, "CURVE HELLO"))) {
                throw malformedHello("a signature that is not zero", "64 zeros");
            }
            return makeWelcome(helloKey);
        } finally {
            Arrays.fill(secret, (byte) 0);
            Arrays.fill(helloKey, (byte) 0);
        }
    }

    private static ZmtpException malformedHello(String what, String expected) {
        return new ZmtpException(ZmtpError.MALFORMED_HELLO, "CURVE HELLO: " + what + " (expected: " + expected + ')');
    }

    private static boolean isZero(byte[] octets) {
        int sum = 0;
        for (byte octet : octets) {
            sum |= octet;
        }
        return sum == 0;
    }

    private byte[] makeWelcome(byte[] helloKey) {
        randomness.nextBytes(shortSecret);
        randomness.nextBytes(cookieKey);
        byte[] cookieNonce = new byte[16];
        randomness.nextBytes(cookieNonce);
        byte[] welcomeNonce = new byte[16];
        randomness.nextBytes(welcomeNonce);
        byte[] inCookie = concat(clientShort, shortSecret);
        byte[] cookie = box.seal(cookieKey, "COOKIE--", cookieNonce, inCookie);
        Arrays.fill(inCookie, (byte) 0);
        return concat(welcomeNonce, box.seal(helloKey, "WELCOME-", welcomeNonce,
                concat(box.publicKey(shortSecret), cookieNonce, cookie)));
    }

    private void initiate(ByteBuf command) {
        if (command.readableBytes() < INITIATE_OVERHEAD) {
            throw new ZmtpException(ZmtpError.MALFORMED_INITIATE, "CURVE INITIATE of " + command.readableBytes()
                    + " octets (expected: " + INITIATE_OVERHEAD + " or more)");
        }
        command.skipBytes(9);
        byte[] cookieNonce = bytes(command, 16);
        byte[] cookie = bytes(command, 80);
        byte[] nonce = bytes(command, 8);
        byte[] sealed = bytes(command, command.readableBytes());
        state = State.ANSWERING_INITIATE;
        context.compute(() -> {
            checkCookie(cookieNonce, cookie);
            initiate = openInitiate(nonce, sealed);
        }, () -> {
            byte[] client = Arrays.copyOf(initiate, CurvePrimitives.KEY);
            byte[] metadata = Arrays.copyOfRange(initiate, 128, initiate.length);
            initiate = null; // an answer may take long, and these two are all it needs
            context.authenticate(List.of(client), () -> ready(metadata));
        });
    }

    private void checkCookie(byte[] nonce, byte[] sealed) {
        byte[] cookie = box.open(cookieKey, "COOKIE--", nonce, sealed, "cookie of CURVE INITIATE");
        Arrays.fill(cookieKey, (byte) 0);
        byte[] inCookie = concat(clientShort, shortSecret);
        boolean ours = MessageDigest.isEqual(cookie, inCookie);
        Arrays.fill(cookie, (byte) 0);
        Arrays.fill(inCookie, (byte) 0);
        if (!ours) {
            throw new ZmtpException(ZmtpError.CRYPTOGRAPHIC,
                    "cookie of CURVE INITIATE: of another connection (expected: the one of our WELCOME)");
        }
    }

    private byte[] openInitiate(byte[] nonce, byte[] sealed) {
        long number = number(nonce);
        if (Long.compareUnsigned(number, clientNonce) <= 0) {
            throw new ZmtpException(ZmtpError.INVALID_SEQUENCE, "short nonce of CURVE INITIATE: "
                    + Long.toUnsignedString(number) + " (expected: above that of HELLO, "
                    + Long.toUnsignedString(clientNonce) + ')');
        }
        clientNonce = number;
        sessionKey = box.sharedKey(clientShort, shortSecret);
        byte[] clear = box.open(sessionKey, "CurveZMQINITIATE", nonce, sealed, "CURVE INITIATE");
        checkVouch(Arrays.copyOf(clear, CurvePrimitives.KEY), Arrays.copyOfRange(clear, 32, 48),
                Arrays.copyOfRange(clear, 48, 128));
        return clear;
    }

    /** The vouch proves that whoever made the short-term key owns the long-term one, and meant this server. */
    private void checkVouch(byte[] client, byte[] nonce, byte[] vouch) {
        byte[] key = box.sharedKey(client, shortSecret);
        byte[] clear;
        try {
            clear = box.open(key, "VOUCH---", nonce, vouch, "vouch of CURVE INITIATE");
        } finally {
            Arrays.fill(key, (byte) 0);
        }
        if (!MessageDigest.isEqual(clear, concat(clientShort, keys.publicKey()))) {
            throw new ZmtpException(ZmtpError.KEY_EXCHANGE,
                    "vouch of CURVE INITIATE: for another connection or server (expected: this one)");
        }
    }

    private void ready(byte[] peerMetadata) {
        ByteBuf metadata = context.encodeMetadata();
        byte[] nonce = shortNonce(1);
        byte[] ready = box.seal(sessionKey, "CurveZMQREADY---", nonce, bytes(metadata, metadata.readableBytes()));
        metadata.release();
        context.send(HandshakeCommands.begin("READY", 8 + ready.length).writeBytes(nonce).writeBytes(ready));
        context.complete(Unpooled.wrappedBuffer(peerMetadata),
                new CurveCipher(primitives, sessionKey, true, 1, clientNonce));
        state = State.DONE;
    }

    @Override
    public boolean expectsCommand() {
        return state != State.DONE;
    }

    @Override
    public void close() {
        Arrays.fill(shortSecret, (byte) 0);
        Arrays.fill(cookieKey, (byte) 0);
        Arrays.fill(sessionKey, (byte) 0);
        box.close();
    }
}
