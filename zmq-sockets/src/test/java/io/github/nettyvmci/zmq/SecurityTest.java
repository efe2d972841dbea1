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

import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmtp.ZapHandler;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZapRequest;
import io.github.nettyvmci.zmtp.ZmtpHandshakeLimiter;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Which peers mechanisms, authenticators, filters and limits let in. */
class SecurityTest extends SocketTest {

    private static final CurveKeyPair SERVER = CurveKeyPair.generate();
    private static final CurveKeyPair CLIENT = CurveKeyPair.generate();

    private static ZmqSocketBuilder asServer(ZmqSocketBuilder builder, String mechanism) {
        switch (mechanism) {
            case "PLAIN":
                return builder.option(ZmqOption.PLAIN_SERVER, true);
            case "CURVE":
                return builder.curveServer(SERVER);
            default:
                return builder.option(ZmqOption.ZAP_DOMAIN, "test"); // NULL asks only with a domain
        }
    }

    private static ZmqSocketBuilder asClient(ZmqSocketBuilder builder, String mechanism) {
        switch (mechanism) {
            case "PLAIN":
                return builder.plain("joe", "secret");
            case "CURVE":
                return builder.curveClient(CLIENT, SERVER.publicKey());
            default:
                return builder;
        }
    }

    private void expectTalk(ZmqSocket rep, ZmqSocket req) throws InterruptedException {
        send(req, "question");
        expect(rep, "question");
        send(rep, "answer");
        expect(req, "answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NULL", "PLAIN", "CURVE"})
    void shouldAskTheHandlerWhateverTheMechanism(String mechanism) throws Exception {
        CompletableFuture<ZapRequest> asked = new CompletableFuture<>();
        ZmqSocket rep = asServer(context.builder(REP).zapHandler(request -> {
            asked.complete(request);
            return CompletableFuture.supplyAsync(() -> ZapReply.ok("joe")); // later, on another thread
        }), mechanism).open();
        ZmqSocket req = asClient(context.builder(REQ), mechanism).open();
        assertEquals(mechanism, rep.mechanism());
        assertEquals(mechanism, req.mechanism());
        connect(req, rep.bind(endpoint(networks().get(0))));
        expectTalk(rep, req);
        assertEquals(mechanism, asked.get().mechanism());
        assertEquals(mechanism.equals("NULL") ? 0 : mechanism.equals("PLAIN") ? 2 : 1,
                asked.get().credentials().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"NULL", "PLAIN", "CURVE"})
    void shouldRefuseWhateverTheMechanism(String mechanism) throws Exception {
        ZmqSocket rep = asServer(context.builder(REP).zapHandler(
                request -> CompletableFuture.completedFuture(ZapReply.refused("nobody"))), mechanism).open();
        ZmqMonitor server = rep.monitor(10);
        ZmqSocket req = asClient(context.builder(REQ), mechanism).open();
        ZmqMonitor client = req.monitor(10);
        connect(req, rep.bind(endpoint(networks().get(0))));
        assertEquals(400, client.await(ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH, SOON).value());
        assertNotNull(client.await(ZmqEvent.Kind.GAVE_UP, SOON));
        assertEquals(400, server.await(ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH, SOON).value());
    }

    /** Answers ZAP requests as programs for libzmq do: with a REP socket on a thread of its own. */
    private CompletableFuture<List<byte[]>> bindAuthenticator(String status) {
        CompletableFuture<List<byte[]>> asked = new CompletableFuture<>();
        ZmqSocket rep = open(REP);
        rep.bind("inproc://zeromq.zap.01");
        rep.onMessage(request -> {
            asked.complete(java.util.stream.IntStream.range(0, request.partCount())
                    .mapToObj(i -> request.bytes(i)).toList());
            rep.sendAsync(ZmtpMessage.of(request.part(0).retain(), request.part(1).retain(),
                    Unpooled.copiedBuffer(status.getBytes()), Unpooled.EMPTY_BUFFER,
                    Unpooled.copiedBuffer("joe".getBytes()), Unpooled.copiedBuffer(new byte[] {
                        3, 'X', '-', 'a', 0, 0, 0, 1, 'b'})));
            request.release();
        });
        return asked;
    }

    @ParameterizedTest
    @ValueSource(strings = {"NULL", "PLAIN", "CURVE"})
    void shouldAskWhoIsBoundToTheNameOfZap(String mechanism) throws Exception {
        CompletableFuture<List<byte[]>> asked = bindAuthenticator("200");
        ZmqSocket rep = asServer(context.builder(REP), mechanism).routingId("R").option(ZmqOption.ZAP_DOMAIN, "test")
                .open();
        ZmqSocket req = asClient(context.builder(REQ), mechanism).open();
        connect(req, rep.bind("tcp://127.0.0.1:*"));
        expectTalk(rep, req);
        List<byte[]> request = asked.get();
        List<String> texts = request.stream().map(String::new).toList();
        assertEquals("1.0", texts.get(0));
        assertEquals(List.of("test", "127.0.0.1", "R", mechanism), texts.subList(2, 6));
        if (mechanism.equals("PLAIN")) {
            assertEquals(List.of("joe", "secret"), texts.subList(6, 8));
        } else if (mechanism.equals("CURVE")) {
            assertArrayEquals(CLIENT.publicKey(), request.get(6));
        }
        assertEquals(6 + (mechanism.equals("NULL") ? 0 : mechanism.equals("PLAIN") ? 2 : 1), request.size());
    }

    /** The event loop of a connection asks. If it waited for another loop, each might wait for the other. */
    @Test
    void shouldAskWhoIsBoundWithoutWaitingForALoop() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ZapRequest request = ZapRequest.of("", "127.0.0.1", new byte[0], "NULL", List.of());
        try (ZmqContext own = ZmqContext.builder().ioThreads(1).build()) {
            ZmqSocket rep = own.open(REP);
            rep.bind("inproc://zeromq.zap.01");
            rep.onMessage(asked -> {
                rep.sendAsync("1.0", "1", "200", "OK", "joe", "");
                asked.release();
            });
            ZmqSocket blocking = own.open(REP);
            blocking.onMessage(message -> {
                message.release();
                busy.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            ZmqSocket req = own.open(REQ);
            req.connect(blocking.bind(endpoint()));
            req.sendAsync("block");
            assertTrue(busy.await(SOON.toSeconds(), TimeUnit.SECONDS));
            CompletableFuture<CompletionStage<ZapReply>> asking = CompletableFuture.supplyAsync(
                    () -> new InprocZap(own).orElse(true).authenticate(request));
            CompletionStage<ZapReply> reply;
            try {
                reply = asking.get(SOON.toSeconds(), TimeUnit.SECONDS);
            } finally {
                goOn.countDown();
            }
            assertEquals("joe", reply.toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS).userId());
            own.close(Duration.ZERO);
        }
    }

    @ParameterizedTest
    @CsvSource({"400, HANDSHAKE_FAILED_AUTH", "500, HANDSHAKE_FAILED_AUTH", "300, HANDSHAKE_FAILED_AUTH",
        "999, HANDSHAKE_FAILED_PROTOCOL"})
    void shouldDoAsItSays(String status, ZmqEvent.Kind kind) throws Exception {
        bindAuthenticator(status);
        ZmqSocket rep = asServer(context.builder(REP), "PLAIN").open();
        ZmqMonitor monitor = rep.monitor(10);
        ZmqSocket req = asClient(context.builder(REQ), "PLAIN").option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1))
                .open();
        connect(req, rep.bind("tcp://127.0.0.1:*"));
        ZmqEvent event = monitor.await(kind, SOON);
        assertNotNull(event);
        assertEquals(kind == ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH ? Integer.parseInt(status) : 0x20000004,
                event.value());
    }

    @ParameterizedTest
    @CsvSource({"NULL, false, true", "NULL, true, false", "PLAIN, false, false", "CURVE, false, true",
        "CURVE, true, false"})
    void shouldDecideByTheOptionsWhenNobodyCanBeAsked(String mechanism, boolean enforce, boolean admitted)
            throws Exception {
        ZmqSocket rep = asServer(context.builder(REP), mechanism).option(ZmqOption.ZAP_DOMAIN, "test")
                .option(ZmqOption.ZAP_ENFORCE_DOMAIN, enforce).open();
        ZmqMonitor monitor = rep.monitor(10);
        ZmqSocket req = asClient(context.builder(REQ), mechanism)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1)).open();
        connect(req, rep.bind("tcp://127.0.0.1:*"));
        if (admitted) {
            expectTalk(rep, req);
        } else {
            // libzmq: EFAULT, then DISCONNECTED
            assertEquals(14, monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON).value());
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
        }
    }

    @Test
    void shouldTellTheAuthenticatorWhoAsks() throws Exception {
        CompletableFuture<ZapRequest> asked = new CompletableFuture<>();
        ZmqSocket rep = context.builder(REP).option(ZmqOption.PLAIN_SERVER, true).option(ZmqOption.ZAP_DOMAIN, "test")
                .zapHandler(request -> {
            asked.complete(request);
            boolean right = new String(request.credentials().get(1)).equals("secret");
            return CompletableFuture.completedFuture(right ? ZapReply.ok("joe") : ZapReply.refused("no"));
        }).open();
        String endpoint = rep.bind("tcp://127.0.0.1:*");
        ZmqSocket good = context.builder(REQ).plain("joe", "secret").open();
        connect(good, endpoint);
        send(good, "let me in");
        expect(rep, "let me in");
        assertEquals("127.0.0.1", asked.get().address());
        assertEquals("test", asked.get().domain());
        ZmqSocket bad = context.builder(REQ).plain("joe", "guess").open();
        ZmqMonitor monitor = bad.monitor(10);
        connect(bad, endpoint);
        assertEquals(400, monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH, SOON).value());
        assertNotNull(monitor.await(ZmqEvent.Kind.GAVE_UP, SOON));
    }

    @Test
    void shouldEncrypt() throws Exception {
        CurveKeyPair serverKeys = CurveKeyPair.generate();
        CurveKeyPair clientKeys = CurveKeyPair.generate();
        ZmqSocket rep = context.builder(REP).curveServer(serverKeys).open();
        String endpoint = rep.bind("ipc://*");
        ZmqSocket req = context.builder(REQ).option(ZmqOption.CURVE_SERVERKEY, serverKeys.publicKey())
                .option("CURVE_PUBLICKEY", clientKeys.publicKeyText())
                .option("CURVE_SECRETKEY", clientKeys.secretKeyText()).open();
        connect(req, endpoint);
        send(req, "secret");
        expect(rep, "secret");
        assertThrows(ZmqException.class,
                () -> context.builder(REQ).option(ZmqOption.CURVE_SERVER, true).plain("a", "b").open());
        assertThrows(ZmqException.class, () -> context.builder(REQ).option(ZmqOption.CURVE_SERVER, true).open());
    }

    @Test
    void shouldComputeOffTheEventLoopWhenHandshakesComeTogether() throws Exception {
        ZmqSocket pull = asServer(context.builder(PULL), "CURVE").open();
        String endpoint = pull.bind("tcp://127.0.0.1:*");
        for (int i = 0; i < 30; i++) {
            ZmqSocket push = asClient(context.builder(PUSH), "CURVE").open();
            connect(push, endpoint);
            send(push, "hello");
        }
        boolean seen = false; // such a thread ends ten seconds after its last handshake
        for (int i = 0; i < 30; i++) {
            expect(pull, "hello");
            seen |= Thread.getAllStackTraces().keySet().stream()
                    .anyMatch(thread -> thread.getName().startsWith("zmtp-handshake"));
        }
        assertTrue(seen);
    }

    @Test
    void shouldCloseTheOldestHandshakeForOneMore() throws Exception {
        ZmtpHandshakeLimiter limiter = new ZmtpHandshakeLimiter(1, 1, 1000);
        ZmqSocket rep = context.builder(REP).handshakeLimiter(limiter).open();
        ZmqMonitor monitor = rep.monitor(100);
        String endpoint = rep.bind("tcp://127.0.0.1:*");
        URI uri = URI.create(endpoint);
        try (Socket silent = new Socket(uri.getHost(), uri.getPort())) {
            await(() -> limiter.pending() == 1);
            ZmqSocket req = context.builder(REQ).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(20)).open();
            connect(req, endpoint);
            expectTalk(rep, req);
            assertEquals(0, req.metrics().reconnects());
            silent.setSoTimeout((int) SOON.toMillis());
            silent.getInputStream().readAllBytes(); // our greeting, and the end
            ZmqEvent event = monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON);
            assertTrue(event.cause().getMessage().contains("of which this was the oldest"), event.toString());
            assertEquals(1, rep.metrics().limitExceeded());
        }
        await(() -> limiter.pending() == 0);
    }

    /** One address takes at most an eighth of the handshakes, so that newcomers are served. */
    @Test
    void shouldServeNewcomersAmongAThousandSilentConnections() throws Exception {
        ZmqSocket rep = context.builder(REP).option(ZmqOption.BACKLOG, 1000).open();
        String endpoint = rep.bind("tcp://127.0.0.1:*");
        URI uri = URI.create(endpoint);
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 1000; i++) {
                silent.add(new Socket(uri.getHost(), uri.getPort()));
            }
            ZmqSocket req = open(REQ);
            connect(req, endpoint);
            expectTalk(rep, req);
            await(() -> rep.metrics().limitExceeded() >= 1000 - 125);
            assertTrue(rep.metrics().limitExceeded() <= 1000 - 125 + 1, "closed: " + rep.metrics().limitExceeded());
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void shouldCountHandshakesOverIpcByUser() throws Exception {
        ZmqSocket rep = context.builder(REP).handshakeLimiter(new ZmtpHandshakeLimiter(8)).open();
        ZmqMonitor monitor = rep.monitor(100);
        Path path = Path.of(URI.create(rep.bind("ipc://*").replace("ipc:", "file:")));
        try (SocketChannel first = SocketChannel.open(UnixDomainSocketAddress.of(path));
                SocketChannel second = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            ZmqEvent event = monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON);
            long uid = Integer.toUnsignedLong((Integer) Files.getAttribute(path, "unix:uid"));
            assertTrue(event.cause().getMessage().startsWith("handshakes under way from uid " + uid + ", "),
                    event.toString());
            assertTrue(first.isOpen() && second.isOpen());
        }
    }

    /** Handshakes of one machine are counted together, whatever ports it connects from. */
    @Test
    void shouldCountHandshakesOverVsockByMachine() {
        EmbeddedChannel peer = new EmbeddedChannel() {
            @Override
            protected SocketAddress remoteAddress0() {
                return VmciAddress.of(7, 1234);
            }
        };
        assertEquals("7", TestTransports.vmci().parseBind("vmci://*:5555", ZmqOptions.defaults(REP))
                .limiterAddress(peer));
        peer.finishAndReleaseAll();
    }

    @Test
    void shouldAcceptOnlyNetworksOfTheFilter() throws Exception {
        ZmqSocket closed = context.builder(PULL).option("TCP_ACCEPT_FILTER", "127.0.0.2")
                .option("TCP_ACCEPT_FILTER", "10.0.0.0/8").open();
        ZmqMonitor monitor = closed.monitor(10);
        URI uri = URI.create(closed.bind("tcp://127.0.0.1:*"));
        try (Socket stranger = new Socket(uri.getHost(), uri.getPort())) {
            stranger.setSoTimeout((int) SOON.toMillis());
            assertEquals(-1, stranger.getInputStream().read()); // not even a greeting
        }
        assertEquals(13, monitor.await(ZmqEvent.Kind.ACCEPT_FAILED, SOON).value());
        ZmqSocket open = context.builder(PULL).option("TCP_ACCEPT_FILTER", "127.0.0.0/30").open();
        ZmqSocket push = open(PUSH);
        connect(push, open.bind("tcp://127.0.0.1:*"));
        send(push, "hello");
        expect(open, "hello");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1/33", "::1/129", "127.0.0.1/", "127.0.0.1/-1", "localhost", "127.0.1"})
    void shouldRefuseWhatIsNoNetwork(String text) {
        ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.TCP_ACCEPT_FILTER.parse(text));
        assertTrue(e.getMessage().contains(text + " (expected: an IP address, or ADDRESS/BITS)"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"UID, 0, true", "UID, 1, false", "GID, 0, true", "GID, 1, false", "PID, 0, true", "PID, 1, false"})
    void shouldAcceptOnlyProcessesOfTheFilter(String which, long more, boolean admitted) throws Exception {
        Path file = Files.createTempFile("zmq", "");
        long number = which.equals("PID") ? ProcessHandle.current().pid()
                : Integer.toUnsignedLong((Integer) Files.getAttribute(file, "unix:" + which.toLowerCase()));
        Files.delete(file);
        ZmqSocket pull = context.builder(PULL).option("IPC_FILTER_" + which, "" + (number + more)).open();
        ZmqMonitor monitor = pull.monitor(10);
        ZmqSocket push = open(PUSH);
        connect(push, pull.bind("ipc://*"));
        push.sendAsync("hello");
        if (admitted) {
            expect(pull, "hello");
        } else {
            assertNotNull(monitor.await(ZmqEvent.Kind.ACCEPT_FAILED, SOON));
            assertFalse(push.metrics().messagesOut() > 0);
            push.setOption(ZmqOption.LINGER, Duration.ZERO);
        }
    }

    /**
     * A supplementary group of the peer's process counts, however many it has. libzmq asks the group database by user
     * instead; this is what the process really may do.
     */
    @ParameterizedTest
    @CsvSource({"4242, 1, true", "4242, 300, true", "4241, 1, false", "0, 300, false"})
    void shouldAcceptProcessesBySupplementaryGroup(long filter, int groups, boolean admitted) throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")) && new File("/usr/bin/python3").canExecute(),
                "a process with other groups is made as root by /usr/bin/python3");
        ZmqSocket pull = context.builder(PULL).option("IPC_FILTER_GID", "" + filter).open();
        ZmqMonitor monitor = pull.monitor(10);
        String name = pull.bind("ipc://@groups" + ProcessHandle.current().pid() + '.' + groups).substring(7);
        Process peer = new ProcessBuilder("/usr/bin/python3", "-c", "import os, socket, sys\n"
                + "os.setgroups(range(4242, 4242 + int(sys.argv[2])))\n"
                + "os.setresgid(4000, 4000, 4000)\n"
                + "s = socket.socket(socket.AF_UNIX)\n"
                + "s.connect('\\0' + sys.argv[1])\n"
                + "s.settimeout(20)\n"
                + "print(len(s.recv(1)))", name, "" + groups).redirectErrorStream(true).start();
        String greeted = new String(peer.getInputStream().readAllBytes()).strip();
        assertEquals(admitted ? "1" : "0", greeted);
        assertNotNull(monitor.await(admitted ? ZmqEvent.Kind.ACCEPTED : ZmqEvent.Kind.ACCEPT_FAILED, SOON));
    }

    @Test
    void shouldTellTheAuthenticatorWhichProcessAsks() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ZAP_DOMAIN, "test").zapHandler(request -> {
            asked.complete(request.address());
            return CompletableFuture.completedFuture(ZapReply.ok(""));
        }).open();
        ZmqSocket req = open(REQ);
        connect(req, router.bind("ipc://*"));
        String[] parts = asked.get(SOON.toSeconds(), java.util.concurrent.TimeUnit.SECONDS).split(":");
        assertEquals("localhost", parts[0]);
        assertEquals(ProcessHandle.current().pid(), Long.parseLong(parts[3]), Arrays.toString(parts));
    }

    /**
     * A connect goes on after the socket's own handler has refused the server, since another one may answer the next
     * time. Only a client that was refused does not come back as it is. libzmq does the same.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldAskAgainAfterItsOwnHandlerRefusedAClientItConnectsTo(boolean refuses) throws Exception {
        CurveKeyPair server = CurveKeyPair.generate();
        AtomicInteger asked = new AtomicInteger();
        ZapHandler handler = request -> {
            if (asked.incrementAndGet() > 2) {
                return CompletableFuture.completedFuture(ZapReply.ok("late"));
            }
            return refuses ? CompletableFuture.completedFuture(ZapReply.refused("not yet"))
                    : CompletableFuture.failedFuture(new IllegalStateException("out of order"));
        };
        ZmqSocket pull = context.builder(ZmqSocketType.PULL).option(ZmqOption.CURVE_SERVERKEY, server.publicKey())
                .option(ZmqOption.CURVE_SECRETKEY, CurveKeyPair.generate().secretKey()).open();
        String endpoint = pull.bind("tcp://127.0.0.1:*");
        ZmqSocket push = context.builder(ZmqSocketType.PUSH).curveServer(server).zapHandler(handler)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10)).open();
        ZmqMonitor monitor = push.monitor(1000);
        connect(push, endpoint);
        send(push, "at last");
        expect(pull, "at last");
        assertEquals(3, asked.get());
        ZmqEvent first = monitor.poll(SOON);
        while (!first.kind().name().startsWith("HANDSHAKE_FAILED")) {
            first = monitor.poll(SOON);
        }
        assertEquals(refuses, first.kind() == ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH);
    }
}
