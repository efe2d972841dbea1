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
package io.github.nettyvmci.zmq;

import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmtp.ZapReply;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What only tcp has: source ports, wild cards, IPv6, the type of service. The values are those of libzmq 4.3.4. */
class TcpTest extends SocketTest {

    private static final int IPPROTO_TCP = 6;

    private ZmqContext context(boolean epoll) {
        return ZmqContext.builder().transport(TestTransports.tcp(epoll)).build();
    }

    private static int freePort() throws Exception {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    /**
     * libzmq sets SO_REUSEADDR: a second connection from the port works while the first is up, and once it was closed.
     * Without it the port is taken until TIME_WAIT is over, 60 s.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldConnectAgainFromTheSamePort(boolean epoll) throws Exception {
        try (ZmqContext own = context(epoll)) {
            String[] targets = new String[2];
            ZmqSocket[] pulls = new ZmqSocket[2];
            for (int i = 0; i < 2; i++) {
                pulls[i] = own.open(PULL);
                targets[i] = pulls[i].bind("tcp://127.0.0.1:*").substring(6);
            }
            String source = "tcp://127.0.0.1:" + freePort() + ';'; // which the binds could have got
            for (int i = 0; i < 2; i++) {
                targets[i] = source + targets[i];
            }
            ZmqSocket first = own.open(PUSH);
            connect(first, targets[0]);
            send(first, "first");
            expect(pulls[0], "first");
            ZmqSocket second = own.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(100)).open();
            connect(second, targets[1]);
            send(second, "second");
            expect(pulls[1], "second");
            first.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            ZmqSocket third = own.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(100)).open();
            connect(third, targets[0]);
            send(third, "third");
            expect(pulls[0], "third");
        }
    }

    /**
     * libzmq: a message arrives over each, and LAST_ENDPOINT stays as it was given. (IPv6 addresses it takes with
     * IPV6 only; here one that is written out says enough.)
     */
    @ParameterizedTest
    @CsvSource({"tcp://*:*, false, 0.0.0.0", "tcp://0.0.0.0:*, false, 0.0.0.0", "tcp://*:*, true, [::]",
        "tcp://[::]:*, true, [::]", "tcp://[::]:*, false, [::]", "tcp://[::]:*, true, [0:0::0]"})
    void shouldConnectToTheEndpointOfAWildCard(String bind, boolean ipv6, String host) throws Exception {
        for (boolean epoll : new boolean[] {true, false}) {
            try (ZmqContext own = context(epoll)) {
                ZmqSocket pull = own.builder(PULL).option(ZmqOption.IPV6, ipv6).open();
                ZmqSocket push = own.builder(PUSH).option(ZmqOption.IPV6, ipv6).option(ZmqOption.LINGER, Duration.ZERO)
                        .open();
                String bound = pull.bind(bind);
                String endpoint = "tcp://" + host + bound.substring(bound.lastIndexOf(':'));
                connect(push, endpoint);
                assertEquals(endpoint, push.lastEndpoint());
                send(push, "hello");
                expect(pull, "hello");
            }
        }
    }

    /**
     * What an authenticator is told: libzmq has {@code ::1} and {@code ::ffff:127.0.0.1}, the latter for all IPv4 peers
     * once IPV6 is set.
     */
    @ParameterizedTest
    @CsvSource({"tcp://127.0.0.1:*, false, 127.0.0.1, 127.0.0.1", "tcp://[::1]:*, true, [::1], ::1",
        "tcp://[::]:*, true, 127.0.0.1, ::ffff:127.0.0.1", "tcp://*:*, true, [::1], ::1",
        "tcp://127.0.0.1:*, true, 127.0.0.1, ::ffff:127.0.0.1"})
    void shouldSpellAddressesOfPeersAsLibzmq(String bind, boolean ipv6, String host, String address) throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.IPV6, ipv6).option(ZmqOption.ZAP_DOMAIN, "x")
                .zapHandler(request -> {
            asked.complete(request.address());
            return CompletableFuture.completedFuture(ZapReply.ok(""));
        }).open();
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.IPV6, ipv6).open();
        String bound = pull.bind(bind);
        connect(push, "tcp://" + host + bound.substring(bound.lastIndexOf(':')));
        send(push, "hello");
        expect(pull, "hello");
        assertEquals(address, asked.get(SOON.toSeconds(), TimeUnit.SECONDS));
    }

    /** The type of service in the first packet of a connection, which the kernel keeps with TCP_SAVE_SYN. */
    @ParameterizedTest
    @CsvSource({"true, false, 127.0.0.1", "false, false, 127.0.0.1", "true, true, 127.0.0.1", "false, true, 127.0.0.1",
        "true, true, [::1]", "false, true, [::1]", "false, false, [::1]"})
    void shouldSendTheTypeOfService(boolean epoll, boolean ipv6, String host) throws Exception {
        CompletableFuture<ByteBuffer> syn = new CompletableFuture<>();
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ZmqContext own = context(epoll)) {
            Channel server = new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)
                    .option(new IntegerUnixChannelOption("TCP_SAVE_SYN", IPPROTO_TCP, 27), 1)
                    .childHandler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            syn.complete(channel.config().getOption(
                                    new RawUnixChannelOption("TCP_SAVED_SYN", IPPROTO_TCP, 28, 200)));
                        }
                    }).bind(new InetSocketAddress(host.equals("[::1]") ? "::1" : "127.0.0.1", 0)).sync().channel();
            ZmqSocket push = own.builder(PUSH).option(ZmqOption.TOS, 0x28).option(ZmqOption.IPV6, ipv6).open();
            connect(push, "tcp://" + host + ':' + ((InetSocketAddress) server.localAddress()).getPort());
            ByteBuffer header = syn.get(SOON.toSeconds(), TimeUnit.SECONDS);
            int word = header.getShort(0); // version, then IPv4: header length and type; IPv6: class
            assertEquals(0x28, host.equals("[::1]") ? word >> 4 & 0xff : word & 0xff);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
