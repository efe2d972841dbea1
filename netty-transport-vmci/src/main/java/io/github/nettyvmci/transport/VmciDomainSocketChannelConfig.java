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

import static io.netty.channel.unix.UnixChannelOption.DOMAIN_SOCKET_READ_MODE;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketChannelConfig;
import io.netty.channel.unix.DomainSocketReadMode;

import java.util.Map;
import java.util.Objects;

/**
 * Configuration of a stream channel on AF_UNIX. The only read mode is {@link DomainSocketReadMode#BYTES}: descriptors
 * are neither sent nor received.
 *
 * <p>Thread: any, see {@link VmciChannelConfig}.
 */
public final class VmciDomainSocketChannelConfig extends VmciChannelConfig implements DomainSocketChannelConfig {

    VmciDomainSocketChannelConfig(VmciDomainSocketChannel channel) {
        super(channel);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), DOMAIN_SOCKET_READ_MODE);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        return option == DOMAIN_SOCKET_READ_MODE ? (T) getReadMode() : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option != DOMAIN_SOCKET_READ_MODE) {
            return super.setOption(option, value);
        }
        validate(option, value);
        setReadMode((DomainSocketReadMode) value);
        return true;
    }

    /**
     * Takes {@link DomainSocketReadMode#BYTES}, which it always is.
     *
     * @param mode not null
     * @return this
     * @throws IllegalArgumentException if it is {@link DomainSocketReadMode#FILE_DESCRIPTORS}
     */
    @Override
    public VmciDomainSocketChannelConfig setReadMode(DomainSocketReadMode mode) {
        if (Objects.requireNonNull(mode, "mode") != DomainSocketReadMode.BYTES) {
            throw new IllegalArgumentException("DOMAIN_SOCKET_READ_MODE: " + mode + " (expected: BYTES; Netty's"
                    + " EpollDomainSocketChannel passes descriptors)");
        }
        return this;
    }

    /** {@return always {@link DomainSocketReadMode#BYTES}} */
    @Override
    public DomainSocketReadMode getReadMode() {
        return DomainSocketReadMode.BYTES;
    }

    // Narrower return types, so that chains keep theirs.

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
