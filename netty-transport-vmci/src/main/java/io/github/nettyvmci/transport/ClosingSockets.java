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
package io.github.nettyvmci.transport;

import io.netty.channel.IoRegistration;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is left of channels that were closed on one event loop, the oldest first. */
final class ClosingSockets {

    /** How many a loop keeps; one more ends the oldest. Each holds a descriptor, and a peer may never end. */
    static final int MOST = 256;

    /** Such a rest of a channel: it closes itself when its peer has ended, or after a time. */
    interface Rest extends VmciIoHandle {

        /** Returns whether an event will tell that the peer has ended. */
        boolean hearsOfItsPeer();

        /** Goes on with a registration, the first or that of another loop. */
        void watchedBy(IoRegistration next);

        @Override
        void close();
    }

    private final Set<Rest> rests = new LinkedHashSet<>();

    void add(Rest rest) {
        if (rests.size() == MOST) {
            rests.iterator().next().close();
        }
        rests.add(rest);
    }

    void remove(Rest rest) {
        rests.remove(rest);
    }

    /** Returns whether an event may tell that the peer of a closed channel has read everything. */
    boolean waitForPeers() {
        for (Rest rest : rests) {
            if (rest.hearsOfItsPeer()) {
                return true;
            }
        }
        return false;
    }

    void closeAll() {
        List.copyOf(rests).forEach(Rest::close);
    }
}
