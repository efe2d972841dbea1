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
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Turns what is read after the handshake into messages and commands, many from one read.
 *
 * <p>A frame that lies in one read is handed on where it lies. The buffer's reference count is raised once for all
 * frames expected in the read rather than once for each, and what was not needed is given back at the end; the last
 * frame of a read gets the decoder's own reference. A frame that is split over reads is copied ({@link SplitFrame}).
 *
 * <p>Between two messages the decoder asks the {@link ReadGate} whether the handlers behind the codec still want one.
 * If they do not, it stops and keeps the rest of the read for {@link #resume}.
 */
final class FrameDecoder {

    /** Takes what the decoder finds besides messages. */
    interface CommandHandler {

        /**
         * Takes a command.
         *
         * @param moreArrived whether anything has arrived after it
         * @return whether it was passed to the next handler
         */
        boolean command(ByteBuf in, int offset, int length, boolean moreArrived);
    }

    private enum Life {
        IDLE,
        /** The loop that decodes is on the stack. */
        RUNNING,
        /** It is still on the stack, and releases everything as soon as it is back. */
        CLOSING,
        CLOSED
    }

    private final ChannelHandlerContext ctx;
    /** Who every message is from. */
    private final ZmtpPeer peer;
    private final ZmtpLimits limits;
    private final ReadGate gate;
    private final HeaderReader header;
    private final int maxFrameLength;
    private final @Nullable ZmtpFrameSink sink;
    private final CommandHandler commands;
    /** Whether messages that begin with 01 or 00 are subscriptions. */
    private final boolean publisher;
    private final @Nullable FrameCipher cipher;
    /** Whether frames have the form of ZMTP 2.0 and later and are in clear. */
    private final boolean plainFrames;
    /** Whether message frames become parts of messages where they lie. */
    private final boolean direct;
    /** The most messages that go on as one {@link ZmtpBatch}; 1 for no batches. */
    private final int maxBatch;

    /** The read that is not decoded to its end. Decoding has got to its reader index. */
    private @Nullable ByteBuf read;
    /** The reads after that; {@code null} until there are some, as most connections never have any. */
    private @Nullable ArrayDeque<ByteBuf> reads;
    private Life life = Life.IDLE;
    /** The number of messages and commands that went on since {@link #takeDelivered}. */
    private int delivered;
    /** Whether the read goes on after the frame that {@link #frame} is given. */
    private boolean readGoesOn;
    /** {@code null} until a frame comes in pieces. */
    private @Nullable SplitFrame split;
    /** The message whose last frame has not come. */
    private final MessageParts parts;
    /** Bounds what is kept of unfinished messages; {@code null} if nothing does. */
    private final @Nullable ZmtpReceiveBudget budget;
    private final Consumer<ZmtpLimitException> evict;
    /** Counts what is kept of unfinished messages; {@code null} until there are some. */
    private ZmtpReceiveBudget.@Nullable Account account;

    /**
     * Makes the decoder of one channel.
     *
     * @param evict told, on any thread, that the connection has to go because of the {@link ZmtpReceiveBudget}
     */
    FrameDecoder(ChannelHandlerContext ctx, CodecConfig config, ZmtpPeer peer, @Nullable FrameCipher cipher,
            ReadGate gate, CommandHandler commands, Consumer<ZmtpLimitException> evict) {
        ZmtpVersion version = peer.version();
        this.ctx = ctx;
        this.peer = peer;
        this.gate = gate;
        this.cipher = cipher;
        this.commands = commands;
        limits = config.limits();
        sink = config.frameSink();
        publisher = config.socketType().isPublisher();
        header = new HeaderReader(config, version, cipher);
        maxFrameLength = header.maxFrameLength();
        plainFrames = !version.hasOldFraming() && cipher == null;
        direct = sink == null && cipher == null;
        maxBatch = direct && plainFrames && !publisher ? config.maxBatch() : 1;
        parts = new MessageParts(ctx, limits);
        budget = config.receiveBudget();
        this.evict = evict;
    }

    /** Takes over {@code in} and decodes it as far as it is wanted. */
    void decode(ByteBuf in) {
        keep(in);
        run();
    }

    /** Takes over {@code in} for {@link #resume} or the next read. */
    void keep(ByteBuf in) {
        if (read == null) {
            read = in;
        } else {
            if (reads == null) {
                reads = new ArrayDeque<>(4);
            }
            reads.add(in);
        }
    }

    /** Takes the first of the reads out. */
    private @Nullable ByteBuf poll() {
        ByteBuf first = read;
        read = reads == null ? null : reads.poll();
        return first;
    }

    /** Goes on with what was kept. */
    void resume() {
        run();
    }

    /** Tells whether the decoder is on the stack. */
    boolean isRunning() {
        return life == Life.RUNNING || life == Life.CLOSING;
    }

    /** Tells whether a read was kept that is not decoded to its end. */
    boolean hasMore() {
        return read != null;
    }

    /** Returns how many messages and commands went on since the last call. */
    int takeDelivered() {
        int taken = delivered;
        delivered = 0;
        return taken;
    }

    /** Releases everything, also from within a handler that is just being given a message. */
    void close() {
        if (isRunning()) {
            life = Life.CLOSING;
        } else {
            life = Life.CLOSED;
            releaseAll();
        }
    }

    private void releaseAll() {
        for (ByteBuf left = poll(); left != null; left = poll()) {
            left.release();
        }
        if (split != null) {
            split.release();
        }
        parts.release();
        if (account != null) {
            account.close();
        }
    }

    private void run() {
        if (life != Life.IDLE) {
            if (life == Life.CLOSED) {
                releaseAll(); // what came too late
            }
            return; // the loop on the stack goes on
        }
        life = Life.RUNNING;
        try {
            boolean goOn = true;
            while (goOn && life == Life.RUNNING) {
                ByteBuf in = read;
                goOn = in != null && decodeRead(in);
                if (life == Life.RUNNING) {
                    hold((split == null ? 0 : split.capacity()) + parts.held());
                }
            }
        } catch (Throwable e) {
            life = Life.CLOSING;
            throw e;
        } finally {
            if (life == Life.CLOSING) {
                life = Life.CLOSED;
                releaseAll();
            } else {
                life = Life.IDLE;
            }
        }
    }

    /** Counts what is kept of unfinished messages. */
    private void hold(long octets) {
        if (account != null) {
            account.hold(octets);
        } else if (octets != 0 && budget != null) {
            account().hold(octets);
        }
    }

    private ZmtpReceiveBudget.@Nullable Account account() {
        if (account == null && budget != null) {
            account = budget.open(evict);
        }
        return account;
    }

    /** Decodes the first of the reads; returns {@code false} to stop before its end. */
    private boolean decodeRead(ByteBuf in) {
        if (split != null && split.isBegun() && !decodeSplit(in)) {
            return gate.isOpen() && finish(in);
        }
        int pos = in.readerIndex();
        int end = in.writerIndex();
        int spare = 0; // references to the read that are ours, besides the one of the queue
        int announced = 0; // octets of the frame at the end that is not whole; 0 while its header is not
        try {
            while (life == Life.RUNNING) {
                if (parts.isEmpty() && !gate.isOpen()) {
                    in.readerIndex(pos);
                    return pos == end && finish(in);
                }
                if (maxBatch > 1 && parts.isEmpty() && gate.isOpenForMany()) {
                    int after = batch(in, pos, end);
                    if (after != pos) {
                        pos = after;
                        continue;
                    }
                }
                int flags;
                int length;
                int body;
                int short2 = plainFrames && end - pos >= 2 ? in.getUnsignedShort(pos) : Integer.MAX_VALUE;
                if (short2 <= 0x1ff) { // a short message frame, with MORE or without
                    flags = short2 >>> 8;
                    length = short2 & 0xff;
                    body = pos + 2;
                } else if (header.read(in, pos, end)) {
                    flags = header.flags;
                    length = header.length;
                    body = pos + header.headerLength;
                } else {
                    break;
                }
                if (length > maxFrameLength || !parts.isEmpty()) {
                    header.checkPart(parts, flags, length);
                }
                if (length > end - body) {
                    announced = body - pos + length;
                    break;
                }
                pos = body + length;
                if ((flags & FrameHeader.COMMAND) != 0 || !direct) {
                    readGoesOn = pos < end;
                    frame(in, body, length, flags);
                } else if (length == 0) {
                    part(Unpooled.EMPTY_BUFFER, 0, 0, flags);
                } else if (pos == end) {
                    // The last frame gets the reference that the queue had; from here on the buffer is not ours.
                    int capacity = in.capacity();
                    poll();
                    if (spare != 0) {
                        in.release(spare);
                        spare = 0;
                    }
                    part(in, body, length, flags);
                    parts.unpin(capacity);
                    return true;
                } else {
                    if (spare == 0) {
                        spare = (end - body) / (length + 2) + 1; // right if the other frames are as long as this one
                        in.retain(spare);
                    }
                    spare--;
                    part(in, body, length, flags);
                }
            }
            if (life == Life.RUNNING && pos < end) {
                in.readerIndex(pos);
                if (split == null) {
                    split = new SplitFrame(ctx.alloc(), header, parts, account());
                }
                split.begin(announced, end - pos);
                split.collect(in);
            }
            parts.unpin(in.capacity());
            return finish(in);
        } finally {
            if (spare != 0) {
                in.release(spare);
            }
        }
    }

    /**
     * Hands on the run of small messages that begins at {@code pos} as a batch, if there are two or more.
     *
     * @return the position after it
     */
    private int batch(ByteBuf in, int pos, int end) {
        int most = Math.min(maxFrameLength, FrameEncoder.COPY_LIMIT);
        int at = pos;
        int count = 0;
        long octets = 0;
        while (count < maxBatch && end - at >= 2) {
            int body = at + 2;
            int length = in.getUnsignedShort(at);
            if (length > 0xff) { // not a short frame without flags
                if (length >>> 8 != FrameHeader.LONG || end - at < FrameHeader.LONG_LENGTH) {
                    break;
                }
                long announced = in.getLong(at + 1);
                // A batch has headers in their shortest form, so that it can be sent to others as it is.
                length = announced <= 0xff || announced > most ? Integer.MAX_VALUE : (int) announced;
                body = at + FrameHeader.LONG_LENGTH;
            }
            if (length > most || length > end - body) {
                break;
            }
            at = body + length;
            octets += length;
            count++;
        }
        if (count < 2) {
            return pos;
        }
        gate.pass();
        delivered += count;
        ctx.fireChannelRead(new ZmtpBatch(in.retain(), pos, at, count, octets, peer));
        return at;
    }

    private boolean finish(ByteBuf in) {
        poll();
        in.release();
        return true;
    }

    /** Adds to the frame that came in pieces; returns {@code false} if it is not whole yet, or not wanted. */
    private boolean decodeSplit(ByteBuf in) {
        if (!split.collect(in) || parts.isEmpty() && !gate.isOpen()) {
            return false;
        }
        int body = header.headerLength;
        int length = header.length;
        int flags = header.flags;
        ByteBuf whole = split.take();
        try {
            if (cipher != null) {
                hold(whole.capacity() + length + parts.held()); // opened it is there twice
            }
            if ((flags & FrameHeader.COMMAND) != 0 || !direct) {
                readGoesOn = in.isReadable();
                frame(whole, body, length, flags);
            } else {
                part(whole.retain(), body, length, flags);
                parts.own(whole.capacity());
            }
        } finally {
            whole.release();
        }
        return true;
    }

    /**
     * Takes a frame that is a command, or sealed, or meant for a sink: anything but a part of a message that is handed
     * on where it lies. The buffer stays the caller's.
     */
    private void frame(ByteBuf in, int body, int length, int flags) {
        if (cipher == null) {
            clearFrame(in, body, length, flags);
            return;
        }
        // The cipher opens a frame in place if the buffer is an array; the flags lie in front of the body then.
        ByteBuf clear = ctx.alloc().heapBuffer(Math.max(length - cipher.overhead() + 1, 1));
        try {
            int inner = cipher.open(in, body, length, clear);
            clearFrame(clear, clear.readerIndex(), clear.readableBytes(), (inner & FrameCipher.MORE)
                    | ((inner & FrameCipher.COMMAND) != 0 ? FrameHeader.COMMAND : 0));
            parts.own(clear.capacity());
        } finally {
            clear.release();
        }
    }

    private void clearFrame(ByteBuf in, int body, int length, int flags) {
        if ((flags & FrameHeader.COMMAND) != 0) {
            header.checkCommand(length);
            boolean demanded = gate.pass();
            if (commands.command(in, body, length, readGoesOn || reads != null && !reads.isEmpty())) {
                delivered++;
            } else if (demanded) {
                gate.demand();
            }
            return;
        }
        header.checkMessageFrame(length);
        boolean more = (flags & FrameHeader.MORE) != 0;
        if (sink == null) {
            part(in.retain(), body, length, flags);
        } else if (publisher && !more && parts.isEmpty() && isSubscription(in, body, length)) {
            part(in.retain(), body, length, flags);
        } else {
            toSink(in, body, length, more);
        }
    }

    /** Tells whether a message of one part is a subscription in the form of ZMTP 3.0 and older. */
    private static boolean isSubscription(ByteBuf in, int body, int length) {
        return length > 0 && (in.getByte(body) & 0xfe) == 0;
    }

    private void toSink(ByteBuf in, int body, int length, boolean more) {
        parts.check(length);
        if (more) {
            parts.count(length);
        } else {
            parts.clear();
            gate.pass();
            delivered++;
        }
        try {
            sink.frame(ctx, in, body, length, more);
        } catch (Throwable e) {
            ctx.fireExceptionCaught(e);
        }
    }

    /** Takes over one reference of {@code in} for a part of a message. */
    private void part(ByteBuf in, int body, int length, int flags) {
        if (flags != 0 || !parts.isEmpty() || publisher) {
            otherPart(in, body, length, (flags & FrameHeader.MORE) != 0);
            return;
        }
        gate.pass();
        delivered++;
        ctx.fireChannelRead(new ZmtpMessage(in, body, length, peer));
    }

    private void otherPart(ByteBuf in, int body, int length, boolean more) {
        if (!more && parts.isEmpty()) {
            gate.pass();
            delivered++;
            if (isSubscription(in, body, length)) { // only publishers get here; any peer may use this form
                subscription(in, body, length);
            } else {
                ctx.fireChannelRead(new ZmtpMessage(in, body, length, peer));
            }
            return;
        }
        parts.add(in, body, length);
        if (!more) {
            gate.pass();
            delivered++;
            ctx.fireChannelRead(parts.take(peer));
        }
    }

    /** Passes a subscription on. Takes over one reference of {@code in}. */
    private void subscription(ByteBuf in, int body, int length) {
        if (length - 1 > limits.maxSubscriptionLength()) {
            in.release();
            throw new ZmtpLimitException("topic octets", length - 1L, limits.maxSubscriptionLength(),
                    "maxSubscriptionLength");
        }
        ctx.fireChannelRead(new ZmtpCommand(
                in.getByte(body) == 1 ? ZmtpCommand.Kind.SUBSCRIBE : ZmtpCommand.Kind.CANCEL,
                length == 1 ? emptyOf(in) : in.slice(body + 1, length - 1)));
    }

    private static ByteBuf emptyOf(ByteBuf in) {
        in.release();
        return Unpooled.EMPTY_BUFFER;
    }
}
