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

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.GenericUnixChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The options of one socket that the kernel keeps, for the configurations of channels. A value always comes from the
 * kernel, never from memory. All methods throw a {@link ChannelException} if the kernel refuses, or the socket is
 * closed.
 */
final class ChannelKernelOptions {

    private final NativeSocket socket;

    ChannelKernelOptions(NativeSocket socket) {
        this.socket = socket;
    }

    /**
     * Returns whether an option of TCP means nothing here, so that programs which set it for any channel (gRPC does)
     * lose nothing by it: there is no delay to turn off, no TIME_WAIT to override, and no probe of an idle connection.
     */
    static boolean isHarmless(ChannelOption<?> option) {
        return option == ChannelOption.TCP_NODELAY || option == ChannelOption.SO_KEEPALIVE
                || option == ChannelOption.SO_REUSEADDR;
    }

    /** Returns the value of a {@link GenericUnixChannelOption}, or null for every other option. */
    @SuppressWarnings("unchecked")
    <T> @Nullable T getGeneric(ChannelOption<T> option) {
        if (option instanceof IntegerUnixChannelOption integer) {
            return (T) (Integer) getInt(option, integer.level(), integer.optname());
        }
        if (option instanceof RawUnixChannelOption raw) {
            ByteBuffer value = ByteBuffer.allocate(raw.length());
            int length = SockOpt.getRaw(fd(), raw.level(), raw.optname(), value);
            check(option, null, length);
            return (T) value.limit(length); // the kernel may have less to say, of SO_PEERGROUPS for one
        }
        return null;
    }

    /** Sets a {@link GenericUnixChannelOption}; returns false for every other option. */
    <T> boolean setGeneric(ChannelOption<T> option, T value) {
        if (option instanceof IntegerUnixChannelOption integer) {
            setInt(option, integer.level(), integer.optname(), (Integer) value);
        } else if (option instanceof RawUnixChannelOption raw) {
            check(option, value, SockOpt.setRaw(fd(), raw.level(), raw.optname(), (ByteBuffer) value));
        } else {
            return false;
        }
        return true;
    }

    private int getInt(ChannelOption<?> option, int level, int name) {
        ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
        check(option, null, SockOpt.getRaw(fd(), level, name, value));
        return value.getInt(0);
    }

    private void setInt(ChannelOption<?> option, int level, int name, int value) {
        check(option, value, SockOpt.setInt(fd(), level, name, value));
    }

    // Level SOL_SOCKET

    int getSocketInt(ChannelOption<?> option, int name) {
        return getInt(option, SOL_SOCKET, name);
    }

    void setSocketInt(ChannelOption<?> option, int name, int value) {
        setInt(option, SOL_SOCKET, name, value);
    }

    /** Returns the time of SO_LINGER in seconds, -1 if it is off. */
    int getLinger() {
        ByteBuffer value = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        check(ChannelOption.SO_LINGER, null, SockOpt.getRaw(fd(), SOL_SOCKET, NativeConstants.SO_LINGER, value));
        return value.getInt(0) == 0 ? -1 : value.getInt(4);
    }

    void setLinger(int seconds) {
        ByteBuffer value = ByteBuffer.allocate(2 * Integer.BYTES).order(ByteOrder.nativeOrder());
        value.putInt(0, seconds < 0 ? 0 : 1).putInt(4, Math.max(0, seconds));
        check(ChannelOption.SO_LINGER, seconds, SockOpt.setRaw(fd(), SOL_SOCKET, NativeConstants.SO_LINGER, value));
    }

    // Level AF_VSOCK

    long getVsockLong(ChannelOption<?> option, int name) {
        long value = SockOpt.getLong(fd(), AF_VSOCK, name);
        check(option, null, (int) Math.min(0, value));
        return value;
    }

    void setVsockLong(ChannelOption<?> option, int name, long value) {
        check(option, value, SockOpt.setLong(fd(), AF_VSOCK, name, value));
    }

    /** Returns the value, or a negative number if the kernel has none, or the socket is closed. */
    long tryGetVsockLong(int name) {
        return socket.isOpen() ? SockOpt.getLong(fd(), AF_VSOCK, name) : -1;
    }

    /** Sets the value, unless the kernel refuses or the socket is closed. */
    void trySetVsockLong(int name, long value) {
        if (socket.isOpen()) {
            SockOpt.setLong(fd(), AF_VSOCK, name, value);
        }
    }

    int getConnectTimeout(ChannelOption<?> option) {
        int millis = SockOpt.getTimeout(fd(), AF_VSOCK, NativeConstants.SO_VM_SOCKETS_CONNECT_TIMEOUT);
        check(option, null, Math.min(0, millis));
        return millis;
    }

    void setConnectTimeout(ChannelOption<?> option, int millis) {
        check(option, millis, socket.family.setConnectTimeout(fd(), millis));
    }

    private int fd() {
        // The number of a closed descriptor may be another's by now; no socket has -1.
        return socket.isOpen() ? socket.intValue() : -1;
    }

    private static void check(ChannelOption<?> option, @Nullable Object value, int result) {
        if (result < 0) {
            throw new ChannelException(SocketErrors.optionFailed(option.name(), value, result));
        }
    }
}
