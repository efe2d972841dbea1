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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The {@code inproc://} names of a context. A connect may come before its bind (zmq_inproc(7)). Any thread. */
final class Inproc {

    private final Map<String, InprocBound> bound = new HashMap<>();
    private final Map<String, List<InprocConnected>> waiting = new HashMap<>();
    private boolean over;

    void bind(InprocBound newcomer) {
        List<InprocConnected> early;
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

    synchronized void unbind(InprocBound one) {
        bound.remove(one.endpoint(), one);
    }

    synchronized boolean isBound(String endpoint) {
        return bound.containsKey(endpoint);
    }

    void connect(InprocConnected newcomer) {
        InprocBound other;
        synchronized (this) {
            other = bound.get(newcomer.endpoint());
            if (other == null) {
                waiting.computeIfAbsent(newcomer.endpoint(), e -> new ArrayList<>()).add(newcomer);
                return;
            }
        }
        pair(other, newcomer);
    }

    synchronized void forget(InprocConnected one) {
        List<InprocConnected> list = waiting.get(one.endpoint());
        if (list != null && list.remove(one) && list.isEmpty()) {
            waiting.remove(one.endpoint());
        }
    }

    /** Whether no bind will ever take what a connect has to send. */
    synchronized boolean isHopeless(InprocConnected one) {
        return over && waiting.getOrDefault(one.endpoint(), List.of()).contains(one);
    }

    /** The context ends: no bind will come any more. */
    void close() {
        List<InprocConnected> lonely = new ArrayList<>();
        synchronized (this) {
            over = true;
            waiting.values().forEach(lonely::addAll);
        }
        lonely.forEach(one -> one.core().submit((Runnable) () -> one.close(0)));
    }

    private static void pair(InprocBound bound, InprocConnected connected) {
        InprocLink there = new InprocLink(bound.core(), bound);
        InprocLink here = new InprocLink(connected.core(), connected);
        there.join(here);
        here.join(there);
        bound.core().submit((Runnable) () -> there.up(connected.info()));
        connected.core().submit((Runnable) () -> here.up(bound.info()));
    }
}
