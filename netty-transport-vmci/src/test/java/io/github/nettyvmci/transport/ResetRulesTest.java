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

import static io.github.nettyvmci.transport.NativeConstants.ECONNRESET;
import static io.github.nettyvmci.transport.NativeConstants.ENOBUFS;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLERR;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLHUP;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLIN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLOUT;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLRDHUP;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The transport is reset (a snapshot is restored, a machine migrates or ends, a device is taken away), which loopback
 * never shows. The event is {@code OUT|ERR}, calls fail with ENOTCONN, and the cause is in SO_ERROR alone, until
 * somebody reads it.
 */
class ResetRulesTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    /** An AF_UNIX socket on which a test can do as if the transport was reset. */
    private static final class ResettingFamily extends UnixFamily {

        final AtomicInteger errorReads = new AtomicInteger();
        /** What recv answers after {@link #reset}, when the queue is empty. */
        volatile int afterwards = -ENOTCONN;
        /** Whether queued data can still be read (the host's side of a dead guest) or is lost (the guest's side). */
        volatile boolean keepsQueue;
        private volatile boolean reset;
        private volatile int pendingError;

        void reset(int error) {
            pendingError = error;
            reset = true;
        }

        @Override
        int recv(int fd, long address, int length) {
            if (!reset) {
                return super.recv(fd, address, length);
            }
            int result = keepsQueue ? super.recv(fd, address, length) : -1;
            return result > 0 ? result : afterwards;
        }

        @Override
        int send(int fd, long address, int length) {
            return reset ? -ENOTCONN : super.send(fd, address, length);
        }

        @Override
        long sendv(int fd, long iov, int count) {
            return reset ? -ENOTCONN : super.sendv(fd, iov, count);
        }

        @Override
        int soError(int fd) {
            errorReads.incrementAndGet();
            int error = pendingError;
            pendingError = 0;
            return reset ? error : super.soError(fd);
        }
    }

    private static void assertLost(Recorder saw, String errno) throws Exception {
        Waits.get(saw.inactive);
        assertEquals(1, saw.failures.size(), saw.failures.toString());
        Throwable cause = saw.failures.get(0);
        assertInstanceOf(IOException.class, cause);
        assertTrue(cause.getMessage().startsWith("connection(") && cause.getMessage().contains(" lost: ")
                && cause.getMessage().contains(errno), cause.getMessage());
    }

    @Test
    void shouldTakeTheCauseFromSoErrorWhenTheTransportIsReset() throws Exception {
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family);
        family.reset(ECONNRESET);
        Rig.event(pair.client(), EPOLLOUT | EPOLLERR);
        assertLost(pair.clientSaw(), "ECONNRESET");
        assertEquals(1, family.errorReads.get());
    }

    @Test
    void shouldCloseOnResetThoughNobodyReads() throws Exception {
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family, false);
        family.reset(ECONNRESET);
        Rig.event(pair.client(), EPOLLOUT | EPOLLERR);
        assertLost(pair.clientSaw(), "ECONNRESET");
    }

    @Test
    void shouldFailPendingWritesOnReset() throws Exception {
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family);
        Rig.on(pair.server(), () -> pair.server().config().setAutoRead(false));
        ChannelFuture write = pair.client().writeAndFlush(Unpooled.wrappedBuffer(new byte[8 << 20]));
        assertFalse(Rig.on(pair.client(), write::isDone));
        family.reset(ECONNRESET);
        Rig.event(pair.client(), EPOLLOUT | EPOLLERR);
        assertLost(pair.clientSaw(), "ECONNRESET");
        assertCause(Waits.failure(write));
        assertCause(Waits.failure(pair.client().writeAndFlush(Rig.text("later"))));
    }

    /** Checks that the failure is the reset, or has it as its cause. */
    private static void assertCause(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t.getMessage() != null && t.getMessage().contains("ECONNRESET")) {
                return;
            }
        }
        throw new AssertionError("no ECONNRESET in the causes of the failure", failure);
    }

    @Test
    void shouldNameTheCauseWhenAWriteMeetsTheResetFirst() throws Exception {
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family);
        family.reset(ECONNRESET);
        Throwable failure = Waits.failure(pair.client().writeAndFlush(Rig.text("too late")));
        assertInstanceOf(IOException.class, failure);
        assertTrue(failure.getMessage().contains("ECONNRESET"), failure.getMessage());
        Waits.get(pair.clientSaw().inactive);
    }

    @Test
    void shouldNameTheCauseWhenAReadMeetsTheResetFirst() throws Exception {
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family);
        family.reset(ECONNRESET);
        Rig.event(pair.client(), EPOLLIN | EPOLLOUT);
        assertLost(pair.clientSaw(), "ECONNRESET");
    }

    @Test
    void shouldDeliverWhatIsQueuedBeforeTheCauseOnTheHost() throws Exception {
        ResettingFamily family = new ResettingFamily();
        family.keepsQueue = true;
        family.afterwards = 0;
        Pair pair = rig.pairWith(family, false);
        Waits.get(pair.server().writeAndFlush(Rig.text("last words")));
        family.reset(ECONNRESET);
        Rig.event(pair.client(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR);
        assertLost(pair.clientSaw(), "ECONNRESET");
        assertEquals("last words", pair.clientSaw().text());
        assertEquals(List.of("active", "read", "readComplete", "exception", "inactive"), pair.clientSaw().log());
    }

    @Test
    void shouldNameTheOptionWhenTheReceiveQueueOverran() throws Exception {
        ResettingFamily family = new ResettingFamily();
        family.keepsQueue = true;
        family.afterwards = 0;
        Pair pair = rig.pairWith(family);
        family.reset(ENOBUFS);
        Rig.event(pair.client(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR);
        assertLost(pair.clientSaw(), "ENOBUFS");
        assertTrue(pair.clientSaw().failures.get(0).getMessage().contains("VmciChannelOption.BUFFER_SIZE"));
    }

    @Test
    void shouldStayOpenWhenErrComesWithoutAnError() throws Exception {
        Pair pair = rig.pairWith(new ResettingFamily());
        Rig.event(pair.client(), EPOLLOUT | EPOLLERR);
        Waits.get(pair.server().writeAndFlush(Rig.text("still here")));
        pair.clientSaw().awaitBytes(10);
        assertTrue(pair.clientSaw().failures.isEmpty());
        assertTrue(pair.client().isActive());
    }

    @Test
    void shouldNotReadUnaskedWhenErrComesWithoutAnError() throws Exception {
        Pair pair = rig.pairWith(new ResettingFamily(), false);
        Waits.get(pair.server().writeAndFlush(Rig.text("later")));
        Rig.event(pair.client(), EPOLLOUT | EPOLLERR);
        assertEquals(0, pair.clientSaw().bytes());
        pair.client().read();
        pair.clientSaw().awaitBytes(5);
    }

    @Test
    void shouldTakeNotConnectedOnAConnectionAsItsEnd() throws Exception {
        // "Peer closed, then we shut our output": recv says ENOTCONN instead of 0, and SO_ERROR is 0.
        ResettingFamily family = new ResettingFamily();
        Pair pair = rig.pairWith(family);
        family.reset(0);
        Rig.event(pair.client(), EPOLLIN | EPOLLRDHUP | EPOLLHUP);
        Waits.get(pair.clientSaw().inactive);
        assertTrue(pair.clientSaw().failures.isEmpty(), pair.clientSaw().failures.toString());
    }

    /**
     * The event is the kernel's own: an AF_UNIX peer that closes with unread data resets the connection, as AF_VSOCK
     * does with the host's sockets when a guest's machine ends. The event comes only while the descriptor is in epoll.
     */
    @Test
    void shouldReportAResetAfterTheInputEnded() throws Exception {
        Pair pair = rig.pairWith(new UnixFamily());
        pair.client().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        Rig.on(pair.server(), () -> pair.server().config().setAutoRead(false));
        Waits.get(((io.netty.channel.socket.DuplexChannel) pair.server()).shutdownOutput());
        pair.clientSaw().await("ChannelInputShutdownReadComplete");
        Waits.get(pair.client().writeAndFlush(Rig.text("never read")));
        Waits.get(pair.server().close());
        assertLost(pair.clientSaw(), "ECONNRESET");
    }

    /** When both ends have said that they send no more, the kernel reports it without end. Nobody may spin on it. */
    @Test
    void shouldNotSpinWhenBothEndsAreHalfClosed() throws Exception {
        Pair pair = rig.pairWith(new UnixFamily());
        pair.client().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        pair.server().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        Waits.get(((io.netty.channel.socket.DuplexChannel) pair.server()).shutdownOutput());
        pair.clientSaw().await("ChannelInputShutdownReadComplete");
        Waits.get(((io.netty.channel.socket.DuplexChannel) pair.client()).shutdownOutput());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        AbstractVmciChannel client = (AbstractVmciChannel) pair.client();
        Waits.until("no interest", () -> !client.interestedIn(VmciIoOps.EPOLLERR));
        Waits.get(client.close());
        Waits.get(pair.server().close());
    }

    @Test
    void shouldReadTheErrorOfAConnectOnce() throws Exception {
        SilentFamily family = new SilentFamily();
        Bootstrap client = rig.client(new Recorder(), family);
        ChannelFuture connect = client.connect(new io.netty.channel.unix.DomainSocketAddress("/nobody"));
        Channel channel = connect.channel();
        Waits.until("connect called", () -> family.calls.contains("connect"));
        family.pendingError = ECONNRESET;
        Rig.event(channel, EPOLLOUT | EPOLLERR);
        Throwable failure = Waits.failure(connect);
        assertTrue(failure.getMessage().contains("ECONNRESET"), failure.getMessage());
        assertEquals(1, family.calls.stream().filter("soError"::equals).count());
        Waits.get(channel.closeFuture());
    }
}
