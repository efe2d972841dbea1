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

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;

import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Event loops with channels of the family of this run. Closing the rig closes them all. */
final class Rig implements AutoCloseable {

    final EventLoopGroup group;
    /** The channels that servers of this rig accepted, in order. */
    private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();

    Rig() {
        this(TestLoops.newGroup(2));
    }

    Rig(EventLoopGroup group) {
        this.group = group;
    }

    /** Returns a server's bootstrap with a handler of its own for each child. */
    ServerBootstrap server(Supplier<? extends ChannelHandler> child) {
        return server(child, TestFamily.CURRENT);
    }

    ServerBootstrap server(Supplier<? extends ChannelHandler> child, TestFamily family) {
        return bootstrap(child).channel(family.serverChannel());
    }

    /** Registers a server channel that listens already. */
    Channel register(Supplier<? extends ChannelHandler> child, ChannelFactory<? extends ServerChannel> factory)
            throws Exception {
        var future = bootstrap(child).channelFactory(factory).register();
        Waits.get(future);
        return future.channel();
    }

    private ServerBootstrap bootstrap(Supplier<? extends ChannelHandler> child) {
        return new ServerBootstrap().group(group)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(child.get());
                        accepted.add(channel);
                    }
                });
    }

    Channel listen(Supplier<? extends ChannelHandler> child) throws Exception {
        return listen(server(child));
    }

    Channel listen(ServerBootstrap server) throws Exception {
        var future = server.bind(TestFamily.CURRENT.newAddress());
        Waits.get(future);
        return future.channel();
    }

    Bootstrap client(ChannelHandler handler) {
        return TestFamily.CURRENT.client().group(group).handler(handler)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) (Waits.SECONDS * 1000));
    }

    /**
     * Connects. Over VMCI this is tried again if the kernels took longer than they may, since a slow VM gives them no
     * more time.
     */
    Channel connect(Bootstrap client, Channel server) throws Exception {
        return connect(client, server.localAddress());
    }

    Channel connect(Bootstrap client, SocketAddress remote) throws Exception {
        for (int left = TestFamily.OVER_VMCI ? 5 : 0;; left--) {
            var future = client.connect(remote);
            try {
                Waits.get(future);
                return future.channel();
            } catch (ConnectException e) {
                if (left == 0 || !e.getMessage().contains(ConnectErrors.HANDSHAKE_TOOK_LONG)) {
                    throw e;
                }
            }
        }
    }

    Channel accepted() throws Exception {
        Channel channel = accepted.poll(Waits.SECONDS, TimeUnit.SECONDS);
        if (channel == null) {
            throw new TimeoutException("nothing was accepted");
        }
        return channel;
    }

    /** Returns the next that this server accepted; others may accept late what came in an earlier test. */
    private Channel accepted(Channel listening) throws Exception {
        while (true) {
            Channel channel = accepted();
            if (channel.parent() == listening) {
                return channel;
            }
        }
    }

    Pair pair() throws Exception {
        return pair(server(Recorder::new), client(new Recorder()));
    }

    /** Returns two connected channels, each with a recorder. */
    Pair pair(ServerBootstrap server, Bootstrap client) throws Exception {
        Channel listening = listen(server);
        Channel connected = connect(client, listening);
        return pair(listening, connected, accepted(listening));
    }

    /** Returns two connected channels. The client's family is a substitute for AF_UNIX. */
    Pair pairWith(AddressFamily clientFamily) throws Exception {
        return pairWith(clientFamily, true);
    }

    Pair pairWith(AddressFamily clientFamily, boolean autoRead) throws Exception {
        var bound = server(Recorder::new, TestFamily.UNIX).bind(TestFamily.UNIX.newAddress());
        Waits.get(bound);
        Bootstrap client = client(new Recorder(), clientFamily).option(ChannelOption.AUTO_READ, autoRead);
        Channel connected = connect(client, bound.channel());
        return pair(bound.channel(), connected, accepted(bound.channel()));
    }

    /** Returns a bootstrap for channels of a substitute family. */
    Bootstrap client(ChannelHandler handler, AddressFamily family) {
        return new Bootstrap().group(group).channelFactory(() -> new SubstituteChannel(family)).handler(handler)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) (Waits.SECONDS * 1000));
    }

    /** Runs a task on the channel's event loop, and waits for it. */
    static <T> T on(Channel channel, Callable<T> task) throws Exception {
        return Waits.get(channel.eventLoop().submit(task));
    }

    /** Hands an event to a channel, as the event loop does. */
    static void event(Channel channel, int epollFlags) throws Exception {
        on(channel, () -> {
            ((VmciIoHandle) channel.unsafe()).handle(null, VmciIoEvent.ofKernel(epollFlags));
            return null;
        });
    }

    static ByteBuf text(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    }

    /** Returns a handler that sends everything back. */
    static ChannelHandler echo() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message);
            }
        };
    }

    @Override
    public void close() {
        try {
            Waits.get(group.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        } catch (Exception e) {
            throw new IllegalStateException("the event loops did not end", e);
        }
    }

    private static Pair pair(Channel listening, Channel client, Channel server) {
        return new Pair(listening, client, server, client.pipeline().get(Recorder.class),
                server.pipeline().get(Recorder.class));
    }

    /** A connection, and what its two ends saw. */
    record Pair(Channel listening, Channel client, Channel server, Recorder clientSaw, Recorder serverSaw) {
    }

    /** A stream channel of a family that a test made, with the options of AF_VSOCK. */
    static final class SubstituteChannel extends AbstractVmciStreamChannel {
        SubstituteChannel(AddressFamily family) {
            super(family);
        }

        @Override
        StreamConfig newConfig() {
            return new VmciChannelConfig(this);
        }
    }
}
