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

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Errors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Our library holds a copy of Netty's native Unix code, as Netty's own epoll library does. Both must work together. */
class CoexistenceTest {

    @ParameterizedTest
    @ValueSource(strings = {"vmci epoll", "epoll vmci"})
    void shouldWorkBesideNettysEpollInEitherOrder(String order) throws Exception {
        String output = ChildJvm.run(Both.class, 0, order.split(" "));
        assertEquals(order + " done", output.strip().replace(System.lineSeparator(), " "));
    }

    /** Natives and classes of different Netty versions fail here first. Elsewhere they show as closed connections. */
    @Test
    void shouldHaveTheErrorsOfTheNettyItRunsWith() {
        assertTrue(Errors.newIOException("x", -11).getMessage().contains("x"));
    }

    @Test
    void shouldMeetEagainInARead() throws Exception {
        // Netty's FileDescriptor reads from a socket without data, and its error path touches Errors.
        try (Rig rig = new Rig()) {
            Rig.Pair pair = rig.pair();
            int read = Rig.on(pair.client(), () -> ((AbstractVmciChannel) pair.client()).socket
                    .read(java.nio.ByteBuffer.allocateDirect(1), 0, 1));
            assertEquals(0, read);
        }
    }

    /** Echoes over each of the two, loading the libraries in the order of the arguments. */
    static final class Both {

        public static void main(String[] order) throws Exception {
            EventLoopGroup[] groups = new EventLoopGroup[2];
            for (int i = 0; i < 2; i++) {
                boolean ours = "vmci".equals(order[i]);
                groups[i] = ours ? new VmciEventLoopGroup(1)
                        : new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
                echo(groups[i], ours);
            }
            // Both libraries are loaded now, and each echoes again.
            for (int i = 0; i < 2; i++) {
                boolean ours = "vmci".equals(order[i]);
                echo(groups[i], ours);
                System.out.println(order[i]);
            }
            for (EventLoopGroup group : groups) {
                Waits.get(group.shutdownGracefully(0, 10, TimeUnit.SECONDS));
            }
            System.out.println("done");
        }

        private static void echo(EventLoopGroup group, boolean ours) throws Exception {
            Class<? extends ServerChannel> serverType = ours ? VmciServerDomainSocketChannel.class
                    : EpollServerDomainSocketChannel.class;
            Class<? extends Channel> clientType = ours ? VmciDomainSocketChannel.class
                    : EpollDomainSocketChannel.class;
            Recorder saw = new Recorder();
            Channel server = new ServerBootstrap().group(group).channel(serverType)
                    .childHandler(new io.netty.channel.ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(Rig.echo());
                        }
                    }).bind(new DomainSocketAddress('\0' + "both-" + UUID.randomUUID())).sync().channel();
            Channel client = new Bootstrap().group(group).channel(clientType).handler(saw)
                    .connect(server.localAddress()).sync().channel();
            client.writeAndFlush(Rig.text("hello"));
            saw.awaitBytes(5);
            client.close().sync();
            server.close().sync();
        }
    }
}
