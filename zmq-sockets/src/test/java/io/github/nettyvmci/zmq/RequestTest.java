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
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** One reply to one request. */
class RequestTest extends SocketTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    private static List<String> get(CompletableFuture<ZmtpMessage> reply) throws Exception {
        return texts(reply.get(SOON.toSeconds(), TimeUnit.SECONDS));
    }

    private static ZmqException failure(CompletableFuture<ZmtpMessage> reply) {
        return assertInstanceOf(ZmqException.class, assertThrows(ExecutionException.class,
                () -> reply.get(SOON.toSeconds(), TimeUnit.SECONDS)).getCause());
    }

    private static CompletableFuture<ZmtpMessage> ask(ZmqSocket socket, String text, Duration timeout) {
        return socket.request(ZmtpMessage.ofText(text), timeout);
    }

    private static ZmtpMessage take(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = socket.receive(SOON);
        assertTrue(message != null, "no message in time");
        return message;
    }

    @ParameterizedTest
    @EnumSource(names = {"REQ", "DEALER"})
    void shouldGiveEachRequestItsReply(ZmqSocketType type) throws Exception {
        ZmqSocket rep = open(REP);
        ZmqSocket asking = open(type);
        connect(asking, rep.bind("ipc://*"));
        rep.onMessage(rep::sendAsync);
        List<CompletableFuture<ZmtpMessage>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replies.add(ask(asking, "" + i, SOON));
        }
        for (int i = 0; i < 100; i++) {
            assertEquals(List.of("" + i), get(replies.get(i)));
        }
    }

    @Test
    void shouldTellRepliesApartThatComeInAnotherOrder() throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket dealer = open(DEALER);
        connect(dealer, router.bind("ipc://*"));
        CompletableFuture<ZmtpMessage> first = ask(dealer, "1", SOON);
        CompletableFuture<ZmtpMessage> second = ask(dealer, "2", SOON);
        ZmtpMessage one = take(router);
        ZmtpMessage two = take(router);
        router.send(two);
        assertEquals(List.of("2"), get(second));
        assertFalse(first.isDone());
        router.send(one);
        assertEquals(List.of("1"), get(first));
    }

    @ParameterizedTest
    @EnumSource(names = {"REQ", "DEALER"})
    void shouldDropAReplyThatComesTooLate(ZmqSocketType type) throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket asking = open(type);
        connect(asking, router.bind("ipc://*"));
        CompletableFuture<ZmtpMessage> late = ask(asking, "1", SHORT);
        ZmtpMessage one = take(router);
        ZmqException e = failure(late);
        assertEquals(ZmqError.AGAIN, e.error());
        assertEquals("request on a socket of type " + type + ": no reply after 50 ms (expected: one by then); one that"
                + " comes later is dropped", e.getMessage());
        CompletableFuture<ZmtpMessage> next = ask(asking, "2", SOON);
        ZmtpMessage two = take(router);
        router.send(one);
        await(() -> asking.metrics().dropped() == 1);
        router.send(two);
        assertEquals(List.of("2"), get(next));
    }

    /** A request of a REQ that the socket has not sent yet cannot have a reply: it is that of the one before. */
    @Test
    void shouldNotGiveALateReplyToARequestThatHasNotGoneOut() throws Exception {
        EventLoopGroup group = new VmciEventLoopGroup(1);
        try (ZmqContext own = ZmqContext.builder().eventLoopGroup(group).linger(Duration.ZERO).build()) {
            ZmqSocket router = own.open(ROUTER);
            ZmqSocket req = own.open(ZmqSocketType.REQ);
            req.connect(router.bind("inproc://late"));
            CompletableFuture<ZmtpMessage> late = ask(req, "1", SHORT);
            ZmtpMessage one = take(router);
            assertEquals(ZmqError.AGAIN, failure(late).error());
            CompletableFuture<ZmtpMessage> next = group.next().submit(() -> {
                router.sendAsync(one);
                router.setOption(ZmqOption.SNDHWM, 10); // it comes after the send, which is on its way by then
                return ask(req, "2", SOON);
            }).get(SOON.toSeconds(), TimeUnit.SECONDS);
            await(() -> req.metrics().dropped() == 1);
            router.send(take(router));
            assertEquals(List.of("2"), get(next));
        } finally {
            group.shutdownGracefully(0, SOON.toSeconds(), TimeUnit.SECONDS).sync();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"REQ", "DEALER"})
    void shouldTakeBackWhatIsCancelled(ZmqSocketType type) throws Exception {
        ZmqSocket asking = open(type);
        CompletableFuture<ZmtpMessage> never = ask(asking, "never", SOON);
        assertTrue(never.cancel(false));
        assertEquals(ZmqError.AGAIN, failure(ask(asking, "neither", SHORT)).error()); // there is no peer yet
        ZmqSocket rep = open(REP);
        rep.bind("inproc://late");
        rep.onMessage(rep::sendAsync);
        CompletableFuture<ZmtpMessage> reply = ask(asking, "now", SOON);
        asking.connect("inproc://late");
        assertEquals(List.of("now"), get(reply));
        assertEquals(1, rep.metrics().messagesIn());
    }

    /** When a future derived from a request is cancelled, nobody would release the reply, so the socket drops it. */
    @ParameterizedTest
    @EnumSource(names = {"REQ", "DEALER"})
    void shouldTakeBackWhatAFutureMadeOfItGaveUp(ZmqSocketType type) throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket asking = open(type);
        connect(asking, router.bind("ipc://*"));
        CompletableFuture<List<String>> texts = ask(asking, "1", SOON).thenApply(SocketTest::texts);
        ZmtpMessage one = take(router);
        assertTrue(texts.cancel(false));
        router.send(one);
        await(() -> asking.metrics().dropped() == 1);
        rest(router, asking);
    }

    private static void rest(ZmqSocket router, ZmqSocket asking) throws Exception {
        CompletableFuture<ZmtpMessage> next = ask(asking, "2", SOON);
        router.send(take(router));
        assertEquals(List.of("2"), get(next));
    }

    @ParameterizedTest
    @EnumSource(names = {"REQ", "DEALER"})
    void shouldFailWhenTheSocketIsClosed(ZmqSocketType type) throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket asking = open(type);
        connect(asking, router.bind("ipc://*"));
        CompletableFuture<ZmtpMessage> sent = ask(asking, "1", ZmqOption.FOREVER);
        CompletableFuture<ZmtpMessage> more = ask(asking, "2", SOON);
        take(router).release();
        asking.setOption(ZmqOption.LINGER, Duration.ZERO);
        asking.close();
        assertEquals(ZmqError.CLOSED, failure(sent).error());
        assertEquals(ZmqError.CLOSED, failure(more).error());
        ZmtpMessage tooLate = ZmtpMessage.ofText("3");
        assertEquals(ZmqError.CLOSED, failure(asking.request(tooLate, SOON)).error());
        assertEquals(0, tooLate.refCnt());
    }

    @Test
    void shouldNotMixWithOtherWaysToReceive() throws Exception {
        ZmtpMessage message = ZmtpMessage.ofText("m");
        assertEquals(ZmqError.NOT_SUPPORTED, failure(open(CLIENT).request(message, SOON)).error());
        assertEquals(0, message.refCnt());
        ZmqSocket handled = open(DEALER);
        handled.onMessage(ZmtpMessage::release);
        assertEquals(ZmqError.INVALID, failure(ask(handled, "m", SOON)).error());
        ZmqSocket dealer = open(DEALER);
        failure(ask(dealer, "m", SHORT));
        assertEquals(ZmqError.INVALID, assertThrows(ZmqException.class, () -> dealer.onMessage(null)).error());
        assertEquals(ZmqError.INVALID, assertThrows(ZmqException.class, dealer::receive).error());
    }

    /** A message that is no reply does not complete a request. */
    @Test
    void shouldDropWhatIsNoReply() throws Exception {
        ZmqSocket router = open(ROUTER);
        ZmqSocket dealer = context.builder(DEALER).routingId("d").open();
        connect(dealer, router.bind("ipc://*"));
        CompletableFuture<ZmtpMessage> reply = ask(dealer, "m", SOON);
        ZmtpMessage request = take(router);
        router.send("d", "news");
        router.send("d", "12345678", "", "news");
        await(() -> dealer.metrics().dropped() == 2);
        router.send(request);
        assertEquals(List.of("m"), get(reply));
    }
}
