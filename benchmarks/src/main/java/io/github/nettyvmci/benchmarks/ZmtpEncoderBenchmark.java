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

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Frames encoded per microsecond, messages of one part, with void promises. A message is made for each, as an
 * application does; the octets in it stay. A burst of {@link ZmtpDecoderBenchmark#FRAMES} is flushed once; what the
 * codec writes ends in a handler in front of it, which copies what is not direct, as a channel does, counts and
 * releases it.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ZmtpEncoderBenchmark {

    private static final int FRAMES = ZmtpDecoderBenchmark.FRAMES;

    /** What is encoded. */
    @State(Scope.Thread)
    public static class Messages {

        /** The length of a body, in octets. */
        @Param({"64", "1024", "65536"})
        public int size;

        private ByteBuf octets;
        /** The same octets, without the atomic operations of reference counting, which are not the encoder's work. */
        private ByteBuf payload;

        @Setup
        public void fill() {
            octets = ByteBufAllocator.DEFAULT.ioBuffer(size).writeZero(size);
            payload = Unpooled.unreleasableBuffer(octets);
        }

        @TearDown
        public void release() {
            octets.release();
        }

        void write(ZmtpPair pair) {
            ChannelHandlerContext sender = pair.sender;
            for (int i = 0; i < FRAMES; i++) {
                sender.write(ZmtpMessage.of(payload), sender.voidPromise());
            }
            sender.flush();
        }

        void check(long written) {
            long expected = (long) FRAMES * (size + (size > 255 ? 9 : 2));
            if (written < expected) { // more under CURVE
                throw new IllegalStateException("octets: " + written + " (expected: " + expected + " or more)");
            }
        }
    }

    /** Our codec. */
    @State(Scope.Thread)
    public static class Ours {

        /** How the frames are secured. */
        @Param({"NULL", "CURVE"})
        public ZmtpSecurity security;

        ZmtpPair pair;

        @Setup
        public void connect() {
            pair = new ZmtpPair(security, false);
        }

        @TearDown
        public void disconnect() {
            pair.close();
        }
    }

    /** Takes what the bare loop passes on. */
    @State(Scope.Thread)
    public static class BareReceiver implements Consumer<ByteBuf> {

        long octets;

        @Override
        public void accept(ByteBuf out) {
            octets += out.readableBytes();
            out.release();
        }
    }

    /** netty-zmtp, in a class loader of its own. */
    @State(Scope.Thread)
    public static class NettyZmtpEncoder {

        NettyZmtp.Codec codec;

        @Setup
        public void connect(Messages messages) throws Exception {
            codec = NettyZmtp.newCodec();
            codec.messages(FRAMES, messages.size);
        }

        @TearDown
        public void disconnect() {
            codec.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void ours(Messages messages, Ours ours) {
        ours.pair.wire.octets = 0;
        messages.write(ours.pair);
        messages.check(ours.pair.wire.octets);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void bare(Messages messages, BareReceiver receiver) {
        receiver.octets = 0;
        BareLoop.encode(messages.payload, FRAMES, ByteBufAllocator.DEFAULT, receiver);
        messages.check(receiver.octets);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void nettyZmtp(Messages messages, NettyZmtpEncoder encoder) {
        messages.check(encoder.codec.encode());
    }
}
