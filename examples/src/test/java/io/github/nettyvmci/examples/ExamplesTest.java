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
package io.github.nettyvmci.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs the examples as their descriptions say, each role in a process of its own. */
@Timeout(300)
class ExamplesTest extends ProgramTest {

    private static final String LISTENING = "listening on ";
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    void helloSocketsShouldGreet() throws Exception {
        Process server = java("HelloSockets", "server", newEndpoint());
        Process client = java("HelloSockets", "client", awaitLine(server, LISTENING));
        assertEquals(List.of("Hello 1 -> World", "Hello 2 -> World", "Hello 3 -> World"), lines(client));
        assertEquals(0, client.exitValue());
        assertEquals("1", awaitLine(server, "asked: Hello "));
        assertEquals("2", awaitLine(server, "asked: Hello "));
        assertEquals("3", awaitLine(server, "asked: Hello "));
    }

    @Test
    void weatherShouldAverageOnePlace() throws Exception {
        Process station = java("Weather", "station", newEndpoint());
        Process listener = java("Weather", "listener", awaitLine(station, LISTENING), "10003");
        List<String> lines = lines(listener);
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).matches("10003: -?[0-9]+ degrees on average of 10"), lines.toString());
    }

    @Test
    void pipelineShouldLoseNothing() throws Exception {
        Process sink = java("Pipeline", "sink", newEndpoint());
        String results = awaitLine(sink, LISTENING);
        Process ventilator = java("Pipeline", "ventilator", newEndpoint());
        String tasks = awaitLine(ventilator, LISTENING);
        java("Pipeline", "worker", tasks, results);
        java("Pipeline", "worker", tasks, results);
        assertEquals(", sum 338350", awaitLine(sink, "100 results"));
        assertEquals(0, sink.waitFor());
        assertEquals(0, ventilator.waitFor());
    }

    @Test
    void brokerShouldJoinClientsAndServices() throws Exception {
        Process broker = java("Broker", newEndpoint(), newEndpoint());
        String clients = awaitLine(broker, "clients: ");
        String services = awaitLine(broker, "services: ");
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket rep = context.builder(ZmqSocketType.REP).option(ZmqOption.LINGER, Duration.ZERO).open();
            rep.connect(services);
            assertEquals("answer", ask(context, clients, rep));
        }
    }

    @Test
    void bridgeShouldForwardToTcp() throws Exception {
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket rep = context.builder(ZmqSocketType.REP).option(ZmqOption.LINGER, Duration.ZERO).open();
            String service = rep.bind("tcp://127.0.0.1:*");
            Process bridge = java("Bridge", newEndpoint(), service);
            String line = awaitLine(bridge, LISTENING);
            assertTrue(line.endsWith(", forwarding to " + service), line);
            assertEquals("answer", ask(context, line.substring(0, line.indexOf(',')), rep));
        }
    }

    /** Asks at an endpoint what {@code rep} is to be asked in the end. */
    private static String ask(ZmqContext context, String endpoint, ZmqSocket rep) throws InterruptedException {
        ZmqSocket req = context.builder(ZmqSocketType.REQ).option(ZmqOption.LINGER, Duration.ZERO).open();
        req.connect(endpoint);
        req.send(ZmtpMessage.ofText("question"));
        ZmtpMessage request = rep.receive(WAIT);
        assertNotNull(request, "the request did not come through");
        assertEquals("question", request.text(0));
        request.release();
        rep.send(ZmtpMessage.ofText("answer"));
        ZmtpMessage reply = req.receive(WAIT);
        assertNotNull(reply, "the reply did not come through");
        String text = reply.text(0);
        reply.release();
        return text;
    }

    @Test
    void secureServiceShouldAdmitTheRightMachineWithTheRightKeyOnly() throws Exception {
        CurveKeyPair known = CurveKeyPair.generate();
        String here = TestFamily.CURRENT == TestFamily.VSOCK ? "1" : "localhost";
        Process server = java("SecureService", "server", known.publicKeyText(), newEndpoint(), here);
        String key = awaitLine(server, "public key ");
        String endpoint = awaitLine(server, LISTENING);
        Process client = java("SecureService", "client", key, known.secretKeyText(), endpoint);
        assertEquals(List.of("Hello -> World, and nobody else could read it"), lines(client));
        Process stranger = java("SecureService", "client", key, CurveKeyPair.generate().secretKeyText(), endpoint);
        assertTrue(awaitLine(stranger, "refused: ").contains("400"));
        assertEquals(1, stranger.waitFor());
        awaitLine(server, "refused: ");
    }

    @Test
    void secureServiceShouldRefuseOtherMachines() throws Exception {
        CurveKeyPair known = CurveKeyPair.generate();
        Process server = java("SecureService", "server", known.publicKeyText(), newEndpoint(), "4711");
        String key = awaitLine(server, "public key ");
        Process client = java("SecureService", "client", key, known.secretKeyText(), awaitLine(server, LISTENING));
        assertTrue(awaitLine(client, "refused: ").contains("400"));
        assertEquals(1, client.waitFor());
    }

    /** Over a Unix socket in the VM too: the JDK has no AF_VSOCK to ask with. */
    @Test
    void httpServerShouldSpeakHttp() throws Exception {
        String path = TestFamily.newPath();
        Process server = java("HttpServer", "ipc://" + path);
        awaitLine(server, LISTENING);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(path));
            String request = "GET /here HTTP/1.1\r\nHost: vm\r\n\r\nGET /there HTTP/1.1\r\nHost: vm\r\n"
                    + "Connection: close\r\n\r\n";
            channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
            String answer = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
            assertTrue(answer.contains("\r\n\r\nGET /here for ipc://(unnamed)\nHTTP/1.1 200 OK\r\n"), answer);
            assertTrue(answer.endsWith("\r\n\r\nGET /there for ipc://(unnamed)\n"), answer);
        }
    }

    @Test
    void httpGatewayShouldServeTcpAndVmSocketsOnOneThread() throws Exception {
        Process gateway = java("HttpGateway", newEndpoint(), "0");
        String[] line = awaitLine(gateway, LISTENING).split(" for services at ");
        URI web = URI.create(line[0]);
        try (ZmqContext context = ZmqContext.create()) {
            ZmqSocket rep = context.builder(ZmqSocketType.REP).option(ZmqOption.LINGER, Duration.ZERO).open();
            rep.onMessage(request -> {
                String text = request.text(0) + " with " + request.text(1);
                request.release();
                rep.sendAsync(text);
            });
            rep.connect(line[1]);
            for (int i = 0; i < 3; i++) {
                HttpURLConnection connection = (HttpURLConnection) web.resolve("/hello").toURL().openConnection();
                connection.setDoOutput(true);
                connection.getOutputStream().write("a body".getBytes(StandardCharsets.UTF_8));
                assertEquals("POST /hello with a body\n",
                        new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
                String threads = awaitLine(gateway, "POST /hello: asked on ");
                String thread = threads.substring(0, threads.indexOf(','));
                assertEquals(thread + ", answered on " + thread, threads);
            }
        }
        HttpURLConnection nobody = (HttpURLConnection) web.toURL().openConnection();
        assertEquals(504, nobody.getResponseCode());
    }

    @Test
    void tcpBridgeShouldPassOnAllOctetsAndTheEnd() throws Exception {
        byte[] octets = new byte[4 << 20];
        new Random(1).nextBytes(octets);
        String path = TestFamily.newPath();
        try (ServerSocketChannel service = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            service.bind(UnixDomainSocketAddress.of(path));
            String[] line = awaitLine(java("TcpBridge", "0", "ipc://" + path), LISTENING + "127.0.0.1:").split(",");
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (SocketChannel connection = service.accept()) {
                    byte[] all = Channels.newInputStream(connection).readNBytes(octets.length);
                    Channels.newOutputStream(connection).write(all);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(line[0]))) {
                client.getOutputStream().write(octets);
                assertArrayEquals(octets, client.getInputStream().readAllBytes());
            }
            served.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void programsShouldTellTheirRoles() throws Exception {
        Process program = java("Pipeline", "boss");
        assertEquals(List.of("role: boss (expected: ventilator or worker or sink, and endpoints)"), lines(program));
        assertEquals(2, program.exitValue());
    }
}
