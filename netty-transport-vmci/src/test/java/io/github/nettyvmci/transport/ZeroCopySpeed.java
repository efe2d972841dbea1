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
package io.github.nettyvmci.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Measures what the option ZEROCOPY_THRESHOLD brings: 512 MiB from one event loop to another over CID 1, copied or not,
 * in turn. Arguments: the bytes of each write. To be run in the test VM, where it is the only program that connects.
 */
final class ZeroCopySpeed {

    private static final long OCTETS = 512L << 20;
    private static final long WINDOW = 8L << 20;
    private static final int ROUNDS = 3;

    private ZeroCopySpeed() {
    }

    public static void main(String[] sizes) throws Exception {
        if (!"1".equals(System.getenv("VMCI_TEST_VM"))) {
            throw new IllegalStateException("VMCI_TEST_VM: not set (expected: 1, as script/vm does)");
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (String size : sizes) {
                run(Integer.parseInt(size), 0);
                run(Integer.parseInt(size), 32768);
            }
        }
    }

    private static void run(int size, int threshold) throws Exception {
        var senders = new MultiThreadIoEventLoopGroup(1, VmciIoHandler.newFactory());
        var receivers = new MultiThreadIoEventLoopGroup(1, VmciIoHandler.newFactory());
        CountDownLatch received = new CountDownLatch(1);
        Channel server = new ServerBootstrap().group(receivers).channel(VmciServerChannel.class)
                .option(VmciChannelOption.BUFFER_SIZE, WINDOW)
                .childHandler(new ChannelInboundHandlerAdapter() {
                    private long left = OCTETS / size * size;

                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        ByteBuf buffer = (ByteBuf) message;
                        left -= buffer.readableBytes();
                        buffer.release();
                        if (left == 0) {
                            received.countDown();
                        }
                    }
                })
                .bind(VmciAddress.of(VmciAddress.CID_LOCAL, VmciAddress.PORT_ANY)).sync().channel();
        Channel client = new Bootstrap().group(senders).channel(VmciChannel.class)
                .option(VmciChannelOption.BUFFER_SIZE, WINDOW)
                .option(VmciChannelOption.ZEROCOPY_THRESHOLD, threshold)
                .option(ChannelOption.AUTO_READ, true)
                .handler(new ChannelInboundHandlerAdapter())
                .connect(server.localAddress()).sync().channel();
        long start = System.nanoTime();
        long before = senders.next().submit(ZeroCopySpeed::threadTime).get();
        client.eventLoop().execute(new Writer(client, size));
        received.await();
        double seconds = (System.nanoTime() - start) / 1e9;
        double busy = (senders.next().submit(ZeroCopySpeed::threadTime).get() - before) / 1e9;
        System.out.printf("%7d octets, %-10s %4.0f MB/s, %5.2f s of the sender's loop%n", size,
                threshold == 0 ? "copied:" : "zero-copy:", OCTETS / seconds / 1e6, busy);
        client.close().sync();
        senders.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        receivers.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }

    /** Returns for how many nanoseconds the calling thread had a processor, see proc(5). */
    private static long threadTime() throws IOException {
        return Long.parseLong(Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0]);
    }

    /** Writes while the channel is writable, as a handler does. */
    private static final class Writer implements Runnable {

        private final Channel channel;
        private final int size;
        private long left;

        Writer(Channel channel, int size) {
            this.channel = channel;
            this.size = size;
            left = OCTETS / size;
        }

        @Override
        public void run() {
            while (left > 0) {
                ByteBuf buffer = channel.alloc().directBuffer(size);
                buffer.setZero(0, 64).writerIndex(size); // somebody fills a header
                ChannelFuture write = channel.writeAndFlush(buffer);
                left--;
                if (!channel.isWritable() && left > 0) {
                    write.addListener(future -> run());
                    return;
                }
            }
        }
    }
}
