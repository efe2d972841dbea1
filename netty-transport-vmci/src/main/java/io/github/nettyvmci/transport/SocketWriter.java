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
import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.EBUSY;
import static io.github.nettyvmci.transport.NativeConstants.ENOSYS;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.ETOOMANYREFS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.SocketWritableByteChannel;
import io.netty.channel.unix.UnixChannelUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Empties a stream channel's outbound buffer into its socket: bursts of buffers with one gathering call, files with
 * sendfile(2), and descriptors one by one.
 */
final class SocketWriter {

    /** Stands for the attempts that a call used, where the kernel takes no more: more than there can be. */
    private static final int FULL = Integer.MAX_VALUE;
    private static final int LEAST_GATHERED = 4096;

    private final AbstractVmciChannel channel;
    private final StreamConfig config;
    private final NativeSocket socket;
    private @Nullable RegionTarget regionTarget;
    private boolean written;
    /**
     * How many bytes are gathered at a time. It follows what the kernel took last, because the rest has to be gathered
     * again.
     */
    private long gatherLimit = Long.MAX_VALUE;
    /** Buffers of this many bytes are not copied; 0: all are. */
    private int zeroCopyFrom;

    SocketWriter(AbstractVmciChannel channel, StreamConfig config) {
        this.channel = channel;
        this.config = config;
        socket = channel.socket;
    }

    /** Returns what goes into the outbound buffer for a message; takes the message over. */
    Object filter(Object message) {
        if (message instanceof ByteBuf buffer) {
            return UnixChannelUtil.isBufferCopyNeededForWrite(buffer) ? directCopy(buffer) : buffer;
        }
        boolean passes = socket.family.passesDescriptors();
        if (message instanceof FileRegion || passes && message instanceof FileDescriptor) {
            return message;
        }
        throw new UnsupportedOperationException("message: " + (message == null ? "null" : message.getClass().getName())
                + " (expected: ByteBuf" + (passes ? ", FileRegion or FileDescriptor" : " or FileRegion")
                + "; an encoder in the pipeline has to make one of it)");
    }

    private ByteBuf directCopy(ByteBuf buffer) {
        try {
            int length = buffer.readableBytes();
            return channel.alloc().directBuffer(length).writeBytes(buffer, buffer.readerIndex(), length);
        } finally {
            buffer.release();
        }
    }

    /** Returns whether the kernel ever took something. */
    boolean hasWritten() {
        return written;
    }

    /** Writes until the buffer is empty, the kernel takes no more, or the configured number of attempts is used up. */
    void write(ChannelOutboundBuffer in) throws Exception {
        int attempts = config.getWriteSpinCount();
        zeroCopyFrom = config.zeroCopyThreshold;
        if (zeroCopyFrom > 0 && (config.linger() > 0 || !socket.mayZeroCopy())) {
            zeroCopyFrom = 0; // a close that lingers waits in close(2), which here would have to wait for the buffers
        }
        do {
            int messages = in.size();
            if (messages == 0) {
                channel.clearInterest(VmciIoOps.EPOLLOUT);
                return;
            }
            Object first = in.current();
            if (first instanceof ByteBuf buffer) {
                boolean alone = (messages == 1 || isLarge(buffer)) && isOnePiece(buffer);
                attempts -= alone ? writeBuffer(in, buffer) : writeGathered(in);
            } else if (first instanceof DefaultFileRegion region) {
                attempts -= writeFile(in, region);
            } else if (first instanceof FileDescriptor descriptor) {
                attempts -= writeDescriptor(in, descriptor);
            } else {
                attempts -= writeRegion(in, (FileRegion) first);
            }
        } while (attempts > 0);

        if (attempts == 0) {
            channel.flushLater();
        } else {
            channel.setInterest(VmciIoOps.EPOLLOUT);
        }
    }

    private static boolean isOnePiece(ByteBuf buffer) {
        return buffer.hasMemoryAddress() || buffer.isDirect() && buffer.nioBufferCount() == 1;
    }

    /** Returns whether a buffer is worth not to be copied. */
    private boolean isLarge(ByteBuf buffer) {
        return zeroCopyFrom > 0 && buffer.readableBytes() >= zeroCopyFrom;
    }

    private int writeBuffer(ChannelOutboundBuffer in, ByteBuf buffer) throws Exception {
        if (!buffer.isReadable()) {
            in.remove();
            return 0;
        }
        return progress(in, isLarge(buffer) ? socket.sendZeroCopy(buffer) : socket.send(buffer));
    }

    private int writeGathered(ChannelOutboundBuffer in) throws Exception {
        IovArray iov = channel.iovArray();
        iov.clear();
        iov.maxBytes(gatherLimit);
        in.forEachFlushedMessage(zeroCopyFrom == 0 ? iov : message -> !(message instanceof ByteBuf buffer
                && isLarge(buffer) && isOnePiece(buffer)) && iov.processMessage(message));
        if (iov.count() == 0) {
            in.removeBytes(0); // there are empty buffers only
            return 0;
        }
        long gathered = iov.size();
        long result = socket.sendv(iov);
        adjustGatherLimit(gathered, result);
        return progress(in, result);
    }

    private void adjustGatherLimit(long gathered, long taken) {
        if (taken == gathered) {
            gatherLimit = Math.max(gatherLimit, gathered * 2);
        } else if (taken >= 0 && taken < gathered / 2 && gathered > LEAST_GATHERED) {
            gatherLimit = gathered / 2;
        }
    }

    private int progress(ChannelOutboundBuffer in, long result) throws Exception {
        if (result < 0) {
            return failed((int) result);
        }
        written = true;
        in.removeBytes(result);
        return 1;
    }

    /** Returns {@link #FULL} for EAGAIN, and throws the exception for every other errno. */
    private int failed(int negativeErrno) throws Exception {
        if (negativeErrno == -EAGAIN) {
            return FULL;
        }
        if (negativeErrno == -ENOTCONN) {
            int error = socket.family.soError(socket.intValue());
            if (error > 0) {
                throw ConnectionErrors.connectionLost(channel.remote, error);
            }
        }
        throw ConnectionErrors.writeFailed(channel.remote, channel.local, negativeErrno);
    }

    private int writeDescriptor(ChannelOutboundBuffer in, FileDescriptor descriptor) throws Exception {
        NativeSocket given = descriptor instanceof NativeSocket one && !one.isShared() ? one : null;
        if (given != null) {
            given.share(); // first, because another event loop may close the channel as soon as it is sent
        }
        int result = -EBADF;
        if (given != null && given.zeroCopyBytes() > 0) {
            result = -EBUSY; // whoever has it next would take the completions, and our buffers never be released
        } else if (descriptor.isOpen()) {
            result = socket.family.sendDescriptor(socket.intValue(), descriptor.intValue());
        }
        if (result < 0 && given != null) {
            given.unshare();
        }
        if (result == -EBADF || result == -EBUSY || result == -ETOOMANYREFS) {
            in.remove(ConnectionErrors.descriptorNotSent(descriptor.intValue(), result)); // the connection is as it was
            return 1;
        }
        if (result < 0) {
            return failed(result);
        }
        written = true;
        in.remove();
        return 1;
    }

    private int writeFile(ChannelOutboundBuffer in, DefaultFileRegion region) throws Exception {
        long offset = region.transferred();
        long length = region.count() - offset;
        if (length <= 0) {
            in.remove();
            return 0;
        }
        region.open();
        long result = socket.family.sendfile(socket.intValue(), region, region.position(), offset, length);
        if (result == -ENOSYS) {
            return writeRegion(in, region);
        }
        if (result < 0) {
            return failed((int) result);
        }
        if (result == 0) {
            channel.checkFile(region, offset);
            return FULL;
        }
        return regionProgress(in, region, result);
    }

    private int writeRegion(ChannelOutboundBuffer in, FileRegion region) throws Exception {
        if (region.transferred() >= region.count()) {
            in.remove();
            return 0;
        }
        if (regionTarget == null) {
            regionTarget = new RegionTarget();
        }
        long count = region.transferTo(regionTarget, region.transferred());
        return count <= 0 ? FULL : regionProgress(in, region, count);
    }

    private int regionProgress(ChannelOutboundBuffer in, FileRegion region, long count) {
        written = true;
        in.progress(count);
        if (region.transferred() >= region.count()) {
            in.remove();
        }
        return 1;
    }

    /** The socket as a file region wants it that is not Netty's own. */
    private final class RegionTarget extends SocketWritableByteChannel {

        RegionTarget() {
            super(socket);
        }

        @Override
        protected int write(ByteBuffer buffer, int position, int limit) throws IOException {
            int result = socket.send(buffer.duplicate().position(position).limit(limit));
            if (result >= 0) {
                return result;
            }
            try {
                failed(result);
                return 0;
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e);
            }
        }

        @Override
        protected ByteBufAllocator alloc() {
            return channel.alloc();
        }
    }
}
