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

/** Something happened to an endpoint of a socket ({@code zmq_socket_monitor(3)}). */
public final class ZmqEvent {

    private final Kind kind;
    private final long value;
    private final String endpoint;
    private final @Nullable SocketAddress local;
    private final @Nullable SocketAddress remote;
    private final @Nullable ZmtpPeer peer;
    private final @Nullable Throwable cause;
    /** Tells all of it in its {@code toString}, as the log has it. */
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
        /** The transport is connected, the handshake begins. */
        CONNECTED(0x0001),
        /** An attempt to connect began. */
        CONNECT_DELAYED(0x0002),
        /** Another attempt follows; the value is the wait in milliseconds. */
        CONNECT_RETRIED(0x0004),
        /** A bind is done. */
        LISTENING(0x0008),
        /** A bind failed; the value is an errno. */
        BIND_FAILED(0x0010),
        /** A connection was accepted, the handshake begins. */
        ACCEPTED(0x0020),
        /** A connection could not be accepted. */
        ACCEPT_FAILED(0x0040),
        /** A listener closed, or an attempt to connect failed. */
        CLOSED(0x0080),
        /** Closing failed. */
        CLOSE_FAILED(0x0100),
        /**
         * A connection ended; the value is how many messages were lost with it: not written to their end, or, where
         * the peer had connected to us, waiting for it.
         */
        DISCONNECTED(0x0200),
        /** The last event: the socket is closed. */
        MONITOR_STOPPED(0x0400),
        /** A handshake ended with the connection, or for a reason without a number. */
        HANDSHAKE_FAILED_NO_DETAIL(0x0800),
        /** A handshake is complete. */
        HANDSHAKE_SUCCEEDED(0x1000),
        /** A peer broke the protocol; the value is a {@code ZMQ_PROTOCOL_ERROR_...}. */
        HANDSHAKE_FAILED_PROTOCOL(0x2000),
        /** A peer was refused, or we were; the value is the status, 300, 400 or 500. */
        HANDSHAKE_FAILED_AUTH(0x4000),
        /** Ours: a connect will not be tried again. */
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
     * @return one of libzmq's kinds, or ours
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns libzmq's value: an errno, an interval in milliseconds, a status or protocol error.
     *
     * @return 0 where libzmq has a file descriptor, but for what {@link Kind} says
     */
    public long value() {
        return value;
    }

    /**
     * Returns which endpoint it happened to.
     *
     * @return what the socket is bound to (the real one), or was told to connect to
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
     * Returns who is at the other end, as in the messages that follow ({@link ZmtpMessage#peer()}).
     *
     * @return {@code null} but with {@link Kind#HANDSHAKE_SUCCEEDED}, and there for STREAM, which has no handshake
     */
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    /**
     * Returns why it happened.
     *
     * @return {@code null} if it is in the nature of things
     */
    public @Nullable Throwable cause() {
        return cause;
    }

    /**
     * Returns one line for logs.
     *
     * @return kind, endpoint, addresses, value and reason
     */
    @Override
    public String toString() {
        return line.toString();
    }
}
