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
import io.netty.util.concurrent.FastThreadLocal;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * getsockopt(2) and setsockopt(2) by value. Results are {@code >= 0} or the negative errno unless said otherwise.
 */
final class SockOpt {

    /** One small piece of native memory per thread, through which values and the names of sockets pass. */
    private static final FastThreadLocal<Scratch> SCRATCH = new FastThreadLocal<>() {
        @Override
        protected Scratch initialValue() {
            return new Scratch();
        }
    };

    private SockOpt() {
    }

    /** Returns 128 bytes of this thread, in native byte order, as the last call left them. */
    static ByteBuffer scratch() {
        return SCRATCH.get().buffer;
    }

    static long scratchAddress() {
        return SCRATCH.get().address;
    }

    /** Returns the value, which must not be negative, or the negative errno. */
    static int getInt(int fd, int level, int name) {
        int result = Native.getOption(fd, level, name, scratchAddress(), Integer.BYTES);
        return result < 0 ? result : scratch().getInt(0);
    }

    static int setInt(int fd, int level, int name, int value) {
        scratch().putInt(0, value);
        return Native.setOption(fd, level, name, scratchAddress(), Integer.BYTES);
    }

    /** Returns the value, which must not be negative, or the negative errno. */
    static long getLong(int fd, int level, int name) {
        int result = Native.getOption(fd, level, name, scratchAddress(), Long.BYTES);
        return result < 0 ? result : scratch().getLong(0);
    }

    static int setLong(int fd, int level, int name, long value) {
        scratch().putLong(0, value);
        return Native.setOption(fd, level, name, scratchAddress(), Long.BYTES);
    }

    /**
     * Returns a struct timeval in milliseconds, rounded up, at most {@link Integer#MAX_VALUE}; or the negative errno.
     */
    static int getTimeout(int fd, int level, int name) {
        int result = Native.getOption(fd, level, name, scratchAddress(), 2 * Long.BYTES);
        if (result < 0) {
            return result;
        }
        long seconds = scratch().getLong(0);
        long micros = scratch().getLong(8);
        if (seconds >= Integer.MAX_VALUE / 1000) {
            return Integer.MAX_VALUE;
        }
        return (int) (seconds * 1000 + (micros + 999) / 1000);
    }

    static int setTimeout(int fd, int level, int name, int millis) {
        scratch().putLong(0, millis / 1000).putLong(8, millis % 1000 * 1000L);
        return Native.setOption(fd, level, name, scratchAddress(), 2 * Long.BYTES);
    }

    /** Reads a value into the buffer's remaining bytes, and returns its length. Does not move the buffer's position. */
    static int getRaw(int fd, int level, int name, ByteBuffer value) {
        int length = value.remaining();
        if (value.isDirect()) {
            return Native.getOption(fd, level, name, Buffer.memoryAddress(value) + value.position(), length);
        }
        ByteBuffer direct = ByteBuffer.allocateDirect(Math.max(1, length));
        int result = Native.getOption(fd, level, name, Buffer.memoryAddress(direct), length);
        if (result > 0) {
            value.put(value.position(), direct, 0, result);
        }
        return result;
    }

    /** Sets the value in the buffer's remaining bytes. Does not move the buffer's position. */
    static int setRaw(int fd, int level, int name, ByteBuffer value) {
        int length = value.remaining();
        ByteBuffer direct = ByteBuffer.allocateDirect(Math.max(1, length));
        direct.put(0, value, value.position(), length);
        try {
            return Native.setOption(fd, level, name, Buffer.memoryAddress(direct), length);
        } finally {
            Reference.reachabilityFence(direct);
        }
    }

    private static final class Scratch {
        final ByteBuffer buffer = ByteBuffer.allocateDirect(128).order(ByteOrder.nativeOrder());
        final long address = Buffer.memoryAddress(buffer);
    }
}
