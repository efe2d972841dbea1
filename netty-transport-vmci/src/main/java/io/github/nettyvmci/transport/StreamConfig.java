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

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.unix.PreferredDirectByteBufAllocator;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/** What the configurations of stream channels have in common, whichever the address family. */
abstract class StreamConfig extends DefaultChannelConfig {

    final ChannelKernelOptions kernel;
    private final AbstractVmciChannel ownChannel;
    /** {@code null} until it is needed, as with {@link #adaptiveReads} it never is. */
    private @Nullable PreferredDirectByteBufAllocator directAllocator;
    private final RecvByteBufAllocator ownRecvAllocator = getRecvByteBufAllocator();
    private volatile boolean allowHalfClosure;
    /** Kept here too, because closing asks for it, and SO_LINGER cannot be set but through this class. */
    private volatile int linger = -1;
    /** {@link VmciChannelOption#ZEROCOPY_THRESHOLD}, which only AF_VSOCK's configuration sets. */
    volatile int zeroCopyThreshold;

    StreamConfig(AbstractVmciChannel channel) {
        super(channel);
        ownChannel = channel;
        kernel = new ChannelKernelOptions(channel.socket);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), ALLOW_HALF_CLOSURE, SO_LINGER);
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
        T value = kernel.getGeneric(option);
        return value != null ? value : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == ALLOW_HALF_CLOSURE) {
            setAllowHalfClosure((Boolean) value);
        } else if (option == SO_LINGER) {
            setSoLinger((Integer) value);
        } else {
            return kernel.setGeneric(option, value) || ChannelKernelOptions.isHarmless(option)
                    || super.setOption(option, value);
        }
        return true;
    }

    /**
     * Returns whether the channel stays open when the peer has shut its output down. Default: false.
     */
    public boolean isAllowHalfClosure() {
        return allowHalfClosure;
    }

    /**
     * Sets whether the channel stays open when the peer has shut its output down.
     *
     * @param allow false: it is closed then
     * @return this
     */
    public StreamConfig setAllowHalfClosure(boolean allow) {
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
     * set, is {@link VmciChannelOption#CLOSE_TIMEOUT_MILLIS}.
     *
     * @param seconds 0 to 65535; negative: off, which is the default
     * @return this
     */
    public StreamConfig setSoLinger(int seconds) {
        kernel.setLinger(seconds);
        linger = seconds;
        return this;
    }

    /** Takes over what somebody else set on the socket. */
    final void lingerAsTheKernel() {
        linger = kernel.getLinger();
    }

    /** Returns what {@link #setSoLinger} was called with last, without asking the kernel. */
    final int linger() {
        return linger;
    }

    /** Returns whether descriptors are read, and not bytes. */
    boolean readsDescriptors() {
        return false;
    }

    /** Returns the time that the kernel is given to connect. */
    abstract int kernelConnectTimeoutMillis();

    /** Returns whether a connect that the kernel gave up is tried again while {@code CONNECT_TIMEOUT_MILLIS} last. */
    abstract boolean connectsAgain();

    /** Returns whether to connect through the host. */
    abstract boolean toHost();

    /** Returns for how long the socket of a closed channel is kept for its peer; 0: not at all. */
    abstract int closeTimeoutMillis();

    /** Returns whether nobody set an allocator of reads, so that a little may be added to what the default predicts. */
    final boolean adaptiveReads() {
        return getRecvByteBufAllocator() == ownRecvAllocator;
    }

    final ByteBufAllocator directAllocator() {
        if (directAllocator == null) {
            directAllocator = new PreferredDirectByteBufAllocator();
        }
        directAllocator.updateAllocator(getAllocator());
        return directAllocator;
    }

    /**
     * Called when nothing is read any more, because autoRead is off. Event loop, or any thread while there is none.
     *
     * @return whether to call {@link #everythingIsRead} later
     */
    boolean readingStopped() {
        return false;
    }

    /** Called when everything that had come was read, once autoRead is on again. Event loop. */
    void everythingIsRead() {
    }

    @Override
    protected void autoReadCleared() {
        ownChannel.autoReadCleared();
    }
}
