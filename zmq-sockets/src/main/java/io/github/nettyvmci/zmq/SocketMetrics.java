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

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The counters of a socket. Written on its event loop, read by anyone. */
final class SocketMetrics {

    /** The sums of peers that left, and drops that belong to no peer. */
    final PeerCounters gone = new PeerCounters();
    final Counter reconnects = new Counter();
    final Counter handshakeFailures = new Counter();
    final Counter limitExceeded = new Counter();
    private final Map<Pipe, PeerCounters> peers = new ConcurrentHashMap<>();

    void add(Pipe pipe) {
        peers.put(pipe, pipe.counters);
    }

    void remove(Pipe pipe) {
        if (peers.remove(pipe) != null) {
            gone.add(pipe.counters);
        }
    }

    /** Messages were lost with the connection of a peer, which may have left meanwhile. */
    void lost(Pipe pipe, long messages) {
        (pipe != null && peers.containsKey(pipe) ? pipe.counters : gone).dropped.add(messages);
    }

    Map<Pipe, PeerCounters> peers() {
        return peers;
    }
}
