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

import static io.github.nettyvmci.transport.NativeConstants.AF_VSOCK;
import static io.github.nettyvmci.transport.NativeConstants.SOL_SOCKET;
import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_MAX_SIZE;
import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_MIN_SIZE;
import static io.github.nettyvmci.transport.NativeConstants.SO_VM_SOCKETS_BUFFER_SIZE;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.GenericUnixChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The options that are the kernel's, for the configurations of both kinds of channel. A value always comes from the
 * kernel, never from memory.
 */
final class KernelOptions {

    private static final long MAX_U32 = 0xFFFF_FFFFL;

    private final VmciSocket socket;
    private final boolean vsock;
    /** What was asked for; the kernel may have cut it to a maximum that is raised later. */
    private long requestedSize = -1;
    private boolean maxSizeSet;

    KernelOptions(VmciSocket socket) {
        this.socket = socket;
        vsock = socket.family instanceof VsockFamily;
    }

    /**
     * Returns whether an option of TCP means nothing here, and programs that set it for any channel (gRPC does) lose
     * nothing by it: there is no delay to turn off and no TIME_WAIT to override, and no probe of an idle connection.
     */
    static boolean isHarmless(ChannelOption<?> option) {
        return option == ChannelOption.TCP_NODELAY || option == ChannelOption.SO_KEEPALIVE
                || option == ChannelOption.SO_REUSEADDR;
    }

    boolean isVsock() {
        return vsock;
    }

    /** Returns the value, or null if the option is none of these. */
    @SuppressWarnings("unchecked")
    <T> T get(ChannelOption<T> option) {
        if (vsock) {
            if (option == VmciChannelOption.BUFFER_SIZE) {
                return (T) (Long) getLong(option, SO_VM_SOCKETS_BUFFER_SIZE);
            }
            if (option == VmciChannelOption.BUFFER_MIN_SIZE) {
                return (T) (Long) getLong(option, SO_VM_SOCKETS_BUFFER_MIN_SIZE);
            }
            if (option == VmciChannelOption.BUFFER_MAX_SIZE) {
                return (T) (Long) getLong(option, SO_VM_SOCKETS_BUFFER_MAX_SIZE);
            }
        }
        if (option instanceof IntegerUnixChannelOption integer) {
            return (T) (Integer) getInt(option, integer.level(), integer.optname());
        }
        if (option instanceof RawUnixChannelOption raw) {
            ByteBuffer value = ByteBuffer.allocate(raw.length());
            int length = SocketOptions.getRaw(fd(), raw.level(), raw.optname(), value);
            check(option, null, length);
            return (T) value.limit(length); // the kernel may have less to say, of SO_PEERGROUPS for one
        }
        return null;
    }

    /** Returns whether the option is one of these; throws if the kernel refuses the value. */
    <T> boolean set(ChannelOption<T> option, T value) {
        if (option instanceof GenericUnixChannelOption) {
            return setGeneric(option, value);
        }
        if (!vsock) {
            return false;
        }
        if (option == VmciChannelOption.BUFFER_SIZE) {
            setBufferSize(checkSize(option, (Long) value));
        } else if (option == VmciChannelOption.BUFFER_MIN_SIZE) {
            setLong(option, SO_VM_SOCKETS_BUFFER_MIN_SIZE, checkSize(option, (Long) value));
            applySizeAgain();
        } else if (option == VmciChannelOption.BUFFER_MAX_SIZE) {
            maxSizeSet = true;
            setLong(option, SO_VM_SOCKETS_BUFFER_MAX_SIZE, checkSize(option, (Long) value));
            applySizeAgain();
        } else {
            return false;
        }
        return true;
    }

    private <T> boolean setGeneric(ChannelOption<T> option, T value) {
        if (option instanceof IntegerUnixChannelOption integer) {
            setInt(option, integer.level(), integer.optname(), (Integer) value);
        } else if (option instanceof RawUnixChannelOption raw) {
            check(option, value, SocketOptions.setRaw(fd(), raw.level(), raw.optname(), (ByteBuffer) value));
        } else {
            return false;
        }
        return true;
    }

    private void setBufferSize(long size) {
        requestedSize = size;
        // The kernel cuts the size to the maximum, silently. Who raises just the size means it.
        if (!maxSizeSet && size > getLong(VmciChannelOption.BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE)) {
            setLong(VmciChannelOption.BUFFER_MAX_SIZE, SO_VM_SOCKETS_BUFFER_MAX_SIZE, size);
        }
        applySizeAgain();
    }

    /** Whatever order the limits and the size are set in, the size ends up as asked for, as far as the limits allow. */
    private void applySizeAgain() {
        if (requestedSize >= 0) {
            setLong(VmciChannelOption.BUFFER_SIZE, SO_VM_SOCKETS_BUFFER_SIZE, requestedSize);
        }
    }

    private static long checkSize(ChannelOption<?> option, long size) {
        if (size < 0 || size > MAX_U32) {
            throw new IllegalArgumentException(option.name() + ": " + size + " (expected: 0.." + MAX_U32 + " bytes)");
        }
        return size;
    }

    private long getLong(ChannelOption<?> option, int name) {
        long value = SocketOptions.getLong(fd(), AF_VSOCK, name);
        check(option, null, (int) Math.min(0, value));
        return value;
    }

    private void setLong(ChannelOption<?> option, int name, long value) {
        check(option, value, SocketOptions.setLong(fd(), AF_VSOCK, name, value));
    }

    private int getInt(ChannelOption<?> option, int level, int name) {
        ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
        check(option, null, SocketOptions.getRaw(fd(), level, name, value));
        return value.getInt(0);
    }

    int getSocketInt(ChannelOption<?> option, int name) {
        return getInt(option, SOL_SOCKET, name);
    }

    void setSocketInt(ChannelOption<?> option, int name, int value) {
        setInt(option, SOL_SOCKET, name, value);
    }

    private void setInt(ChannelOption<?> option, int level, int name, int value) {
        check(option, value, SocketOptions.setInt(fd(), level, name, value));
    }

    /** Returns the time of SO_LINGER in seconds, -1 if it is off. */
    int getLinger() {
        ByteBuffer value = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        check(ChannelOption.SO_LINGER, null, SocketOptions.getRaw(fd(), SOL_SOCKET, NativeConstants.SO_LINGER, value));
        return value.getInt(0) == 0 ? -1 : value.getInt(4);
    }

    void setLinger(int seconds) {
        ByteBuffer value = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        value.putInt(0, seconds < 0 ? 0 : 1).putInt(4, Math.max(0, seconds));
        check(ChannelOption.SO_LINGER, seconds,
                SocketOptions.setRaw(fd(), SOL_SOCKET, NativeConstants.SO_LINGER, value));
    }

    int getConnectTimeout() {
        int millis = SocketOptions.getTimeout(fd(), AF_VSOCK, NativeConstants.SO_VM_SOCKETS_CONNECT_TIMEOUT);
        check(VmciChannelOption.CONNECT_TIMEOUT, null, Math.min(0, millis));
        return millis;
    }

    void setConnectTimeout(int millis) {
        check(VmciChannelOption.CONNECT_TIMEOUT, millis, socket.family.setConnectTimeout(fd(), millis));
    }

    private int fd() {
        // A closed descriptor's number may be another's by now; no socket has -1.
        return socket.isOpen() ? socket.intValue() : -1;
    }

    private static void check(ChannelOption<?> option, Object value, int result) {
        if (result < 0) {
            throw new ChannelException(VmciErrors.optionFailed(option.name(), value, result));
        }
    }
}
