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
package io.github.nettyvmci.benchmarks;

import com.spotify.netty4.handler.codec.zmtp.ZMTPCodec;
import com.spotify.netty4.handler.codec.zmtp.ZMTPHandshakeSuccess;
import com.spotify.netty4.handler.codec.zmtp.ZMTPMessage;
import com.spotify.netty4.handler.codec.zmtp.ZMTPProtocols;
import com.spotify.netty4.handler.codec.zmtp.ZMTPSocketType;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * {@link ZmtpPeer} with Spotify's netty-zmtp in ZMTP 2.0, and the epoll transport of Netty 4.0: it uses only what Netty
 * 4.2, with which it is compiled, has in the same form. A message of one
 * byte ends a stream.
 */
@SuppressWarnings("deprecation") // Netty 4.0 has no other event loop group
public final class NettyZmtpPeer {

    private static final byte[] END = {0};
    private static final long GRACE_SECONDS = 60;
    /** Messages between two flushes. */
    private static final int BURST = 256;
    /** After this many flushes that found the socket ready, others on the event loop get their turn. */
    private static final int FLUSHES = 64;

    private final EventLoopGroup pushGroup = new EpollEventLoopGroup(1);
    private final EventLoopGroup pullGroup = new EpollEventLoopGroup(1);
    private final DomainSocketAddress address;
    /** The result of the order that is being carried out. */
    private volatile CompletableFuture<String> result = new CompletableFuture<>();

    private NettyZmtpPeer(String path) {
        address = new DomainSocketAddress(path);
    }

    /**
     * Runs it.
     *
     * @param arguments the socket's path
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        NettyZmtpPeer peer = new NettyZmtpPeer(arguments[0]);
        peer.bind();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        System.out.println("ready 0");
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            System.out.println(peer.stream(Integer.parseInt(words[1]), Long.parseLong(words[2])));
        }
        peer.pushGroup.shutdownGracefully(0, 10_000, TimeUnit.MILLISECONDS).sync();
        peer.pullGroup.shutdownGracefully(0, 10_000, TimeUnit.MILLISECONDS).sync();
        Files.deleteIfExists(Path.of(arguments[0]));
    }

    private static ZMTPCodec codec(ZMTPSocketType type) {
        return ZMTPCodec.builder().protocol(ZMTPProtocols.ZMTP20).socketType(type).build();
    }

    private static ZMTPMessage message(ByteBuf frame) {
        return ZMTPMessage.from(new ByteBuf[] {frame});
    }

    private void bind() throws InterruptedException {
        new ServerBootstrap().group(pullGroup).channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(codec(ZMTPSocketType.PULL), new Receiver());
                    }
                }).bind(address).sync();
    }

    private String stream(int size, long millis) throws Exception {
        result = new CompletableFuture<>();
        Sender sender = new Sender(size, TimeUnit.MILLISECONDS.toNanos(millis));
        Channel channel = new Bootstrap().group(pushGroup).channel(EpollDomainSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel ch) {
                        ch.pipeline().addLast(codec(ZMTPSocketType.PUSH), sender);
                    }
                }).connect(address).sync().channel();
        String answer = result.get(TimeUnit.MILLISECONDS.toSeconds(millis) + GRACE_SECONDS, TimeUnit.SECONDS);
        channel.close().sync();
        return answer;
    }

    /** Writes for a while, as fast as the channel takes it, and then a message of one byte, which ends the stream. */
    private final class Sender extends ChannelInboundHandlerAdapter {

        private final int size;
        private final long nanos;
        private final Runnable fillTask = this::fill;
        private ChannelHandlerContext context;
        private ByteBuf payload;
        private long begun;
        private boolean filling;
        private boolean ended;

        Sender(int size, long nanos) {
            this.size = size;
            this.nanos = nanos;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
            payload = ctx.alloc().ioBuffer(size).writeZero(size);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            payload.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ZMTPHandshakeSuccess) {
                begun = System.nanoTime();
                fill();
            }
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (begun != 0 && !filling && ctx.channel().isWritable()) {
                fill();
            }
        }

        private void fill() {
            if (ended) {
                return;
            }
            filling = true; // a flush that makes the channel writable again is seen here, not in a nested call
            Channel channel = context.channel();
            for (int i = 0; i < FLUSHES && channel.isWritable(); i++) {
                if (System.nanoTime() - begun >= nanos) {
                    ended = true;
                    context.writeAndFlush(message(Unpooled.wrappedBuffer(END)), context.voidPromise());
                    break;
                }
                // netty-zmtp keeps what is written until a flush, so that the channel stays writable.
                for (int n = 0; n < BURST; n++) {
                    context.write(message(payload.duplicate().retain()), context.voidPromise());
                }
                context.flush();
            }
            filling = false;
            if (!ended && channel.isWritable()) {
                context.executor().execute(fillTask);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            result.completeExceptionally(cause);
            ctx.close();
        }
    }

    /** Counts messages until that of one byte. */
    private final class Receiver extends ChannelInboundHandlerAdapter {

        private final CompletableFuture<String> result = NettyZmtpPeer.this.result;
        private long messages;
        private long begun;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ZMTPMessage message = (ZMTPMessage) msg;
            if (messages++ == 0) {
                begun = System.nanoTime();
            }
            if (message.frame(0).readableBytes() == END.length) {
                result.complete("stream " + (messages - 1) + ' ' + (System.nanoTime() - begun));
            }
            message.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            result.completeExceptionally(new IllegalStateException("closed before the last message"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            result.completeExceptionally(cause);
            ctx.close();
        }
    }
}
