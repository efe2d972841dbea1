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

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Turns messages and commands into frames. Small frames of a burst share one buffer, which goes to the channel when it
 * is full, when a large body comes between, and at the flush. Large bodies go as they are, unless they are sealed.
 *
 * <p>Writing to the channel can run anybody's code: listeners, handlers that hear of its writability. So it only
 * happens between messages, and what that code writes goes behind what was there.
 *
 * <p>The octets in the shared buffer are not yet in the channel's outbound buffer, so its writability lags behind by at
 * most {@link #PACK_LIMIT}.
 */
final class FrameEncoder {

    /** Bodies up to here are copied: one more entry in a gathering write costs more. */
    static final int COPY_LIMIT = 2048;
    /** A shared buffer this full goes to the channel. */
    static final int PACK_LIMIT = 32 * 1024;
    private static final int PACK_MIN = 256;

    private static final ChannelPromise[] NO_PROMISES = new ChannelPromise[0];

    private final ChannelHandlerContext ctx;
    private final boolean oldFraming;
    /** Subscriptions travel as commands. */
    private final boolean subscribeCommands;
    private final boolean commandsAllowed;
    private final @Nullable FrameCipher cipher;

    /** The shared buffer. Its own writer index lags behind, or is ahead while a frame is being written. */
    private ByteBuf pack;
    /** What holds its octets, unless they are sealed. */
    private byte[] array;
    /** Where in the array the buffer begins. */
    private int base;
    /** Where the next frame goes, counted as in the array. Nothing behind it counts: to step back is to take back. */
    private int next;
    /** Up to where {@link #writeSmall} may fill the array. */
    private int smallEnd;
    /** What the shared buffers of the last bursts came to; the next begins with this much. */
    private int packSize = PACK_MIN;
    /** Messages that end in the shared buffer. */
    private int packMessages;
    /** Messages whose last octet the channel has not taken. */
    private long unwritten;
    /** Buffers of messages that had to wait until the channel took them; only whether it changes matters. */
    private int waited;
    private boolean flushing;
    private final ChannelFutureListener oneMessage = future -> written(future, 1);
    private final ChannelFutureListener noMessage = future -> written(future, 0);
    /** The promises of what is in the shared buffer. */
    private ChannelPromise[] promises = NO_PROMISES;
    private int promiseCount;
    /** Somebody in the shared buffer wants to hear of a failure through {@code exceptionCaught}. */
    private boolean voidPromised;
    /** Stands for all of these where there are no other promises. */
    private final PackPromise packPromise;
    /** How many shared buffers were full or flushed; only whether it changes matters. */
    private int packsEnded;
    /** What the channel gets next: in turn a buffer and its promise. */
    private final ArrayDeque<Object> ready = new ArrayDeque<>(4);
    private boolean delivering;
    /** Somebody flushed while the channel was being given what is ready. */
    private boolean flushWanted;

    /** Hears why the connection cannot go on: octets are missing in the stream. */
    private final Consumer<ZmtpException> broken;

    FrameEncoder(ChannelHandlerContext ctx, ZmtpVersion version, @Nullable FrameCipher cipher,
            Consumer<ZmtpException> broken) {
        this.ctx = ctx;
        this.broken = broken;
        oldFraming = version.hasOldFraming();
        this.cipher = cipher;
        packPromise = new PackPromise(ctx, this::packEnded);
        commandsAllowed = version.hasCommands();
        subscribeCommands = version == ZmtpVersion.ZMTP_3_1;
    }

    /**
     * Takes over a message of one small part if there is room for it, which is what most are. As little as can be, and
     * not by way of the buffer: with its checks the compiler gives up inlining half way.
     *
     * @return whether it did; if not nothing has happened, and {@link #write} does it or says why not
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
     * Takes over the message. After any other exception than the one below nothing of it is written.
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
            ReferenceCountUtil.safeRelease(message); // may fail for the same reason, which is not to be hidden
            throw e;
        }
        message.release();
        deliver();
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
            boolean ours = packsEnded == packsBefore; // all of it is in the shared buffer
            if (ours) {
                next = base + start;
            }
            if (i == 0 || ours && cipher == null || e instanceof ZmtpException) {
                throw e;
            }
            // Half a message is on its way, or the peer waits for what was sealed first.
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
    void write(int flags, ByteBuf body, ChannelPromise promise) {
        try {
            body(flags, body, body.readerIndex(), body.readableBytes(), promise, 0);
        } finally {
            body.release();
        }
        deliver();
    }

    /** How many messages were given whose last octet the channel has not taken, or never will. */
    long unwritten() {
        return unwritten;
    }

    /**
     * Octets of messages that left after they had to wait; only whether it changes matters. What the channel takes at
     * once says nothing of the peer: the kernel has room for a while also when nobody is there any more.
     */
    long progress() {
        ChannelOutboundBuffer buffer = ctx.channel().unsafe().outboundBuffer();
        return ((long) waited << 40) + (buffer == null ? 0 : buffer.currentProgress());
    }

    private void written(ChannelFuture future, int messages) {
        if (future.isSuccess()) {
            written(messages);
        }
    }

    private void written(int messages) {
        unwritten -= messages;
        if (!flushing) {
            waited++;
        }
    }

    /** A shared buffer ended whose frames had no promises. */
    private void packEnded(int messages, boolean toVoid, Throwable cause) {
        if (cause == null) {
            written(messages);
        } else if (toVoid && ctx.channel().isRegistered()) {
            ctx.pipeline().fireExceptionCaught(cause); // as a void promise does
        }
    }

    private void flushChannel() {
        flushing = true;
        try {
            ctx.flush();
        } finally {
            flushing = false;
        }
    }

    /** Gives the channel what is collected, and flushes it. */
    void flush() {
        flushPack();
        if (delivering) {
            flushWanted = true;
        } else {
            flushChannel();
        }
    }

    /** Gives the channel what is collected. */
    void flushPack() {
        endPack();
        deliver();
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
        // Small at once for a peer that gets single messages, and not small again at the end of each large burst.
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
            ready(full, messages == 0 ? promises[0] : promises[0].addListener(oneMessage));
        } else if (count == 0 && !delivering && packPromise.begin(messages, toVoid)) {
            ready(full, packPromise);
        } else {
            Promises all = new Promises(messages, count == 0 ? NO_PROMISES : Arrays.copyOf(promises, count), toVoid);
            ready(full, all.addListener(all));
        }
        Arrays.fill(promises, 0, count, null);
    }

    private void ready(ByteBuf buffer, ChannelPromise promise) {
        ready.add(buffer);
        ready.add(promise);
    }

    /** Gives the channel what is ready, unless that is under way. */
    private void deliver() {
        if (delivering || ready.isEmpty()) {
            return;
        }
        delivering = true;
        try {
            while (!ready.isEmpty()) {
                ByteBuf buffer = (ByteBuf) ready.poll();
                ChannelPromise promise = (ChannelPromise) ready.poll();
                if (promise.isDone()) {
                    promise = ctx.newPromise(); // its owner gave up; the peer needs the octets all the same
                }
                ctx.write(buffer, promise);
                if (promise.isDone() && !promise.isSuccess() && ctx.channel().isOpen()) {
                    broken.accept(new ZmtpException(ZmtpError.INTERNAL, "frames could not be written: "
                            + promise.cause(), promise.cause()));
                }
            }
        } finally {
            delivering = false;
        }
        if (flushWanted) {
            flushWanted = false;
            flushChannel();
        }
    }

    private void body(int flags, ByteBuf in, int offset, int length, ChannelPromise promise, int messages) {
        if (cipher != null) {
            int sealed = length + cipher.overhead();
            room(FrameHeader.MAX_LENGTH + sealed);
            FrameHeader.write(pack, 0, sealed);
            cipher.seal(flags & FrameHeader.MORE | ((flags & FrameHeader.COMMAND) != 0 ? FrameCipher.COMMAND : 0),
                    in, offset, length, pack);
            packed(promise, messages);
        } else if (length <= COPY_LIMIT) {
            header(flags, length, length);
            // Straight to the array: other ways from buffer to buffer make objects.
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
            ready(body, promise != null && promise.isVoid() ? voidPromise(messages)
                    : (promise == null ? ctx.newPromise() : promise)
                            .addListener(messages == 0 ? noMessage : oneMessage));
        }
    }

    private ChannelPromise voidPromise(int messages) {
        Promises none = new Promises(messages, NO_PROMISES, true);
        return none.addListener(none);
    }

    /** Writes a header, with room for so many octets behind it. */
    private void header(int flags, int length, int octets) {
        room(FrameHeader.MAX_LENGTH + octets);
        if (oldFraming) {
            FrameHeader.writeOld(pack, flags, length);
        } else {
            FrameHeader.write(pack, flags, length);
        }
    }

    /** Makes sure there is a shared buffer with room for so many octets, its writer index where the next one goes. */
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
        // Clear frames are small and written one by one: to an array for speed, which the channel copies once.
        pack = cipher == null ? ctx.alloc().heapBuffer(size) : ctx.alloc().ioBuffer(size);
        found();
    }

    /** Looks up where the octets of the shared buffer are. */
    private void found() {
        if (cipher == null) {
            array = pack.array();
            base = pack.arrayOffset();
            smallEnd = oldFraming ? 0 : base + Math.min(pack.capacity(), PACK_LIMIT);
        }
        next = base + pack.writerIndex();
    }

    private void packed(ChannelPromise promise, int messages) {
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

    /** The promise of a buffer; listening to itself it tells everybody whose octets are in it what became of them. */
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
            if (messages > 0) {
                written(future, messages);
            }
            Throwable cause = future.cause();
            for (ChannelPromise promise : all) {
                if (cause == null) {
                    promise.trySuccess();
                } else {
                    promise.tryFailure(cause);
                }
            }
            if (cause != null && toVoid && future.channel().isRegistered()) {
                future.channel().pipeline().fireExceptionCaught(cause); // as a void promise does
            }
        }
    }
}
