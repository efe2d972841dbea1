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

import static io.netty.channel.ChannelOption.ALLOW_HALF_CLOSURE;
import static io.netty.channel.ChannelOption.SO_LINGER;
import static io.netty.channel.ChannelOption.SO_RCVBUF;
import static io.netty.channel.ChannelOption.SO_SNDBUF;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannelConfig;
import io.netty.channel.unix.PreferredDirectByteBufAllocator;

import java.util.Map;

/**
 * Configuration of a stream channel, AF_VSOCK or AF_UNIX. Options the address family does not have are refused by
 * {@link #setOption} returning false, on which a bootstrap logs a warning.
 *
 * <p>Thread: any. Setters that reach the kernel throw a {@link io.netty.channel.ChannelException} if it refuses the
 * value or the channel is closed.
 */
public class VmciChannelConfig extends DefaultChannelConfig implements DuplexChannelConfig {

    /** The kernel's own default. It keeps what belongs to a connect for as long, whatever becomes of that. */
    private static final int KERNEL_TIMEOUT_MILLIS = 2000;

    private final AbstractVmciStreamChannel vmciChannel;
    private final KernelOptions kernel;
    private final PreferredDirectByteBufAllocator directAllocator = new PreferredDirectByteBufAllocator();
    private final RecvByteBufAllocator ownRecvAllocator = getRecvByteBufAllocator();
    private volatile boolean allowHalfClosure;
    private volatile boolean toHost;
    /** Kept here too, because closing asks for it; it cannot be set but through this class. */
    private volatile int linger = -1;
    private volatile int connectTimeout;
    private volatile int closeTimeout = 8000;

    VmciChannelConfig(AbstractVmciStreamChannel channel) {
        super(channel);
        vmciChannel = channel;
        kernel = new KernelOptions(channel.socket);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        Map<ChannelOption<?>, Object> options = getOptions(super.getOptions(), ALLOW_HALF_CLOSURE, SO_LINGER);
        if (kernel.isVsock()) {
            return getOptions(options, VmciChannelOption.BUFFER_SIZE, VmciChannelOption.BUFFER_MIN_SIZE,
                    VmciChannelOption.BUFFER_MAX_SIZE, VmciChannelOption.CONNECT_TIMEOUT, VmciChannelOption.TO_HOST,
                    VmciChannelOption.CLOSE_TIMEOUT);
        }
        return getOptions(options, SO_SNDBUF, SO_RCVBUF);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        if (option == ALLOW_HALF_CLOSURE) {
            return (T) (Boolean) isAllowHalfClosure();
        }
        if (option == SO_LINGER) {
            return (T) (Integer) getSoLinger();
        }
        if (kernel.isVsock()) {
            if (option == VmciChannelOption.CONNECT_TIMEOUT) {
                return (T) (Integer) getConnectTimeout();
            }
            if (option == VmciChannelOption.TO_HOST) {
                return (T) (Boolean) isToHost();
            }
            if (option == VmciChannelOption.CLOSE_TIMEOUT) {
                return (T) (Integer) getCloseTimeout();
            }
        } else if (option == SO_SNDBUF) {
            return (T) (Integer) kernel.getSocketInt(option, NativeConstants.SO_SNDBUF);
        } else if (option == SO_RCVBUF) {
            return (T) (Integer) kernel.getSocketInt(option, NativeConstants.SO_RCVBUF);
        }
        T value = kernel.get(option);
        return value != null ? value : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == ALLOW_HALF_CLOSURE) {
            setAllowHalfClosure((Boolean) value);
        } else if (option == SO_LINGER) {
            setSoLinger((Integer) value);
        } else if (kernel.isVsock() && option == VmciChannelOption.CONNECT_TIMEOUT) {
            setConnectTimeout((Integer) value);
        } else if (kernel.isVsock() && option == VmciChannelOption.TO_HOST) {
            setToHost((Boolean) value);
        } else if (kernel.isVsock() && option == VmciChannelOption.CLOSE_TIMEOUT) {
            setCloseTimeout((Integer) value);
        } else if (!kernel.isVsock() && option == SO_SNDBUF) {
            kernel.setSocketInt(option, NativeConstants.SO_SNDBUF, (Integer) value);
        } else if (!kernel.isVsock() && option == SO_RCVBUF) {
            kernel.setSocketInt(option, NativeConstants.SO_RCVBUF, (Integer) value);
        } else if (!kernel.set(option, value)) {
            return KernelOptions.isHarmless(option) || super.setOption(option, value);
        }
        return true;
    }

    @Override
    public boolean isAllowHalfClosure() {
        return allowHalfClosure;
    }

    @Override
    public VmciChannelConfig setAllowHalfClosure(boolean allow) {
        allowHalfClosure = allow;
        return this;
    }

    /**
     * Returns SO_LINGER in seconds, -1 if off.
     */
    public int getSoLinger() {
        return kernel.getLinger();
    }

    /**
     * Sets SO_LINGER: closing then waits, on Netty's global executor (one close after another) and not on the event
     * loop, until the peer has taken everything, at most that long; 0: closes at once, and discards nothing that the
     * kernel already has. VMware's VMCI and Hyper-V ignore it. What waits on every transport, and is on unless this is
     * set, is {@link VmciChannelOption#CLOSE_TIMEOUT}.
     *
     * @param seconds 0 to 65535; negative: off, which is the default
     * @return this
     */
    public VmciChannelConfig setSoLinger(int seconds) {
        kernel.setLinger(seconds);
        linger = seconds;
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#CONNECT_TIMEOUT} in milliseconds: what was set, or else
     * 2000, or {@code CONNECT_TIMEOUT_MILLIS} if that is less.
     */
    public int getConnectTimeout() {
        return connectTimeout > 0 ? kernel.getConnectTimeout() : kernelConnectTimeout();
    }

    /**
     * Sets {@link VmciChannelOption#CONNECT_TIMEOUT}.
     *
     * @param millis more than 0
     * @return this
     * @throws IllegalArgumentException if it is 0 or less
     */
    public VmciChannelConfig setConnectTimeout(int millis) {
        if (millis <= 0) {
            throw new IllegalArgumentException("CONNECT_TIMEOUT: " + millis + " (expected: > 0 milliseconds)");
        }
        kernel.setConnectTimeout(millis);
        connectTimeout = millis;
        return this;
    }

    /**
     * Returns {@link VmciChannelOption#CLOSE_TIMEOUT} in milliseconds.
     */
    public int getCloseTimeout() {
        return closeTimeout;
    }

    /**
     * Sets {@link VmciChannelOption#CLOSE_TIMEOUT}. Without effect on AF_UNIX.
     *
     * @param millis 0 or more
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public VmciChannelConfig setCloseTimeout(int millis) {
        if (millis < 0) {
            throw new IllegalArgumentException("CLOSE_TIMEOUT: " + millis + " (expected: >= 0 milliseconds)");
        }
        closeTimeout = millis;
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

    int linger() {
        return linger;
    }

    /** What the kernel is told before a connect. */
    int kernelConnectTimeout() {
        if (connectTimeout > 0) {
            return connectTimeout;
        }
        int millis = getConnectTimeoutMillis();
        return millis > 0 ? Math.min(millis, KERNEL_TIMEOUT_MILLIS) : KERNEL_TIMEOUT_MILLIS;
    }

    /** Whether a connect that the kernel gave up is tried again until {@code CONNECT_TIMEOUT_MILLIS} are over. */
    boolean connectsAgain() {
        return connectTimeout <= 0;
    }

    /** Whether nobody set an allocator of reads, so that a little may be added to what the default one predicts. */
    boolean adaptiveReads() {
        return getRecvByteBufAllocator() == ownRecvAllocator;
    }

    ByteBufAllocator directAllocator() {
        directAllocator.updateAllocator(getAllocator());
        return directAllocator;
    }

    @Override
    protected void autoReadCleared() {
        vmciChannel.autoReadCleared();
    }

    // Narrower return types, so that chains keep theirs.

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
    public VmciChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        super.setWriteBufferWaterMark(writeBufferWaterMark);
        return this;
    }

    @Override
    public VmciChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }
}
