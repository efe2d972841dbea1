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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

class ZmqOptionTest {

    @Test
    void shouldBeFoundByLibzmqsNames() {
        assertSame(ZmqOption.SNDHWM, ZmqOption.byName("SNDHWM"));
        assertSame(ZmqOption.SNDHWM, ZmqOption.byName("ZMQ_SNDHWM"));
        assertSame(ZmqOption.SNDHWM, ZmqOption.byName("sndhwm"));
        assertSame(ZmqOption.ROUTING_ID, ZmqOption.byName("IDENTITY"));
        ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.byName("SNDHVM"));
        assertTrue(e.getMessage().startsWith("option: SNDHVM (expected: one of "), e.getMessage());
    }

    @Test
    void shouldHaveEachNumberOnce() {
        Set<Integer> numbers = new HashSet<>();
        for (ZmqOption<?> option : ZmqOption.all().values()) {
            assertTrue(option.number() == 0 || numbers.add(option.number()), option.name());
        }
    }

    @ParameterizedTest
    @CsvSource({"SNDHWM,-1", "SNDHWM,x", "LINGER,-2", "ROUTER_MANDATORY,2", "CURVE_SECRETKEY,short",
        "MAXMSGSIZE,2147483647", "HEARTBEAT_TTL,6553600", "RECONNECT_STOP,8"})
    void shouldRefuseWhatIsNotAllowed(String name, String value) {
        ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.byName(name).parse(value));
        assertEquals(ZmqError.INVALID, e.error());
        assertTrue(e.getMessage().startsWith(name + ": "), e.getMessage());
        assertEquals(name.equals("CURVE_SECRETKEY"), e.getMessage().contains("..."), e.getMessage());
    }

    @Test
    void shouldRefuseRoutingIdsThatAreKeptForOthers() {
        assertThrows(ZmqException.class, () -> ZmqOption.ROUTING_ID.check(new byte[] {0, 1}));
        assertThrows(ZmqException.class, () -> ZmqOption.ROUTING_ID.check(new byte[256]));
    }

    @Test
    void shouldReadKeys() {
        byte[] key = ZmqOption.CURVE_PUBLICKEY.parse("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID");
        assertEquals((byte) 0xBB, key[0]);
        assertEquals((byte) 0x18, key[31]);
        assertThrows(ZmqException.class,
                () -> ZmqOption.CURVE_PUBLICKEY.parse("\"ne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"));
    }

    @Test
    void shouldCopyArrays() {
        byte[] id = {1};
        ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.DEALER).with(ZmqOption.ROUTING_ID, id);
        id[0] = 2;
        assertArrayEquals(new byte[] {1}, options.get(ZmqOption.ROUTING_ID));
    }

    @Test
    void shouldReadTimesAsLibzmqHasThem() {
        assertEquals(Duration.ofMillis(1500), ZmqOption.LINGER.parse("1500"));
        assertSame(ZmqOption.FOREVER, ZmqOption.SNDTIMEO.parse("-1"));
        assertEquals(Duration.ofSeconds(30), ZmqOption.TCP_KEEPALIVE_IDLE.parse("30"));
        assertTrue(ZmqOption.HEARTBEAT_TIMEOUT.parse("-1").isNegative());
        ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.DEALER);
        assertEquals(-1, options.millis(ZmqOption.LINGER));
        assertEquals(-1, options.millis(ZmqOption.HEARTBEAT_TIMEOUT));
        assertEquals(30_000, options.millis(ZmqOption.HANDSHAKE_IVL));
    }

    @Test
    void shouldTakeTimesAsTheyAre() {
        assertSame(ZmqOption.FOREVER, ZmqOption.LINGER.check(Duration.ofSeconds(Long.MAX_VALUE)));
        assertEquals(Duration.ofMillis(1), ZmqOption.LINGER.check(Duration.ofNanos(1))); // rounded up, since zero drops
        assertEquals(Duration.ofMillis(Integer.MAX_VALUE),
                ZmqOption.LINGER.check(Duration.ofMillis(Integer.MAX_VALUE)));
        for (Duration wrong : List.of(Duration.ofMillis(-1), Duration.ofMillis(1L + Integer.MAX_VALUE))) {
            ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.LINGER.check(wrong));
            assertEquals("LINGER: " + wrong.toMillis() + " ms (expected: 0 to 2147483647 ms, or ZmqOption.FOREVER, as"
                    + " text -1)", e.getMessage());
        }
        assertThrows(ZmqException.class, () -> ZmqOption.HANDSHAKE_IVL.check(ZmqOption.FOREVER));
        assertThrows(ZmqException.class, () -> ZmqOption.TCP_KEEPALIVE_IDLE.check(Duration.ofSeconds(32768)));
    }

    @Test
    void shouldCheckEveryEntryOfAList() {
        assertEquals(List.of("10.0.0.0/8"), ZmqOption.TCP_ACCEPT_FILTER.parse("10.0.0.0/8"));
        List<String> entries = new ArrayList<>(List.of("127.0.0.1"));
        List<String> kept = ZmqOption.TCP_ACCEPT_FILTER.check(entries);
        entries.add("nobody");
        assertEquals(List.of("127.0.0.1"), kept);
        ZmqException e = assertThrows(ZmqException.class, () -> ZmqOption.TCP_ACCEPT_FILTER.check(entries));
        assertTrue(e.getMessage().startsWith("TCP_ACCEPT_FILTER: 127.0.0.1, nobody (expected: "), e.getMessage());
    }

    /** A value of the wrong type, behind an unchecked cast, fails when it is set and not deep inside. */
    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    void shouldRefuseValuesOfAnotherType() {
        ZmqException e = assertThrows(ZmqException.class, () -> ((ZmqOption) ZmqOption.LINGER).check(-1));
        assertTrue(e.getMessage().contains("java.lang.Integer (expected: Duration"), e.getMessage());
        assertThrows(ZmqException.class, () -> ((ZmqOption) ZmqOption.METADATA).check(List.of(1)));
    }

    @Test
    void shouldSwitchVerboseAndVerboserOff() {
        ZmqOptions options = ZmqOptions.defaults(ZmqSocketType.XPUB).with(ZmqOption.XPUB_VERBOSE, true)
                .with(ZmqOption.XPUB_VERBOSER, true);
        assertFalse(options.get(ZmqOption.XPUB_VERBOSE));
        assertTrue(options.get(ZmqOption.XPUB_VERBOSER));
    }

    @Test
    void shouldNotLingerForSubscriptions() {
        assertEquals(Duration.ZERO, ZmqOptions.defaults(ZmqSocketType.SUB).get(ZmqOption.LINGER));
        assertEquals(ZmqOption.FOREVER, ZmqOptions.defaults(ZmqSocketType.PUB).get(ZmqOption.LINGER));
    }
}
