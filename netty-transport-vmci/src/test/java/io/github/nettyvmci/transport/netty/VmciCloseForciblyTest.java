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

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** The counterpart of Netty's SocketCloseForciblyTest. */
class VmciCloseForciblyTest extends AbstractVmciSocketTest {

    @Test
    void shouldTellTheClientOfAChildThatWasClosedBeforeItWasRegistered(TestInfo testInfo) throws Throwable {
        run(testInfo, this::closeForcibly);
    }

    private void closeForcibly(ServerBootstrap serverBootstrap, Bootstrap bootstrap) throws Throwable {
        serverBootstrap.handler(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                Channel child = (Channel) message;
                child.config().setOption(ChannelOption.SO_LINGER, 0);
                child.unsafe().closeForcibly();
            }
        }).childHandler(idle());
        Channel server = serverBootstrap.bind().sync().channel();
        try {
            done(bootstrap.handler(idle()).connect(server.localAddress()).channel().closeFuture());
        } finally {
            close(server);
        }
    }
}
