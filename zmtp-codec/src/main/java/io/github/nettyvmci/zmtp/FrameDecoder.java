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
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Turns what is read behind the handshake into messages and commands, many per read.
 *
 * <p>A frame that lies in one read is handed on where it lies. The buffer's reference count is raised once for all
 * frames expected in it rather than once per frame, and what was not needed is given back at the end; the last frame of
 * a read gets the decoder's own reference. A frame that is split is copied into a buffer which grows with what arrives,
 * so a length that a peer merely announces costs nothing.
 *
 * <p>Between two messages the decoder asks whether the handlers behind still want one: always while autoRead is on,
 * once per {@code read()} while it is off. When not, it stops and keeps the rest of the read for {@link #resume}.
 */
final class FrameDecoder {

    /** What the decoder finds besides messages. */
    interface CommandHandler {

        /**
         * Takes a command.
         *
         * @param moreArrived whether anything has arrived behind it
         * @return whether it was passed to the next handler
         */
        boolean command(ByteBuf in, int offset, int length, boolean moreArrived);
    }

    /** Octets of a SUBSCRIBE in front of the topic. */
    private static final int SUBSCRIBE_LENGTH = 10;
    /** Room for any header. More would be kept for each tiny part of a message that waits for its end. */
    private static final int FIRST_SPLIT = 16;
    /** Frames up to here get more room at once. */
    private static final int SMALL_SPLIT = 64 * 1024 + FrameHeader.MAX_LENGTH;

    private final ChannelHandlerContext ctx;
    private final ChannelConfig channelConfig;
    private final ZmtpLimits limits;
    private final int maxFrameLength;
    private final ZmtpFrameSink sink;
    private final CommandHandler commands;
    /** Messages that begin with 01 or 00 are subscriptions here. */
    private final boolean publisher;
    private final boolean oldFraming;
    private final boolean commandsAllowed;
    private final int maxCommandLength;
    private final FrameCipher cipher;
    /** Frames have the form of ZMTP 2.0 and later and are in clear. */
    private final boolean plainFrames;
    /** Message frames become parts of messages where they lie. */
    private final boolean direct;

    /** The reads not yet decoded, the first of them begun. */
    private final ArrayDeque<ByteBuf> reads = new ArrayDeque<>(4);
    private boolean running;
    private boolean closed;
    /** Set once the connection has ended: what is left is delivered whether it was asked for or not. */
    private boolean draining;
    /** Somebody called {@code read()} while autoRead was off and has not got a message yet. */
    private boolean demand;
    private int delivered;

    /** So much of a frame as has come, header included, if it came in pieces; else {@code null}. */
    private ByteBuf split;
    /** Octets of that frame, header included; 0 while the header is not complete. */
    private int splitLength;

    // What readHeader found last. While a frame is split, its own.
    private int headerLength;
    private int frameFlags;
    private int frameLength;
    /** Whether the read goes on behind the frame, if {@link #frame} takes it. */
    private boolean readGoesOn;

    /** The message whose last frame has not come. */
    private final MessageParts parts;
    /** Where what is kept of unfinished messages counts, or {@code null}. */
    private final ZmtpReceiveBudget.Account account;

    FrameDecoder(ChannelHandlerContext ctx, ZmtpCodecBuilder config, ZmtpVersion version, boolean oldFraming,
            FrameCipher cipher, CommandHandler commands, Consumer<ZmtpLimitException> evict) {
        this.ctx = ctx;
        this.cipher = cipher;
        this.commands = commands;
        this.oldFraming = oldFraming;
        plainFrames = !oldFraming && cipher == null;
        channelConfig = ctx.channel().config();
        limits = config.limits;
        parts = new MessageParts(ctx, config.limits);
        account = config.receiveBudget == null ? null : config.receiveBudget.open(evict);
        maxFrameLength = (int) Math.min(limits.maxFrameLength(), limits.maxMessageLength());
        sink = config.frameSink;
        direct = sink == null && cipher == null;
        publisher = config.socketType.isPublisher();
        commandsAllowed = version.hasCommands();
        maxCommandLength = publisher ? Math.max(limits.maxCommandLength(),
                limits.maxSubscriptionLength() + SUBSCRIBE_LENGTH) : limits.maxCommandLength();
    }

    /** Takes over {@code in} and decodes it as far as it is wanted. */
    void decode(ByteBuf in) {
        reads.add(in);
        run();
    }

    /** Takes over {@code in} for {@link #resume} or the next read. */
    void keep(ByteBuf in) {
        reads.add(in);
    }

    /** Goes on with what was kept. */
    void resume() {
        run();
    }

    /** Notes that a message is wanted though autoRead is off. */
    void demand() {
        demand = true;
    }

    /** Whether the handlers behind want a message now. */
    boolean isWanted() {
        return demand || channelConfig.isAutoRead();
    }

    /** Whether somebody called {@code read()} while autoRead was off and got no message for it. */
    boolean isDemanded() {
        return demand;
    }

    boolean isRunning() {
        return running;
    }

    /** Whether a read was kept that is not decoded to its end. */
    boolean hasMore() {
        return !reads.isEmpty();
    }

    /** How many messages and commands went on since the last call. */
    int takeDelivered() {
        int taken = delivered;
        delivered = 0;
        return taken;
    }

    /** The connection has ended: delivers every message that is complete. */
    void drain() {
        draining = true;
        run();
    }

    /** Releases everything, also from within a handler that is just being given a message. */
    void close() {
        closed = true;
        if (!running) {
            releaseAll();
        }
    }

    private void releaseAll() {
        for (ByteBuf read = reads.poll(); read != null; read = reads.poll()) {
            read.release();
        }
        if (split != null) {
            split.release();
            split = null;
        }
        parts.release();
        if (account != null) {
            account.close();
        }
    }

    private void run() {
        if (running) {
            return; // the loop below us goes on
        }
        running = true;
        try {
            while (!closed) {
                ByteBuf in = reads.peek();
                boolean goOn = in != null && decodeRead(in);
                if (account != null && !closed) {
                    account.hold((split == null ? 0 : split.capacity()) + parts.held());
                }
                if (!goOn) {
                    break;
                }
            }
        } catch (Throwable e) {
            closed = true;
            throw e;
        } finally {
            running = false;
            if (closed) {
                releaseAll();
            }
        }
    }

    /** Decodes the first of the reads; {@code false} to stop before its end. */
    private boolean decodeRead(ByteBuf in) {
        if (split != null && !decodeSplit(in)) {
            return isPaused() ? false : finish(in);
        }
        int pos = in.readerIndex();
        int end = in.writerIndex();
        int spare = 0; // references of ours on top of the one the queue holds
        int announced = 0; // octets of the frame that is not whole, once its header is
        try {
            while (!closed) {
                if (parts.isEmpty() && isPaused()) {
                    in.readerIndex(pos);
                    return pos == end && finish(in);
                }
                int flags;
                int length;
                int body;
                int header = plainFrames && end - pos >= 2 ? in.getUnsignedShort(pos) : Integer.MAX_VALUE;
                if (header <= 0x1ff) { // a short message frame, with MORE or without
                    flags = header >>> 8;
                    length = header & 0xff;
                    body = pos + 2;
                } else if (readHeader(in, pos, end)) {
                    flags = frameFlags;
                    length = frameLength;
                    body = pos + headerLength;
                } else {
                    break;
                }
                if (length > maxFrameLength || !parts.isEmpty()) {
                    checkLimits(flags, length);
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
                    // The last frame gets the reference the queue had; from here on the buffer is not ours.
                    int capacity = in.capacity();
                    reads.poll();
                    if (spare != 0) {
                        in.release(spare);
                        spare = 0;
                    }
                    part(in, body, length, flags);
                    parts.unpin(capacity);
                    return true;
                } else {
                    if (spare == 0) {
                        spare = (end - body) / (length + 2) + 1; // right if the others are like this one
                        in.retain(spare);
                    }
                    spare--;
                    part(in, body, length, flags);
                }
            }
            if (!closed && pos < end) {
                in.readerIndex(pos);
                split = ctx.alloc().buffer(Math.max(FIRST_SPLIT, announced == 0 ? end - pos
                        : roomFor(announced, end - pos)));
                splitLength = 0;
                decodeSplit(in);
            }
            parts.unpin(in.capacity());
            return finish(in);
        } finally {
            if (spare != 0) {
                in.release(spare);
            }
        }
    }

    /** Room to collect a frame in: a small multiple of what has come, never what was only announced. */
    private static int roomFor(int announced, int come) {
        // A frame of which a quarter came is copied once; of large ones more would be much for what came.
        return (int) Math.min(announced, (announced <= SMALL_SPLIT ? 4L : 2L) * come);
    }

    private boolean finish(ByteBuf in) {
        reads.poll();
        in.release();
        return true;
    }

    /** Whether the handlers behind want nothing now. */
    private boolean isPaused() {
        return !draining && !isWanted();
    }

    /**
     * Reads the header at {@code pos} into the fields.
     *
     * @return {@code false} if it is not complete
     * @throws ZmtpException if it is malformed, or announces more than is allowed
     */
    private boolean readHeader(ByteBuf in, int pos, int end) {
        if (pos == end) {
            return false;
        }
        int first = in.getUnsignedByte(pos);
        long length;
        if (oldFraming) {
            headerLength = first == 0xff ? 10 : 2;
            if (first != 0 && end - pos < headerLength) {
                return false;
            }
            length = first == 0xff ? in.getLong(pos + 1) : first;
            if (length == 0) {
                throw FrameHeader.emptyOld();
            }
            frameFlags = in.getByte(pos + headerLength - 1) & FrameHeader.MORE;
            length--; // of 2^64 - 1 and 2^63 too this makes a number far above any limit
        } else {
            boolean command = (first & FrameHeader.COMMAND) != 0;
            if (first > 7 || command && (!commandsAllowed || (first & FrameHeader.MORE) != 0)) {
                throw ZmtpHandshake.malformedFlags(first, commandsAllowed ? "00 to 04 or 06" : "00 to 03 in ZMTP 2.0");
            }
            headerLength = (first & FrameHeader.LONG) != 0 ? 9 : 2;
            if (end - pos < headerLength) {
                return false;
            }
            length = headerLength == 9 ? in.getLong(pos + 1) : in.getUnsignedByte(pos + 1);
            frameFlags = first & ~FrameHeader.LONG;
        }
        if (cipher != null) {
            // Whether it is a command, which has a limit of its own, shows when it is open.
            if (length < 0 || length - cipher.overhead() > Math.max(maxFrameLength, maxCommandLength)) {
                throw tooLong(length - cipher.overhead());
            }
        } else if ((frameFlags & FrameHeader.COMMAND) != 0) {
            if (length < 0 || length > maxCommandLength) {
                throw commandTooLong(length);
            }
        } else if (length < 0 || length > maxFrameLength) {
            throw tooLong(length);
        }
        frameLength = (int) length;
        return true;
    }

    private ZmtpLimitException commandTooLong(long length) {
        // Where subscriptions come the longer of both limits holds, and only theirs lets a longer topic in.
        return new ZmtpLimitException("command octets", length, maxCommandLength,
                publisher ? "maxSubscriptionLength" : "maxCommandLength");
    }

    private ZmtpLimitException tooLong(long length) {
        return maxFrameLength < limits.maxFrameLength()
                ? new ZmtpLimitException("message octets", length, maxFrameLength, "maxMessageLength")
                : new ZmtpLimitException("frame octets", length, maxFrameLength, "maxFrameLength");
    }

    /** Checks a frame before its body is waited for. */
    private void checkLimits(int flags, int length) {
        if (cipher != null) {
            int clear = length - cipher.overhead();
            if (clear > maxCommandLength) { // what is shorter may be a command, and is checked once it is open
                parts.check(clear);
            }
            return;
        }
        if ((flags & FrameHeader.COMMAND) != 0) {
            return; // checked by its header already
        }
        if (length > maxFrameLength) {
            throw tooLong(length);
        }
        parts.check(length);
    }

    /** Adds to the frame that came in pieces; {@code false} if it is not whole yet, or not wanted. */
    private boolean decodeSplit(ByteBuf in) {
        while (splitLength == 0) {
            if (!in.isReadable()) {
                return false;
            }
            split.writeByte(in.readByte());
            if (readHeader(split, 0, split.writerIndex())) {
                splitLength = headerLength + frameLength;
                checkLimits(frameFlags, frameLength);
                if (account != null) {
                    account.checkAnnounced(splitLength + parts.held());
                }
            }
        }
        int missing = splitLength - split.writerIndex();
        int now = Math.min(missing, in.readableBytes());
        if (split.writableBytes() < now) {
            int capacity = roomFor(splitLength, split.writerIndex() + now);
            if (account != null) {
                account.hold(capacity + parts.held()); // before it is taken
            }
            split.capacity(capacity);
        }
        split.writeBytes(in, now);
        if (now < missing || parts.isEmpty() && isPaused()) {
            return false;
        }
        ByteBuf whole = split;
        split = null;
        try {
            if (account != null && cipher != null) {
                account.hold(whole.capacity() + frameLength + parts.held()); // opened it is there twice
            }
            if ((frameFlags & FrameHeader.COMMAND) != 0 || !direct) {
                readGoesOn = in.isReadable();
                frame(whole, headerLength, frameLength, frameFlags);
            } else {
                part(whole.retain(), headerLength, frameLength, frameFlags);
                parts.own(whole.capacity());
            }
        } finally {
            whole.release();
        }
        return true;
    }

    /** Takes a frame that is not simply a part of a message handed on where it lies. The buffer stays the caller's. */
    private void frame(ByteBuf in, int body, int length, int flags) {
        if (cipher == null) {
            clearFrame(in, body, length, flags);
            return;
        }
        // An array, in which it can be opened where it shall lie, with the flags in front of it.
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
            if (length > maxCommandLength) {
                throw commandTooLong(length);
            }
            boolean demanded = demand;
            demand = false; // before the handlers behind may ask for the next
            if (commands.command(in, body, length, readGoesOn || reads.size() > 1)) {
                delivered++;
            } else {
                demand |= demanded;
            }
            return;
        }
        if (length > maxFrameLength) {
            throw tooLong(length);
        }
        boolean more = (flags & FrameHeader.MORE) != 0;
        if (sink == null) {
            part(in.retain(), body, length, flags);
        } else if (publisher && !more && parts.isEmpty() && isSubscription(in, body, length)) {
            part(in.retain(), body, length, flags);
        } else {
            toSink(in, body, length, more);
        }
    }

    /** Whether a message of one part is a subscription in the form of ZMTP 3.0 and older. */
    private static boolean isSubscription(ByteBuf in, int body, int length) {
        return length > 0 && (in.getByte(body) & 0xfe) == 0;
    }

    private void toSink(ByteBuf in, int body, int length, boolean more) {
        parts.check(length);
        if (more) {
            parts.count(length);
        } else {
            parts.clear();
            demand = false;
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
        demand = false;
        delivered++;
        ctx.fireChannelRead(new ZmtpMessage(in, body, length));
    }

    private void otherPart(ByteBuf in, int body, int length, boolean more) {
        if (!more && parts.isEmpty()) {
            demand = false;
            delivered++;
            if (isSubscription(in, body, length)) { // only publishers get here; any peer may use this form
                subscription(in, body, length);
            } else {
                ctx.fireChannelRead(new ZmtpMessage(in, body, length));
            }
            return;
        }
        parts.add(in, body, length);
        if (!more) {
            demand = false;
            delivered++;
            ctx.fireChannelRead(parts.take());
        }
    }

    /** Takes over one reference of {@code in}. */
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
