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
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Patterns and mechanisms between a host and its guest, in which libzmq runs too (guest_zmq.c). */
@EnabledIfEnvironmentVariable(named = "VMCI_TEST_GUEST", matches = ".+",
        disabledReason = "needs a host and a guest: script/tests/nested")
class GuestPatternsTest extends GuestTest {

    private static final int COUNT = 300;

    // --- with the small peer of guest.c

    @Test
    void shouldPublishToTheGuest() throws Exception {
        ZmqSocket pub = bound(PUB);
        String job = guest.tell("peer sub 2:" + port + " 1000 100");
        SocketTest.await(() -> pub.topicCount() == 1);
        for (int i = 0; i < 1000; i++) {
            push(pub, i, 100);
            SocketTest.await(() -> pub.metrics().waitingOut() < 100); // a publisher drops what its queue does not take
        }
        guest.await(job + ": done .*");
        assertEquals(0, pub.metrics().dropped());
    }

    @Test
    void shouldSubscribeToTheGuest() throws Exception {
        guest.tell("peer pub *:" + port + " 1000 100 hold=600000", "listening");
        ZmqSocket sub = context.open(SUB);
        sub.subscribe("");
        sub.connect("vmci://42:" + port);
        for (int i = 0; i < 1000; i++) {
            take(sub, i, 100);
        }
    }

    @Test
    void shouldRouteTheGuestsMessages() throws Exception {
        ZmqSocket router = bound(ROUTER);
        router.onMessage(router::sendAsync);
        String one = guest.tell("peer dealer 2:" + port + " 100 100");
        String other = guest.tell("peer dealer 2:" + port + " 20 10000");
        guest.await(one + ": done .*");
        guest.await(other + ": done .*");
        assertEquals(120, router.metrics().messagesIn());
    }

    @Test
    void shouldDealToRoutersInTheGuest() throws Exception {
        guest.tell("peer router *:" + port + " 100 0", "listening");
        ask(connected(DEALER), 100, 100);
    }

    @Test
    void shouldHaveAHundredConnectionsFromTheGuest() throws Exception {
        ZmqSocket rep = bound(REP);
        rep.onMessage(rep::sendAsync);
        String job = guest.tell("many 2:" + port + " 100", "all 100 are up");
        assertEquals(100, rep.metrics().peers().size());
        guest.await(job + ": done 100");
        assertEquals(200, rep.metrics().messagesIn());
        guest.tell("kill " + job);
        SocketTest.await(() -> rep.metrics().peers().isEmpty());
    }

    @Test
    void shouldHaveAHundredConnectionsToTheGuest() throws Exception {
        guest.tell("peer rep *:" + port + " 2 0 serve", "listening");
        List<ZmqSocket> clients = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ZmqSocket client = context.open(REQ);
            client.setOption(ZmqOption.HANDSHAKE_IVL, SOON); // the guest has a hundred to make
            client.connect("vmci://42:" + port);
            clients.add(client);
        }
        for (int round = 0; round < 2; round++) {
            for (ZmqSocket client : clients) {
                push(client, round, 100);
            }
            for (ZmqSocket client : clients) {
                take(client, round, 100);
            }
        }
    }

    // --- with libzmq

    /** Lets libzmq in the guest reach a port of this side; returns its endpoint. */
    private String toHost() throws Exception {
        String path = "/tmp/" + port;
        guest.tell("relay " + path + " 2:" + port, "listening");
        return "connect ipc://" + path;
    }

    /** Lets this side reach libzmq in the guest; returns the endpoint there. */
    private String fromHost() throws Exception {
        String path = "/tmp/" + port;
        guest.tell("relay *:" + port + ' ' + path, "listening");
        return "bind ipc://" + path;
    }

    @Test
    void shouldAnswerLibzmqInTheGuest() throws Exception {
        ZmqSocket rep = bound(REP);
        rep.onMessage(rep::sendAsync);
        String endpoint = toHost();
        guest.tell("zmq req " + endpoint + " 50 100", "done .*");
        guest.tell("zmq req " + endpoint + " 2 " + LARGE, "done .*");
    }

    @Test
    void shouldAskLibzmqInTheGuest() throws Exception {
        guest.tell("zmq rep " + fromHost() + " 52 0", "libzmq .* listening");
        ZmqSocket req = connected(REQ);
        ask(req, 50, 100);
        ask(req, 2, LARGE);
    }

    @Test
    void shouldExchangeManyWithLibzmqInTheGuest() throws Exception {
        ZmqSocket pull = bound(PULL);
        guest.tell("zmq push " + toHost() + ' ' + COUNT + " 100");
        for (int i = 0; i < COUNT; i++) {
            take(pull, i, 100);
        }
    }

    @Test
    void shouldSubscribeToLibzmqInTheGuest() throws Exception {
        guest.tell("zmq pub " + fromHost() + ' ' + COUNT + " 100", "libzmq .* listening");
        ZmqSocket sub = context.open(SUB);
        sub.subscribe("");
        sub.connect("vmci://42:" + port);
        for (int i = 0; i < COUNT; i++) {
            take(sub, i, 100);
        }
    }

    @Test
    void shouldPublishToLibzmqInTheGuest() throws Exception {
        ZmqSocket pub = bound(PUB);
        String job = guest.tell("zmq sub " + toHost() + ' ' + COUNT + " 100");
        SocketTest.await(() -> pub.topicCount() == 1);
        for (int i = 0; i < COUNT; i++) {
            push(pub, i, 100);
        }
        guest.await(job + ": done .*");
    }

    @Test
    void shouldRouteBetweenItAndLibzmqInTheGuest() throws Exception {
        ZmqSocket router = bound(ROUTER);
        router.onMessage(router::sendAsync);
        guest.tell("zmq dealer " + toHost() + " 50 100", "done .*");
        assertEquals(50, router.metrics().messagesIn());
    }

    @Test
    void shouldAdmitLibzmqInTheGuestByItsPassword() throws Exception {
        try (ZmqContext guarded = ZmqContext.builder().zapHandler(ZapHandlers.plain(Map.of("guest", "right")))
                .build()) {
            ZmqSocket rep = guarded.open(REP);
            rep.setOption(ZmqOption.PLAIN_SERVER, true);
            ZmqMonitor events = rep.monitor(1000);
            rep.bind("vmci://*:" + port);
            rep.onMessage(rep::sendAsync);
            String endpoint = toHost();
            guest.tell("zmq req " + endpoint + " 5 100 plain=guest,right", "done .*");
            guest.tell("zmq req " + endpoint + " 5 100 plain=guest,wrong");
            awaitEvent(events, ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH);
            assertEquals(5, rep.metrics().messagesIn());
        }
    }

    @Test
    void shouldAskLibzmqInTheGuestUnderCurve() throws Exception {
        CurveKeyPair server = CurveKeyPair.generate();
        guest.tell("zmq rep " + fromHost() + " 12 0 server=" + server.secretKeyText(), "libzmq .* listening");
        ZmqSocket req = context.builder(REQ).curveClient(CurveKeyPair.generate(), server.publicKey()).open();
        req.connect("vmci://42:" + port);
        ask(req, 10, 100);
        ask(req, 2, 100_000);
    }

    /** The example as it stands: it admits one key, of one CID. */
    @Test
    void shouldUseTheSecureServiceFromTheGuest() throws Exception {
        CurveKeyPair client = CurveKeyPair.generate();
        CurveKeyPair stranger = CurveKeyPair.generate();
        List<String> command = new ArrayList<>(TestFamily.javaCommand());
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getenv("VMCI_TEST_EXAMPLES"),
                "io.github.nettyvmci.examples.SecureService", "server", client.publicKeyText(), "vmci://*:" + port,
                "42"));
        Process service = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(service.getInputStream(),
                StandardCharsets.UTF_8))) {
            String key = line(out, "public key ");
            line(out, "listening on ");
            String endpoint = toHost();
            String curve = "zmq req " + endpoint + " 1 0 text=Hello curve=" + key + ',';
            guest.tell(curve + client.publicKeyText() + ',' + client.secretKeyText(), "got World");
            line(out, "asked: Hello");
            guest.tell(curve + stranger.publicKeyText() + ',' + stranger.secretKeyText());
            line(out, "refused: vmci://42:");
        } finally {
            service.destroyForcibly().waitFor();
        }
    }

    private static String line(BufferedReader out, String beginning) throws Exception {
        String line = out.readLine();
        assertTrue(line != null && line.startsWith(beginning), beginning + ": " + line);
        return line.substring(beginning.length());
    }
}
