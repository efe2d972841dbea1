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
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** What happens when others complete the futures of send and receive: no message is lost or sent twice. */
class FuturesTest extends SocketTest {

    /** A way to complete a future from outside, which returns the future that is done after it. */
    enum End {
        CANCEL(f -> ended(f, f.cancel(false))),
        COMPLETE(f -> ended(f, f.complete(null))),
        COMPLETE_EXCEPTIONALLY(f -> ended(f, f.completeExceptionally(new IllegalStateException("enough")))),
        COMPLETE_ASYNC(f -> f.completeAsync(() -> null)),
        OR_TIMEOUT(f -> f.orTimeout(1, TimeUnit.MILLISECONDS)),
        COMPLETE_ON_TIMEOUT(f -> f.completeOnTimeout(null, 1, TimeUnit.MILLISECONDS)),
        OBTRUDE_VALUE(f -> {
            f.obtrudeValue(null);
            return f;
        }),
        OBTRUDE_EXCEPTION(f -> {
            f.obtrudeException(new IllegalStateException("enough"));
            return f;
        }),
        COPY(f -> {
            CompletableFuture<?> copy = f.copy();
            return ended(copy, copy.cancel(false));
        }),
        COPY_OR_TIMEOUT(f -> f.copy().orTimeout(1, TimeUnit.MILLISECONDS)),
        DEPENDENT_OR_TIMEOUT(f -> f.thenApply(m -> m).thenAccept(End::leak).orTimeout(1, TimeUnit.MILLISECONDS)),
        MINIMAL(f -> {
            CompletableFuture<?> stage = f.minimalCompletionStage().toCompletableFuture();
            return ended(stage, stage.complete(null));
        });

        final Function<CompletableFuture<?>, CompletableFuture<?>> way;

        End(Function<CompletableFuture<?>, CompletableFuture<?>> way) {
            this.way = way;
        }

        private static CompletableFuture<?> ended(CompletableFuture<?> future, boolean done) {
            assertTrue(done);
            return future;
        }

        private static void leak(Object message) {
            throw new AssertionError("somebody who gave up got " + message);
        }
    }

    private static void waitFor(CompletableFuture<?> future) throws InterruptedException {
        await(future::isDone);
    }

    @ParameterizedTest
    @EnumSource
    void shouldLeaveTheNextMessageToOthers(End end) throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        join(pull, push);
        CompletableFuture<ZmtpMessage> receiving = pull.receiveAsync();
        waitFor(end.way.apply(receiving));
        await(receiving::isDone); // the wait is over too, as the socket sees it
        send(push, "m");
        expect(pull, "m");
    }

    @ParameterizedTest
    @EnumSource
    void shouldNotSendWhatWasTakenBack(End end) throws Exception {
        ZmqSocket push = open(PUSH);
        CompletableFuture<Void> sending = push.sendAsync("never");
        waitFor(end.way.apply(sending));
        await(sending::isDone);
        ZmqSocket pull = open(PULL);
        join(pull, push);
        send(push, "first");
        expect(pull, "first");
    }

    @Test
    void shouldLoseNothingWhenAMessageComesInTheSameMoment() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        join(pull, push);
        int rounds = 5_000;
        int handled = 0;
        for (int i = 0; i < rounds; i++) {
            CompletableFuture<ZmtpMessage> receiving = pull.receiveAsync();
            CompletableFuture<Integer> counted = receiving.thenApply(message -> {
                message.release();
                return 1;
            });
            CompletableFuture<Void> sending = push.sendAsync("m");
            for (int spin = i % 300; spin > 0; spin--) {
                Thread.onSpinWait();
            }
            boolean ended = i % 2 == 0 ? counted.complete(0) : counted.cancel(false);
            waitFor(counted);
            assertEquals(ended, counted.isCancelled() || counted.join() == 0);
            sending.get(SOON.toSeconds(), TimeUnit.SECONDS);
            if (ended) {
                expect(pull, "m");
            } else {
                handled++;
            }
        }
        assertTrue(handled > 0 && handled < rounds, "no race, no test");
        expectNothing(pull);
    }

    /**
     * What two event loops hand out at the same moment is told to code that ends the other's wait, as code does that
     * wants the first of two messages, or that ends both when one of the sockets is closed.
     */
    @ParameterizedTest
    @EnumSource
    void shouldNotWaitForEachOther(End end) throws Exception {
        ZmqSocket[] pulls = {onLoop(PULL, 1), onLoop(PULL, 2)};
        ZmqSocket[] pushes = {open(PUSH), open(PUSH)};
        join(pulls[0], pushes[0]);
        join(pulls[1], pushes[1]);
        for (boolean closing : new boolean[] {false, true}) {
            CyclicBarrier both = new CyclicBarrier(2);
            CountDownLatch told = new CountDownLatch(2);
            List<CompletableFuture<ZmtpMessage>> receiving = List.of(pulls[0].receiveAsync(), pulls[1].receiveAsync());
            List<CompletableFuture<Boolean>> copies = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int other = 1 - i;
                copies.add(receiving.get(i).handle((message, failure) -> {
                    meet(both);
                    endAnyhow(end, receiving.get(other));
                    meet(both);
                    endAnyhow(end, copies.get(other));
                    told.countDown();
                    return message != null && message.release();
                }));
            }
            if (closing) {
                context.close(Duration.ZERO);
            } else {
                pushes[0].sendAsync("m");
                pushes[1].sendAsync("m");
            }
            assertTrue(told.await(SOON.toSeconds(), TimeUnit.SECONDS), "the loops wait for each other");
            for (int i = 0; i < 2; i++) {
                await(receiving.get(i)::isDone);
                assertFalse(receiving.get(i).isCancelled());
                assertEquals(closing, receiving.get(i).isCompletedExceptionally());
                await(copies.get(i)::isDone);
            }
        }
    }

    /**
     * A receive is claimed while the message is taken for it. Taking it lets the peer go on, whose next message may be
     * there already and end the wait of a send. Who hears of that may end the receive, even by another thread.
     */
    @Test
    void shouldTellNobodyWhileItDecides() throws Exception {
        ZmqSocket xpub = context.builder(XPUB).option(ZmqOption.RCVHWM, 1).option(ZmqOption.SNDHWM, 1)
                .option(ZmqOption.XPUB_NODROP, true).open();
        try (Socket peer = RawPeer.connect(xpub.bind("tcp://127.0.0.1:*"), "XSUB")) {
            RawPeer.send(peer, "\1a");
            expect(xpub, "\1a");
            List<CompletableFuture<Void>> sending = new ArrayList<>();
            for (int i = 0; i < 40; i++) { // more than the kernel takes, for the peer does not read
                byte[] octets = new byte[1 << 20];
                octets[0] = 'a';
                sending.add(xpub.sendAsync(ZmtpMessage.of(octets)));
            }
            CompletableFuture<CompletableFuture<ZmtpMessage>> asked = new CompletableFuture<>();
            CompletableFuture<Boolean> cancelled = sending.get(39).thenApply(sent -> CompletableFuture.supplyAsync(
                    () -> asked.join().cancel(false)).orTimeout(SOON.toSeconds(), TimeUnit.SECONDS).join());
            RawPeer.send(peer, "m", "\0a"); // nobody is subscribed any more, so the sends are done
            await(() -> xpub.metrics().waitingIn() == 1);
            assertFalse(cancelled.isDone(), "the peer was not stopped by the high-water mark");
            CompletableFuture<ZmtpMessage> receiving = xpub.receiveAsync();
            asked.complete(receiving);
            assertFalse(cancelled.join());
            assertEquals("m", receiving.join().text(0));
            receiving.join().release();
            expect(xpub, "\0a");
        }
    }

    private ZmqSocket onLoop(ZmqSocketType type, long affinity) {
        return context.builder(type).option(ZmqOption.AFFINITY, affinity).open();
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(SOON.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void endAnyhow(End end, CompletableFuture<?> future) {
        try {
            end.way.apply(future);
        } catch (AssertionError | IllegalStateException late) {
            // what is handed out cannot be taken back
        }
    }

    @Test
    void shouldNotReplaceWhatIsThere() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        join(pull, push);
        CompletableFuture<ZmtpMessage> waiting = pull.receiveAsync();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Void> sent = push.sendAsync("m");
            sent.join();
            assertFalse(sent.completeExceptionally(new TimeoutException()));
            assertThrows(IllegalStateException.class, () -> sent.obtrudeException(new TimeoutException()));
        }
        await(waiting::isDone);
        CompletableFuture<ZmtpMessage> ready = pull.receiveAsync();
        await(ready::isDone);
        for (CompletableFuture<ZmtpMessage> future : List.of(waiting, ready)) {
            assertThrows(IllegalStateException.class, () -> future.obtrudeValue(null));
            assertFalse(future.complete(null));
            future.join().release();
        }
        expect(pull, "m");
    }

    @Test
    void shouldLetADependentEndThatGotTheMessage() throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        join(pull, push);
        CompletableFuture<Void> never = new CompletableFuture<>();
        CompletableFuture<Void> working = pull.receiveAsync().thenCompose(message -> {
            message.release();
            return never;
        });
        send(push, "m");
        CompletionException e = assertThrows(CompletionException.class,
                () -> working.orTimeout(20, TimeUnit.MILLISECONDS).join());
        assertEquals(TimeoutException.class, e.getCause().getClass());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 100})
    void shouldNotCountSendsThatWereTakenBack(int most) throws Exception {
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.PENDING_SENDS, most).open();
        CompletableFuture<Void> first = push.sendAsync("first");
        for (int i = 0; i < 1000; i++) {
            assertTrue(push.sendAsync("never").cancel(false));
        }
        CompletableFuture<Void> last = push.sendAsync("last");
        push.setOption(ZmqOption.SNDTIMEO, Duration.ofMillis(1));
        ZmqException e = assertThrows(ZmqException.class, () -> push.send("m"));
        assertEquals(ZmqError.AGAIN, e.error());
        assertTrue(e.getMessage().startsWith("send on a socket"), e.getMessage());
        assertTrue(push.metrics().waitingOut() < 200, () -> push.metrics() + "");
        assertFalse(first.isDone());
        ZmqSocket pull = open(PULL);
        join(pull, push);
        expect(pull, "first");
        last.get(SOON.toSeconds(), TimeUnit.SECONDS);
        expect(pull, "last");
        expectNothing(pull);
    }
}
