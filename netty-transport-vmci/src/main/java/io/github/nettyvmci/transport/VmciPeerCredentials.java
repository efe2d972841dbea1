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

import static io.github.nettyvmci.transport.NativeConstants.ERANGE;
import static io.github.nettyvmci.transport.NativeConstants.SOL_SOCKET;
import static io.github.nettyvmci.transport.NativeConstants.SO_PEERCRED;
import static io.github.nettyvmci.transport.NativeConstants.SO_PEERGROUPS;

import io.netty.channel.ChannelException;
import org.jspecify.annotations.Nullable;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The process at the other end of a Unix socket: of a client as it was when it connected, of a server as it was when it
 * began to listen ({@code SO_PEERCRED} and {@code SO_PEERGROUPS}, unix(7)). The kernel vouches for it; ids are those of
 * this process's name spaces. Immutable; two are equal if all ids are.
 *
 * <p>It is a class of its own, since only Netty's epoll and kqueue transports can make a
 * {@code io.netty.channel.unix.PeerCredentials}.
 */
public final class VmciPeerCredentials {

    /** Most processes have fewer groups, and so many fit into the scratch. */
    private static final int FEW_GROUPS = 32;
    /** The kernel's NGROUPS_MAX. */
    private static final int MAX_GROUPS = 65536;

    private final long pid;
    private final long uid;
    private final long gid;
    private final List<Long> groups;

    VmciPeerCredentials(long pid, long uid, long gid, List<Long> groups) {
        this.pid = pid;
        this.uid = uid;
        this.gid = gid;
        this.groups = List.copyOf(groups);
    }

    /** Asks the kernel about a connected socket. */
    static VmciPeerCredentials of(int fd) {
        int result = Native.getOption(fd, SOL_SOCKET, SO_PEERCRED, SockOpt.scratchAddress(), 3 * Integer.BYTES);
        if (result < 0) {
            throw new ChannelException(SocketErrors.optionFailed("SO_PEERCRED", null, result));
        }
        ByteBuffer ucred = SockOpt.scratch();
        long pid = unsigned(ucred, 0);
        long uid = unsigned(ucred, 1);
        long gid = unsigned(ucred, 2);
        return new VmciPeerCredentials(pid, uid, gid, groups(fd));
    }

    private static List<Long> groups(int fd) {
        int length = Native.getOption(fd, SOL_SOCKET, SO_PEERGROUPS, SockOpt.scratchAddress(),
                FEW_GROUPS * Integer.BYTES);
        if (length != -ERANGE) {
            return groups(SockOpt.scratch(), length);
        }
        ByteBuffer all = ByteBuffer.allocateDirect(MAX_GROUPS * Integer.BYTES).order(ByteOrder.nativeOrder());
        try {
            return groups(all, SockOpt.getRaw(fd, SOL_SOCKET, SO_PEERGROUPS, all));
        } finally {
            Reference.reachabilityFence(all);
        }
    }

    /** Returns the groups of an answer. An old kernel answers with an error, which counts as no groups. */
    private static List<Long> groups(ByteBuffer numbers, int length) {
        List<Long> groups = new ArrayList<>();
        for (int i = 0; i < length / Integer.BYTES; i++) {
            groups.add(unsigned(numbers, i));
        }
        return groups;
    }

    private static long unsigned(ByteBuffer numbers, int index) {
        return Integer.toUnsignedLong(numbers.getInt(index * Integer.BYTES));
    }

    /** {@return the process id; 0 for a process of another pid name space} */
    public long pid() {
        return pid;
    }

    /** {@return the effective user id, 0..4294967295} */
    public long uid() {
        return uid;
    }

    /** {@return the effective group id, 0..4294967295} */
    public long gid() {
        return gid;
    }

    /** {@return the ids of the supplementary groups, 0..4294967295 each; empty before Linux 4.13; immutable} */
    public List<Long> groups() {
        return groups;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof VmciPeerCredentials other && other.pid == pid && other.uid == uid && other.gid == gid
                && other.groups.equals(groups);
    }

    @Override
    public int hashCode() {
        return Objects.hash(pid, uid, gid, groups);
    }

    @Override
    public String toString() {
        return "VmciPeerCredentials[pid=" + pid + ", uid=" + uid + ", gid=" + gid + ", groups=" + groups + ']';
    }
}
