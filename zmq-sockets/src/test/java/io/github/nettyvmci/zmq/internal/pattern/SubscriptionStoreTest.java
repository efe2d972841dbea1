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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.internal.pattern.SubscriptionStore.Change;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class SubscriptionStoreTest {

    private final SubscriptionStore<String> store = new SubscriptionStore<>();

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private Set<String> match(byte[] message) {
        Set<String> peers = new HashSet<>();
        // The topic lies in the middle of its buffer.
        ByteBuf buffer = Unpooled.wrappedBuffer(new byte[3], message, new byte[2]);
        store.match(buffer, 3, message.length, peers::add);
        return peers;
    }

    @Test
    void shouldTellFirstAndLastFromTheRest() {
        assertEquals(Change.TOPIC, store.add(octets("T"), "a"));
        assertEquals(Change.PEER, store.add(octets("T"), "b"));
        assertEquals(Change.NONE, store.add(octets("T"), "a"));
        assertEquals(Change.PEER, store.remove(octets("T"), "a"));
        assertEquals(Change.NONE, store.remove(octets("T"), "a"));
        assertEquals(Change.TOPIC, store.remove(octets("T"), "b"));
        assertEquals(Change.NONE, store.remove(octets("T"), "b"));
        assertEquals(0, store.topics());
    }

    @Test
    void shouldMatchByPrefix() {
        store.add(octets(""), "all");
        store.add(octets("a"), "a");
        store.add(octets("ab"), "ab");
        store.add(octets("\u00ff"), "high");
        assertEquals(Set.of("all"), match(octets("")));
        assertEquals(Set.of("all", "a"), match(octets("a")));
        assertEquals(Set.of("all", "a", "ab"), match(octets("abc")));
        assertEquals(Set.of("all", "high"), match(octets("\u00ff\u00fe")));
        assertEquals(Set.of("all"), match(octets("ba")));
    }

    @Test
    void shouldForgetAPeer() {
        store.add(octets("x"), "a");
        store.add(octets("x"), "b");
        store.add(octets("y"), "a");
        Map<String, Boolean> removed = new HashMap<>();
        store.removeAll("a", (topic, last) -> removed.put(new String(topic), last));
        assertEquals(Map.of("x", false, "y", true), removed);
        assertEquals(1, store.topics());
        assertEquals(0, store.bytesOf("a"));
        assertEquals(SubscriptionStore.OVERHEAD + 1, store.bytes());
        assertEquals("b", store.largest());
        assertEquals(Set.of("b"), match(octets("xy")));
    }

    @Test
    void shouldTakeVeryLongTopics() {
        byte[] topic = new byte[1 << 20];
        store.add(topic, "a");
        assertEquals(Set.of("a"), match(Arrays.copyOf(topic, topic.length + 1)));
        assertTrue(match(Arrays.copyOf(topic, topic.length - 1)).isEmpty());
        store.remove(topic, "a");
        assertTrue(match(topic).isEmpty());
    }

    @Test
    void shouldDoWhatANaiveModelDoes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, Set<String>> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            byte[] topic = new byte[random.nextInt(5)];
            for (int i = 0; i < topic.length; i++) {
                topic[i] = (byte) "ab\u00ff\u0000".charAt(random.nextInt(4));
            }
            String name = new String(topic, StandardCharsets.ISO_8859_1);
            String peer = "p" + random.nextInt(5);
            switch (random.nextInt(100)) {
                case 0:
                    store.removeAll(peer, (t, last) -> { });
                    model.values().forEach(peers -> peers.remove(peer));
                    break;
                default:
                    if (random.nextBoolean()) {
                        boolean known = model.getOrDefault(name, Set.of()).contains(peer);
                        boolean first = model.getOrDefault(name, Set.of()).isEmpty();
                        assertEquals(known ? Change.NONE : first ? Change.TOPIC : Change.PEER, store.add(topic, peer),
                                "seed " + seed);
                        model.computeIfAbsent(name, n -> new HashSet<>()).add(peer);
                    } else {
                        boolean known = model.computeIfAbsent(name, n -> new HashSet<>()).remove(peer);
                        Change expected = !known ? Change.NONE : model.get(name).isEmpty() ? Change.TOPIC : Change.PEER;
                        assertEquals(expected, store.remove(topic, peer), "seed " + seed);
                    }
                    break;
            }
            Set<String> expected = new HashSet<>();
            model.forEach((prefix, peers) -> {
                if (name.startsWith(prefix)) {
                    expected.addAll(peers);
                }
            });
            assertEquals(expected, match(topic), "seed " + seed);
            Set<String> exact = new HashSet<>();
            store.exactly(Unpooled.wrappedBuffer(topic), 0, topic.length, exact::add);
            assertEquals(model.getOrDefault(name, Set.of()), exact, "seed " + seed);
            long held = 0;
            for (Map.Entry<String, Set<String>> entry : model.entrySet()) {
                held += (long) entry.getValue().size() * (entry.getKey().length() + SubscriptionStore.OVERHEAD);
            }
            assertEquals(held, store.bytes(), "seed " + seed);
            assertEquals(model.values().stream().filter(peers -> !peers.isEmpty()).count(), store.topics());
        }
    }
}
