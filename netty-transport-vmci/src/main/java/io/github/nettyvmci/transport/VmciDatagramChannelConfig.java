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

import static io.netty.channel.ChannelOption.SO_RCVBUF;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.PreferredDirectByteBufAllocator;

import java.util.Map;

/**
 * Configuration of a {@link VmciDatagramChannel}: Netty's general options, and SO_RCVBUF. Options that it does not have
 * are refused by {@link #setOption} returning false, whereupon a bootstrap logs a warning; those of
 * {@link VmciChannelOption} are among them, since the kernel has them for streams only.
 *
 * <p>RECVBUF_ALLOCATOR: each datagram is read into a buffer of its own, by default of
 * {@value VmciDatagramPacket#MAX_LENGTH} bytes, which takes every datagram. Who keeps many of them and knows that they
 * are short sets a {@link FixedRecvByteBufAllocator} of that length: one that is longer is lost then, which is an
 * exception in the pipeline.
 *
 * <p>WRITE_SPIN_COUNT: how many datagrams are sent before the other channels of the event loop have their turn.
 *
 * <p>Thread: any. Getters and setters that reach the kernel throw a {@link io.netty.channel.ChannelException} if it
 * refuses the value or the channel is closed.
 *
 * @since 0.1.0
 */
public final class VmciDatagramChannelConfig extends DefaultChannelConfig {

    private final ChannelKernelOptions kernel;
    private final AbstractVmciChannel ownChannel;
    private final PreferredDirectByteBufAllocator directAllocator = new PreferredDirectByteBufAllocator();

    VmciDatagramChannelConfig(AbstractVmciChannel channel) {
        super(channel, new FixedRecvByteBufAllocator(VmciDatagramPacket.MAX_LENGTH));
        ownChannel = channel;
        kernel = new ChannelKernelOptions(channel.socket);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), SO_RCVBUF);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        if (option == SO_RCVBUF) {
            return (T) (Integer) getReceiveBufferSize();
        }
        T value = kernel.getGeneric(option);
        return value != null ? value : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == SO_RCVBUF) {
            setReceiveBufferSize((Integer) value);
            return true;
        }
        return kernel.setGeneric(option, value) || ChannelKernelOptions.isHarmless(option)
                || super.setOption(option, value);
    }

    /**
     * Returns SO_RCVBUF in bytes: twice what was set, since the kernel counts its own overhead.
     */
    public int getReceiveBufferSize() {
        return kernel.getSocketInt(SO_RCVBUF, NativeConstants.SO_RCVBUF);
    }

    /**
     * Sets SO_RCVBUF: how much may wait to be read. What comes beyond that is lost, and neither end is told. The
     * default ({@code net.core.rmem_default}, 212992) holds about 90 datagrams of 1000 bytes, or 2 of the longest.
     *
     * @param bytes the kernel doubles it, and cuts it to {@code net.core.rmem_max}
     * @return this
     */
    public VmciDatagramChannelConfig setReceiveBufferSize(int bytes) {
        kernel.setSocketInt(SO_RCVBUF, NativeConstants.SO_RCVBUF, bytes);
        return this;
    }

    ByteBufAllocator directAllocator() {
        directAllocator.updateAllocator(getAllocator());
        return directAllocator;
    }

    @Override
    protected void autoReadCleared() {
        ownChannel.autoReadCleared();
    }

    // The return types are narrowed, so that a chain of calls keeps this type.

    @Override
    public VmciDatagramChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public VmciDatagramChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setMaxMessagesPerWrite(int maxMessagesPerWrite) {
        super.setMaxMessagesPerWrite(maxMessagesPerWrite);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    @Deprecated
    public VmciDatagramChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
        super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
        return this;
    }

    @Override
    @Deprecated
    public VmciDatagramChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
        super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        super.setWriteBufferWaterMark(writeBufferWaterMark);
        return this;
    }

    @Override
    public VmciDatagramChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }
}
