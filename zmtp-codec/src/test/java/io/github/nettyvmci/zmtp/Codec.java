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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;

import java.util.ArrayList;
import java.util.List;

/**
 * A codec in an embedded channel, which records everything that comes out of it. Closing it checks that not an octet of
 * memory is left.
 */
public final class Codec implements AutoCloseable {

    public final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true, true);
    public final EmbeddedChannel channel;
    public final List<Object> events = new ArrayList<>();
    public final List<Throwable> errors = new ArrayList<>();
    public int readCompletes;
    public int messagesAtClose = -1;
    public int messagesAtCompletion = -1;
    public int inactives;
    private final List<Object> messages = new ArrayList<>();

    public Codec(ZmtpCodecBuilder builder) {
        this(builder, true);
    }

    public Codec(ZmtpCodecBuilder builder, boolean autoRead) {
        this(builder, autoRead, new EmbeddedChannel());
    }

    public Codec(ZmtpCodecBuilder builder, boolean autoRead, EmbeddedChannel on) {
        channel = on;
        channel.freezeTime();
        channel.config().setAllocator(alloc);
        channel.config().setAutoRead(autoRead);
        channel.pipeline().addLast(builder.build());
        channel.pipeline().addLast(new Recorder());
    }

    public static Codec of(ZmtpSocketType type) {
        return new Codec(ZmtpCodec.builder(type));
    }

    /** Returns a codec whose handshake with a 3.1 peer of the given type is done, and whose output is dropped. */
    public static Codec connected(ZmtpCodecBuilder builder, String peerType) {
        Codec codec = new Codec(builder);
        codec.feed(Wire.handshake(peerType));
        assertNotNull(codec.completed());
        codec.sent();
        return codec;
    }

    public static Codec connected(ZmtpSocketType type, String peerType) {
        return connected(ZmtpCodec.builder(type), peerType);
    }

    public Codec feed(String dump) {
        return feed(Wire.bytes(dump));
    }

    public Codec feed(byte[] octets) {
        return feed(octets, 0, octets.length);
    }

    /** Delivers octets as one read; a channel that is closed reads nothing, as in real life. */
    public Codec feed(byte[] octets, int from, int to) {
        channel.runPendingTasks();
        if (!channel.isOpen()) {
            return this;
        }
        channel.writeInbound(alloc.buffer(Math.max(1, to - from)).writeBytes(octets, from, to - from));
        return this;
    }

    /** Returns everything sent since the last call, as hex. */
    public String sent() {
        if (channel.isOpen()) {
            channel.flushOutbound();
        }
        StringBuilder out = new StringBuilder();
        for (ByteBuf buf = channel.readOutbound(); buf != null; buf = channel.readOutbound()) {
            out.append(ByteBufUtil.hexDump(buf));
            buf.release();
        }
        return out.toString();
    }

    /**
     * Returns what came in since the last call, as text: a message is {@code [part|part]}, its parts hex, and a batch
     * is its messages in braces.
     */
    public String received() {
        StringBuilder out = new StringBuilder();
        for (Object message : messages) {
            out.append(text(message));
            ReferenceCountUtil.release(message);
        }
        messages.clear();
        return out.toString();
    }

    public List<Object> takeMessages() {
        List<Object> taken = new ArrayList<>(messages);
        messages.clear();
        return taken;
    }

    public static String text(Object message) {
        if (message instanceof ZmtpMessage m) {
            StringBuilder out = new StringBuilder("[");
            for (int i = 0; i < m.partCount(); i++) {
                out.append(i == 0 ? "" : "|").append(ByteBufUtil.hexDump(m.part(i)));
            }
            return out.append(']').toString();
        }
        if (message instanceof ZmtpBatch batch) {
            StringBuilder out = new StringBuilder("{");
            for (ZmtpMessage m = batch.next(); m != null; m = batch.next()) {
                out.append(text(m));
                m.release();
            }
            return out.append('}').toString();
        }
        return message.toString();
    }

    public ZmtpPeer completed() {
        return channel.pipeline().get(ZmtpCodec.class) == null ? peerOfEvent()
                : channel.pipeline().get(ZmtpCodec.class).peer();
    }

    private ZmtpPeer peerOfEvent() {
        ZmtpHandshakeCompleted event = eventOf(ZmtpHandshakeCompleted.class);
        return event == null ? null : event.peer();
    }

    private <T> T eventOf(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).findFirst().orElse(null);
    }

    /** Returns the one failure of the handshake, after which the channel must be closed. */
    public ZmtpException handshakeFailure() {
        channel.runPendingTasks();
        assertEquals(1, events.size(), () -> "events " + events);
        assertEquals(List.of(), errors);
        assertEquals(false, channel.isOpen(), "channel is open");
        return assertInstanceOf(ZmtpHandshakeFailed.class, events.get(0)).cause();
    }

    /** Returns the one error after the handshake, upon which the channel must be closed. */
    public ZmtpException failure() {
        channel.runPendingTasks();
        assertEquals(1, errors.size(), () -> "errors " + errors);
        assertEquals(false, channel.isOpen(), "channel is open");
        return assertInstanceOf(ZmtpException.class, errors.get(0));
    }

    @Override
    public void close() {
        received();
        channel.finishAndReleaseAll();
        received();
        assertEquals(1, inactives, "channelInactive");
        assertEquals(0, alloc.metric().usedHeapMemory(), "heap octets leaked");
        assertEquals(0, alloc.metric().usedDirectMemory(), "direct octets leaked");
    }

    private final class Recorder extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            messages.add(msg);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            readCompletes++;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            events.add(event);
            if (event instanceof ZmtpHandshakeCompleted) {
                messagesAtCompletion = messages.size();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            errors.add(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            messagesAtClose = messages.size();
            inactives++;
        }
    }
}
