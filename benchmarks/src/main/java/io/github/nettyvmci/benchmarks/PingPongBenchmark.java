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

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
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

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/**
 * A round trip with both ends on one event loop: no thread ever waits for another, so what is left is the work of both
 * ends, and what it allocates ({@code -prof gc}).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 10, time = 1)
public class PingPongBenchmark {

    /** The round trips of an operation, so many that starting them from another thread does not count. */
    static final int ROUND_TRIPS = 4096;

    /** The transport to measure. */
    @Param({"VMCI", "EPOLL", "NIO"})
    public Contender contender;

    /** The size of a message, in bytes. */
    @Param({"64", "1024", "16384", "65536", "1048576"})
    public int size;

    private final SynchronousQueue<Object> ended = new SynchronousQueue<>();
    private Path folder;
    private EventLoopGroup group;
    private Channel client;
    private Runnable run;

    @Setup
    public void connect() throws Exception {
        folder = Files.createTempDirectory("vmci-bench");
        group = contender.newGroup();
        String path = folder.resolve("socket").toString();
        contender.bind(group, path);
        PingPongHandler handler = new PingPongHandler(size, new int[0], this::ended);
        client = contender.connect(group, path, handler);
        run = () -> handler.run(0, ROUND_TRIPS);
    }

    private void ended(Throwable cause) {
        try {
            ended.put(cause == null ? Boolean.TRUE : cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @TearDown
    public void disconnect() throws Exception {
        client.close().sync();
        group.shutdownGracefully(100, 10_000, TimeUnit.MILLISECONDS).sync();
        Files.deleteIfExists(folder.resolve("socket"));
        Files.delete(folder);
    }

    @Benchmark
    @OperationsPerInvocation(ROUND_TRIPS)
    public Object pingPong() throws Exception {
        client.eventLoop().execute(run);
        Object result = ended.take();
        if (result instanceof Throwable cause) {
            throw new IllegalStateException("ping", cause);
        }
        return result;
    }
}
