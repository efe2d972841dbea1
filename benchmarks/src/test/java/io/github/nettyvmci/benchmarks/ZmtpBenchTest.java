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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.benchmarks.ZmtpResults.Cell;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Each contender does what is measured. */
@Timeout(60)
class ZmtpBenchTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {64, 1024, 65536})
    void shouldDecodeTheSame(int size) throws Exception {
        ZmtpDecoderBenchmark benchmark = new ZmtpDecoderBenchmark();
        ZmtpDecoderBenchmark.Input input = new ZmtpDecoderBenchmark.Input();
        input.size = size;
        input.fill();
        ZmtpDecoderBenchmark.BareReceiver bare = new ZmtpDecoderBenchmark.BareReceiver();
        ZmtpDecoderBenchmark.NettyZmtpDecoder nettyZmtp = new ZmtpDecoderBenchmark.NettyZmtpDecoder();
        nettyZmtp.connect(input);
        for (int i = 0; i < 2; i++) { // the input is the same once more
            benchmark.bare(input, bare);
            benchmark.nettyZmtp(input, nettyZmtp);
        }
        assertEquals(2L * ZmtpDecoderBenchmark.FRAMES * size, bare.octets);
        assertEquals(1, input.read.refCnt());
        nettyZmtp.disconnect();
        input.release();
    }

    @ParameterizedTest
    @CsvSource({"NULL,64", "NULL,1024", "NULL,65536", "CURVE,64", "CURVE,1024"})
    void shouldDecodeWhatIsEncoded(ZmtpSecurity security, int size) {
        ZmtpDecoderBenchmark benchmark = new ZmtpDecoderBenchmark();
        ZmtpDecoderBenchmark.Input input = new ZmtpDecoderBenchmark.Input();
        input.size = size;
        input.fill();
        ZmtpDecoderBenchmark.Ours ours = new ZmtpDecoderBenchmark.Ours();
        ZmtpDecoderBenchmark.OursWithSink sink = new ZmtpDecoderBenchmark.OursWithSink();
        ours.security = security;
        sink.security = security;
        ours.connect(input);
        sink.connect(input);
        for (int i = 0; i < 2; i++) {
            ours.seal();
            benchmark.ours(input, ours);
            sink.seal();
            benchmark.oursWithSink(input, sink);
        }
        assertEquals(2L * ZmtpDecoderBenchmark.FRAMES * size, ours.pair.receiver.octets);
        assertEquals(2L * ZmtpDecoderBenchmark.FRAMES * size, sink.pair.receiver.octets);
        assertEquals(1, input.read.refCnt());
        ours.disconnect();
        sink.disconnect();
        input.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 1024, 65536})
    void shouldEncodeTheSame(int size) throws Exception {
        ZmtpEncoderBenchmark benchmark = new ZmtpEncoderBenchmark();
        ZmtpEncoderBenchmark.Messages messages = new ZmtpEncoderBenchmark.Messages();
        messages.size = size;
        messages.fill();
        ZmtpEncoderBenchmark.BareReceiver bare = new ZmtpEncoderBenchmark.BareReceiver();
        benchmark.bare(messages, bare);
        ZmtpEncoderBenchmark.Ours ours = new ZmtpEncoderBenchmark.Ours();
        ours.security = ZmtpSecurity.NULL;
        ours.connect();
        benchmark.ours(messages, ours);
        ZmtpEncoderBenchmark.NettyZmtpEncoder nettyZmtp = new ZmtpEncoderBenchmark.NettyZmtpEncoder();
        nettyZmtp.connect(messages);
        benchmark.nettyZmtp(messages, nettyZmtp);
        assertEquals(bare.octets, ours.pair.wire.octets);
        assertEquals(bare.octets, nettyZmtp.codec.encode());
        nettyZmtp.disconnect();
        ours.disconnect();
        messages.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 40_000})
    void shouldWriteWhatTheBareLoopReads(int length) {
        List<Integer> lengths = new ArrayList<>();
        List<ByteBuf> written = new ArrayList<>();
        ByteBuf body = ByteBufAllocator.DEFAULT.buffer().writeZero(length);
        BareLoop.encode(body, 300, ByteBufAllocator.DEFAULT, written::add);
        assertEquals(length > 200, written.size() > 1, "buffers " + written.size());
        for (ByteBuf out : written) {
            BareLoop.decode(out, message -> {
                lengths.add(message.body().readableBytes());
                message.body().release();
            });
            assertEquals(0, out.refCnt());
        }
        assertEquals(Collections.nCopies(300, length), lengths);
        assertEquals(1, body.refCnt());
        body.release();
    }

    @Test
    void shouldSendFromPipelineToPipeline() throws IOException {
        try (PeerProcess pair = PeerProcess.startZmtp(folder.resolve("socket"))) {
            shouldMeasure(pair);
        }
    }

    @Test
    void shouldSendWithNettyZmtp() throws IOException {
        try (PeerProcess pair = PeerProcess.startNettyZmtp(folder.resolve("socket"))) {
            shouldMeasure(pair);
        }
    }

    @Test
    void shouldSendWithLibzmq() throws IOException {
        assumeTrue(Files.exists(PeerProcess.besideClasses("zmqpeer")), "zmqpeer.c is not built (-DskipNative)");
        try (PeerProcess pair = PeerProcess.startLibzmq(folder.resolve("socket"))) {
            shouldMeasure(pair);
        }
    }

    private static void shouldMeasure(PeerProcess pair) throws IOException {
        for (int i = 0; i < 2; i++) {
            String[] answer = pair.run("stream 64 200");
            assertTrue(Long.parseLong(answer[1]) > 64, answer[1]);
            assertTrue(Long.parseLong(answer[2]) > 0, answer[2]);
        }
    }

    @ParameterizedTest
    @EnumSource(ZmtpSecurity.class)
    void shouldMeasureEveryContenderThatKnowsTheMechanism(ZmtpSecurity security) {
        assertEquals(security == ZmtpSecurity.NULL ? 7 : 3, ZmtpBench.cells(security, 64).size());
    }

    @Test
    void shouldCompareWithinARound() {
        ZmtpResults results = new ZmtpResults();
        Cell ours = new Cell("decode", ZmtpSecurity.NULL, 64, "ours");
        for (double slowness : new double[] {1, 10, 2}) {
            results.add(ours, 40 / slowness, 32);
            results.add(ours.with("bare"), 50 / slowness, 56);
        }
        assertEquals(new Spread(0.8, 0.8, 0.8), results.ratio(ours, ours.with("bare")));
        assertEquals(32, results.allocated(ours));
        String table = results.table();
        assertTrue(table.lines().anyMatch(line -> line.matches(
                "decode 64 B NULL +20\\.00 +- +25\\.00 +- +0\\.80 \\(0\\.80\\.\\.0\\.80\\) +- +32\\.0 .*")), table);
    }

    @Test
    void shouldRefuseUnknownOptions() {
        assertThrows(IllegalArgumentException.class, () -> ZmtpBench.Plan.of("--fast"));
        assertTrue(ZmtpBench.Plan.of("").rounds() >= 5);
    }
}
