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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

class HalfCloseTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static Pair halfClosing() throws Exception {
        return rig.pair(rig.server(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                rig.client(new Recorder()).option(ChannelOption.ALLOW_HALF_CLOSURE, true));
    }

    /**
     * A request, the client's end, and then a response larger than any socket buffer. By then the server's socket is
     * out of epoll, as there was nothing left to hear of; waiting for it to be writable must put it there again.
     */
    @Test
    void shouldSendALargeResponseAfterTheClientEndedItsOutput() throws Exception {
        Pair pair = halfClosing();
        Waits.get(pair.client().writeAndFlush(Rig.text("request")));
        Waits.get(((DuplexChannel) pair.client()).shutdownOutput());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        assertEquals("request", pair.serverSaw().text());

        int size = 64 << 20;
        byte[] piece = new byte[1 << 20];
        CRC32 expected = new CRC32();
        List<ChannelFuture> writes = new ArrayList<>();
        for (int sent = 0; sent < size; sent += piece.length) {
            java.util.Arrays.fill(piece, (byte) (sent >> 20));
            expected.update(piece);
            writes.add(pair.server().write(Unpooled.copiedBuffer(piece)));
        }
        pair.server().flush();
        pair.clientSaw().awaitBytes(size);
        for (ChannelFuture write : writes) {
            Waits.get(write);
        }
        Waits.get(pair.server().close());
        Waits.get(pair.client().close());
        assertEquals(size, pair.clientSaw().bytes());
        assertEquals(expected.getValue(), pair.clientSaw().checksum());
        assertTrue(pair.serverSaw().failures.isEmpty(), pair.serverSaw().failures.toString());
    }

    @Test
    void shouldNoticeThePeersCloseThoughNobodyReads() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false),
                rig.client(new Recorder()));
        Waits.get(pair.client().close());
        Waits.get(pair.server().closeFuture());
    }

    @Test
    void shouldDeliverWhatCameBeforeThePeersCloseThoughNobodyReads() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false),
                rig.client(new Recorder()));
        Waits.get(pair.client().writeAndFlush(Rig.text("farewell")));
        Waits.get(pair.client().close());
        Waits.get(pair.serverSaw().inactive);
        assertEquals("farewell", pair.serverSaw().text());
    }

    @Test
    void shouldKeepThePeersAddressWhenHalfClosed() throws Exception {
        // After shutdown(2) the kernel's getpeername() says that an AF_VSOCK socket is not connected.
        Pair pair = halfClosing();
        Object remote = pair.client().remoteAddress();
        Waits.get(((DuplexChannel) pair.client()).shutdownOutput());
        assertEquals(remote, pair.client().remoteAddress());
        assertTrue(pair.client().isActive());
        Waits.get(pair.server().writeAndFlush(Rig.text("the other way is open")));
        pair.clientSaw().awaitBytes(21);
        Waits.get(pair.client().close());
    }

    @Test
    void shouldBeQuietWhenTheOutputIsShutWhileTheKernelTakesNoMore() throws Exception {
        Pair pair = halfClosing();
        pair.server().config().setAutoRead(false);
        ChannelFuture write = pair.client().writeAndFlush(Unpooled.wrappedBuffer(new byte[32 << 20]));
        VmciIoOps armed = VmciIoOps.EPOLLOUT;
        AbstractVmciChannel client = (AbstractVmciChannel) pair.client();
        assertTrue(Rig.on(client, () -> client.interestedIn(armed)));
        Waits.get(((DuplexChannel) client).shutdownOutput());
        Waits.failure(write);
        // An AF_UNIX socket stays writable after shutdown(2), so that an interest in EPOLLOUT would spin.
        assertFalse(Rig.on(client, () -> client.interestedIn(armed)));
        Waits.get(client.close());
    }

    @Test
    void shouldShutDownTheOutputOfAChannelThatIsOnNoEventLoop() throws Exception {
        Pair pair = halfClosing();
        Waits.get(pair.client().deregister());
        Waits.get(((DuplexChannel) pair.client()).shutdownOutput());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        Waits.get(pair.server().close());
        Waits.get(pair.client().close());
    }

    @Test
    void shouldNotTouchTheNextOwnerOfAClosedDescriptor() throws Exception {
        Pair closed = rig.pair();
        int number = ((AbstractVmciChannel) closed.client()).fd().intValue();
        Waits.get(closed.client().close());
        Pair next = rig.pair();
        List<Pair> others = new ArrayList<>();
        others.add(next);
        while (((AbstractVmciChannel) next.client()).fd().intValue() != number && others.size() < 50) {
            next = rig.pair();
            others.add(next);
        }
        assertInstanceOf(ClosedChannelException.class,
                Waits.failure(((DuplexChannel) closed.client()).shutdownInput()));
        assertInstanceOf(ClosedChannelException.class,
                Waits.failure(((DuplexChannel) closed.client()).shutdownOutput()));
        for (Pair other : others) {
            Waits.get(other.server().writeAndFlush(Rig.text("unharmed")));
            other.clientSaw().awaitBytes(8);
            Waits.get(other.client().close());
            Waits.get(other.listening().close());
        }
    }

    /** The channel is closed while its descriptor is not yet, and was connected all the same. */
    @Test
    void shouldSayThatAChannelWasClosedWhileItsDescriptorIsBeingClosed() throws Exception {
        SlowlyClosing family = new SlowlyClosing();
        Pair pair = rig.pairWith(family);
        pair.client().config().setOption(ChannelOption.SO_LINGER, 1);
        ChannelFuture closed = pair.client().close();
        try {
            Waits.latch(family.closing);
            for (ChannelFuture shutdown : List.of(((DuplexChannel) pair.client()).shutdownInput(),
                    ((DuplexChannel) pair.client()).shutdown())) {
                assertInstanceOf(ClosedChannelException.class, Waits.failure(shutdown));
            }
        } finally {
            family.goOn.countDown();
        }
        Waits.get(closed);
    }
}
