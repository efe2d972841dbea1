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

import static io.netty.channel.ChannelOption.SO_BACKLOG;

import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.util.NetUtil;

import java.util.Map;

/** What the configurations of server channels have in common, whichever the address family. */
abstract class ServerConfig extends DefaultChannelConfig {

    final ChannelKernelOptions kernel;
    private final AbstractVmciChannel ownChannel;
    private volatile int backlog = NetUtil.SOMAXCONN;

    ServerConfig(AbstractVmciChannel channel) {
        super(channel, new ServerChannelRecvByteBufAllocator());
        ownChannel = channel;
        kernel = new ChannelKernelOptions(channel.socket);
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), SO_BACKLOG);
    }

    @SuppressWarnings("unchecked")
    @Override
    public <T> T getOption(ChannelOption<T> option) {
        if (option == SO_BACKLOG) {
            return (T) (Integer) getBacklog();
        }
        T value = kernel.getGeneric(option);
        return value != null ? value : super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        validate(option, value);
        if (option == SO_BACKLOG) {
            setBacklog((Integer) value);
            return true;
        }
        return kernel.setGeneric(option, value) || ChannelKernelOptions.isHarmless(option)
                || super.setOption(option, value);
    }

    /**
     * Returns how many connections may wait to be accepted.
     */
    public int getBacklog() {
        return backlog;
    }

    /**
     * Sets how many connections may wait to be accepted; the kernel refuses more. AF_VSOCK allows one more than this,
     * and refuses at once what is over: there is no tolerance as with TCP, so do not make it small.
     *
     * @param value 0 or more; the kernel cuts it to {@code net.core.somaxconn}. Default: that number
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public ServerConfig setBacklog(int value) {
        if (value < 0) {
            throw new IllegalArgumentException("SO_BACKLOG: " + value + " (expected: >= 0)");
        }
        backlog = value;
        return this;
    }

    @Override
    protected void autoReadCleared() {
        ownChannel.autoReadCleared();
    }
}
