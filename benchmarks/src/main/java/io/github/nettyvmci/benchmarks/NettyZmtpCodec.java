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
import com.spotify.netty4.handler.codec.zmtp.ZMTPMessage;
import com.spotify.netty4.handler.codec.zmtp.ZMTPProtocols;
import com.spotify.netty4.handler.codec.zmtp.ZMTPSocketType;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;

/**
 * Runs in the class loader that {@link NettyZmtp} makes, and there with Netty 4.0: it uses only what Netty 4.2, with
 * which it is compiled, has in the same form.
 */
public final class NettyZmtpCodec implements NettyZmtp.Codec {

    /** Greeting of a PULL that speaks ZMTP 2.0, with an empty identity (RFC 15). */
    private static final byte[] GREETING = {-1, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 7, 0, 0};

    private final Ends ends = new Ends();
    private final EmbeddedChannel channel;
    private ByteBuf read = Unpooled.EMPTY_BUFFER;
    private ZMTPMessage[] messages = {};

    /** Called by reflection. */
    public NettyZmtpCodec() {
        ZMTPCodec codec = ZMTPCodec.builder().protocol(ZMTPProtocols.ZMTP20).socketType(ZMTPSocketType.PUSH).build();
        channel = new EmbeddedChannel(new Wire(ends), codec, ends);
        channel.writeInbound(Unpooled.wrappedBuffer(GREETING));
        if (!codec.session().handshakeFuture().isSuccess()) {
            throw new IllegalStateException("netty-zmtp: handshake not done",
                    codec.session().handshakeFuture().cause());
        }
    }

    @Override
    public void input(byte[] octets) {
        read = PooledByteBufAllocator.DEFAULT.directBuffer(octets.length).writeBytes(octets);
    }

    @Override
    public long decode(int reads) {
        ends.messages = 0;
        for (int i = 0; i < reads; i++) {
            channel.pipeline().fireChannelRead(read.readerIndex(0).retain());
            channel.pipeline().fireChannelReadComplete();
        }
        return ends.messages;
    }

    @Override
    public void messages(int count, int size) {
        ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer(size).writeZero(size);
        messages = new ZMTPMessage[count];
        for (int i = 0; i < count; i++) {
            messages[i] = ZMTPMessage.from(new ByteBuf[] {payload.duplicate().retain()});
        }
        payload.release();
    }

    @Override
    public long encode() {
        ends.octets = 0;
        ChannelHandlerContext sender = channel.pipeline().context(ends);
        for (ZMTPMessage message : messages) {
            sender.write(message.retain(), sender.voidPromise());
        }
        sender.flush();
        return ends.octets;
    }

    @Override
    public void close() {
        channel.finish();
        read.release();
        for (ZMTPMessage message : messages) {
            message.release();
        }
    }

    /** Counts what arrives. */
    private static final class Ends extends ChannelDuplexHandler {

        long messages;
        long octets;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            messages++;
            octets += ((ZMTPMessage) msg).frame(0).readableBytes();
            ReferenceCountUtil.release(msg);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            throw new IllegalStateException("netty-zmtp failed", cause);
        }
    }

    /** Counts what is sent. */
    private static final class Wire extends ChannelDuplexHandler {

        private final Ends ends;

        Wire(Ends ends) {
            this.ends = ends;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            ends.octets += ((ByteBuf) msg).readableBytes();
            ReferenceCountUtil.release(msg);
            if (!promise.isVoid()) {
                promise.setSuccess();
            }
        }
    }
}
