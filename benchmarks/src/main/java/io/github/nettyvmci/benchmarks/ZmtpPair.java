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

import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpFrameSink;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;

import java.util.ArrayList;
import java.util.List;

/**
 * Two codecs on embedded channels, PUSH and PULL, whose handshake is done: everything happens on the calling thread.
 */
final class ZmtpPair {

    /** The context from which to write to PUSH; a write to the channel itself would run its tasks every time. */
    final ChannelHandlerContext sender;
    private final EmbeddedChannel push;
    private final EmbeddedChannel pull;
    /** What the codec of PUSH writes ends here. */
    final Wire wire = new Wire();
    /** What the codec of PULL delivers ends here. */
    final Receiver receiver = new Receiver();

    /**
     * Makes a pair.
     *
     * @param sink whether PULL hands out frames by {@link ZmtpFrameSink} and not as messages
     */
    ZmtpPair(ZmtpSecurity security, boolean sink) {
        ZmtpCodecBuilder pushing = ZmtpCodec.builder(ZmtpSocketType.PUSH);
        ZmtpCodecBuilder pulling = ZmtpCodec.builder(ZmtpSocketType.PULL);
        if (security == ZmtpSecurity.CURVE) {
            CurveKeyPair keys = CurveKeyPair.generate();
            pulling.mechanism(CurveMechanism.server(keys));
            pushing.mechanism(CurveMechanism.client(CurveKeyPair.generate(), keys.publicKey()));
        }
        if (sink) {
            pulling.frameSink(receiver);
        }
        ZmtpCodec pushCodec = pushing.build();
        ZmtpCodec pullCodec = pulling.build();
        pull = new EmbeddedChannel(pullCodec, receiver);
        push = new EmbeddedChannel(wire, pushCodec, new ChannelInboundHandlerAdapter());
        while (pushCodec.peer() == null || pullCodec.peer() == null) {
            boolean moved = false;
            for (ByteBuf out : wire.take()) {
                pull.writeInbound(out);
                moved = true;
            }
            for (ByteBuf out = pull.readOutbound(); out != null; out = pull.readOutbound()) {
                push.writeInbound(out);
                moved = true;
            }
            if (!moved) {
                throw new IllegalStateException("handshake: stuck (expected: complete)");
            }
        }
        wire.keep = false;
        sender = push.pipeline().lastContext();
    }

    /** Gives PULL the octets of a read, and with them the buffer's ownership. */
    void read(ByteBuf in) {
        pull.pipeline().fireChannelRead(in);
        pull.pipeline().fireChannelReadComplete();
    }

    void close() {
        push.close();
        pull.close();
        wire.take().forEach(ByteBuf::release);
        wire.direct.release();
    }

    /** Keeps what is written, or counts it. */
    static final class Wire extends ChannelOutboundHandlerAdapter {

        private final List<ByteBuf> kept = new ArrayList<>();
        private final ByteBuf direct = Unpooled.directBuffer(64 * 1024);
        boolean keep = true;
        long octets;

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            ByteBuf out = (ByteBuf) msg;
            octets += out.readableBytes();
            if (keep) {
                kept.add(out);
            } else {
                if (!out.isDirect()) {
                    direct.clear().writeBytes(out); // as a channel does
                }
                out.release();
            }
            if (!promise.isVoid()) {
                promise.setSuccess();
            }
        }

        List<ByteBuf> take() {
            List<ByteBuf> taken = List.copyOf(kept);
            kept.clear();
            return taken;
        }
    }

    /** Counts what arrives. */
    static final class Receiver extends ChannelInboundHandlerAdapter implements ZmtpFrameSink {

        long frames;
        long octets;

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ZmtpMessage message = (ZmtpMessage) msg;
            frames++;
            octets += message.length();
            message.release();
        }

        @Override
        public void frame(ChannelHandlerContext ctx, ByteBuf buffer, int offset, int length, boolean more) {
            frames++;
            octets += length;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            throw new IllegalStateException("codec failed", cause);
        }
    }
}
