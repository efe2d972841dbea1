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
import org.jspecify.annotations.Nullable;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Sends PING, answers it, and finds out that the peer is dead (RFC 37, section "Connection Heartbeating").
 *
 * <pre>
 *  PING = 04 "PING" time-to-live (2, tenths of a second) context (0..16)
 *  PONG = 04 "PONG" context
 * </pre>
 *
 * <p>Anything that arrives is a sign of life; PONGs are not counted. Two deadlines watch the peer: ours begins when our
 * PING has left, the peer's own (its time to live) begins with the peer's PING. Each ends the connection unless
 * something arrives before it. It begins again instead in two cases:
 * <ul>
 * <li>Bytes of a backlog left meanwhile: somebody takes them. (A PING that waits in the backlog has not left, and its
 * deadline has not begun.)
 * <li>The handlers behind the codec want nothing, or did for a while: nothing is read then, and nobody can tell whether
 * the peer lives.
 * </ul>
 */
final class Heartbeat {

    /** The longest context that a PONG gives back; longer ones are cut, as libzmq does. */
    private static final int MAX_CONTEXT = 16;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ChannelHandlerContext ctx;
    private final CodecConfig config;
    private final FrameEncoder encoder;
    /** Tells whether reading is at a stop because nothing is wanted. */
    private final BooleanSupplier paused;
    private final Consumer<? super Throwable> broken;
    private final long intervalNanos;
    private final long timeoutNanos;
    /** The body of every PING; {@code null} if none are sent. */
    private final @Nullable ByteBuf ping;

    private @Nullable Future<?> pinger;
    private final Deadline answer = new Deadline("heartbeat timeout", "since our PING, ZmtpCodecBuilder.heartbeat");
    private final Deadline life = new Deadline("time to live of the peer", "since its PING");
    /** Whether a PING of ours is written and has not left. */
    private boolean pingWaits;
    private boolean stopped;
    /** Count how often something arrived, and how often reading began again; only whether they change matters. */
    private int arrivals;
    private int resumptions;
    /** The window of a second in which PINGs are counted. */
    private long windowStart;
    private int windowResumptions;
    private long windowPings;
    private long windowLimit;
    /** The PONG that waits for the channel to become writable; a later one replaces it. {@code null} if none waits. */
    private @Nullable ByteBuf waitingPong;
    private boolean unflushed;

    /**
     * Makes the heartbeat of one channel.
     *
     * @param since when the peer may have begun to send PINGs, as the executor's ticker says
     */
    Heartbeat(ChannelHandlerContext ctx, CodecConfig config, FrameEncoder encoder,
            BooleanSupplier paused, Consumer<? super Throwable> broken, long since) {
        this.ctx = ctx;
        this.config = config;
        this.encoder = encoder;
        this.paused = paused;
        this.broken = broken;
        intervalNanos = config.heartbeats().interval().toNanos();
        timeoutNanos = config.heartbeats().timeout().toNanos();
        ping = intervalNanos == 0 ? null : Unpooled.unreleasableBuffer(HandshakeCommands.begin("PING", 2)
                .writeShort((int) (config.heartbeats().timeToLive().toMillis() / 100)));
        windowStart = since;
        windowLimit = config.limits().maxPingsPerSecond();
    }

    void start() {
        if (intervalNanos > 0) {
            pinger = ctx.executor().scheduleAtFixedRate(this::sendPing, intervalNanos, intervalNanos,
                    TimeUnit.NANOSECONDS);
        }
    }

    void stop() {
        stopped = true;
        cancel(pinger);
        answer.stop();
        life.stop();
        if (waitingPong != null) {
            waitingPong.release();
            waitingPong = null;
        }
    }

    private static void cancel(@Nullable Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    /** Notes that something arrived. */
    void heard() {
        arrivals++;
    }

    /** Notes that reading begins again: what the peer sent meanwhile may only arrive now. */
    void resumed() {
        resumptions++;
    }

    private void sendPing() {
        if (pingWaits || !ctx.channel().isWritable()) {
            return; // what was written before waits still, so one more PING would tell nothing
        }
        pingWaits = true;
        try {
            encoder.write(FrameHeader.COMMAND, ping.duplicate(), ctx.newPromise().addListener(left -> pingLeft()));
            encoder.flush();
        } catch (Throwable e) { // of which nobody would hear, and the executor runs no task again that threw
            broken.accept(e);
        }
    }

    private void pingLeft() {
        pingWaits = false;
        if (!stopped && timeoutNanos > 0 && (!answer.isRunning() || answer.hasHeard())) {
            answer.start(timeoutNanos);
        }
    }

    /**
     * Takes what follows the name of a PING.
     *
     * @param moreArrived whether something has arrived after it, which is a sign of life already
     */
    void ping(ByteBuf in, int offset, int length, boolean moreArrived) {
        if (length < 2) {
            throw new ZmtpException(ZmtpError.MALFORMED_COMMAND, "PING with " + length
                    + " octets behind its name (expected: 2 or more, the time to live)");
        }
        countPing();
        int timeToLive = in.getUnsignedShort(offset);
        life.stop();
        if (timeToLive > 0 && !moreArrived) {
            life.start(TimeUnit.MILLISECONDS.toNanos(timeToLive * 100L));
        }
        int context = Math.min(length - 2, MAX_CONTEXT);
        ByteBuf pong = HandshakeCommands.begin("PONG", context).writeBytes(in, offset + 2, context);
        if (!ctx.channel().isWritable()) {
            // A peer that sends PINGs and reads no PONGs gets a single one when it reads again, not a queue of them.
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
        int max = config.limits().maxPingsPerSecond();
        long now = ctx.executor().ticker().nanoTime();
        long elapsed = now - windowStart;
        if (elapsed >= WINDOW_NANOS) {
            // After a pause all PINGs that came in it are read at once: as many as an honest peer may have sent are let
            // in.
            windowLimit = resumptions == windowResumptions ? max : max * (1 + elapsed / WINDOW_NANOS);
            windowResumptions = resumptions;
            windowStart = now;
            windowPings = 0;
        }
        if (++windowPings > windowLimit) {
            throw new ZmtpLimitException("PINGs within a second", windowPings, windowLimit, "maxPingsPerSecond");
        }
    }

    /** Sends the PONG that waits, if the channel has become writable. */
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
            encoder.flush();
        }
    }

    /** Ends the connection unless something arrives in time, or the class comment says why it begins again. */
    private final class Deadline implements Runnable {

        private final String what;
        private final String since;
        private @Nullable Future<?> task;
        private long nanos;
        private int arrivalsBefore;
        private int resumptionsBefore;
        private long progressBefore;

        Deadline(String what, String since) {
            this.what = what;
            this.since = since;
        }

        void start(long nanos) {
            stop();
            this.nanos = nanos;
            arrivalsBefore = arrivals;
            resumptionsBefore = resumptions;
            progressBefore = encoder.progress();
            task = ctx.executor().schedule(this, nanos, TimeUnit.NANOSECONDS);
        }

        void stop() {
            cancel(task);
            task = null;
        }

        boolean isRunning() {
            return task != null;
        }

        boolean hasHeard() {
            return arrivals != arrivalsBefore;
        }

        @Override
        public void run() {
            task = null;
            if (hasHeard()) {
                return;
            }
            if (paused.getAsBoolean() || resumptions != resumptionsBefore || encoder.progress() != progressBefore) {
                start(nanos);
            } else {
                broken.accept(new ZmtpException(ZmtpError.HEARTBEAT_TIMEOUT, what + ": nothing arrived for "
                        + TimeUnit.NANOSECONDS.toMillis(nanos) + " ms (expected: something " + since + ')'));
            }
        }
    }
}
