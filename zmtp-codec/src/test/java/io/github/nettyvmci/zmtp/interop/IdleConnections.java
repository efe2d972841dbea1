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
package io.github.nettyvmci.zmtp.interop;

import io.github.nettyvmci.transport.VmciDomainSocketChannel;
import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.transport.VmciServerDomainSocketChannel;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.github.nettyvmci.zmtp.security.PlainMechanism;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.internal.PlatformDependent;

import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Measures what idle connections cost a server: heap and direct memory in use before and after so many peers have
 * authenticated and fallen silent. The peers are in a process of their own, which this program starts. {@code
 * script/memory} runs it.
 */
public final class IdleConnections {

    private static final int TIMEOUT_SECONDS = 300;
    private static final String PASSWORD = "secret";

    private IdleConnections() {
    }

    /**
     * Measures, or is the other process.
     *
     * @param args how many connections, and NULL, PLAIN or CURVE; the peers also get the endpoint and the server's key
     * @throws Exception if something fails, or takes too long
     */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        if (args.length > 2) {
            connect(count, args[1], args[2], args[3]);
        } else {
            measure(count, args[1]);
        }
    }

    private static void measure(int count, String mechanism) throws Exception {
        CurveKeyPair keys = CurveKeyPair.generate();
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.ROUTER);
        if (mechanism.equals("PLAIN")) {
            builder.mechanism(PlainMechanism.server()).zapHandler(ZapHandlers.plain(Map.of("admin", PASSWORD)));
        } else if (mechanism.equals("CURVE")) {
            builder.mechanism(CurveMechanism.server(keys)).zapHandler(ZapHandlers.allowAll());
        } else {
            builder.zapHandler(ZapHandlers.allowAll());
        }
        CountDownLatch authenticated = new CountDownLatch(count);
        String path = Peer.newSocketPath().toString();
        EventLoopGroup group = new VmciEventLoopGroup(1);
        Channel server = new ServerBootstrap().group(group).channel(VmciServerDomainSocketChannel.class)
                .childHandler(initializer(builder, authenticated::countDown)).bind(new DomainSocketAddress(path))
                .sync().channel();
        Process one = start(1, mechanism, path, keys);
        await(() -> authenticated.getCount() < count, one);
        stop(one); // now classes are loaded and pools are set up
        long heap = heapInUse();
        long direct = PlatformDependent.usedDirectMemory();
        Process peers = start(count - 1, mechanism, path, keys);
        try {
            await(() -> authenticated.getCount() == 0, peers);
            long heapNow = heapInUse() - heap;
            long directNow = PlatformDependent.usedDirectMemory() - direct;
            System.out.printf("%s: %d idle authenticated connections: heap %d KiB (%d octets each), direct %d KiB"
                    + " (%d octets each)%n", mechanism, count - 1, heapNow >> 10, heapNow / (count - 1),
                    directNow >> 10, directNow / (count - 1));
        } finally {
            stop(peers);
            server.close().sync();
            group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    private static ChannelInitializer<Channel> initializer(ZmtpCodecBuilder builder, Runnable onAuthenticated) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel ch) {
                ch.pipeline().addLast(builder.build(), new ChannelInboundHandlerAdapter() {
                    @Override
                    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                        if (event instanceof ZmtpHandshakeCompleted) {
                            onAuthenticated.run();
                        } else if (event instanceof ZmtpHandshakeFailed failed) {
                            failed.cause().printStackTrace();
                        }
                    }
                });
            }
        };
    }

    private static Process start(int count, String mechanism, String path, CurveKeyPair keys) throws Exception {
        return new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-Xmx512m", "-cp",
                System.getProperty("java.class.path"), IdleConnections.class.getName(), Integer.toString(count),
                mechanism, path, keys.publicKeyText()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    /** The peers end when their input does. */
    private static void stop(Process peers) throws Exception {
        peers.getOutputStream().close();
        if (!peers.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            peers.destroyForcibly();
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, Process peers) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!condition.holds()) {
            if (System.nanoTime() > end || peers.waitFor(10, TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException(peers.isAlive() ? "peers: not authenticated after " + TIMEOUT_SECONDS
                        + " s" : "peers: ended with status " + peers.exitValue());
            }
        }
    }

    private static void connect(int count, String mechanism, String path, String serverKey) throws Exception {
        ZmtpCodecBuilder builder = ZmtpCodec.builder(ZmtpSocketType.DEALER);
        if (mechanism.equals("PLAIN")) {
            builder.mechanism(PlainMechanism.client("admin", PASSWORD));
        } else if (mechanism.equals("CURVE")) {
            builder.mechanism(CurveMechanism.client(CurveKeyPair.generate(), serverKey));
        }
        EventLoopGroup group = new VmciEventLoopGroup(1);
        Semaphore underWay = new Semaphore(50); // within the server's backlog
        Bootstrap bootstrap = new Bootstrap().group(group).channel(VmciDomainSocketChannel.class)
                .handler(initializer(builder, underWay::release));
        for (int i = 0; i < count; i++) {
            underWay.acquire();
            bootstrap.connect(new DomainSocketAddress(path)).sync();
        }
        while (System.in.read() >= 0) {
            // waits until the parent closes this input
        }
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
    }

    /** Returns the heap in use, after as many garbage collections as still change it. */
    private static long heapInUse() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            System.gc();
            long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            if (now > used - 100_000) {
                return Math.min(now, used);
            }
            used = now;
        }
        return used;
    }
}
