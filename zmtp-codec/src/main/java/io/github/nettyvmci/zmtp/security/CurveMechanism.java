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
package io.github.nettyvmci.zmtp.security;

import static java.util.Objects.requireNonNull;

import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.internal.curve.CurveClientSession;
import io.github.nettyvmci.zmtp.internal.curve.CurvePrimitives;
import io.github.nettyvmci.zmtp.internal.curve.CurveServerSession;
import io.github.nettyvmci.zmtp.internal.curve.Randomness;

import java.security.SecureRandom;

/**
 * CURVE (RFC 26): both peers prove that they own their key, and everything after the handshake is encrypted and
 * authenticated with keys that live as long as the connection. Needs BouncyCastle
 * ({@code org.bouncycastle:bcprov-jdk18on}) at run time, for the handshake.
 *
 * <p>The client must know the server's public key. The server learns the client's and asks its {@link ZapHandler} about
 * it; without one it lets in whoever owns any key at all, and only keeps others from listening.
 *
 * <pre>
 *  client HELLO    = 05 "HELLO" 01 00 | zeros (72) | C' (32) | nonce (8) | box of 64 zeros C'-&gt;S (80)
 *  server WELCOME  = 07 "WELCOME" | nonce (16) | box of S', cookie S-&gt;C' (144)
 *  client INITIATE = 08 "INITIATE" | cookie (96) | nonce (8) | box of C, vouch, metadata C'-&gt;S' (144 + n)
 *  server READY    = 05 "READY" | nonce (8) | box of metadata S'-&gt;C' (16 + n)
 *  either MESSAGE  = 07 "MESSAGE" | nonce (8) | box of flags, body (17 + n), in a message frame
 *
 *  cookie = nonce (16) | secret box of C', s' under a key only the server has (80)
 *  vouch  = nonce (16) | box of C', S C-&gt;S' (80)
 * </pre>
 *
 * <p>MESSAGE travels in message frames, as libzmq and JeroMQ send it; in a command frame, where RFC 37 puts it, libzmq
 * drops it without a word. Both are accepted.
 */
public final class CurveMechanism implements Mechanism {

    private static final SecureRandom SECURE = new SecureRandom();

    private final CurveKeyPair keys;
    /** The server's public key, which for a server is its own. */
    private final byte[] serverKey;
    private final boolean server;
    private final Randomness randomness;

    CurveMechanism(boolean server, CurveKeyPair keys, byte[] serverKey, Randomness randomness) {
        this.server = server;
        this.keys = requireNonNull(keys, "keys");
        this.serverKey = CurveKeyPair.checkKey("server key", serverKey).clone();
        this.randomness = randomness;
    }

    /**
     * Makes the server's side ({@code ZMQ_CURVE_SERVER}, {@code ZMQ_CURVE_SECRETKEY}).
     *
     * @param keys the server's keys
     * @return the mechanism
     */
    public static CurveMechanism server(CurveKeyPair keys) {
        return new CurveMechanism(true, keys, keys.publicKey(), SECURE::nextBytes);
    }

    /**
     * Makes the client's side ({@code ZMQ_CURVE_PUBLICKEY}, {@code ZMQ_CURVE_SECRETKEY}, {@code ZMQ_CURVE_SERVERKEY}).
     *
     * @param keys      the client's keys
     * @param serverKey the server's public key, 32 octets
     * @return the mechanism
     */
    public static CurveMechanism client(CurveKeyPair keys, byte[] serverKey) {
        return new CurveMechanism(false, keys, serverKey, SECURE::nextBytes);
    }

    /**
     * Makes the client's side.
     *
     * @param keys      the client's keys
     * @param serverKey the server's public key, 40 characters of Z85
     * @return the mechanism
     */
    public static CurveMechanism client(CurveKeyPair keys, String serverKey) {
        return client(keys, CurveKeyPair.keyOfText("server key", serverKey));
    }

    @Override
    public String name() {
        return "CURVE";
    }

    @Override
    public boolean isServer() {
        return server;
    }

    @Override
    public MechanismSession newSession(MechanismContext context) {
        CurvePrimitives primitives = CurvePrimitives.create();
        return server ? new CurveServerSession(context, keys.keys(), randomness, primitives)
                : new CurveClientSession(context, keys.keys(), serverKey, randomness, primitives);
    }

    @Override
    public String toString() {
        return server ? "CURVE server " + keys.publicKeyText() : "CURVE client " + keys.publicKeyText();
    }
}
