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

import io.github.nettyvmci.testing.TestFamily;
import io.netty.channel.unix.Buffer;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** A bare socket of the family of this run, without event loop and channel; its calls wait, at most a minute. */
public final class RawSocket implements Closeable {

    private static final long WAIT_NANOS = 60_000_000_000L;

    private final NativeSocket socket;

    /** Opens a socket. */
    public RawSocket() {
        socket = NativeSocket.create(
                TestFamily.CURRENT == TestFamily.VSOCK ? VsockFamily.INSTANCE : UnixFamily.INSTANCE);
    }

    /** Returns the descriptor of a socket that listens, which is the caller's to close. */
    public static int listening(SocketAddress address) throws IOException {
        RawSocket raw = new RawSocket();
        check("bind", raw.socket.family.bind(raw.fd(), address));
        check("listen", raw.socket.family.listen(raw.fd(), 10));
        return raw.fd();
    }

    /** Connects to the server that is bound to this address. */
    public void connect(SocketAddress bound) throws IOException {
        SocketAddress remote = TestFamily.CURRENT.dial(bound);
        int result = socket.family.connect(socket.intValue(), remote, false);
        if (socket.family.connectInProgress(result)) {
            await(NativeConstants.EPOLLOUT);
            result = -socket.family.soError(socket.intValue());
        }
        check("connect", result);
    }

    /** Returns the number of the descriptor. */
    public int fd() {
        return socket.intValue();
    }

    /** Writes one byte. */
    public void write(int value) throws IOException {
        ByteBuffer one = ByteBuffer.allocateDirect(1).put(0, (byte) value);
        int result;
        while ((result = socket.send(one)) == -NativeConstants.EAGAIN) {
            await(NativeConstants.EPOLLOUT);
        }
        check("send", result);
    }

    /** Says that no more will be written. */
    public void shutdownOutput() throws IOException {
        check("shutdown", socket.shutdown(false, true));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void await(int event) throws IOException {
        int epoll = Native.epollCreate();
        check("epoll_create1", epoll);
        try {
            ByteBuffer events = ByteBuffer.allocateDirect(Native.epollEventSize());
            check("epoll_ctl", Native.epollCtl(epoll, NativeConstants.EPOLL_CTL_ADD, socket.intValue(), event, 0));
            int ready = Native.epollWait(epoll, Buffer.memoryAddress(events), 1, WAIT_NANOS, false);
            check("epoll_wait", ready == 0 ? -NativeConstants.ETIMEDOUT : ready);
        } finally {
            Native.close(epoll);
        }
    }

    private static void check(String operation, int result) throws IOException {
        if (result < 0) {
            throw new IOException(operation + ": " + Errno.describe(result));
        }
    }
}
