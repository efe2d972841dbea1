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
package io.github.nettyvmci.zmq;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * The process at the other end of a Unix socket, as it was when it connected ({@code SO_PEERCRED}, unix(7)).
 *
 * @param pid process id
 * @param uid effective user id
 * @param gid effective group id
 */
record PeerProcess(long pid, long uid, long gid) {

    /** {@code struct ucred}: three 32-bit numbers. SOL_SOCKET is 1 and SO_PEERCRED 17 on the architectures we have. */
    private static final RawUnixChannelOption CREDENTIALS =
            new RawUnixChannelOption(PeerProcess.class.getName() + ".CREDENTIALS", 1, 17, 12);

    /** SO_PEERGROUPS, since Linux 4.13: 32-bit numbers, of which a process may have 65536; most have few. */
    private static final RawUnixChannelOption FEW_GROUPS =
            new RawUnixChannelOption(PeerProcess.class.getName() + ".FEW_GROUPS", 1, 59, 4 * 64);
    private static final RawUnixChannelOption ALL_GROUPS =
            new RawUnixChannelOption(PeerProcess.class.getName() + ".ALL_GROUPS", 1, 59, 4 * 65536);

    /** Returns the supplementary groups that the peer's process had when it connected; none if nobody tells. */
    static long[] groups(Channel channel) {
        for (RawUnixChannelOption option : new RawUnixChannelOption[] {FEW_GROUPS, ALL_GROUPS}) {
            try {
                ByteBuffer groups = channel.config().getOption(option);
                if (groups != null) {
                    IntBuffer numbers = groups.order(ByteOrder.nativeOrder()).asIntBuffer();
                    long[] all = new long[numbers.remaining()];
                    Arrays.setAll(all, i -> Integer.toUnsignedLong(numbers.get(i)));
                    return all;
                }
            } catch (ChannelException e) {
                // ERANGE: too many for the shorter one. An old kernel, or the connection is gone: as if it had none.
            }
        }
        return new long[0];
    }

    /** Returns {@code null} if the kernel does not tell: the connection is gone. */
    static PeerProcess of(Channel channel) {
        try {
            ByteBuffer ucred = channel.config().getOption(CREDENTIALS);
            if (ucred == null) {
                return null;
            }
            ucred.order(ByteOrder.nativeOrder());
            return new PeerProcess(Integer.toUnsignedLong(ucred.getInt(0)), Integer.toUnsignedLong(ucred.getInt(4)),
                    Integer.toUnsignedLong(ucred.getInt(8)));
        } catch (ChannelException e) {
            return null;
        }
    }
}
