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

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.AbstractSocketTest;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * For tests in the manner of Netty's testsuite that its own classes have for TCP only: each runs with the pooled and
 * with the adaptive allocator.
 */
abstract class AbstractVmciSocketTest extends AbstractSocketTest {

    static final long WAIT_SECONDS = 30L * TestFamily.SLOWNESS;

    @Override
    protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
        return VmciPermutation.INSTANCE.socket();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return VmciPermutation.newAddress();
    }

    /** A handler that does nothing. */
    static ChannelHandler idle() {
        return new Idle();
    }

    /** What a client dials to reach this server. */
    static SocketAddress dialled(Channel server) {
        return TestFamily.CURRENT.dial(server.localAddress());
    }

    static <T extends ChannelFuture> T done(T future) throws InterruptedException {
        assertTrue(future.await(WAIT_SECONDS, TimeUnit.SECONDS), () -> "not done: " + future);
        return future;
    }

    static void close(Channel... channels) throws InterruptedException {
        for (Channel channel : channels) {
            if (channel != null) {
                done(channel.close());
            }
        }
    }

    @ChannelHandler.Sharable
    private static final class Idle extends ChannelHandlerAdapter {
    }
}
