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

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A datagram channel's last handler, which keeps what came. */
@ChannelHandler.Sharable
class Datagrams extends ChannelInboundHandlerAdapter {

    /** The names of the events other than reads, in order. */
    final List<String> log = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        log.add("active");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        log.add("inactive");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        VmciDatagramPacket packet = (VmciDatagramPacket) message;
        try {
            received.add(new Received(packet.sender(), packet.recipient(), ByteBufUtil.getBytes(packet.content())));
        } finally {
            packet.release();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        log.add(ctx.channel().isWritable() ? "writable" : "not writable");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failures.add(cause);
    }

    /** Returns the next datagram. */
    Received take() throws Exception {
        return taken(received, "datagram");
    }

    /** Returns the next datagram's text. */
    String text() throws Exception {
        return take().text();
    }

    Throwable failure() throws Exception {
        return taken(failures, "exception");
    }

    /** Waits until these are the events. */
    void awaitLog(String... events) throws Exception {
        Waits.until(List.of(events) + " instead of " + log, () -> log.equals(List.of(events)));
    }

    int waiting() {
        return received.size();
    }

    boolean isEmpty() {
        return received.isEmpty() && failures.isEmpty();
    }

    private <T> T taken(BlockingQueue<T> queue, String what) throws Exception {
        T next = queue.poll(Waits.SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new TimeoutException("no " + what + "; " + log + ", " + failures);
        }
        return next;
    }

    /** A datagram. */
    record Received(VmciAddress sender, VmciAddress recipient, byte[] content) {

        String text() {
            return new String(content, StandardCharsets.UTF_8);
        }
    }
}
