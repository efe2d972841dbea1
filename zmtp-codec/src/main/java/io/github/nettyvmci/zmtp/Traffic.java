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
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * A connection after its handshake: decodes what comes as far as the {@link ReadGate} is open, encodes what goes, and
 * watches whether the peer lives.
 */
final class Traffic {

    private final ChannelHandlerContext ctx;
    private final CodecConfig config;
    private final ZmtpVersion version;
    private final ReadGate gate;
    /** {@code null} until something is written. */
    private @Nullable FrameEncoder encoder;
    private final FrameDecoder decoder;
    /** {@code null} until a PING comes, unless we send some. */
    private @Nullable Heartbeat heartbeat;
    private final long begun;
    /** Whether reading began again after a stop while there was no {@link #heartbeat}. */
    private boolean resumedBefore;
    /** {@code null} where frames are in clear, and after the end. */
    private @Nullable FrameCipher cipher;
    private final Consumer<Throwable> broken;
    private boolean closed;

    /**
     * Makes the traffic of one channel.
     *
     * @param peer   who the messages are from
     * @param cipher what frames go through; taken over. {@code null} for clear text
     * @param broken told why the connection has to end, and is to {@link #close} this then
     * @param evict  told, on any thread, that the connection has to end because of the {@link ZmtpReceiveBudget}
     */
    Traffic(ChannelHandlerContext ctx, CodecConfig config, ZmtpPeer peer, @Nullable FrameCipher cipher,
            ReadGate gate, Consumer<Throwable> broken, Consumer<ZmtpLimitException> evict) {
        this.ctx = ctx;
        this.config = config;
        this.gate = gate;
        this.cipher = cipher;
        this.broken = broken;
        begun = ctx.executor().ticker().nanoTime();
        version = peer.version();
        decoder = new FrameDecoder(ctx, config, peer, cipher, gate, new TrafficCommands(ctx, config, this), evict);
        if (cipher != null) {
            ownEncoder(); // not later, when the cipher may be closed, and nothing may go out in clear then
        }
        if (!config.heartbeats().interval().isZero()
                && (config.heartbeats().newPeersOnly() ? version == ZmtpVersion.ZMTP_3_1 : version.hasCommands())) {
            heartbeat().start();
        }
    }

    /** Returns the encoder, or {@code null} if nothing was written yet. */
    @Nullable FrameEncoder encoder() {
        return encoder;
    }

    private FrameEncoder ownEncoder() {
        FrameEncoder own = encoder;
        if (own == null) {
            own = new FrameEncoder(ctx, version, cipher, broken);
            encoder = own;
        }
        return own;
    }

    /** Returns what answers PINGs. Most peers never send one. */
    Heartbeat heartbeat() {
        Heartbeat own = heartbeat;
        if (own == null) {
            own = new Heartbeat(ctx, config, ownEncoder(), this::isPaused, broken, begun);
            if (resumedBefore) {
                own.resumed();
            }
            heartbeat = own;
        }
        return own;
    }

    // --- inbound ---

    /** Takes over octets that came with the handshake, for {@link #resume} or the next read. */
    void keep(ByteBuf in) {
        decoder.keep(in);
    }

    /** Takes over a read. */
    void receive(ByteBuf in) {
        if (heartbeat != null) {
            heartbeat.heard();
        }
        try {
            decoder.decode(in);
        } catch (Throwable e) {
            broken.accept(e);
        }
        closeAgain();
    }

    /** Sends what the reads of a burst led to, and reads on if somebody asked for a message and has not got one. */
    void readCompleted() {
        decoder.takeDelivered();
        sendPongs();
        if (gate.isDemanded() && !decoder.hasMore()) {
            ctx.read();
        }
    }

    /**
     * Delivers the next message, or has it read from the network.
     *
     * @param resumed whether reading was at a stop before
     */
    void read(boolean resumed) {
        if (resumed && heartbeat != null) {
            heartbeat.resumed();
        } else {
            resumedBefore |= resumed;
        }
        if (decoder.isRunning() || gate.isDelivering()) {
            return; // what is under way looks again
        }
        if (decoder.hasMore()) {
            resume();
        } else {
            ctx.read();
        }
    }

    /** Tells whether what the peer sends stays unread, or undecoded, because nobody wants it. */
    private boolean isPaused() {
        return decoder.hasMore() || !gate.isOpen();
    }

    /** Delivers what was kept, as far as it is wanted; then reads on if more is wanted than was there. */
    void resume() {
        gate.beginDelivery();
        try {
            do {
                try {
                    decoder.resume();
                } catch (Throwable e) {
                    broken.accept(e);
                }
                if (closeAgain()) {
                    return;
                }
                sendPongs();
                if (decoder.takeDelivered() > 0) {
                    ctx.fireChannelReadComplete();
                }
            } while (decoder.hasMore() && gate.isOpen());
        } finally {
            gate.endDelivery();
        }
        if (!decoder.hasMore() && gate.isOpen()) {
            ctx.read();
        }
    }

    private void sendPongs() {
        if (heartbeat != null) {
            heartbeat.flush();
        }
    }

    /** Delivers every message that is complete, for the connection has ended. */
    void drain() {
        gate.drain();
        try {
            decoder.resume();
        } catch (Throwable e) {
            broken.accept(e);
        }
        if (decoder.takeDelivered() > 0) {
            ctx.fireChannelReadComplete();
        }
    }

    // --- outbound ---

    /**
     * Takes over a message, a batch or a command. The promise hears if it cannot be written.
     */
    void write(Object msg, ChannelPromise promise) {
        // A frame shares its buffer with others, or follows its header in another: no taking it back from here on.
        if (!promise.setUncancellable()) {
            ReferenceCountUtil.safeRelease(msg);
            return;
        }
        try {
            FrameEncoder encoder = ownEncoder();
            if (msg instanceof ZmtpMessage message) {
                encoder.write(message, promise);
            } else if (msg instanceof ZmtpBatch batch) {
                encoder.write(batch, promise);
            } else {
                ZmtpCommand command = (ZmtpCommand) msg;
                TrafficCommands.checkOutbound(config.socketType(), command);
                encoder.write(command, promise);
            }
        } catch (ZmtpException e) {
            promise.tryFailure(e);
            broken.accept(e);
        } catch (Throwable e) {
            promise.tryFailure(e);
        }
    }

    /** Notes that the channel has become writable, or is not any more. */
    void writabilityChanged() {
        if (heartbeat != null) {
            heartbeat.writabilityChanged();
        }
    }

    // --- end ---

    /** Closes what could not be closed while the decoder ran, if a handler it called has ended the connection. */
    private boolean closeAgain() {
        if (closed) {
            close();
        }
        return closed;
    }

    /** Ends the traffic; also from within a handler that is just being given a message. May be called again. */
    void close() {
        closed = true;
        if (heartbeat != null) {
            heartbeat.stop();
        }
        decoder.close();
        if (encoder != null) {
            encoder.flushPack(); // the channel fails what it cannot send any more
        }
        if (cipher != null && !decoder.isRunning()) {
            cipher.close();
            cipher = null;
        }
    }
}
