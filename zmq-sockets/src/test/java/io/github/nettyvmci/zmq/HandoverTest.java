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
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.ThreadExecutorMap;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Calls and messages that pass between the application's threads and the event loop keep their order. */
class HandoverTest extends SocketTest {

    private static ZmtpMessage to(String peer, int n) {
        return ZmtpMessage.ofText(peer, Integer.toString(n));
    }

    /** Returns whether a send waits, after a call that waits for the loop, so that the loop has seen the send. */
    private static boolean waits(ZmqSocket socket, CompletableFuture<Void> sending) {
        socket.topicCount();
        return !sending.isDone();
    }

    private static EventExecutor home(ZmqSocket pull, ZmqSocket push) throws Exception {
        CompletableFuture<EventExecutor> loop = pull.receiveAsync().thenApply(message -> {
            message.release();
            return ThreadExecutorMap.currentExecutor();
        });
        assertTrue(push.offer(ZmtpMessage.ofText("0"), SOON));
        return loop.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** Waits until a loop has ended what it does now, and not only told of it. */
    private static void turn(EventExecutor loop) throws Exception {
        loop.submit(() -> { }).get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    private static CountDownLatch hold(EventExecutor loop) {
        CountDownLatch latch = new CountDownLatch(1);
        loop.execute(() -> assertDoesNotThrow(() -> latch.await(SOON.toSeconds(), TimeUnit.SECONDS)));
        return latch;
    }

    /** A message arrives while the first receive is on its way to the loop; the second must not get it. */
    @Test
    void shouldServeReceivesInTheOrderTheyWereAskedFor() throws Exception {
        try (ZmqContext two = ZmqContext.builder().ioThreads(2).linger(Duration.ZERO).build()) {
            ZmqSocket pull = two.open(PULL);
            ZmqSocket push = two.open(PUSH);
            CompletableFuture<EventExecutor> away = new CompletableFuture<>();
            push.onEvent(event -> away.complete(ThreadExecutorMap.currentExecutor()));
            push.bind(endpoint("inproc")); // an event on the loop of the socket
            connect(push, pull.bind(endpoint("inproc")));
            EventExecutor home = home(pull, push);
            turn(home); // the one in which the first message came
            CountDownLatch arrives = hold(home);
            assertTrue(push.offer(ZmtpMessage.ofText("1"), SOON));
            settle(push);
            turn(away.get(SOON.toSeconds(), TimeUnit.SECONDS)); // the one in which the message was passed on
            CountDownLatch arrived = hold(home);
            CompletableFuture<ZmtpMessage> first = pull.receiveAsync();
            arrives.countDown();
            await(() -> pull.metrics().messagesIn() == 2);
            CompletableFuture<ZmtpMessage> second = pull.receiveAsync();
            arrived.countDown();
            assertTrue(push.offer(ZmtpMessage.ofText("2"), SOON));
            assertEquals(List.of("1"), texts(first.get(SOON.toSeconds(), TimeUnit.SECONDS)));
            assertEquals(List.of("2"), texts(second.get(SOON.toSeconds(), TimeUnit.SECONDS)));
        }
    }

    /**
     * When a send that waited is completed, its listener sends to the same peer, while so many sends wait that the
     * socket clears its list of those that were given up.
     */
    @Test
    void shouldKeepWhatIsSentByWhoIsToldThatAnotherWent() throws Exception {
        ZmqSocket router = context.builder(ROUTER).option(ZmqOption.SNDHWM, 1).open();
        router.setOption(ZmqOption.ROUTER_MANDATORY, true);
        String endpoint = router.bind(endpoint("inproc"));
        ZmqSocket full = context.builder(DEALER).routingId("full").option(ZmqOption.RCVHWM, 1).open();
        ZmqSocket other = context.builder(DEALER).routingId("other").option(ZmqOption.RCVHWM, 1).open();
        connect(full, endpoint);
        connect(other, endpoint);
        await(() -> router.metrics().peers().size() == 2);
        int sent = 0;
        CompletableFuture<Void> last;
        do {
            last = router.sendAsync(to("other", sent++));
        } while (!waits(router, last));
        int toFull = 0;
        for (int waiting = 1; waiting < 64;) {
            waiting += waits(router, router.sendAsync(to("full", toFull++))) ? 1 : 0;
        }
        int more = sent;
        CompletableFuture<Void> next = last.thenCompose(done -> router.sendAsync(to("other", more)));
        for (int i = 0; i <= sent; i++) {
            expect(other, Integer.toString(i));
        }
        next.get(SOON.toSeconds(), TimeUnit.SECONDS);
        for (int i = 0; i < toFull; i++) {
            expect(full, Integer.toString(i));
        }
        await(() -> router.metrics().waitingOut() == 0);
    }

    @Test
    void shouldFailTheSendOfAReleasedMessage() {
        ZmqSocket router = open(ROUTER);
        router.setOption(ZmqOption.ROUTER_MANDATORY, true);
        router.bind(endpoint("inproc"));
        ZmtpMessage message = ZmtpMessage.ofText("a", "b");
        message.release();
        CompletableFuture<Void> sending = router.sendAsync(message);
        Throwable thrown = assertThrows(ExecutionException.class,
                () -> sending.get(SOON.toSeconds(), TimeUnit.SECONDS));
        assertInstanceOf(IllegalReferenceCountException.class, thrown.getCause());
    }
}
