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

import java.io.IOException;
import java.util.List;

/** A socket of some implementation. */
interface Side extends AutoCloseable {

    void set(String option, Object value) throws Exception;

    String bind(String endpoint) throws Exception;

    void connect(String endpoint) throws Exception;

    void send(String... parts) throws Exception;

    /** Returns the parts of the next message, or {@code null} if there is none in time. */
    List<String> receive(int millis) throws Exception;

    /** Sends a message only if it goes at once. */
    default void offer(String... parts) throws Exception {
        throw new UnsupportedOperationException();
    }

    /** Receives a message only if it is there, or fails as the implementation does. */
    default List<String> take() throws Exception {
        throw new UnsupportedOperationException();
    }

    /** Begins to watch events. */
    default void monitor() throws Exception {
        throw new UnsupportedOperationException();
    }

    /** Returns the name and the value of the next event, or {@code null} if there is none in time. */
    default List<String> event(int millis) throws Exception {
        throw new UnsupportedOperationException();
    }

    default void unbind(String endpoint) throws Exception {
        throw new UnsupportedOperationException();
    }

    default void disconnect(String endpoint) throws Exception {
        throw new UnsupportedOperationException();
    }

    @Override
    void close() throws IOException;

    /** Makes sockets. */
    interface Maker extends AutoCloseable {

        String version() throws Exception;

        Side open(ZmqSocketType type) throws Exception;

        @Override
        void close() throws IOException;
    }
}
