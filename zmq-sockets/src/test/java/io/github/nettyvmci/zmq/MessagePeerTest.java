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
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import org.junit.jupiter.api.Test;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What {@code ZmtpMessage.peer()} tells of who sent a message. */
class MessagePeerTest extends SocketTest {

    private static ZmtpMessage take(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = socket.receive(SOON);
        assertTrue(message != null, "no message in time");
        return message;
    }

    private static ZmtpPeer peerOf(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = take(socket);
        ZmtpPeer peer = message.peer();
        message.release();
        return peer;
    }

    @EveryNetwork
    void shouldTellWhoSentAMessage(String scheme) throws Exception {
        ZmqSocket rep = open(REP);
        ZmqMonitor monitor = rep.monitor(100);
        ZmqSocket req = context.builder(REQ).routingId("asker").option("METADATA", "X-room:12").open();
        connect(req, rep.bind(endpoint(scheme)));
        req.send("1", "2", "3", "4", "5", "6"); // more parts than are chained
        ZmtpMessage request = take(rep);
        ZmtpPeer peer = request.peer();
        assertSame(peer, monitor.await(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, SOON).peer());
        assertSame(peer, rep.metrics().peers().get(0).peer());
        assertEquals(ZmtpSocketType.REQ, peer.socketType());
        assertArrayEquals("asker".getBytes(), peer.routingId());
        assertEquals("12", peer.metadata().get("X-room"));
        assertEquals("NULL", peer.mechanism());
        assertNull(peer.userId());
        switch (scheme) {
            case "tcp" -> {
                assertInstanceOf(InetSocketAddress.class, peer.remoteAddress());
                assertEquals("127.0.0.1", peer.address());
            }
            case "ipc" -> assertTrue(peer.address().matches("localhost:[0-9]+:[0-9]+:" + ProcessHandle.current().pid()),
                    peer.address());
            default -> assertEquals(peer.address(),
                    "" + assertInstanceOf(VmciAddress.class, peer.remoteAddress()).cid());
        }
        rep.send(request.retain()); // an echo is another message to whoever gets it
        assertSame(peer, request.peer());
        request.release();
        assertEquals(ZmtpSocketType.REP, peerOf(req).socketType());
        req.send("again");
        assertSame(peer, peerOf(rep));
    }

    @Test
    void shouldTellWhomTheAuthenticatorLetIn() throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.PLAIN_SERVER, true)
                .zapHandler(request -> CompletableFuture.completedFuture(ZapReply.ok("joe"))).open();
        ZmqSocket push = context.builder(PUSH).plain("joe", "secret").open();
        connect(push, pull.bind("ipc://*"));
        send(push, "m");
        ZmtpPeer peer = peerOf(pull);
        assertEquals("PLAIN", peer.mechanism());
        assertEquals("joe", peer.userId());
    }

    @Test
    void shouldTellPeersApart() throws Exception {
        ZmqSocket router = open(ROUTER);
        String endpoint = router.bind("ipc://*");
        ZmtpPeer[] peers = new ZmtpPeer[2];
        for (int i = 0; i < peers.length; i++) {
            ZmqSocket dealer = open(DEALER);
            connect(dealer, endpoint);
            dealer.send("m");
            peers[i] = peerOf(router); // the peer of the part that follows the envelope
        }
        assertNotSame(peers[0], peers[1]);
    }

    /** A worker behind a proxy still sees the peer of the client that asked. */
    @Test
    void shouldKeepThePeerWithinTheProcess() throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket dealer = open(DEALER);
        ZmqSocket worker = open(REP);
        worker.connect(dealer.bind(endpoint("inproc")));
        ZmqSocket req = open(REQ);
        connect(req, router.bind("ipc://*"));
        try (ZmqProxy proxy = ZmqProxy.start(router, dealer)) {
            req.send("who am I?");
            ZmtpMessage request = take(worker);
            assertTrue(request.peer().address().startsWith("localhost:"), request.peer().address());
            assertEquals(ZmtpSocketType.REQ, request.copy().peer().socketType());
            request.release();
            worker.send("you");
            assertEquals(List.of("you"), receive(req));
            assertTrue(proxy.statistics().messagesIn() == 1);
        }
        ZmqSocket push = open(PUSH);
        ZmqSocket pull = open(PULL);
        join(pull, push);
        push.send("made here");
        assertNull(peerOf(pull));
    }
}
