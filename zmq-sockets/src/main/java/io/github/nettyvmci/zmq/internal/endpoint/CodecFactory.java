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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.pattern.Pattern;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.Mechanism;
import io.github.nettyvmci.zmtp.NullMechanism;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMetadata;
import io.github.nettyvmci.zmtp.ZmtpReceiveBudget;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.github.nettyvmci.zmtp.security.PlainMechanism;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * Makes the codecs of a socket from its options: mechanism, authenticator, limits.
 *
 * @param type           of the socket
 * @param limits         bounds what a peer can make this side keep and do
 * @param receiveBudget  bounds the memory of unfinished messages of all peers
 * @param mechanism      the application's own mechanism, or {@code null} for the one that the options ask for
 * @param authenticators where an authenticator comes from
 * @param limiter        bounds the handshakes of accepted peers, or {@code null} for a new one with defaults for each
 *                       bind
 */
public record CodecFactory(ZmqSocketType type, ZmtpLimits limits, ZmtpReceiveBudget receiveBudget,
        @Nullable Mechanism mechanism, Authenticators authenticators, @Nullable ZmtpHandshakeLimiter limiter) {

    /** The most handshakes under way at one bind. For one more an old one is ended, and its peer may try again. */
    private static final int MOST_HANDSHAKES = 1000;
    /** The most messages that come in as one batch. */
    private static final int MOST_BATCHED = 512;

    /** Where an authenticator comes from. */
    public interface Authenticators {

        /**
         * Returns the handler that decides about peers.
         *
         * @param required whether peers are refused while there is no such handler; otherwise they are admitted
         */
        ZapHandler get(boolean required);
    }

    /**
     * Returns what makes the codecs of an endpoint's channels.
     *
     * @param bound the same as {@code target} if the channels are accepted; {@code null} if they connect
     * @return the builder, or {@code null} for STREAM, which has no codec
     */
    @Nullable ZmtpCodecBuilder codecs(ZmqOptions options, ZmqTransport.Target target,
            ZmqTransport.@Nullable BindTarget bound) {
        if (type.zmtp() == null) {
            return null;
        }
        ZmtpCodecBuilder builder = ZmtpCodec.builder(type.zmtp()).routingId(options.get(ZmqOption.ROUTING_ID))
                .limits(limits(options, bound != null)).receiveBudget(receiveBudget).properties(properties(options))
                .peerAddress(target::peerAddress)
                .heartbeatNewPeersOnly(options.get(ZmqOption.HEARTBEAT_NEW_PEERS_ONLY))
                .heartbeatTimeToLive(options.get(ZmqOption.HEARTBEAT_TTL));
        if (options.isSet(ZmqOption.HEARTBEAT_IVL)) {
            builder.heartbeatInterval(options.get(ZmqOption.HEARTBEAT_IVL));
        } else if (type != ZmqSocketType.RADIO) { // a DISH of libzmq closes on PING
            builder.heartbeatInterval(target.heartbeatInterval()).heartbeatNewPeersOnly(true);
        }
        Duration timeout = options.get(ZmqOption.HEARTBEAT_TIMEOUT);
        if (!timeout.isNegative()) {
            builder.heartbeatTimeout(timeout);
        }
        if (bound != null) {
            builder.handshakeLimiter(limiter != null ? limiter : new ZmtpHandshakeLimiter(MOST_HANDSHAKES),
                    bound::limiterAddress);
        }
        if (Pattern.takesBatches(type)) {
            builder.maxBatch(maxBatch(options.get(ZmqOption.RCVHWM)));
        }
        Mechanism chosen = mechanism(options);
        builder.mechanism(chosen);
        authenticator(builder, chosen, options);
        return builder;
    }

    /** Returns how many messages may come in as one batch, by which a full pipe may exceed its high-water mark. */
    private static int maxBatch(int receiveMark) {
        return receiveMark == 0 ? MOST_BATCHED : Math.max(1, Math.min(MOST_BATCHED, receiveMark / 4));
    }

    /**
     * Checks that the options make sense together, because a fault in them would end every connection anew.
     *
     * @throws ZmqException {@link ZmqError#INVALID} if they do not
     */
    public void check(ZmqOptions options, ZmqTransport.Target target) {
        try {
            ZmtpCodecBuilder codecs = codecs(options, target, null);
            if (codecs != null) {
                codecs.build();
            }
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ZmqException(ZmqError.INVALID, e.getMessage(), e);
        }
    }

    /**
     * Finds the mechanism the options ask for.
     *
     * @throws ZmqException if they ask for two, or leave out what one needs
     */
    public Mechanism mechanism(ZmqOptions options) {
        if (mechanism != null) {
            return mechanism;
        }
        boolean plainServer = options.get(ZmqOption.PLAIN_SERVER);
        boolean plainClient = !options.get(ZmqOption.PLAIN_USERNAME).isEmpty();
        boolean curveServer = options.get(ZmqOption.CURVE_SERVER);
        boolean curveClient = options.get(ZmqOption.CURVE_SERVERKEY).length > 0;
        if ((plainServer ? 1 : 0) + (plainClient ? 1 : 0) + (curveServer ? 1 : 0) + (curveClient ? 1 : 0) > 1) {
            throw new ZmqException(ZmqError.INVALID, "security: PLAIN_SERVER " + plainServer + ", PLAIN_USERNAME "
                    + plainClient + ", CURVE_SERVER " + curveServer + ", CURVE_SERVERKEY " + curveClient
                    + " (expected: one of them at most)");
        }
        if (plainServer) {
            return PlainMechanism.server();
        }
        if (plainClient) {
            return PlainMechanism.client(options.get(ZmqOption.PLAIN_USERNAME), options.get(ZmqOption.PLAIN_PASSWORD));
        }
        if (!curveServer && !curveClient) {
            return NullMechanism.INSTANCE;
        }
        byte[] secret = options.get(ZmqOption.CURVE_SECRETKEY);
        if (secret.length == 0) {
            throw new ZmqException(ZmqError.INVALID, "CURVE_SECRETKEY: none (expected: the secret key of this side);"
                    + " CurveKeyPair.generate() makes one");
        }
        CurveKeyPair keys = CurveKeyPair.ofSecret(secret);
        byte[] publicKey = options.get(ZmqOption.CURVE_PUBLICKEY);
        if (publicKey.length > 0 && !Arrays.equals(publicKey, keys.publicKey())) {
            throw new ZmqException(ZmqError.INVALID,
                    "CURVE_PUBLICKEY: not that of CURVE_SECRETKEY (expected: " + keys.publicKeyText() + ')');
        }
        return curveServer ? CurveMechanism.server(keys)
                : CurveMechanism.client(keys, options.get(ZmqOption.CURVE_SERVERKEY));
    }

    /** Sets the authenticator: NULL asks one only if there is a domain, a server of another mechanism always. */
    private void authenticator(ZmtpCodecBuilder builder, Mechanism chosen, ZmqOptions options) {
        String domain = options.get(ZmqOption.ZAP_DOMAIN);
        boolean enforce = options.get(ZmqOption.ZAP_ENFORCE_DOMAIN) && !domain.isEmpty();
        if (chosen.name().equals("NULL") ? !domain.isEmpty() : chosen.isServer()) {
            builder.zapHandler(authenticators.get(chosen.needsZapHandler() || enforce)).zapDomain(domain);
        }
    }

    private static ZmtpMetadata properties(ZmqOptions options) {
        ZmtpMetadata.Builder builder = ZmtpMetadata.builder();
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String property : options.get(ZmqOption.METADATA)) {
            int colon = property.indexOf(':');
            String name = property.substring(0, colon);
            if (names.add(name)) { // the first one of a name counts, as in libzmq
                builder.add(name, property.substring(colon + 1));
            }
        }
        return builder.build();
    }

    private ZmtpLimits limits(ZmqOptions options, boolean accepts) {
        long most = options.get(ZmqOption.MAXMSGSIZE);
        ZmtpLimits.Builder builder = limits.toBuilder();
        if (most >= 0) {
            builder.maxFrameLength((int) most).maxMessageLength(Math.max(limits.maxMessageLength(), most));
        }
        Duration handshake = options.get(ZmqOption.HANDSHAKE_IVL);
        if (!accepts || handshake.isZero()) {
            builder.greetingTimeout(Duration.ZERO); // only an accepted peer must greet soon: a listener may be busy
        }
        return builder.handshakeTimeout(handshake).build();
    }
}
