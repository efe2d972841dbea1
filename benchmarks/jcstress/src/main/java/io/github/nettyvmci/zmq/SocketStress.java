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

import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.zmq.internal.loop.LeaderLoopGroup;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Mode;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.Signal;
import org.openjdk.jcstress.annotations.State;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whole sockets with high-water marks of 1, so that every message has to wait for room, and every receiver
 * for a message: credits, hand-over between loops and threads, notifications of subscriptions, and close.
 */
public class SocketStress {

    private static final int TIMES = 50;
    /** Its loops are a context's own, but for threads that let the JVM end. */
    private static final ZmqContext CONTEXT = ZmqContext.builder().eventLoopGroup(new LeaderLoopGroup(2,
            new DefaultThreadFactory("stress", true), VmciIoHandler.newFactory())).build();
    private static final AtomicLong NAMES = new AtomicLong();

    private static ZmqSocket open(ZmqSocketType type) {
        ZmqSocketBuilder builder = CONTEXT.builder(type);
        if (type.sends()) {
            builder.option(ZmqOption.SNDHWM, 1);
        }
        if (type.receives()) {
            builder.option(ZmqOption.RCVHWM, 1);
        }
        return builder.option(ZmqOption.LINGER, java.time.Duration.ZERO).open();
    }

    private static ZmtpMessage message() {
        return ZmtpMessage.of(Unpooled.EMPTY_BUFFER);
    }

    /** Two sockets that are connected. */
    abstract static class Pair {

        final ZmqSocket bound;
        final ZmqSocket connected;

        Pair(ZmqSocketType bound, ZmqSocketType connected) {
            this("inproc://", bound, connected);
        }

        Pair(String scheme, ZmqSocketType bound, ZmqSocketType connected) {
            String endpoint = scheme + "stress-" + ProcessHandle.current().pid() + '-' + NAMES.incrementAndGet();
            this.bound = open(bound);
            this.connected = open(connected);
            this.bound.bind(endpoint);
            this.connected.connect(endpoint);
        }

        void receiveAll() throws InterruptedException {
            for (int i = 0; i < TIMES; i++) {
                bound.receive().release();
            }
            close();
        }

        void sendAll() throws InterruptedException {
            for (int i = 0; i < TIMES; i++) {
                connected.send(message());
            }
        }

        void close() {
            connected.close();
            bound.close();
        }
    }

    /** A thread that sends and one that receives. */
    @JCStressTest(Mode.Termination)
    @Description("Every send gets a credit in the end, and every receive a message.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "all came")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a sender waits for a credit, or a receiver for a message")
    @State
    public static class Messages extends Pair {

        Messages() {
            super(ZmqSocketType.PULL, ZmqSocketType.PUSH);
        }

        @Actor
        void receiver() throws InterruptedException {
            receiveAll();
        }

        @Signal
        void sender() throws InterruptedException {
            sendAll();
        }
    }

    /** The same over ipc, where the loop of a connection may be another than that of its socket. */
    @JCStressTest(Mode.Termination)
    @Description("The same over ipc: a connection that stopped reading goes on.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "all came")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a sender waits for a credit, or a receiver for a message")
    @State
    public static class MessagesOverIpc extends Pair {

        MessagesOverIpc() {
            super("ipc://@", ZmqSocketType.PULL, ZmqSocketType.PUSH);
        }

        @Actor
        void receiver() throws InterruptedException {
            receiveAll();
        }

        @Signal
        void sender() throws InterruptedException {
            sendAll();
        }
    }

    /** Subscriptions, whose notifications take the places of messages. */
    @JCStressTest(Mode.Termination)
    @Description("Notifications of subscriptions take the places of a queue, and all arrive.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "all came")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "a place is counted twice, or never given back")
    @State
    public static class Notifications extends Pair {

        Notifications() {
            super(ZmqSocketType.XPUB, ZmqSocketType.XSUB);
        }

        @Actor
        void publisher() throws InterruptedException {
            receiveAll();
        }

        @Signal
        void subscriber() throws InterruptedException {
            for (int i = 0; i < TIMES; i++) {
                connected.send(new byte[] {1, (byte) i}); // messages could be dropped, as the pattern says
            }
        }
    }

    /** A thread that sends, and one that closes the socket. */
    @JCStressTest(Mode.Termination)
    @Description("A send on a socket that another thread closes ends, wherever it is.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the send ended")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the send waits for ever")
    @State
    public static class CloseAgainstSend extends Pair {

        CloseAgainstSend() {
            super(ZmqSocketType.PULL, ZmqSocketType.PUSH);
        }

        @Actor
        void sender() throws InterruptedException {
            try {
                for (;;) {
                    connected.send(message());
                }
            } catch (ZmqException e) {
                if (e.error() != ZmqError.CLOSED) {
                    throw e;
                }
            }
            bound.close();
        }

        @Signal
        void closer() {
            connected.close();
        }
    }

    /** A thread that receives, and one that closes the socket. */
    @JCStressTest(Mode.Termination)
    @Description("A receive on a socket that another thread closes ends.")
    @Outcome(id = "TERMINATED", expect = Expect.ACCEPTABLE, desc = "the receive ended")
    @Outcome(id = "STALE", expect = Expect.FORBIDDEN, desc = "the receive waits for ever")
    @State
    public static class CloseAgainstReceive extends Pair {

        CloseAgainstReceive() {
            super(ZmqSocketType.PULL, ZmqSocketType.PUSH);
        }

        @Actor
        void receiver() throws InterruptedException {
            try {
                for (;;) {
                    bound.receive().release();
                }
            } catch (ZmqException e) {
                if (e.error() != ZmqError.CLOSED) {
                    throw e;
                }
            }
            connected.close();
        }

        @Signal
        void closer() throws InterruptedException {
            connected.send(message());
            bound.close();
        }
    }
}
