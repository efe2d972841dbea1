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
package io.github.nettyvmci.zmq.internal.transport;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;

import java.time.Duration;
import java.util.Map;

/**
 * Netty's epoll transport, which is an optional dependency. {@link Channels} must be touched only if
 * {@link #AVAILABLE}.
 */
final class EpollTcp {

    static final boolean AVAILABLE = isAvailable();

    private EpollTcp() {
    }

    private static boolean isAvailable() {
        try {
            return Channels.works();
        } catch (LinkageError e) {
            return false;
        }
    }

    /** Returns whether a loop is one of Netty's epoll transport. */
    static boolean isLoop(EventLoop loop) {
        return AVAILABLE && loop instanceof IoEventLoop io && Channels.suit(io);
    }

    /** All code that needs the classes of the optional jar. */
    static final class Channels {

        private Channels() {
        }

        static boolean works() {
            return Epoll.isAvailable();
        }

        static boolean suit(IoEventLoop loop) {
            return loop.isCompatible(EpollIoHandle.class);
        }

        static IoHandlerFactory handlerFactory() {
            return EpollIoHandler.newFactory();
        }

        static ServerChannel server(SocketProtocolFamily family) {
            return new EpollServerSocketChannel(family);
        }

        static Channel client() {
            return new EpollSocketChannel();
        }

        static void addOptions(Map<ChannelOption<?>, Object> map, ZmqOptions options) {
            if (options.get(ZmqOption.TCP_KEEPALIVE) == 1) {
                add(map, EpollChannelOption.TCP_KEEPCNT, options.get(ZmqOption.TCP_KEEPALIVE_CNT));
                add(map, EpollChannelOption.TCP_KEEPIDLE, seconds(options, ZmqOption.TCP_KEEPALIVE_IDLE));
                add(map, EpollChannelOption.TCP_KEEPINTVL, seconds(options, ZmqOption.TCP_KEEPALIVE_INTVL));
            }
            add(map, EpollChannelOption.TCP_USER_TIMEOUT, options.millis(ZmqOption.TCP_MAXRT));
        }

        /**
         * Returns an option in whole seconds, because the kernel counts these; rounded up, and 0 or less for its
         * default.
         */
        private static int seconds(ZmqOptions options, ZmqOption<Duration> option) {
            return (int) options.get(option).plusMillis(999).toSeconds();
        }

        private static void add(Map<ChannelOption<?>, Object> map, ChannelOption<Integer> option, int value) {
            if (value > 0) {
                map.put(option, value);
            }
        }
    }
}
