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
package io.github.nettyvmci.transport.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The idea of Netty's ServerSocketSuspendTest, which is disabled there: a server that does not read does not
 * accept.
 */
class VmciServerSuspendTest extends AbstractVmciSocketTest {

    private static final int CLIENTS = 10;

    @Test
    void shouldAcceptOnlyWhenAskedTo(TestInfo testInfo) throws Throwable {
        run(testInfo, this::suspendAndResume);
    }

    private void suspendAndResume(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        Counter accepted = new Counter();
        Channel server = serverBootstrap.option(ChannelOption.AUTO_READ, false).childHandler(accepted)
                .bind().sync().channel();
        List<Channel> clients = new ArrayList<>();
        try {
            connect(bootstrap, server.localAddress(), clients);
            assertFalse(accepted.tryAcquire(1, 200), "accepted without being asked");

            server.read();
            assertTrue(accepted.tryAcquire(1, WAIT_SECONDS * 1000), "one read() did not accept");
            assertFalse(accepted.tryAcquire(1, 200), "one read() accepted two");

            server.config().setAutoRead(true);
            assertTrue(accepted.tryAcquire(CLIENTS - 1, WAIT_SECONDS * 1000), "those who waited were not accepted");

            // This runs on the event loop. From elsewhere, the read that is pending already would still accept.
            server.eventLoop().submit(() -> server.config().setAutoRead(false)).sync();
            connect(bootstrap, server.localAddress(), clients);
            assertFalse(accepted.tryAcquire(1, 200), "accepted after autoRead was turned off");
            server.config().setAutoRead(true);
            assertTrue(accepted.tryAcquire(CLIENTS, WAIT_SECONDS * 1000), "those who waited were not accepted");
            assertEquals(2 * CLIENTS, clients.stream().filter(Channel::isActive).count());
        } finally {
            close(clients.toArray(new Channel[0]));
            close(server);
        }
    }

    private static void connect(Bootstrap bootstrap, SocketAddress address, List<Channel> clients)
            throws InterruptedException {
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(bootstrap.handler(idle()).connect(address).sync().channel());
        }
    }

    @ChannelHandler.Sharable
    private static final class Counter extends ChannelInboundHandlerAdapter {
        private final Semaphore active = new Semaphore(0);

        boolean tryAcquire(int count, long millis) throws InterruptedException {
            return active.tryAcquire(count, millis, TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            active.release();
        }
    }
}
