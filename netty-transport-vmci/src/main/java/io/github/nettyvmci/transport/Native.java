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

import io.netty.channel.DefaultFileRegion;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.Unix;
import io.netty.util.internal.ClassInitializerUtil;
import io.netty.util.internal.NativeLibraryLoader;
import io.netty.util.internal.PlatformDependent;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The JNI library. Every native takes primitives and answers a result {@code >= 0} or the negative errno; none throws.
 * EINTR is dealt with in C. Memory is passed as an address and a length, never as a buffer. The library finds this
 * class by its name, so that neither it nor its package can be renamed or relocated.
 *
 * <p>The class itself loads without the library: call {@link #load()} before the first native. Public entry points go
 * through {@link Vmci}, which does.
 */
final class Native {

    private static final String LIBRARY = "netty_transport_native_vmci";
    private static final int VERSION = 1;

    private static boolean loaded;

    private Native() {
    }

    /**
     * Loads the library unless that was done already.
     *
     * @throws UnsatisfiedLinkError if there is none for this platform, or if it does not fit
     */
    static synchronized void load() {
        if (loaded) {
            return;
        }
        if (!"linux".equals(PlatformDependent.normalizedOs())) {
            throw new UnsatisfiedLinkError("operating system: " + PlatformDependent.normalizedOs()
                    + " (expected: linux)");
        }
        checkOwnPackage(Native.class.getName());
        // The native half of unix-common looks these classes up. They are initialised here first, so that the class
        // loader's locks are taken in Java's order, and another thread that loads them cannot cause a deadlock.
        ClassInitializerUtil.tryLoadClasses(Native.class, FileDescriptor.class, Socket.class, DefaultFileRegion.class,
                java.nio.channels.ClosedChannelException.class, java.nio.channels.FileChannel.class);
        String name = LIBRARY + '_' + PlatformDependent.normalizedArch();
        try {
            NativeLibraryLoader.load(name, Native.class.getClassLoader());
        } catch (LinkageError e) { // NoClassDefFoundError where our class is not in Netty's class loader
            loadFromOwnClassLoader(name, e);
        }
        if (version() != VERSION) {
            throw new UnsatisfiedLinkError(name + ": version " + version() + " (expected: " + VERSION
                    + "); use the jar with the classifier of the same release");
        }
        // Another native transport may have linked the unix-common natives before. Its natives are as good as ours. If
        // ours replaced them, unloading our library with our class loader would pull them from under that transport.
        boolean first = !unixNativesLinked();
        Unix.registerInternal(() -> {
            int result = registerUnix(first);
            if (result < 0) {
                throw new UnsatisfiedLinkError("registering the natives of unix-common: " + result);
            }
        });
        loaded = true;
    }

    /** Throws if this class was relocated. C would merely fail to find it, and say nothing of the reason. */
    static void checkOwnPackage(String name) {
        String expected = unshaded("io!github!nettyvmci!transport!Native");
        if (!expected.equals(name)) {
            throw new UnsatisfiedLinkError("class: " + name + " (expected: " + expected + ", which is what the native"
                    + " library looks for); relocate io.netty alone, and leave this package out");
        }
    }

    /** Returns what comes before {@code io.netty} in the names of Netty's classes, mangled as in a library's name. */
    static String shadedPrefix(String loaderName) {
        String own = unshaded("io!netty!util!internal!NativeLibraryLoader");
        return loaderName.endsWith(own)
                ? loaderName.substring(0, loaderName.length() - own.length()).replace("_", "_1").replace('.', '_') : "";
    }

    /** Returns a name that no relocation has changed, which it would do to a constant. */
    private static String unshaded(String name) {
        return name.replace('!', '.');
    }

    /**
     * Loads the library where Netty's loader cannot. One such case is that our classes are in a child class loader of
     * Netty's: Netty binds the library to its own class loader, in which our class cannot be found. The other is that
     * Netty is relocated while the library has kept its name: C takes the prefix of Netty's classes from the name of
     * the file, which the copy made here has.
     */
    private static void loadFromOwnClassLoader(String name, LinkageError first) {
        String prefix = shadedPrefix(NativeLibraryLoader.class.getName());
        String resource = "META-INF/native/" + System.mapLibraryName(name);
        ClassLoader loader = Native.class.getClassLoader();
        URL url = loader.getResource("META-INF/native/" + System.mapLibraryName(prefix + name));
        if (url == null) {
            url = loader.getResource(resource);
        }
        if (url == null) {
            UnsatisfiedLinkError error = new UnsatisfiedLinkError("native library: " + resource
                    + " is neither on the class path nor on the module path (expected: the jar netty-transport-vmci"
                    + " with classifier linux-" + PlatformDependent.normalizedArch() + ')');
            error.addSuppressed(first);
            throw error;
        }
        try {
            Path copy = Files.createTempFile("lib" + prefix + name, ".so");
            try (InputStream in = url.openStream()) {
                Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
                System.load(copy.toAbsolutePath().toString());
            } finally {
                Files.deleteIfExists(copy);
            }
        } catch (IOException | UnsatisfiedLinkError e) {
            first.addSuppressed(e);
            throw first;
        }
    }

    private static boolean unixNativesLinked() {
        try {
            // Buffer has no static initialiser that calls natives, so that the class stays usable if this call fails.
            ByteBuffer one = ByteBuffer.allocateDirect(1);
            Buffer.wrapMemoryAddress(Buffer.memoryAddress(one), 1);
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    // vmci_onload.c

    private static native int registerUnix(boolean all);

    private static native int version();

    // vmci_epoll.c

    static native int epollCreate();

    static native int eventFd();

    static native int eventFdWrite(int fd);

    /** Calls epoll_ctl(2). {@code data} comes back with each event. */
    static native int epollCtl(int epfd, int op, int fd, int events, long data);

    /**
     * Waits for events.
     *
     * @param nanos negative: without a limit; 0: only looks
     * @param pwait2 whether {@code epoll_pwait2} is used; without it the time is rounded up to milliseconds
     */
    static native int epollWait(int epfd, long events, int max, long nanos, boolean pwait2);

    /** Returns 0 if {@code epoll_pwait2} works here. */
    static native int probePwait2();

    static native int epollEventSize();

    static native int epollEventDataOffset();

    // vmci_socket.c

    /** Creates a non-blocking stream socket with close-on-exec. */
    static native int socket(int family);

    static native int close(int fd);

    /** Sets FD_CLOEXEC, which belongs to the descriptor. */
    static native int closeOnExec(int fd);

    /** Sets O_NONBLOCK, which belongs to the open file, and so to every descriptor of it. */
    static native int nonBlocking(int fd);

    static native int bindVsock(int fd, int cid, int port);

    static native int connectVsock(int fd, int cid, int port, int flags);

    /** Binds to a path, or to a name in the abstract name space if it starts with NUL. */
    static native int bindUnix(int fd, long path, int length);

    static native int connectUnix(int fd, long path, int length);

    static native int listen(int fd, int backlog);

    /** Accepts up to {@code max} connections into {@code entries}, see {@link AcceptBatch}; returns how many. */
    static native int accept(int fd, long entries, int max);

    /** Writes the CID and the port of the socket, or of its peer, with four bytes each. */
    static native int vsockName(int fd, boolean peer, long out);

    /** Writes the path of the socket, or of its peer, up to 108 bytes, and returns its length. */
    static native int unixName(int fd, boolean peer, long out);

    static native int recv(int fd, long address, int length);

    static native int send(int fd, long address, int length);

    static native long sendv(int fd, long iov, int count);

    /**
     * Sends with MSG_ZEROCOPY, for which SO_ZEROCOPY must be on: the memory must stay as it is until
     * {@link #zeroCopyCompletion} tells that the kernel is done with it.
     */
    static native int sendZeroCopy(int fd, long address, int length);

    /**
     * Takes an entry of the error queue. Never call this where SO_ZEROCOPY is not on: kernels before 6.7 would read
     * what the peer sent.
     *
     * @param out receives the numbers of the first and the last send that are done, and 0 unless the kernel copied
     *            what they sent, with four bytes each
     * @return 1; 0 if the entry tells something else; {@code -EAGAIN} if there is none
     */
    static native int zeroCopyCompletion(int fd, long out);

    static native int shutdown(int fd, int how);

    /** Returns and clears the pending error: a <em>positive</em> errno, or 0; negative if it could not be read. */
    static native int soError(int fd);

    /** Reads an option, and returns the length of its value. */
    static native int getOption(int fd, int level, int name, long value, int length);

    static native int setOption(int fd, int level, int name, long value, int length);

    /** Returns the CID of this machine, {@code 0..0xFFFFFFFF}. */
    static native long localCid();

    /**
     * Sends a piece of a file, and adds what was sent to the region's count of transferred bytes.
     *
     * @param region a {@link DefaultFileRegion} that has been opened
     * @param type   the class of that name
     * @return how many bytes were sent; {@code -ENOSYS} if the region's channel is none of the JDK's, and has to be
     *         read in Java
     */
    static native long sendfile(int fd, Object region, Class<?> type, long base, long offset, long length);

    /** Removes the file of a socket. The path is that of {@link #bindUnix}. */
    static native int unlink(long path, int length);

    // vmci_rights.c

    /** Sends one byte with a descriptor; the receiver gets another descriptor of the same open file. */
    static native int sendDescriptor(int fd, int passed);

    /**
     * Receives one byte and the descriptors that came with it, which are close-on-exec, into {@code out}, see
     * {@link DescriptorReader}; returns 0 at the end of the stream.
     */
    static native int receiveDescriptors(int fd, long out);

    /** Returns another descriptor of the same open file, close-on-exec. */
    static native int duplicate(int fd);

    // vmci_datagram.c

    /** Creates a non-blocking datagram socket with close-on-exec. */
    static native int datagramSocket(int family);

    static native int sendToVsock(int fd, long address, int length, int cid, int port);

    /**
     * Receives one datagram, and writes into {@code out}, with four bytes each, the CID and the port of the sender, and
     * whether the datagram was longer and has lost its end.
     */
    static native int recvFromVsock(int fd, long address, int length, long out);
}
