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

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;

import java.util.concurrent.CountDownLatch;

/**
 * Measures uses of our sockets that the tool does not have. {@code loop_local_thr} receives with a message handler, and
 * {@code loop_remote_thr} sends when the send before is done, both on the socket's event loop; {@code inproc_thr} sends
 * from one thread to another within one context. {@code samples_lat} is the tool's {@code remote_lat} that prints the
 * nanoseconds of each round trip. {@code bytes_local_thr} and {@code bytes_remote_thr} are the tool's throughput
 * programs that print how many bytes the JVM allocates for each message of the second half.
 */
public final class SocketPerf {

    private SocketPerf() {
    }

    /**
     * Runs one of them.
     *
     * @param arguments the kind, the endpoint, the size of a message in bytes, and how many
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        byte[] bytes = new byte[Integer.parseInt(arguments[2])];
        long count = Long.parseLong(arguments[3]);
        try (ZmqContext context = ZmqContext.create()) {
            switch (arguments[0]) {
                case "loop_local_thr" -> {
                    ZmqSocket socket = context.open(ZmqSocketType.PULL);
                    Counter counter = new Counter(count);
                    socket.onMessage(counter::count);
                    socket.bind(arguments[1]);
                    counter.done.await();
                    print(count, counter.start);
                }
                case "loop_remote_thr" -> {
                    ZmqSocket socket = context.open(ZmqSocketType.PUSH);
                    socket.connect(arguments[1]);
                    Sender sender = new Sender(socket, bytes, count);
                    sender.start();
                    sender.done.await();
                }
                case "inproc_thr" -> {
                    ZmqSocket pull = context.open(ZmqSocketType.PULL);
                    pull.bind(arguments[1]);
                    Thread thread = new Thread(() -> sendAll(context, arguments[1], bytes, count));
                    thread.start();
                    pull.receive().release();
                    long start = System.nanoTime();
                    for (long i = 1; i < count; i++) {
                        pull.receive().release();
                    }
                    print(count, start);
                    thread.join();
                }
                case "samples_lat" -> {
                    ZmqSocket socket = context.open(ZmqSocketType.REQ);
                    socket.connect(arguments[1]);
                    new Samples((int) count).measure(() -> {
                        socket.send(ZmtpMessage.of(Unpooled.wrappedBuffer(bytes)));
                        socket.receive().release();
                    });
                }
                case "bytes_local_thr" -> {
                    ZmqSocket socket = context.open(ZmqSocketType.PULL);
                    socket.bind(arguments[1]);
                    AllocatedBytes.print(count, () -> socket.receive().release());
                }
                case "bytes_remote_thr" -> {
                    ZmqSocket socket = context.open(ZmqSocketType.PUSH);
                    socket.connect(arguments[1]);
                    // One buffer for all messages, so that what the application allocates itself does not count.
                    ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
                    AllocatedBytes.print(count, () -> socket.send(ZmtpMessage.of(payload.retain())));
                    payload.release();
                }
                default -> throw new IllegalArgumentException("kind: " + arguments[0] + " (expected: loop_local_thr,"
                        + " loop_remote_thr, inproc_thr, samples_lat, bytes_local_thr or bytes_remote_thr)");
            }
        }
    }

    private static void print(long count, long start) {
        System.out.printf("mean throughput: %d [msg/s]%n", (long) (count * 1e9 / (System.nanoTime() - start)));
    }

    private static void sendAll(ZmqContext context, String endpoint, byte[] bytes, long count) {
        try (ZmqSocket push = context.open(ZmqSocketType.PUSH)) {
            push.connect(endpoint);
            for (long i = 0; i < count; i++) {
                push.send(ZmtpMessage.of(Unpooled.wrappedBuffer(bytes)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The first message starts the clock, the last one stops it. */
    private static final class Counter {

        final CountDownLatch done = new CountDownLatch(1);
        /** The time of the first message, which other threads read after {@link #done}. */
        long start;
        private long left;

        Counter(long count) {
            left = count;
        }

        void count(ZmtpMessage message) {
            message.release();
            if (start == 0) {
                start = System.nanoTime();
            }
            if (--left == 0) {
                done.countDown();
            }
        }
    }

    /** Sends from the event loop: while sends are done at once the next one follows, else the completion goes on. */
    private static final class Sender {

        final CountDownLatch done = new CountDownLatch(1);
        private final ZmqSocket socket;
        private final byte[] bytes;
        private long left;
        private boolean sending;

        Sender(ZmqSocket socket, byte[] bytes, long count) {
            this.socket = socket;
            this.bytes = bytes;
            left = count;
        }

        void start() {
            socket.sendAsync(ZmtpMessage.of(Unpooled.wrappedBuffer(bytes))).thenRun(this::proceed);
            left--;
        }

        /** Called when a send is done; if at once, from within: then the loop goes on, so that the stack stays low. */
        private void proceed() {
            if (sending) {
                return;
            }
            sending = true;
            while (left > 0) {
                left--;
                var sent = socket.sendAsync(ZmtpMessage.of(Unpooled.wrappedBuffer(bytes)));
                if (!sent.isDone()) {
                    sending = false;
                    sent.thenRun(this::proceed);
                    return;
                }
            }
            done.countDown();
        }
    }
}
