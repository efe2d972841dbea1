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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

/** What XPUB tells of subscriptions and what XSUB makes of them; a bare peer was put before libzmq 4.3.4 for each. */
class SubscriptionsTest {

    private final FakeHost host = new FakeHost();

    private void xpub() {
        host.pattern = new PubPattern(host, ZmqSocketType.XPUB, ZmtpLimits.defaults());
    }

    private void xsub() {
        host.pattern = new SubPattern(host, ZmqSocketType.XSUB);
    }

    /** A command and its topic: {@code +T} or {@code -T}. */
    private void command(Pipe pipe, String what) {
        ZmtpCommand command = new ZmtpCommand(what.charAt(0) == '+' ? ZmtpCommand.Kind.SUBSCRIBE
                : ZmtpCommand.Kind.CANCEL, Unpooled.wrappedBuffer(what.substring(1).getBytes()));
        host.pattern.command(pipe, command);
        command.release();
    }

    /** Parts that begin with + or - are subscriptions and cancellations. */
    private static ZmtpMessage message(String... parts) {
        String[] raw = new String[parts.length];
        for (int i = 0; i < parts.length; i++) {
            raw[i] = parts[i].replace('+', '\1').replace('-', '\0');
        }
        return ZmtpMessage.ofText(raw);
    }

    private List<String> told() {
        List<String> all = new ArrayList<>();
        for (ZmtpMessage next = host.pattern.receive(); next != null; next = host.pattern.receive()) {
            all.add(FakeHost.text(next).replace('\1', '+').replace('\0', '-'));
        }
        return all;
    }

    /** libzmq: the topics the peer had asked for and not taken back, each once, with MANUAL for every peer. */
    @ParameterizedTest
    @ValueSource(strings = {"XPUB_MANUAL", "XPUB_MANUAL_LAST_VALUE"})
    @SuppressWarnings("unchecked")
    void shouldTellWhatALeavingPeerHadAskedForIfManual(String manual) {
        host.with((ZmqOption<Boolean>) ZmqOption.byName(manual), true);
        xpub();
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        for (String command : new String[] {"+asked", "+asked", "+taken back", "-taken back"}) {
            command(a, command);
        }
        command(b, "+asked");
        assertEquals(List.of("+asked", "+asked", "+taken back", "-taken back", "+asked"), told());
        command(a, "+other");
        told();
        host.pattern.optionSet(ZmqOption.SUBSCRIBE, "applied".getBytes());
        host.gone(a);
        assertEquals(List.of("-asked", "-other"), told());
        assertEquals(0, host.pattern.topics());
        host.gone(b);
        assertEquals(List.of("-asked"), told()); // though the application made nothing of it
    }

    /**
     * libzmq passes on what cancels nothing: a topic nobody has, one that others have, one that was cancelled before.
     */
    @ParameterizedTest
    @CsvSource({", -never +T -T -T -T -T", "XPUB_VERBOSE, -never +T +T -T +T -T -T -T",
        "XPUB_VERBOSER, -never +T +T -T +T -T -T -T -T", "XPUB_MANUAL, -never +T +T -T +T -T -T -T -T"})
    @SuppressWarnings("unchecked")
    void shouldPassOnCancellationsOfWhatIsNotKnown(String option, String expected) {
        if (option != null) {
            host.with((ZmqOption<Boolean>) ZmqOption.byName(option), true);
        }
        xpub();
        Pipe a = host.peer("a");
        Pipe b = host.peer("b");
        command(a, "-never");
        command(a, "+T");
        command(a, "+T");
        command(b, "-T");
        command(b, "+T");
        command(a, "-T");
        command(a, "-T");
        command(b, "-T");
        command(b, "-T");
        assertEquals(List.of(expected.split(" ")), told());
    }

    /**
     * libzmq looks at each part: {@code +A | +B | C | -A} is two subscriptions and a message. (libzmq hands the
     * cancellation after C out as a part of that message; here it is a message of its own.)
     */
    @Test
    void shouldFindSubscriptionsAmongPartsFromPeers() {
        xpub();
        Pipe a = host.peer("a");
        assertTrue(host.pattern.accept(a, message("+A", "+B", "C", "-A", "D")));
        assertEquals(List.of("+A", "+B", "-A", "C|D"), told());
        assertTrue(host.pattern.accept(a, message("C", "+D")));
        assertEquals(List.of("+D", "C"), told());
        assertTrue(host.pattern.accept(a, message("+E", "+F")));
        assertEquals(List.of("+E", "+F"), told());
        host.with(ZmqOption.ONLY_FIRST_SUBSCRIBE, true);
        assertTrue(host.pattern.accept(a, message("C", "+G")));
        assertTrue(host.pattern.accept(a, message("+H", "+I", "-B")));
        assertEquals(List.of("C|+G", "+H", "+I|-B"), told());
        assertEquals(5, host.pattern.topics()); // B, D, E, F, H
    }

    /** Subscriptions sent as long messages are bounded like any other, and nothing of them is kept. */
    @Test
    void shouldBoundSubscriptionsAmongParts() {
        host.pattern = new PubPattern(host, ZmqSocketType.XPUB,
                ZmtpLimits.builder().maxSubscriptionLength(10).build());
        Pipe a = host.peer("a");
        host.pattern.accept(a, message("+A", "+" + "B".repeat(11), "+C", "D"));
        assertEquals(List.of(a), host.disconnected);
        assertEquals(0, host.pattern.topics());
        assertEquals(List.of("+A", "-A"), told());
    }

    /** libzmq: every part is looked at, what is no subscription goes to the publishers. */
    @Test
    void shouldFindSubscriptionsAmongPartsToSend() {
        xsub();
        Pipe a = host.peer("a");
        assertTrue(host.pattern.send(message("+A", "C", "+B", "D", "-A")));
        assertEquals(List.of("SUBSCRIBE A", "SUBSCRIBE B", "CANCEL A", "C|D"), connection(a).written);
        assertEquals(1, host.pattern.topics());
        assertTrue(host.pattern.send(message("-B", "-unknown")));
        assertEquals("CANCEL B", connection(a).written.get(4));
        assertEquals(5, connection(a).written.size());
    }

    /** libzmq's header: parts that follow a subscription are user data whatever they begin with. */
    @Test
    void shouldKeepThePartsAfterASubscription() {
        host.with(ZmqOption.ONLY_FIRST_SUBSCRIBE, true);
        xsub();
        Pipe a = host.peer("a");
        assertTrue(host.pattern.send(message("+A", "C", "+B")));
        assertTrue(host.pattern.send(message("C", "+B")));
        assertEquals(List.of("SUBSCRIBE A", "C|\1B", "C|\1B"), connection(a).written);
        assertEquals(1, host.pattern.topics());
    }

    /** libzmq: zmq_setsockopt(ZMQ_UNSUBSCRIBE) of a topic that was never subscribed returns 0. */
    @Test
    void shouldTakeBackWhatWasNotSubscribed() {
        host.pattern = new SubPattern(host, ZmqSocketType.SUB);
        Pipe a = host.peer("a");
        host.pattern.optionSet(ZmqOption.UNSUBSCRIBE, "never".getBytes());
        assertEquals(List.of(), connection(a).written);
        host.with(ZmqOption.XSUB_VERBOSE_UNSUBSCRIBE, true);
        host.pattern.optionSet(ZmqOption.UNSUBSCRIBE, "never".getBytes());
        assertEquals(List.of("CANCEL never"), connection(a).written);
    }
}
