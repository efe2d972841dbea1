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

import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Thousands of small messages, each a packet of its own, to a socket whose application does not receive: every one is
 * there when it does. Some kernels break a connection with hundreds of small packets unread
 * (script/tests/small-packets shows it).
 */
@Tag("vmci")
@EnabledIfEnvironmentVariable(named = "VMCI_TEST_VM", matches = "1", disabledReason = "runs in the test VM")
class SmallPacketsTest extends SocketTest {

    /** With 130 octets a message more than a window of 262144 octets, and the queues of both ends. */
    private static final int COUNT = 3000;

    @Override
    String endpoint() {
        return endpoint("vmci");
    }

    /** Returns a socket that stops reading after ten messages, and never refuses to send. */
    private ZmqSocket opened(ZmqSocketType type) {
        return context.builder(type).option(ZmqOption.RCVHWM, 10).option(ZmqOption.SNDHWM, 0).open();
    }

    private static ByteBuf numbered(int number, int size) {
        return Unpooled.buffer(size).writeInt(number).writeZero(size - Integer.BYTES);
    }

    /**
     * Sends one message after the other, each when the last one was written and is a packet; once no more is written
     * within a second, because nobody reads, the rest at once.
     */
    private static void flood(ZmqSocket from, int size, ByteBuf... head) throws Exception {
        int packets = 0;
        for (int i = 0; i < COUNT; i++) {
            List<ByteBuf> parts = new ArrayList<>();
            for (ByteBuf part : head) {
                parts.add(part.copy());
            }
            parts.add(numbered(i, size));
            long before = from.metrics().messagesOut();
            from.sendAsync(ZmtpMessage.of(parts.toArray(new ByteBuf[0]))).get(SOON.toSeconds(), TimeUnit.SECONDS);
            if (i - packets < 3) { // a few may take their time on a machine that is busy
                long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
                while (from.metrics().messagesOut() == before && System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                packets += from.metrics().messagesOut() > before ? 1 : 0;
            }
        }
        System.out.println(from.type() + ": " + COUNT + " messages of " + size + " octets, the first " + packets
                + " each a packet");
        assertTrue(packets > 500, "no packets, but batches");
    }

    private static void drain(ZmqSocket to, int size) throws Exception {
        for (int i = 0; i < COUNT; i++) {
            ZmtpMessage message = to.receive(SOON);
            assertEquals(i, message == null ? "no message of " + size : number(message));
        }
        assertEquals(COUNT, to.metrics().messagesIn());
        System.out.println(to.type() + ": " + COUNT + " of " + COUNT + " received");
    }

    private static int number(ZmtpMessage message) {
        ByteBuf last = message.part(message.partCount() - 1);
        int number = last.getInt(last.readerIndex());
        message.release();
        return number;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 130, 500})
    void shouldPullAllThatWasPushed(int size) throws Exception {
        ZmqSocket pull = opened(PULL);
        ZmqSocket push = opened(PUSH);
        join(pull, push);
        flood(push, size);
        drain(pull, size);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 130, 500})
    void shouldGetAllThatWasPublished(int size) throws Exception {
        ZmqSocket pub = opened(PUB);
        ZmqSocket sub = opened(SUB);
        sub.subscribe("");
        join(pub, sub);
        await(() -> pub.topicCount() == 1);
        flood(pub, size);
        drain(sub, size);
        assertEquals(0, pub.metrics().dropped());
    }

    /** One direction, then the other. */
    @ParameterizedTest
    @ValueSource(ints = {4, 130, 500})
    void shouldRouteAllThatWasDealt(int size) throws Exception {
        ZmqSocket router = opened(ROUTER);
        ZmqSocket dealer = context.builder(DEALER).routingId("D").option(ZmqOption.RCVHWM, 10)
                .option(ZmqOption.SNDHWM, 0).open();
        join(router, dealer);
        ByteBuf id = Unpooled.copiedBuffer("D", java.nio.charset.StandardCharsets.US_ASCII);
        flood(dealer, size);
        drain(router, size);
        flood(router, size, id);
        drain(dealer, size);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 130, 500})
    void shouldAnswerAllThatWasAsked(int size) throws Exception {
        ZmqSocket rep = opened(REP);
        List<ZmqSocket> clients = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            clients.add(opened(REQ));
        }
        join(rep, clients.toArray(new ZmqSocket[0]));
        for (int round = 0; round < COUNT / 10; round++) {
            for (ZmqSocket client : clients) {
                client.sendAsync(ZmtpMessage.of(numbered(round, size))).get(SOON.toSeconds(), TimeUnit.SECONDS);
            }
            for (int i = 0; i < clients.size(); i++) {
                rep.send(rep.receive(SOON));
            }
            for (ZmqSocket client : clients) {
                assertEquals(round, number(client.receive(SOON)));
            }
        }
        assertEquals(COUNT, rep.metrics().messagesIn());
        System.out.println("REQ, REP: " + COUNT + " questions of " + size + " octets asked and answered");
    }
}
