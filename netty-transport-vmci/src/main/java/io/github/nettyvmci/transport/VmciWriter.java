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
import static io.github.nettyvmci.transport.NativeConstants.ENOSYS;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.SocketWritableByteChannel;
import io.netty.channel.unix.UnixChannelUtil;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Empties a stream channel's outbound buffer into its socket: bursts of buffers with one gathering call, files with
 * sendfile(2).
 */
final class VmciWriter {

    /** The kernel takes no more: as good as all attempts used up. */
    private static final int FULL = Integer.MAX_VALUE;
    private static final int LEAST_GATHERED = 4096;

    private final AbstractVmciStreamChannel channel;
    private final VmciSocket socket;
    private RegionTarget regionTarget;
    private Runnable flushTask;
    private boolean written;
    /**
     * How many octets to gather at a time, following what the kernel took: the rest has to be gathered again.
     */
    private long gatherLimit = Long.MAX_VALUE;

    VmciWriter(AbstractVmciStreamChannel channel) {
        this.channel = channel;
        socket = channel.socket;
    }

    Object filter(Object message) {
        if (message instanceof ByteBuf buffer) {
            return UnixChannelUtil.isBufferCopyNeededForWrite(buffer) ? directCopy(buffer) : buffer;
        }
        if (message instanceof FileRegion) {
            return message;
        }
        throw new UnsupportedOperationException("message: " + (message == null ? "null" : message.getClass().getName())
                + " (expected: ByteBuf or FileRegion; an encoder in the pipeline has to make one of it)");
    }

    private ByteBuf directCopy(ByteBuf buffer) {
        try {
            int length = buffer.readableBytes();
            return channel.alloc().directBuffer(length).writeBytes(buffer, buffer.readerIndex(), length);
        } finally {
            buffer.release();
        }
    }

    /** Whether the kernel ever took something. */
    boolean hasWritten() {
        return written;
    }

    void write(ChannelOutboundBuffer in) throws Exception {
        int attempts = channel.config().getWriteSpinCount();
        do {
            int messages = in.size();
            if (messages == 0) {
                channel.clearInterest(VmciIoOps.EPOLLOUT);
                return;
            }
            Object first = in.current();
            if (first instanceof ByteBuf buffer) {
                attempts -= messages > 1 || !isOnePiece(buffer) ? writeGathered(in) : writeBuffer(in, buffer);
            } else if (first instanceof DefaultFileRegion region) {
                attempts -= writeFile(in, region);
            } else {
                attempts -= writeRegion(in, (FileRegion) first);
            }
        } while (attempts > 0);

        if (attempts == 0) {
            // Others on this loop have waited long enough; the kernel would still take more.
            channel.clearInterest(VmciIoOps.EPOLLOUT);
            channel.eventLoop().execute(flushTask());
        } else {
            channel.setInterest(VmciIoOps.EPOLLOUT);
        }
    }

    private Runnable flushTask() {
        if (flushTask == null) {
            // Not flush(): what was written but not flushed since must stay where it is.
            flushTask = channel::flushAgain;
        }
        return flushTask;
    }

    private static boolean isOnePiece(ByteBuf buffer) {
        return buffer.hasMemoryAddress() || buffer.isDirect() && buffer.nioBufferCount() == 1;
    }

    private int writeBuffer(ChannelOutboundBuffer in, ByteBuf buffer) throws Exception {
        if (!buffer.isReadable()) {
            in.remove();
            return 0;
        }
        return progress(in, socket.send(buffer));
    }

    private int writeGathered(ChannelOutboundBuffer in) throws Exception {
        IovArray iov = channel.iovArray();
        iov.clear();
        iov.maxBytes(gatherLimit);
        in.forEachFlushedMessage(iov);
        if (iov.count() == 0) {
            in.removeBytes(0); // empty buffers only
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

    /** Returns {@link #FULL}, or throws. */
    private int failed(int negativeErrno) throws Exception {
        if (negativeErrno == -EAGAIN) {
            return FULL;
        }
        if (negativeErrno == -ENOTCONN) {
            int error = socket.family.soError(socket.intValue());
            if (error > 0) {
                throw VmciErrors.connectionLost(channel.remote, error);
            }
        }
        throw VmciErrors.writeFailed(channel.remote, channel.local, negativeErrno);
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
            channel.checkFile(region, offset); // throws if the file is shorter than the region
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

    /** The socket, as a foreign file region wants it. */
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
