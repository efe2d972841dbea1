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
package io.github.nettyvmci.zmq.internal.pattern;

import static io.github.nettyvmci.zmq.internal.pattern.FakeHost.connection;
import static io.github.nettyvmci.zmq.internal.pattern.FakeHost.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Patterns and pipes, tested as pure state: without threads, event loops and connections. */
class PatternStateTest {

    private final FakeHost host = new FakeHost();

    private <T extends Pattern> T use(T pattern) {
        host.pattern = pattern;
        return pattern;
    }

    private static ZmtpMessage message(String... parts) {
        return ZmtpMessage.ofText(parts);
    }

    private boolean send(String... parts) {
        ZmtpMessage message = message(parts);
        boolean sent = false;
        try {
            sent = host.pattern.send(message);
        } finally {
            if (!sent) {
                message.release();
            }
        }
        return sent;
    }

    private String receive() {
        return text(host.pattern.receive());
    }

    private void subscribe(Pipe pipe, String topic) {
        command(pipe, ZmtpCommand.Kind.SUBSCRIBE, topic);
    }

    private void cancel(Pipe pipe, String topic) {
        command(pipe, ZmtpCommand.Kind.CANCEL, topic);
    }

    private void command(Pipe pipe, ZmtpCommand.Kind kind, String topic) {
        ZmtpCommand command = new ZmtpCommand(kind, Unpooled.wrappedBuffer(topic.getBytes()));
        host.pattern.command(pipe, command);
        command.release();
    }

    private List<String> all() {
        List<String> got = new ArrayList<>();
        for (String next = receive(); next != null; next = receive()) {
            got.add(next.replace('\1', '+').replace('\0', '-'));
        }
        return got;
    }

    // --- pipes ---

    @Test
    void shouldReopenAFullPipeInStepsOfHalfTheMark() {
        host.with(ZmqOption.SNDHWM, 4);
        use(new BalancedPattern(host, ZmqSocketType.PUSH));
        Pipe pipe = host.peer("a");
        connection(pipe).writable = false;
        for (int i = 0; i < 4; i++) {
            assertTrue(send("" + i));
        }
        assertFalse(send("no room"));
        int[] takes = {1};
        pipe.connection(new LimitedConnection(takes));
        pipe.drain();
        assertFalse(pipe.hasRoom(), "one of four is gone");
        takes[0] = 1;
        pipe.drain();
        assertEquals(2, pipe.room());
        pipe.clearOutput(false);
        assertEquals(2, host.dropped);
        assertEquals(4, pipe.room());
    }

    /** Takes that many messages. */
    private record LimitedConnection(int[] takes) implements Connection {
        @Override
        public boolean isWritable() {
            return takes[0] > 0;
        }

        @Override
        public void write(Object message) {
            takes[0]--;
            ((ZmtpMessage) message).release();
        }

        @Override
        public void flush() {
            // write() has kept nothing back
        }

        @Override
        public void inputFull() {
            // not looked at
        }

        @Override
        public void inputLow() {
            // not looked at
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void finish(Runnable done) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void shouldPauseAPeerAtTheMarkAndResumeAtHalf() {
        host.with(ZmqOption.RCVHWM, 4);
        use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe pipe = host.peer("a");
        for (int i = 0; i < 4; i++) {
            assertFalse(connection(pipe).paused);
            host.pattern.accept(pipe, message("" + i));
        }
        assertTrue(connection(pipe).paused);
        receive();
        assertTrue(connection(pipe).paused);
        receive();
        assertFalse(connection(pipe).paused);
        assertEquals(List.of("2", "3"), all());
    }

    @Test
    void shouldKeepTheNewestOnlyIfConflated() {
        host.with(ZmqOption.CONFLATE, true);
        use(new BalancedPattern(host, ZmqSocketType.DEALER));
        Pipe pipe = host.peer("a");
        connection(pipe).writable = false;
        for (int i = 0; i < 5; i++) {
            assertTrue(send("" + i));
            host.pattern.accept(pipe, message("in " + i));
        }
        connection(pipe).writable = true;
        pipe.drain();
        assertEquals(List.of("4"), connection(pipe).written);
        assertEquals(List.of("in 4"), all());
        assertEquals(8, host.dropped);
    }

    // --- balance and turns ---

    @Test
    void shouldServePeersInTurn() {
        use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        for (int i = 0; i < 3; i++) {
            host.pattern.accept(a, message("a" + i));
        }
        host.pattern.accept(b, message("b0"));
        List<String> got = all();
        assertTrue(got.indexOf("b0") <= 1, got.toString());
        assertEquals(4, got.size());
    }

    @Test
    void shouldPassOverPeersWithoutRoom() {
        host.with(ZmqOption.SNDHWM, 1);
        use(new BalancedPattern(host, ZmqSocketType.PUSH));
        Pipe full = host.peer("full");
        Pipe free = host.peer("free");
        connection(full).writable = false;
        for (int i = 0; i < 5; i++) {
            assertTrue(send("" + i));
        }
        assertEquals(4, connection(free).written.size());
        host.gone(free);
        assertFalse(send("nobody"));
        connection(full).writable = true;
        full.drain();
        assertTrue(send("again"));
    }

    @Test
    void shouldDeliverWhatAPeerLeftBehind() {
        use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe pipe = host.peer("a");
        host.pattern.accept(pipe, message("last words"));
        host.gone(pipe);
        assertEquals("last words", receive());
        assertNull(receive());
    }

    // --- request and reply ---

    @Test
    void shouldCloseOnRepliesWithoutAnEnvelope() {
        use(new ReqPattern(host));
        Pipe pipe = host.peer("a");
        send("q");
        assertFalse(host.pattern.accept(pipe, message("noenvelope")));
        assertFalse(host.pattern.accept(pipe, message("four", "x", "y")));
        assertTrue(host.pattern.accept(pipe, message("", "answer")));
        assertEquals("answer", receive());
    }

    @Test
    void shouldTakeRepliesOfTheAskedPeerOnly() {
        use(new ReqPattern(host));
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        send("q");
        Pipe asked = connection(a).written.isEmpty() ? b : a;
        Pipe other = asked == a ? b : a;
        host.pattern.accept(other, message("", "wrong"));
        assertNull(receive());
        host.pattern.accept(asked, message("", "right"));
        assertEquals("right", receive());
        assertEquals(List.of("|q"), connection(asked).written);
    }

    @Test
    void shouldWaitForEverWhenTheAskedPeerDies() {
        use(new ReqPattern(host));
        Pipe a = host.peer("a");
        send("q");
        host.gone(a);
        host.peer("b");
        assertNull(receive());
        assertEquals(ZmqError.STATE, assertThrows(ZmqException.class, () -> send("again")).error());
        host.with(ZmqOption.REQ_RELAXED, true);
        assertTrue(send("again"));
    }

    @Test
    void shouldGiveRepliesTheWholeWayBack() {
        use(new RepPattern(host));
        Pipe pipe = host.peer("a");
        host.pattern.accept(pipe, message("no delimiter"));
        host.pattern.accept(pipe, message("addr1", "addr2", "", "p1", "", "p2"));
        assertEquals("p1||p2", receive());
        assertTrue(send("r1", "r2"));
        assertEquals(List.of("addr1|addr2||r1|r2"), connection(pipe).written);
        assertEquals(1, host.dropped);
    }

    @Test
    void shouldDropRepliesToPeersThatLeft() {
        use(new RepPattern(host));
        Pipe pipe = host.peer("a");
        host.pattern.accept(pipe, message("", "q"));
        assertEquals("q", receive());
        host.gone(pipe);
        assertTrue(send("too late"));
        assertNull(receive());
    }

    // --- routing ---

    @Test
    void shouldTurnASecondPeerOfTheSameNameAway() {
        use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe first = host.peer("N");
        assertNull(host.peer("N"));
        host.with(ZmqOption.ROUTER_HANDOVER, true);
        host.pattern.accept(first, message("before"));
        Pipe third = host.peer("N");
        assertEquals(List.of(first), host.disconnected);
        assertTrue(send("N", "x"));
        assertEquals(List.of("x"), connection(third).written);
        String before = receive(); // under an id of its own, which begins with 0
        assertTrue(before.startsWith("\0") && before.endsWith("|before"), before);
        assertNull(receive());
    }

    /** A peer that takes nothing does not keep the others waiting. */
    @Test
    void shouldNameWhomAMessageIsFor() {
        host.with(ZmqOption.ROUTER_MANDATORY, true);
        use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe first = host.peer("A");
        Pipe second = host.peer("B");
        for (Object[] one : new Object[][] {{"A", first}, {"B", second}, {"C", Pattern.ANYBODY}}) {
            ZmtpMessage message = message((String) one[0], "x");
            assertSame(one[1], host.pattern.addressee(message));
            message.release();
        }
        use(new PullPattern(host, ZmqSocketType.PULL));
        ZmtpMessage message = message("A", "x");
        assertSame(Pattern.ANYBODY, host.pattern.addressee(message));
        message.release();
    }

    @Test
    void shouldMakeUpIdsThatBeginWithZero() {
        use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe pipe = host.peer("");
        assertEquals(5, pipe.routingId.length);
        assertEquals(0, pipe.routingId[0]);
    }

    @Test
    void shouldTakeAPeerThatAsksForAnIdOfOursForASecondOfItsName() {
        use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe first = host.peer("");
        Pipe second = new Pipe(host, null, "test://second", false, host.options());
        second.routingId = first.routingId.clone();
        host.pattern.attach(second);
        assertFalse(host.pattern.connected(second));
        host.pattern.detach(second);
        assertTrue(((RouterPattern) host.pattern).isTaken(first.routingId));
        Pipe third = host.peer("\0abc"); // a peer may choose this id itself
        assertTrue(send("\0abc", "x"));
        assertEquals(List.of("x"), connection(third).written);
    }

    @Test
    void shouldDropOrRefuseWhatCannotBeRouted() {
        host.with(ZmqOption.SNDHWM, 1);
        use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe pipe = host.peer("A");
        connection(pipe).writable = false;
        assertTrue(send("A", "1"));
        assertTrue(send("A", "dropped: full"));
        assertTrue(send("B", "dropped: unknown"));
        assertTrue(send("A")); // an id and nothing else
        assertEquals(2, host.dropped);
        host.with(ZmqOption.ROUTER_MANDATORY, true);
        assertFalse(send("A", "waits"));
        assertThrows(ZmqException.class, () -> send("B", "fails"));
    }

    // --- publish and subscribe ---

    private void xpub() {
        use(new PubPattern(host, ZmqSocketType.XPUB, ZmtpLimits.defaults()));
    }

    private List<String> notifications() {
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        subscribe(a, "T");
        subscribe(b, "T");
        subscribe(a, "T");
        cancel(a, "T");
        cancel(a, "T");
        cancel(b, "T");
        return all().stream().sorted().toList();
    }

    @Test
    void shouldTellOfFirstAndLastSubscriptions() {
        xpub();
        assertEquals(List.of("+T", "-T", "-T"), notifications());
    }

    @Test
    void shouldTellOfEverySubscriptionIfVerbose() {
        host.with(ZmqOption.XPUB_VERBOSE, true);
        xpub();
        assertEquals(List.of("+T", "+T", "+T", "-T", "-T"), notifications());
    }

    @Test
    void shouldTellOfEveryCancellationIfVerboser() {
        host.with(ZmqOption.XPUB_VERBOSER, true);
        xpub();
        assertEquals(List.of("+T", "+T", "+T", "-T", "-T", "-T"), notifications());
    }

    @Test
    void shouldLeaveSubscribingToTheApplicationIfManual() {
        host.with(ZmqOption.XPUB_MANUAL, true);
        xpub();
        Pipe a = host.peer("a");
        subscribe(a, "wish");
        assertTrue(send("wish"));
        assertEquals(List.of("+wish"), all());
        subscribe(a, "other");
        receive();
        host.pattern.optionSet(ZmqOption.SUBSCRIBE, "granted".getBytes());
        assertTrue(send("granted"));
        assertEquals(List.of("granted"), connection(a).written);
        host.gone(a);
        assertEquals(List.of("-wish", "-other"), all());
    }

    @Test
    void shouldSendTheLastValueToTheNewcomerAlone() {
        host.with(ZmqOption.XPUB_MANUAL_LAST_VALUE, true);
        xpub();
        Pipe[] pipes = {host.peer("a"), host.peer("b")};
        for (Pipe pipe : pipes) {
            subscribe(pipe, "T");
            receive();
            host.pattern.optionSet(ZmqOption.SUBSCRIBE, "T".getBytes());
            send("T last");
        }
        send("T next");
        for (Pipe pipe : pipes) {
            assertEquals(List.of("T last", "T next"), connection(pipe).written);
        }
    }

    @Test
    void shouldDropForFullSubscribersOrWait() {
        host.with(ZmqOption.SNDHWM, 1);
        use(new PubPattern(host, ZmqSocketType.PUB, ZmtpLimits.defaults()));
        Pipe slow = host.peer("slow");
        Pipe fast = host.peer("fast");
        subscribe(slow, "");
        subscribe(fast, "");
        connection(slow).writable = false;
        for (int i = 0; i < 3; i++) {
            assertTrue(send("" + i));
        }
        assertEquals(2, host.dropped);
        assertEquals(3, connection(fast).written.size());
        host.with(ZmqOption.XPUB_NODROP, true);
        assertFalse(send("waits"));
        assertEquals(3, connection(fast).written.size());
    }

    @Test
    void shouldWelcomeAndInvert() {
        host.with(ZmqOption.XPUB_WELCOME_MSG, "hi".getBytes()).with(ZmqOption.INVERT_MATCHING, true);
        use(new PubPattern(host, ZmqSocketType.PUB, ZmtpLimits.defaults()));
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        subscribe(a, "x");
        send("xyz");
        assertEquals(List.of("hi"), connection(a).written);
        assertEquals(List.of("hi", "xyz"), connection(b).written);
    }

    @Test
    void shouldBoundTheSubscriptionsOfAPeer() {
        long three = 3 * (SubscriptionStore.OVERHEAD + 1);
        for (boolean radio : new boolean[] {false, true}) {
            ZmtpLimits limits = ZmtpLimits.builder().maxSubscriptionBytes(three).build();
            use(radio ? new RadioPattern(host, limits) : new PubPattern(host, ZmqSocketType.PUB, limits));
            Pipe a = host.peer("a");
            Pipe b = host.peer("b");
            Pipe c = host.peer("c");
            bounded(radio, a, "1");
            bounded(radio, b, "2");
            bounded(radio, b, "2"); // takes nothing more
            bounded(radio, b, "3");
            assertTrue(host.disconnected.isEmpty());
            bounded(radio, c, "4"); // the peer that holds most has to go, not the newcomer
            assertEquals(List.of(b), host.disconnected);
            ZmtpLimitException cause = assertInstanceOf(ZmtpLimitException.class, host.causes.remove(0));
            assertEquals("maxSubscriptionBytes", cause.option());
            assertEquals(three + SubscriptionStore.OVERHEAD + 1, cause.value());
            send(radio ? new String[] {"1", "x"} : new String[] {"1"});
            assertEquals(1, connection(a).written.size());
            host.disconnected.clear();
        }
    }

    /** The limit counts the octets that subscriptions take, and not how many they are. */
    @Test
    void shouldTakeAsManySubscriptionsOfAPeerAsFit() {
        for (boolean radio : new boolean[] {false, true}) {
            use(radio ? new RadioPattern(host, ZmtpLimits.defaults())
                    : new PubPattern(host, ZmqSocketType.PUB, ZmtpLimits.defaults()));
            Pipe a = host.peer("a");
            for (int i = 0; i < 20_000; i++) {
                bounded(radio, a, "" + i);
            }
            assertTrue(host.disconnected.isEmpty());
            send(radio ? new String[] {"19999", "x"} : new String[] {"19999"});
            assertEquals(1, connection(a).written.size());
        }
    }

    private void bounded(boolean radio, Pipe pipe, String what) {
        command(pipe, radio ? ZmtpCommand.Kind.JOIN : ZmtpCommand.Kind.SUBSCRIBE, what);
    }

    @Test
    void shouldTellWhyItClosesAConnection() {
        host.with(ZmqOption.ROUTER_HANDOVER, true);
        RouterPattern router = use(new RouterPattern(host, ZmqSocketType.ROUTER));
        Pipe first = host.peer("A");
        host.peer("A");
        assertEquals(List.of(first), host.disconnected);
        assertEquals(ZmqError.CLOSED, ((ZmqException) host.causes.get(0)).error());
        assertTrue(host.causes.get(0).getMessage().contains("ROUTER_HANDOVER"), host.causes.get(0).getMessage());
        assertTrue(router.isTaken("A".getBytes()));
    }

    @Test
    void shouldCountSubscriptionsAndRepeatThemInOrder() {
        use(new SubPattern(host, ZmqSocketType.SUB));
        Pipe a = host.peer("a");
        for (String topic : new String[] {"b", "a", "a"}) {
            host.pattern.optionSet(ZmqOption.SUBSCRIBE, topic.getBytes());
        }
        host.pattern.optionSet(ZmqOption.UNSUBSCRIBE, "a".getBytes());
        assertEquals(List.of("SUBSCRIBE b", "SUBSCRIBE a", "SUBSCRIBE a"), connection(a).written);
        assertEquals(List.of("SUBSCRIBE a", "SUBSCRIBE b"), connection(host.peer("late")).written);
        host.pattern.optionSet(ZmqOption.UNSUBSCRIBE, "a".getBytes());
        assertEquals("CANCEL a", connection(a).written.get(3));
    }

    @Test
    void shouldSendSubscriptionsPastTheMark() {
        host.with(ZmqOption.SNDHWM, 1);
        use(new SubPattern(host, ZmqSocketType.SUB));
        for (int i = 0; i < 30; i++) {
            host.pattern.optionSet(ZmqOption.SUBSCRIBE, ("t" + i).getBytes());
        }
        assertEquals(30, connection(host.peer("a")).written.size());
    }

    @Test
    void shouldFilterOnceMore() {
        use(new SubPattern(host, ZmqSocketType.SUB));
        host.pattern.optionSet(ZmqOption.SUBSCRIBE, "a".getBytes());
        Pipe pipe = host.peer("a");
        host.pattern.accept(pipe, message("abc"));
        host.pattern.accept(pipe, message("xyz"));
        assertEquals(List.of("abc"), all());
    }

    @Test
    void shouldDropMultipartMessagesOfSinglePartTypes() {
        use(new PullPattern(host, ZmqSocketType.GATHER));
        Pipe pipe = host.peer("a");
        assertTrue(host.pattern.accept(pipe, message("1", "2")));
        assertNull(receive());
        assertEquals(1, host.dropped);
    }
}
