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
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SCATTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SERVER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XSUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What the socket types do, the same over every transport. */
abstract class PatternsTest extends SocketTest {

    @Test
    void shouldAskAndReply() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = open(REQ);
        join(rep, req);
        for (int i = 0; i < 3; i++) {
            send(req, "question " + i, "more");
            expect(rep, "question " + i, "more");
            send(rep, "answer " + i);
            expect(req, "answer " + i);
        }
    }

    @Test
    void shouldKeepLockstep() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = open(REQ);
        join(rep, req);
        assertEquals(ZmqError.STATE, assertThrows(ZmqException.class, () -> receive(req)).error());
        assertEquals(ZmqError.STATE, assertThrows(ZmqException.class, () -> send(rep, "x")).error());
        send(req, "one");
        assertEquals(ZmqError.STATE, assertThrows(ZmqException.class, () -> send(req, "two")).error());
        expect(rep, "one");
        assertEquals(ZmqError.STATE, assertThrows(ZmqException.class, () -> receive(rep)).error());
        send(rep, "1");
        expect(req, "1");
    }

    @Test
    void shouldDropLateRepliesWhenRelaxedAndCorrelated() throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket req = context.builder(REQ).option(ZmqOption.REQ_RELAXED, true).option(ZmqOption.REQ_CORRELATE, true)
                .open();
        join(router, req);
        send(req, "one");
        ZmtpMessage first = router.receive(SOON);
        send(req, "two");
        ZmtpMessage second = router.receive(SOON);
        assertEquals(4, first.partCount());
        assertEquals("one", first.text(3));
        router.send(first);
        router.send(second);
        expect(req, "two");
    }

    /** A reply that is there already, but that the application did not take before its next request, is dropped. */
    @Test
    void shouldCountTheReplyThatTheNextRequestOvertakes() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = context.builder(REQ).option(ZmqOption.REQ_RELAXED, true).option(ZmqOption.REQ_CORRELATE, true)
                .open();
        join(rep, req);
        for (String text : List.of("one", "two")) {
            send(req, text);
            rep.send(rep.receive(SOON));
            await(() -> req.metrics().waitingIn() == 1);
        }
        assertEquals(1, req.metrics().dropped());
        expect(req, "two");
    }

    /** The same, when the peer that replied has left by then. */
    @Test
    void shouldCountTheReplyOfAPeerThatLeft() throws Exception {
        ZmqSocket req = context.builder(REQ).option(ZmqOption.REQ_RELAXED, true).option(ZmqOption.REQ_CORRELATE, true)
                .open();
        String endpoint = req.bind(endpoint());
        for (String text : List.of("one", "two")) {
            ZmqSocket rep = open(REP);
            connect(rep, endpoint);
            send(req, text);
            rep.send(rep.receive(SOON));
            rep.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            await(() -> req.metrics().peers().isEmpty());
        }
        assertEquals(1, req.metrics().dropped());
        expect(req, "two");
    }

    /** Of two threads that send with a REQ at once, one succeeds, and its request goes out. */
    @Test
    void shouldLetOneOfTwoThreadsSendARequest() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = open(REQ);
        join(rep, req);
        rep.onMessage(rep::sendAsync);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 2000; round++) {
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<Boolean>> sends = threads.invokeAll(Collections.nCopies(2, () -> {
                    start.await();
                    try {
                        req.send("request");
                        return true;
                    } catch (ZmqException e) {
                        assertEquals(ZmqError.STATE, e.error());
                        return false;
                    }
                }));
                assertTrue(sends.get(0).get() ^ sends.get(1).get(), "exactly one succeeds");
                expect(req, "request");
            }
        } finally {
            threads.shutdown();
        }
        assertEquals(0, req.metrics().dropped());
    }

    /** A request that was not sent in time has no reply, and to wait for one is an error. */
    @Test
    void shouldNotReceiveAfterARequestThatWasNotSent() throws Exception {
        ZmqSocket req = open(REQ);
        req.bind(endpoint());
        ZmtpMessage request = ZmtpMessage.ofText("nobody is there");
        assertFalse(req.offer(request, NEVER));
        request.release();
        ZmqException e = assertThrows(ZmqException.class, () -> req.receive(SOON));
        assertEquals(ZmqError.STATE, e.error());
    }

    @Test
    void shouldServeManyClientsInTurn() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket[] clients = {open(REQ), open(REQ), open(REQ)};
        join(rep, clients);
        rep.onMessage(message -> rep.sendAsync(message));
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < clients.length; i++) {
                send(clients[i], "client " + i);
            }
            for (int i = 0; i < clients.length; i++) {
                expect(clients[i], "client " + i);
            }
        }
    }

    @Test
    void shouldRouteByTheIdOfThePeer() throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket a = context.builder(DEALER).routingId("A").open();
        ZmqSocket b = context.builder(DEALER).routingId("B").open();
        join(router, a, b);
        send(a, "from a");
        expect(router, "A", "from a");
        send(router, "B", "to b", "2");
        expect(b, "to b", "2");
        send(router, "A", "to a");
        expect(a, "to a");
        send(router, "nobody", "x"); // dropped
        await(() -> router.metrics().dropped() == 1);
        router.setOption(ZmqOption.ROUTER_MANDATORY, true);
        assertEquals(ZmqError.HOST_UNREACHABLE,
                assertThrows(ZmqException.class, () -> send(router, "nobody", "x")).error());
    }

    @Test
    void shouldPublishByPrefix() throws Exception {
        ZmqSocket pub = open(PUB);
        ZmqSocket a = open(SUB);
        ZmqSocket all = open(SUB);
        ZmqSocket none = open(SUB);
        a.subscribe("a");
        a.subscribe("ab");
        all.subscribe("");
        join(pub, a, all, none);
        await(() -> pub.topicCount() == 3);
        for (String topic : new String[] {"a", "b", "abc"}) {
            send(pub, topic, "body");
        }
        expect(a, "a", "body");
        expect(a, "abc", "body");
        expect(all, "a", "body");
        expect(all, "b", "body");
        expect(all, "abc", "body");
        a.unsubscribe("a");
        a.unsubscribe("ab");
        await(() -> pub.topicCount() == 1);
        send(pub, "a");
        expect(all, "a");
        expectNothing(a);
        expectNothing(none);
    }

    @Test
    void shouldDeliverSubscriptionsToXpub() throws Exception {
        ZmqSocket xpub = open(XPUB);
        ZmqSocket one = open(SUB);
        ZmqSocket two = open(XSUB);
        join(xpub, one, two);
        one.subscribe("T");
        expect(xpub, "\u0001T");
        await(() -> two.metrics().peers().stream().noneMatch(peer -> peer.address().isEmpty()));
        send(two, "\u0001T");
        send(two, "hello"); // what is no subscription is a message
        expect(xpub, "hello");
        send(xpub, "Tea");
        expect(one, "Tea");
        expect(two, "Tea");
        one.close();
        two.close();
        expect(xpub, "\u0000T");
    }

    @Test
    void shouldBalanceAndGather() throws Exception {
        ZmqSocket push = open(PUSH);
        ZmqSocket[] pulls = {open(PULL), open(PULL)};
        join(push, pulls);
        for (int i = 0; i < 10; i++) {
            send(push, "task " + i);
        }
        Set<String> got = new HashSet<>();
        for (ZmqSocket pull : pulls) {
            for (int i = 0; i < 5; i++) {
                got.addAll(receive(pull));
            }
        }
        assertEquals(10, got.size());
    }

    @Test
    void shouldTalkToOnePeerOnly() throws Exception {
        ZmqSocket bound = open(PAIR);
        ZmqSocket first = open(PAIR);
        join(bound, first);
        send(first, "hello");
        expect(bound, "hello");
        ZmqSocket second = open(PAIR);
        connect(second, bound.lastEndpoint());
        second.sendAsync("intruder");
        expectNothing(bound);
        send(bound, "still yours");
        expect(first, "still yours");
    }

    @Test
    void shouldNumberThePeersOfAServer() throws Exception {
        ZmqSocket server = open(SERVER);
        ZmqSocket[] clients = {open(CLIENT), open(CLIENT)};
        join(server, clients);
        for (ZmqSocket client : clients) {
            send(client, "ping");
            ZmtpMessage message = server.receive(SOON);
            assertEquals(4, message.partLength(0));
            assertEquals("ping", message.text(1));
            server.send(message);
            expect(client, "ping");
        }
        assertEquals(ZmqError.INVALID,
                assertThrows(ZmqException.class, () -> send(clients[0], "two", "parts")).error());
    }

    @Test
    void shouldSendToGroups() throws Exception {
        ZmqSocket radio = open(RADIO);
        ZmqSocket dish = open(DISH);
        dish.join("movies");
        assertThrows(ZmqException.class, () -> dish.join("movies"));
        join(radio, dish);
        ZmqSocket other = open(DISH);
        other.join("tv");
        connect(other, radio.lastEndpoint());
        Map<ZmqSocket, List<String>> wanted = new HashMap<>();
        wanted.put(dish, List.of("movies", "Godfather"));
        wanted.put(other, List.of("tv", "news"));
        // Each has sent a JOIN, and nothing tells when it has arrived.
        for (int i = 0; i < 500 && !wanted.isEmpty(); i++) {
            send(radio, "movies", "Godfather");
            send(radio, "tv", "news");
            for (ZmqSocket socket : List.of(dish, other)) {
                ZmtpMessage message = wanted.containsKey(socket) ? socket.receive(Duration.ofMillis(20)) : null;
                if (message != null) {
                    assertEquals(wanted.remove(socket), texts(message));
                }
            }
        }
        assertEquals(Map.of(), wanted);
    }

    @Test
    void shouldMoveSingleParts() throws Exception {
        ZmqSocket gather = open(GATHER);
        ZmqSocket scatter = open(SCATTER);
        join(gather, scatter);
        send(scatter, "one");
        expect(gather, "one");
        ZmqSocket channel = open(CHANNEL);
        ZmqSocket other = open(CHANNEL);
        join(channel, other);
        send(other, "two");
        expect(channel, "two");
        send(channel, "three");
        expect(other, "three");
        ZmqSocket peer = open(PEER);
        ZmqSocket caller = open(PEER);
        String endpoint = peer.bind(endpoint());
        int number = caller.connectPeer(endpoint);
        caller.send(ZmtpMessage.of(Unpooled.copyInt(number), Unpooled.copyInt(7)));
        ZmtpMessage message = peer.receive(SOON);
        assertEquals(7, message.part(1).getInt(message.part(1).readerIndex()));
        message.release();
    }

    @Test
    void shouldRefuseTheWrongDirection() {
        assertEquals(ZmqError.NOT_SUPPORTED,
                assertThrows(ZmqException.class, () -> receive(open(PUSH))).error());
        CompletionException e = assertThrows(CompletionException.class, () -> open(PULL).sendAsync("x").join());
        assertEquals(ZmqError.NOT_SUPPORTED, ((ZmqException) e.getCause()).error());
    }

    @Test
    void shouldBindManyAndConnectMany() throws Exception {
        ZmqSocket dealer = open(DEALER);
        ZmqSocket one = open(REP);
        ZmqSocket two = open(REP);
        join(one, dealer);
        String second = two.bind(endpoint());
        connect(dealer, second);
        await(() -> two.metrics().peers().size() == 1);
        one.onMessage(message -> one.sendAsync(message));
        two.onMessage(message -> two.sendAsync(message));
        for (int i = 0; i < 10; i++) {
            send(dealer, "", "m" + i);
        }
        Set<String> got = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            got.add(receive(dealer).get(1));
        }
        assertEquals(10, got.size());
        assertEquals(5, two.metrics().messagesIn());
    }
}
