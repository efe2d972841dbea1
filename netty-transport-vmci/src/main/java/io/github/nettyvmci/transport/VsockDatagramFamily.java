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

import io.netty.channel.ChannelException;

/**
 * AF_VSOCK datagram sockets, which only VMware's VMCI transport has.
 */
class VsockDatagramFamily extends VsockFamily {

    static final VsockDatagramFamily INSTANCE = new VsockDatagramFamily();

    @Override
    int socket() {
        return Native.datagramSocket(number());
    }

    @Override
    ChannelException socketFailed(int negErrno) {
        return DatagramErrors.socketFailed(negErrno);
    }

    /** There is no connection that somebody would have to be told of. */
    @Override
    boolean closeTellsPeer() {
        return true;
    }

    /** Sends one datagram, and returns its length. */
    int sendTo(int fd, long address, int length, VmciAddress recipient) {
        return Native.sendToVsock(fd, address, length, (int) recipient.cid(), (int) recipient.port());
    }

    /** Receives one datagram, see {@link Native#recvFromVsock}. */
    int receiveFrom(int fd, long address, int length, long out) {
        return Native.recvFromVsock(fd, address, length, out);
    }
}
