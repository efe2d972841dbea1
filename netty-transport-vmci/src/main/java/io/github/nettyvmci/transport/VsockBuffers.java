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

import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_MAX_SIZE;
import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_MIN_SIZE;
import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_SIZE;
import static io.github.nettyvmci.transport.VmciChannelOption.BUFFER_MAX_SIZE;
import static io.github.nettyvmci.transport.VmciChannelOption.BUFFER_MIN_SIZE;
import static io.github.nettyvmci.transport.VmciChannelOption.BUFFER_SIZE;

import io.netty.channel.ChannelOption;
import org.jspecify.annotations.Nullable;

/**
 * The three buffer options of an AF_VSOCK socket. In whatever order they are set, the size ends up as asked for, as far
 * as the two limits allow; the kernel alone would cut it, silently, to the limits of the moment.
 */
final class VsockBuffers {

    private static final long MAX_U32 = 0xFFFF_FFFFL;
    private static final long NOT_SET = -1;

    private final ChannelKernelOptions kernel;
    private long requestedSize = NOT_SET;
    private boolean maxSizeSet;

    VsockBuffers(ChannelKernelOptions kernel) {
        this.kernel = kernel;
    }

    /** Returns the value, or null if the option is none of the three. */
    @SuppressWarnings("unchecked")
    <T> @Nullable T get(ChannelOption<T> option) {
        if (option == BUFFER_SIZE) {
            return (T) (Long) size();
        }
        if (option == BUFFER_MIN_SIZE) {
            return (T) (Long) minSize();
        }
        if (option == BUFFER_MAX_SIZE) {
            return (T) (Long) maxSize();
        }
        return null;
    }

    /** Sets the option; returns false if it is none of the three. */
    <T> boolean set(ChannelOption<T> option, T value) {
        if (option == BUFFER_SIZE) {
            setSize((Long) value);
        } else if (option == BUFFER_MIN_SIZE) {
            setMinSize((Long) value);
        } else if (option == BUFFER_MAX_SIZE) {
            setMaxSize((Long) value);
        } else {
            return false;
        }
        return true;
    }

    long size() {
        return kernel.getVsockLong(BUFFER_SIZE, SO_VM_SOCKETS_BUFFER_SIZE);
    }

    long minSize() {
        return kernel.getVsockLong(BUFFER_MIN_SIZE, SO_VM_SOCKETS_BUFFER_MIN_SIZE);
    }

    long maxSize() {
        return kernel.getVsockLong(BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE);
    }

    void setSize(long size) {
        requestedSize = check(BUFFER_SIZE, size);
        // Whoever raises the size alone means it, so that the maximum is raised along.
        if (!maxSizeSet && size > maxSize()) {
            kernel.setVsockLong(BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE, size);
        }
        applySize();
    }

    void setMinSize(long size) {
        kernel.setVsockLong(BUFFER_MIN_SIZE, SO_VM_SOCKETS_BUFFER_MIN_SIZE, check(BUFFER_MIN_SIZE, size));
        applySize();
    }

    void setMaxSize(long size) {
        maxSizeSet = true;
        kernel.setVsockLong(BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE, check(BUFFER_MAX_SIZE, size));
        applySize();
    }

    private void applySize() {
        if (requestedSize != NOT_SET) {
            kernel.setVsockLong(BUFFER_SIZE, SO_VM_SOCKETS_BUFFER_SIZE, requestedSize);
        }
    }

    private static long check(ChannelOption<?> option, long size) {
        if (size < 0 || size > MAX_U32) {
            throw new IllegalArgumentException(option.name() + ": " + size + " (expected: 0.." + MAX_U32 + " bytes)");
        }
        return size;
    }
}
