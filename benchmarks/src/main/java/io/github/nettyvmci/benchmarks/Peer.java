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

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One end of a measurement, in a process of its own; {@code peer.c} is the same in C, and understands the same.
 *
 * <p>On standard output first {@code ready TID}, TID being the thread to pin and to trace. A server then serves until
 * its standard input ends. A client obeys the lines of its standard input, each with a connection of its own and a line
 * as answer:
 * <pre>
 * ping SIZE MILLIS COUNT     ends after the time or the count; answer: ping COUNT MEDIAN-NANOS P99-NANOS
 * stream SIZE MILLIS         answer: stream BYTES NANOS
 * </pre>
 */
public final class Peer {

    private static final int MAX_SAMPLES = 1 << 20;
    private static final long GRACE_SECONDS = 60;

    private final Contender contender;
    private final String path;
    private final EventLoopGroup group;
    private final int[] samples = new int[MAX_SAMPLES];

    private Peer(Contender contender, String path) {
        this.contender = contender;
        this.path = path;
        group = contender.newGroup();
    }

    /**
     * Runs it.
     *
     * @param arguments {@code server} or {@code client}, the {@link Contender}, the socket's path
     * @throws Exception if anything fails
     */
    public static void main(String[] arguments) throws Exception {
        Peer peer = new Peer(Contender.valueOf(arguments[1].toUpperCase(Locale.ROOT)), arguments[2]);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        if (arguments[0].equals("server")) {
            peer.contender.bind(peer.group, peer.path);
        }
        System.out.println("ready " + peer.threadId());
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            String[] words = line.split(" ");
            int size = Integer.parseInt(words[1]);
            long nanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[2]));
            System.out.println(words[0].equals("ping") ? peer.ping(size, nanos, Long.parseLong(words[3]))
                    : peer.stream(size, nanos));
        }
        peer.group.shutdownGracefully(100, 10_000, TimeUnit.MILLISECONDS).sync();
    }

    /** The kernel's number for the event loop's thread. */
    private String threadId() throws Exception {
        Callable<Path> threadSelf = () -> Files.readSymbolicLink(Path.of("/proc/thread-self"));
        return group.submit(threadSelf).get().getFileName().toString();
    }

    private String ping(int size, long nanos, long count) throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        PingPongHandler handler = new PingPongHandler(size, samples, cause -> {
            if (cause == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(cause);
            }
        });
        Channel channel = contender.connect(group, path, handler);
        channel.eventLoop().execute(() -> handler.run(nanos, count));
        done.get(TimeUnit.NANOSECONDS.toSeconds(nanos) + GRACE_SECONDS, TimeUnit.SECONDS);
        channel.close().sync();
        int kept = (int) Math.min(handler.done(), MAX_SAMPLES);
        Arrays.sort(samples, 0, kept);
        return "ping " + handler.done() + ' ' + samples[kept / 2] + ' ' + samples[(int) (kept * 99L / 100)];
    }

    private String stream(int size, long nanos) throws Exception {
        CompletableFuture<StreamHandler.Result> result = new CompletableFuture<>();
        Channel channel = contender.connect(group, path, new StreamHandler(size, nanos, result));
        StreamHandler.Result received =
                result.get(TimeUnit.NANOSECONDS.toSeconds(nanos) + GRACE_SECONDS, TimeUnit.SECONDS);
        channel.closeFuture().sync();
        return "stream " + received.bytes() + ' ' + received.nanos();
    }
}
