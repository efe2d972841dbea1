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
package io.github.nettyvmci.zmtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * One codec fed with one input of the fuzzer, checked on the way for what must hold whatever a peer sends: failures are
 * typed and come once, they close the channel, memory follows what arrived and not what was announced, and none of it
 * is left.
 */
final class FuzzRun {

    /** Octets that may be held besides twice what was fed: for a greeting, a short frame, the parts of a message. */
    private static final int OVERHEAD = 4096;

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false, true);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final StringBuilder inbound = new StringBuilder();
    private final StringBuilder outbound = new StringBuilder();
    private final boolean autoRead;
    private int failures;
    private int inactives;
    private long fed;

    private FuzzRun(FuzzScenario.Setup setup, boolean autoRead) {
        this.autoRead = autoRead;
        channel.freezeTime();
        channel.config().setAllocator(alloc);
        channel.config().setAutoRead(autoRead);
        channel.pipeline().addLast(setup.builder().build());
        channel.pipeline().addLast(new Receiver());
        feed(setup.opening(), 0, setup.opening().length);
    }

    /** Feeds everything in one read. */
    static FuzzRun whole(FuzzScenario.Setup setup) {
        FuzzRun run = new FuzzRun(setup, true);
        run.feed(setup.input(), 0, setup.input().length);
        run.end(setup);
        return run;
    }

    /** Feeds reads cut by {@code seed}, 0 being octet by octet; odd seeds read without autoRead, message by message. */
    static FuzzRun cut(FuzzScenario.Setup setup, int seed) {
        FuzzRun run = new FuzzRun(setup, (seed & 1) == 0);
        Random random = new Random(seed);
        byte[] input = setup.input();
        for (int from = 0; from < input.length;) {
            int to = seed == 0 ? from + 1 : Math.min(input.length, from + 1 + random.nextInt(seed));
            run.feed(input, from, to);
            from = to;
        }
        run.end(setup);
        return run;
    }

    /**
     * Checks that how the input was cut into reads made no difference. After a failure the last octets sent may be
     * missing: what an input made the codec say goes out at the end of a read, if there still is a connection then.
     */
    static void checkSame(FuzzRun one, FuzzRun other) {
        String sent = one.outbound.toString();
        String otherSent = other.outbound.toString();
        boolean same = one.failures == 0 ? sent.equals(otherSent)
                : sent.startsWith(otherSent) || otherSent.startsWith(sent);
        if (!same || !one.inbound.toString().equals(other.inbound.toString())) {
            throw new AssertionError(one.transcript() + "\ncut differently:\n" + other.transcript());
        }
    }

    String transcript() {
        return inbound + "sent " + outbound;
    }

    private void feed(byte[] input, int from, int to) {
        channel.runPendingTasks();
        if (!channel.isOpen() || from == to) {
            return;
        }
        fed += to - from;
        channel.writeInbound(alloc.buffer(to - from).writeBytes(input, from, to - from));
        takeSent();
        long held = alloc.metric().usedHeapMemory() + alloc.metric().usedDirectMemory();
        check(held <= 2 * fed + OVERHEAD, "octets held: " + held + " after " + fed + " fed");
    }

    private void takeSent() {
        if (channel.isOpen()) {
            channel.flushOutbound();
        }
        for (ByteBuf sent = channel.readOutbound(); sent != null; sent = channel.readOutbound()) {
            outbound.append(ByteBufUtil.hexDump(sent));
            sent.release();
        }
    }

    private void end(FuzzScenario.Setup setup) {
        setup.last().run();
        if (failures > 0) {
            channel.advanceTimeBy(2, TimeUnit.SECONDS); // the channel closes one second after a refusal
            channel.runScheduledPendingTasks();
        }
        check(failures == 0 || !channel.isOpen(), "open after a failure");
        int before = failures;
        takeSent();
        channel.close();
        channel.runPendingTasks();
        takeSent();
        check(inactives == 1, "channelInactive " + inactives + " times");
        check(failures <= 1, "failures: " + failures + ", " + before + " of them before the end");
        check(alloc.metric().usedHeapMemory() == 0 && alloc.metric().usedDirectMemory() == 0, "leaked: "
                + alloc.metric());
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise + "\n" + transcript());
        }
    }

    private void failed(Throwable cause) {
        failures++;
        check(cause instanceof ZmtpException e && e.error() != ZmtpError.INTERNAL
                && e.error() != ZmtpError.AUTHENTICATOR_FAILED, "failed with " + cause);
        inbound.append("failed ").append(((ZmtpException) cause).error()).append('\n');
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            if (!autoRead) {
                ctx.read();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            check(failures == 0, "delivered after a failure: " + msg);
            inbound.append(Codec.text(msg)).append('\n');
            ReferenceCountUtil.release(msg);
            if (!autoRead) {
                ctx.read();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            inactives++;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof ZmtpHandshakeFailed failed) {
                failed(failed.cause());
            } else if (event instanceof ZmtpHandshakeCompleted) {
                inbound.append(event).append('\n');
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            failed(cause);
        }
    }
}
