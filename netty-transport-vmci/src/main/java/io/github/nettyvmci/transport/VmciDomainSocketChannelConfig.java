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
import static io.netty.channel.ChannelOption.SO_SNDBUF;
import static io.netty.channel.unix.UnixChannelOption.DOMAIN_SOCKET_READ_MODE;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannelConfig;
import io.netty.channel.unix.DomainSocketChannelConfig;
import io.netty.channel.unix.DomainSocketReadMode;

import java.util.Map;
import java.util.Objects;

/**
 * Configuration of a stream channel on AF_UNIX. Options that it does not have are refused by {@link #setOption}
 * returning false, whereupon a bootstrap logs a warning.
 *
 * <p>Thread: any. Getters and setters that reach the kernel throw a {@link io.netty.channel.ChannelException} if it
 * refuses the value or the channel is closed.
 */
public final class VmciDomainSocketChannelConfig extends StreamConfig
        implements DomainSocketChannelConfig, DuplexChannelConfig {

    private volatile DomainSocketReadMode readMode = DomainSocketReadMode.BYTES;

    VmciDomainSocketChannelConfig(AbstractVmciChannel channel) {
        super(channel);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), SO_SNDBUF, SO_RCVBUF, DOMAIN_SOCKET_READ_MODE);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        if (option == SO_SNDBUF) {
            return (T) (Integer) getSendBufferSize();
        }
        if (option == SO_RCVBUF) {
            return (T) (Integer) getReceiveBufferSize();
        }
        return option == DOMAIN_SOCKET_READ_MODE ? (T) getReadMode() : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == SO_SNDBUF) {
            setSendBufferSize((Integer) value);
        } else if (option == SO_RCVBUF) {
            setReceiveBufferSize((Integer) value);
        } else if (option == DOMAIN_SOCKET_READ_MODE) {
            setReadMode((DomainSocketReadMode) value);
        } else {
            return super.setOption(option, value);
        }
        return true;
    }

    /**
     * Returns SO_SNDBUF in bytes: twice what was set, since the kernel counts its own overhead.
     */
    public int getSendBufferSize() {
        return kernel.getSocketInt(SO_SNDBUF, NativeConstants.SO_SNDBUF);
    }

    /**
     * Sets SO_SNDBUF, see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>.
     *
     * @param bytes the kernel doubles it, and cuts it to {@code net.core.wmem_max}
     * @return this
     */
    public VmciDomainSocketChannelConfig setSendBufferSize(int bytes) {
        kernel.setSocketInt(SO_SNDBUF, NativeConstants.SO_SNDBUF, bytes);
        return this;
    }

    /**
     * Returns SO_RCVBUF in bytes: twice what was set, since the kernel counts its own overhead.
     */
    public int getReceiveBufferSize() {
        return kernel.getSocketInt(SO_RCVBUF, NativeConstants.SO_RCVBUF);
    }

    /**
     * Sets SO_RCVBUF, which has no effect on AF_UNIX streams: what the peer sent counts against the peer's SO_SNDBUF.
     *
     * @param bytes the kernel doubles it, and cuts it to {@code net.core.rmem_max}
     * @return this
     */
    public VmciDomainSocketChannelConfig setReceiveBufferSize(int bytes) {
        kernel.setSocketInt(SO_RCVBUF, NativeConstants.SO_RCVBUF, bytes);
        return this;
    }

    /**
     * Sets what is read: {@code ByteBuf}s (the default), or {@link io.netty.channel.unix.FileDescriptor}s that the peer
     * sent (SCM_RIGHTS). The next read does so, also if that comes in the same event.
     *
     * <p>Descriptors that arrive while bytes are read are closed by the kernel. While descriptors are read, the byte
     * with which each comes is dropped, and a byte without one ends the connection with an exception. A received
     * descriptor is close-on-exec, and belongs to the handler that it reaches, which closes it, or hands its number to
     * a channel: {@code new VmciChannel(descriptor.intValue())}. One that no handler has taken is closed at the end of
     * the pipeline. Those that this process has no room for are lost (the limit of open files), which is an exception
     * in the pipeline, too.
     *
     * <p>A read brings the descriptors of one message of the peer, 253 at most; with autoRead off that is all until the
     * next, even when the peer has ended. So a handler that does not trust the peer reads one by one, and closes the
     * channel when it has as many as it wants.
     *
     * @param mode not null
     * @return this
     */
    @Override
    public VmciDomainSocketChannelConfig setReadMode(DomainSocketReadMode mode) {
        readMode = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /** {@return what is read} */
    @Override
    public DomainSocketReadMode getReadMode() {
        return readMode;
    }

    @Override
    boolean readsDescriptors() {
        return readMode == DomainSocketReadMode.FILE_DESCRIPTORS;
    }

    // AF_UNIX connects at once or not at all, and its close(2) keeps what the peer has not read.

    @Override
    int kernelConnectTimeoutMillis() {
        return getConnectTimeoutMillis(); // told to nobody; for the text of an error
    }

    @Override
    boolean connectsAgain() {
        return true;
    }

    @Override
    boolean toHost() {
        return false;
    }

    @Override
    int closeTimeoutMillis() {
        return 0;
    }

    // The return types are narrowed, so that a chain of calls keeps this type.

    @Override
    public VmciDomainSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
        super.setConnectTimeoutMillis(connectTimeoutMillis);
        return this;
    }

    @Override
    @Deprecated
    public VmciDomainSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
        super.setMaxMessagesPerRead(maxMessagesPerRead);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setMaxMessagesPerWrite(int maxMessagesPerWrite) {
        super.setMaxMessagesPerWrite(maxMessagesPerWrite);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
        super.setWriteSpinCount(writeSpinCount);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
        super.setAllocator(allocator);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
        super.setRecvByteBufAllocator(allocator);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setAutoRead(boolean autoRead) {
        super.setAutoRead(autoRead);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setAutoClose(boolean autoClose) {
        super.setAutoClose(autoClose);
        return this;
    }

    @Override
    @Deprecated
    public VmciDomainSocketChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
        super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
        return this;
    }

    @Override
    @Deprecated
    public VmciDomainSocketChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
        super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
        super.setWriteBufferWaterMark(writeBufferWaterMark);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
        super.setMessageSizeEstimator(estimator);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setAllowHalfClosure(boolean allow) {
        super.setAllowHalfClosure(allow);
        return this;
    }

    @Override
    public VmciDomainSocketChannelConfig setSoLinger(int seconds) {
        super.setSoLinger(seconds);
        return this;
    }
}
