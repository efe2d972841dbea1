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
import io.netty.channel.socket.DuplexChannelConfig;

import java.util.Map;

/**
 * Configuration of a stream channel on AF_VSOCK. Options that it does not have are refused by {@link #setOption}
 * returning false, whereupon a bootstrap logs a warning.
 *
 * <p>Thread: any. Getters and setters that reach the kernel throw a {@link io.netty.channel.ChannelException} if it
 * refuses the value or the channel is closed.
 */
public final class VmciChannelConfig extends StreamConfig implements DuplexChannelConfig {

    /** The kernel's own default. The kernel keeps what belongs to a connect for as long, however early that ends. */
    private static final int DEFAULT_KERNEL_TIMEOUT_MILLIS = 2000;
    private static final int NOT_SET = 0;

    private final VsockBuffers buffers;
    private volatile boolean toHost;
    private volatile int kernelConnectTimeout = NOT_SET;
    private volatile int closeTimeout = 8000;

    VmciChannelConfig(AbstractVmciChannel channel) {
        super(channel);
        buffers = new VsockBuffers(kernel);
    }

    @Override
    boolean readingStopped() {
        return buffers.readingStopped();
    }

    @Override
    void everythingIsRead() {
        buffers.everythingIsRead();
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), VmciChannelOption.BUFFER_SIZE, VmciChannelOption.BUFFER_MIN_SIZE,
                VmciChannelOption.BUFFER_MAX_SIZE, VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS,
                VmciChannelOption.TO_HOST, VmciChannelOption.CLOSE_TIMEOUT_MILLIS,
                VmciChannelOption.ZEROCOPY_THRESHOLD);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        if (option == VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS) {
            return (T) (Integer) getKernelConnectTimeoutMillis();
        }
        if (option == VmciChannelOption.TO_HOST) {
            return (T) (Boolean) isToHost();
        }
        if (option == VmciChannelOption.CLOSE_TIMEOUT_MILLIS) {
            return (T) (Integer) getCloseTimeoutMillis();
        }
        if (option == VmciChannelOption.ZEROCOPY_THRESHOLD) {
            return (T) (Integer) getZerocopyThreshold();
        }
        T size = buffers.get(option);
        return size != null ? size : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS) {
            setKernelConnectTimeoutMillis((Integer) value);
        } else if (option == VmciChannelOption.TO_HOST) {
            setToHost((Boolean) value);
        } else if (option == VmciChannelOption.CLOSE_TIMEOUT_MILLIS) {
            setCloseTimeoutMillis((Integer) value);
        } else if (option == VmciChannelOption.ZEROCOPY_THRESHOLD) {
            setZerocopyThreshold((Integer) value);
        } else {
            return buffers.set(option, value) || super.setOption(option, value);
        }
        return true;
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
    public VmciChannelConfig setBufferSize(long bytes) {
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
    public VmciChannelConfig setBufferMinSize(long bytes) {
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
    public VmciChannelConfig setBufferMaxSize(long bytes) {
        buffers.setMaxSize(bytes);
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#KERNEL_CONNECT_TIMEOUT_MILLIS}: what was set, or else 2000, or
     * {@code CONNECT_TIMEOUT_MILLIS} if that is less.
     */
    public int getKernelConnectTimeoutMillis() {
        return kernelConnectTimeout == NOT_SET ? kernelConnectTimeoutMillis()
                : kernel.getConnectTimeout(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS);
    }

    /**
     * Sets {@link VmciChannelOption#KERNEL_CONNECT_TIMEOUT_MILLIS}, so that the channel gives up with the kernel.
     *
     * @param millis more than 0
     * @return this
     * @throws IllegalArgumentException if it is 0 or less
     */
    public VmciChannelConfig setKernelConnectTimeoutMillis(int millis) {
        if (millis <= 0) {
            throw new IllegalArgumentException(
                    "KERNEL_CONNECT_TIMEOUT_MILLIS: " + millis + " (expected: > 0 milliseconds)");
        }
        kernel.setConnectTimeout(VmciChannelOption.KERNEL_CONNECT_TIMEOUT_MILLIS, millis);
        kernelConnectTimeout = millis;
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#CLOSE_TIMEOUT_MILLIS}.
     */
    public int getCloseTimeoutMillis() {
        return closeTimeout;
    }

    /**
     * Sets {@link VmciChannelOption#CLOSE_TIMEOUT_MILLIS}.
     *
     * @param millis 0 or more
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public VmciChannelConfig setCloseTimeoutMillis(int millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("CLOSE_TIMEOUT_MILLIS: " + millis + " (expected: >= 0 milliseconds)");
        }
        closeTimeout = millis;
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#ZEROCOPY_THRESHOLD} in bytes, also where the kernel has no MSG_ZEROCOPY.
     */
    public int getZerocopyThreshold() {
        return zeroCopyThreshold;
    }

    /**
     * Sets {@link VmciChannelOption#ZEROCOPY_THRESHOLD}; counts from the next write on.
     *
     * @param bytes 0 (off) or more
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public VmciChannelConfig setZerocopyThreshold(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("ZEROCOPY_THRESHOLD: " + bytes + " (expected: >= 0 bytes)");
        }
        zeroCopyThreshold = bytes;
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#TO_HOST}.
     */
    public boolean isToHost() {
        return toHost;
    }

    /**
     * Sets {@link VmciChannelOption#TO_HOST}; counts from the next connect on.
     *
     * @param value whether to go through the host
     * @return this
     */
    public VmciChannelConfig setToHost(boolean value) {
        toHost = value;
        return this;
    }

    @Override
    int kernelConnectTimeoutMillis() {
        if (kernelConnectTimeout != NOT_SET) {
            return kernelConnectTimeout;
        }
        int millis = getConnectTimeoutMillis();
        return millis > 0 ? Math.min(millis, DEFAULT_KERNEL_TIMEOUT_MILLIS) : DEFAULT_KERNEL_TIMEOUT_MILLIS;
    }

    @Override
    boolean connectsAgain() {
        return kernelConnectTimeout == NOT_SET;
    }

    @Override
    boolean toHost() {
        return toHost;
    }

    @Override
    int closeTimeoutMillis() {
        return closeTimeout;
    }

    // The return types are narrowed, so that a chain of calls keeps this type.

    @Override
    public VmciChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public VmciChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public VmciChannelConfig setMaxMessagesPerWrite(int maxMessagesPerWrite) {
        super.setMaxMessagesPerWrite(maxMessagesPerWrite);
        return this;
    }

    @Override
    public VmciChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public VmciChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public VmciChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public VmciChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public VmciChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    @Deprecated
    public VmciChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
        super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
        return this;
    }

    @Override
    @Deprecated
    public VmciChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
        super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
        return this;
    }

    @Override
    public VmciChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        super.setWriteBufferWaterMark(writeBufferWaterMark);
        return this;
    }

    @Override
    public VmciChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }

    @Override
    public VmciChannelConfig setAllowHalfClosure(boolean allow) {
        super.setAllowHalfClosure(allow);
        return this;
    }

    @Override
    public VmciChannelConfig setSoLinger(int seconds) {
        super.setSoLinger(seconds);
        return this;
    }
}
