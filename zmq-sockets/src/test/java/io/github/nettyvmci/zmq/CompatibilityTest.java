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

import static io.github.nettyvmci.zmq.ZmqSocketType.CLIENT;
import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SERVER;
import static io.github.nettyvmci.zmq.ZmqSocketType.STREAM;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** What programs for libzmq rely on, beside the patterns themselves; what libzmq 4.3.4 does stands at each test. */
class CompatibilityTest extends SocketTest {

    private static ZmqError errorOf(Executable call) {
        Throwable thrown = assertThrows(Exception.class, call);
        return ((ZmqException) (thrown instanceof CompletionException ? thrown.getCause() : thrown)).error();
    }

    /** libzmq: empty before, five octets beginning with 0 after zmq_connect, those of the last connection. */
    @Test
    void shouldTellTheRoutingIdOfAStreamsConnection() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String endpoint = "tcp://127.0.0.1:" + server.getLocalPort();
            ZmqSocket stream = open(STREAM);
            assertEquals(0, stream.getOption(ZmqOption.ROUTING_ID).length);
            connect(stream, endpoint);
            byte[] first = stream.getOption(ZmqOption.ROUTING_ID);
            assertEquals(5, first.length);
            assertEquals(0, first[0]);
            ZmtpMessage connected = stream.receive(SOON);
            assertArrayEquals(first, connected.bytes(0));
            connected.release();
            connect(stream, endpoint);
            byte[] second = stream.getOption(ZmqOption.ROUTING_ID);
            assertFalse(java.util.Arrays.equals(first, second));
            stream.setOption(ZmqOption.CONNECT_ROUTING_ID, "mine".getBytes());
            connect(stream, endpoint);
            assertArrayEquals(second, stream.getOption(ZmqOption.ROUTING_ID)); // libzmq: not told
            assertTrue(stream.offer(ZmtpMessage.of(first, "x".getBytes()), SOON));
            assertEquals('x', server.accept().getInputStream().read());
        }
    }

    /** libzmq: an empty message ends a connection, and no notification tells of what was wanted. */
    @Test
    void shouldNotTellOfAStreamThatWasEndedHere() throws Exception {
        ZmqSocket stream = open(STREAM);
        java.net.URI uri = java.net.URI.create(stream.bind("tcp://127.0.0.1:*"));
        try (java.net.Socket peer = new java.net.Socket(uri.getHost(), uri.getPort())) {
            ZmtpMessage connected = stream.receive(SOON);
            byte[] id = connected.bytes(0);
            connected.release();
            assertTrue(stream.offer(ZmtpMessage.of(Unpooled.wrappedBuffer(id), Unpooled.EMPTY_BUFFER), SOON));
            peer.setSoTimeout((int) SOON.toMillis());
            assertEquals(-1, peer.getInputStream().read());
            assertEquals(ZmqError.HOST_UNREACHABLE, errorOf(() -> stream.offer(
                    ZmtpMessage.of(Unpooled.wrappedBuffer(id), Unpooled.EMPTY_BUFFER), SOON)));
            expectNothing(stream);
        }
    }

    /** libzmq: every call on a closed socket fails with ENOTSOCK. */
    @Test
    void shouldRefuseCallsOnAClosedSocket() throws Exception {
        ZmqSocket push = open(PUSH);
        String endpoint = push.bind("ipc://*");
        push.close();
        Executable[] calls = {() -> push.setOption(ZmqOption.SNDHWM, 1), () -> push.setOption("SNDHWM", "1"),
            () -> push.monitor(10), () -> push.onEvent(event -> { }), () -> push.unbind(endpoint),
            () -> push.disconnect(endpoint), () -> push.bind("ipc://*"), () -> push.connect(endpoint),
            () -> push.disconnectPeer(1), () -> push.subscribe("")};
        for (Executable call : calls) {
            assertEquals(ZmqError.CLOSED, errorOf(call));
        }
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(ZmqError.CLOSED, errorOf(() -> push.setOption(ZmqOption.LINGER, Duration.ofMillis(1))));
        assertTrue(push.isClosed());
    }

    /** libzmq takes the last that was set; here the call that would use them fails instead of retrying for ever. */
    @Test
    void shouldRefuseToConnectWithOptionsThatContradictEachOther() {
        ZmqSocket dealer = open(DEALER);
        dealer.setOption(ZmqOption.PLAIN_SERVER, true);
        dealer.setOption(ZmqOption.CURVE_SERVER, true);
        assertEquals(ZmqError.INVALID, errorOf(() -> dealer.connect("tcp://127.0.0.1:9")));
        assertEquals(ZmqError.INVALID, errorOf(() -> dealer.bind("tcp://127.0.0.1:*")));
        dealer.setOption(ZmqOption.PLAIN_SERVER, false);
        ZmqException noKey = assertThrows(ZmqException.class, () -> dealer.connect("ipc://nowhere"));
        assertTrue(noKey.getMessage().contains("CURVE_SECRETKEY"), noKey.getMessage());
        dealer.setOption(ZmqOption.CURVE_SECRETKEY, CurveKeyPair.generate().secretKey());
        dealer.bind("ipc://*");
        assertEquals(0, dealer.metrics().reconnects());
    }

    /** libzmq: EINVAL for each when set; only the last it takes, a name that RFC 37 does not allow. */
    @ParameterizedTest
    @ValueSource(strings = {"novalue", ":b", "X-a:", "a:b", "Socket-Type:PUSH", "x-a:b", "X-two words:v"})
    void shouldRefuseMalformedMetadataWhenSet(String property) {
        ZmqSocket push = open(PUSH);
        assertEquals(ZmqError.INVALID, errorOf(() -> push.setOption(ZmqOption.METADATA, List.of(property))));
        assertEquals(ZmqError.INVALID, errorOf(() -> context.builder(PUSH).option("METADATA", property)));
        push.setOption(ZmqOption.METADATA, List.of("X-a:b:c"));
        push.bind("ipc://*");
    }

    /** libzmq sends the first value of a name that is set twice. */
    @Test
    void shouldTakeTheFirstValueOfAProperty() throws Exception {
        ZmqSocket pull = context.builder(PULL).option("METADATA", "X-a:1").option("METADATA", "X-a:2").open();
        ZmqSocket push = context.builder(PUSH).option("METADATA", "X-a:1").option("METADATA", "X-A:2").open();
        connect(push, pull.bind("ipc://*"));
        send(push, "hello");
        expect(pull, "hello");
    }

    @Test
    void shouldBoundTheLengthOfAPropertysName() {
        ZmqOption.METADATA.parse("X-" + "a".repeat(252) + ":v");
        assertEquals(ZmqError.INVALID, errorOf(() -> ZmqOption.METADATA.parse("X-" + "a".repeat(253) + ":v")));
    }

    /** libzmq connects the two, and messages go nowhere; here it fails on both sides as over tcp. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRefuseTypesThatDoNotMatchWithinAProcess(boolean bindFirst) throws Exception {
        ZmqSocket pub = open(PUB);
        ZmqSocket req = open(REQ);
        ZmqMonitor bound = pub.monitor(10);
        ZmqMonitor connected = req.monitor(10);
        String endpoint = endpoint();
        if (bindFirst) {
            pub.bind(endpoint);
        }
        connect(req, endpoint);
        if (!bindFirst) {
            req.sendAsync("lost");
            pub.bind(endpoint);
        }
        for (ZmqMonitor monitor : new ZmqMonitor[] {bound, connected}) {
            ZmqEvent event = monitor.await(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, SOON);
            assertEquals(71, event.value());
            assertEquals(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, ((ZmtpException) event.cause()).error());
        }
        assertNotNull(connected.await(ZmqEvent.Kind.GAVE_UP, SOON));
        assertEquals(1, pub.metrics().handshakeFailures());
        assertEquals(1, req.metrics().handshakeFailures());
        assertEquals(bindFirst ? 0 : 1, req.metrics().dropped());
        assertEquals(ZmqError.NOT_FOUND, errorOf(() -> req.disconnect(endpoint)));
    }

    /** libzmq leaves the second peer of a PAIR without a word. */
    @Test
    void shouldTellASecondPeerThatItIsNotTaken() throws Exception {
        ZmqSocket pair = open(PAIR);
        ZmqSocket first = open(PAIR);
        join(pair, first);
        ZmqSocket second = open(PAIR);
        ZmqMonitor monitor = second.monitor(10);
        connect(second, pair.lastEndpoint());
        ZmqEvent event = monitor.await(ZmqEvent.Kind.GAVE_UP, SOON);
        assertTrue(event.cause().getMessage().contains("no second peer"), event.toString());
        send(first, "hello");
        expect(pair, "hello");
    }

    /** zmq_disconnect_peer(3): the connection ends, and a connecting one is not tried again. */
    @EveryScheme
    void shouldDisconnectOnePeer(String scheme) throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_NOTIFY, 2).open();
        ZmqSocket dealer = context.builder(DEALER).routingId("D")
                .option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1)).open();
        connect(dealer, router.bind(endpoint(scheme)));
        send(dealer, "one");
        expect(router, "D", "one");
        router.disconnectPeer("D".getBytes());
        await(() -> router.metrics().peers().isEmpty());
        assertEquals(ZmqError.HOST_UNREACHABLE, errorOf(() -> router.disconnectPeer("D".getBytes())));
        expectNothing(router); // ROUTER_NOTIFY tells of others' doings
        assertEquals(ZmqError.NOT_SUPPORTED, errorOf(() -> dealer.disconnectPeer("D".getBytes())));
        dealer.setOption(ZmqOption.LINGER, Duration.ZERO);
    }

    @EveryScheme
    void shouldDisconnectOnePeerByItsNumber(String scheme) throws Exception {
        ZmqSocket server = open(SERVER);
        ZmqSocket client = context.builder(CLIENT).option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1)).open();
        ZmqMonitor monitor = client.monitor(10);
        connect(client, server.bind(endpoint(scheme)));
        send(client, "one");
        ZmtpMessage message = server.receive(SOON);
        int number = message.part(0).getInt(message.part(0).readerIndex());
        message.release();
        server.disconnectPeer(number);
        await(() -> server.metrics().peers().isEmpty());
        if (!scheme.equals("inproc")) {
            assertNotNull(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON));
        }
        assertEquals(ZmqError.HOST_UNREACHABLE, errorOf(() -> server.disconnectPeer(number)));
        assertEquals(ZmqError.HOST_UNREACHABLE, errorOf(() -> server.disconnectPeer(new byte[] {1, 2, 3})));
    }

    /** A peer that we connect to is let go for good, and what waits for it with it. */
    @Test
    void shouldNotConnectAgainToADisconnectedPeer() throws Exception {
        ZmqSocket server = open(SERVER);
        ZmqMonitor monitor = server.monitor(10);
        String endpoint = "ipc://" + io.github.nettyvmci.testing.TestFamily.newPath();
        int number = server.connectPeer(endpoint);
        assertTrue(server.offer(ZmtpMessage.of(Unpooled.copyInt(number), Unpooled.copiedBuffer("x".getBytes())),
                SOON));
        server.disconnectPeer(number);
        assertEquals(ZmqError.NOT_FOUND, errorOf(() -> server.disconnect(endpoint)));
        assertEquals(1, server.metrics().dropped());
        assertTrue(server.metrics().peers().isEmpty());
        assertNotNull(monitor.await(ZmqEvent.Kind.CONNECT_DELAYED, SOON));
    }

    /** libzmq takes the ends of these ranges, and programs use them: all 64 bits, no backlog, a mark of INT_MAX. */
    @Test
    void shouldTakeTheRangesOfLibzmq() throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.AFFINITY, Long.MIN_VALUE)
                .option(ZmqOption.BACKLOG, 0).option(ZmqOption.RCVHWM, Integer.MAX_VALUE).open();
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDHWM, Integer.MAX_VALUE).open();
        for (String scheme : schemes()) {
            connect(push, pull.bind(endpoint(scheme)));
        }
        for (int i = 0; i < 3000; i++) {
            send(push, "" + i);
        }
        java.util.Set<String> got = new java.util.HashSet<>();
        for (int i = 0; i < 3000; i++) {
            got.addAll(receive(pull));
        }
        assertEquals(3000, got.size());
        assertEquals(Integer.MAX_VALUE, push.getOption(ZmqOption.SNDHWM));
    }

    /** libzmq: 0 for a topic that was never subscribed. */
    @Test
    void shouldTakeBackWhatWasNotSubscribed() {
        ZmqSocket sub = open(SUB);
        sub.unsubscribe("never");
        assertEquals(0, sub.topicCount());
    }
}
