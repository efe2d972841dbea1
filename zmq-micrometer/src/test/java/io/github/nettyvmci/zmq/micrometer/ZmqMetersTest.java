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

import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ZmqMetersTest {

    /** Every meter there is for one socket. */
    private static final int METERS = 11;

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final ZmqContext context = ZmqContext.create();

    @AfterEach
    void close() {
        context.close();
    }

    /** Sends a message; once it was received it is in the counts of both ends. */
    private static void pass(ZmqSocket push, ZmqSocket pull, String... parts) throws InterruptedException {
        push.sendAsync(parts);
        pull.receive().release();
    }

    @Test
    void shouldShowTheMetricsOfASocket() throws Exception {
        ZmqSocket pull = context.open(PULL);
        ZmqSocket push = context.open(PUSH);
        new ZmqMeters(pull, Tags.of("socket", "in")).bindTo(registry);
        new ZmqMeters(push, Tags.of("socket", "out")).bindTo(registry);
        pull.bind("inproc://meters");
        push.connect("inproc://meters");
        for (int i = 0; i < 3; i++) {
            pass(push, pull, "four", "fivex");
        }
        assertEquals(3, registry.get("zmq.messages").tags("socket", "out", "direction", "out", "type", "PUSH")
                .functionCounter().count());
        assertEquals(27, registry.get("zmq.bytes").tags("socket", "in", "direction", "in").functionCounter().count());
        assertEquals(0, registry.get("zmq.bytes").tags("socket", "in", "direction", "out").functionCounter().count());
        assertEquals(1, registry.get("zmq.peers").tags("socket", "in").gauge().value());
        assertEquals(0, registry.get("zmq.messages.dropped").tags("socket", "out").functionCounter().count());
        assertEquals(0, registry.get("zmq.limit.exceeded").tags("socket", "in").functionCounter().count());
        assertEquals(2 * METERS, registry.getMeters().size());
    }

    /** Else the second would have no meters of its own, and nobody would know. */
    @Test
    void shouldTellSocketsOfOneTypeApart() throws Exception {
        ZmqSocket first = context.open(PULL);
        ZmqSocket second = context.builder(PULL).name("orders").open();
        ZmqSocket push = context.open(PUSH);
        assertTrue(first.name().matches("PULL-[0-9]+"), first.name());
        assertEquals("orders", second.name());
        new ZmqMeters(first).bindTo(registry);
        new ZmqMeters(second).bindTo(registry);
        second.bind("inproc://meters");
        push.connect("inproc://meters");
        pass(push, second, "x");
        for (ZmqSocket socket : new ZmqSocket[] {first, second}) {
            assertEquals(socket == first ? 0 : 1, registry.get("zmq.messages").tags("direction", "in", "socket",
                    socket.name()).functionCounter().count());
        }
        assertEquals(2 * METERS, registry.getMeters().size());
    }
}
