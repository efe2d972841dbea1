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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;

/**
 * A bind or connect of a socket, which owns the pipes of the peers it brings. On the socket's event loop, but where
 * said otherwise.
 */
public interface Endpoint extends Pipe.Owner {

    /** A bind to a transport's address or to a name within the process. */
    interface Bound extends Endpoint {

        /** Accepts no more peers; those that are there stay. */
        void stopListening();
    }

    /** Returns the options that the socket had when the endpoint was made. Any thread. */
    ZmqOptions options();

    /** Returns the endpoint as text, for events: the real one of a bind, what was passed to a connect. */
    String endpoint();

    /**
     * Lets go of the peers.
     *
     * @param linger -1 to let go of each peer when everything is sent to it; 0 to do so now, which may follow a call
     *               with -1
     */
    void close(int linger);
}
