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
import static io.github.nettyvmci.zmq.ZmqSocketType.DISH;
import static io.github.nettyvmci.zmq.ZmqSocketType.PEER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.RADIO;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the verbs of a socket promise: which of them wait, and who owns the message afterwards. */
class VerbsTest extends SocketTest {

    @Test
    void shouldSendTextAndBytes() throws Exception {
        ZmqSocket push = open(PUSH);
        ZmqSocket pull = open(PULL);
        join(pull, push);
        push.send("a", "b");
        push.send("c".getBytes(StandardCharsets.UTF_8), new byte[0]);
        push.send(ZmtpMessage.ofText("d"));
        assertEquals(List.of("a", "b"), texts(pull.receive()));
        assertEquals(List.of("c", ""), texts(pull.receive()));
        assertEquals(List.of("d"), texts(pull.receive()));
    }

    /** Two sockets connect at the same moment, each on its own event loop; neither waits for the other's loop. */
    @Test
    void shouldConnectEachOtherFromTheirHandlers() throws Exception {
        try (ZmqContext two = ZmqContext.builder().ioThreads(2).linger(Duration.ZERO).build()) {
            ZmqSocket[] pulls = {two.open(PULL), two.open(PULL)};
            String[] endpoints = {pulls[0].bind("ipc://*"), pulls[1].bind("ipc://*")};
            CyclicBarrier both = new CyclicBarrier(2);
            CompletableFuture<?>[] connected = {new CompletableFuture<>(), new CompletableFuture<>()};
            for (int i = 0; i < 2; i++) {
                int mine = i;
                pulls[mine].onMessage(message -> {
                    message.release();
                    try {
                        both.await(SOON.toSeconds(), TimeUnit.SECONDS);
                        pulls[1 - mine].connect("ipc://" + TestFamily.newPath());
                        connected[mine].complete(null);
                    } catch (Exception e) {
                        connected[mine].completeExceptionally(e);
                    }
                });
            }
            for (String endpoint : endpoints) {
                ZmqSocket push = two.open(PUSH);
                push.connect(endpoint);
                push.send("now");
            }
            CompletableFuture.allOf(connected).get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldGiveBackWhatIsNotTakenInTime() throws Exception {
        ZmqSocket push = open(PUSH);
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).option(ZmqOption.SNDHWM, 1)
                .open();
        ZmqSocket dealer = context.builder(DEALER).option(ZmqOption.RCVHWM, 1).routingId("d").open();
        for (Duration time : List.of(Duration.ZERO, Duration.ofMillis(20))) {
            ZmtpMessage mine = ZmtpMessage.ofText("m");
            assertFalse(push.offer(mine, time)); // no credit
            assertEquals(1, mine.refCnt());
            mine.release();
        }
        join(router, dealer);
        dealer.pause();
        send(router, "d", "1");
        send(router, "d", "2");
        for (Duration time : List.of(Duration.ZERO, Duration.ofMillis(20))) {
            ZmtpMessage mine = ZmtpMessage.ofText("d", "3");
            assertFalse(router.offer(mine, time)); // only the event loop knows whether there is room
            assertEquals("3", mine.text(1));
            mine.release();
        }
        dealer.resume();
        expect(dealer, "1");
        expect(dealer, "2");
        expectNothing(dealer);
    }

    @Test
    void shouldPassTheMessageOnInAnyOtherCase() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.ROUTER_MANDATORY, true).open();
        ZmtpMessage toNobody = ZmtpMessage.ofText("nobody", "m");
        assertEquals(ZmqError.HOST_UNREACHABLE,
                assertThrows(ZmqException.class, () -> router.offer(toNobody, SOON)).error());
        assertEquals(0, toNobody.refCnt());
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.SNDTIMEO, Duration.ofMillis(20)).open();
        ZmtpMessage late = ZmtpMessage.ofText("m");
        assertEquals(ZmqError.AGAIN, assertThrows(ZmqException.class, () -> push.send(late)).error());
        assertEquals(0, late.refCnt());
        ZmtpMessage interrupted = ZmtpMessage.ofText("m");
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> push.offer(interrupted, SOON));
        assertEquals(0, interrupted.refCnt());
    }

    @Test
    void shouldWaitAsLongAsTheOptionsSay() throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVTIMEO, Duration.ofMillis(20)).open();
        assertEquals(ZmqError.AGAIN, assertThrows(ZmqException.class, pull::receive).error());
        assertNull(pull.receive(Duration.ZERO));
    }

    /** Durations that stand for "no end" in other libraries, such as {@code ChronoUnit.FOREVER}, are accepted. */
    @Test
    void shouldTakeTimesThatAreLongerThanCanBeCounted() throws Exception {
        Duration forever = ChronoUnit.FOREVER.getDuration();
        ZmqContext own = ZmqContext.create();
        ZmqSocket rep = own.open(REP);
        ZmqSocket req = own.open(REQ);
        String endpoint = rep.bind(endpoint());
        ZmqMonitor monitor = req.monitor(10);
        req.connect(endpoint);
        assertTrue(req.offer(ZmtpMessage.ofText("m"), forever)); // only the event loop knows whether it can go
        assertEquals(List.of("m"), texts(rep.receive(forever))); // the receive is the same call with a time limit
        rep.send("n");
        assertEquals(List.of("n"), texts(req.receive(forever)));
        req.close();
        assertEquals(ZmqEvent.Kind.MONITOR_STOPPED,
                monitor.await(ZmqEvent.Kind.MONITOR_STOPPED, forever).kind());
        assertNull(monitor.poll(forever.negated()));
        assertTrue(own.close(forever));
    }

    @Test
    void shouldRefuseToWaitOnTheEventLoop() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        String endpoint = pull.bind(endpoint());
        connect(push, endpoint);
        ZmtpMessage message = ZmtpMessage.ofText("m");
        List<Executable> calls = List.of(pull::receive, () -> pull.receive(SOON), () -> pull.bind("inproc://x"),
                () -> pull.unbind("inproc://x"), () -> pull.disconnect("inproc://x"), pull::topicCount,
                () -> pull.send("m"), () -> pull.offer(message, Duration.ZERO), context::close);
        CompletableFuture<Integer> refused = new CompletableFuture<>();
        pull.onMessage(received -> {
            received.release();
            try {
                for (Executable call : calls) {
                    assertTrue(assertThrows(IllegalStateException.class, call).getMessage()
                            .contains("methods that return futures"));
                }
                pull.connect("inproc://nobody"); // waits for nobody
                pull.disconnectAsync("inproc://nobody").join();
                pull.setOption(ZmqOption.RCVHWM, 7);
                refused.complete(pull.unbindAsync(endpoint).isDone() ? calls.size() : 0);
            } catch (Throwable e) {
                refused.completeExceptionally(e);
            }
        });
        send(push, "m");
        assertEquals(calls.size(), refused.get(SOON.toSeconds(), TimeUnit.SECONDS));
        assertEquals(0, message.refCnt());
    }

    @Test
    void shouldFailToConnectAtOnceWhereItNeverCould() {
        ZmqSocket push = open(PUSH);
        push.connect("ipc://" + TestFamily.newPath()); // nobody is there, and that is no fault
        assertEquals(ZmqError.INVALID, errorOf(() -> push.connect("ipc://")));
        assertEquals(ZmqError.NOT_SUPPORTED, errorOf(() -> push.connectPeer("ipc://somewhere")));
        ZmqSocket router = open(ROUTER);
        for (int i = 0; i < 2; i++) {
            router.setOption(ZmqOption.CONNECT_ROUTING_ID, "same".getBytes());
            Executable connect = () -> router.connect("inproc://" + TestFamily.newPath());
            if (i == 0) {
                org.junit.jupiter.api.Assertions.assertDoesNotThrow(connect);
            } else {
                assertEquals(ZmqError.ADDRESS_IN_USE, errorOf(connect));
            }
        }
        assertTrue(open(PEER).connectPeer("inproc://nobody") != 0);
    }

    private static ZmqError errorOf(Executable call) {
        return assertThrows(ZmqException.class, call).error();
    }

    @Test
    void shouldEndBindsAndConnectsWithoutWaiting() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        String endpoint = pull.bind("ipc://*");
        connect(push, endpoint);
        push.disconnectAsync(endpoint).get(SOON.toSeconds(), TimeUnit.SECONDS);
        pull.unbindAsync(endpoint).get(SOON.toSeconds(), TimeUnit.SECONDS);
        for (CompletableFuture<?> again : List.of(push.disconnectAsync(endpoint), pull.unbindAsync(endpoint))) {
            Throwable cause = assertThrows(java.util.concurrent.ExecutionException.class,
                    () -> again.get(SOON.toSeconds(), TimeUnit.SECONDS)).getCause();
            assertEquals(ZmqError.NOT_FOUND, assertInstanceOf(ZmqException.class, cause).error());
        }
    }

    @Test
    void shouldSetOptionsWithoutWaiting() throws Exception {
        ZmqSocket req = open(REQ);
        byte[] id = "me".getBytes();
        CompletableFuture<Void> set = req.setOptionAsync(ZmqOption.ROUTING_ID, id);
        id[0] = 'x';
        set.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertArrayEquals("me".getBytes(), req.getOption(ZmqOption.ROUTING_ID));
        assertTrue(req.setOptionAsync(ZmqOption.SNDHWM, -1).isCompletedExceptionally());
    }

    @Test
    void shouldTakeAListenerAway() throws Exception {
        ZmqSocket pull = open(PULL);
        AtomicInteger first = new AtomicInteger();
        AtomicInteger second = new AtomicInteger();
        java.util.function.Consumer<ZmqEvent> listener = event -> first.incrementAndGet();
        ZmqSocket.Registration one = pull.onEvent(listener);
        ZmqSocket.Registration other = pull.onEvent(listener);
        pull.bind(endpoint());
        other.close();
        other.close();
        assertEquals(2, first.get());
        pull.onEvent(event -> second.incrementAndGet());
        pull.bind(endpoint());
        assertEquals(3, first.get());
        one.close();
        pull.bind(endpoint());
        assertEquals(3, first.get());
        assertEquals(2, second.get());
    }

    @Test
    void shouldSubscribeAndJoinWithBytes() throws Exception {
        byte[] topic = {(byte) 0xff, 1};
        ZmqSocket pub = open(PUB);
        ZmqSocket sub = open(SUB);
        sub.subscribe(topic);
        join(pub, sub);
        await(() -> pub.topicCount() == 1);
        pub.send(new byte[] {(byte) 0xfe}, topic);
        pub.send(new byte[] {(byte) 0xff, 1, 2});
        ZmtpMessage message = sub.receive(SOON);
        assertArrayEquals(new byte[] {(byte) 0xff, 1, 2}, message.bytes(0));
        message.release();
        sub.unsubscribe(topic);
        await(() -> pub.topicCount() == 0);
        ZmqSocket radio = open(RADIO);
        ZmqSocket dish = open(DISH);
        dish.join(topic);
        assertEquals(ZmqError.INVALID, errorOf(() -> dish.join(topic)));
        dish.leave(topic);
        assertEquals(ZmqError.INVALID, errorOf(() -> dish.leave(topic)));
        dish.join(topic);
        join(radio, dish);
        await(() -> {
            try {
                radio.send(topic, "body".getBytes());
                ZmtpMessage got = dish.receive(Duration.ofMillis(10));
                boolean there = got != null;
                if (there) {
                    got.release();
                }
                return there;
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }
}
