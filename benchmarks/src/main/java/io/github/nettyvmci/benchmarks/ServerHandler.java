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

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The other end of {@link PingPongHandler} and {@link StreamHandler}. The first byte of a connection says which one it
 * is: after {@link #ECHO} everything is sent back, after {@link #SINK} it is counted, and the count (8 bytes) is the
 * answer to {@link #END}. Half-closure would tell the end as well, but the NIO transport's Unix sockets have none.
 */
final class ServerHandler extends ChannelInboundHandlerAdapter {

    static final byte ECHO = 'P';
    static final byte SINK = 'S';
    /** The byte that ends a stream; no message ends with it. */
    static final byte END = 'E';

    private byte mode;
    private long received;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        if (mode == 0) {
            mode = buffer.readByte();
        }
        if (mode == ECHO && buffer.isReadable()) {
            ctx.write(buffer, ctx.voidPromise());
        } else {
            received += buffer.readableBytes();
            boolean ended = mode == SINK && buffer.getByte(buffer.writerIndex() - 1) == END;
            buffer.release();
            if (ended) {
                ctx.writeAndFlush(ctx.alloc().directBuffer(Long.BYTES).writeLong(received), ctx.voidPromise());
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (mode == ECHO) {
            ctx.flush();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        cause.printStackTrace();
        ctx.close();
    }
}
