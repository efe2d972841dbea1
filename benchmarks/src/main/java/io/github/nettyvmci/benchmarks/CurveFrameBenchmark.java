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

import io.github.nettyvmci.zmtp.FrameCipher;
import io.github.nettyvmci.zmtp.MechanismContext;
import io.github.nettyvmci.zmtp.MechanismSession;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
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

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Nanoseconds to seal a frame under CURVE, and to seal and open one: with the cipher that a handshake ends with
 * (<em>ours</em>), and with the same box made of BouncyCastle's Salsa20 and Poly1305. Both work from direct memory to
 * direct memory, except that ours opens a frame into an array, as the codec does.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class CurveFrameBenchmark {

    private static final int FRAMES = 64;

    /** What is sealed, and what becomes of it. */
    @State(Scope.Thread)
    public static class Frames {

        /** The length of a body, in octets. */
        @Param({"64", "1024", "65536"})
        public int size;

        private ByteBuf body;
        private ByteBuf sealed;
        private ByteBuf opened;

        @Setup
        public void allocate() {
            body = ByteBufAllocator.DEFAULT.directBuffer(size).writeZero(size);
            sealed = ByteBufAllocator.DEFAULT.directBuffer(size + 64);
            opened = ByteBufAllocator.DEFAULT.heapBuffer(size + 64);
        }

        @TearDown
        public void release() {
            body.release();
            sealed.release();
            opened.release();
        }
    }

    /** A connection whose handshake is done. */
    @State(Scope.Thread)
    public static class Ours {

        FrameCipher client;
        FrameCipher server;

        @Setup
        public void shakeHands() {
            CurveKeyPair serverKeys = CurveKeyPair.generate();
            Side clientSide = new Side();
            Side serverSide = new Side();
            MechanismSession asServer = CurveMechanism.server(serverKeys).newSession(serverSide);
            MechanismSession asClient = CurveMechanism.client(CurveKeyPair.generate(), serverKeys.publicKey())
                    .newSession(clientSide);
            asServer.start();
            asClient.start();
            while (clientSide.cipher == null) {
                clientSide.pass(asServer);
                serverSide.pass(asClient);
            }
            asServer.close();
            asClient.close();
            client = clientSide.cipher;
            server = serverSide.cipher;
        }

        @TearDown
        public void close() {
            client.close();
            server.close();
        }
    }

    /** One side of a handshake without a connection. */
    private static final class Side implements MechanismContext {

        private final ArrayDeque<ByteBuf> sent = new ArrayDeque<>();
        private FrameCipher cipher;

        void pass(MechanismSession peer) {
            for (ByteBuf command = sent.poll(); command != null; command = sent.poll()) {
                peer.receive(command);
                command.release();
            }
        }

        @Override
        public ZmtpLimits limits() {
            return ZmtpLimits.defaults();
        }

        @Override
        public ByteBuf encodeMetadata() {
            return Unpooled.buffer(0);
        }

        @Override
        public void send(ByteBuf command) {
            sent.add(command);
        }

        @Override
        public void authenticate(List<byte[]> credentials, Runnable admitted) {
            admitted.run();
        }

        @Override
        public void complete(ByteBuf peerMetadata, FrameCipher cipher) {
            this.cipher = cipher;
        }
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public ByteBuf seal(Frames frames, Ours ours) {
        for (int i = 0; i < FRAMES; i++) {
            ours.client.seal(0, frames.body, 0, frames.size, frames.sealed.clear());
        }
        return frames.sealed;
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public ByteBuf sealAndOpen(Frames frames, Ours ours) {
        for (int i = 0; i < FRAMES; i++) {
            ours.client.seal(0, frames.body, 0, frames.size, frames.sealed.clear());
            ours.server.open(frames.sealed, 0, frames.sealed.readableBytes(), frames.opened.clear());
        }
        return frames.opened;
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public ByteBuf sealBouncyCastle(Frames frames, BouncyCastleBox box) {
        for (int i = 0; i < FRAMES; i++) {
            box.seal(frames.body, frames.size, frames.sealed.clear());
        }
        return frames.sealed;
    }

    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public ByteBuf sealAndOpenBouncyCastle(Frames frames, BouncyCastleBox box) {
        for (int i = 0; i < FRAMES; i++) {
            box.seal(frames.body, frames.size, frames.sealed.clear());
            box.open(frames.sealed, frames.opened.clear());
        }
        return frames.opened;
    }
}
