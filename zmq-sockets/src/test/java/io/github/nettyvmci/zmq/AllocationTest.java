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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.internal.PlatformDependent;
import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a message may cost on the event loop of its socket; counted in a JVM without leak detection. */
class AllocationTest {

    private static final int SECONDS = 240;
    /** Bytes per message allowed for what each read or write allocates, of which there are fewer than messages. */
    private static final int BURST = 8;
    /**
     * Bytes per message allowed for a view: without Unsafe, as on JDK 24 and later, Netty copies out of a direct buffer
     * through a view, which the compiler may or may not optimise away. Only sockets that send back what they received
     * send direct buffers.
     */
    private static final int VIEW = PlatformDependent.hasUnsafe() ? 0 : 64;
    /** Bytes: 32 for a message of one part, and for each part more. ROUTER, SERVER, REQ and REP receive and send. */
    private static final Map<String, Integer> MOST = new LinkedHashMap<>();

    static {
        MOST.put("PULL", 32);
        MOST.put("PUSH", 32);
        MOST.put("SUB", 32);
        MOST.put("PUB", 32);
        MOST.put("DISH", 64);
        MOST.put("RADIO", 32);
        MOST.put("ROUTER", 64 + VIEW);
        MOST.put("SERVER", 64 + VIEW);
        MOST.put("REQ", 96);
        MOST.put("REP", 96);
    }

    @Test
    void shouldAllocateLittleMoreThanTheMessageItself() throws Exception {
        Map<String, Double> found = new LinkedHashMap<>();
        // With a heap of 512 MiB or less Netty's allocator keeps few of its buffers, and allocates others anew.
        for (String line : ChildJvm.run(SECONDS, List.of("-Xmx1g"), Allocations.class).split("\n")) {
            String[] words = line.split(" ");
            if (MOST.containsKey(words[0])) {
                found.put(words[0], Double.valueOf(words[1]));
            }
        }
        assertEquals(MOST.keySet(), found.keySet());
        MOST.forEach((type, most) -> assertTrue(found.get(type) <= most + BURST, type + ": " + found.get(type)
                + " bytes a message (expected: at most " + most + " and " + BURST + " for reads and writes); of all: "
                + found));
    }
}
