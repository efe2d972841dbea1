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

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

import java.util.Map;

/**
 * Configuration of a server channel on AF_VSOCK. Accepted channels inherit the buffer sizes.
 *
 * <p>Thread: any. Options count for what is bound after they were set. Getters and setters that reach the kernel throw
 * a {@link io.netty.channel.ChannelException} if it refuses the value or the channel is closed.
 */
public final class VmciServerChannelConfig extends ServerConfig {

    private final VsockBuffers buffers;

    VmciServerChannelConfig(AbstractVmciChannel channel) {
        super(channel);
        buffers = new VsockBuffers(kernel);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), VmciChannelOption.BUFFER_SIZE, VmciChannelOption.BUFFER_MIN_SIZE,
                VmciChannelOption.BUFFER_MAX_SIZE);
    }

    @Override
    public <T> T getOption(ChannelOption<T> option) {
        T size = buffers.get(option);
        return size != null ? size : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        return buffers.set(option, value) || super.setOption(option, value);
    }

    /**
     * Returns {@link VmciChannelOption#BUFFER_SIZE} in bytes, as the kernel has it.
     */
    public long getBufferSize() {
        return buffers.size();
    }

    /**
     * Sets {@link VmciChannelOption#BUFFER_SIZE}. Unless {@link #setBufferMaxSize} was called, the maximum is raised
     * along.
     *
     * @param bytes 0 to 4294967295; the kernel cuts it to the minimum and the maximum
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public VmciServerChannelConfig setBufferSize(long bytes) {
        buffers.setSize(bytes);
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#BUFFER_MIN_SIZE} in bytes.
     */
    public long getBufferMinSize() {
        return buffers.minSize();
    }

    /**
     * Sets {@link VmciChannelOption#BUFFER_MIN_SIZE}.
     *
     * @param bytes 0 to 4294967295
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public VmciServerChannelConfig setBufferMinSize(long bytes) {
        buffers.setMinSize(bytes);
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#BUFFER_MAX_SIZE} in bytes.
     */
    public long getBufferMaxSize() {
        return buffers.maxSize();
    }

    /**
     * Sets {@link VmciChannelOption#BUFFER_MAX_SIZE}.
     *
     * @param bytes 0 to 4294967295
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public VmciServerChannelConfig setBufferMaxSize(long bytes) {
        buffers.setMaxSize(bytes);
        return this;
    }

    // The return types are narrowed, so that a chain of calls keeps this type.

    @Override
    public VmciServerChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public VmciServerChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public VmciServerChannelConfig setMaxMessagesPerWrite(int maxMessagesPerWrite) {
        super.setMaxMessagesPerWrite(maxMessagesPerWrite);
        return this;
    }

    @Override
    public VmciServerChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public VmciServerChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public VmciServerChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public VmciServerChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public VmciServerChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    @Deprecated
    public VmciServerChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
        super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
        return this;
    }

    @Override
    @Deprecated
    public VmciServerChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
        super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
        return this;
    }

    @Override
    public VmciServerChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        super.setWriteBufferWaterMark(writeBufferWaterMark);
        return this;
    }

    @Override
    public VmciServerChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }

    @Override
    public VmciServerChannelConfig setBacklog(int backlog) {
        super.setBacklog(backlog);
        return this;
    }
}
