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

/** The error numbers of Linux that events carry, as libzmq's events do; see errno(3). */
public final class Errno {

    /** Permission denied. */
    static final int EACCES = 13;
    /** Bad address; libzmq reports it if there is no authenticator. */
    public static final int EFAULT = 14;
    /** Too many open files in system. */
    static final int ENFILE = 23;
    /** Too many open files. */
    static final int EMFILE = 24;
    /** Broken pipe. */
    public static final int EPIPE = 32;
    /** Protocol error. */
    public static final int EPROTO = 71;
    /** Connection timed out. */
    public static final int ETIMEDOUT = 110;
    /** Operation in progress. */
    static final int EINPROGRESS = 115;

    private Errno() {
    }
}
