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

import static io.github.nettyvmci.zmq.ZmqSocketType.CHANNEL;
import static io.github.nettyvmci.zmq.ZmqSocketType.CLIENT;
import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.DISH;
import static io.github.nettyvmci.zmq.ZmqSocketType.GATHER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PEER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.RADIO;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SCATTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SERVER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XSUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Fair queuing (RFC 28, RFC 30), which takes turns over the peers that have messages, and the high-water marks. */
class TurnTest extends SocketTest {

    private static final int PEERS = 5;
    private static final int EACH = 100;

    /** The types of a receiver and of its senders. */
    enum Receiver {
        PULL_PUSH(PULL, PUSH), GATHER_SCATTER(GATHER, SCATTER), SUB_PUB(SUB, PUB), XSUB_XPUB(XSUB, XPUB),
        DISH_RADIO(DISH, RADIO), DEALER_DEALER(DEALER, DEALER), ROUTER_DEALER(ROUTER, DEALER), REP_DEALER(REP, DEALER),
        SERVER_CLIENT(SERVER, CLIENT), PEER_PEER(PEER, PEER);

        final ZmqSocketType type;
        final ZmqSocketType peer;

        Receiver(ZmqSocketType type, ZmqSocketType peer) {
            this.type = type;
            this.peer = peer;
        }
    }

    /** Sends to a group until the radio knows that the dish is in it, before which it drops all, and takes the rest. */
    private static void greet(ZmqSocket radio, ZmqSocket dish) throws InterruptedException {
        int sent = 0;
        ZmtpMessage first;
        do {
            send(radio, "g", "first " + ++sent);
            first = dish.receive(NEVER);
        } while (first == null);
        // Nothing is dropped from the first on that came, so the last comes too, however late.
        for (String text = texts(first).get(1); !text.equals("first " + sent);) {
            text = receive(dish).get(1);
        }
        settle(dish);
        expectNothing(dish); // the radio leaves its place in line when it is found without a message
    }

    /** Peers that have sent all their messages, and a receiver that has taken none of them. */
    private ZmqSocket crowd(Receiver kind, String scheme) throws InterruptedException {
        ZmqSocket receiver = open(kind.type);
        if (kind.type == SUB) {
            receiver.subscribe("");
        } else if (kind.type == DISH) {
            receiver.join("g");
        }
        String endpoint = receiver.bind(endpoint(scheme));
        List<ZmqSocket> peers = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < PEERS; i++) {
            ZmqSocket peer = open(kind.peer);
            peers.add(peer);
            if (peer.type() == PEER) {
                numbers.add(peer.connectPeer(endpoint));
            } else {
                peer.connect(endpoint);
                numbers.add(0);
            }
            if (kind.type == XSUB) {
                await(() -> receiver.metrics().peers().size() == peers.size());
                send(receiver, "\u0001");
            }
            if (kind.peer == PUB || kind.peer == XPUB) {
                await(() -> peer.topicCount() == 1);
            } else if (kind.peer == RADIO) {
                await(() -> receiver.metrics().peers().size() == peers.size());
                greet(peer, receiver);
            }
        }
        for (int i = 0; i < PEERS; i++) {
            ZmqSocket peer = peers.get(i);
            String name = String.valueOf((char) ('A' + i));
            for (int m = 0; m < EACH; m++) {
                if (kind.peer == RADIO) {
                    send(peer, "g", name);
                } else if (kind.type == REP) {
                    send(peer, "", name);
                } else if (kind.peer == PEER) {
                    peer.send(ZmtpMessage.of(Unpooled.copyInt(numbers.get(i)),
                            Unpooled.wrappedBuffer(name.getBytes())));
                } else {
                    send(peer, name);
                }
            }
            int sent = (i + 1) * EACH;
            await(() -> receiver.metrics().waitingIn() == sent); // the order of arrival is then known
        }
        return receiver;
    }

    @ParameterizedTest
    @EnumSource
    void shouldTakeOneOfEachPeerInTurn(Receiver kind) throws Exception {
        ZmqSocket receiver = crowd(kind, "ipc");
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < PEERS * EACH; i++) {
            ZmtpMessage message = receiver.receive(SOON);
            assertNotNull(message, "after " + i);
            order.append(message.text(message.partCount() - 1));
            message.release();
            if (kind.type == REP) {
                send(receiver, "");
            }
        }
        assertEquals("ABCDE".repeat(EACH), order.toString());
    }

    @Test
    void shouldTakeFuturesAndHandlersInTurnToo() throws Exception {
        ZmqSocket receiver = crowd(Receiver.PULL_PUSH, "tcp");
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < PEERS * EACH / 2; i++) {
            ZmtpMessage message = receiver.receiveAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            order.append(message.text(0));
            message.release();
        }
        CompletableFuture<Void> all = new CompletableFuture<>();
        receiver.onMessage(message -> {
            order.append(message.text(0));
            message.release();
            if (order.length() == PEERS * EACH) {
                all.complete(null);
            }
        });
        all.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals("ABCDE".repeat(EACH), order.toString());
    }

    @Test
    void shouldNotLetAFloodHoldUpAQuietPeer() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket flood = open(PUSH);
        ZmqSocket quiet = open(PUSH);
        String endpoint = pull.bind(endpoint("ipc"));
        connect(flood, endpoint);
        connect(quiet, endpoint);
        await(() -> pull.metrics().peers().size() == 2);
        for (int i = 0; i < 500; i++) {
            send(flood, "flood");
        }
        await(() -> pull.metrics().waitingIn() == 500);
        for (int i = 0; i < 10; i++) {
            expect(pull, "flood");
        }
        send(quiet, "quiet");
        await(() -> pull.metrics().messagesIn() == 501);
        settle(pull);
        expect(pull, "flood");
        expect(pull, "quiet");
    }

    /** A connection holds as many messages as both marks together, which libzmq's test_hwm checks, too. */
    @ParameterizedTest
    @CsvSource({"2,2", "1,1", "2000,1000", "10,3"})
    void shouldHoldAsManyAsBothMarks(int sendMark, int receiveMark) throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, receiveMark).open();
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, sendMark).open();
        join(pull, push);
        for (int round = 0; round < 2; round++) {
            fill(push, sendMark + receiveMark);
            await(() -> pull.metrics().waitingIn() == receiveMark);
            for (int i = 0; i < sendMark + receiveMark; i++) {
                expect(pull, "m");
            }
        }
        expectNothing(pull);
    }

    /** Notifications of subscriptions count towards RCVHWM while they wait, and give back no more than they took. */
    @ParameterizedTest
    @ValueSource(ints = {3, 100})
    void shouldHoldAsManyAsBothMarksBesideNotifications(int subscriptions) throws Exception {
        ZmqSocket xpub = context.builder(ZmqSocketType.XPUB).option(ZmqOption.RCVHWM, 10).open();
        ZmqSocket xsub = context.builder(XSUB).option(ZmqOption.SNDHWM, 5).open();
        join(xpub, xsub);
        for (int i = 0; i < subscriptions; i++) {
            send(xsub, "\u0001" + i);
        }
        for (int i = 0; i < subscriptions; i++) {
            expect(xpub, "\u0001" + i);
        }
        for (int i = 0; i < 100; i++) {
            send(xsub, "m");
        }
        await(() -> xpub.metrics().waitingIn() + xsub.metrics().waitingOut() + xsub.metrics().dropped() == 100);
        assertEquals(85, xsub.metrics().dropped());
        for (int i = 0; i < 15; i++) {
            expect(xpub, "m");
        }
        for (int i = 0; i < 15; i++) {
            send(xsub, "again");
        }
        for (int i = 0; i < 15; i++) {
            expect(xpub, "again");
        }
    }

    /** Sends as many as there is room for, however long the loop takes to give it, and checks that no more fit. */
    private static void fill(ZmqSocket push, int room) throws InterruptedException {
        for (int i = 0; i < room; i++) {
            send(push, "m");
        }
        ZmtpMessage more = ZmtpMessage.ofText("m");
        assertFalse(push.offer(more, Duration.ofMillis(300)), "more than " + room);
        more.release();
    }

    @Test
    void shouldHoldNoMoreThanTheMarkWithoutWaiting() throws Exception {
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 5).open();
        connect(push, "inproc://nobody");
        for (int i = 0; i < 5; i++) {
            assertTrue(push.offer(ZmtpMessage.ofText("m"), Duration.ZERO));
        }
        ZmtpMessage left = ZmtpMessage.ofText("m");
        assertFalse(push.offer(left, Duration.ZERO));
        left.release();
    }

    @ParameterizedTest
    @EnumSource(names = {"PULL_PUSH", "DEALER_DEALER", "REP_DEALER", "ROUTER_DEALER"})
    void shouldFindAtOnceWhatWasSentWithinTheProcess(Receiver kind) throws Exception {
        ZmqSocket receiver = open(kind.type);
        ZmqSocket peer = open(kind.peer);
        join(receiver, peer);
        for (int i = 0; i < 1000; i++) {
            if (kind.type == REP) {
                send(peer, "", "m" + i);
            } else {
                send(peer, "m" + i);
            }
            ZmtpMessage message = receiver.receive(Duration.ZERO);
            assertNotNull(message, "missed " + i);
            assertEquals("m" + i, message.text(message.partCount() - 1));
            message.release();
            if (kind.type == REP) {
                send(receiver, "");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PAIR", "CHANNEL"})
    void shouldFindAtOnceWhatAPairSent(ZmqSocketType type) throws Exception {
        ZmqSocket one = open(type == PAIR ? PAIR : CHANNEL);
        ZmqSocket other = open(type);
        other.connect(one.bind(endpoint()));
        send(other, "m");
        ZmtpMessage message = one.receive(Duration.ZERO);
        assertEquals(List.of("m"), texts(message));
    }
}
