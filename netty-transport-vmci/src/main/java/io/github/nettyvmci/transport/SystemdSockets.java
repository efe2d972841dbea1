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

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ServerChannel;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * The sockets that a service manager hands to the process it starts: socket activation, as systemd.socket(5) has it.
 * The manager holds the listening socket, so that it can start the server at the first connection, and so that a
 * restart of the server refuses no connection: those that come meanwhile wait in the kernel.
 *
 * <pre>
 * # hello.socket                      # hello.service
 * [Socket]                            [Service]
 * ListenStream=vsock::5555            ExecStart=/usr/bin/java -jar /opt/hello.jar
 *
 * SystemdSockets sockets = SystemdSockets.ofProcess();
 * ServerBootstrap server = new ServerBootstrap().group(group).childHandler(...);
 * ChannelFuture ready = sockets.size() &gt; 0
 *         ? server.channelFactory(() -&gt; sockets.serverChannel(0)).register()
 *         : server.channel(VmciServerChannel.class).bind(VmciAddress.parse("vmci://*:5555"));
 * </pre>
 *
 * <p>With {@code Accept=no}, the default, the sockets listen: {@link #serverChannel(int)}. With {@code Accept=yes} the
 * manager starts a process for each connection, which is the only socket and is named {@code connection}:
 * {@link #channel(int)}. A server ends gracefully by closing its server channel first, then each connection when that
 * has its answer.
 *
 * <p>A descriptor is handed out once. LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES stay in the environment, since Java
 * cannot change that. A child process inherits them, but not the sockets, and is not the process that LISTEN_PID names.
 * A script that starts Java must {@code exec} it, which keeps the process. Thread: any.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/sd_listen_fds.3.html">sd_listen_fds(3)</a>
 */
public final class SystemdSockets {

    /** SD_LISTEN_FDS_START. */
    private static final int FIRST = 3;
    /** What systemd says of a socket without a name. */
    private static final String UNNAMED = "unknown";
    private static final String EXPECTED = "(expected: a socket of AF_VSOCK or AF_UNIX; take() is for other"
            + " transports)";

    private static @Nullable SystemdSockets ofProcess;

    private final int[] descriptors;
    private final List<String> names;
    private final boolean[] taken;
    /** Why there are no sockets, for messages. */
    private final String absence;

    /** Sockets with the names of the same index. */
    SystemdSockets(int[] descriptors, List<String> names, String absence) {
        this.descriptors = descriptors;
        this.names = names;
        this.absence = absence;
        taken = new boolean[descriptors.length];
    }

    /**
     * Returns the sockets that this process was started with.
     *
     * @return always the same object; {@link #size()} is 0 if there are none
     * @throws IllegalStateException if the environment says something that cannot be
     */
    public static synchronized SystemdSockets ofProcess() {
        SystemdSockets sockets = ofProcess;
        if (sockets == null) {
            sockets = of(System.getenv(), ProcessHandle.current().pid());
            ofProcess = sockets;
        }
        return sockets;
    }

    static SystemdSockets of(Map<String, String> environment, long pid) {
        String count = environment.get("LISTEN_FDS");
        String forWhom = environment.get("LISTEN_PID");
        if (count == null || forWhom == null) {
            return none((count == null ? "LISTEN_FDS" : "LISTEN_PID") + " is not set (expected: a process that a"
                    + " service manager starts with sockets)");
        }
        if (!forWhom.equals(Long.toString(pid))) {
            return none("LISTEN_PID: " + forWhom + " (expected: " + pid + ", this process; whoever starts Java for a"
                    + " service manager must exec it)");
        }
        int size = number(count);
        String given = environment.get("LISTEN_FDNAMES");
        List<String> names = given == null ? Collections.nCopies(size, UNNAMED)
                : size == 0 && given.isEmpty() ? List.of() : List.of(given.split(":", -1));
        if (names.size() != size) {
            throw new IllegalStateException("LISTEN_FDNAMES: " + given + " (expected: " + size
                    + " names with colons between them, as LISTEN_FDS says)");
        }
        int[] descriptors = new int[size];
        Arrays.setAll(descriptors, index -> FIRST + index);
        return new SystemdSockets(descriptors, names, "LISTEN_FDS: " + count);
    }

    private static SystemdSockets none(String absence) {
        return new SystemdSockets(new int[0], List.of(), absence);
    }

    private static int number(String count) {
        // The kernel's own bound of descriptors (fs.nr_open) is a million by default.
        if (!count.matches("[0-9]{1,7}")) {
            throw new IllegalStateException("LISTEN_FDS: " + count + " (expected: a number from 0 to 9999999)");
        }
        return Integer.parseInt(count);
    }

    /**
     * Returns how many sockets the process was started with, those that were handed out included.
     *
     * @return 0 if it was not started by a service manager, or without sockets
     */
    public int size() {
        return descriptors.length;
    }

    /**
     * Returns the names of the sockets, as {@code FileDescriptorName=} gives them.
     *
     * @return one for each socket; the name of the unit by default, {@code connection} with {@code Accept=yes},
     *         {@code unknown} if the service manager gave no names
     */
    public List<String> names() {
        return names;
    }

    /**
     * Makes a channel of a socket that listens.
     *
     * @param index 0 to {@link #size()} - 1
     * @return a {@link VmciServerChannel} or {@link VmciServerDomainSocketChannel}, which accepts once it is registered
     * @throws IndexOutOfBoundsException if there is no such socket; the message tells why
     * @throws IllegalStateException if it was handed out before
     * @throws IllegalArgumentException if it is of another family, or does not listen; then it can still be handed out
     */
    public ServerChannel serverChannel(int index) {
        return take(index, fd -> isVsock(fd) ? new VmciServerChannel(fd) : new VmciServerDomainSocketChannel(fd));
    }

    /**
     * Makes a channel of the first socket with a name that was not handed out yet.
     *
     * @param name as in {@link #names()}
     * @return as {@link #serverChannel(int)}
     * @throws IllegalStateException if there is none
     * @throws IllegalArgumentException as with {@link #serverChannel(int)}
     */
    public ServerChannel serverChannel(String name) {
        return serverChannel(find(name));
    }

    /**
     * Makes a channel of a connection ({@code Accept=yes}).
     *
     * @param index 0 to {@link #size()} - 1
     * @return a {@link VmciChannel} or {@link VmciDomainSocketChannel}, which is active once it is registered
     * @throws IndexOutOfBoundsException if there is no such socket; the message tells why
     * @throws IllegalStateException if it was handed out before
     * @throws IllegalArgumentException if it is of another family, or listens; then it can still be handed out
     */
    public Channel channel(int index) {
        return take(index, fd -> isVsock(fd) ? new VmciChannel(fd) : new VmciDomainSocketChannel(fd));
    }

    /**
     * Makes a channel of the first connection with a name that was not handed out yet.
     *
     * @param name as in {@link #names()}, such as {@code connection}
     * @return as {@link #channel(int)}
     * @throws IllegalStateException if there is none
     * @throws IllegalArgumentException as with {@link #channel(int)}
     */
    public Channel channel(String name) {
        return channel(find(name));
    }

    /**
     * Hands a descriptor out for something else, such as another transport, or ZMQ_USE_FD of a ZeroMQ socket. It is
     * close-on-exec by then.
     *
     * @param index 0 to {@link #size()} - 1
     * @return the number of the descriptor, which is the caller's to close
     * @throws IndexOutOfBoundsException if there is no such socket; the message tells why
     * @throws IllegalStateException if it was handed out before
     * @throws ChannelException if it is not open
     */
    public int take(int index) {
        return take(index, fd -> {
            LibraryCheck.ensure();
            int result = Native.closeOnExec(fd);
            if (result < 0) {
                throw new ChannelException("descriptor: " + fd + ": " + Errno.describe(result)
                        + " (expected: a socket that the service manager opened)");
            }
            return fd;
        });
    }

    /**
     * Hands the first descriptor out with a name that was not handed out yet.
     *
     * @param name as in {@link #names()}
     * @return as {@link #take(int)}
     * @throws IllegalStateException if there is none
     * @throws ChannelException if it is not open
     */
    public int take(String name) {
        return take(find(name));
    }

    private synchronized <T> T take(int index, IntFunction<T> use) {
        if (index < 0 || index >= descriptors.length) {
            throw new IndexOutOfBoundsException("socket: " + index + " (expected: " + (descriptors.length == 0
                    ? "none; " + absence : "0 to " + (descriptors.length - 1)) + ')');
        }
        if (taken[index]) {
            throw new IllegalStateException("socket: " + index + " (" + names.get(index)
                    + ") was handed out before (expected: each once)");
        }
        T result = use.apply(descriptors[index]);
        taken[index] = true;
        return result;
    }

    private synchronized int find(String name) {
        for (int i = 0; i < taken.length; i++) {
            if (!taken[i] && names.get(i).equals(name)) {
                return i;
            }
        }
        throw new IllegalStateException("socket: " + name + " (expected: one of " + names + " that was not handed out"
                + (names.isEmpty() ? "; " + absence : "") + ')');
    }

    private static boolean isVsock(int fd) {
        int domain = GivenSocket.domain(fd, EXPECTED);
        if (domain != NativeConstants.AF_VSOCK && domain != NativeConstants.AF_UNIX) {
            throw new IllegalArgumentException("descriptor: " + fd + " is " + GivenSocket.name(domain) + " socket "
                    + EXPECTED);
        }
        return domain == NativeConstants.AF_VSOCK;
    }

    @Override
    public String toString() {
        return names.isEmpty() ? "none: " + absence : names.toString();
    }
}
