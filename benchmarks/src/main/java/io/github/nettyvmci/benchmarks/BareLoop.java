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
import io.netty.buffer.ByteBufAllocator;

import java.util.function.Consumer;

/**
 * The least that a decoder and an encoder of ZMTP 2.0 and later can do, without a pipeline: what {@link
 * ZmtpDecoderBenchmark} and {@link ZmtpEncoderBenchmark} are compared with. It knows neither limits nor commands,
 * messages of several parts, split frames, promises or a peer that lies.
 */
final class BareLoop {

    /** What is passed on for each frame. */
    record Message(ByteBuf body) {
    }

    private static final int LONG = 2;
    private static final int MAX_HEADER = 9;
    private static final int PACK = 32 * 1024;

    private BareLoop() {
    }

    /** Reads whole frames. Takes over {@code in}; {@code next} releases what it gets. */
    static void decode(ByteBuf in, Consumer<Message> next) {
        int end = in.writerIndex();
        int pos = in.readerIndex();
        while (pos < end) {
            int length;
            if ((in.getByte(pos) & LONG) == 0) {
                length = in.getUnsignedByte(pos + 1);
                pos += 2;
            } else {
                length = (int) in.getLong(pos + 1);
                pos += MAX_HEADER;
            }
            next.accept(new Message(in.retainedSlice(pos, length)));
            pos += length;
        }
        in.release();
    }

    /** Writes one body many times, each with its header, into buffers that are passed on when full. */
    static void encode(ByteBuf body, int times, ByteBufAllocator allocator, Consumer<ByteBuf> next) {
        ByteBuf out = null;
        for (int i = 0; i < times; i++) {
            int length = body.readableBytes();
            if (out != null && out.writableBytes() < MAX_HEADER + length) {
                next.accept(out);
                out = null;
            }
            if (out == null) {
                out = allocator.ioBuffer(Math.max(PACK, MAX_HEADER + length));
            }
            writeHeader(out, length);
            out.writeBytes(body, body.readerIndex(), length);
        }
        if (out != null) {
            next.accept(out);
        }
    }

    static void writeHeader(ByteBuf out, int length) {
        if (length > 255) {
            out.writeByte(LONG).writeLong(length);
        } else {
            out.writeShort(length);
        }
    }
}
