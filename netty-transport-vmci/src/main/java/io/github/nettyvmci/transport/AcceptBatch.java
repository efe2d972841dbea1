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

import io.netty.channel.unix.Buffer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The connections that one call brought out of the kernel's queue and that were not handed on yet. An entry is a
 * {@code struct accepted} of {@code vmci_socket.c}: file descriptor, two numbers, path; 120 bytes.
 */
final class AcceptBatch {

    static final int CAPACITY = 16;
    private static final int ENTRY_SIZE = 120;

    private final ByteBuffer entries = ByteBuffer.allocateDirect(CAPACITY * ENTRY_SIZE).order(ByteOrder.nativeOrder());
    private final long address = Buffer.memoryAddress(entries);
    private int next;
    private int count;

    /** Fills the batch, which must be empty; returns what {@link Native#accept} does. */
    int fill(NativeSocket socket, int max) {
        int result = socket.family.accept(socket.intValue(), address, Math.min(max, CAPACITY));
        next = 0;
        count = Math.max(0, result);
        return result;
    }

    boolean isEmpty() {
        return next == count;
    }

    /** Returns the offset of the next entry in {@link #entries()}, and moves on. */
    int next() {
        return next++ * ENTRY_SIZE;
    }

    ByteBuffer entries() {
        return entries;
    }

    int fd(int offset) {
        return entries.getInt(offset);
    }

    /** Closes the connections that nobody took. */
    void close(AddressFamily family) throws IOException {
        while (!isEmpty()) {
            new NativeSocket(family, fd(next())).close();
        }
    }
}
