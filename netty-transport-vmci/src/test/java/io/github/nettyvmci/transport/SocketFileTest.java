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

import static io.github.nettyvmci.transport.NativeConstants.ENOMEM;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The file of a listening AF_UNIX socket is there while it is bound. Closing removes no file but the socket's own. */
class SocketFileTest {

    private final Path path = Path.of(TestFamily.newPath());
    private EventLoopGroup group;

    @BeforeEach
    void start() {
        group = TestLoops.newGroup(1);
    }

    @AfterEach
    void stop() throws Exception {
        assertTrue(group.shutdownGracefully(0, 5, TimeUnit.SECONDS).await(Waits.SECONDS, TimeUnit.SECONDS));
        Files.deleteIfExists(path);
    }

    private ChannelFuture bind(ChannelFactory<ServerChannel> server) throws Exception {
        ChannelFuture bound = new ServerBootstrap().group(group).channelFactory(server)
                .childHandler(new ChannelInboundHandlerAdapter()).bind(new DomainSocketAddress(path.toString()));
        assertTrue(bound.await(Waits.SECONDS, TimeUnit.SECONDS));
        return bound;
    }

    private static void close(Channel channel) throws Exception {
        assertTrue(channel.close().await(Waits.SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void shouldRemoveItsFile() throws Exception {
        Channel server = bind(VmciServerDomainSocketChannel::new).sync().channel();
        assertTrue(Files.exists(path));
        close(server);
        assertFalse(Files.exists(path));
    }

    @Test
    void shouldLeaveWhatAnotherPutInItsPlace() throws Exception {
        Channel old = bind(VmciServerDomainSocketChannel::new).sync().channel();
        Files.delete(path);
        Channel newer = bind(VmciServerDomainSocketChannel::new).sync().channel();
        close(old);
        assertTrue(Files.exists(path));
        close(newer);
        assertFalse(Files.exists(path));
        Channel replaced = bind(VmciServerDomainSocketChannel::new).sync().channel();
        Files.delete(path);
        Files.writeString(path, "a file of somebody else");
        close(replaced);
        assertTrue(Files.isRegularFile(path));
        Files.delete(path);
        Channel moved = bind(VmciServerDomainSocketChannel::new).sync().channel();
        Path elsewhere = Files.move(path, Path.of(TestFamily.newPath()));
        Files.createSymbolicLink(path, elsewhere);
        close(moved);
        assertTrue(Files.exists(path, LinkOption.NOFOLLOW_LINKS));
        assertTrue(Files.exists(elsewhere));
        Files.delete(elsewhere);
    }

    @Test
    void shouldLeaveNoFileIfItCannotListen() throws Exception {
        AddressFamily deaf = new UnixFamily() {
            @Override
            int listen(int fd, int backlog) {
                return -ENOMEM;
            }
        };
        ChannelFuture bound = bind(() -> new AbstractVmciServerChannel(deaf) {
            @Override
            ServerConfig newConfig() {
                return new VmciServerDomainSocketChannelConfig(this);
            }

            @Override
            Channel newChild(NativeSocket child, SocketAddress remote, SocketAddress local) {
                throw new UnsupportedOperationException();
            }
        });
        assertFalse(bound.isSuccess());
        assertTrue(bound.channel().closeFuture().await(Waits.SECONDS, TimeUnit.SECONDS));
        assertFalse(Files.exists(path));
    }
}
