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
package io.github.nettyvmci.zmtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.ReferenceCountUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The moment in which a handshake ends and messages begin, and what handlers may do in it. */
class BeginOfTrafficTest {

    private static final int SOON_SECONDS = 60;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());

    @AfterEach
    void end() {
        loops.shutdownGracefully(0, SOON_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** Where a handler turns autoRead off. */
    private enum When {
        ADDED, INITIALIZED, ACTIVE
    }

    /** Turns autoRead off, and asks for a message when the handshake is complete. */
    private static final class Reluctant extends ChannelInboundHandlerAdapter {

        final CompletableFuture<Object> event = new CompletableFuture<>();
        final CompletableFuture<String> message = new CompletableFuture<>();
        private final When when;

        Reluctant(When when) {
            this.when = when;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            if (when == When.ADDED) {
                ctx.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            if (when == When.ACTIVE) {
                ctx.channel().config().setAutoRead(false);
            }
            ctx.fireChannelActive();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object evt) {
            event.complete(evt);
            ctx.read();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            message.complete(((ZmtpMessage) msg).text(0));
            ReferenceCountUtil.release(msg);
        }
    }

    private ChannelInitializer<Channel> initializer(ZmtpSocketType type, Reluctant last) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(ZmtpCodec.builder(type).build(), last);
                if (last.when == When.INITIALIZED) {
                    channel.config().setAutoRead(false);
                }
            }
        };
    }

    /** A handler behind the codec wants no message before it asks for one; the handshake must not wait for that. */
    @ParameterizedTest
    @CsvSource({"ADDED", "INITIALIZED", "ACTIVE"})
    void shouldReadTheHandshakeThoughAutoReadIsTurnedOff(When when) throws Exception {
        Reluctant server = new Reluctant(when);
        Reluctant client = new Reluctant(when);
        LocalAddress address = new LocalAddress(BeginOfTrafficTest.class);
        Channel listener = new ServerBootstrap().group(loops).channel(LocalServerChannel.class)
                .childHandler(initializer(ZmtpSocketType.PAIR, server)).bind(address).sync().channel();
        Channel channel = new Bootstrap().group(loops).channel(LocalChannel.class)
                .handler(initializer(ZmtpSocketType.PAIR, client)).connect(listener.localAddress()).sync().channel();
        assertInstanceOf(ZmtpHandshakeCompleted.class, client.event.get(SOON_SECONDS, TimeUnit.SECONDS));
        assertInstanceOf(ZmtpHandshakeCompleted.class, server.event.get(SOON_SECONDS, TimeUnit.SECONDS));
        channel.writeAndFlush(ZmtpMessage.ofText("asked for"));
        assertEquals("asked for", server.message.get(SOON_SECONDS, TimeUnit.SECONDS));
    }

    /** A handshake that is to give way to another is over before the channel's loop comes to end it. */
    @Test
    void shouldGoOnIfTheHandshakeIsCompleteBeforeItGivesWay() {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PULL)
                .handshakeLimiter(new ZmtpHandshakeLimiter(1, 1, 1000)).peerAddress(channel -> "3");
        try (Codec first = new Codec(builder); Codec second = new Codec(builder)) {
            byte[] handshake = Wire.bytes(Wire.handshake("PUSH"));
            first.channel.writeInbound(first.alloc.buffer(handshake.length).writeBytes(handshake));
            assertNotNull(first.completed());
            first.channel.runPendingTasks();
            assertEquals(List.of(), first.errors);
            assertTrue(first.channel.isOpen());
            second.feed(handshake);
            assertNotNull(second.completed());
        }
    }

    /** Who hears that a message is written asks for the next one, which must not come before the event. */
    @Test
    void shouldDeliverNothingBeforeTheEvent() {
        CompletableFuture<ZapReply> reply = new CompletableFuture<>();
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.PAIR).zapDomain("domain")
                .zapHandler(request -> reply);
        try (Codec pair = new Codec(builder, false)) {
            pair.channel.write(ZmtpMessage.ofText("x")).addListener(written -> pair.channel.read());
            pair.feed(Wire.handshake("PAIR") + "00 01 61 00 01 62");
            assertEquals("", pair.received());
            assertEquals(0, pair.events.size());
            reply.complete(ZapReply.ok("somebody"));
            pair.channel.runPendingTasks();
            assertNotNull(pair.completed());
            assertEquals(0, pair.messagesAtCompletion, "messages before the event");
            assertEquals("[61]", pair.received());
            pair.channel.read();
            assertEquals("[62]", pair.received());
        }
    }

    /** A message that the application released too early costs its own write, and not those beside it or the end. */
    @Test
    void shouldFailAllWaitingWritesThoughOneIsReleasedAlready() {
        try (Codec pair = Codec.of(ZmtpSocketType.PAIR)) {
            ZmtpMessage released = ZmtpMessage.ofText("released");
            ZmtpMessage waiting = ZmtpMessage.ofText("waiting");
            ChannelFuture first = pair.channel.write(released);
            ChannelFuture second = pair.channel.write(waiting);
            released.release();
            pair.feed(Wire.GREETING_31 + "00 00");
            pair.handshakeFailure();
            assertInstanceOf(ZmtpException.class, first.cause());
            assertInstanceOf(ZmtpException.class, second.cause());
            assertEquals(0, waiting.refCnt());
        }
    }

    /** A write that was cancelled, of a message that was released too early, does not stop those after it. */
    @Test
    void shouldWriteWhatFollowsACancelledWrite() {
        try (Codec pair = Codec.of(ZmtpSocketType.PAIR)) {
            ZmtpMessage released = ZmtpMessage.ofText("released");
            ChannelFuture cancelled = pair.channel.write(released);
            pair.channel.write(ZmtpMessage.ofText("a"));
            cancelled.cancel(false);
            released.release();
            pair.feed(Wire.handshake("PAIR"));
            pair.channel.write(ZmtpMessage.ofText("b"));
            assertEquals(Wire.hex(Wire.handshake("PAIR") + "00 01 61 00 01 62"), pair.sent());
            assertEquals(List.of(), pair.errors);
        }
    }

    /** What is written by who hears of an earlier write follows those that were written before the handshake. */
    @Test
    void shouldKeepTheOrderOfWritesAroundTheEndOfTheHandshake() {
        try (Codec pair = Codec.of(ZmtpSocketType.PAIR)) {
            ZmtpMessage released = ZmtpMessage.ofText("released");
            pair.channel.write(released).addListener(failed -> {
                assertFalse(failed.isSuccess());
                pair.channel.writeAndFlush(ZmtpMessage.ofText("c"));
            });
            pair.channel.write(ZmtpMessage.ofText("a"));
            pair.channel.write(ZmtpMessage.ofText("b"));
            released.release();
            pair.feed(Wire.handshake("PAIR"));
            assertEquals(Wire.hex(Wire.handshake("PAIR") + "00 01 61 00 01 62 00 01 63"), pair.sent());
        }
    }
}
