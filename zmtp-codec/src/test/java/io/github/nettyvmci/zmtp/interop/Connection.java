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

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Our end of one connection: a codec between a handler that watches the octets and one that keeps the messages. */
final class Connection {

    private static final int TIMEOUT_SECONDS = 60;

    private final CompletableFuture<ZmtpPeer> completed = new CompletableFuture<>();
    private final CompletableFuture<ZmtpException> failed = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final LinkedBlockingQueue<Object> inbound = new LinkedBlockingQueue<>();
    private final List<Throwable> extraFailures = new ArrayList<>();
    private final Object received = new Object();
    private int reads;
    private long octetsRead;
    /** What was received after the handshake, in hex, as far as tests need it. */
    private final StringBuilder octets = new StringBuilder();
    private final CompletableFuture<Void> blocked = new CompletableFuture<>();
    private final Channel channel;
    private volatile Runnable whenWritable = () -> { };

    Connection(Channel channel, ZmtpCodecBuilder builder, boolean pausing) {
        this.channel = channel;
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                synchronized (received) {
                    reads++;
                    octetsRead += ((ByteBuf) msg).readableBytes();
                    if (completed.isDone() && octets.length() < 10_000) {
                        octets.append(ByteBufUtil.hexDump((ByteBuf) msg));
                    }
                    received.notifyAll();
                }
                ctx.fireChannelRead(msg);
            }
        }, builder.build(), new Receiver(pausing));
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {

        private final boolean pausing;

        Receiver(boolean pausing) {
            this.pausing = pausing;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ZmtpHandshakeCompleted done) {
                if (pausing) {
                    ctx.channel().config().setAutoRead(false);
                }
                completed.complete(done.peer());
            } else if (event instanceof ZmtpHandshakeFailed failure) {
                fails(failure.cause());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fails(cause);
        }

        private void fails(Throwable cause) {
            if (cause instanceof IOException) {
                return; // the transport's own report of a peer that reset the connection, beside the codec's
            }
            if (!(cause instanceof ZmtpException e) || !failed.complete(e)) {
                synchronized (extraFailures) {
                    extraFailures.add(cause);
                }
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            inbound.add(msg);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                whenWritable.run();
            } else {
                blocked.complete(null);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            closed.complete(null);
        }
    }

    Channel channel() {
        return channel;
    }

    ZmtpPeer completed() throws Exception {
        CompletableFuture.anyOf(completed, failed).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        return completed.isDone() ? completed.join() : fail(failed.join());
    }

    /** Whether the handshake completes rather than fails. */
    boolean settles() throws Exception {
        CompletableFuture.anyOf(completed, failed).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        return completed.isDone();
    }

    /** Whether the peer gives up before the handshake has succeeded or failed, or never says a word. */
    boolean isLost() throws Exception {
        if (settles()) {
            return false;
        }
        ZmtpError error = failed.join().error();
        synchronized (received) {
            return error == ZmtpError.CONNECTION_CLOSED || error == ZmtpError.HANDSHAKE_TIMEOUT && octetsRead == 0;
        }
    }

    /** Returns why the connection failed; checks that the channel closes, and that no second failure is reported. */
    ZmtpException failure() throws Exception {
        ZmtpException cause = failed.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        awaitClosed();
        synchronized (extraFailures) {
            if (!extraFailures.isEmpty()) {
                fail("also failed with " + extraFailures + " after " + cause);
            }
        }
        return cause;
    }

    boolean hasFailed() {
        return failed.isDone();
    }

    void awaitClosed() throws Exception {
        closed.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    /** Completes when more was written than is sent at once. */
    void awaitUnwritable() throws Exception {
        blocked.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    }

    void whenWritable(Runnable action) {
        whenWritable = action;
    }

    /** The next message or command. */
    @SuppressWarnings("unchecked")
    <T> T receive() throws Exception {
        Object next = inbound.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        assertNotNull(next, "nothing received; failed: " + failed);
        return (T) next;
    }

    int waiting() {
        return inbound.size();
    }

    /** Waits for that many more reads from the network. */
    void awaitReads(int more) throws InterruptedException {
        synchronized (received) {
            int enough = reads + more;
            await(() -> reads >= enough);
        }
    }

    /** Waits until that many octets have been read from the network. */
    void awaitOctets(long enough) throws InterruptedException {
        synchronized (received) {
            await(() -> octetsRead >= enough);
        }
    }

    /** Waits until these octets, in hex, have been read after the handshake. */
    void awaitOctets(String hex) throws InterruptedException {
        synchronized (received) {
            await(() -> octets.indexOf(hex) >= 0);
        }
    }

    private void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0,
                    "received " + octetsRead + " octets in " + reads + " reads: " + octets);
            received.wait(1000);
        }
    }

    void close() {
        channel.close().syncUninterruptibly();
        closed.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        for (Object left = inbound.poll(); left != null; left = inbound.poll()) {
            ReferenceCountUtil.release(left);
        }
    }
}
