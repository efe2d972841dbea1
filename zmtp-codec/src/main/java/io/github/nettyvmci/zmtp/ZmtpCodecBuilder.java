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

import static io.netty.util.internal.ObjectUtil.checkPositive;
import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Configures {@link ZmtpCodec}s. A builder may make any number of them, one per channel; they keep the settings of the
 * moment they were built. Not thread-safe while settings change.
 */
public final class ZmtpCodecBuilder {

    private final ZmtpSocketType socketType;
    private byte[] routingId = new byte[0];
    private Mechanism mechanism = NullMechanism.INSTANCE;
    private ZmtpLimits limits = ZmtpLimits.defaults();
    private ZmtpMetadata properties = ZmtpMetadata.empty();
    private boolean legacyVersions = true;
    private boolean socketTypeRequired;
    private @Nullable ZapHandler zapHandler;
    private String zapDomain = "";
    private Function<Channel, String> peerAddress = PeerAddress::of;
    private @Nullable ZmtpHandshakeLimiter handshakeLimiter;
    private @Nullable Function<Channel, String> limiterAddress;
    private @Nullable ZmtpReceiveBudget receiveBudget;
    /** Not private: tests have a clock of their own. */
    ComputationRate computationRate = new ComputationRate(HandshakeComputer.DEFAULT_RATE, System::nanoTime);
    /** Shared by all codecs of this builder. */
    private final AtomicInteger handshakesComputing = new AtomicInteger();
    private @Nullable Executor handshakeExecutor;
    private @Nullable ZmtpFrameSink frameSink;
    private int maxBatch = 1;
    private Duration heartbeatInterval = Duration.ZERO;
    private @Nullable Duration heartbeatTimeout;
    private Duration heartbeatTimeToLive = Duration.ZERO;
    private boolean heartbeatNewPeersOnly;
    /** The settings of the last codec, which the next one shares unless they have changed. */
    private @Nullable CodecConfig last;

    ZmtpCodecBuilder(ZmtpSocketType socketType) {
        this.socketType = requireNonNull(socketType, "socketType");
    }

    /**
     * Sets the routing id this side asks for ({@code ZMQ_ROUTING_ID}). Only {@link ZmtpSocketType#REQ},
     * {@link ZmtpSocketType#DEALER} and {@link ZmtpSocketType#ROUTER} announce it to peers of ZMTP 3.
     *
     * <p>Default: empty, the peer chooses one.
     *
     * @param id 0 to 255 octets, the first not 0, which is kept for ids that peers choose; copied
     * @return this builder
     */
    public ZmtpCodecBuilder routingId(byte[] id) {
        if (id.length > 255 || id.length > 0 && id[0] == 0) {
            throw new IllegalArgumentException("routingId: " + id.length + " octets"
                    + (id.length > 0 ? " beginning with " + id[0] : "")
                    + " (expected: 0 to 255 octets, the first not 0)");
        }
        routingId = id.clone();
        return this;
    }

    /**
     * Sets the security mechanism, with this side's role in it. Both peers must use the same.
     *
     * <p>Default: {@link NullMechanism}.
     *
     * @param mechanism the mechanism, shared by all channels
     * @return this builder
     */
    public ZmtpCodecBuilder mechanism(Mechanism mechanism) {
        String name = mechanism.name();
        if (name.isEmpty() || name.length() > 20 || !name.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new IllegalArgumentException("mechanism name: " + ZmtpMetadata.printable(name)
                    + " (expected: 1 to 20 characters of ASCII)");
        }
        this.mechanism = mechanism;
        return this;
    }

    /**
     * Sets the bounds on what a peer can make this side do.
     *
     * <p>Default: {@link ZmtpLimits#defaults()}.
     *
     * @param limits the limits
     * @return this builder
     */
    public ZmtpCodecBuilder limits(ZmtpLimits limits) {
        this.limits = requireNonNull(limits, "limits");
        return this;
    }

    /**
     * Sets the properties to tell the peer besides its socket type and routing id ({@code ZMQ_METADATA}). They are sent
     * in the order given, in clear under NULL and PLAIN.
     *
     * <p>Default: none.
     *
     * @param properties names should begin with {@code X-}; {@code Socket-Type} and {@code Identity} are refused
     * @return this builder
     */
    public ZmtpCodecBuilder properties(ZmtpMetadata properties) {
        for (String reserved : new String[] {ZmtpMetadata.SOCKET_TYPE, ZmtpMetadata.IDENTITY}) {
            if (properties.get(reserved) != null) {
                throw new IllegalArgumentException("property: " + reserved + " (expected: names of your own, X-...;"
                        + " this one has its own option)");
            }
        }
        for (String name : properties.names()) {
            if (!ZmtpMetadata.isName(name)) { // what a peer told us is not always what we may tell others
                throw new IllegalArgumentException("property name: " + ZmtpMetadata.printable(name)
                        + " (expected: letters, digits, - _ . +)");
            }
        }
        this.properties = properties;
        return this;
    }

    /**
     * Sets whether peers of ZMTP 1.0 and 2.0 are served. They know no security: with a mechanism other than NULL, or
     * with an authenticator, they are refused whatever is set here (RFC 37, "Version Negotiation").
     *
     * <p>Default: {@code true}, as in libzmq. While it is off, anything that does not begin with a versioned signature
     * is disconnected at once.
     *
     * @param served whether to serve them
     * @return this builder
     */
    public ZmtpCodecBuilder legacyVersions(boolean served) {
        legacyVersions = served;
        return this;
    }

    /**
     * Sets whether a peer of ZMTP 3 that does not announce its socket type is refused.
     *
     * <p>Default: {@code false}, as in libzmq and JeroMQ. A socket type that does not fit is refused in any case.
     *
     * @param required whether to refuse
     * @return this builder
     */
    public ZmtpCodecBuilder socketTypeRequired(boolean required) {
        socketTypeRequired = required;
        return this;
    }

    /**
     * Sets the authenticator. Where this side is the server of PLAIN or CURVE, and on any side with NULL, it is asked
     * about every peer; where this side is the client it is not.
     *
     * <p>Default: none. PLAIN servers need one; a CURVE server without one encrypts but lets any key in.
     *
     * @param handler the authenticator, shared by all channels
     * @return this builder
     */
    public ZmtpCodecBuilder zapHandler(ZapHandler handler) {
        zapHandler = requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Sets the domain the authenticator is asked for ({@code ZMQ_ZAP_DOMAIN}). It needs a {@link #zapHandler}.
     *
     * <p>Default: empty.
     *
     * @param domain up to 255 octets of UTF-8
     * @return this builder
     */
    public ZmtpCodecBuilder zapDomain(String domain) {
        zapDomain = requireNonNull(domain, "domain");
        return this;
    }

    /**
     * Sets how the authenticator, and whoever asks {@link ZmtpPeer#address()}, is told where a peer is
     * ({@link ZapRequest#address()}).
     *
     * <p>Default: the IP address without port for a peer on TCP ({@code ::1} for IPv6), nothing otherwise. A server on
     * VM sockets passes the CID: {@code ch -> Long.toString(((VmciAddress) ch.remoteAddress()).cid())}.
     *
     * @param address called on the event loop of each connection; returns nothing ({@code ""}) where it cannot say
     * @return this builder
     */
    public ZmtpCodecBuilder peerAddress(Function<Channel, String> address) {
        peerAddress = requireNonNull(address, "address");
        return this;
    }

    /**
     * Sets what bounds the handshakes of all channels together, and of those with one {@link #peerAddress}. A
     * connection that has to go is closed with a {@link ZmtpHandshakeFailed} whose cause is a {@link
     * ZmtpLimitException}.
     *
     * <p>Default: none.
     *
     * @param limiter shared by all channels of a server
     * @return this builder
     */
    public ZmtpCodecBuilder handshakeLimiter(ZmtpHandshakeLimiter limiter) {
        handshakeLimiter = requireNonNull(limiter, "limiter");
        limiterAddress = null;
        return this;
    }

    /**
     * Sets the limiter as {@link #handshakeLimiter(ZmtpHandshakeLimiter)} does, with an address of its own for each
     * peer: what counts as one peer may be another thing than what the authenticator is told, such as the user of a
     * process, not the process.
     *
     * @param limiter shared by all channels of a server
     * @param address called once per connection on its event loop; returns nothing ({@code ""}) where it cannot say
     * @return this builder
     */
    public ZmtpCodecBuilder handshakeLimiter(ZmtpHandshakeLimiter limiter, Function<Channel, String> address) {
        handshakeLimiter = requireNonNull(limiter, "limiter");
        limiterAddress = requireNonNull(address, "address");
        return this;
    }

    /**
     * Sets what bounds the memory of the unfinished messages of all channels together, besides the
     * {@link ZmtpLimits#maxFrameLength()} and {@link ZmtpLimits#maxMessageLength()} of each. When it is used up, the
     * channel that holds most is closed with a {@link ZmtpLimitException}.
     *
     * <p>Default: none.
     *
     * @param budget shared by any number of channels
     * @return this builder
     */
    public ZmtpCodecBuilder receiveBudget(ZmtpReceiveBudget budget) {
        receiveBudget = requireNonNull(budget, "budget");
        return this;
    }

    /**
     * Sets for how many peers within a second this side, as a CURVE server, computes anything: an eighth of a
     * millisecond for a HELLO, which anybody may send again and again, and a third of one for a handshake. One more
     * waits, in turn, until there is room, within its {@link ZmtpLimits#handshakeTimeout()}; when that is over it is
     * closed with a {@link ZmtpHandshakeFailed} whose cause is a {@link ZmtpLimitException}. One address, the one that
     * counts for the {@link #handshakeLimiter}, gets seven eighths of them at most. The codecs of one builder count
     * together.
     *
     * <p>Default: 3000 for each thread of the default {@link #handshakeExecutor}, which is about as many as they can
     * compute for.
     *
     * @param most 1 or more
     * @return this builder
     */
    public ZmtpCodecBuilder maxComputationsPerSecond(int most) {
        computationRate = new ComputationRate(checkPositive(most, "most"), System::nanoTime);
        return this;
    }

    /**
     * Sets where this side, as a CURVE server, computes while more than one handshake of the codecs of this builder is
     * under way, or after an eighth of {@link #maxComputationsPerSecond}, 500 at most, within a second; a single one is
     * computed on its event loop, where it takes least time. A computation that the executor rejects ends its handshake
     * with a {@link ZmtpLimitException}; the peer may try again.
     *
     * <p>Default: daemon threads that all servers share, half as many as there are processors, 1 to 4. For all of it on
     * the event loop: {@code Runnable::run}.
     *
     * @param executor is given one computation at a time for each handshake under way
     * @return this builder
     */
    public ZmtpCodecBuilder handshakeExecutor(Executor executor) {
        handshakeExecutor = requireNonNull(executor, "executor");
        return this;
    }

    /**
     * Sets a sink that takes message frames in place of {@link ZmtpMessage}s.
     *
     * <p>Default: none.
     *
     * @param sink the sink; may be shared if it can stand it
     * @return this builder
     */
    public ZmtpCodecBuilder frameSink(ZmtpFrameSink sink) {
        frameSink = requireNonNull(sink, "sink");
        return this;
    }

    /**
     * Sets how many small messages of one part may go on together as one {@link ZmtpBatch}, if they lie one after
     * another in a read. A handler behind the codec then has to expect both: batches of two messages or more, and
     * {@link ZmtpMessage}s. There are no batches while autoRead is off, where each {@code read()} grants one message,
     * nor for types that get subscriptions, under CURVE, from peers of ZMTP 1.0, and with a {@link #frameSink}.
     *
     * <p>Default: 1, no batches.
     *
     * @param messages the most messages of a batch, 1 or more
     * @return this builder
     * @throws IllegalArgumentException if it is less than 1
     */
    public ZmtpCodecBuilder maxBatch(int messages) {
        if (messages < 1) {
            throw new IllegalArgumentException("maxBatch: " + messages + " (expected: 1 or more)");
        }
        maxBatch = messages;
        return this;
    }

    /**
     * Sets how often this side sends PING ({@code ZMQ_HEARTBEAT_IVL}). Peers of ZMTP 3.0 get them too, as libzmq has
     * it, though RFC 23 has no PING: libzmq and JeroMQ answer, but zmq.rs closes the connection, and go-zeromq hands it
     * to the application; see {@link #heartbeatNewPeersOnly}. Older ones get none. A libzmq DISH closes on PING, so do
     * not use them on a RADIO.
     *
     * <p>Default: zero, no PINGs. The peer's PINGs are answered in any case.
     *
     * @param interval 0 or more
     * @return this builder
     */
    public ZmtpCodecBuilder heartbeatInterval(Duration interval) {
        heartbeatInterval = ZmtpLimits.checkDuration("heartbeatInterval", interval);
        return this;
    }

    /**
     * Sets how long a peer may be silent after our PING has left before the connection fails with
     * {@link ZmtpError#HEARTBEAT_TIMEOUT} ({@code ZMQ_HEARTBEAT_TIMEOUT}). While messages leave that had to wait, the
     * peer lives, too. A time in which nothing is read because the handlers behind the codec want nothing does not
     * count: the peer has all of its timeout again when reading goes on, and is found silent after two of them at the
     * latest. The same holds for the time to live that a peer announces.
     *
     * <p>Default: the interval. Zero: for ever.
     *
     * @param timeout 0 or more
     * @return this builder
     */
    public ZmtpCodecBuilder heartbeatTimeout(Duration timeout) {
        heartbeatTimeout = ZmtpLimits.checkDuration("heartbeatTimeout", timeout);
        return this;
    }

    /**
     * Sets after which silence of ours the peer shall close the connection, as told in every PING
     * ({@code ZMQ_HEARTBEAT_TTL}). Should be longer than the interval.
     *
     * <p>Default: zero, never. libzmq reckons wrongly above 65.5 seconds and closes at once.
     *
     * @param timeToLive 0 to 6553.5 seconds, rounded down to tenths
     * @return this builder
     */
    public ZmtpCodecBuilder heartbeatTimeToLive(Duration timeToLive) {
        heartbeatTimeToLive = ZmtpLimits.checkDuration("heartbeatTimeToLive", timeToLive, 6_553_599);
        return this;
    }

    /**
     * Sets whether only peers of ZMTP 3.1 get PINGs, whose RFC 37 has them.
     *
     * <p>Default: {@code false}, as in libzmq: those of 3.0 get them, too.
     *
     * @param only whether to leave out peers of ZMTP 3.0
     * @return this builder
     */
    public ZmtpCodecBuilder heartbeatNewPeersOnly(boolean only) {
        heartbeatNewPeersOnly = only;
        return this;
    }

    /**
     * Makes the codec of one channel.
     *
     * @return a new handler
     * @throws IllegalStateException if two settings contradict each other
     */
    public ZmtpCodec build() {
        if (zapHandler == null && mechanism.needsZapHandler()) {
            throw new IllegalStateException("zapHandler: none (expected: one, " + mechanism.name()
                    + " servers cannot check credentials without); set zapHandler(...)");
        }
        if (zapHandler == null && !zapDomain.isEmpty()) {
            throw new IllegalStateException("zapDomain: " + ZmtpMetadata.printable(zapDomain)
                    + " without zapHandler (expected: both); a domain alone would protect nothing");
        }
        CodecConfig.Load load = new CodecConfig.Load(handshakeLimiter,
                limiterAddress == null ? peerAddress : limiterAddress, computationRate, handshakesComputing,
                handshakeExecutor);
        CodecConfig.Beats beats = new CodecConfig.Beats(heartbeatInterval,
                heartbeatTimeout == null ? heartbeatInterval : heartbeatTimeout, heartbeatTimeToLive,
                heartbeatNewPeersOnly);
        return new ZmtpCodec(shared(new CodecConfig(socketType, routingId, mechanism, properties, limits,
                legacyVersions, socketTypeRequired, frameSink, maxBatch, receiveBudget,
                new CodecConfig.Authentication(zapHandler, zapDomain, peerAddress), load, beats)));
    }

    private CodecConfig shared(CodecConfig config) {
        CodecConfig before = last; // another thread may build at the same time, with these settings too
        if (config.equals(before)) {
            return before;
        }
        last = config;
        return config;
    }
}
