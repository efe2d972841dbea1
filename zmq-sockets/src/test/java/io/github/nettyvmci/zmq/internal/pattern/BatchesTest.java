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
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** What pipes and patterns do with batches, as pure state. */
class BatchesTest {

    private final FakeHost host = new FakeHost();

    private static ZmtpBatch batch(String... texts) {
        ZmtpBatch batch = ZmtpBatch.create(0);
        for (String text : texts) {
            ZmtpMessage message = ZmtpMessage.ofText(text);
            assertTrue(batch.add(message));
            message.release();
        }
        return batch;
    }

    private <T extends Pattern> T use(T pattern) {
        host.pattern = pattern;
        return pattern;
    }

    private BalancedPattern push() {
        return use(new BalancedPattern(host, ZmqSocketType.PUSH));
    }

    // --- out ---

    @Test
    void shouldGoToTheOnlyPeerAsAWhole() {
        BalancedPattern push = push();
        assertFalse(push.sendsBatches());
        Pipe pipe = host.peer("a");
        assertTrue(push.sendsBatches());
        assertTrue(push.send(batch("1", "2", "3")));
        assertEquals(List.of("{1 2 3}"), connection(pipe).written);
        assertEquals(3, pipe.counters().messagesOut());
        assertEquals(3, pipe.counters().bytesOut());
        host.peer("b");
        assertFalse(push.sendsBatches());
        ZmtpBatch refused = batch("4");
        assertFalse(push.send(refused));
        refused.release();
    }

    @Test
    void shouldWaitInThePipeAndCountThere() {
        host.with(ZmqOption.SNDHWM, 5);
        BalancedPattern push = push();
        Pipe pipe = host.peer("a");
        connection(pipe).writable = false;
        assertEquals(5, pipe.room());
        assertTrue(push.send(batch("1", "2", "3")));
        assertTrue(push.send(ZmtpMessage.ofText("4")));
        assertEquals(1, pipe.room());
        assertEquals(4, pipe.outputSize());
        assertEquals(4, pipe.counters().queued());
        connection(pipe).writable = true;
        pipe.drain();
        assertEquals(List.of("{1 2 3}", "4"), connection(pipe).written);
        assertEquals(5, pipe.room());
        assertEquals(0, pipe.outputSize());
    }

    @Test
    void shouldComeApartWhereTheConnectionHasLittleRoom() {
        BalancedPattern push = push();
        Pipe pipe = host.peer("a");
        connection(pipe).batchRoom = 2;
        ZmtpBatch large = batch("1", "2", "3");
        assertFalse(push.send(large));
        large.release();
        connection(pipe).writable = false;
        assertTrue(push.send(batch("1", "2", "3")));
        connection(pipe).writable = true;
        pipe.drain();
        assertEquals(List.of("1", "{2 3}"), connection(pipe).written);
        assertFalse(pipe.hasOutput());
    }

    @Test
    void shouldBeCountedMessageByMessageWhenDropped() {
        BalancedPattern push = push();
        Pipe pipe = host.peer("a");
        connection(pipe).writable = false;
        ZmtpBatch batch = batch("1", "2", "3");
        assertTrue(push.send(batch));
        pipe.clearOutput(true);
        assertEquals(3, pipe.outputSize());
        pipe.clearOutput(false);
        assertEquals(3, host.dropped);
        assertEquals(0, pipe.outputSize());
        assertEquals(0, batch.refCnt());
    }

    @Test
    void shouldNotBeMadeForRequestsAndConflation() {
        ReqPattern req = use(new ReqPattern(host));
        host.peer("a");
        assertFalse(req.sendsBatches());
        host.with(ZmqOption.CONFLATE, true);
        BalancedPattern push = push();
        Pipe pipe = host.peer("a");
        ZmtpBatch batch = batch("1", "2");
        assertFalse(push.send(batch));
        batch.release();
        assertEquals(List.of(), connection(pipe).written);
    }

    @Test
    void shouldGoToThePeerOfAPair() {
        PairPattern pair = use(new PairPattern(host, ZmqSocketType.PAIR));
        assertFalse(pair.sendsBatches());
        Pipe pipe = host.peer("a");
        assertTrue(pair.sendsBatches());
        assertTrue(pair.send(batch("1", "2")));
        assertEquals(List.of("{1 2}"), connection(pipe).written);
    }

    // --- in ---

    @Test
    void shouldBeTakenInTurnWithThoseOfOthers() {
        PullPattern pull = use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        pull.accept(a, batch("a1", "a2", "a3"));
        pull.accept(b, batch("b1", "b2"));
        pull.accept(a, ZmtpMessage.ofText("a4"));
        assertEquals(4, a.inputSize());
        StringBuilder order = new StringBuilder();
        for (ZmtpMessage next = pull.receive(); next != null; next = pull.receive()) {
            order.append(text(next)).append(' ');
        }
        assertEquals("a1 b1 a2 b2 a3 a4 ", order.toString());
        assertEquals(0, a.inputSize());
        assertEquals(4, a.taken());
    }

    @Test
    void shouldHoldThePeerBackAndLetItGoOnByMessages() {
        host.with(ZmqOption.RCVHWM, 4);
        PullPattern pull = use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe pipe = host.peer("a");
        pull.accept(pipe, batch("1", "2", "3"));
        assertFalse(connection(pipe).paused);
        pull.accept(pipe, batch("4", "5", "6"));
        assertTrue(connection(pipe).paused);
        for (int i = 1; i <= 3; i++) {
            assertEquals("" + i, text(pull.receive()));
            assertTrue(connection(pipe).paused);
        }
        assertEquals("4", text(pull.receive()));
        assertFalse(connection(pipe).paused);
        assertEquals("5", text(pull.receive()));
        assertEquals("6", text(pull.receive()));
        assertNull(pull.receive());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 100, 1000})
    void shouldLetThePeerGoOnWhenHalfIsLeft(int mark) {
        host.with(ZmqOption.RCVHWM, mark);
        PullPattern pull = use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe pipe = host.peer("a");
        for (int i = 0; i < mark; i++) {
            pull.accept(pipe, batch("x"));
        }
        assertTrue(connection(pipe).paused);
        for (int taken = 1; connection(pipe).paused; taken++) {
            text(pull.receive());
            assertEquals(mark - taken > mark / 2, connection(pipe).paused, "after " + taken);
        }
        pull.incoming().clear(pipe);
    }

    @Test
    void shouldBeReleasedWithTheMessagesThatNobodyTook() {
        PullPattern pull = use(new PullPattern(host, ZmqSocketType.PULL));
        Pipe pipe = host.peer("a");
        ZmtpBatch batch = batch("1", "2", "3");
        pull.accept(pipe, batch);
        assertEquals("1", text(pull.receive()));
        assertEquals(2, pull.incoming().clear(pipe));
        assertEquals(0, batch.refCnt());
        assertEquals(0, pipe.inputSize());
    }

    @ParameterizedTest
    @EnumSource(ZmqSocketType.class)
    void shouldOnlyComeInWhereMessagesStayAsTheyAre(ZmqSocketType type) {
        boolean changes = switch (type) {
            case PULL, GATHER, PAIR, CHANNEL, DEALER, CLIENT -> false;
            default -> true;
        };
        assertEquals(!changes, Pattern.takesBatches(type));
    }
}
