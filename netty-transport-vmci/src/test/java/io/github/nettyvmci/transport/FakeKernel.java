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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A machine whose answers a test chooses. Unless told otherwise everything works. It knows the open descriptors. */
final class FakeKernel implements ProbedKernel {

    final Map<Integer, Integer> socketErrors = new HashMap<>();
    final Map<Long, Integer> bindErrors = new HashMap<>();
    final List<VmciAddress> bound = new ArrayList<>();
    final Set<Integer> open = new HashSet<>();
    int socketsBeforeFailure = Integer.MAX_VALUE;
    int laterSocketError;
    long localCid = 3;
    int epoll;
    int eventFd;
    Throwable loadFailure;
    Throwable errorsFailure;
    private int next = 100;

    @Override
    public void load() {
        FakeKernel.<RuntimeException>raise(loadFailure);
    }

    @Override
    public void touchErrors() {
        FakeKernel.<RuntimeException>raise(errorsFailure);
    }

    @Override
    public int socket(int family) {
        if (socketsBeforeFailure-- <= 0) {
            return laterSocketError;
        }
        return open(socketErrors.getOrDefault(family, 0));
    }

    @Override
    public int bindVsock(int fd, int cid, int port) {
        if (!open.contains(fd)) {
            return -NativeConstants.EBADF;
        }
        VmciAddress address = VmciAddress.of(Integer.toUnsignedLong(cid), Integer.toUnsignedLong(port));
        bound.add(address);
        return bindErrors.getOrDefault(address.cid(), 0);
    }

    @Override
    public long localCid() {
        return localCid;
    }

    @Override
    public int epollCreate() {
        return open(epoll);
    }

    @Override
    public int eventFd() {
        return open(eventFd);
    }

    @Override
    public int close(int fd) {
        return open.remove(fd) ? 0 : -NativeConstants.EBADF;
    }

    private int open(int error) {
        if (error < 0) {
            return error;
        }
        open.add(++next);
        return next;
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable failure) throws T {
        if (failure != null) {
            throw (T) failure;
        }
    }
}
