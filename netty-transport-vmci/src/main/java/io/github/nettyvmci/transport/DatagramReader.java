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

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** Reads datagrams from a channel's socket into its pipeline, each into a buffer of its own. Event loop only. */
final class DatagramReader {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(DatagramReader.class);

    private final VmciDatagramChannel channel;
    private final VsockDatagramFamily family;
    /** Who sent the last datagram, since the next one is often from there too. */
    private VmciAddress lastSender = VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY);

    DatagramReader(VmciDatagramChannel channel, VsockDatagramFamily family) {
        this.channel = channel;
        this.family = family;
    }

    /** Reads until there is no more, or as the allocator of buffers says. */
    void read() {
        AbstractVmciChannel.AbstractVmciUnsafe unsafe = channel.ownUnsafe();
        VmciDatagramChannelConfig config = channel.config();
        ExtendedHandle handle = (ExtendedHandle) unsafe.recvBufAllocHandle();
        ChannelPipeline pipeline = channel.pipeline();
        handle.reset(config);
        Throwable failure = null;
        try {
            // A handler may have closed the channel, and the number of its descriptor may be another's by now.
            while (channel.isWatched() && receive(handle, pipeline)
                    && handle.continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER)) {
            }
        } catch (Throwable t) {
            failure = t;
        }
        try {
            handle.readComplete();
            pipeline.fireChannelReadComplete();
            if (failure != null) {
                pipeline.fireExceptionCaught(failure);
            }
        } finally {
            if (!unsafe.readPending && !config.isAutoRead()) {
                unsafe.clearReadInterest();
            }
        }
    }

    /** Reads a datagram; returns false if there is none. */
    private boolean receive(ExtendedHandle handle, ChannelPipeline pipeline) throws IOException {
        ByteBuf buffer = handle.allocate(channel.config().directAllocator());
        try {
            int length = buffer.writableBytes();
            handle.attemptedBytesRead(length);
            long address = DatagramWriter.addressOf(buffer, buffer.writerIndex(), length);
            int result = family.receiveFrom(channel.socket.intValue(), address, length, SockOpt.scratchAddress());
            handle.lastBytesRead(Math.max(0, result));
            if (result == -EAGAIN) {
                return false;
            }
            if (result < 0) {
                throw DatagramErrors.receiveFailed(channel.local, result);
            }
            handle.incMessagesRead(1);
            ByteBuffer out = SockOpt.scratch();
            VmciAddress sender = sender(Integer.toUnsignedLong(out.getInt(0)), Integer.toUnsignedLong(out.getInt(4)));
            SocketAddress peer = channel.remote;
            if (peer != null && !peer.equals(sender)) {
                logger.debug("{} dropped a datagram from {}, which is not its peer", channel, sender);
                return true;
            }
            if (out.getInt(8) != 0) {
                pipeline.fireExceptionCaught(DatagramErrors.tooLong(sender, length));
                return true;
            }
            channel.ownUnsafe().readPending = false;
            ByteBuf content = buffer.writerIndex(buffer.writerIndex() + result);
            buffer = null;
            pipeline.fireChannelRead(new VmciDatagramPacket(content, channel.localAddress(), sender));
            return true;
        } finally {
            if (buffer != null) {
                buffer.release();
            }
        }
    }

    private VmciAddress sender(long cid, long port) {
        if (lastSender.cid() != cid || lastSender.port() != port) {
            lastSender = VmciAddress.of(cid, port);
        }
        return lastSender;
    }
}
