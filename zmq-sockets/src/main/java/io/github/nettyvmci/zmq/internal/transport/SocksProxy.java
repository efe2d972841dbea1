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
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.handler.proxy.ProxyConnectionEvent;
import io.netty.handler.proxy.Socks5ProxyHandler;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;

/**
 * Connects through the proxy of {@code SOCKS_PROXY}, with netty-handler-proxy, which is an optional dependency. This
 * class must be touched only if the option is set.
 *
 * <p>The channel is told to connect to the proxy, whose name is resolved like any other. The handlers after this one
 * see the connection as up only when the proxy has made it. So a failure before that is a connect that failed, and not
 * a peer that broke off its handshake.
 */
final class SocksProxy extends ChannelDuplexHandler {

    private final ZmqOptions options;
    private final SocketAddress target;
    private @Nullable ChannelPromise promise;

    private SocksProxy(ZmqOptions options, SocketAddress target) {
        this.options = options;
        this.target = target;
    }

    /** Returns a handler that puts the proxy before another. */
    static ChannelHandler before(ChannelHandler handler, ZmqOptions options, TcpAddress target) {
        InetSocketAddress address = NetUtil.createByteArrayFromIpAddressString(target.host()) == null
                ? InetSocketAddress.createUnresolved(target.host(), target.port())
                : new InetSocketAddress(target.host(), target.port()); // a literal needs no look-up
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new SocksProxy(options, address), handler);
            }
        };
    }

    @Override
    public void connect(ChannelHandlerContext ctx, SocketAddress proxy, SocketAddress local, ChannelPromise whenDone) {
        String user = options.get(ZmqOption.SOCKS_USERNAME);
        Socks5ProxyHandler socks = user.isEmpty() ? new Socks5ProxyHandler(proxy)
                : new Socks5ProxyHandler(proxy, user, options.get(ZmqOption.SOCKS_PASSWORD));
        int timeout = options.millis(ZmqOption.CONNECT_TIMEOUT);
        if (timeout > 0) {
            socks.setConnectTimeoutMillis(timeout);
        }
        promise = whenDone;
        ctx.pipeline().addBefore(ctx.name(), null, socks);
        ctx.connect(target, local, ctx.newPromise().addListener(done -> {
            if (!done.isSuccess()) {
                promise.tryFailure(done.cause());
            }
        }));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        // This is the connection to the proxy; the event is passed on when the proxy has connected.
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof ProxyConnectionEvent)) {
            ctx.fireUserEventTriggered(event);
        } else if (promise.trySuccess()) {
            ctx.fireChannelActive();
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        promise.tryFailure(cause);
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        promise.tryFailure(new ClosedChannelException());
    }
}
