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

/** Why a call on a socket failed, with libzmq's error number on Linux. */
public enum ZmqError {

    /** {@code EAGAIN}: no message, no room or no peer was there in time, or too many sends wait. */
    AGAIN(11),
    /** {@code EFSM}: the socket's state does not allow the call, such as a second request before the first reply. */
    STATE(156384763),
    /** {@code ENOTSUP}: sockets of this type cannot do that. */
    NOT_SUPPORTED(95),
    /** {@code EHOSTUNREACH}: no peer has the routing id. */
    HOST_UNREACHABLE(113),
    /** {@code ETERM}, {@code ENOTSOCK}: the socket or its context is closed. */
    CLOSED(156384765),
    /** {@code EINVAL}: an argument is not allowed. */
    INVALID(22),
    /** {@code EPROTONOSUPPORT}: no transport has this scheme. */
    NO_TRANSPORT(93),
    /** {@code EADDRINUSE}: the endpoint is taken. */
    ADDRESS_IN_USE(98),
    /** {@code ENOENT}: there is no such endpoint. */
    NOT_FOUND(2),
    /** {@code EADDRNOTAVAIL}, for every reason: the transport could not bind; the cause tells more. */
    BIND_FAILED(99);

    private final int errno;

    ZmqError(int errno) {
        this.errno = errno;
    }

    /**
     * Returns libzmq's number.
     *
     * @return the errno on Linux, or one of libzmq's own above 156384712
     */
    public int errno() {
        return errno;
    }
}
