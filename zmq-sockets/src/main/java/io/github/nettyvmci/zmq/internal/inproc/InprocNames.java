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
package io.github.nettyvmci.zmq.internal.inproc;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The {@code inproc://} names of a context. A connect may come before its bind (zmq_inproc(7)). Any thread. */
public final class InprocNames {

    private final Map<String, InprocListener> bound = new HashMap<>();
    private final Map<String, List<InprocConnector>> waiting = new HashMap<>();
    private boolean over;

    /** Gives a name to a bind, and pairs it with the connects that waited for the name. */
    void bind(InprocListener newcomer) {
        List<InprocConnector> early;
        synchronized (this) {
            if (bound.putIfAbsent(newcomer.endpoint(), newcomer) != null) {
                throw new ZmqException(ZmqError.ADDRESS_IN_USE, "bind: " + newcomer.endpoint()
                        + " (expected: a name nobody in this context is bound to)");
            }
            early = waiting.remove(newcomer.endpoint());
        }
        if (early != null) {
            early.forEach(connected -> pair(newcomer, connected));
        }
    }

    /** Takes the name from a bind. */
    synchronized void unbind(InprocListener one) {
        bound.remove(one.endpoint(), one);
    }

    /** Returns whether a name is bound. */
    public synchronized boolean isBound(String endpoint) {
        return bound.containsKey(endpoint);
    }

    /** Pairs a connect with the bind of its name, now or when the name is bound. */
    void connect(InprocConnector newcomer) {
        InprocListener other;
        synchronized (this) {
            other = bound.get(newcomer.endpoint());
            if (other == null) {
                waiting.computeIfAbsent(newcomer.endpoint(), e -> new ArrayList<>()).add(newcomer);
                return;
            }
        }
        pair(other, newcomer);
    }

    /** Forgets a connect that waits no longer. */
    synchronized void forget(InprocConnector one) {
        List<InprocConnector> list = waiting.get(one.endpoint());
        if (list != null && list.remove(one) && list.isEmpty()) {
            waiting.remove(one.endpoint());
        }
    }

    /** Returns whether no bind will ever take what a connect has to send. */
    synchronized boolean isHopeless(InprocConnector one) {
        return over && waiting.getOrDefault(one.endpoint(), List.of()).contains(one);
    }

    /** Closes the connects that still wait, because the context ends and no bind will come any more. */
    public void close() {
        List<InprocConnector> lonely = new ArrayList<>();
        synchronized (this) {
            over = true;
            waiting.values().forEach(lonely::addAll);
        }
        lonely.forEach(one -> one.host().submit(() -> one.close(0)));
    }

    private static void pair(InprocListener bound, InprocConnector connected) {
        InprocConnection there = new InprocConnection(bound);
        InprocConnection here = new InprocConnection(connected);
        there.join(here);
        here.join(there);
        bound.host().submit(() -> there.up(connected.identity()));
        connected.host().submit(() -> here.up(bound.identity()));
    }

    /**
     * Compares the types of two sockets, which have no handshake.
     *
     * @return why they cannot be connected, after the endpoint's socket was told; {@code null} if they can
     */
    static @Nullable ZmtpException mismatch(InprocEndpoint endpoint, PeerIdentity peer) {
        ZmqSocketType type = endpoint.host().type();
        if (type.accepts(peer.type())) {
            return null;
        }
        ZmtpException why = new ZmtpException(ZmtpError.INCOMPATIBLE_SOCKET_TYPE, "socket type of the peer: "
                + peer.type() + " (expected: one that talks to " + type + ')');
        endpoint.host().handshakeFailed(endpoint.endpoint(), null, null, why);
        return why;
    }
}
