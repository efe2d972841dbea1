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
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5PasswordAuthResponse;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5Message;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequest;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5PasswordAuthStatus;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** SOCKS_PROXY, SOCKS_USERNAME and SOCKS_PASSWORD, through a small proxy. */
class SocksProxyTest extends SocketTest {

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    /** The {@code user:password} that the proxy asks for, or {@code null} if it asks for none. */
    private volatile String secret;
    private volatile boolean refuses;
    private String proxy;

    @BeforeEach
    void startProxy() throws Exception {
        Channel server = new ServerBootstrap().group(group).channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(Socks5ServerEncoder.DEFAULT, new Socks5InitialRequestDecoder(),
                                new Proxy());
                    }
                }).bind(new InetSocketAddress("127.0.0.1", 0)).sync().channel();
        proxy = "127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort();
    }

    @AfterEach
    void stopProxy() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
    }

    /** The server's side of SOCKS5 (RFC 1928, RFC 1929): greets, may ask for a password, connects, passes on. */
    private final class Proxy extends SimpleChannelInboundHandler<Socks5Message> {

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Socks5Message message) {
            if (message instanceof Socks5InitialRequest) {
                ctx.pipeline().remove(Socks5InitialRequestDecoder.class);
                ctx.pipeline().addFirst(secret == null ? new Socks5CommandRequestDecoder()
                        : new Socks5PasswordAuthRequestDecoder());
                ctx.writeAndFlush(new DefaultSocks5InitialResponse(secret == null ? Socks5AuthMethod.NO_AUTH
                        : Socks5AuthMethod.PASSWORD));
            } else if (message instanceof Socks5PasswordAuthRequest request) {
                boolean right = secret.equals(request.username() + ':' + request.password());
                asked.add("password " + right);
                ctx.pipeline().remove(Socks5PasswordAuthRequestDecoder.class);
                ctx.pipeline().addFirst(new Socks5CommandRequestDecoder());
                ctx.writeAndFlush(new DefaultSocks5PasswordAuthResponse(right ? Socks5PasswordAuthStatus.SUCCESS
                        : Socks5PasswordAuthStatus.FAILURE));
            } else if (message instanceof Socks5CommandRequest request) {
                asked.add(request.dstAddrType() + " " + request.dstAddr());
                if (refuses) {
                    ctx.writeAndFlush(new DefaultSocks5CommandResponse(Socks5CommandStatus.FORBIDDEN,
                            request.dstAddrType(), request.dstAddr(), request.dstPort()));
                } else {
                    pass(ctx, request);
                }
            }
        }

        private void pass(ChannelHandlerContext ctx, Socks5CommandRequest request) {
            ctx.channel().config().setAutoRead(false);
            new Bootstrap().group(ctx.channel().eventLoop()).channel(NioSocketChannel.class)
                    .option(ChannelOption.AUTO_READ, false).handler(new Relay(ctx.channel()))
                    .connect(request.dstAddr(), request.dstPort()).addListener(done -> {
                        Channel far = ((io.netty.channel.ChannelFuture) done).channel();
                        ctx.writeAndFlush(new DefaultSocks5CommandResponse(Socks5CommandStatus.SUCCESS,
                                request.dstAddrType(), request.dstAddr(), request.dstPort()));
                        ctx.pipeline().remove(Socks5CommandRequestDecoder.class);
                        ctx.pipeline().addLast(new Relay(far));
                        ctx.pipeline().remove(this);
                        ctx.channel().config().setAutoRead(true);
                        far.config().setAutoRead(true);
                    });
        }
    }

    private static final class Relay extends ChannelInboundHandlerAdapter {

        private final Channel other;

        Relay(Channel other) {
            this.other = other;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            other.writeAndFlush(message);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            other.close();
        }
    }

    private ZmqSocketBuilder push() {
        return context.builder(PUSH).option("SOCKS_PROXY", proxy).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20))
                .option(ZmqOption.LINGER, Duration.ZERO);
    }

    /** The proxy is told what the endpoint says, a name as a name: as libzmq asks, with address type 1, 3 or 4. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1, IPv4", "localhost, DOMAIN"})
    void shouldConnectThroughTheProxy(String host, String type) throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = push().open();
        ZmqMonitor monitor = push.monitor(10);
        String endpoint = "tcp://" + host + pull.bind("tcp://127.0.0.1:*").substring("tcp://127.0.0.1".length());
        connect(push, endpoint);
        send(push, "hello");
        expect(pull, "hello");
        assertEquals(1, asked.size());
        assertTrue(asked.peek().startsWith(type) && asked.peek().endsWith(' ' + host), asked.toString());
        assertEquals(ZmqEvent.Kind.CONNECT_DELAYED, monitor.poll(SOON).kind());
        ZmqEvent connected = monitor.poll(SOON);
        assertEquals(ZmqEvent.Kind.CONNECTED, connected.kind());
        assertEquals(endpoint, connected.endpoint());
        assertEquals(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, monitor.poll(SOON).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sesame", "wrong"})
    void shouldTellTheProxyAPassword(String password) throws Exception {
        secret = "ali:sesame";
        ZmqSocket pull = open(PULL);
        ZmqSocket push = push().option("SOCKS_USERNAME", "ali").option("SOCKS_PASSWORD", password).open();
        ZmqMonitor monitor = push.monitor(1000);
        connect(push, pull.bind("tcp://127.0.0.1:*"));
        if (password.equals("sesame")) {
            send(push, "hello");
            expect(pull, "hello");
        } else {
            assertNotNull(monitor.await(ZmqEvent.Kind.CLOSED, SOON).cause());
            assertNotNull(monitor.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON));
        }
        assertEquals("password " + password.equals("sesame"), asked.peek());
    }

    /** As in libzmq, a connect that the proxy refuses has failed (CLOSED, CONNECT_RETRIED), and is tried again. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTryAgainWhenTheProxyRefuses(boolean gone) throws Exception {
        if (gone) {
            stopProxy();
        }
        refuses = true;
        ZmqSocket pull = open(PULL);
        ZmqSocket push = push().open();
        ZmqMonitor monitor = push.monitor(1000);
        connect(push, pull.bind("tcp://127.0.0.1:*"));
        for (int i = 0; i < 3; i++) {
            assertEquals(ZmqEvent.Kind.CONNECT_DELAYED, monitor.poll(SOON).kind());
            ZmqEvent closed = monitor.poll(SOON);
            assertEquals(ZmqEvent.Kind.CLOSED, closed.kind());
            assertNotNull(closed.cause());
            assertEquals(ZmqEvent.Kind.CONNECT_RETRIED, monitor.poll(SOON).kind());
        }
        if (!gone) {
            refuses = false;
            send(push, "hello");
            expect(pull, "hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", ":1080", "host:", "host:0", "host:99999", "a;b:1", "*:1080"})
    void shouldRefuseWhatIsNoProxy(String text) {
        ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.SOCKS_PROXY.parse(text));
        assertTrue(e.getMessage().contains("(expected: HOST:PORT)"), e.getMessage());
    }
}
