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
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** With libzmq (Debian's, by python3-zmq) and with JeroMQ. */
@Timeout(300)
class InteropTest extends SocketTest {

    private static PythonSide.Maker libzmq() throws Exception {
        assumeTrue(PythonSide.Maker.isAvailable(), "needs python3-zmq: apt-get install python3-zmq");
        return new PythonSide.Maker();
    }

    private static void assertNoFailure(List<InteropMatrix.Result> results) {
        List<InteropMatrix.Result> failed = results.stream().filter(result -> result.failure() != null).toList();
        assertTrue(failed.isEmpty(), failed.toString());
    }

    @Test
    void shouldTalkToEveryTypeOfLibzmq() throws Exception {
        try (Side.Maker ours = new OurSide.Maker(); Side.Maker theirs = libzmq()) {
            List<InteropMatrix.Result> results = InteropMatrix.run(ours, theirs, "ipc", "tcp");
            assertEquals(84, results.size());
            assertNoFailure(results);
        }
    }

    @Test
    void shouldTalkToEveryTypeOfJeroMq() throws Exception {
        try (Side.Maker ours = new OurSide.Maker(); Side.Maker theirs = new JeroSide.Maker()) {
            List<InteropMatrix.Result> results = InteropMatrix.run(ours, theirs, "tcp");
            assertEquals(42, results.size());
            assertNoFailure(results);
        }
    }

    @Test
    void shouldBeStoppedByASlowPullerInAnotherProcess() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide pull = python.open(PULL)) {
            pull.set("RCVHWM", 10);
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 10).open();
            connect(push, pull.bind("ipc://" + TestFamily.newPath()));
            int sent = 0;
            boolean full = false;
            while (!full && sent < 1_000_000) {
                ZmtpMessage message = ZmtpMessage.ofText("" + sent);
                full = !push.offer(message, Duration.ofMillis(500));
                if (full) {
                    message.release();
                } else {
                    sent++;
                }
            }
            assertTrue(full, "never full");
            assertEquals(sent, pull.count(sent, 0));
        }
    }

    @Test
    void shouldStopAFastPusherInAnotherProcess() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide push = python.open(PUSH)) {
            push.set("SNDHWM", 10);
            ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, 10).open();
            push.connect(pull.bind("ipc://" + TestFamily.newPath()));
            CompletableFuture<Void> flood = CompletableFuture.runAsync(() -> {
                try {
                    push.flood(50_000);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            for (int i = 0; i < 50_000; i++) {
                expect(pull, "" + i);
            }
            flood.join();
        }
    }

    @Test
    void shouldOutliveAKilledPeerThatBinds() throws Exception {
        String endpoint = "ipc://" + TestFamily.newPath();
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
        ZmqMonitor monitor = push.monitor(MANY_EVENTS);
        connect(push, endpoint);
        int next = 0;
        for (int round = 0; round < 3; round++) {
            PythonSide.Maker python = libzmq();
            PythonSide pull = python.open(PULL);
            pull.bind(endpoint);
            for (int i = 0; i < 10; i++) {
                send(push, "" + (next + i)); // some of them wait since the last one died
            }
            assertEquals(10, pull.count(10, next));
            next += 10;
            python.kill();
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
        }
    }

    @Test
    void shouldForgetAKilledPeerThatConnects() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).open();
        String endpoint = router.bind("tcp://127.0.0.1:*");
        for (int round = 0; round < 3; round++) {
            PythonSide.Maker python = libzmq();
            PythonSide dealer = python.open(DEALER);
            dealer.set("ROUTING_ID", "D");
            dealer.connect(endpoint);
            dealer.send("hello");
            expect(router, "D", "hello");
            send(router, "D", "world");
            assertEquals(List.of("world"), dealer.receive(10_000));
            python.kill();
            await(() -> router.metrics().peers().isEmpty());
            assertEquals(ZmqError.HOST_UNREACHABLE,
                    assertThrows(ZmqException.class, () -> send(router, "D", "anyone?")).error());
        }
    }

    @Test
    void shouldSubscribeAgainWhenAKilledPublisherComesBack() throws Exception {
        String endpoint = "ipc://" + TestFamily.newPath();
        ZmqSocket sub = context.builder(SUB).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
        sub.subscribe("news");
        connect(sub, endpoint);
        for (int round = 0; round < 2; round++) {
            PythonSide.Maker python = libzmq();
            PythonSide pub = python.open(PUB);
            pub.bind(endpoint);
            ZmtpMessage message = null;
            for (int i = 0; i < 200 && message == null; i++) {
                pub.send("old");
                pub.send("news " + round);
                message = sub.receive(Duration.ofMillis(50));
            }
            assertEquals(List.of("news " + round), texts(message));
            python.kill();
            await(() -> sub.metrics().peers().stream().allMatch(peer -> peer.address().isEmpty()));
            for (message = sub.receive(NEVER); message != null; message = sub.receive(NEVER)) {
                message.release(); // all are there, as the end of the connection is
            }
        }
    }

    @Test
    void shouldBeFoundAgainAfterItWasKilled() throws Exception {
        String endpoint = "ipc://" + TestFamily.newPath();
        try (PythonSide.Maker python = libzmq(); PythonSide dealer = python.open(DEALER)) {
            dealer.set("RECONNECT_IVL", 20);
            dealer.connect(endpoint);
            for (int round = 0; round < 2; round++) {
                try (KilledSide router = new KilledSide("bind", endpoint, "")) { // where the dead one left its file
                    List<String> answer = null;
                    // What was under way to the dead one is lost, and what it answered may come late.
                    for (int i = 0; i < 40 && !List.of("question " + round).equals(answer); i++) {
                        assertTrue(answer == null || answer.get(0).startsWith("question "), () -> "a foreign answer");
                        dealer.send("question " + round);
                        answer = dealer.receive(500);
                    }
                    assertEquals(List.of("question " + round), answer);
                    router.kill();
                }
            }
        }
    }

    @Test
    void shouldComeBackAfterItWasKilled() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide router = python.open(ROUTER)) {
            router.set("ROUTER_HANDOVER", 1); // else libzmq may still know the one that was killed, and ignore the next
            String endpoint = router.bind("tcp://127.0.0.1:*");
            for (int round = 0; round < 2; round++) {
                try (KilledSide dealer = new KilledSide("connect", endpoint, "D")) {
                    assertEquals(List.of("D", "hello"), router.receive(20_000));
                    router.send("D", "echo " + round);
                    assertEquals(List.of("D", "echo " + round), router.receive(20_000));
                    dealer.kill();
                }
            }
        }
    }

    @Test
    void shouldStopListeningWhenItUnbinds() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide late = python.open(REQ)) {
            ZmqSocket rep = open(REP);
            String first = rep.bind("tcp://127.0.0.1:*");
            String second = rep.bind("tcp://127.0.0.1:*");
            assertEquals(second, rep.lastEndpoint());
            rep.unbind(first);
            late.connect(second);
            late.send("still there?");
            expect(rep, "still there?");
            send(rep, "yes");
            assertEquals(List.of("yes"), late.receive(10_000));
            URI gone = URI.create(first);
            assertThrows(ConnectException.class, () -> new Socket(gone.getHost(), gone.getPort()).close());
        }
    }

    @Test
    void shouldConnectToWhatLibzmqSaysItIsBoundTo() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide pull = python.open(PULL)) {
            String tcp = pull.bind("tcp://127.0.0.1:*");
            String ipc = pull.bind("ipc://*");
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
            ZmqMonitor monitor = push.monitor(MANY_EVENTS);
            for (String endpoint : List.of(tcp, ipc)) {
                connect(push, endpoint);
                assertNotNull(monitor.await(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, SOON));
                send(push, endpoint);
                assertEquals(List.of(endpoint), pull.receive(10_000));
                pull.unbind(endpoint);
                assertNull(pull.receive(200)); // libzmq lets go of peers when its socket is used next
                assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
                assertNotNull(monitor.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON));
                push.disconnect(endpoint);
            }
        }
    }

    @Test
    void shouldEncryptWithLibzmqInBothRoles() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide client = python.open(REQ);
                PythonSide server = python.open(REP)) {
            CurveKeyPair serverKeys = CurveKeyPair.generate();
            CurveKeyPair clientKeys = CurveKeyPair.generate();
            ZmqSocket rep = context.builder(REP).curveServer(serverKeys)
                    .zapHandler(request -> CompletableFuture.completedFuture(
                            java.util.Arrays.equals(request.credentials().get(0), clientKeys.publicKey())
                                    ? ZapReply.ok("known") : ZapReply.refused("stranger"))).open();
            client.set("CURVE_SERVERKEY", serverKeys.publicKeyText());
            client.set("CURVE_PUBLICKEY", clientKeys.publicKeyText());
            client.set("CURVE_SECRETKEY", clientKeys.secretKeyText());
            client.connect(rep.bind("tcp://127.0.0.1:*"));
            client.send("from libzmq");
            expect(rep, "from libzmq");

            server.set("CURVE_SERVER", 1);
            server.set("CURVE_SECRETKEY", serverKeys.secretKeyText());
            ZmqSocket req = context.builder(REQ).curveClient(clientKeys, serverKeys.publicKey()).open();
            connect(req, server.bind("tcp://127.0.0.1:*"));
            send(req, "from us");
            assertEquals(List.of("from us"), server.receive(10_000));
        }
    }

    @Test
    void shouldCheckPasswordsWithLibzmqInBothRoles() throws Exception {
        try (PythonSide.Maker python = libzmq(); PythonSide client = python.open(REQ);
                PythonSide server = python.open(REP)) {
            ZmqSocket rep = context.builder(REP).option(ZmqOption.PLAIN_SERVER, true).zapHandler(request ->
                    CompletableFuture.completedFuture(new String(request.credentials().get(1)).equals("secret")
                            ? ZapReply.ok("joe") : ZapReply.refused("no"))).open();
            client.set("PLAIN_USERNAME", "joe");
            client.set("PLAIN_PASSWORD", "secret");
            client.connect(rep.bind("tcp://127.0.0.1:*"));
            client.send("from libzmq");
            expect(rep, "from libzmq");

            python.passwords("joe", "secret");
            server.set("PLAIN_SERVER", 1);
            String endpoint = server.bind("tcp://127.0.0.1:*");
            ZmqSocket good = context.builder(REQ).plain("joe", "secret").open();
            connect(good, endpoint);
            send(good, "from us");
            assertEquals(List.of("from us"), server.receive(10_000));
            ZmqSocket bad = context.builder(REQ).plain("joe", "guess").open();
            ZmqMonitor monitor = bad.monitor(100);
            connect(bad, endpoint);
            assertEquals(400, monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH, SOON).value());
        }
    }
}
