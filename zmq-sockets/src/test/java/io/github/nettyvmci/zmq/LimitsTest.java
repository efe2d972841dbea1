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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpLimitException;
import io.github.nettyvmci.zmtp.ZmtpLimits;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpReceiveBudget;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.logging.Level;

/** How large messages may be, and what both ends learn when one is too large. */
class LimitsTest extends SocketTest {

    private static final int MIB = 1 << 20;

    private static ZmtpMessage octets(int length) {
        byte[] octets = new byte[length];
        new Random(1).nextBytes(octets);
        return ZmtpMessage.of(Unpooled.wrappedBuffer(octets));
    }

    @EveryScheme
    void shouldPassAMessageOf70MiB(String scheme) throws Exception {
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        connect(push, pull.bind(endpoint(scheme)));
        ZmtpMessage expected = octets(70 * MIB);
        assertTrue(push.offer(octets(70 * MIB), SOON));
        ZmtpMessage message = pull.receive(SOON);
        try {
            assertNotNull(message);
            assertTrue(ByteBufUtil.equals(expected.part(0), message.part(0)));
        } finally {
            expected.release();
            message.release();
        }
        send(push, "next");
        expect(pull, "next");
        assertEquals(0, pull.metrics().limitExceeded());
        assertEquals(0, push.metrics().dropped());
    }

    private static void begin(Socket peer, int announced, int octets) throws Exception {
        peer.getOutputStream().write(ByteBuffer.allocate(9 + octets).put((byte) 2).putLong(announced).array());
    }

    @Test
    void shouldCloseTheConnectionThatHoldsMostAndDeliverTheMessageOfTheOther() throws Exception {
        ZmtpReceiveBudget budget = new ZmtpReceiveBudget(4 * MIB);
        try (ZmqContext small = ZmqContext.builder().receiveBudget(budget).build()) {
            ZmqSocket first = small.open(PULL);
            ZmqSocket second = small.open(PULL);
            ZmqMonitor monitor = first.monitor(100);
            try (Socket most = RawPeer.connect(first.bind("tcp://127.0.0.1:*"), "PUSH");
                    Socket other = RawPeer.connect(second.bind("tcp://127.0.0.1:*"), "PUSH")) {
                begin(most, 3 * MIB, 5 * MIB / 2); // so that it holds enough, wherever the reads have ended
                await(() -> budget.used() >= 5 * MIB / 2);
                begin(other, 1800 * 1024, 1800 * 1024 - 1);
                ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
                ZmtpLimitException why = assertInstanceOf(ZmtpLimitException.class, event.cause());
                assertEquals("maxBytes", why.option());
                other.getOutputStream().write('x');
                ZmtpMessage message = second.receive(SOON);
                assertNotNull(message);
                assertEquals(1800 * 1024, message.length());
                message.release();
                await(() -> budget.used() == 0);
                assertEquals(1, first.metrics().limitExceeded());
                assertEquals(0, second.metrics().limitExceeded());
            }
        }
    }

    @EveryNetwork
    void shouldTellBothEndsOfAMessageThatIsTooLarge(String scheme) throws Exception {
        ZmqSocket pull = context.builder(PULL).option(ZmqOption.MAXMSGSIZE, (long) MIB).open();
        ZmqSocket push = open(PUSH);
        LogRecords log = LogRecords.ofSockets(Level.WARNING);
        ZmqMonitor pulls = pull.monitor(100);
        ZmqMonitor pushes = push.monitor(100);
        connect(push, pull.bind(endpoint(scheme)));
        assertTrue(push.offer(octets(60 * MIB), SOON));
        ZmqEvent refused = pulls.await(ZmqEvent.Kind.DISCONNECTED, SOON);
        assertEquals("maxFrameLength", assertInstanceOf(ZmtpLimitException.class, refused.cause()).option());
        assertEquals(1, pull.metrics().limitExceeded());
        ZmqEvent lost = pushes.await(ZmqEvent.Kind.DISCONNECTED, SOON);
        assertEquals(1, lost.value(), lost.toString());
        assertNotNull(lost.cause());
        await(() -> push.metrics().dropped() == 1);
        assertEquals(1, push.metrics().messagesOut());
        send(push, "next");
        expect(pull, "next");
        log.close();
        assertTrue(log.lines().stream().anyMatch(line -> line.contains("maxFrameLength")), () -> "" + log.lines());
        assertTrue(log.lines().stream().anyMatch(line -> line.contains("messages lost 1")), () -> "" + log.lines());
    }

    @Test
    void shouldCountTheMessagesThatWaitOnAConnectionWhenItEnds() throws Exception {
        ZmqSocket push = open(PUSH);
        ZmqMonitor monitor = push.monitor(100);
        Socket pull = RawPeer.connect(push.bind("tcp://127.0.0.1:*"), "PULL");
        await(() -> push.metrics().peers().size() == 1);
        assertTrue(push.offer(octets(60 * MIB), SOON));
        for (int i = 0; i < 10; i++) {
            send(push, "behind it");
        }
        await(() -> push.metrics().peers().stream().anyMatch(peer -> peer.messagesOut() + peer.waitingOut() == 11));
        pull.close();
        ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
        assertEquals(11, event.value(), event.toString());
        await(() -> push.metrics().dropped() == 11);
    }

    @Test
    void shouldKeepTheLimitsThatAContextIsGiven() throws Exception {
        try (ZmqContext given = ZmqContext.builder()
                .limits(ZmqContext.defaultLimits().toBuilder().maxMessageLength(1000).build()).build()) {
            ZmqSocket pull = given.open(PULL);
            ZmqMonitor monitor = pull.monitor(10);
            ZmqSocket push = open(PUSH);
            connect(push, pull.bind("ipc://*"));
            assertTrue(push.offer(octets(1001), SOON));
            ZmqEvent event = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
            assertEquals("maxMessageLength", ((ZmtpLimitException) event.cause()).option());
        }
        assertEquals(ZmtpLimits.defaults().maxCommandLength(), ZmqContext.defaultLimits().maxCommandLength());
    }
}
