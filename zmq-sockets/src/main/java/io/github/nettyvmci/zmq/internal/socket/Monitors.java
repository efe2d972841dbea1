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

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.internal.endpoint.Errno;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmtp.ZmtpAuthenticationException;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The listeners that are told what happens to a socket, and its log, which is told always. Listeners are added and
 * removed on any thread.
 */
public final class Monitors {

    private final List<Consumer<SocketEvent>> listeners = new CopyOnWriteArrayList<>();
    private final EventLog log;

    /**
     * Makes an empty list.
     *
     * @param name of the socket, for its log
     */
    Monitors(String name) {
        log = new EventLog(name, System::nanoTime);
    }

    /** Adds a listener, which is told every event from now on; returns an action that removes it. */
    public Runnable add(Consumer<SocketEvent> listener) {
        Consumer<SocketEvent> registered = listener::accept; // the same listener may be added more than once
        listeners.add(registered);
        return () -> listeners.remove(registered);
    }

    /** Tells what happened to an endpoint. On the socket's event loop. */
    void emit(ZmqEvent.Kind kind, long value, String endpoint, @Nullable SocketAddress local,
            @Nullable SocketAddress remote, @Nullable Throwable cause) {
        emit(kind, value, endpoint, local, remote, null, cause);
    }

    /** Tells that a peer is admitted. */
    void handshakeSucceeded(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable ZmtpPeer peer) {
        emit(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, 0, endpoint, local, remote, peer, null);
    }

    private void emit(ZmqEvent.Kind kind, long value, String endpoint, @Nullable SocketAddress local,
            @Nullable SocketAddress remote, @Nullable ZmtpPeer peer, Throwable cause) {
        if (listeners.isEmpty() && !EventLog.wants(kind, value, cause)) {
            return;
        }
        SocketEvent event = new SocketEvent(kind, value, endpoint, local, remote, peer, cause);
        log.write(event);
        for (Consumer<SocketEvent> listener : listeners) {
            try {
                listener.accept(event);
            } catch (Throwable e) {
                SocketLog.LOGGER.warn("listener of events failed", e);
            }
        }
    }

    /** Tells why a peer was not admitted, with the kind of event that libzmq has for the cause. */
    void handshakeFailed(String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable Throwable cause) {
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
            return Errno.ETIMEDOUT;
        }
        if (error == ZmtpError.CONNECTION_CLOSED) {
            return Errno.EPIPE;
        }
        // EPROTO stands for the causes that libzmq has no number for.
        return error == ZmtpError.NO_AUTHENTICATOR ? Errno.EFAULT : Errno.EPROTO;
    }

    /** Tells that the socket is closed, and removes all listeners, because no event follows. */
    void stop() {
        emit(ZmqEvent.Kind.MONITOR_STOPPED, 0, "", null, null, null);
        listeners.clear();
    }
}
