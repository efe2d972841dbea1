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

/**
 * The counters of one peer, or the sums of all peers that left. The socket's event loop writes them, and any thread
 * reads them.
 */
public final class PeerCounters {

    public final Counter messagesIn = new Counter();
    public final Counter bytesIn = new Counter();
    public final Counter messagesOut = new Counter();
    public final Counter bytesOut = new Counter();
    public final Counter dropped = new Counter();
    /** Messages that wait to go out. */
    public final Counter queued = new Counter();

    /** Adds the sums of another. {@link #queued} is left out, because what waited for a peer that left was dropped. */
    public void add(PeerCounters gone) {
        messagesIn.add(gone.messagesIn.get());
        bytesIn.add(gone.bytesIn.get());
        messagesOut.add(gone.messagesOut.get());
        bytesOut.add(gone.bytesOut.get());
        dropped.add(gone.dropped.get());
    }
}
