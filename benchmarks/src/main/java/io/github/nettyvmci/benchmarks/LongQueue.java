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
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures a long outbound queue: {@link #MESSAGES} messages are written and flushed once, and leave as the peer reads.
 * The result is the processor time of the writing event loop, which has to gather the queue again whenever the kernel
 * took only a part of it.
 */
final class LongQueue implements AutoCloseable {

    static final int MESSAGES = 5000;
    private static final List<Contender> CONTENDERS = List.of(Contender.VMCI, Contender.EPOLL);

    private final List<EventLoopGroup> groups = new ArrayList<>();
    private final Map<Contender, Channel> channels = new EnumMap<>(Contender.class);
    private final List<Path> paths = new ArrayList<>();

    LongQueue(Path folder) throws Exception {
        for (Contender contender : CONTENDERS) {
            Path path = folder.resolve("queue-" + contender);
            paths.add(path);
            contender.bind(group(contender), path.toString());
            Channel channel = contender.connect(group(contender), path.toString(), new ChannelInboundHandlerAdapter());
            channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {ServerHandler.SINK})).sync();
            channels.put(contender, channel);
        }
    }

    private EventLoopGroup group(Contender contender) {
        EventLoopGroup group = contender.newGroup();
        groups.add(group);
        return group;
    }

    /**
     * Returns the microseconds of each of the runs; a run's value is its best turn.
     *
     * @param size of the messages in bytes
     */
    Map<Contender, List<Double>> measure(int size, int runs, int turns) throws Exception {
        Map<Contender, List<Double>> best = new EnumMap<>(Contender.class);
        for (Contender contender : CONTENDERS) {
            best.put(contender, new ArrayList<>());
            for (int i = 0; i < turns; i++) {
                micros(contender, size); // warms up: the code gets compiled
            }
        }
        for (int run = 0; run < runs; run++) {
            Map<Contender, Double> least = new EnumMap<>(Contender.class);
            for (int turn = 0; turn < turns; turn++) {
                List<Contender> order = new ArrayList<>(CONTENDERS);
                Collections.rotate(order, run + turn);
                for (Contender contender : order) {
                    least.merge(contender, micros(contender, size), Math::min);
                }
            }
            least.forEach((contender, value) -> best.get(contender).add(value));
        }
        return best;
    }

    /** Returns the processor time of one such queue, in microseconds. */
    private double micros(Contender contender, int size) throws Exception {
        Channel channel = channels.get(contender);
        ByteBuf payload = channel.alloc().directBuffer(size).writeZero(size);
        try {
            long thread = channel.eventLoop().submit(() -> Thread.currentThread().getId()).get();
            long before = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
            ChannelFuture last = channel.eventLoop().submit(() -> {
                for (int i = 1; i < MESSAGES; i++) {
                    channel.write(payload.retainedDuplicate(), channel.voidPromise());
                }
                return channel.writeAndFlush(payload.retainedDuplicate());
            }).get();
            last.sync();
            return (ManagementFactory.getThreadMXBean().getThreadCpuTime(thread) - before) / 1e3;
        } finally {
            payload.release();
        }
    }

    @Override
    public void close() throws IOException {
        for (EventLoopGroup group : groups) {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
        }
        for (Path path : paths) {
            Files.deleteIfExists(path);
        }
    }
}
