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

import io.github.nettyvmci.zmq.internal.pattern.PeerCounters;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.internal.socket.SocketCore;
import io.github.nettyvmci.zmq.internal.socket.SocketCounters;

import java.util.ArrayList;
import java.util.List;

/**
 * What a socket did since it was opened. A snapshot: the numbers of one moment, each right by itself.
 *
 * @param messagesIn        messages that arrived
 * @param bytesIn           octets of them, all parts, without framing
 * @param messagesOut       messages handed to connections
 * @param bytesOut          octets of them
 * @param dropped           messages dropped because the pattern says so, or with the peer they waited for, or with a
 *                          connection that ended before they were written
 * @param waitingOut        messages that wait for peers now
 * @param waitingIn         messages of peers that wait for the application now
 * @param reconnects        attempts to connect after the first
 * @param handshakeFailures connections that did not get through the handshake
 * @param limitExceeded     connections that ended because of a limit: one of ZmtpLimits, or what bounds the memory or
 *                          the handshakes of all peers together
 * @param peers             the same for each peer that is there
 */
public record ZmqMetrics(long messagesIn, long bytesIn, long messagesOut, long bytesOut, long dropped, long waitingOut,
        long waitingIn, long reconnects, long handshakeFailures, long limitExceeded, List<Peer> peers) {

    /**
     * One peer.
     *
     * @param endpoint    what it connected to, or we did
     * @param address     where it is while it is connected: {@code tcp://ADDRESS:PORT} or {@code vmci://CID:PORT} of
     *                    its end, {@code localhost:UID:GID:PID} over ipc, within the process the name of the other
     *                    socket
     * @param messagesIn  messages that arrived
     * @param bytesIn     octets of them
     * @param messagesOut messages handed to the connection
     * @param bytesOut    octets of them
     * @param dropped     messages it missed
     * @param waitingOut  messages that wait for it now
     * @param waitingIn   messages of it that wait for the application now
     */
    public record Peer(String endpoint, String address, long messagesIn, long bytesIn, long messagesOut, long bytesOut,
            long dropped, long waitingOut, long waitingIn) {
    }

    static ZmqMetrics of(SocketCore core) {
        SocketCounters.Snapshot counted = core.counters.snapshot();
        PeerCounters sum = counted.sum();
        List<Peer> peers = new ArrayList<>();
        for (Pipe pipe : counted.peers()) {
            PeerCounters c = pipe.counters();
            peers.add(new Peer(pipe.endpoint(), pipe.address(), c.messagesIn.get(), c.bytesIn.get(),
                    c.messagesOut.get(), c.bytesOut.get(), c.dropped.get(), c.queued.get(), pipe.inputSize()));
        }
        return new ZmqMetrics(sum.messagesIn.get(), sum.bytesIn.get(), sum.messagesOut.get(), sum.bytesOut.get(),
                sum.dropped.get(), core.outbox.size() + counted.waitingOut(), counted.waitingIn(),
                counted.reconnects(), counted.handshakeFailures(), counted.limitExceeded(), List.copyOf(peers));
    }
}
