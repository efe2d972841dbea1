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
import org.jspecify.annotations.Nullable;

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

    static final UnixFamily INSTANCE = new UnixFamily();

    private static final DomainSocketAddress UNNAMED = new DomainSocketAddress("");

    @Override
    int number() {
        return NativeConstants.AF_UNIX;
    }

    @Override
    void ensureAvailable() {
        LibraryCheck.ensure();
    }

    @Override
    boolean owns(@Nullable SocketAddress address) {
        return address instanceof DomainSocketAddress;
    }

    @Override
    Class<? extends SocketAddress> addressType() {
        return DomainSocketAddress.class;
    }

    /**
     * Puts the path into this thread's scratch and returns its length. A path longer than the scratch is cut there: C
     * refuses it by its length, since no name is that long.
     */
    private static int toScratch(SocketAddress address) {
        byte[] path = ((DomainSocketAddress) address).path().getBytes(StandardCharsets.UTF_8);
        ByteBuffer scratch = SockOpt.scratch();
        scratch.put(0, path, 0, Math.min(path.length, scratch.capacity()));
        return path.length;
    }

    @Override
    int bind(int fd, SocketAddress local) {
        int length = toScratch(local);
        return Native.bindUnix(fd, SockOpt.scratchAddress(), length);
    }

    @Override
    boolean connectable(SocketAddress remote) {
        return !((DomainSocketAddress) remote).path().isEmpty();
    }

    @Override
    int connect(int fd, SocketAddress remote, boolean toHost) {
        int length = toScratch(remote);
        return Native.connectUnix(fd, SockOpt.scratchAddress(), length);
    }

    @Override
    boolean connectInProgress(int result) {
        return false;
    }

    @Override
    boolean connectAgain(int result) {
        return result == -EAGAIN; // the server's backlog is full, and no event tells when it has room again
    }

    @Override
    @Nullable SocketAddress localAddress(int fd) {
        return name(fd, false);
    }

    @Override
    @Nullable SocketAddress remoteAddress(int fd) {
        return name(fd, true);
    }

    private static @Nullable SocketAddress name(int fd, boolean peer) {
        ByteBuffer out = SockOpt.scratch();
        int length = Native.unixName(fd, peer, SockOpt.scratchAddress());
        return length < 0 ? null : address(out, 0, length);
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

    @Override
    boolean passesDescriptors() {
        return true;
    }

    /** Returns device and inode of the socket's file, or null where there is none or it cannot be named in Java. */
    @Override
    @Nullable Object bound(SocketAddress local) {
        return isFile(local) ? key(local) : null;
    }

    private static boolean isFile(SocketAddress local) {
        String path = ((DomainSocketAddress) local).path();
        return !path.isEmpty() && path.charAt(0) != '\0';
    }

    private static @Nullable Object key(SocketAddress local) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(Path.of(((DomainSocketAddress) local).path()),
                    BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isOther() ? attributes.fileKey() : null; // a socket is neither file, folder nor link
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    /**
     * Removes the file of a socket, unless another is in its place. As long as the socket is open its inode is in use,
     * so no other file can have the same number.
     */
    @Override
    void serverClosing(SocketAddress local, @Nullable Object bound) {
        if (isFile(local) && (bound == null || bound.equals(key(local)))) {
            // The bytes that were bound to are passed, whatever the JVM's encoding of file names. If this fails, the
            // name merely stays, and the next bind says that it is in use.
            int length = toScratch(local);
            Native.unlink(SockOpt.scratchAddress(), length);
        }
    }
}
