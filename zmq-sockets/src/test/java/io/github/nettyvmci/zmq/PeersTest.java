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
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import org.junit.jupiter.api.Test;

import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What sockets do about peers that come late, go, come back, or are turned away. */
class PeersTest extends SocketTest {

    @EveryNetwork
    void shouldConnectBeforeAnybodyListensAndAgainAfterwards(String scheme) throws Exception {
        ZmqSocket probe = open(PULL);
        String endpoint = probe.bind(scheme.equals("ipc") ? "ipc://" + TestFamily.newPath() : endpoint(scheme));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
        ZmqMonitor monitor = push.monitor(MANY_EVENTS);
        connect(push, endpoint);
        send(push, "early");
        assertNotNull(monitor.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON));
        for (int round = 0; round < 3; round++) {
            ZmqSocket pull = open(PULL);
            pull.bind(endpoint);
            expect(pull, round == 0 ? "early" : "between " + round);
            pull.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
            send(push, "between " + (round + 1));
        }
        assertTrue(push.metrics().reconnects() > 0);
    }

    /** With ROUTER_HANDOVER a send that waits for room at the old peer goes to the new one. */
    @Test
    void shouldHandOverWhatWaits() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_HANDOVER, true)
                .option(ZmqOption.ROUTER_MANDATORY, true).option(ZmqOption.SNDHWM, 1).open();
        String endpoint = router.bind(endpoint());
        ZmqSocket old = context.builder(DEALER).option(ZmqOption.ROUTING_ID, new byte[] {'x'})
                .option(ZmqOption.RCVHWM, 1).open();
        old.connect(endpoint);
        await(() -> router.metrics().peers().size() == 1);
        ZmtpMessage next = ZmtpMessage.ofText("x", "fills");
        while (router.offer(next, NEVER)) {
            next = ZmtpMessage.ofText("x", "fills");
        }
        CompletableFuture<Void> waiting = router.sendAsync(next);
        assertFalse(waiting.isDone());
        ZmqSocket other = context.builder(DEALER).option(ZmqOption.ROUTING_ID, new byte[] {'x'}).open();
        other.connect(endpoint);
        waiting.get(SOON.toSeconds(), TimeUnit.SECONDS);
        expect(other, "fills");
    }

    @Test
    void shouldCountPeersOnlyWhileConnectedIfImmediate() throws Exception {
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.IMMEDIATE, true)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
        String endpoint = "ipc://" + TestFamily.newPath();
        connect(push, endpoint);
        ZmtpMessage message = ZmtpMessage.ofText("x");
        assertFalse(push.offer(message, NEVER));
        message.release();
        ZmqSocket pull = open(PULL);
        pull.bind(endpoint);
        send(push, "now");
        expect(pull, "now");
    }

    /** The ipc transport, which reports a connect only when the test completes {@code connected}. */
    private static final class LateNews {

        private volatile ChannelPromise connected;

        ZmqTransport transport() {
            return (ZmqTransport) late(ZmqTransport.class, TestTransports.ipc());
        }

        private Object late(Class<?> type, Object of) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                Object result = method.invoke(of, arguments);
                if (method.getName().startsWith("parse")) {
                    return late(method.getReturnType(), result);
                } else if (method.getName().equals("connect")) {
                    connected = ((ChannelFuture) result).channel().newPromise();
                    return connected;
                }
                return result;
            });
        }
    }

    /** A connect on another event loop than the socket's may be reported after its handshake. */
    @Test
    void shouldNoticeTheEndOfAPeerThatWasThereBeforeItsConnectWasTold() throws Exception {
        LateNews late = new LateNews();
        try (ZmqContext own = ZmqContext.builder().ioThreads(1).transport(late.transport()).build()) {
            ZmqSocket pull = own.open(PULL);
            String endpoint = pull.bind("ipc://*");
            ZmqSocket push = own.builder(PUSH).option(ZmqOption.IMMEDIATE, true)
                    .option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1)).option(ZmqOption.LINGER, Duration.ZERO)
                    .open();
            ZmqMonitor monitor = push.monitor(100);
            push.onEvent(event -> {
                if (event.kind() == ZmqEvent.Kind.HANDSHAKE_SUCCEEDED) {
                    late.connected.trySuccess();
                }
            });
            push.connect(endpoint);
            assertNotNull(monitor.await(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, SOON));
            assertNotNull(monitor.await(ZmqEvent.Kind.CONNECTED, SOON));
            send(push, "there");
            expect(pull, "there");
            await(() -> push.metrics().peers().size() == 1);
            pull.close();
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
            assertNotNull(monitor.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON));
            await(() -> push.metrics().peers().isEmpty());
        }
    }

    @Test
    void shouldGiveUpOnAPeerOfAnotherKind() throws Exception {
        ZmqSocket pub = open(XPUB);
        String endpoint = pub.bind("ipc://*");
        ZmqSocket req = open(REQ);
        ZmqMonitor monitor = req.monitor(100);
        connect(req, endpoint);
        assertNotNull(monitor.await(ZmqEvent.Kind.GAVE_UP, SOON));
        assertEquals(1, req.metrics().handshakeFailures());
    }

    @Test
    void shouldGiveUpWhenRefusedIfTold() throws Exception {
        ZmqSocket probe = open(PULL);
        String nobody = probe.bind(endpoint(networks().contains("tcp") ? "tcp" : "vmci"));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_STOP, 1).open();
        ZmqMonitor monitor = push.monitor(100);
        connect(push, nobody);
        assertEquals(ZmqEvent.Kind.CONNECT_DELAYED, monitor.poll(SOON).kind());
        assertEquals(ZmqEvent.Kind.CLOSED, monitor.poll(SOON).kind());
        assertEquals(ZmqEvent.Kind.GAVE_UP, monitor.poll(SOON).kind());
        assertEquals(0, push.metrics().reconnects());
        assertEquals(ZmqError.NOT_FOUND, assertThrows(ZmqException.class, () -> push.disconnect(nobody)).error());
    }

    @Test
    void shouldGiveUpAfterAFailedHandshakeIfTold() throws Exception {
        try (ServerSocket rude = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String endpoint = "tcp://127.0.0.1:" + rude.getLocalPort();
            ZmqSocket once = context.builder(PUSH).option(ZmqOption.RECONNECT_STOP, 2).open();
            ZmqMonitor monitor = once.monitor(100);
            connect(once, endpoint);
            rude.accept().close();
            assertNotNull(monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON));
            assertNotNull(monitor.await(ZmqEvent.Kind.GAVE_UP, SOON));
            assertEquals(0, once.metrics().reconnects());
            ZmqSocket again = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10)).open();
            connect(again, endpoint);
            for (int i = 0; i < 3; i++) {
                rude.accept().close(); // the socket connects again
            }
        }
    }

    @Test
    void shouldEndAHandshakeThatTakesTooLong() throws Exception {
        ZmqSocket rep = context.builder(REP).option(ZmqOption.HANDSHAKE_IVL, Duration.ofMillis(200)).open();
        URI uri = URI.create(rep.bind("tcp://127.0.0.1:*"));
        ZmqMonitor monitor = rep.monitor(10);
        try (Socket silent = new Socket(uri.getHost(), uri.getPort())) {
            assertEquals(110, monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON).value());
            silent.setSoTimeout(5000);
            InputStream in = silent.getInputStream();
            while (in.read() >= 0) {
                continue; // the socket sends its greeting, then closes
            }
        }
    }

    @Test
    void shouldDisconnectAPeerThatSendsTooMuch() throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.MAXMSGSIZE, 10L).open();
        ZmqMonitor monitor = pull.monitor(10);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.LINGER, Duration.ZERO).open();
        connect(push, pull.bind("ipc://*"));
        send(push, "0123456789");
        expect(pull, "0123456789");
        send(push, "0123456789A");
        ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
        assertTrue(event.toString().contains("expected: at most 10"), event.toString());
    }

    @Test
    void shouldTurnASecondPeerOfTheSameNameAwayOrLetItTakeOver() throws Exception {
        ZmqSocket router = open(ROUTER);
        String endpoint = router.bind("ipc://*");
        // Whoever is turned away stays away: who came back would take the name over in turn.
        Duration never = Duration.ofHours(1);
        ZmqSocket first = context.builder(DEALER).routingId("N").option(ZmqOption.RECONNECT_IVL, never).open();
        connect(first, endpoint);
        send(first, "1");
        expect(router, "N", "1");
        ZmqMonitor refused = router.monitor(100);
        ZmqSocket second = context.builder(DEALER).routingId("N").option(ZmqOption.RECONNECT_IVL, never).open();
        connect(second, endpoint);
        send(second, "2");
        expectNothing(router);
        second.setOption(ZmqOption.LINGER, Duration.ZERO);
        String why = refused.await(ZmqEvent.Kind.DISCONNECTED, SOON).cause().getMessage();
        assertTrue(why.contains("routing id") && why.contains("ROUTER_HANDOVER"), why);
        second.closeAsync().cancel(false);
        router.setOption(ZmqOption.ROUTER_HANDOVER, true);
        ZmqSocket third = context.builder(DEALER).routingId("N").open();
        ZmqMonitor monitor = first.monitor(10);
        connect(third, endpoint);
        send(third, "3");
        expect(router, "N", "3");
        send(router, "N", "for the third");
        expect(third, "for the third");
        assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
    }

    /** A connect goes on when its peer has gone, but the routing id of that peer must be forgotten. */
    @Test
    void shouldForgetTheNameOfAPeerThatCameBackWithAnother() throws Exception {
        Path path = Path.of(TestFamily.newPath());
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10)).open();
        connect(router, "ipc://" + path);
        for (String name : new String[] {"A", "B"}) {
            ZmqSocket dealer = context.builder(DEALER).routingId(name).open();
            dealer.bind("ipc://" + path);
            send(dealer, "hello");
            expect(router, name, "hello");
            dealer.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
        ZmqException e = assertThrows(ZmqException.class, () -> send(router, "A", "too late"));
        assertEquals(ZmqError.HOST_UNREACHABLE, e.error());
    }

    /** One client that reads nothing must not mute a server. */
    @Test
    void shouldServeOthersWhileOnePeerTakesNothing() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).option(ZmqOption.SNDHWM, 1)
                .open();
        String endpoint = router.bind("ipc://*");
        ZmqSocket lazy = context.builder(DEALER).routingId("lazy").option(ZmqOption.RCVHWM, 1).open();
        ZmqSocket eager = context.builder(DEALER).routingId("eager").open();
        for (ZmqSocket dealer : new ZmqSocket[] {lazy, eager}) {
            connect(dealer, endpoint);
            send(dealer, "hello");
            assertEquals("hello", receive(router).get(1));
        }
        byte[] large = new byte[100_000];
        List<CompletableFuture<Void>> toLazy = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            toLazy.add(router.sendAsync(ZmtpMessage.of(Unpooled.copiedBuffer("lazy".getBytes()),
                    Unpooled.wrappedBuffer(large))).toCompletableFuture());
        }
        send(router, "eager", "for you");
        expect(eager, "for you");
        assertFalse(toLazy.get(99).isDone());
        assertTrue(router.metrics().waitingOut() > 0);
        for (int i = 0; i < 100; i++) {
            ZmtpMessage message = lazy.receive(SOON);
            assertEquals(large.length, message.length());
            message.release();
        }
        toLazy.get(99).get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldNotEndAPeerWhoseNameAnotherWanted() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_NOTIFY, 2).open();
        ZmqSocket[] dealers = new ZmqSocket[2];
        for (int i = 0; i < 2; i++) {
            dealers[i] = context.builder(DEALER).routingId("N").open();
            ZmqMonitor monitor = dealers[i].monitor(10);
            connect(router, dealers[i].bind("ipc://*"));
            if (i == 0) {
                send(dealers[0], "hello");
                expect(router, "N", "hello");
            } else {
                assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
            }
        }
        send(dealers[0], "still there");
        expect(router, "N", "still there");
    }

    /** The attempts are made on another loop than the socket's, which has enough to do. */
    @Test
    void shouldKeepTryingWhateverElseGoesOn() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.IMMEDIATE, true)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(1))
                .option(ZmqOption.RECONNECT_IVL_MAX, Duration.ofMillis(1)).open();
        connect(push, pull.bind("tcp://127.0.0.1:*"));
        connect(push, "ipc://" + TestFamily.newPath());
        for (int round = 0; round < 200; round++) {
            long before = push.metrics().reconnects();
            for (int i = 0; i < 200; i++) {
                push.sendAsync("x");
                push.getOption(ZmqOption.LINGER);
            }
            for (int i = 0; i < 200; i++) {
                expect(pull, "x");
            }
            await(() -> push.metrics().reconnects() > before);
        }
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldSubscribeAgainAfterALoss() throws Exception {
        ZmqSocket xpub = open(XPUB);
        Path path = Path.of(TestFamily.newPath());
        xpub.bind("ipc://" + path);
        ZmqSocket sub = context.builder(SUB).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10)).open();
        sub.subscribe("b");
        sub.subscribe("a");
        sub.subscribe("a");
        connect(sub, "ipc://" + path);
        expect(xpub, "\u0001a");
        expect(xpub, "\u0001b");
        xpub.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket again = open(XPUB);
        again.bind("ipc://" + path);
        expect(again, "\u0001a");
        expect(again, "\u0001b");
        send(again, "abc");
        expect(sub, "abc");
    }

    /** The metrics tell peers apart, so that the slow one of a thousand can be found. */
    @EveryScheme
    void shouldTellWhichPeerIsWhich(String scheme) throws Exception {
        ZmqSocket router = open(ROUTER);
        String endpoint = router.bind(endpoint(scheme));
        ZmqSocket a = open(DEALER);
        ZmqSocket b = open(DEALER);
        ZmqMonitor monitor = a.monitor(100);
        connect(a, endpoint);
        connect(b, endpoint);
        send(a, "1");
        send(b, "2");
        send(b, "3");
        for (int i = 0; i < 3; i++) {
            router.receive(SOON).release();
        }
        Map<Long, String> addresses = new HashMap<>();
        for (ZmqMetrics.Peer peer : router.metrics().peers()) {
            assertEquals(endpoint, peer.endpoint());
            addresses.put(peer.messagesIn(), peer.address());
        }
        assertEquals(Set.of(1L, 2L), addresses.keySet());
        switch (scheme) {
            case "inproc" -> assertEquals(Map.of(1L, a.name(), 2L, b.name()), addresses);
            case "ipc" -> assertTrue(addresses.get(1L).endsWith(":" + ProcessHandle.current().pid()),
                    addresses.toString());
            default -> {
                ZmqEvent connected = monitor.await(ZmqEvent.Kind.CONNECTED, SOON);
                String ours = connected.local().toString();
                assertEquals(ours.substring(ours.lastIndexOf(':')),
                        addresses.get(1L).substring(addresses.get(1L).lastIndexOf(':')));
                assertTrue(addresses.get(1L).startsWith(scheme + "://"), addresses.toString());
            }
        }
        String dialled = TestFamily.dial(endpoint);
        assertEquals(scheme.equals("inproc") ? router.name() : scheme.equals("ipc") ? addresses.get(1L) : dialled,
                a.metrics().peers().get(0).address());
    }
}
