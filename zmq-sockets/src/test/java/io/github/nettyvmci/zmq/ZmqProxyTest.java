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
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XSUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.Test;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

class ZmqProxyTest extends SocketTest {

    private ZmqSocket frontend;
    private ZmqSocket backend;

    private ZmqProxy broker(ZmqSocket capture) {
        frontend = open(ROUTER);
        backend = open(DEALER);
        frontend.bind("tcp://127.0.0.1:*");
        backend.bind("ipc://*");
        return ZmqProxy.start(frontend, backend, capture);
    }

    private ZmqSocket client() {
        ZmqSocket client = open(REQ);
        connect(client, frontend.lastEndpoint());
        return client;
    }

    private ZmqSocket echo() {
        ZmqSocket worker = open(REP);
        connect(worker, backend.lastEndpoint());
        worker.onMessage(worker::sendAsync);
        return worker;
    }

    @Test
    void shouldBrokerBetweenTransports() throws Exception {
        ZmqProxy proxy = broker(null);
        echo();
        ZmqSocket req = client();
        for (int i = 0; i < 500; i++) {
            send(req, "hello");
            expect(req, "hello");
        }
        ZmqProxy.Statistics statistics = proxy.statistics();
        assertEquals(500, statistics.messagesIn());
        assertEquals(500, statistics.messagesOut());
        assertEquals(500 * (5 + 5), statistics.bytesIn()); // routing id, delimiter, body
        proxy.close();
        proxy.closeFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldForwardSubscriptions() throws Exception {
        ZmqSocket xsub = open(XSUB);
        ZmqSocket xpub = open(XPUB);
        xsub.bind("ipc://*");
        xpub.bind("ipc://*");
        ZmqProxy.start(xsub, xpub);
        ZmqSocket pub = open(PUB);
        ZmqSocket sub = open(SUB);
        connect(pub, xsub.lastEndpoint());
        connect(sub, xpub.lastEndpoint());
        sub.subscribe("news");
        await(() -> pub.topicCount() == 1);
        send(pub, "news", "today");
        expect(sub, "news", "today");
        sub.unsubscribe("news");
        await(() -> pub.topicCount() == 0);
    }

    @Test
    void shouldBeSteered() throws Exception {
        ZmqProxy proxy = broker(null);
        echo();
        ZmqSocket control = open(REP);
        ZmqSocket steering = open(REQ);
        join(control, steering);
        proxy.steerBy(control);
        ZmqSocket req = client();
        send(req, "one");
        expect(req, "one");
        send(steering, "PAUSE");
        expect(steering, "");
        send(req, "two");
        expectNothing(req);
        send(steering, "RESUME");
        expect(steering, "");
        expect(req, "two");
        send(steering, "STATISTICS");
        ZmtpMessage statistics = steering.receive(SOON);
        assertEquals(8, statistics.partCount());
        assertEquals(2, statistics.part(0).getLongLE(statistics.part(0).readerIndex()));
        statistics.release();
        send(steering, "TERMINATE");
        expect(steering, "");
        proxy.closeFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldCaptureAndEndWithASocket() throws Exception {
        ZmqSocket capture = open(PAIR);
        ZmqSocket watcher = open(PAIR);
        join(capture, watcher);
        ZmqProxy proxy = broker(capture);
        echo();
        ZmqSocket req = client();
        send(req, "hello");
        expect(req, "hello");
        assertEquals("hello", receive(watcher).get(2));
        assertEquals("hello", receive(watcher).get(2));
        frontend.close();
        ExecutionException e = assertThrows(ExecutionException.class,
                () -> proxy.closeFuture().get(SOON.toSeconds(), TimeUnit.SECONDS));
        assertTrue(e.getCause() instanceof ZmqException, e.toString());
    }

    @Test
    void shouldCountWhatASocketRefuses() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).open();
        ZmqSocket dealer = open(DEALER);
        ZmqSocket worker = open(DEALER);
        join(dealer, worker);
        try (LogRecords log = LogRecords.ofSockets(Level.FINE)) {
            ZmqProxy proxy = ZmqProxy.start(router, dealer);
            for (int i = 1; i <= 3; i++) {
                int refused = i;
                send(worker, "nobody", "hello");
                await(() -> proxy.statistics().dropped() == refused);
            }
            assertEquals(3, proxy.statistics().messagesOut());
            assertFalse(proxy.closeFuture().isDone());
            assertEquals(3, log.lines().stream().filter(line -> line.contains("proxy: message from")).count());
        }
    }

    @Test
    void shouldCountWhatWaitsForASocketThatCloses() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket client = open(PUSH);
        join(pull, client);
        ZmqSocket nobodys = open(PUSH);
        ZmqProxy proxy = ZmqProxy.start(pull, nobodys);
        send(client, "hello");
        await(() -> proxy.statistics().messagesIn() == 1);
        assertEquals(0, proxy.statistics().dropped());
        nobodys.close();
        await(proxy.closeFuture()::isDone);
        assertEquals(1, proxy.statistics().dropped());
    }

    @Test
    void shouldCountWhatTheCaptureMisses() throws Exception {
        ZmqSocket capture = open(PUSH);
        ZmqProxy proxy = broker(capture);
        echo();
        ZmqSocket req = client();
        send(req, "hello");
        expect(req, "hello");
        assertEquals(2, proxy.statistics().notCaptured());
        ZmqSocket watcher = open(PULL);
        join(watcher, capture);
        send(capture, "there");
        expect(watcher, "there");
        send(req, "again");
        expect(req, "again");
        assertEquals("again", receive(watcher).get(2));
        assertEquals("again", receive(watcher).get(2));
        assertEquals(2, proxy.statistics().notCaptured());
    }
}
