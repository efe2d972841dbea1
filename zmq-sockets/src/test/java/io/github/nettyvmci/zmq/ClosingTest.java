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

import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;

/** What a closing socket or context still sends, what it gives up, and when the closing is over. */
class ClosingTest extends SocketTest {

    @Test
    void shouldFailWhatIsPendingWhenItCloses() throws Exception {
        ZmqSocket pair = open(PAIR);
        CompletableFuture<ZmtpMessage> receiving = pair.receiveAsync();
        CompletableFuture<Void> sending = pair.sendAsync("nobody");
        pair.close();
        pair.close();
        pair.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        for (CompletableFuture<?> future : new CompletableFuture<?>[] {receiving, sending, pair.receiveAsync(),
            pair.sendAsync("x")}) {
            CompletionException e = assertThrows(CompletionException.class, future::join);
            assertEquals(ZmqError.CLOSED, ((ZmqException) e.getCause()).error());
        }
        assertTrue(pair.isClosed());
    }

    @EveryNetwork
    void shouldLingerUntilEverythingIsSent(String scheme) throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.RCVHWM, 10).open();
        String endpoint = pull.bind(endpoint(scheme));
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        byte[] body = new byte[16 * 1024];
        for (int i = 0; i < 500; i++) {
            push.send(ZmtpMessage.of(Unpooled.wrappedBuffer(body)));
        }
        CompletableFuture<Void> closing = push.closeAsync();
        for (int i = 0; i < 500; i++) {
            ZmtpMessage message = pull.receive(SOON);
            assertEquals(body.length, message.length());
            message.release();
        }
        closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldNotLingerLongerThanTold() throws Exception {
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.LINGER, Duration.ofMillis(100)).open();
        connect(push, "ipc://" + TestFamily.newPath());
        send(push, "nobody will ever see this");
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(1, push.metrics().dropped());
        ZmqSocket patient = open(PUSH);
        connect(patient, "ipc://" + TestFamily.newPath());
        send(patient, "nor this");
        CompletableFuture<Void> closing = patient.closeAsync();
        assertThrows(java.util.concurrent.TimeoutException.class, () -> closing.get(200, TimeUnit.MILLISECONDS));
        patient.setOption(ZmqOption.LINGER, Duration.ZERO);
        closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** Messages that nobody received before the socket closed are lost, and that is counted and logged. */
    @EveryNetwork
    void shouldCountWhatNobodyTook(String scheme) throws Exception {
        ZmqSocket pull = open(PULL);
        String endpoint = pull.bind(endpoint(scheme));
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        for (int i = 0; i < 5; i++) {
            send(push, "message " + i);
        }
        await(() -> pull.metrics().waitingIn() == 5);
        pull.receive(SOON).release();
        try (LogRecords log = LogRecords.ofSockets(Level.FINE)) {
            pull.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertEquals(List.of("FINE " + pull.name() + ": closed, which dropped 4 messages that nobody had taken"),
                    log.lines().stream().filter(line -> line.contains("nobody had taken")).toList());
        }
        assertEquals(4, pull.metrics().dropped());
        assertEquals(0, pull.metrics().waitingIn());
    }

    /** What a socket tells its own application of peers that leave because it closes is no message that was lost. */
    @Test
    void shouldNotCountItsOwnNotifications() throws Exception {
        ZmqSocket xpub = open(XPUB);
        String endpoint = xpub.bind("ipc://*");
        ZmqSocket sub = open(SUB);
        sub.subscribe("topic");
        connect(sub, endpoint);
        xpub.receive(SOON).release();
        xpub.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(0, xpub.metrics().dropped());
    }

    /** What is on its way between two sockets of a process when one of them closes is counted at one of them. */
    @Test
    void shouldCountWhatWasOnItsWayWithinTheProcess() throws Exception {
        for (int round = 0; round < 50; round++) {
            ZmqSocket pull = open(PULL);
            String endpoint = pull.bind("inproc://*");
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.LINGER, Duration.ZERO).open();
            push.connect(endpoint);
            CompletableFuture<Long> sending = CompletableFuture.supplyAsync(() -> sendUntilFull(push));
            pull.receive(SOON).release();
            pull.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            long lost = sending.get(SOON.toSeconds(), TimeUnit.SECONDS) - 1;
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            await(() -> pull.metrics().dropped() + push.metrics().dropped() >= lost);
            assertEquals(lost, pull.metrics().dropped() + push.metrics().dropped());
        }
    }

    /** Returns how many messages were sent before one could not be for a while. */
    private static long sendUntilFull(ZmqSocket push) {
        for (long sent = 0;; sent++) {
            ZmtpMessage message = ZmtpMessage.ofText("on its way");
            try {
                if (!push.offer(message, sent == 0 ? SOON : Duration.ofMillis(20))) {
                    message.release();
                    return sent;
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Who hears that a send has failed because the socket closes may set LINGER, which ends the rest. */
    @Test
    void shouldEndEachSendOnceWhateverIsDoneThen() throws Exception {
        ZmqSocket push = open(PUSH);
        List<ZmtpMessage> messages = new ArrayList<>();
        List<CompletableFuture<Void>> sends = new ArrayList<>();
        List<CompletableFuture<Void>> then = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ZmtpMessage message = ZmtpMessage.ofText("waits for a peer");
            messages.add(message);
            CompletableFuture<Void> send = push.sendAsync(message.retain());
            sends.add(send);
            then.add(send.exceptionally(closed -> {
                push.setOption(ZmqOption.LINGER, Duration.ZERO);
                return null;
            }));
        }
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        for (int i = 0; i < 5; i++) {
            CompletableFuture<Void> send = sends.get(i);
            assertThrows(CompletionException.class, send::join);
            assertEquals(1, messages.get(i).refCnt(), "the application's own reference");
            messages.get(i).release();
        }
        then.get(0).get(SOON.toSeconds(), TimeUnit.SECONDS); // for the others the socket may be closed already
        assertEquals(0, push.metrics().waitingOut());
        assertEquals(0, push.metrics().dropped());
    }

    /** Though LINGER is without end, close does not wait with messages that no peer can ever take. */
    @Test
    void shouldCloseThoughTheOnlyPeerHasGone() throws Exception {
        for (int i = 0; i < 20; i++) {
            ZmqSocket push = open(PUSH);
            String endpoint = push.bind("ipc://*");
            ZmqSocket pull = open(PULL);
            connect(pull, endpoint);
            push.send(ZmtpMessage.ofText("there"));
            pull.receive(SOON).release();
            pull.closeAsync();
            for (int k = 0; k < 500; k++) {
                push.sendAsync(ZmtpMessage.ofText("too late"));
            }
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldAnswerWhoComesAfterTheContextsEnd() throws Exception {
        ZmqSocket pull = open(PULL);
        context.close();
        for (int i = 0; i < 3; i++) {
            assertThrows(Exception.class, () -> pull.receiveAsync().toCompletableFuture()
                    .get(SOON.toSeconds(), TimeUnit.SECONDS));
            assertThrows(ZmqException.class, () -> pull.bind("ipc://*"));
        }
    }

    /** Closes many sockets, so that some of the closes meet an attempt to connect that is under way. */
    @Test
    void shouldNotCallItsOwnEndGivingUp() throws Exception {
        String nobody = "ipc://" + TestFamily.newPath();
        for (int i = 0; i < 200; i++) {
            ZmqSocket push = open(PUSH);
            ZmqMonitor monitor = push.monitor(100);
            connect(push, nobody);
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            ZmqEvent event;
            do {
                event = monitor.poll(SOON);
                assertNotEquals(ZmqEvent.Kind.GAVE_UP, event.kind(), () -> "in the end");
            } while (event.kind() != ZmqEvent.Kind.MONITOR_STOPPED);
        }
    }

    /** A message to an inproc name that nobody has bound yet waits as long as LINGER says, after close as well. */
    @Test
    void shouldLingerForABindWithinTheProcess() throws Exception {
        String endpoint = endpoint("inproc");
        ZmqSocket push = open(PUSH);
        connect(push, endpoint);
        send(push, "early");
        CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
        ZmqSocket pull = open(PULL);
        pull.bind(endpoint);
        expect(pull, "early");
        closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldSendWhatWasSentJustBeforeTheEnd() throws Exception {
        for (int i = 0; i < 200; i++) {
            String endpoint = endpoint("inproc");
            ZmqSocket pull = open(PULL);
            pull.bind(endpoint);
            ZmqSocket push = open(PUSH);
            connect(push, endpoint);
            send(push, "last words");
            CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
            expect(pull, "last words");
            closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
            pull.closeAsync();
        }
    }

    @Test
    void shouldNotLingerForABindThatCannotCome() throws Exception {
        ZmqSocket push = open(PUSH);
        connect(push, endpoint("inproc"));
        send(push, "lost");
        CompletableFuture<Void> closed = push.closeAsync().toCompletableFuture();
        ZmqSocket other = open(PUSH);
        connect(other, endpoint("inproc"));
        send(other, "lost");
        context.close();
        closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    /** An endpoint lingers by the LINGER at the moment of its disconnect; a later LINGER does not change that. */
    @EveryNetwork
    void shouldNotLingerLongerThanToldForOneEndpoint(String scheme) throws Exception {
        ZmqSocket probe = open(PULL);
        String endpoint = probe.bind(scheme.equals("ipc") ? "ipc://" + TestFamily.newPath() : endpoint(scheme));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.LINGER, Duration.ofMillis(50)).open();
        connect(push, endpoint);
        send(push, "lost");
        push.disconnect(TestFamily.dial(endpoint));
        push.setOption(ZmqOption.LINGER, ZmqOption.FOREVER);
        push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(1, push.metrics().dropped());
    }

    /** A message that waits for a handshake is lost when the handshake fails, and the monitor has to be told. */
    @Test
    void shouldGiveUpLoudlyIfMessagesAreLostThoughItIsClosing() throws Exception {
        ZmqSocket rep = open(REP);
        String endpoint = rep.bind("ipc://*");
        for (int i = 0; i < 20; i++) {
            ZmqSocket push = open(PUSH);
            ZmqMonitor monitor = push.monitor(100);
            connect(push, endpoint);
            CompletableFuture<Void> sent = push.sendAsync("lost");
            push.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            ZmqEvent event = monitor.await(ZmqEvent.Kind.GAVE_UP, SOON);
            assertEquals(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, ((ZmtpException) event.cause()).error());
            assertEquals(sent.isCompletedExceptionally() ? 0 : 1, push.metrics().dropped());
        }
    }

    @EveryNetwork
    void shouldSayWhyAnAttemptFailedWhileItLingers(String scheme) throws Exception {
        ZmqSocket probe = open(PULL);
        String endpoint = probe.bind(scheme.equals("ipc") ? "ipc://" + TestFamily.newPath() : endpoint(scheme));
        probe.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
        ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(1)).open();
        connect(push, endpoint);
        send(push, "nobody comes for it");
        ZmqMonitor monitor = push.monitor(1000);
        CompletableFuture<Void> closing = push.closeAsync();
        await(push::isClosed);
        while (monitor.poll() != null) {
            continue; // events from before the close do not matter here
        }
        for (int i = 0; i < 10; i++) {
            ZmqEvent event = monitor.await(ZmqEvent.Kind.CLOSED, SOON);
            assertFalse(event.cause() instanceof ClosedChannelException, () -> event.toString());
            assertInstanceOf(IOException.class, event.cause());
        }
        push.setOption(ZmqOption.LINGER, Duration.ZERO);
        closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldSayWhatItWaitsForAndWhatItDrops() throws Exception {
        String nobody = "ipc://" + TestFamily.newPath();
        try (LogRecords log = LogRecords.ofSockets(Level.WARNING)) {
            ZmqSocket push = context.builder(PUSH).name("patient").open();
            connect(push, nobody);
            send(push, "1");
            send(push, "2");
            CompletableFuture<Void> closing = push.closeAsync();
            await(() -> log.lines().stream().anyMatch(line -> line.startsWith("WARNING patient: closing since 5 s, for"
                    + " LINGER is FOREVER; waits for 2 messages to " + nobody)));
            push.setOption(ZmqOption.LINGER, Duration.ofMillis(1));
            closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
            List<String> lines = log.linesOf("patient");
            assertEquals(2, lines.size(), lines::toString);
            assertTrue(lines.get(1).startsWith("WARNING patient: LINGER of 1 ms is over; dropped: 2 messages to "
                    + nobody), lines::toString);
        }
    }

    @Test
    void shouldTakeLingerOfTheContext() {
        try (ZmqContext impatient = ZmqContext.builder().linger(Duration.ofMillis(30)).build()) {
            assertEquals(Duration.ofMillis(30), impatient.open(PUSH).getOption(ZmqOption.LINGER));
            assertEquals(Duration.ZERO, impatient.open(SUB).getOption(ZmqOption.LINGER));
            ZmqSocket push = impatient.builder(PUSH).option(ZmqOption.LINGER, Duration.ofMillis(20)).open();
            assertEquals(Duration.ofMillis(20), push.getOption(ZmqOption.LINGER));
            connect(push, "ipc://" + TestFamily.newPath());
            push.sendAsync("lost");
        }
        assertEquals(ZmqOption.FOREVER, open(PUSH).getOption(ZmqOption.LINGER));
    }

    /** The tcp transport, on event loops that the test can keep busy. */
    private static final class Kept extends ForwardingTransport {

        private final CompletableFuture<EventLoopGroup> group = new CompletableFuture<>();

        Kept() {
            super(TestTransports.tcp(false));
        }

        @Override
        public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
            group.complete(super.newEventLoopGroup(threads, factory));
            return group.join();
        }
    }

    /** The loops end after the sockets, whose LINGER an interrupt ends. */
    @Test
    void shouldCloseTheSocketsBeforeTheLoopsThoughInterrupted() throws Exception {
        ZmqContext own = ZmqContext.create();
        ZmqSocket push = own.open(PUSH);
        push.connect("ipc://" + TestFamily.newPath());
        push.sendAsync("nobody takes it");
        Thread.currentThread().interrupt();
        own.close();
        assertTrue(Thread.interrupted());
        assertTrue(push.closeAsync().isDone());
    }

    /** Who is refused for the thread it calls on has closed nothing. */
    @Test
    void shouldCloseNothingOnTheLoopOfASocket() throws Exception {
        ZmqContext own = ZmqContext.create();
        try (own) {
            ZmqSocket pull = own.open(PULL);
            CompletableFuture<Throwable> refused = new CompletableFuture<>();
            pull.onMessage(message -> {
                message.release();
                refused.complete(assertThrows(IllegalStateException.class, own::close));
            });
            ZmqSocket push = own.open(PUSH);
            push.connect(pull.bind("ipc://*"));
            push.send("close");
            refused.get(SOON.toSeconds(), TimeUnit.SECONDS);
            own.open(PUSH).close();
        }
    }

    /** A context that closes does not wait longer than LINGER allows for an event loop that does not end. */
    @Test
    void shouldSayThatALoopDoesNotEndAndNotWaitForIt() throws Exception {
        Kept kept = new Kept();
        CountDownLatch busy = new CountDownLatch(1);
        try (LogRecords log = LogRecords.ofSockets(Level.WARNING)) {
            ZmqContext own = ZmqContext.builder().ioThreads(1).transport(kept).build();
            ZmqSocket pull = own.open(PULL);
            pull.bind("tcp://127.0.0.1:*");
            pull.closeAsync().get(SOON.toSeconds(), TimeUnit.SECONDS);
            kept.group.join().next().execute(() -> {
                try {
                    busy.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            own.close();
            assertEquals(List.of("WARNING context: event loops for tcp have not ended 6 s after the last socket"
                    + " (expected: at once; a handler may keep one busy); not waiting any longer"),
                    log.linesOf("context"));
        } finally {
            busy.countDown();
        }
    }
}
