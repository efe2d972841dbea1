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

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import org.jspecify.annotations.Nullable;

import java.net.SocketAddress;

/**
 * One event of a socket: something happened to one of its endpoints or connections, or the socket is closed
 * ({@code zmq_socket_monitor(3)}). Immutable. {@link ZmqMonitor} queues events, {@link ZmqSocket#onEvent} calls back.
 */
public final class ZmqEvent {

    private final Kind kind;
    private final long value;
    private final String endpoint;
    private final @Nullable SocketAddress local;
    private final @Nullable SocketAddress remote;
    private final @Nullable ZmtpPeer peer;
    private final @Nullable Throwable cause;
    /** Holds the same event as the log writes it; its {@code toString} makes the line when it is asked for. */
    private final Object line;

    ZmqEvent(Kind kind, long value, String endpoint, @Nullable SocketAddress local, @Nullable SocketAddress remote,
            @Nullable ZmtpPeer peer, @Nullable Throwable cause, Object line) {
        this.kind = kind;
        this.value = value;
        this.endpoint = endpoint;
        this.local = local;
        this.remote = remote;
        this.peer = peer;
        this.cause = cause;
        this.line = line;
    }

    /** What happened, with libzmq's number ({@code ZMQ_EVENT_...}). */
    public enum Kind {
        /** An attempt to connect succeeded: the transport is connected, and the handshake begins. */
        CONNECTED(0x0001),
        /** An attempt to connect began; the value is the errno EINPROGRESS. */
        CONNECT_DELAYED(0x0002),
        /** Another attempt to connect will follow; the value is the wait before it in milliseconds. */
        CONNECT_RETRIED(0x0004),
        /** A bind is done, and the socket listens there. */
        LISTENING(0x0008),
        /** A bind failed; the value is an errno. */
        BIND_FAILED(0x0010),
        /** A connection was accepted, and its handshake begins. */
        ACCEPTED(0x0020),
        /** A connection could not be accepted, or a filter of the socket refused it; the value is an errno. */
        ACCEPT_FAILED(0x0040),
        /** A listener closed, or an attempt to connect failed. */
        CLOSED(0x0080),
        /** libzmq: closing failed. This library never emits it. */
        CLOSE_FAILED(0x0100),
        /**
         * A connection ended; the value is how many messages were lost with it. A message is lost if it was not written
         * to its end, or if it was still waiting for a peer that had connected to this socket.
         */
        DISCONNECTED(0x0200),
        /** The last event: the socket is closed. */
        MONITOR_STOPPED(0x0400),
        /** A handshake failed with its connection, or for a reason that has no number; the value is an errno. */
        HANDSHAKE_FAILED_NO_DETAIL(0x0800),
        /** A handshake is complete. */
        HANDSHAKE_SUCCEEDED(0x1000),
        /** A peer broke the protocol; the value is a {@code ZMQ_PROTOCOL_ERROR_...}. */
        HANDSHAKE_FAILED_PROTOCOL(0x2000),
        /** One side's authenticator refused the other side; the value is its status: 300, 400 or 500. */
        HANDSHAKE_FAILED_AUTH(0x4000),
        /** This library's own: a connect will not be tried again. */
        GAVE_UP(0x8000_0000L);

        private final long number;

        Kind(long number) {
            this.number = number;
        }

        /**
         * Returns libzmq's number.
         *
         * @return one bit
         */
        public long number() {
            return number;
        }
    }

    /**
     * Returns what happened.
     *
     * @return one of libzmq's kinds, or {@link Kind#GAVE_UP}
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns the value of the event, whose meaning its {@link Kind} gives: an errno, an interval in milliseconds, a
     * status, a protocol error or a number of messages.
     *
     * @return 0 where {@link Kind} gives no meaning, also where libzmq has a file descriptor
     */
    public long value() {
        return value;
    }

    /**
     * Returns the endpoint that the event happened to.
     *
     * @return for a bind the real endpoint, once it is known; for a connect the text that was passed to it; empty for
     *         {@link Kind#MONITOR_STOPPED}
     */
    public String endpoint() {
        return endpoint;
    }

    /**
     * Returns this end of the connection.
     *
     * @return {@code null} if there is none
     */
    public @Nullable SocketAddress local() {
        return local;
    }

    /**
     * Returns the other end of the connection.
     *
     * @return {@code null} if there is none
     */
    public @Nullable SocketAddress remote() {
        return remote;
    }

    /**
     * Returns the identity of the other end, as in the messages that follow ({@link ZmtpMessage#peer()}).
     *
     * @return the peer if the event is {@link Kind#HANDSHAKE_SUCCEEDED}, else {@code null}; always {@code null} for
     *         STREAM, which has no handshake
     */
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    /**
     * Returns the reason for the event.
     *
     * @return {@code null} for an event that is no failure, and for one whose reason is not known
     */
    public @Nullable Throwable cause() {
        return cause;
    }

    /**
     * Returns one line for logs.
     *
     * @return the kind and the endpoint, then the addresses, the value and the reason if there are any
     */
    @Override
    public String toString() {
        return line.toString();
    }
}
