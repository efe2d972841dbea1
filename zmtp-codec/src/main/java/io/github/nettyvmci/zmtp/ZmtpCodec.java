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
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * ZMTP on a channel: one codec per channel, put behind whatever the transport needs (TLS, logging) and before the
 * handlers that want messages.
 *
 * <p>It greets the peer as soon as the channel is active, settles the version and runs the security mechanism. Then it
 * fires {@link ZmtpHandshakeCompleted}, or {@link ZmtpHandshakeFailed} and closes the channel.
 *
 * <pre>
 *  greeting (RFC 23, 37) = FF | padding (8) | 7F | 03, minor version | mechanism (20) | as-server (1) | zeros (31)
 *  frame (RFC 15 to 37)  = flags (1) | length (1, or 8 if LONG) | body    flags: 01 MORE, 02 LONG, 04 COMMAND
 *  frame (RFC 13)        = length (1, or FF and 8) | flags (1) | body     of ZMTP 1.0; the length counts the flags
 * </pre>
 *
 * <p><b>Inbound:</b> {@link ZmtpMessage}s, which whoever receives them releases, and {@link ZmtpCommand}s where the
 * socket type has them. With autoRead off, one {@code read()} delivers one message, even when a single read from the
 * network held thousands; switching autoRead off stops delivery after the message at hand. What is left when the
 * connection ends is delivered before {@code channelInactive}. The handshake needs no {@code read()}, unless autoRead
 * is switched off in the middle of it, later than in {@code channelActive}.
 *
 * <p><b>Outbound:</b> {@link ZmtpMessage}s and {@link ZmtpCommand}s; anything else fails. Small messages are packed
 * until the next {@code flush()}, so flush once per burst. Writes before the end of the handshake wait, within
 * {@link ZmtpLimits#maxPendingWrites()} and {@link ZmtpLimits#maxPendingWriteBytes()}.
 *
 * <p><b>Errors:</b> once the handshake is complete, a peer that breaks the protocol raises one {@link ZmtpException}
 * through {@code exceptionCaught}; the codec drops everything it sends from then on and closes the channel. So does,
 * with {@link ZmtpError#INTERNAL}, a buffer that the channel does not take: octets would be missing in the stream.
 */
public final class ZmtpCodec extends ChannelDuplexHandler {

    /** How long a peer that was told of its refusal may take to close the connection itself. */
    private static final long ERROR_LINGER_MILLIS = 1000;

    private final CodecConfig config;

    private ChannelHandlerContext ctx;
    private ReadGate gate;
    /** Set from the moment the channel is active, after which no handshake is begun any more. */
    private boolean started;
    /** What was written before the handshake is complete; {@code null} if that is nothing. */
    private @Nullable PendingWrites pendingWrites;
    /** {@code null} before the handshake and after it. */
    private @Nullable HandshakeDriver handshake;
    /** {@code null} until the handshake is complete, as are the next two. */
    private @Nullable ZmtpPeer peer;
    private @Nullable Traffic traffic;
    /** The encoder of {@link #traffic}, if it has one; most messages go to it straight from {@link #write}. */
    private @Nullable FrameEncoder encoder;
    /** Why the connection has to end; {@code null} while it goes on. */
    private @Nullable ZmtpException failure;
    /** Closes the connection of a peer that was told of its refusal. */
    private @Nullable Future<?> linger;

    ZmtpCodec(CodecConfig config) {
        this.config = config;
    }

    /**
     * Starts the configuration of codecs.
     *
     * @param socketType the type to announce; it decides which peers are accepted and which commands are passed on
     * @return a new builder
     */
    public static ZmtpCodecBuilder builder(ZmtpSocketType socketType) {
        return new ZmtpCodecBuilder(socketType);
    }

    /**
     * Returns who is at the other end, as the handshake found out. To be called on the event loop.
     *
     * @return as in {@link ZmtpHandshakeCompleted}, or {@code null} before that
     */
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    /**
     * Returns how many messages were written since the handshake and not taken by the channel to their last octet.
     * Once the channel is inactive these are the messages that were lost with it. To be called on the event loop.
     *
     * @return 0 or more
     */
    public long unwritten() {
        FrameEncoder encoder = traffic == null ? null : traffic.encoder();
        return encoder == null ? 0 : encoder.unwritten();
    }

    /** Returns the encoder if there is one and nothing has to go out before what is written now. */
    private @Nullable FrameEncoder encoder() {
        if (encoder == null && traffic != null && pendingWrites == null) {
            encoder = traffic.encoder();
        }
        return encoder;
    }

    // --- life ---

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        this.ctx = ctx;
        gate = new ReadGate(ctx.channel().config());
        if (ctx.channel().isActive()) {
            boolean autoRead = ctx.channel().config().isAutoRead();
            start();
            if (autoRead) {
                later(this::readForHandshake); // a handler that is added next may turn it off
            }
        } else if (!ctx.channel().isOpen()) { // no event of the channel will come any more
            failure = new ZmtpException(ZmtpError.CONNECTION_CLOSED,
                    "connection: closed before the codec was added (expected: open)");
            later(() -> ctx.fireUserEventTriggered(new ZmtpHandshakeFailed(failure)));
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        boolean autoRead = ctx.channel().config().isAutoRead();
        start();
        ctx.fireChannelActive();
        if (autoRead) {
            readForHandshake(); // who heard of it may have turned it off
        }
    }

    private void start() {
        if (started) {
            return;
        }
        started = true;
        try {
            handshake = new HandshakeDriver(ctx, config, new HandshakeOwner(), this::giveWay);
        } catch (Throwable e) { // thrown by the limiter, or by the user's function for the peer's address
            ZmtpException reason = internal(e);
            later(() -> fail(reason));
            return;
        }
        handshake.start();
        readForHandshake();
    }

    /** Tells something later, when the handlers that are to hear of it are in the pipeline. */
    private void later(Runnable news) {
        try {
            ctx.executor().execute(news);
        } catch (RejectedExecutionException ended) {
            news.run(); // the loop has ended
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (traffic != null) {
            traffic.drain();
        }
        connectionClosed();
        release();
        ctx.fireChannelInactive();
    }

    private void connectionClosed() {
        if (peer == null && failure == null) {
            fail(new ZmtpException(ZmtpError.CONNECTION_CLOSED,
                    "connection: closed in the handshake (expected: open until it is complete)"));
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        FrameEncoder encoder = encoder();
        if (encoder != null) {
            encoder.flushPack();
        }
        if (failure == null) {
            failure = new ZmtpException(ZmtpError.INTERNAL, "codec: removed from the pipeline");
        }
        release();
    }

    private void release() {
        endHandshake();
        if (linger != null) {
            linger.cancel(false);
        }
        if (traffic != null) {
            traffic.close();
        }
        if (failure != null && pendingWrites != null) {
            pendingWrites.fail(failure);
        }
    }

    private void endHandshake() {
        if (handshake != null) {
            handshake.close();
            handshake = null;
        }
    }

    private void fail(ZmtpException e) {
        fail(e, false);
    }

    /** Ends the connection, or has a peer that was told why end it. Nothing happens if it is being ended already. */
    private void fail(ZmtpException e, boolean peerTold) {
        if (failure != null) {
            return;
        }
        failure = e;
        release();
        if (peer == null) {
            ctx.fireUserEventTriggered(new ZmtpHandshakeFailed(e));
        } else {
            ctx.fireExceptionCaught(e);
        }
        if (peerTold) {
            linger = ctx.executor().schedule(() -> ctx.close(), ERROR_LINGER_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            ctx.close();
        }
    }

    /** Ends this connection on behalf of others, see {@link ZmtpLimitException#isTransient()}. Called on any thread. */
    private void mustEnd(ZmtpLimitException e) {
        end(() -> fail(e));
    }

    /** Ends the handshake in favour of another, unless it is complete by then. Called on any thread. */
    private void giveWay(ZmtpLimitException e) {
        end(() -> {
            if (peer == null) {
                fail(e);
            }
        });
    }

    private void end(Runnable failing) {
        try {
            ctx.executor().execute(failing);
        } catch (RejectedExecutionException ended) {
            // with its event loop the connection ends too
        }
    }

    private static ZmtpException internal(Throwable cause) {
        return cause instanceof ZmtpException known ? known
                : new ZmtpException(ZmtpError.INTERNAL, "codec failed: " + cause, cause);
    }

    // --- handshake ---

    private final class HandshakeOwner implements HandshakeDriver.Owner {

        @Override
        public void handshakeCompleted(ZmtpHandshake done, ZmtpPeer result) {
            beginTraffic(done, result);
        }

        @Override
        public void handshakeFailed(Throwable cause, boolean peerTold) {
            fail(internal(cause), peerTold);
        }

        @Override
        public void handshakeAnswered() {
            if (traffic == null) {
                readForHandshake();
            } else if (failure == null) {
                traffic.resume();
            }
        }
    }

    private void readForHandshake() {
        if (traffic == null && failure == null && !ctx.channel().config().isAutoRead()) {
            ctx.read();
        }
    }

    private void beginTraffic(ZmtpHandshake done, ZmtpPeer result) {
        peer = result;
        FrameCipher cipher = done.cipher();
        ByteBuf held = done.takeHeld();
        endHandshake();
        Traffic begun = new Traffic(ctx, config, result, cipher, gate, e -> fail(internal(e)),
                this::mustEnd);
        traffic = begun;
        // A read() by who hears that something is written, or gets the event, must not deliver before all handlers have
        // seen the event.
        gate.beginDelivery();
        try {
            if (held != null) {
                begun.keep(held);
            }
            if (pendingWrites != null) {
                pendingWrites.writeTo(begun::write); // with what is written meanwhile
                pendingWrites = null;
            }
            flush(ctx);
            if (failure != null) {
                return; // the first write already met the end of the mechanism's nonces
            }
            ctx.fireUserEventTriggered(new ZmtpHandshakeCompleted(result));
            if (done.isUnversioned() && config.socketType().isPublisher() && failure == null) {
                // Subscribers of ZMTP 1.0 filter for themselves and never say what they want.
                ctx.fireChannelRead(ZmtpCommand.subscribe(Unpooled.EMPTY_BUFFER));
            }
        } finally {
            gate.endDelivery();
        }
    }

    // --- inbound ---

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf in)) {
            ctx.fireChannelRead(msg);
        } else if (traffic != null) {
            traffic.receive(in);
        } else if (handshake == null) {
            in.release(); // it is over, or never began
        } else {
            boolean kept = false;
            try {
                handshake.receive(in);
                if (traffic != null && in.isReadable()) {
                    kept = true;
                    traffic.receive(in);
                }
            } finally {
                if (!kept) {
                    in.release();
                }
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (traffic == null) {
            readForHandshake();
        } else {
            traffic.readCompleted();
        }
        ctx.fireChannelReadComplete();
        if (traffic != null) {
            gate.readCompleted();
        }
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        boolean resumed = gate.read();
        if (traffic == null) {
            ctx.read();
        } else {
            traffic.read(resumed);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (traffic != null) {
            traffic.writabilityChanged();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            connectionClosed();
        }
        ctx.fireUserEventTriggered(event);
    }

    // --- outbound ---

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        FrameEncoder encoder = this.encoder;
        if (encoder != null && failure == null && msg instanceof ZmtpMessage message
                && encoder.writeSmall(message, promise)) {
            return;
        }
        if (!(msg instanceof ZmtpMessage) && !(msg instanceof ZmtpCommand) && !(msg instanceof ZmtpBatch)) {
            ReferenceCountUtil.release(msg);
            promise.tryFailure(new UnsupportedMessageTypeException(msg, ZmtpMessage.class, ZmtpBatch.class,
                    ZmtpCommand.class));
        } else if (failure != null) {
            ReferenceCountUtil.release(msg);
            promise.tryFailure(failure);
        } else if (traffic != null && pendingWrites == null) {
            traffic.write(msg, promise);
        } else {
            if (pendingWrites == null) {
                pendingWrites = new PendingWrites(config.limits());
            }
            pendingWrites.add(msg, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        FrameEncoder encoder = encoder();
        if (encoder != null) {
            encoder.flush();
        } else {
            ctx.flush();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        FrameEncoder encoder = encoder();
        if (encoder != null) {
            encoder.flushPack(); // so that the channel fails what was never flushed
        }
        ctx.close(promise);
    }
}
