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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

class AcceptTest {

    /** Turns accepting off after the first connection of a batch, as a handler that limits connections does. */
    private static final class StopAfterOne extends ChannelInboundHandlerAdapter {

        int seen;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            seen++;
            ctx.channel().config().setAutoRead(false);
            ctx.fireChannelRead(message);
        }
    }

    private static List<Channel> connect(Rig rig, Channel server, int count) throws Exception {
        List<ChannelFuture> connects = new ArrayList<>();
        List<Channel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (TestFamily.OVER_VMCI) { // its kernel gives a handshake one second, and many at once take longer
                channels.add(rig.connect(rig.client(new Recorder()), server));
            } else {
                connects.add(rig.client(new Recorder()).connect(server.localAddress()));
            }
        }
        for (ChannelFuture connect : connects) {
            Waits.get(connect);
            channels.add(connect.channel());
        }
        return channels;
    }

    @Test
    void shouldKeepWhatABatchBroughtWhenAcceptingIsTurnedOff() throws Exception {
        try (Rig rig = new Rig()) {
            StopAfterOne stop = new StopAfterOne();
            Channel server = rig.listen(rig.server(Rig::echo).option(ChannelOption.AUTO_READ, false).handler(stop));
            List<Channel> clients = connect(rig, server, 10);
            server.config().setAutoRead(true); // takes all ten out of the kernel's queue, and hands on one
            rig.accepted();
            Rig.on(server, () -> null);
            assertEquals(1, stop.seen);
            for (int i = 2; i <= 10; i++) {
                server.read();
                rig.accepted();
                Rig.on(server, () -> null);
                assertEquals(i, stop.seen);
            }
            for (Channel client : clients) {
                client.writeAndFlush(Rig.text("x"));
                client.pipeline().get(Recorder.class).awaitBytes(1);
                Waits.get(client.close());
            }
        }
    }

    @Test
    void shouldCloseWhatABatchBroughtWhenTheServerCloses() throws Exception {
        try (Rig rig = new Rig()) {
            Channel server = rig.listen(rig.server(Rig::echo).option(ChannelOption.AUTO_READ, false)
                    .handler(new StopAfterOne()));
            List<Channel> clients = connect(rig, server, 10);
            server.config().setAutoRead(true);
            Channel accepted = rig.accepted();
            Waits.get(server.close());
            int closed = 0;
            Waits.get(accepted.close());
            for (Channel client : clients) {
                Waits.get(client.closeFuture());
                closed++;
            }
            assertEquals(10, closed);
        }
    }

    /** A server without the handler of ServerBootstrap, which a channel that listens already may get too late. */
    @Test
    void shouldCloseAConnectionThatNoHandlerTakes() throws Exception {
        try (Rig rig = new Rig()) {
            Channel server = TestFamily.CURRENT.serverChannel().getDeclaredConstructor().newInstance();
            List<Channel> taken = new CopyOnWriteArrayList<>();
            server.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    if (taken.isEmpty()) { // one that is registered has an owner
                        taken.add((Channel) message);
                        ctx.channel().eventLoop().register((Channel) message);
                    }
                    ctx.fireChannelRead(message);
                }
            });
            Waits.get(rig.group.next().register(server));
            Waits.get(server.bind(TestFamily.CURRENT.newAddress()));
            Channel first = rig.connect(rig.client(new Recorder()), server);
            Channel second = rig.connect(rig.client(new Recorder()), server);
            Waits.get(second.closeFuture());
            assertTrue(first.isOpen());
            assertTrue(taken.get(0).isOpen());
            Waits.get(first.close());
        }
    }

    @Test
    void shouldAcceptOnePerReadWhenAutoReadIsOff() throws Exception {
        try (Rig rig = new Rig()) {
            Channel server = rig.listen(rig.server(Rig::echo).option(ChannelOption.AUTO_READ, false));
            List<Channel> clients = connect(rig, server, 3);
            for (int i = 0; i < 3; i++) {
                server.read();
                rig.accepted();
            }
            for (Channel client : clients) {
                Waits.get(client.close());
            }
        }
    }

    @Test
    void shouldLoseNoConnectionWhenThereAreNoDescriptorsLeft() throws Exception {
        String output = ChildJvm.run(OutOfDescriptors.class, 300);
        assertTrue(output.contains("accept(") && output.contains("EMFILE, errno 24); close some, or raise the limit"),
                output);
        assertTrue(output.strip().endsWith("answered 20"), output);
    }

    /** The process may open few files, and 20 connections wait while there is no descriptor to accept them with. */
    static final class OutOfDescriptors {

        public static void main(String[] ignored) throws Exception {
            try (Rig rig = new Rig()) {
                CompletableFuture<Throwable> failure = new CompletableFuture<>();
                ServerBootstrap bootstrap = rig.server(Rig::echo).option(ChannelOption.AUTO_READ, false)
                        .handler(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                failure.complete(cause);
                                ctx.fireExceptionCaught(cause);
                            }
                        });
                // The acceptor comes after this handler, and stops accepting for a second when it sees the failure.
                Channel server = rig.listen(bootstrap);
                // All classes are loaded before there is no descriptor to load one with.
                List<Channel> warm = connect(rig, server, 1);
                server.read();
                rig.accepted();
                warm.get(0).writeAndFlush(Rig.text("x"));
                warm.get(0).pipeline().get(Recorder.class).awaitBytes(1);
                SocketErrors.acceptFailed(server.localAddress(), -NativeConstants.EMFILE);

                List<Channel> clients = connect(rig, server, 20);
                List<Integer> hogs = new ArrayList<>();
                for (int fd = Native.eventFd(); fd >= 0; fd = Native.eventFd()) {
                    hogs.add(fd);
                }
                server.config().setAutoRead(true);
                Throwable cause = Waits.get(failure);
                for (int fd : hogs) {
                    Native.close(fd);
                }
                System.out.println(cause.getMessage());
                for (Channel client : clients) {
                    client.writeAndFlush(Rig.text("x"));
                }
                int answered = 0;
                for (Channel client : clients) {
                    client.pipeline().get(Recorder.class).awaitBytes(1);
                    answered++;
                }
                System.out.println("answered " + answered);
            }
        }
    }
}
