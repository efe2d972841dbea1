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

import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;

import io.netty.channel.unix.DomainSocketAddress;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * AF_UNIX stream sockets. A path that starts with NUL is a name in the abstract name space.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
class UnixFamily extends AddressFamily {

    private static final DomainSocketAddress UNNAMED = new DomainSocketAddress("");

    @Override
    void ensureAvailable() {
        Vmci.ensureLibraryAvailability();
    }

    @Override
    int socket() {
        return Native.socket(NativeConstants.AF_UNIX);
    }

    @Override
    boolean owns(SocketAddress address) {
        return address instanceof DomainSocketAddress;
    }

    @Override
    Class<? extends SocketAddress> addressType() {
        return DomainSocketAddress.class;
    }

    /** Puts the path into this thread's scratch, as much as fits, and returns its length; no name is that long. */
    private static int toScratch(SocketAddress address) {
        byte[] path = ((DomainSocketAddress) address).path().getBytes(StandardCharsets.UTF_8);
        ByteBuffer scratch = SocketOptions.scratch();
        scratch.put(0, path, 0, Math.min(path.length, scratch.capacity()));
        return path.length;
    }

    @Override
    int bind(int fd, SocketAddress local) {
        int length = toScratch(local);
        return Native.bindUnix(fd, SocketOptions.scratchAddress(), length);
    }

    @Override
    boolean connectable(SocketAddress remote) {
        return !((DomainSocketAddress) remote).path().isEmpty();
    }

    @Override
    int connect(int fd, SocketAddress remote, boolean toHost) {
        int length = toScratch(remote);
        return Native.connectUnix(fd, SocketOptions.scratchAddress(), length);
    }

    @Override
    boolean connectInProgress(int result) {
        return false;
    }

    @Override
    boolean connectAgain(int result) {
        return result == -EAGAIN; // the server's backlog is full; no event tells when it is not any more
    }

    @Override
    SocketAddress localAddress(int fd) {
        ByteBuffer out = SocketOptions.scratch();
        int length = Native.unixName(fd, false, SocketOptions.scratchAddress());
        return length < 0 ? null : address(out, 0, length);
    }

    @Override
    boolean connected(int fd) {
        return Native.unixName(fd, true, SocketOptions.scratchAddress()) >= 0;
    }

    @Override
    SocketAddress acceptedRemote(ByteBuffer entries, int offset) {
        return address(entries, offset + 12, entries.getInt(offset + 4));
    }

    private static DomainSocketAddress address(ByteBuffer buffer, int offset, int length) {
        if (length == 0) {
            return UNNAMED;
        }
        byte[] path = new byte[length];
        buffer.get(offset, path);
        return new DomainSocketAddress(new String(path, StandardCharsets.UTF_8));
    }

    @Override
    SocketAddress acceptedLocal(SocketAddress server) {
        return server;
    }

    /** Returns device and inode of the socket's file, or null where there is none or it cannot be named in Java. */
    @Override
    Object bound(SocketAddress local) {
        return isFile(local) ? key(local) : null;
    }

    private static boolean isFile(SocketAddress local) {
        String path = ((DomainSocketAddress) local).path();
        return !path.isEmpty() && path.charAt(0) != '\0';
    }

    private static Object key(SocketAddress local) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(Path.of(((DomainSocketAddress) local).path()),
                    BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isOther() ? attributes.fileKey() : null; // neither file, folder nor link
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    /**
     * Removes the file of a socket, unless another is in its place. As long as the socket is open its inode is in use,
     * so that no other file can have the same.
     */
    @Override
    void serverClosing(SocketAddress local, Object bound) {
        if (isFile(local) && (bound == null || bound.equals(key(local)))) {
            // By the bytes that were bound to, whatever the JVM's encoding of file names. Should it fail, the name only
            // stays behind, and the next bind says that it is in use.
            int length = toScratch(local);
            Native.unlink(SocketOptions.scratchAddress(), length);
        }
    }
}
