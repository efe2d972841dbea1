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

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The three buffer options of an AF_VSOCK socket. In whatever order they are set, the size ends up as asked for, as far
 * as the two limits allow; the kernel alone would cut it, silently, to the limits of the moment.
 */
final class VsockBuffers {

    private static final long MAX_U32 = 0xFFFF_FFFFL;
    /** Whether this kernel breaks a connection that has too many packets unread, however small they are. */
    private static final boolean COUNTS_PACKETS = countsPackets(System.getProperty("os.version", ""));
    /**
     * By how much a window is raised so that it holds what a peer with the window as it was may send. Such a kernel
     * counts a packet as 576 bytes beside its own, and puts packets of up to 128 bytes together: the most that a window
     * can come to is that full of packets of 129 bytes, which count 705 each.
     */
    private static final int ROOM_FOR_PACKETS = 6;
    private static final long NOT_SET = -1;

    private final ChannelKernelOptions kernel;
    private long requestedSize = NOT_SET;
    private boolean maxSizeSet;
    /** The size and the maximum before they were raised, or NOT_SET. */
    private long raisedFrom = NOT_SET;
    private long maxRaisedFrom = NOT_SET;

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

    /** Returns whether the kernel of this release counts packets; later ones put small packets together first. */
    static boolean countsPackets(String release) {
        Matcher matcher = Pattern.compile("6\\.12\\.(\\d{1,4})(\\D.*)?").matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int patch = Integer.parseInt(matcher.group(1));
        return patch >= 92 && patch <= 100;
    }

    /**
     * Makes room for what the peer may send while nobody reads. That is not more than before, since the peer's own size
     * bounds it too.
     *
     * @return whether there is such room, which {@link #everythingIsRead} takes back
     */
    synchronized boolean readingStopped() {
        if (!COUNTS_PACKETS || raisedFrom != NOT_SET) {
            return COUNTS_PACKETS;
        }
        long size = kernel.tryGetVsockLong(SO_VM_SOCKETS_BUFFER_SIZE);
        long max = kernel.tryGetVsockLong(SO_VM_SOCKETS_BUFFER_MAX_SIZE);
        if (size <= 0 || max <= 0) {
            return false;
        }
        long raised = Math.min(size * ROOM_FOR_PACKETS, MAX_U32);
        kernel.trySetVsockLong(SO_VM_SOCKETS_BUFFER_MAX_SIZE, Math.max(max, raised));
        kernel.trySetVsockLong(SO_VM_SOCKETS_BUFFER_SIZE, raised);
        raisedFrom = size;
        maxRaisedFrom = max;
        return true;
    }

    /** Takes the room back, now that everything is read, since two ends that have it may send as much. */
    synchronized void everythingIsRead() {
        takeBack();
    }

    /** Returns whether there was any room to take back. */
    private boolean takeBack() {
        if (raisedFrom == NOT_SET) {
            return false;
        }
        kernel.trySetVsockLong(SO_VM_SOCKETS_BUFFER_SIZE, raisedFrom);
        kernel.trySetVsockLong(SO_VM_SOCKETS_BUFFER_MAX_SIZE, maxRaisedFrom);
        raisedFrom = NOT_SET;
        return true;
    }

    synchronized void setSize(long size) {
        requestedSize = check(BUFFER_SIZE, size);
        boolean raised = takeBack();
        // Whoever raises the size alone means it, so that the maximum is raised along.
        if (!maxSizeSet && size > maxSize()) {
            kernel.setVsockLong(BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE, size);
        }
        applySize(raised);
    }

    synchronized void setMinSize(long size) {
        check(BUFFER_MIN_SIZE, size);
        boolean raised = takeBack();
        kernel.setVsockLong(BUFFER_MIN_SIZE, SO_VM_SOCKETS_BUFFER_MIN_SIZE, size);
        applySize(raised);
    }

    synchronized void setMaxSize(long size) {
        maxSizeSet = true;
        check(BUFFER_MAX_SIZE, size);
        boolean raised = takeBack();
        kernel.setVsockLong(BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE, size);
        applySize(raised);
    }

    private void applySize(boolean raised) {
        if (requestedSize != NOT_SET) {
            kernel.setVsockLong(BUFFER_SIZE, SO_VM_SOCKETS_BUFFER_SIZE, requestedSize);
        }
        if (raised) {
            readingStopped();
        }
    }

    private static long check(ChannelOption<?> option, long size) {
        if (size < 0 || size > MAX_U32) {
            throw new IllegalArgumentException(option.name() + ": " + size + " (expected: 0.." + MAX_U32 + " bytes)");
        }
        return size;
    }
}
