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

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.CRC32;

/** A channel's last handler, which remembers what came: the first 64 KiB, and the count and checksum of all. */
@ChannelHandler.Sharable // a connect that is tried again makes a new channel with the same handler
class Recorder extends ChannelInboundHandlerAdapter {

    final CompletableFuture<Void> active = new CompletableFuture<>();
    final CompletableFuture<Void> inactive = new CompletableFuture<>();
    final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    final List<Throwable> failures = new ArrayList<>();
    /** The names of the events, in order. */
    private final List<String> log = new ArrayList<>();
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private final CRC32 checksum = new CRC32();
    private long bytes;
    private int messages;

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        log("active");
        active.complete(null);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        try {
            byte[] content = new byte[buffer.readableBytes()];
            buffer.readBytes(content);
            synchronized (this) {
                log("read");
                checksum.update(content);
                if (head.size() < 65536) {
                    head.writeBytes(content);
                }
                bytes += content.length;
                messages++;
                notifyAll();
            }
        } finally {
            buffer.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        log("readComplete");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        log(event.getClass().getSimpleName());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log("exception");
        synchronized (this) {
            failures.add(cause);
        }
        failure.complete(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        log("inactive");
        inactive.complete(null);
    }

    private synchronized void log(String entry) {
        log.add(entry);
        notifyAll();
    }

    synchronized List<String> log() {
        return List.copyOf(log);
    }

    synchronized int count(String entry) {
        return (int) log.stream().filter(entry::equals).count();
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized int messages() {
        return messages;
    }

    synchronized long checksum() {
        return checksum.getValue();
    }

    synchronized String text() {
        return head.toString(StandardCharsets.UTF_8);
    }

    void awaitBytes(long count) throws Exception {
        await(count + " bytes", () -> bytes >= count);
    }

    void await(String entry) throws Exception {
        await(entry, () -> log.contains(entry));
    }

    private synchronized void await(String what, java.util.function.BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Waits.SECONDS);
        while (!condition.getAsBoolean()) {
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (left <= 0) {
                throw new TimeoutException("no " + what + "; " + bytes + " bytes, " + failures + ", last events: "
                        + log.subList(Math.max(0, log.size() - 20), log.size()));
            }
            wait(left);
        }
    }
}
