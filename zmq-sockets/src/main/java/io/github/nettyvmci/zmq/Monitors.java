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

import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who wants to know what happens to a socket; the log always does. */
final class Monitors {

    private final List<ZmqMonitor> queues = new CopyOnWriteArrayList<>();
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final EventLog log;

    /**
     * Makes an empty list.
     *
     * @param name of the socket, for its log
     */
    Monitors(String name) {
        log = new EventLog(name, System::nanoTime);
    }

    ZmqMonitor add(int capacity) {
        ZmqMonitor monitor = new ZmqMonitor(this, capacity);
        queues.add(monitor);
        return monitor;
    }

    ZmqSocket.Registration add(Consumer<ZmqEvent> consumer) {
        Listener listener = new Listener(consumer);
        listeners.add(listener);
        return listener;
    }

    /** One registration; the same consumer may have several. */
    private final class Listener implements ZmqSocket.Registration {

        private final Consumer<ZmqEvent> consumer;

        Listener(Consumer<ZmqEvent> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void close() {
            listeners.remove(this);
        }
    }

    void remove(ZmqMonitor monitor) {
        queues.remove(monitor);
    }

    void emit(ZmqEvent.Kind kind, long value, String endpoint, SocketAddress local, SocketAddress remote,
            Throwable cause) {
        if (queues.isEmpty() && listeners.isEmpty() && !EventLog.wants(kind, value, cause)) {
            return;
        }
        ZmqEvent event = new ZmqEvent(kind, value, endpoint, local, remote, cause);
        log.write(event);
        queues.forEach(queue -> queue.add(event));
        for (Listener listener : listeners) {
            try {
                listener.consumer.accept(event);
            } catch (Throwable e) {
                SocketCore.LOGGER.warn("listener of events failed", e);
            }
        }
    }

    void handshakeFailed(String endpoint, SocketAddress local, SocketAddress remote, Throwable cause) {
        if (cause instanceof ZmtpAuthenticationException refused) {
            emit(ZmqEvent.Kind.HANDSHAKE_FAILED_AUTH, refused.status(), endpoint, local, remote, cause);
        } else if (cause instanceof ZmtpException e && e.error().code() != 0) {
            emit(ZmqEvent.Kind.HANDSHAKE_FAILED_PROTOCOL, e.error().code(), endpoint, local, remote, cause);
        } else {
            emit(ZmqEvent.Kind.HANDSHAKE_FAILED_NO_DETAIL, errno(cause instanceof ZmtpException e ? e.error() : null),
                    endpoint, local, remote, cause);
        }
    }

    private static int errno(ZmtpError error) {
        if (error == ZmtpError.HANDSHAKE_TIMEOUT) {
            return 110; // ETIMEDOUT
        }
        if (error == ZmtpError.CONNECTION_CLOSED) {
            return 32; // EPIPE
        }
        return error == ZmtpError.NO_AUTHENTICATOR ? 14 : 71; // EFAULT; EPROTO for what libzmq says nothing about
    }

    void stop() {
        emit(ZmqEvent.Kind.MONITOR_STOPPED, 0, "", null, null, null);
        queues.clear();
        listeners.clear();
    }
}
