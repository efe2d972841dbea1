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
package io.github.nettyvmci.transport;

import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.LeakPresenceDetector;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Reads from a stream channel's socket into its pipeline, and reports how the input ended. Event loop only, but for
 * {@link #channelClosed} and {@link #isPeerGone}, which the thread calls that closes the channel.
 */
final class SocketReader {

    /** What is known about the peer's end. It never goes back. */
    private enum Input {

        /** The peer may send more. */
        OPEN,

        /** The peer sends no more, or the connection broke: bytes that are there are read, whatever autoRead says. */
        DRAINING,

        /** The end has been reported, or the channel closed, after which nobody wants to know. */
        ENDED,

        /** The connection is lost, or the peer has closed: nobody is there to read what was written last. */
        PEER_GONE
    }

    /**
     * Added to small read buffers, and to large ones while {@link #exact}. A message of exactly the guessed size would
     * fill the buffer, and a full buffer costs one more call to learn that there is no more.
     */
    private static final int READ_SLACK = 16;
    private static final int READ_SLACK_UP_TO = 8192;
    /**
     * A peer that sends only small messages gets small buffers, for the handlers may keep many of these, of many peers.
     * Netty's guess shrinks too slowly for that: one message in a buffer of 2 KiB, and then in some hundred of 512
     * bytes.
     */
    private static final int SMALL = 128;
    private static final int SMALL_UP_TO = 2048;
    private static final byte SMALL_AFTER = 2;
    /** After small reads there was more, which is read at once, however small the guess has become. */
    private static final byte OUTGROWN = -1;

    private final AbstractVmciChannel channel;
    private final StreamConfig config;
    private final NativeSocket socket;
    /** Null where the family passes no descriptors. */
    private final @Nullable DescriptorReader descriptors;
    private volatile Input input = Input.OPEN;
    /** What SO_ERROR said. It is reported once everything that can still be read was. */
    private @Nullable IOException brokenBy;
    /** Whether messages fill their buffers exactly: one more call brought nothing, and none has filled the slack. */
    private boolean exact;
    /**
     * How many reads one after the other brought less than {@link #SMALL}, as far as {@link #SMALL_AFTER}; or
     * {@link #OUTGROWN}.
     */
    private byte smallReads;
    /** Whether the configuration waits for {@link StreamConfig#everythingIsRead}. */
    private boolean behind;

    SocketReader(AbstractVmciChannel channel, StreamConfig config) {
        this.channel = channel;
        this.config = config;
        socket = channel.socket;
        descriptors = socket.family.passesDescriptors() ? new DescriptorReader(channel) : null;
    }

    /** Returns whether nobody is there to read what was written last. */
    boolean isPeerGone() {
        return input == Input.PEER_GONE;
    }

    /** Called when nothing is read any more, until autoRead is on. Event loop, or any thread while there is none. */
    void readingStopped() {
        behind = config.readingStopped();
    }

    /** Called when reading is asked for. Event loop. */
    void readingBegins() {
        if (behind && config.isAutoRead()) {
            // Everything may have been read before the stop, and then no event would tell.
            channel.eventLoop().execute(() -> {
                // A channel that has moved since is asked to read by its new loop.
                if (channel.isOnItsLoop() && behind && config.isAutoRead()) {
                    read();
                }
            });
        }
    }

    void channelClosed() {
        if (input != Input.PEER_GONE) {
            input = Input.ENDED;
        }
    }

    /** Reads to the end: the peer sends no more. */
    void readToTheEnd() {
        if (input == Input.OPEN) {
            input = Input.DRAINING;
        }
        if (drains() || config.isAutoRead() || channel.ownUnsafe().readPending) {
            read();
        } // else the next read brings what is left, and then the end
    }

    /**
     * Reads to the end, and then closes the channel with the reason.
     *
     * @param soError a positive errno
     */
    void connectionBroke(int soError) {
        brokenBy = ConnectionErrors.connectionLost(channel.remote, soError);
        readToTheEnd();
        // Descriptors are not drained, so that some may be left. With the error cleared, the events are those of an
        // orderly end from here on, which bring the rest, and then the end.
        if (brokenBy != null && (nothingToRead() || !config.readsDescriptors())) {
            breakUp();
        }
    }

    /**
     * Returns whether all that is there is read, asked for or not. Descriptors are not: a peer could leave as many
     * behind as it may open itself, and have this process open them all at once.
     */
    private boolean drains() {
        return input == Input.DRAINING && !config.readsDescriptors();
    }

    private boolean nothingToRead() {
        // Unless the socket is watched, another thread may close the descriptor at any time (SO_LINGER).
        return !channel.isOpen() || !channel.isWatched()
                || socket.isInputShutdown() && (isEnded() || !config.isAllowHalfClosure());
    }

    private boolean isEnded() {
        return input.compareTo(Input.ENDED) >= 0;
    }

    void read() {
        AbstractVmciChannel.AbstractVmciUnsafe unsafe = channel.ownUnsafe();
        if (nothingToRead()) {
            unsafe.clearReadInterest();
            return;
        }
        ExtendedHandle handle = (ExtendedHandle) unsafe.recvBufAllocHandle();
        handle.reset(config);
        ChannelPipeline pipeline = channel.pipeline();
        ByteBuf buffer = null;
        boolean ended = false;
        boolean drained = false;
        boolean empty = false;
        try {
            do {
                int result;
                if (descriptors != null && config.readsDescriptors()) {
                    handle.attemptedBytesRead(1);
                    result = descriptors.receive();
                } else {
                    buffer = allocate(handle);
                    handle.attemptedBytesRead(buffer.writableBytes());
                    result = buffer.isWritable() ? socket.recv(buffer) : -EAGAIN;
                }
                drained = result < handle.attemptedBytesRead();
                if (result <= 0) {
                    empty = true;
                    ended = result != -EAGAIN;
                    exact = true;
                    handle.lastBytesRead(ended ? -1 : 0);
                    if (buffer != null) {
                        buffer.release();
                        buffer = null;
                    }
                    if (ended) {
                        unsafe.readPending = false;
                        checkEnd(result);
                    }
                    break;
                }
                handle.lastBytesRead(result);
                handle.incMessagesRead(1);
                unsafe.readPending = false;
                if (result >= SMALL) {
                    smallReads = smallReads == SMALL_AFTER ? OUTGROWN : 0;
                } else if (smallReads < SMALL_AFTER) {
                    smallReads++;
                }
                if (buffer == null) {
                    descriptors.handOn();
                } else {
                    exact &= buffer.isWritable();
                    pipeline.fireChannelRead(buffer);
                    buffer = null;
                }
                // The handler may have closed the channel, and the number of its descriptor may be another's by now.
            } while (!nothingToRead() && (drains() || handle.continueReading()));

            handle.readComplete();
            pipeline.fireChannelReadComplete();
            if (brokenBy != null && (empty || !config.readsDescriptors())) {
                breakUp();
            } else if (ended) {
                inputEnded(true);
            }
        } catch (Throwable t) {
            readFailed(handle, buffer, t, ended);
        } finally {
            if (config.isAutoRead()) {
                if (drained && behind) {
                    behind = false;
                    config.everythingIsRead();
                }
            } else if (!unsafe.readPending) {
                unsafe.clearReadInterest();
                readingStopped();
            }
        }
    }

    private ByteBuf allocate(ExtendedHandle handle) {
        ByteBufAllocator allocator = config.getAllocator();
        if (config.adaptiveReads()) {
            int guess = handle.guess();
            if (smallReads == SMALL_AFTER && guess <= SMALL_UP_TO) {
                return allocator.directBuffer(SMALL);
            }
            if (smallReads == OUTGROWN) {
                guess = Math.max(guess, SMALL_UP_TO);
            }
            return allocator.directBuffer(exact || guess <= READ_SLACK_UP_TO ? guess + READ_SLACK : guess);
        }
        return handle.allocate(config.directAllocator());
    }

    /** Throws unless the result of recv means that the peer's data has come to its end. */
    private void checkEnd(int result) throws Exception {
        if (result == 0 || brokenBy != null) {
            return;
        }
        if (result == -ENOTCONN) {
            // A connected socket that is not connected any more: either the transport was reset, with the cause in
            // SO_ERROR, or both ends are shut down, for which vsock has no other answer.
            int error = socket.family.soError(socket.intValue());
            if (error > 0) {
                brokenBy = ConnectionErrors.connectionLost(channel.remote, error);
            }
            return;
        }
        throw ConnectionErrors.readFailed(channel.remote, channel.local, result);
    }

    private void readFailed(ExtendedHandle handle, @Nullable ByteBuf buffer, Throwable cause, boolean ended) {
        ChannelPipeline pipeline = channel.pipeline();
        if (buffer != null) {
            if (buffer.isReadable()) {
                channel.ownUnsafe().readPending = false;
                pipeline.fireChannelRead(buffer);
            } else {
                buffer.release();
            }
        }
        handle.readComplete();
        pipeline.fireChannelReadComplete();
        pipeline.fireExceptionCaught(cause);
        if (ended || cause instanceof OutOfMemoryError || cause instanceof IOException
                || cause instanceof LeakPresenceDetector.AllocationProhibitedException) {
            inputEnded(ended);
            if (brokenBy != null) {
                breakUp(); // where half-closure is allowed the channel is still open, and nothing reads on
            }
        }
    }

    private void breakUp() {
        IOException cause = brokenBy;
        brokenBy = null;
        input = Input.PEER_GONE;
        channel.ownUnsafe().breakUp(cause);
    }

    /**
     * Ends the input: closes the channel, or reports the end where half-closure is allowed.
     *
     * @param byPeer whether the peer sends no more; otherwise this end does not take it any more
     */
    private void inputEnded(boolean byPeer) {
        AbstractVmciChannel.AbstractVmciUnsafe unsafe = channel.ownUnsafe();
        if (!socket.isInputShutdown()) {
            if (!config.isAllowHalfClosure()) {
                if (byPeer) {
                    input = Input.PEER_GONE;
                }
                unsafe.close();
                return;
            }
            if (byPeer) {
                // No shutdown(2) here: there is nothing left to refuse, and on vsock getpeername(2) fails after it.
                socket.inputEnded();
            } else if (socket.shutdown(true, false) < 0) {
                unsafe.close();
                return;
            }
            unsafe.clearReadInterest();
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        if (!isEnded()) {
            input = Input.ENDED;
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        }
    }
}
