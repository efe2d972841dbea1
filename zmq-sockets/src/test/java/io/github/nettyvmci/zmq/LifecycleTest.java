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
import static io.github.nettyvmci.zmq.ZmqSocketType.STREAM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Binds and connects to every kind of endpoint, undoes both, and checks what fails and with which error. */
class LifecycleTest extends SocketTest {

    @EveryScheme
    void shouldUnbindWhatBindReturned(String scheme) throws Exception {
        ZmqSocket rep = open(REP);
        String endpoint = rep.bind(scheme.equals("ipc") ? "ipc://" + TestFamily.newPath() : endpoint(scheme));
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

    @Test
    void shouldReplaceASocketFileNobodyListensAt() throws Exception {
        Path path = Path.of(TestFamily.newPath());
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
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true)
                .open(); // or a full dealer misses replies
        String ipc = router.bind("ipc://*");
        String tcp = router.bind("tcp://127.0.0.1:*");
        String inproc = router.bind(endpoint("inproc"));
        for (String endpoint : new String[] {ipc, tcp, inproc}) {
            ZmqSocket dealer = open(DEALER);
            connect(dealer, endpoint);
            for (int i = 0; i < 2000; i++) {
                dealer.sendAsync("" + i);
            }
            for (int i = 0; i < 2000; i++) {
                ZmtpMessage message = router.receive(SOON);
                assertEquals("" + i, message.text(1));
                router.send(message);
            }
            for (int i = 0; i < 2000; i++) {
                expect(dealer, "" + i);
            }
            dealer.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo", "vmci://12abc:1", "vmci://*", "foo://x", "tcp://127.0.0.1:99999", "ipc://",
        "tcp://127.0.0.1:12ab", "tcp://1.2.3.4", "ipc://@", "tcp://::1:5", "://x"})
    void shouldRefuseMalformedEndpoints(String endpoint) {
        ZmqSocket pull = open(PULL);
        for (Executable call : new Executable[] {() -> pull.bindAsync(endpoint).join(), () -> pull.connect(endpoint)}) {
            ZmqException e = assertThrows(ZmqException.class, call);
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

    /** Sends so many messages that they fill the kernel's buffer, then the queue, and the rest has to wait. */
    @Test
    void shouldSendAllOfManyThatWaitAtOnce() throws Exception {
        ZmqSocket pull = open(PULL);
        String endpoint = pull.bind("ipc://*");
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, 1).open();
        connect(push, endpoint);
        List<CompletableFuture<Void>> sent = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            sent.add(push.sendAsync(ZmtpMessage.of(Unpooled.buffer(50_000).writeZero(50_000))).toCompletableFuture());
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
            byte[] id = request.bytes(0);
            stream.send(request); // back where it came from
            assertEquals("GET /", new String(raw.getInputStream().readNBytes(5)));
            stream.send(ZmtpMessage.of(id, new byte[0]));
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
        ZmqSocket router = context.builder(ROUTER).option("HELLO_MSG", "welcome").option("DISCONNECT_MSG", "bye")
                .option("ROUTER_NOTIFY", "1").open();
        ZmqSocket dealer = context.builder(DEALER).routingId("D").option("HICCUP_MSG", "lost")
                .option(ZmqOption.RECONNECT_IVL, Duration.ofSeconds(10)).open();
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
    void shouldGiveOnlyTheLastOfManyIfConflating() throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.CONFLATE, true).open();
        String endpoint = pull.bind("ipc://*");
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        for (int i = 0; i < 100; i++) {
            send(push, "" + i);
        }
        await(() -> pull.metrics().messagesIn() == 100);
        settle(pull);
        expect(pull, "99");
        expectNothing(pull);
    }

    /** A listener with a full backlog answers EAGAIN rather than accepting, and yet its socket file is in use. */
    @Test
    void shouldLeaveTheSocketFileOfAListenerWhoseBacklogIsFull() throws Exception {
        Path path = Path.of(TestFamily.newPath());
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

    @Test
    void shouldRefuseToBlockTheEventLoop() throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket req = open(REQ);
        join(rep, req);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        rep.onMessage(message -> {
            try {
                assertTrue(rep.offer(message, SOON));
            } catch (Throwable e) {
                thrown.complete(e);
            }
        });
        send(req, "x");
        assertEquals(IllegalStateException.class, thrown.get(SOON.toSeconds(), TimeUnit.SECONDS).getClass());
    }

    @Test
    void shouldWakeWhoWaitsForAMonitorThatIsClosed() throws Exception {
        ZmqMonitor monitor = open(REP).monitor(10);
        CompletableFuture<ZmqEvent> polled = new CompletableFuture<>();
        Thread waiting = new Thread(() -> {
            try {
                polled.complete(monitor.poll(Duration.ofMinutes(10)));
            } catch (Throwable e) {
                polled.completeExceptionally(e);
            }
        });
        waiting.start();
        await(() -> waiting.getState() == Thread.State.TIMED_WAITING);
        monitor.close();
        assertNull(polled.get(SOON.toSeconds(), TimeUnit.SECONDS));
        assertNull(monitor.await(ZmqEvent.Kind.LISTENING, Duration.ofMinutes(10)));
    }

    /** If a socket lived on the loop of another transport, every message would go from one loop to the other. */
    @Test
    void shouldLiveOnALoopOfItsFirstTransport() throws Exception {
        ZmqSocket pull = open(PULL);
        pull.setOption(ZmqOption.RCVHWM, 10);
        String endpoint = pull.bind("tcp://127.0.0.1:*");
        CompletableFuture<String> thread = new CompletableFuture<>();
        pull.onMessage(message -> {
            message.release();
            thread.complete(Thread.currentThread().getName());
        });
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        send(push, "x");
        assertTrue(thread.get(SOON.toSeconds(), TimeUnit.SECONDS).startsWith("zmq-tcp"), thread.join());
    }

    /** A bind deletes a socket file at which nobody listens; every other file belongs to somebody else. */
    @Test
    void shouldDeleteNoFileButASocketNobodyListensAt() throws Exception {
        Path pipe = Path.of(TestFamily.newPath());
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Path dead = Path.of(TestFamily.newPath());
        try (java.nio.channels.ServerSocketChannel left =
                java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            left.bind(java.net.UnixDomainSocketAddress.of(dead));
        }
        Path link = Files.createSymbolicLink(Path.of(TestFamily.newPath()), dead);
        Path nowhere = Files.createSymbolicLink(Path.of(TestFamily.newPath()), Path.of(TestFamily.newPath()));
        ZmqSocket pull = open(PULL);
        for (Path path : List.of(pipe, link, nowhere)) {
            assertEquals(ZmqError.ADDRESS_IN_USE,
                    assertThrows(ZmqException.class, () -> pull.bind("ipc://" + path)).error());
            assertTrue(Files.exists(path, java.nio.file.LinkOption.NOFOLLOW_LINKS), path.toString());
        }
        for (Path path : List.of(pipe, link, nowhere, dead)) {
            Files.delete(path);
        }
    }

    @Test
    void shouldLeaveTheFileThatAnotherPutInItsPlace() throws Exception {
        Path path = Path.of(TestFamily.newPath());
        ZmqSocket old = open(PULL);
        old.bind("ipc://" + path);
        Files.delete(path);
        ZmqSocket newer = open(PULL);
        newer.bind("ipc://" + path);
        old.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertTrue(Files.exists(path));
        ZmqSocket push = open(PUSH);
        connect(push, "ipc://" + path);
        send(push, "to the newer");
        expect(newer, "to the newer");
        newer.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertFalse(Files.exists(path));
    }
}
