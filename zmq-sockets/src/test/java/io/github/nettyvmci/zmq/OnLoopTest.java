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
package io.github.nettyvmci.zmq;

import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What code of the application that runs on the event loop sends: handlers of messages, and stages of futures. */
class OnLoopTest extends SocketTest {

    private static final int MANY = 100;

    /** The tcp transport, with counts of what connected sockets write. */
    private static final class Counted extends ForwardingTransport {

        private final AtomicInteger flushes = new AtomicInteger();
        private final AtomicInteger messages = new AtomicInteger();
        private final AtomicInteger batches = new AtomicInteger();

        Counted() {
            super(TestTransports.tcp(false));
        }

        /** Counts from now on. */
        void reset() {
            flushes.set(0);
            messages.set(0);
            batches.set(0);
        }

        @Override
        public ConnectTarget parseConnect(String endpoint, ZmqOptions now) {
            return new Connect(super.parseConnect(endpoint, now)) {
                @Override
                public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
                    return super.connect(loop, new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(handler, new Counter());
                        }
                    }, options);
                }
            };
        }

        private final class Counter extends ChannelOutboundHandlerAdapter {

            @Override
            public void write(ChannelHandlerContext ctx, Object out, ChannelPromise promise) {
                (out instanceof ZmtpBatch ? batches : messages).incrementAndGet();
                ctx.write(out, promise);
            }

            @Override
            public void flush(ChannelHandlerContext ctx) {
                flushes.incrementAndGet();
                ctx.flush();
            }
        }
    }

    private final Counted counted = new Counted();

    private ZmqContext countedContext() {
        return ZmqContext.builder().ioThreads(1).linger(Duration.ZERO).transport(counted).build();
    }

    /** A handler that answers a message with many, or passes many on, pays for a flush once, not for each. */
    @ParameterizedTest
    @CsvSource({"PUSH, PULL", "DEALER, DEALER", "PAIR, PAIR", "PUB, SUB", "ROUTER, DEALER"})
    void shouldFlushOnceForWhatAHandlerSends(ZmqSocketType type, ZmqSocketType peerType) throws Exception {
        try (ZmqContext own = countedContext()) {
            ZmqSocket far = open(peerType);
            if (peerType == SUB) {
                far.subscribe("");
            }
            if (type == ROUTER) {
                far.setOption(ZmqOption.ROUTING_ID, "far".getBytes(StandardCharsets.US_ASCII));
            }
            String there = far.bind("tcp://127.0.0.1:*");
            ZmqSocket out = own.open(type);
            out.connect(there);
            ZmqSocket in = own.open(PULL);
            String here = in.bind("tcp://127.0.0.1:*");
            await(() -> out.metrics().peers().stream().anyMatch(peer -> !peer.address().isEmpty()));
            if (type == PUB) {
                await(() -> out.topicCount() > 0);
            }
            in.onMessage(message -> {
                message.release();
                counted.reset();
                for (int i = 0; i < MANY; i++) {
                    if (type == ROUTER) {
                        out.sendAsync("far", "" + i);
                    } else {
                        out.sendAsync("" + i);
                    }
                }
            });
            ZmqSocket push = open(PUSH);
            push.connect(here);
            send(push, "go");
            for (int i = 0; i < MANY; i++) {
                expect(far, "" + i);
            }
            assertEquals(1, counted.flushes.get(), "flushes");
        }
    }

    /** One that sends the next message when the last one is gone gets batches like a thread that streams. */
    @Test
    void shouldSendBatchesOfMessagesThatFollowOneAnother() throws Exception {
        int total = 50_000;
        try (ZmqContext own = countedContext()) {
            ZmqSocket pull = open(PULL);
            ZmqSocket push = own.open(PUSH);
            push.connect(pull.bind("tcp://127.0.0.1:*"));
            CompletableFuture<Void> done = new CompletableFuture<>();
            Runnable[] next = new Runnable[1];
            int[] sent = {0};
            next[0] = () -> {
                while (sent[0] < total) {
                    CompletableFuture<Void> sending = push.sendAsync("" + sent[0]++);
                    if (!sending.isDone()) {
                        sending.thenRun(next[0]);
                        return;
                    }
                }
                done.complete(null);
            };
            push.sendAsync("begin").thenRun(next[0]); // without room at first, so this goes on on the loop
            expect(pull, "begin");
            for (int i = 0; i < total; i++) {
                expect(pull, "" + i);
            }
            done.get(SOON.toSeconds(), TimeUnit.SECONDS);
            int messages = counted.messages.get();
            int batches = counted.batches.get();
            assertTrue(messages + batches < total / 4, messages + " messages and " + batches + " batches written");
        }
    }

    /** What was sent by the loop is ordered with what it asks for afterwards, and with its close. */
    @Test
    void shouldKeepTheOrderOfWhatTheLoopDoes() throws Exception {
        ZmqSocket pair = open(PAIR);
        ZmqSocket far = open(PAIR);
        join(far, pair);
        CompletableFuture<List<Boolean>> sends = new CompletableFuture<>();
        pair.onMessage(message -> {
            message.release();
            pair.setOption(ZmqOption.SNDHWM, 7);
            CompletableFuture<Void> first = pair.sendAsync("first");
            pair.setOption(ZmqOption.SNDHWM, 8);
            CompletableFuture<Void> last = pair.sendAsync("last");
            pair.closeAsync();
            sends.complete(List.of(first.isDone(), last.isDone(), pair.sendAsync("late").isCompletedExceptionally()));
        });
        send(far, "go");
        expect(far, "first");
        expect(far, "last");
        assertEquals(List.of(true, true, true), sends.get(SOON.toSeconds(), TimeUnit.SECONDS));
        expectNothing(far);
    }
}
