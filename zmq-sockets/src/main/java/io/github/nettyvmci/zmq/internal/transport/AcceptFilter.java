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
package io.github.nettyvmci.zmq.internal.transport;

import io.github.nettyvmci.transport.VmciPeerCredentials;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.util.List;

/**
 * Decides which peers a bind accepts, by {@code TCP_ACCEPT_FILTER} and {@code IPC_FILTER_*}. If none of them is set,
 * every peer is accepted.
 */
final class AcceptFilter {

    private AcceptFilter() {
    }

    private static byte[] address(String network) {
        int slash = network.indexOf('/');
        return NetUtil.createByteArrayFromIpAddressString(slash < 0 ? network : network.substring(0, slash));
    }

    static boolean admits(ZmqOptions options, InetAddress peer) {
        List<String> networks = options.get(ZmqOption.TCP_ACCEPT_FILTER);
        return networks.isEmpty() || networks.stream().anyMatch(network -> contains(network, peer.getAddress()));
    }

    private static boolean contains(String network, byte[] peer) {
        byte[] address = address(network);
        int slash = network.indexOf('/');
        int bits = slash < 0 ? address.length * 8 : Integer.parseInt(network.substring(slash + 1));
        if (address.length != peer.length) {
            return false;
        }
        for (int i = 0; bits > 0; i++, bits -= 8) {
            int mask = bits >= 8 ? 0xff : 0xff00 >> bits & 0xff;
            if (((address[i] ^ peer[i]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns whether no IPC filter is set, or one names the process, its user or one of its groups. No filter names a
     * peer that is {@code null}, whose process is unknown.
     */
    static boolean admits(ZmqOptions options, @Nullable VmciPeerCredentials peer) {
        List<String> pids = options.get(ZmqOption.IPC_FILTER_PID);
        List<String> uids = options.get(ZmqOption.IPC_FILTER_UID);
        List<String> gids = options.get(ZmqOption.IPC_FILTER_GID);
        return pids.isEmpty() && uids.isEmpty() && gids.isEmpty()
                || peer != null && (names(pids, peer.pid()) || names(uids, peer.uid()) || names(gids, peer.gid())
                || peer.groups().stream().anyMatch(gid -> names(gids, gid)));
    }

    private static boolean names(List<String> numbers, long number) {
        return numbers.stream().anyMatch(one -> Long.parseLong(one) == number);
    }
}
