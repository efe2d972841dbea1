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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class ZmqMetersTest extends SocketTest {

    @Test
    void shouldShowTheMetricsOfASocket() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ZmqSocket pull = open(PULL);
        ZmqSocket push = open(PUSH);
        new ZmqMeters(pull, Tags.of("socket", "in")).bindTo(registry);
        new ZmqMeters(push, Tags.of("socket", "out")).bindTo(registry);
        join(pull, push);
        for (int i = 0; i < 3; i++) {
            send(push, "four", "fivex");
        }
        await(() -> pull.metrics().messagesIn() == 3);
        assertEquals(3, registry.get("zmq.messages").tags("socket", "out", "direction", "out", "type", "PUSH")
                .functionCounter().count());
        assertEquals(27, registry.get("zmq.bytes").tags("socket", "in", "direction", "in").functionCounter().count());
        assertEquals(0, registry.get("zmq.bytes").tags("socket", "in", "direction", "out").functionCounter().count());
        assertEquals(1, registry.get("zmq.peers").tags("socket", "in").gauge().value());
        assertEquals(0, registry.get("zmq.messages.dropped").tags("socket", "out").functionCounter().count());
        assertEquals(0, registry.get("zmq.limit.exceeded").tags("socket", "in").functionCounter().count());
        assertEquals(22, registry.getMeters().size());
    }

    /** Else the second would have no meters of its own, and nobody would know. */
    @Test
    void shouldTellSocketsOfOneTypeApart() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ZmqSocket first = open(PULL);
        ZmqSocket second = context.socket(PULL).name("orders").open();
        ZmqSocket push = open(PUSH);
        assertTrue(first.name().matches("PULL-[0-9]+"), first.name());
        assertEquals("orders", second.name());
        new ZmqMeters(first).bindTo(registry);
        new ZmqMeters(second).bindTo(registry);
        join(second, push);
        send(push, "x");
        await(() -> second.metrics().messagesIn() == 1);
        for (ZmqSocket socket : new ZmqSocket[] {first, second}) {
            assertEquals(socket == first ? 0 : 1, registry.get("zmq.messages").tags("direction", "in", "socket",
                    socket.name()).functionCounter().count());
        }
        assertEquals(22, registry.getMeters().size());
    }
}
