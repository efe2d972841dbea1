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

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.testing.TestLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Another descriptor keeps a socket open (SCM_RIGHTS), so that closing ours would not end epoll's watch by itself. */
class DuplicateTest {

    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Returns another descriptor of the same open socket. */
    private static FileDescriptor duplicate(FileDescriptor original) throws Exception {
        DomainSocketAddress address = new DomainSocketAddress(TestFamily.newPath());
        Socket server = Socket.newSocketDomain();
        Socket sender = Socket.newSocketDomain();
        try {
            server.bind(address);
            server.listen(1);
            assertTrue(sender.connect(address));
            byte[] name = new byte[128];
            int fd;
            do {
                fd = server.accept(name);
            } while (fd < 0);
            Socket receiver = new Socket(fd);
            try {
                assertTrue(sender.sendFd(original.intValue()) >= 0);
                int result = receiver.recvFd();
                assertTrue(result > 0, "recvFd: " + result);
                return new FileDescriptor(result);
            } finally {
                receiver.close();
            }
        } finally {
            sender.close();
            server.close();
            Files.deleteIfExists(Path.of(address.path()));
        }
    }

    @Test
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
    void shouldNotWatchAClosedSocketThatSomebodyElseHasOpen() throws Exception {
        ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), TestLoops.newFactory());
        try (Rig rig = new Rig()) {
            Channel server = rig.listen(Recorder::new);
            ChannelFuture connect = new Bootstrap().group(loop).channel(TestFamily.CURRENT.clientChannel())
                    .handler(new Recorder()).connect(server.localAddress());
            while (!connect.isDone()) {
                loop.run(TimeUnit.MILLISECONDS.toNanos(10));
            }
            Channel client = connect.sync().channel();
            Channel peer = rig.accepted();
            FileDescriptor other = duplicate(((AbstractVmciChannel) client).fd());
            try {
                loop.runNow(); // from here on epoll watches it
                client.close();
                while (!client.closeFuture().isDone() || client.isRegistered()) {
                    loop.run(TimeUnit.MILLISECONDS.toNanos(10));
                }
                peer.close(); // the other's socket is readable from now on, and hung up
                Waits.get(peer.closeFuture());
                while (loop.runNow() > 0) {
                    Thread.onSpinWait();
                }
                long start = System.nanoTime();
                loop.run(WAIT_NANOS);
                assertTrue(System.nanoTime() - start > WAIT_NANOS / 2, "an event of a socket that this loop closed");
            } finally {
                other.close();
            }
        } finally {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            while (!loop.isTerminated()) {
                loop.runNow();
            }
        }
    }
}
