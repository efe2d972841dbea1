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

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The subscriptions of all peers: topic prefixes, each with the set of peers that subscribed to it (RFC 29). A peer
 * that subscribes twice is in the set once, and one cancel takes it out, as in libzmq.
 *
 * <p>The prefixes are in a hash table. A match walks the message's octets once, hashing as it goes, and looks into the
 * table only at lengths that some prefix has. So there is no recursion, with which libzmq's tree overflowed the stack
 * once (CVE-2021-20236), and a prefix costs its own octets and not a node for each of them. The hash is a polynomial
 * modulo a prime at a random point, so that a peer cannot choose topics that fall into one bucket. What peers may store
 * is bounded by the caller, see {@link #bytes} and {@link #largest}.
 *
 * <p>Not thread-safe.
 *
 * @param <P> a peer; compared by identity or {@code equals} as its class has it
 */
final class SubscriptionStore<P> {

    /** What a change did. */
    enum Change {
        /** The topic had no peer before, or has none now. */
        TOPIC,
        /** The peer was added to or taken from a topic that others have, too. */
        PEER,
        /** Nothing changed. */
        NONE
    }

    private static final class Topic<P> {
        final byte[] octets;
        final int hash;
        /** The one peer, because most topics have only one, or an {@code ArrayList} of several. */
        private @Nullable Object peers;
        @Nullable Topic<P> next;

        Topic(byte[] octets, int hash) {
            this.octets = octets;
            this.hash = hash;
        }

        @SuppressWarnings("unchecked")
        List<P> peers() {
            return peers instanceof ArrayList<?> many ? (List<P>) many : List.of((P) peers);
        }

        void add(P peer) {
            if (peers == null) {
                peers = peer;
            } else if (peers instanceof ArrayList<?>) {
                peers().add(peer);
            } else {
                ArrayList<P> many = new ArrayList<>(peers());
                many.add(peer);
                peers = many;
            }
        }

        /** Takes a peer out; returns whether others are left. */
        boolean remove(P peer) {
            if (peers instanceof ArrayList<?> many) {
                many.remove(peer);
                return !many.isEmpty();
            }
            peers = null;
            return false;
        }

        @SuppressWarnings("unchecked")
        void forEach(Consumer<P> visitor) {
            if (peers instanceof ArrayList<?> many) {
                for (int i = 0; i < many.size(); i++) {
                    visitor.accept((P) many.get(i));
                }
            } else {
                visitor.accept((P) peers);
            }
        }
    }

    /** The topics of one peer. */
    private static final class Own<P> {
        final Set<Topic<P>> topics = new LinkedHashSet<>();
        long bytes;
    }

    /**
     * The bytes that a subscription takes besides its octets, on a JVM with compressed pointers, for the topic, its
     * array, its places in the table and in the set of the peer.
     */
    static final int OVERHEAD = 128;

    /** 2^31 - 1, a prime. */
    private static final int PRIME = Integer.MAX_VALUE;

    private final int multiplier = ThreadLocalRandom.current().nextInt(1 << 16, PRIME);
    private final Map<P, Own<P>> byPeer = new HashMap<>();
    private Topic<P>[] table = newTable(16);
    private int topics;
    /** How many topics there are of each length. */
    private int[] lengths = new int[16];
    private int longest = -1;
    private long bytes;

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <P> Topic<P>[] newTable(int size) {
        return new Topic[size];
    }

    /** Returns the number of distinct prefixes ({@code ZMQ_TOPICS_COUNT}). */
    int topics() {
        return topics;
    }

    /**
     * Returns the bytes that all subscriptions take, each with {@link #OVERHEAD}; a topic counts for each of its peers.
     */
    long bytes() {
        return bytes;
    }

    /** Returns the bytes that the subscriptions of one peer take. */
    long bytesOf(P peer) {
        Own<P> own = byPeer.get(peer);
        return own == null ? 0 : own.bytes;
    }

    /** Returns the peer whose subscriptions take the most bytes, or {@code null} if there are none. */
    @Nullable P largest() {
        P largest = null;
        long most = 0;
        for (Map.Entry<P, Own<P>> entry : byPeer.entrySet()) {
            if (entry.getValue().bytes > most) {
                most = entry.getValue().bytes;
                largest = entry.getKey();
            }
        }
        return largest;
    }

    Change add(byte[] prefix, P peer) {
        int hash = hash(prefix);
        Topic<P> topic = find(prefix, hash);
        boolean created = topic == null;
        if (created) {
            topic = insert(prefix.clone(), hash);
        }
        Own<P> own = byPeer.computeIfAbsent(peer, p -> new Own<>());
        if (!own.topics.add(topic)) {
            return Change.NONE;
        }
        own.bytes += OVERHEAD + prefix.length;
        bytes += OVERHEAD + prefix.length;
        topic.add(peer);
        return created ? Change.TOPIC : Change.PEER;
    }

    Change remove(byte[] prefix, P peer) {
        Topic<P> topic = find(prefix, hash(prefix));
        Own<P> own = byPeer.get(peer);
        if (topic == null || own == null || !own.topics.remove(topic)) {
            return Change.NONE;
        }
        own.bytes -= OVERHEAD + prefix.length;
        bytes -= OVERHEAD + prefix.length;
        if (own.topics.isEmpty()) {
            byPeer.remove(peer);
        }
        return take(topic, peer);
    }

    /**
     * Forgets a peer.
     *
     * @param removed told every prefix it had, and whether it was the last peer to have it
     */
    void removeAll(P peer, BiConsumer<byte[], Boolean> removed) {
        Own<P> own = byPeer.remove(peer);
        if (own != null) {
            bytes -= own.bytes;
            for (Topic<P> topic : own.topics) {
                removed.accept(topic.octets, take(topic, peer) == Change.TOPIC);
            }
        }
    }

    /**
     * Finds the peers that want a message.
     *
     * @param visitor told every peer, more than once if several of its prefixes match
     */
    void match(ByteBuf message, int offset, int length, Consumer<P> visitor) {
        int hash = 0;
        int end = Math.min(length, longest);
        for (int n = 0; n <= end; n++) {
            if (lengths[n] > 0) {
                for (Topic<P> t = table[bucket(hash)]; t != null; t = t.next) {
                    if (t.hash == hash && t.octets.length == n && equals(t.octets, message, offset)) {
                        t.forEach(visitor);
                        break;
                    }
                }
            }
            if (n < end) {
                hash = step(hash, message.getByte(offset + n));
            }
        }
    }

    /**
     * Finds the peers that subscribed to exactly these octets.
     *
     * @param visitor told every peer once
     */
    void exactly(ByteBuf message, int offset, int length, Consumer<P> visitor) {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = step(hash, message.getByte(offset + i));
        }
        for (Topic<P> t = table[bucket(hash)]; t != null; t = t.next) {
            if (t.hash == hash && t.octets.length == length && equals(t.octets, message, offset)) {
                t.forEach(visitor);
                return;
            }
        }
    }

    private static boolean equals(byte[] octets, ByteBuf message, int offset) {
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] != message.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    private Change take(Topic<P> topic, P peer) {
        if (topic.remove(peer)) {
            return Change.PEER;
        }
        int bucket = bucket(topic.hash);
        if (table[bucket] == topic) {
            table[bucket] = topic.next;
        } else {
            Topic<P> before = table[bucket];
            while (before.next != topic) {
                before = before.next;
            }
            before.next = topic.next;
        }
        topics--;
        lengths[topic.octets.length]--;
        while (longest >= 0 && lengths[longest] == 0) {
            longest--;
        }
        return Change.TOPIC;
    }

    private Topic<P> insert(byte[] prefix, int hash) {
        if (topics >= table.length) {
            grow();
        }
        Topic<P> topic = new Topic<>(prefix, hash);
        topic.next = table[bucket(hash)];
        table[bucket(hash)] = topic;
        topics++;
        if (prefix.length >= lengths.length) {
            lengths = Arrays.copyOf(lengths, Math.max(prefix.length + 1, lengths.length * 2));
        }
        lengths[prefix.length]++;
        longest = Math.max(longest, prefix.length);
        return topic;
    }

    private void grow() {
        Topic<P>[] old = table;
        table = newTable(old.length * 2);
        for (Topic<P> head : old) {
            while (head != null) {
                Topic<P> next = head.next;
                head.next = table[bucket(head.hash)];
                table[bucket(head.hash)] = head;
                head = next;
            }
        }
    }

    private @Nullable Topic<P> find(byte[] prefix, int hash) {
        Topic<P> t = table[bucket(hash)];
        while (t != null && !(t.hash == hash && Arrays.equals(t.octets, prefix))) {
            t = t.next;
        }
        return t;
    }

    private int hash(byte[] prefix) {
        int hash = 0;
        for (byte octet : prefix) {
            hash = step(hash, octet);
        }
        return hash;
    }

    private int step(int hash, byte octet) {
        long product = (long) hash * multiplier + (octet & 0xff) + 1;
        long folded = (product & PRIME) + (product >>> 31); // 2^31 is 1 modulo the prime
        return (int) (folded >= PRIME ? folded - PRIME : folded);
    }

    private int bucket(int hash) {
        int mixed = hash * 0x9E3779B9;
        return (mixed ^ mixed >>> 16) & table.length - 1;
    }
}
