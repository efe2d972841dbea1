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

import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.ENOTSOCK;
import static io.github.nettyvmci.transport.NativeConstants.SOL_SOCKET;

import io.netty.channel.ChannelException;

import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes over a socket that somebody else made: a service manager, a broker, or another transport. A descriptor that is
 * not what a channel needs is refused before anything is changed, and stays its owner's.
 */
final class GivenSocket {

    /**
     * The sockets that were taken over last, by descriptor. A channel that was never registered, or that could not be
     * made, has closed nothing; so what counts is whether the number still stands for the same socket.
     */
    private static final Map<Integer, Taken> TAKEN = new ConcurrentHashMap<>();

    /**
     * A socket that was taken over.
     *
     * @param cookie the kernel's number for it, which no other socket has before the next boot
     */
    private record Taken(WeakReference<NativeSocket> socket, long cookie) {

        boolean isStill(long other) {
            NativeSocket given = socket.get();
            return given != null && given.isOpen() && cookie == other;
        }
    }

    private GivenSocket() {
    }

    /**
     * Takes over a stream socket that is connected, or that a channel can connect.
     *
     * @throws IllegalArgumentException if the descriptor is something else
     * @throws ChannelException if the kernel refuses
     */
    static NativeSocket stream(AddressFamily family, int fd) {
        String expected = "(expected: " + name(family.number()) + " stream socket that is connected, or new)";
        if (isListening(family, fd, expected)) {
            throw new IllegalArgumentException("descriptor: " + fd + " is a socket that listens " + expected
                    + "; server channels take those");
        }
        return take(family, fd);
    }

    /**
     * Takes over a stream socket that listens.
     *
     * @throws IllegalArgumentException if the descriptor is something else
     * @throws ChannelException if the kernel refuses
     */
    static NativeSocket listener(AddressFamily family, int fd) {
        String expected = "(expected: " + name(family.number()) + " stream socket that listens)";
        if (!isListening(family, fd, expected)) {
            throw new IllegalArgumentException("descriptor: " + fd + " is a socket that does not listen " + expected);
        }
        return take(family, fd);
    }

    /**
     * Takes over a datagram socket.
     *
     * @throws IllegalArgumentException if the descriptor is something else
     * @throws ChannelException if the kernel refuses
     */
    static NativeSocket datagram(AddressFamily family, int fd) {
        checkType(family, fd, NativeConstants.SOCK_DGRAM,
                "(expected: " + name(family.number()) + " datagram socket)");
        return take(family, fd);
    }

    /** Returns whether the socket listens, and throws if it is not a stream socket of the family. */
    private static boolean isListening(AddressFamily family, int fd, String expected) {
        checkType(family, fd, NativeConstants.SOCK_STREAM, expected);
        return get(fd, NativeConstants.SO_ACCEPTCONN, expected) != 0;
    }

    private static void checkType(AddressFamily family, int fd, int wanted, String expected) {
        LibraryCheck.ensure();
        int domain = domain(fd, expected);
        if (domain != family.number()) {
            throw new IllegalArgumentException("descriptor: " + fd + " is " + name(domain) + " socket " + expected);
        }
        int type = get(fd, NativeConstants.SO_TYPE, expected);
        if (type != wanted) {
            throw new IllegalArgumentException("descriptor: " + fd + " is " + name(domain) + " socket of type "
                    + typeName(type) + ' ' + expected);
        }
    }

    /**
     * Returns the address family of a socket.
     *
     * @param expected what stands at the end of a message: what it should be
     * @throws IllegalArgumentException if the descriptor is no socket
     */
    static int domain(int fd, String expected) {
        LibraryCheck.ensure();
        return get(fd, NativeConstants.SO_DOMAIN, expected);
    }

    private static int get(int fd, int option, String expected) {
        int result = fd < 0 ? -EBADF : SockOpt.getInt(fd, SOL_SOCKET, option);
        if (result == -EBADF) {
            throw new IllegalArgumentException("descriptor: " + fd + " is not open " + expected);
        }
        if (result == -ENOTSOCK) {
            throw new IllegalArgumentException("descriptor: " + fd + " is no socket " + expected);
        }
        if (result < 0) {
            throw new ChannelException("descriptor: " + fd + ": " + Errno.describe(result) + ' ' + expected);
        }
        return result;
    }

    private static NativeSocket take(AddressFamily family, int fd) {
        long cookie = SockOpt.getLong(fd, SOL_SOCKET, NativeConstants.SO_COOKIE);
        NativeSocket socket = new NativeSocket(family, fd);
        TAKEN.compute(fd, (number, before) -> {
            if (before != null && before.isStill(cookie)) {
                throw new IllegalArgumentException("descriptor: " + fd + " has a channel already (expected: a socket"
                        + " that nobody else in this process uses; duplicate() lets several channels accept from one)");
            }
            return new Taken(new WeakReference<>(socket), cookie);
        });
        int result = Native.closeOnExec(fd);
        if (result >= 0) {
            result = Native.nonBlocking(fd);
        }
        if (result < 0) {
            TAKEN.remove(fd);
            throw new ChannelException("fcntl(" + fd + "): " + Errno.describe(result));
        }
        return socket;
    }

    /** Returns the name of a family, with its article. */
    static String name(int domain) {
        return switch (domain) {
            case NativeConstants.AF_UNIX -> "an AF_UNIX";
            case NativeConstants.AF_INET -> "an AF_INET";
            case NativeConstants.AF_INET6 -> "an AF_INET6";
            case NativeConstants.AF_VSOCK -> "an AF_VSOCK";
            default -> "a family-" + domain;
        };
    }

    private static String typeName(int type) {
        return switch (type) {
            case NativeConstants.SOCK_STREAM -> "SOCK_STREAM";
            case NativeConstants.SOCK_DGRAM -> "SOCK_DGRAM";
            case NativeConstants.SOCK_SEQPACKET -> "SOCK_SEQPACKET";
            default -> Integer.toString(type);
        };
    }
}
