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

import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Measures how fast one listening socket accepts from some event loops, each with a channel of its own for the socket
 * ({@link VmciServerDomainSocketChannel#duplicate()}). A process in C connects as fast as the kernel lets it, and keeps
 * its connections until all are accepted.
 */
final class AcceptRate implements AutoCloseable {

    static final String WORK = "accept from one listener";
    private static final List<String> LOOPS = List.of("one loop", "two loops");
    /** The files of both ends are open at once. */
    private static final int CONNECTIONS = 400;
    private static final int BACKLOG = 128;
    private static final long SECONDS = 60;

    private final Path path;
    private final EventLoopGroup group;
    private final PeerProcess peers;
    private final Semaphore accepted = new Semaphore(0);

    /** Measures with one loop and with two, new ones in each run; the best of so many turns is the value of a run. */
    static void measure(Path folder, int runs, int turns, Figures figures) throws Exception {
        List<String> contenders = new ArrayList<>(LOOPS);
        for (int run = 0; run < runs; run++) {
            for (String contender : contenders) {
                try (AcceptRate rate = new AcceptRate(folder, LOOPS.indexOf(contender) + 1)) {
                    for (int i = 0; i < turns; i++) {
                        rate.perSecond(); // warms up: the code gets compiled
                    }
                    double best = 0;
                    for (int i = 0; i < turns; i++) {
                        best = Math.max(best, rate.perSecond());
                    }
                    figures.add(WORK, contender, best, "1/s", Double.NaN);
                }
            }
            Collections.rotate(contenders, 1);
        }
        System.out.printf("%nConnections accepted from one listener (%d at a time)%n", CONNECTIONS);
        for (String contender : LOOPS) {
            System.out.printf("%-10s %s a second%n", contender, figures.values(WORK, contender));
        }
        System.out.printf("%s/%s %s%n", LOOPS.get(1), LOOPS.get(0), figures.ratio(WORK, LOOPS.get(1), LOOPS.get(0)));
    }

    /** Listens with so many loops, and starts the process that connects. */
    private AcceptRate(Path folder, int loops) throws Exception {
        path = folder.resolve("accept");
        group = new VmciEventLoopGroup(loops);
        ServerBootstrap bootstrap = new ServerBootstrap().group(group).option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childHandler(new Counter());
        VmciServerDomainSocketChannel first = (VmciServerDomainSocketChannel) bootstrap.clone()
                .channel(VmciServerDomainSocketChannel.class).bind(new DomainSocketAddress(path.toFile())).sync()
                .channel();
        for (int i = 1; i < loops; i++) {
            bootstrap.clone().channelFactory(first::duplicate).register().sync();
        }
        peers = PeerProcess.startC("peers", path.toString());
    }

    /** Connects and accepts; returns the connections a second, each up to its {@code channelActive}. */
    private double perSecond() throws IOException, InterruptedException {
        long begun = System.nanoTime();
        peers.begin("bare " + CONNECTIONS);
        if (!accepted.tryAcquire(CONNECTIONS, SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("accepted: " + accepted.availablePermits() + " connections in " + SECONDS
                    + " s (expected: " + CONNECTIONS + ')');
        }
        double nanos = System.nanoTime() - begun;
        peers.end("bare " + CONNECTIONS);
        peers.run("close 0");
        return CONNECTIONS / nanos * 1e9;
    }

    @ChannelHandler.Sharable
    private final class Counter extends ChannelInboundHandlerAdapter {

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            accepted.release();
        }
    }

    @Override
    public void close() throws IOException {
        peers.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        Files.deleteIfExists(path);
    }
}
