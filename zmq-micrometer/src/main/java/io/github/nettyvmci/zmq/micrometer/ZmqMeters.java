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
package io.github.nettyvmci.zmq.micrometer;

import static java.util.Objects.requireNonNull;

import io.github.nettyvmci.zmq.ZmqMetrics;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;

import java.util.function.ToDoubleFunction;

/**
 * The {@link ZmqMetrics} of one socket as meters of Micrometer:
 *
 * <pre>{@code
 * new ZmqMeters(socket).bindTo(registry);
 * }</pre>
 *
 * <ul>
 * <li>counters {@code zmq.messages} and {@code zmq.bytes}, with the tag {@code direction}, {@code in} or {@code out};
 * <li>counters {@code zmq.messages.dropped}, {@code zmq.reconnects}, {@code zmq.handshake.failures},
 *     {@code zmq.limit.exceeded};
 * <li>gauges {@code zmq.messages.waiting}, with the tag {@code direction}, and {@code zmq.peers}.
 * </ul>
 *
 * <p>Every meter has the tags {@code type}, the socket's type, and {@code socket}, its name
 * ({@link ZmqSocket#name()}), in addition to the tags given to the constructor, which take precedence over those two.
 * The meters hold the socket weakly, as meters of Micrometer do, and read its metrics only when the registry asks, on
 * the thread that asks. Single peers, which come and go, have no meters.
 */
public final class ZmqMeters implements MeterBinder {

    private final ZmqSocket socket;
    private final Tags tags;

    /**
     * Makes a binder for a socket. The meters do not close it.
     *
     * @param socket the socket to measure
     */
    public ZmqMeters(ZmqSocket socket) {
        this(socket, Tags.empty());
    }

    /**
     * Makes a binder for a socket whose meters have more tags. The meters do not close it.
     *
     * @param socket the socket to measure
     * @param tags   the tags to add to every meter
     */
    public ZmqMeters(ZmqSocket socket, Iterable<Tag> tags) {
        this.socket = requireNonNull(socket, "socket");
        this.tags = Tags.of("type", socket.type().name(), "socket", socket.name()).and(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        counter(registry, "zmq.messages", BaseUnits.MESSAGES, "in", ZmqMetrics::messagesIn);
        counter(registry, "zmq.messages", BaseUnits.MESSAGES, "out", ZmqMetrics::messagesOut);
        counter(registry, "zmq.bytes", BaseUnits.BYTES, "in", ZmqMetrics::bytesIn);
        counter(registry, "zmq.bytes", BaseUnits.BYTES, "out", ZmqMetrics::bytesOut);
        counter(registry, "zmq.messages.dropped", BaseUnits.MESSAGES, null, ZmqMetrics::dropped);
        counter(registry, "zmq.reconnects", null, null, ZmqMetrics::reconnects);
        counter(registry, "zmq.handshake.failures", null, null, ZmqMetrics::handshakeFailures);
        counter(registry, "zmq.limit.exceeded", null, null, ZmqMetrics::limitExceeded);
        gauge(registry, "zmq.messages.waiting", BaseUnits.MESSAGES, "in", ZmqMetrics::waitingIn);
        gauge(registry, "zmq.messages.waiting", BaseUnits.MESSAGES, "out", ZmqMetrics::waitingOut);
        gauge(registry, "zmq.peers", null, null, metrics -> metrics.peers().size());
    }

    private Tags tags(String direction) {
        return direction == null ? tags : tags.and("direction", direction);
    }

    private void counter(MeterRegistry registry, String name, String unit, String direction,
            ToDoubleFunction<ZmqMetrics> value) {
        FunctionCounter.builder(name, socket, of -> value.applyAsDouble(of.metrics())).baseUnit(unit)
                .tags(tags(direction)).register(registry);
    }

    private void gauge(MeterRegistry registry, String name, String unit, String direction,
            ToDoubleFunction<ZmqMetrics> value) {
        Gauge.builder(name, socket, of -> value.applyAsDouble(of.metrics())).baseUnit(unit).tags(tags(direction))
                .register(registry);
    }
}
