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

import io.netty.channel.unix.Errors;

/**
 * The calls by which {@link LibraryCheck}, {@link Vmci} and {@link ProbeRun} find out what works. They form an
 * interface, so that a test can give the answers of a machine that it does not run on. Results are {@code >= 0} or a
 * negative errno. There is no connect here, because on a virtual machine it would speak to the real hypervisor.
 */
interface ProbedKernel {

    /** The kernel this process runs on. Loading the class does not load the native library. */
    ProbedKernel REAL = new ProbedKernel() {
        @Override
        public void load() {
            Native.load();
        }

        @Override
        public int socket(int family) {
            return Native.socket(family);
        }

        @Override
        public int bindVsock(int fd, int cid, int port) {
            return Native.bindVsock(fd, cid, port);
        }

        @Override
        public long localCid() {
            return Native.localCid();
        }

        @Override
        public int epollCreate() {
            return Native.epollCreate();
        }

        @Override
        public int eventFd() {
            return Native.eventFd();
        }

        @Override
        public int close(int fd) {
            return Native.close(fd);
        }

        @Override
        public void touchErrors() {
            Errors.newIOException("self-check", -NativeConstants.EAGAIN);
        }
    };

    /** Loads the library, or throws {@link UnsatisfiedLinkError}. */
    void load();

    int socket(int family);

    int bindVsock(int fd, int cid, int port);

    /** Asks /dev/vsock for the CID of this machine; the answer is as in {@link LocalCid}. */
    long localCid();

    int epollCreate();

    int eventFd();

    int close(int fd);

    /**
     * Runs the static initialiser of Netty's {@link Errors}. Netty's jars and the part of Netty in our library may be
     * of different versions, and this initialiser is where a native method shows first that the library lacks. Without
     * this call it would show at the first EAGAIN of an event loop, as connections that close without a message.
     */
    void touchErrors();
}
