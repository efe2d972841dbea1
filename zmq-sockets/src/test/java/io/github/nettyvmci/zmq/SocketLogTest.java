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

import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.logging.Level;
import java.util.stream.Stream;

/** What a socket writes to its log. */
class SocketLogTest extends SocketTest {

    /** The octets that a limit counts for each subscription besides those of its topic. */
    private static final int SUBSCRIPTION_OVERHEAD = 128;

    @Test
    void shouldWriteEveryEventAtDebugAndTroubleAtWarn() throws Exception {
        try (LogRecords log = LogRecords.ofSockets(Level.FINE)) {
            ZmqSocket rep = context.builder(REP).name("desk").open();
            String endpoint = rep.bind("ipc://*");
            ZmqSocket push = context.builder(PUSH).name("guest").open();
            ZmqMonitor monitor = push.monitor(100);
            connect(push, endpoint);
            monitor.await(ZmqEvent.Kind.GAVE_UP, SOON);
            await(() -> log.lines().stream().anyMatch(line -> line.contains("desk: DISCONNECTED")));
            assertTrue(log.lines(Level.FINE).contains("FINE desk: LISTENING " + endpoint + " (" + endpoint.replace(
                    "ipc://", "") + " - null)"), () -> log.lines().toString());
            assertTrue(log.lines(Level.FINE).stream().anyMatch(line -> line.startsWith("FINE guest: CONNECTED")),
                    () -> log.lines().toString());
            for (String name : new String[] {"desk: HANDSHAKE_FAILED", "guest: HANDSHAKE_FAILED", "guest: GAVE_UP"}) {
                assertEquals(1, log.lines(Level.WARNING).stream().filter(
                        line -> line.startsWith("WARNING " + name) && line.contains(endpoint)).count(),
                        () -> name + " in " + log.lines());
            }
            assertEquals(3, Stream.of("desk", "guest").flatMap(name -> log.linesOf(name).stream())
                    .filter(line -> line.startsWith("WARNING")).count(), () -> log.lines().toString());
        }
    }

    /** Reaching a limit is told by an event with its cause, a counter and a log line; other peers lose nothing. */
    @EveryScheme
    void shouldTellOfALimit(String scheme) throws Exception {
        try (ZmqContext bounded = ZmqContext.builder().ioThreads(1).limits(ZmtpLimits.builder()
                .maxSubscriptionBytes(100 * (SUBSCRIPTION_OVERHEAD + 4)).build()).build();
                LogRecords log = LogRecords.ofSockets(Level.WARNING)) {
            ZmqSocket pub = bounded.builder(PUB).option(ZmqOption.LINGER, Duration.ZERO).open();
            ZmqMonitor monitor = pub.monitor(1000);
            String endpoint = pub.bind(endpoint(scheme));
            ZmqSocket modest = bounded.open(SUB);
            modest.subscribe("0000");
            connect(modest, endpoint);
            await(() -> pub.topicCount() == 1);
            ZmqSocket greedy = bounded.builder(SUB).option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1)).open();
            for (int i = 1; i < 100; i++) {
                greedy.subscribe(String.format("%04d", i));
            }
            connect(greedy, endpoint);
            await(() -> pub.topicCount() == 100);
            assertEquals(0, pub.metrics().limitExceeded());
            greedy.subscribe("more");
            ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
            ZmtpLimitException cause = assertInstanceOf(ZmtpLimitException.class, event.cause());
            assertEquals("maxSubscriptionBytes", cause.option());
            await(() -> pub.topicCount() == 1);
            assertEquals(1, pub.metrics().limitExceeded());
            assertEquals(1, log.lines().stream().filter(line -> line.startsWith("WARNING " + pub.name())
                    && line.contains("maxSubscriptionBytes")).count(),
                    () -> log.lines().toString());
            send(pub, "0000");
            expect(modest, "0000");
        }
    }
}
