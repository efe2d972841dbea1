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
import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.STREAM;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Binding, connecting, losing and finding peers again, closing. */
class LifecycleTest extends SocketTest {

    @EveryScheme
    void shouldUnbindWhatBindReturned(String scheme) throws Exception {
        ZmqSocket rep = open(REP);
        String endpoint = rep.bind(scheme.equals("ipc") ? "ipc://" + socketPath() : endpoint(scheme));
        assertEquals(endpoint, rep.lastEndpoint());
        assertFalse(endpoint.contains("*"), endpoint);
        ZmqSocket other = open(REP);
        assertEquals(ZmqError.ADDRESS_IN_USE, assertThrows(ZmqException.class, () -> other.bind(endpoint)).error());
        rep.unbind(endpoint);
        assertEquals(ZmqError.NOT_FOUND, assertThrows(ZmqException.class, () -> rep.unbind(endpoint)).error());
        await(() -> canBind(other, endpoint));
    }

    private static boolean canBind(ZmqSocket socket, String endpoint) {
        try {
            socket.bind(endpoint);
            return true;
        } catch (ZmqException e) {
            return false;
        }
    }

    @EveryNetwork
    void shouldConnectBeforeAnybodyListensAndAgainAfterwards(String scheme) throws Exception {
        ZmqSocket probe = open(PULL);
        String endpoint = probe.bind(scheme.equals("ipc") ? "ipc://" + socketPath() : endpoint(scheme));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.socket(PUSH).reconnectInterval(Duration.ofMillis(20)).open();
        ZmqMonitor monitor = push.monitor(100);
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

    private static Path socketPath() {
        return Path.of(io.github.nettyvmci.testing.TestFamily.newPath());
    }

    @Test
    void shouldReplaceASocketFileNobodyListensAt() throws Exception {
        Path path = socketPath();
        try (java.nio.channels.ServerSocketChannel dead =
                java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            dead.bind(java.net.UnixDomainSocketAddress.of(path));
        }
        assertTrue(Files.exists(path));
        ZmqSocket pull = open(PULL);
        pull.bind("ipc://" + path);
        pull.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertFalse(Files.exists(path));
    }

    @Test
    void shouldNameAbstractSockets() throws Exception {
        ZmqSocket pull = open(PULL);
        String endpoint = "ipc://@zmq-" + java.util.UUID.randomUUID();
        assertEquals(endpoint, pull.bind(endpoint));
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        send(push, "hello");
        expect(pull, "hello");
    }

    @Test
    void shouldServeSeveralTransportsAtOnce() throws Exception {
        ZmqSocket router = context.socket(ROUTER).routerMandatory(true).open(); // or a full dealer misses replies
        String ipc = router.bind("ipc://*");
        String tcp = router.bind("tcp://127.0.0.1:*");
        String inproc = router.bind(endpoint("inproc"));
        for (String endpoint : new String[] {ipc, tcp, inproc}) {
            ZmqSocket dealer = open(DEALER);
            connect(dealer, endpoint);
            for (int i = 0; i < 2000; i++) {
                dealer.send("" + i);
            }
            for (int i = 0; i < 2000; i++) {
                ZmtpMessage message = router.receive(SOON);
                assertEquals("" + i, message.text(1));
                router.sendBlocking(message);
            }
            for (int i = 0; i < 2000; i++) {
                expect(dealer, "" + i);
            }
            dealer.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldFailWhatIsPendingWhenItCloses() throws Exception {
        ZmqSocket pair = open(PAIR);
        CompletableFuture<ZmtpMessage> receiving = pair.receive();
        CompletableFuture<Void> sending = pair.send("nobody");
        pair.close();
        pair.close();
        pair.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        for (CompletableFuture<?> future : new CompletableFuture<?>[] {receiving, sending, pair.receive(),
            pair.send("x")}) {
            CompletionException e = assertThrows(CompletionException.class, future::join);
            assertEquals(ZmqError.CLOSED, ((ZmqException) e.getCause()).error());
        }
        assertTrue(pair.isClosed());
    }

    @EveryNetwork
    void shouldLingerUntilEverythingIsSent(String scheme) throws Exception {
        ZmqSocket pull = context.socket(PULL).receiveHighWaterMark(10).open();
        String endpoint = pull.bind(endpoint(scheme));
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        byte[] body = new byte[16 * 1024];
        for (int i = 0; i < 500; i++) {
            push.sendBlocking(ZmtpMessage.of(io.netty.buffer.Unpooled.wrappedBuffer(body)));
        }
        CompletableFuture<Void> closing = push.closeAsync();
        for (int i = 0; i < 500; i++) {
            ZmtpMessage message = pull.receive(SOON);
            assertEquals(body.length, message.length());
            message.release();
        }
        closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldNotLingerLongerThanTold() throws Exception {
        ZmqSocket push = context.socket(PUSH).linger(Duration.ofMillis(100)).open();
        connect(push, "ipc://" + socketPath());
        send(push, "nobody will ever see this");
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(1, push.metrics().dropped());
        ZmqSocket patient = open(PUSH);
        connect(patient, "ipc://" + socketPath());
        send(patient, "nor this");
        CompletableFuture<Void> closing = patient.closeAsync();
        assertThrows(java.util.concurrent.TimeoutException.class, () -> closing.get(200, TimeUnit.MILLISECONDS));
        patient.setOption(ZmqOption.LINGER, 0);
        closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldCountPeersOnlyWhileConnectedIfImmediate() throws Exception {
        ZmqSocket push = context.socket(PUSH).immediate(true).reconnectInterval(Duration.ofMillis(20)).open();
        String endpoint = "ipc://" + socketPath();
        connect(push, endpoint);
        assertThrows(ZmqException.class, () -> push.sendBlocking(ZmtpMessage.ofText("x"), NEVER));
        ZmqSocket pull = open(PULL);
        pull.bind(endpoint);
        send(push, "now");
        expect(pull, "now");
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo", "vmci://12abc:1", "vmci://*", "foo://x", "tcp://127.0.0.1:99999", "ipc://",
        "tcp://127.0.0.1:12ab", "tcp://1.2.3.4", "ipc://@", "tcp://::1:5", "://x"})
    void shouldRefuseMalformedEndpoints(String endpoint) {
        ZmqSocket pull = open(PULL);
        for (boolean bind : new boolean[] {true, false}) {
            ZmqException e = assertThrows(ZmqException.class,
                    () -> (bind ? pull.bindAsync(endpoint) : pull.connect(endpoint)).join());
            assertTrue(e.error() == ZmqError.INVALID || e.error() == ZmqError.NO_TRANSPORT, e.error().toString());
            assertTrue(e.getMessage().matches("endpoint: .* \\(expected: .*\\).*"), e.getMessage());
            assertTrue(e.getMessage().contains(endpoint), e.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vmci://*:5", "vmci://2:*", "tcp://*:5", "tcp://127.0.0.1:*", "ipc://*"})
    void shouldConnectToNoWildCard(String endpoint) {
        ZmqSocket push = open(PUSH);
        ZmqException e = assertThrows(ZmqException.class, () -> push.connect(endpoint));
        assertTrue(e.getMessage().contains("at position"), e.getMessage());
    }

    @Test
    void shouldTellWhatHappens() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqMonitor server = rep.monitor(100);
        String endpoint = rep.bind("tcp://127.0.0.1:*");
        ZmqSocket req = open(REQ);
        ZmqMonitor client = req.monitor(100);
        connect(req, endpoint);
        for (ZmqEvent.Kind kind : new ZmqEvent.Kind[] {ZmqEvent.Kind.CONNECT_DELAYED, ZmqEvent.Kind.CONNECTED,
            ZmqEvent.Kind.HANDSHAKE_SUCCEEDED}) {
            ZmqEvent event = client.poll(SOON);
            assertEquals(kind, event.kind());
            assertEquals(endpoint, event.endpoint());
        }
        for (ZmqEvent.Kind kind : new ZmqEvent.Kind[] {ZmqEvent.Kind.LISTENING, ZmqEvent.Kind.ACCEPTED,
            ZmqEvent.Kind.HANDSHAKE_SUCCEEDED}) {
            ZmqEvent event = server.poll(SOON);
            assertEquals(kind, event.kind());
            assertEquals(endpoint, event.endpoint());
            assertNotNull(event.local());
        }
        req.close();
        assertEquals(ZmqEvent.Kind.DISCONNECTED, server.poll(SOON).kind());
        assertNotNull(client.await(ZmqEvent.Kind.MONITOR_STOPPED, SOON));
    }

    @Test
    void shouldDropTheOldestEventsOfAMonitorNobodyReads() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqMonitor monitor = rep.monitor(2);
        for (int i = 0; i < 3; i++) {
            rep.bind(endpoint("inproc"));
        }
        assertEquals(1, monitor.dropped());
        assertNotNull(monitor.poll());
        assertNotNull(monitor.poll());
        assertEquals(null, monitor.poll());
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

    /** Many messages that one after the other fill the kernel's buffer, the queue and then wait. */
    @Test
    void shouldSendAllOfManyThatWaitAtOnce() throws Exception {
        ZmqSocket pull = open(PULL);
        String endpoint = pull.bind("ipc://*");
        ZmqSocket push = context.socket(PUSH).option(ZmqOption.SNDHWM, 1).open();
        connect(push, endpoint);
        List<CompletableFuture<Void>> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sent.add(push.send(ZmtpMessage.of(Unpooled.buffer(50_000).writeZero(50_000))).toCompletableFuture());
        }
        for (int i = 0; i < 200; i++) {
            ZmtpMessage message = pull.receive(SOON);
            assertNotNull(message, "message " + i);
            message.release();
        }
        for (CompletableFuture<Void> one : sent) {
            one.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** LINGER is without end; but what nobody can ever take is not waited for. */
    @Test
    void shouldCloseThoughTheOnlyPeerHasGone() throws Exception {
        for (int i = 0; i < 20; i++) {
            ZmqSocket push = open(PUSH);
            String endpoint = push.bind("ipc://*");
            ZmqSocket pull = open(PULL);
            connect(pull, endpoint);
            push.sendBlocking(ZmtpMessage.ofText("there"));
            pull.receive(SOON).release();
            pull.closeAsync();
            for (int k = 0; k < 500; k++) {
                push.send(ZmtpMessage.ofText("too late"));
            }
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldAnswerWhoComesAfterTheContextsEnd() throws Exception {
        ZmqSocket pull = open(PULL);
        context.close();
        for (int i = 0; i < 3; i++) {
            assertThrows(Exception.class, () -> pull.receive().toCompletableFuture()
                    .get(SOON.toSeconds(), TimeUnit.SECONDS));
            assertThrows(ZmqException.class, () -> pull.bind("ipc://*"));
        }
    }

    /** Whenever it is: some of so many ends meet an attempt under way. */
    @Test
    void shouldNotCallItsOwnEndGivingUp() throws Exception {
        String nobody = "ipc://" + TestFamily.newPath();
        for (int i = 0; i < 200; i++) {
            ZmqSocket push = open(PUSH);
            ZmqMonitor monitor = push.monitor(100);
            connect(push, nobody);
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            ZmqEvent event;
            do {
                event = monitor.poll(SOON);
                assertNotEquals(ZmqEvent.Kind.GAVE_UP, event.kind(), () -> "in the end");
            } while (event.kind() != ZmqEvent.Kind.MONITOR_STOPPED);
        }
    }

    @Test
    void shouldGiveUpWhenRefusedIfTold() throws Exception {
        ZmqSocket probe = open(PULL);
        String nobody = probe.bind(endpoint(networks().contains("tcp") ? "tcp" : "vmci"));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.socket(PUSH).option(ZmqOption.RECONNECT_STOP, 1).open();
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
            ZmqSocket once = context.socket(PUSH).option(ZmqOption.RECONNECT_STOP, 2).open();
            ZmqMonitor monitor = once.monitor(100);
            connect(once, endpoint);
            rude.accept().close();
            assertNotNull(monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON));
            assertNotNull(monitor.await(ZmqEvent.Kind.GAVE_UP, SOON));
            assertEquals(0, once.metrics().reconnects());
            ZmqSocket again = context.socket(PUSH).reconnectInterval(Duration.ofMillis(10)).open();
            connect(again, endpoint);
            for (int i = 0; i < 3; i++) {
                rude.accept().close(); // it comes again
            }
        }
    }

    @Test
    void shouldEndAHandshakeThatTakesTooLong() throws Exception {
        ZmqSocket rep = context.socket(REP).handshakeInterval(Duration.ofMillis(200)).open();
        URI uri = URI.create(rep.bind("tcp://127.0.0.1:*"));
        ZmqMonitor monitor = rep.monitor(10);
        try (Socket silent = new Socket(uri.getHost(), uri.getPort())) {
            assertEquals(110, monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON).value());
            silent.setSoTimeout(5000);
            InputStream in = silent.getInputStream();
            while (in.read() >= 0) {
                continue; // the greeting, then the end
            }
        }
    }

    @Test
    void shouldDisconnectAPeerThatSendsTooMuch() throws Exception {
        ZmqSocket pull = context.socket(PULL).maxMessageSize(10).open();
        ZmqMonitor monitor = pull.monitor(10);
        ZmqSocket push = context.socket(PUSH).linger(Duration.ZERO).open();
        connect(push, pull.bind("ipc://*"));
        send(push, "0123456789");
        expect(pull, "0123456789");
        send(push, "0123456789A");
        ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
        assertTrue(event.toString().contains("expected: at most 10"), event.toString());
    }

    @Test
    void shouldTalkBytesToAnyone() throws Exception {
        ZmqSocket stream = open(STREAM);
        URI uri = URI.create(stream.bind("tcp://127.0.0.1:*"));
        try (Socket raw = new Socket(uri.getHost(), uri.getPort())) {
            ZmtpMessage hello = stream.receive(SOON);
            assertEquals(5, hello.partLength(0));
            assertEquals(0, hello.partLength(1));
            hello.release();
            raw.getOutputStream().write("GET /".getBytes());
            ZmtpMessage request = stream.receive(SOON);
            assertEquals("GET /", request.text(1));
            byte[] id = Messages.octets(request.part(0));
            stream.sendBlocking(request); // back where it came from
            assertEquals("GET /", new String(raw.getInputStream().readNBytes(5)));
            stream.sendBlocking(Messages.prepend(Messages.empty(), io.netty.buffer.Unpooled.wrappedBuffer(id)));
            assertEquals(-1, raw.getInputStream().read());
        }
        ZmtpMessage gone = stream.receive(NEVER);
        if (gone != null) { // the close was ours: libzmq tells nothing, and neither must be told twice
            assertEquals(0, gone.partLength(1));
            gone.release();
        }
    }

    @Test
    void shouldGreetAndTellOfTheEnd() throws Exception {
        ZmqSocket router = context.socket(ROUTER).option("HELLO_MSG", "welcome").option("DISCONNECT_MSG", "bye")
                .option("ROUTER_NOTIFY", "1").open();
        ZmqSocket dealer = context.socket(DEALER).routingId("D".getBytes()).option("HICCUP_MSG", "lost")
                .reconnectInterval(Duration.ofSeconds(10)).open();
        String endpoint = router.bind("ipc://*");
        connect(dealer, endpoint);
        expect(dealer, "welcome");
        expect(router, "D", "");
        dealer.disconnect(endpoint);
        expect(router, "D", "bye");
        connect(dealer, endpoint);
        expect(dealer, "welcome");
        router.close();
        expect(dealer, "lost");
    }

    @Test
    void shouldTurnASecondPeerOfTheSameNameAwayOrLetItTakeOver() throws Exception {
        ZmqSocket router = open(ROUTER);
        String endpoint = router.bind("ipc://*");
        ZmqSocket first = context.socket(DEALER).routingId("N".getBytes()).open();
        connect(first, endpoint);
        send(first, "1");
        expect(router, "N", "1");
        ZmqSocket second = context.socket(DEALER).routingId("N".getBytes()).open();
        connect(second, endpoint);
        ZmqMonitor refused = router.monitor(100);
        send(second, "2");
        expectNothing(router);
        second.setOption(ZmqOption.LINGER, 0);
        String why = refused.await(ZmqEvent.Kind.DISCONNECTED, SOON).cause().getMessage();
        assertTrue(why.contains("routing id") && why.contains("ROUTER_HANDOVER"), why);
        second.closeAsync().cancel(false);
        router.setOption(ZmqOption.ROUTER_HANDOVER, true);
        ZmqSocket third = context.socket(DEALER).routingId("N".getBytes()).open();
        ZmqMonitor monitor = first.monitor(10);
        connect(third, endpoint);
        send(third, "3");
        expect(router, "N", "3");
        send(router, "N", "for the third");
        expect(third, "for the third");
        assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
    }

    /** A connect outlives its peer; the peer's name does not. */
    @Test
    void shouldForgetTheNameOfAPeerThatCameBackWithAnother() throws Exception {
        Path path = socketPath();
        ZmqSocket router = context.socket(ROUTER).routerMandatory(true).reconnectInterval(Duration.ofMillis(10)).open();
        connect(router, "ipc://" + path);
        for (String name : new String[] {"A", "B"}) {
            ZmqSocket dealer = context.socket(DEALER).routingId(name.getBytes()).open();
            dealer.bind("ipc://" + path);
            send(dealer, "hello");
            expect(router, name, "hello");
            dealer.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
        ZmqException e = assertThrows(ZmqException.class, () -> send(router, "A", "too late"));
        assertEquals(ZmqError.HOST_UNREACHABLE, e.error());
    }

    @Test
    void shouldGiveOnlyTheLastOfManyIfConflating() throws Exception {
        ZmqSocket pull = context.socket(PULL).conflate(true).open();
        String endpoint = pull.bind("ipc://*");
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        for (int i = 0; i < 100; i++) {
            send(push, "" + i);
        }
        await(() -> pull.metrics().messagesIn() == 100);
        expect(pull, "99");
        expectNothing(pull);
    }

    /** What nobody is bound to take waits as long as LINGER says, though the sender is closed. */
    @Test
    void shouldLingerForABindWithinTheProcess() throws Exception {
        String endpoint = endpoint("inproc");
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        send(push, "early");
        CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
        ZmqSocket pull = open(PULL);
        pull.bind(endpoint);
        expect(pull, "early");
        closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldSendWhatWasSentJustBeforeTheEnd() throws Exception {
        for (int i = 0; i < 200; i++) {
            String endpoint = endpoint("inproc");
            ZmqSocket pull = open(PULL);
            pull.bind(endpoint);
            ZmqSocket push = open(PUSH);
            connect(push, endpoint);
            send(push, "last words");
            CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
            expect(pull, "last words");
            closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
            pull.closeAsync();
        }
    }

    @Test
    void shouldNotLingerForABindThatCannotCome() throws Exception {
        ZmqSocket push = open(PUSH);
        connect(push, endpoint("inproc"));
        send(push, "lost");
        CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
        ZmqSocket other = open(PUSH);
        connect(other, endpoint("inproc"));
        send(other, "lost");
        context.close();
        closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** One client that reads nothing must not mute a server. */
    @Test
    void shouldServeOthersWhileOnePeerTakesNothing() throws Exception {
        ZmqSocket router = context.socket(ROUTER).routerMandatory(true).option(ZmqOption.SNDHWM, 1).open();
        String endpoint = router.bind("ipc://*");
        ZmqSocket lazy = context.socket(DEALER).routingId("lazy".getBytes()).option(ZmqOption.RCVHWM, 1).open();
        ZmqSocket eager = context.socket(DEALER).routingId("eager".getBytes()).open();
        for (ZmqSocket dealer : new ZmqSocket[] {lazy, eager}) {
            connect(dealer, endpoint);
            send(dealer, "hello");
            assertEquals("hello", receive(router).get(1));
        }
        byte[] large = new byte[100_000];
        List<CompletableFuture<Void>> toLazy = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            toLazy.add(router.send(ZmtpMessage.of(Unpooled.copiedBuffer("lazy".getBytes()),
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
        ZmqSocket router = context.socket(ROUTER).option(ZmqOption.ROUTER_NOTIFY, 2).open();
        ZmqSocket[] dealers = new ZmqSocket[2];
        for (int i = 0; i < 2; i++) {
            dealers[i] = context.socket(DEALER).routingId("N".getBytes()).open();
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

    /** Not only who listens, but also who must not be asked. */
    @Test
    void shouldLeaveTheSocketFileOfAListenerWhoseBacklogIsFull() throws Exception {
        Path path = socketPath();
        try (java.nio.channels.ServerSocketChannel busy =
                java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            busy.bind(java.net.UnixDomainSocketAddress.of(path), 1);
            List<java.nio.channels.SocketChannel> clients = new ArrayList<>();
            for (boolean taken = true; taken;) {
                java.nio.channels.SocketChannel client =
                        java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
                clients.add(client);
                client.configureBlocking(false);
                try {
                    client.connect(java.net.UnixDomainSocketAddress.of(path));
                } catch (java.net.SocketException full) { // EAGAIN
                    taken = false;
                }
            }
            ZmqSocket pull = open(PULL);
            ZmqException e = assertThrows(ZmqException.class, () -> pull.bind("ipc://" + path));
            assertEquals(ZmqError.ADDRESS_IN_USE, e.error());
            assertTrue(Files.exists(path));
            for (java.nio.channels.SocketChannel client : clients) {
                client.close();
            }
        }
        Files.delete(path);
    }

    /** The attempts are made on another loop than the socket's, which has enough to do. */
    @Test
    void shouldKeepTryingWhateverElseGoesOn() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = context.socket(PUSH).option(ZmqOption.IMMEDIATE, true)
                .reconnectInterval(Duration.ofMillis(1)).option(ZmqOption.RECONNECT_IVL_MAX, 1).open();
        connect(push, pull.bind("tcp://127.0.0.1:*"));
        connect(push, "ipc://" + socketPath());
        for (int round = 0; round < 200; round++) {
            long before = push.metrics().reconnects();
            for (int i = 0; i < 200; i++) {
                push.send("x");
                push.getOption(ZmqOption.LINGER);
            }
            for (int i = 0; i < 200; i++) {
                expect(pull, "x");
            }
            await(() -> push.metrics().reconnects() > before);
        }
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** LINGER of the moment when an endpoint is let go holds for what it has to send. */
    @EveryNetwork
    void shouldNotLingerLongerThanToldForOneEndpoint(String scheme) throws Exception {
        ZmqSocket probe = open(PULL);
        String endpoint = probe.bind(scheme.equals("ipc") ? "ipc://" + socketPath() : endpoint(scheme));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.socket(PUSH).linger(Duration.ofMillis(50)).open();
        connect(push, endpoint);
        send(push, "lost");
        push.disconnect(endpoint);
        push.setOption(ZmqOption.LINGER, -1);
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(1, push.metrics().dropped());
    }

    @Test
    void shouldSubscribeAgainAfterALoss() throws Exception {
        ZmqSocket xpub = open(XPUB);
        Path path = socketPath();
        xpub.bind("ipc://" + path);
        ZmqSocket sub = context.socket(SUB).reconnectInterval(Duration.ofMillis(10)).open();
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

    @Test
    void shouldRefuseToBlockTheEventLoop() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = open(REQ);
        join(rep, req);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        rep.onMessage(message -> {
            try {
                rep.sendBlocking(message, SOON);
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        send(req, "x");
        assertEquals(IllegalStateException.class, thrown.get(SOON.toSeconds(), TimeUnit.SECONDS).getClass());
    }
}
