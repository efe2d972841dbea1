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
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * Turns messages and commands into frames. Small frames of a burst share one buffer, the pack, which goes to the
 * channel when it is full, when a large body comes between, and at the flush. Large bodies go as they are, unless they
 * are sealed.
 *
 * <p>Writing to the channel can run anybody's code: listeners, handlers that hear of its writability. Therefore the
 * encoder writes to it between messages only, and what that code writes follows what was there.
 *
 * <p>The bytes of the pack are not yet in the channel's outbound buffer, so the channel's writability is late by at
 * most {@link #PACK_LIMIT} bytes.
 */
final class FrameEncoder {

    /** Bodies up to this length are copied: one more entry in a gathering write costs more than that. */
    static final int COPY_LIMIT = 2048;
    /** A pack of this length goes to the channel. */
    static final int PACK_LIMIT = 32 * 1024;
    private static final int PACK_MIN = 256;

    private static final ChannelPromise[] NO_PROMISES = new ChannelPromise[0];

    private final ChannelHandlerContext ctx;
    private final boolean oldFraming;
    /** Whether subscriptions travel as commands, and not as messages. */
    private final boolean subscribeCommands;
    private final boolean commandsAllowed;
    private final @Nullable FrameCipher cipher;

    /**
     * The pack. {@link #next} counts, not its writer index, which is set only while a frame is written by way of it.
     */
    private @Nullable ByteBuf pack;
    /** The array of the pack; {@code null} where frames are sealed, which are written by way of the buffer. */
    private byte @Nullable [] array;
    /** The index in the array at which the pack begins. */
    private int base;
    /**
     * The index in the array for the next frame. What lies after it does not count: stepping back takes frames back.
     */
    private int next;
    /** The index in the array up to which {@link #writeSmall} may fill it. */
    private int smallEnd;
    /** The length that the packs of the last bursts had; the next one begins with this capacity. */
    private int packSize = PACK_MIN;
    /** The number of messages whose last frame is in the pack. */
    private int packMessages;
    /** The number of messages whose last octet the channel has not taken. */
    private long unwritten;
    /** Counts buffers that the channel took later than at their flush; only whether it changes matters. */
    private int waited;
    private final ChannelFutureListener oneMessage = future -> written(future, 1);
    private final ChannelFutureListener noMessage = future -> written(future, 0);
    /** The promises of the messages and commands in the pack. */
    private ChannelPromise[] promises = NO_PROMISES;
    private int promiseCount;
    /** Whether a void promise is among those of the pack: a failure is told through {@code exceptionCaught} then. */
    private boolean voidPromised;
    /** The promise of a pack in which nobody but void promises waits for the outcome. */
    private final PackPromise packPromise;
    /** Counts packs that are ended; only whether it changes matters. */
    private int packsEnded;
    private final ReadyBuffers ready;

    FrameEncoder(ChannelHandlerContext ctx, ZmtpVersion version, @Nullable FrameCipher cipher,
            Consumer<? super ZmtpException> broken) {
        this.ctx = ctx;
        ready = new ReadyBuffers(ctx, broken);
        oldFraming = version.hasOldFraming();
        this.cipher = cipher;
        packPromise = new PackPromise(ctx, this::packEnded);
        commandsAllowed = version.hasCommands();
        subscribeCommands = version == ZmtpVersion.ZMTP_3_1;
    }

    /**
     * Takes over a message of one small part, as most are, if the pack has room for it. This method does as little as
     * it can, and writes to the array: with the checks of the buffer the compiler would give up inlining half way.
     *
     * @return {@code false} if nothing has happened; {@link #write} writes the message then, or says why it cannot
     */
    boolean writeSmall(ZmtpMessage message, ChannelPromise promise) {
        ByteBuf in = message.onlyBuffer();
        int length = message.onlyLength();
        int at = next;
        int header = length > 255 ? 9 : 2;
        int end = at + header + length;
        if (in == null || length > COPY_LIMIT || end > smallEnd || message.refCnt() <= 0) {
            return false;
        }
        try {
            in.getBytes(message.onlyOffset(), array, at + header, length);
        } catch (Throwable e) {
            return false;
        }
        if (promise.isVoid()) {
            voidPromised = true;
        } else if (promise.setUncancellable()) {
            add(promise);
        } else {
            return false;
        }
        if (length <= 255) {
            array[at] = 0;
        } else {
            array[at] = FrameHeader.LONG;
            for (int i = 1; i < 7; i++) {
                array[at + i] = 0;
            }
            array[at + 7] = (byte) (length >> 8);
        }
        array[at + header - 1] = (byte) length;
        next = end;
        packMessages++;
        unwritten++;
        message.release();
        return true;
    }

    /**
     * Takes over the message. If this throws anything but a {@link ZmtpException}, nothing of the message is written.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void write(ZmtpMessage message, ChannelPromise promise) {
        try {
            if (message.refCnt() <= 0) {
                throw new IllegalReferenceCountException(message.refCnt());
            }
            ByteBuf buffer = message.onlyBuffer();
            if (buffer != null) {
                body(0, buffer, message.onlyOffset(), message.onlyLength(), promise, 1);
            } else {
                parts(message, promise);
            }
        } catch (Throwable e) {
            ReferenceCountUtil.safeRelease(message); // its own failure must not hide the first
            throw e;
        }
        message.release();
        ready.deliver();
    }

    /**
     * Takes over a batch. The frames of a long one go to the channel where they lie.
     *
     * @throws ZmtpException if the connection cannot go on
     */
    void write(ZmtpBatch batch, ChannelPromise promise) {
        if (batch.refCnt() <= 0) {
            throw new IllegalReferenceCountException(batch.refCnt());
        }
        try {
            int messages = batch.count();
            int octets = batch.frameBytes();
            if (messages == 0) {
                promise.trySuccess();
            } else if (cipher != null || oldFraming) {
                each(batch, promise);
            } else if (octets <= 2 * COPY_LIMIT) {
                room(octets);
                batch.copyFrames(array, base + pack.writerIndex());
                pack.writerIndex(pack.writerIndex() + octets);
                packed(promise, messages);
            } else {
                endPack();
                unwritten += messages;
                packsEnded++;
                ready(batch.frames(), messages, promise.isVoid() ? NO_PROMISES : new ChannelPromise[] {promise},
                        promise.isVoid());
            }
            ready.deliver();
        } finally {
            batch.release(); // when the channel has copied it, so that its memory can be used again
        }
    }

    /** Writes the messages one by one, and leaves them in the batch, which may have other owners. */
    private void each(ZmtpBatch batch, ChannelPromise promise) {
        int left = batch.count();
        ByteBuf frames = batch.frames();
        try {
            for (int at = 0; left > 0; left--) {
                int body = at + 2;
                int length = frames.getUnsignedByte(at + 1);
                if (frames.getByte(at) != 0) {
                    body = at + FrameHeader.LONG_LENGTH;
                    length = frames.getInt(body - Integer.BYTES);
                }
                body(0, frames, body, length, left > 1 ? null : promise, 1);
                at = body + length;
            }
        } catch (ZmtpException e) {
            throw e;
        } catch (Throwable e) {
            throw new ZmtpException(ZmtpError.INTERNAL, "batch: " + left + " of its messages could not be written"
                    + " (expected: none), " + e, e);
        } finally {
            frames.release();
        }
    }

    private void parts(ZmtpMessage message, ChannelPromise promise) {
        int packsBefore = packsEnded;
        int start = next - base;
        int last = message.partCount() - 1;
        int i = 0;
        try {
            for (; i <= last; i++) {
                body(i < last ? FrameHeader.MORE : 0, message.buffer(i), message.offset(i), message.partLength(i),
                        i < last ? null : promise, i < last ? 0 : 1);
            }
        } catch (Throwable e) {
            boolean ours = packsEnded == packsBefore; // all of the message is in the pack
            if (ours) {
                next = base + start;
            }
            if (i == 0 || ours && cipher == null || e instanceof ZmtpException) {
                throw e;
            }
            // Half of the message is on its way, or its first parts are sealed and the peer waits for their nonces.
            throw new ZmtpException(ZmtpError.INTERNAL, "message of " + (last + 1) + " parts: only " + i
                    + " could be written (expected: all), " + e, e);
        }
    }

    /**
     * Takes over the command.
     *
     * @throws IllegalArgumentException if the peer's version has no such command
     */
    void write(ZmtpCommand command, ChannelPromise promise) {
        try {
            ByteBuf content = command.content();
            ZmtpCommand.Kind kind = command.kind();
            ByteBuf body;
            int flags = FrameHeader.COMMAND;
            if (!subscribeCommands && (kind == ZmtpCommand.Kind.SUBSCRIBE || kind == ZmtpCommand.Kind.CANCEL)) {
                flags = 0;
                body = ctx.alloc().buffer(1 + content.readableBytes())
                        .writeByte(kind == ZmtpCommand.Kind.SUBSCRIBE ? 1 : 0);
            } else if (commandsAllowed) {
                body = HandshakeCommands.begin(kind.name(), content.readableBytes());
            } else {
                throw new IllegalArgumentException("command: " + kind + " (expected: none but SUBSCRIBE and CANCEL"
                        + " to a peer of ZMTP 2.0 or older)");
            }
            body.writeBytes(content, content.readerIndex(), content.readableBytes());
            write(flags, body, promise);
        } finally {
            command.release();
        }
    }

    /** Takes over a frame's body; the promise may be {@code null}. */
    void write(int flags, ByteBuf body, @Nullable ChannelPromise promise) {
        try {
            body(flags, body, body.readerIndex(), body.readableBytes(), promise, 0);
        } finally {
            body.release();
        }
        ready.deliver();
    }

    /** Returns how many messages were taken over whose last octet the channel has not taken, or never will. */
    long unwritten() {
        return unwritten;
    }

    /**
     * Returns a number that changes when bytes leave which had to wait. What the channel takes at once shows nothing of
     * the peer: the kernel has room for a while even when the peer is gone.
     */
    long progress() {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        return ((long) waited << 40) + (buffer == null ? 0 : buffer.currentProgress());
    }

    private void written(ChannelFuture future, int messages) {
        if (!future.isSuccess()) {
            return;
        }
        if (ctx.executor().inEventLoop()) {
            written(messages);
            return;
        }
        try { // the promise is that of a handler with an executor of its own
            ctx.executor().execute(() -> written(messages));
        } catch (RejectedExecutionException ended) {
            // nobody asks any more
        }
    }

    private void written(int messages) {
        unwritten -= messages;
        if (!ready.isFlushing()) {
            waited++;
        }
    }

    /** Hears of the outcome of a pack that went with the {@link #packPromise}. */
    private void packEnded(int messages, boolean toVoid, @Nullable Throwable cause) {
        if (cause == null) {
            written(messages);
        } else if (toVoid && ctx.channel().isRegistered()) {
            ctx.pipeline().fireExceptionCaught(cause); // as a void promise does
        }
    }

    /** Gives the channel what is collected, and flushes the channel. */
    void flush() {
        flushPack();
        ready.flush();
    }

    /** Gives the channel what is collected. */
    void flushPack() {
        endPack();
        ready.deliver();
    }

    private void endPack() {
        ByteBuf full = pack;
        if (full == null) {
            return;
        }
        full.writerIndex(next - base);
        pack = null;
        array = null;
        base = 0;
        next = 0;
        smallEnd = 0;
        packsEnded++;
        // It shrinks by halves only, so that the short end of each large burst does not make the next pack short.
        packSize = Math.max(PACK_MIN, Math.min(PACK_LIMIT, Math.max(full.readableBytes(), packSize / 2)));
        int count = promiseCount;
        int messages = packMessages;
        boolean toVoid = voidPromised;
        voidPromised = false;
        promiseCount = 0;
        packMessages = 0;
        if (!full.isReadable()) {
            full.release();
        } else if (count == 1 && messages <= 1 && !toVoid) {
            ready.add(full, messages == 0 ? promises[0] : promises[0].addListener(oneMessage));
        } else {
            ready(full, messages, count == 0 ? NO_PROMISES : Arrays.copyOf(promises, count), toVoid);
        }
        Arrays.fill(promises, 0, count, null);
    }

    private void ready(ByteBuf buffer, int messages, ChannelPromise[] waiting, boolean toVoid) {
        if (waiting.length == 0 && !ready.isDelivering() && packPromise.begin(messages, toVoid)) {
            ready.add(buffer, packPromise);
        } else {
            Promises all = new Promises(messages, waiting, toVoid);
            ready.add(buffer, all.addListener(all));
        }
    }

    private void body(int flags, ByteBuf in, int offset, int length, @Nullable ChannelPromise promise,
            int messages) {
        if (cipher != null) {
            int sealed = length + cipher.overhead();
            room(FrameHeader.MAX_LENGTH + sealed);
            FrameHeader.write(pack, 0, sealed);
            cipher.seal(flags & FrameHeader.MORE | ((flags & FrameHeader.COMMAND) != 0 ? FrameCipher.COMMAND : 0),
                    in, offset, length, pack);
            packed(promise, messages);
        } else if (length <= COPY_LIMIT) {
            header(flags, length, length);
            // It copies to the array, because other ways from buffer to buffer make objects.
            in.getBytes(offset, array, base + pack.writerIndex(), length);
            pack.writerIndex(pack.writerIndex() + length);
            packed(promise, messages);
        } else {
            ByteBuf body = in.retainedSlice(offset, length);
            try {
                header(flags, length, 0);
            } catch (Throwable e) {
                body.release();
                throw e;
            }
            next = base + pack.writerIndex();
            endPack();
            unwritten += messages;
            ready.add(body, promise != null && promise.isVoid() ? voidPromise(messages)
                    : (promise == null ? ctx.newPromise() : promise)
                            .addListener(messages == 0 ? noMessage : oneMessage));
        }
    }

    private ChannelPromise voidPromise(int messages) {
        Promises none = new Promises(messages, NO_PROMISES, true);
        return none.addListener(none);
    }

    /** Writes a header, and makes room for so many octets after it. */
    private void header(int flags, int length, int octets) {
        room(FrameHeader.MAX_LENGTH + octets);
        if (oldFraming) {
            FrameHeader.writeOld(pack, flags, length);
        } else {
            FrameHeader.write(pack, flags, length);
        }
    }

    /** Makes sure that there is a pack with room for so many octets, and sets its writer index to {@link #next}. */
    private void room(int octets) {
        if (pack != null) {
            pack.writerIndex(next - base);
            if (pack.writableBytes() >= octets) {
                return;
            }
            if (pack.readableBytes() + octets <= PACK_LIMIT) {
                pack.ensureWritable(octets);
                found();
                return;
            }
            endPack();
        }
        int size = Math.max(packSize, octets);
        // Small frames in clear are written to an array for speed; the channel copies it once as a whole.
        pack = cipher == null ? ctx.alloc().heapBuffer(size) : ctx.alloc().ioBuffer(size);
        found();
    }

    /** Notes where the bytes of the pack are, after it was made or has grown. */
    private void found() {
        if (cipher == null) {
            array = pack.array();
            base = pack.arrayOffset();
            smallEnd = oldFraming ? 0 : base + Math.min(pack.capacity(), PACK_LIMIT);
        }
        next = base + pack.writerIndex();
    }

    private void packed(@Nullable ChannelPromise promise, int messages) {
        next = base + pack.writerIndex();
        packMessages += messages;
        unwritten += messages;
        if (promise != null && promise.isVoid()) {
            voidPromised = true;
        } else if (promise != null) {
            add(promise);
        }
        if (pack.readableBytes() >= PACK_LIMIT) {
            endPack();
        }
    }

    private void add(ChannelPromise promise) {
        if (promiseCount == promises.length) {
            promises = Arrays.copyOf(promises, Math.max(4, promiseCount * 2));
        }
        promises[promiseCount++] = promise;
    }

    /** The promise of a buffer, which listens to itself and hands its outcome to the promises of what is in it. */
    private final class Promises extends DefaultChannelPromise implements ChannelFutureListener {

        private final int messages;
        private final ChannelPromise[] all;
        private final boolean toVoid;

        Promises(int messages, ChannelPromise[] all, boolean toVoid) {
            super(ctx.channel(), ctx.executor());
            this.messages = messages;
            this.all = all;
            this.toVoid = toVoid;
        }

        @Override
        public void operationComplete(ChannelFuture future) {
            Throwable cause = future.cause();
            for (ChannelPromise promise : all) {
                if (cause == null) {
                    promise.trySuccess();
                } else {
                    promise.tryFailure(cause);
                }
            }
            packEnded(messages, toVoid, cause);
        }
    }
}
