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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
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

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Frames decoded per microsecond, messages of one part. Reads hold whole frames and come one after the other on the
 * same thread; the messages end in the next handler of the pipeline, which counts and releases them.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ZmtpDecoderBenchmark {

    /** Frames per invocation. */
    static final int FRAMES = 1024;
    private static final int READ = 64 * 1024;

    /** Frames in clear, as they come from a channel. */
    @State(Scope.Thread)
    public static class Input {

        /** The length of a body, in octets. */
        @Param({"64", "1024", "65536"})
        public int size;

        ByteBuf read;
        int readsPerInvocation;

        @Setup
        public void fill() {
            int framesPerRead = Math.max(1, READ / size);
            readsPerInvocation = FRAMES / framesPerRead;
            read = ByteBufAllocator.DEFAULT.ioBuffer(framesPerRead * (9 + size));
            for (int i = 0; i < framesPerRead; i++) {
                BareLoop.writeHeader(read, size);
                read.writeZero(size);
            }
        }

        @TearDown
        public void release() {
            read.release();
        }

        void check(long frames) {
            if (frames != FRAMES) {
                throw new IllegalStateException("frames: " + frames + " (expected: " + FRAMES + ')');
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
        List<ByteBuf> sealed = List.of();
        private ZmtpEncoderBenchmark.Messages messages;

        @Setup
        public void connect(Input input) {
            pair = newPair();
            if (security == ZmtpSecurity.CURVE) {
                messages = new ZmtpEncoderBenchmark.Messages();
                messages.size = input.size;
                messages.fill();
                pair.wire.keep = true;
            }
        }

        ZmtpPair newPair() {
            return new ZmtpPair(security, false);
        }

        /**
     * Seals the frames of each invocation anew, since under CURVE no frame is accepted twice. JMH leaves
     * this out of its time, but counts in what it allocates.
     */
        @Setup(Level.Invocation)
        public void seal() {
            if (messages != null) {
                messages.write(pair);
                sealed = pair.wire.take();
            }
        }

        @TearDown
        public void disconnect() {
            pair.close();
            if (messages != null) {
                messages.release();
            }
        }

        void decode(Input input) {
            pair.receiver.frames = 0;
            if (messages == null) {
                for (int i = input.readsPerInvocation; i > 0; i--) {
                    pair.read(input.read.readerIndex(0).retain());
                }
            } else {
                for (ByteBuf read : sealed) {
                    pair.read(read);
                }
                sealed = List.of();
            }
            input.check(pair.receiver.frames);
        }
    }

    /** Our codec with a sink: no object per message. */
    @State(Scope.Thread)
    public static class OursWithSink extends Ours {

        @Override
        ZmtpPair newPair() {
            return new ZmtpPair(security, true);
        }
    }

    /** Takes what the bare loop passes on. */
    @State(Scope.Thread)
    public static class BareReceiver implements Consumer<BareLoop.Message> {

        long frames;
        long octets;

        @Override
        @CompilerControl(CompilerControl.Mode.DONT_INLINE) // inlined, the message would never be made
        public void accept(BareLoop.Message message) {
            frames++;
            octets += message.body().readableBytes();
            message.body().release();
        }
    }

    /** netty-zmtp, in a class loader of its own. */
    @State(Scope.Thread)
    public static class NettyZmtpDecoder {

        NettyZmtp.Codec codec;

        @Setup
        public void connect(Input input) throws Exception {
            byte[] read = new byte[input.read.readableBytes()];
            input.read.getBytes(0, read);
            codec = NettyZmtp.newCodec();
            codec.input(read);
        }

        @TearDown
        public void disconnect() {
            codec.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void ours(Input input, Ours ours) {
        ours.decode(input);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void oursWithSink(Input input, OursWithSink ours) {
        ours.decode(input);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void bare(Input input, BareReceiver receiver) {
        receiver.frames = 0;
        for (int i = input.readsPerInvocation; i > 0; i--) {
            BareLoop.decode(input.read.readerIndex(0).retain(), receiver);
        }
        input.check(receiver.frames);
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public void nettyZmtp(Input input, NettyZmtpDecoder decoder) {
        input.check(decoder.codec.decode(input.readsPerInvocation));
    }
}
