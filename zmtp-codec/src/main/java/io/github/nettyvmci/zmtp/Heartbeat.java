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
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * PING and PONG (RFC 37, section "Connection Heartbeating").
 *
 * <pre>
 *  PING = 04 "PING" time-to-live (2, tenths of a second) context (0..16)
 *  PONG = 04 "PONG" context
 * </pre>
 *
 * <p>Anything that arrives is a sign of life, PONGs are not counted. Two deadlines watch the peer: ours begins with our
 * PING, the peer's own (its time to live) with its PING; each ends the connection unless something arrived before it.
 */
final class Heartbeat {

    /** Longest context of a PING that is answered; longer ones are cut, as libzmq does. */
    private static final int MAX_CONTEXT = 16;

    private final ChannelHandlerContext ctx;
    private final ZmtpCodecBuilder config;
    private final FrameEncoder encoder;
    private final Consumer<ZmtpException> onDead;
    private final long intervalNanos;
    private final long timeoutNanos;
    /** The same for every PING; {@code null} if there are none. */
    private final ByteBuf ping;

    private Future<?> pinger;
    private Future<?> answerDeadline;
    private Future<?> lifeDeadline;
    private boolean heardSincePing;
    private boolean heardSinceTimeToLive;
    private Future<?> window;
    private int pingsInWindow;
    /** The PONG that waits for the channel to become writable, or {@code null}; a later one replaces it. */
    private ByteBuf waitingPong;
    private boolean unflushed;

    Heartbeat(ChannelHandlerContext ctx, ZmtpCodecBuilder config, FrameEncoder encoder,
            Consumer<ZmtpException> onDead) {
        this.ctx = ctx;
        this.config = config;
        this.encoder = encoder;
        this.onDead = onDead;
        intervalNanos = config.heartbeatInterval.toNanos();
        timeoutNanos = (config.heartbeatTimeout == null ? config.heartbeatInterval : config.heartbeatTimeout).toNanos();
        ping = intervalNanos == 0 ? null : Unpooled.unreleasableBuffer(HandshakeCommands.begin("PING", 2)
                .writeShort((int) (config.heartbeatTimeToLive.toMillis() / 100)));
    }

    void start() {
        if (intervalNanos > 0) {
            pinger = ctx.executor().scheduleAtFixedRate(this::sendPing, intervalNanos, intervalNanos,
                    TimeUnit.NANOSECONDS);
        }
    }

    void stop() {
        cancel(pinger);
        cancel(answerDeadline);
        cancel(lifeDeadline);
        cancel(window);
        if (waitingPong != null) {
            waitingPong.release();
            waitingPong = null;
        }
    }

    private static void cancel(Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    /** Something arrived. */
    void heard() {
        heardSincePing = true;
        heardSinceTimeToLive = true;
    }

    private void sendPing() {
        if (ctx.channel().isWritable()) { // else our octets wait already, and one PING more would tell nothing
            encoder.write(FrameHeader.COMMAND, ping.duplicate(), null);
            encoder.flushPack();
            ctx.flush();
        }
        if (timeoutNanos > 0 && (answerDeadline == null || heardSincePing)) {
            cancel(answerDeadline);
            heardSincePing = false;
            answerDeadline = ctx.executor().schedule(() -> {
                answerDeadline = null;
                if (!heardSincePing) {
                    onDead.accept(dead("heartbeat timeout", TimeUnit.NANOSECONDS.toMillis(timeoutNanos),
                            "since our PING, ZmtpCodecBuilder.heartbeat"));
                }
            }, timeoutNanos, TimeUnit.NANOSECONDS);
        }
    }

    private static ZmtpException dead(String what, long millis, String since) {
        return new ZmtpException(ZmtpError.HEARTBEAT_TIMEOUT, what + ": nothing arrived for " + millis
                + " ms (expected: something " + since + ')');
    }

    /**
     * Takes what follows the name of a PING.
     *
     * @param moreArrived whether there already is a sign of life behind it
     */
    void ping(ByteBuf in, int offset, int length, boolean moreArrived) {
        if (length < 2) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "PING with " + length
                    + " octets behind its name (expected: 2 or more, the time to live)");
        }
        countPing();
        int timeToLive = in.getUnsignedShort(offset);
        cancel(lifeDeadline);
        lifeDeadline = null;
        if (timeToLive > 0) {
            heardSinceTimeToLive = moreArrived;
            lifeDeadline = ctx.executor().schedule(() -> {
                lifeDeadline = null;
                if (!heardSinceTimeToLive) {
                    onDead.accept(dead("time to live of the peer", timeToLive * 100L, "since its PING"));
                }
            }, timeToLive * 100L, TimeUnit.MILLISECONDS);
        }
        int context = Math.min(length - 2, MAX_CONTEXT);
        ByteBuf pong = HandshakeCommands.begin("PONG", context).writeBytes(in, offset + 2, context);
        if (!ctx.channel().isWritable()) {
            // A peer that sends PINGs and reads no PONGs gets one when it reads again, not a queue of them.
            if (waitingPong != null) {
                waitingPong.release();
            }
            waitingPong = pong;
            return;
        }
        encoder.write(FrameHeader.COMMAND, pong, null);
        unflushed = true;
    }

    private void countPing() {
        if (++pingsInWindow > config.limits.maxPingsPerSecond()) {
            throw new ZmtpLimitException("PINGs within a second", pingsInWindow, config.limits.maxPingsPerSecond(),
                    "maxPingsPerSecond");
        }
        if (window == null) {
            window = ctx.executor().schedule(() -> {
                window = null;
                pingsInWindow = 0;
            }, 1, TimeUnit.SECONDS);
        }
    }

    /** The channel may have become writable. */
    void writabilityChanged() {
        if (waitingPong != null && ctx.channel().isWritable()) {
            ByteBuf pong = waitingPong;
            waitingPong = null;
            encoder.write(FrameHeader.COMMAND, pong, null);
            unflushed = true;
            flush();
        }
    }

    /** Sends the PONGs of a burst. */
    void flush() {
        if (unflushed) {
            unflushed = false;
            encoder.flushPack();
            ctx.flush();
        }
    }
}
