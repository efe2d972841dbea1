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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.internal.transport.BuiltInTransports;
import io.github.nettyvmci.zmq.spi.ZmqTransport;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;

/**
 * The transports of a context by their schemes: those that are built in, those that {@link ServiceLoader} finds, and
 * those that the context was given. If several have the same scheme, the last one counts. Any thread.
 */
public final class Transports {

    private final Map<String, ZmqTransport> byScheme = new HashMap<>();

    /**
     * Finds the transports.
     *
     * @param given the transports that the context was given
     */
    public Transports(List<ZmqTransport> given) {
        List<ZmqTransport> all = new ArrayList<>(BuiltInTransports.all());
        ServiceLoader.load(ZmqTransport.class).forEach(all::add);
        all.addAll(given);
        all.forEach(transport -> transport.schemes().forEach(scheme -> byScheme.put(scheme, transport)));
    }

    /**
     * Returns the transport of a scheme.
     *
     * @param endpoint the whole endpoint, for the message of the exception
     * @throws ZmqException {@link ZmqError#NO_TRANSPORT} if there is none
     */
    ZmqTransport get(String scheme, String endpoint) {
        ZmqTransport transport = byScheme.get(scheme);
        if (transport == null) {
            throw new ZmqException(ZmqError.NO_TRANSPORT, "endpoint: " + endpoint + " (expected: inproc or one of "
                    + String.join(", ", byScheme.keySet().stream().sorted().toList()) + " at position 0, found "
                    + scheme + ')');
        }
        return transport;
    }

    /** Returns the transport whose loops a socket gets if it needs one before its first endpoint. */
    ZmqTransport preferred() {
        return byScheme.get(BuiltInTransports.preferredScheme());
    }
}
