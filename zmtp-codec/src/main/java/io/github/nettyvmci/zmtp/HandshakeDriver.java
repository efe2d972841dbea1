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
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Takes one channel through its handshake: does its steps, sends what they say, and sees to time and numbers. */
final class HandshakeDriver {

    /** Hears what becomes of the handshake. */
    interface Owner {

        /** The handshake is complete and all of its output is on the way. To be followed by {@link #close}. */
        void handshakeCompleted(ZmtpHandshake handshake, ZmtpPeer result);

        /** The handshake cannot go on. A peer that was told so may close the connection itself. */
        void handshakeFailed(Throwable cause, boolean peerTold);

        /** An answer that came later than at once led to a step: what the peer sends next is wanted again. */
        void handshakeAnswered();
    }

    private final ChannelHandlerContext ctx;
    private final CodecConfig config;
    private final Owner owner;
    private final ZmtpHandshake handshake;
    private final long begin;
    private @Nullable Future<?> timer;
    /** What the limiter counts this handshake by. */
    private ZmtpHandshakeLimiter.@Nullable Handshake counted;
    /** The steps that the limiter knows of. */
    private int steps;
    private boolean over;

    /**
     * Begins to count and to time the handshake of a channel that is active.
     *
     * @param mustEnd told, on any thread, that the connection has to go for the good of others
     */
    HandshakeDriver(ChannelHandlerContext ctx, CodecConfig config, Owner owner,
            Consumer<ZmtpLimitException> mustEnd) {
        this.ctx = ctx;
        this.config = config;
        this.owner = owner;
        // The user's function may throw: before anything is counted, or has to be ended.
        String address = config.authentication().peerAddress().apply(ctx.channel());
        ZmtpHandshakeLimiter limiter = config.load().limiter();
        if (limiter != null) {
            counted = limiter.begin(config.load().address().apply(ctx.channel()), mustEnd);
        }
        begin = ctx.executor().ticker().nanoTime();
        try {
            handshake = new ZmtpHandshake(config, ctx.channel().remoteAddress(), address,
                    new ZapExchange(ctx, config, address, this::answered),
                    new HandshakeComputer(ctx, config.load(), this::answered));
            startTimer();
        } catch (Throwable e) { // thrown because the loop ends, for example
            stopCounting();
            throw e;
        }
    }

    private void startTimer() {
        long timeout = config.limits().handshakeTimeout().toNanos();
        long greeting = config.limits().greetingTimeout().toNanos();
        if (greeting > 0 && (timeout == 0 || greeting < timeout)) {
            timer = ctx.executor().schedule(this::greetingTimeOver, greeting, TimeUnit.NANOSECONDS);
        } else if (timeout > 0) {
            timer = ctx.executor().schedule(this::handshakeTimeOver, timeout, TimeUnit.NANOSECONDS);
        }
    }

    private void greetingTimeOver() {
        Duration timeout = config.limits().handshakeTimeout();
        if (!handshake.isGreeted()) {
            timeOver("greeting", config.limits().greetingTimeout(), "greetingTimeout");
        } else if (!timeout.isZero()) {
            long passed = ctx.executor().ticker().nanoTime() - begin;
            timer = ctx.executor().schedule(this::handshakeTimeOver, timeout.toNanos() - passed, TimeUnit.NANOSECONDS);
        }
    }

    private void handshakeTimeOver() {
        if (handshake.isDelayed()) {
            owner.handshakeFailed(config.load().rate().exceeded(), false);
        } else {
            timeOver("handshake", config.limits().handshakeTimeout(), "handshakeTimeout");
        }
    }

    private void timeOver(String what, Duration time, String option) {
        owner.handshakeFailed(new ZmtpException(ZmtpError.HANDSHAKE_TIMEOUT, what + ": not complete after "
                + time.toMillis() + " ms (expected: done by then, ZmtpLimits." + option + ')'), false);
    }

    /** Greets the peer. */
    void start() {
        step(handshake::start);
    }

    /** Takes octets of the peer, up to the end of the handshake. */
    void receive(ByteBuf in) {
        step(() -> handshake.receive(in));
    }

    /** The authenticator, or who computes, answered later than at once. */
    private void answered(Runnable next) {
        if (!over) {
            step(next);
            owner.handshakeAnswered();
        }
    }

    /** Does one step of the handshake and everything that follows from it. */
    private void step(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            boolean told = handshake.isErrorSent();
            // What came before the error still goes out: our greeting or READY may tell the peer why it is over, and a
            // peer that only sees the connection end would try again for ever.
            send();
            owner.handshakeFailed(e, told);
            return;
        }
        send();
        if (over) {
            return;
        }
        ZmtpPeer result = handshake.result();
        if (result != null) {
            owner.handshakeCompleted(handshake, result);
        } else if (counted != null && steps != handshake.steps()) {
            steps = handshake.steps();
            counted.goesOn();
        }
    }

    private void send() {
        ByteBuf out = over ? null : handshake.takeOutput();
        if (out != null) {
            ctx.writeAndFlush(out);
        }
    }

    /** Ends the handshake however it stands. May be called again. */
    void close() {
        if (over) {
            return;
        }
        over = true;
        if (timer != null) {
            timer.cancel(false);
        }
        handshake.close();
        stopCounting();
    }

    private void stopCounting() {
        if (counted != null) {
            counted.end();
        }
    }
}
