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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** How VMware's and Hyper-V's transports differ from loopback, on families that behave as those do. */
class TransportRulesTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    /** Behaves as VMCI does on the host: when the guest's end is closed, what the host has not read is gone. */
    private static final class LosingFamily extends UnixFamily {

        volatile boolean peerClosed;

        @Override
        int recv(int fd, long address, int length) {
            return peerClosed ? 0 : super.recv(fd, address, length);
        }
    }

    @Test
    void shouldTakeLostDataAsTheEndWhenAVmciGuestCloses() throws Exception {
        LosingFamily family = new LosingFamily();
        Pair pair = rig.pairWith(family, false); // the client is the host here, and the server the guest
        Waits.get(pair.server().writeAndFlush(Rig.text("lost")));
        family.peerClosed = true;
        Waits.get(pair.server().close());
        Waits.get(pair.clientSaw().inactive);
        assertEquals(0, pair.clientSaw().bytes());
        assertTrue(pair.clientSaw().failures.isEmpty(), pair.clientSaw().failures.toString());
    }

    @Test
    void shouldLoseNothingOverVmciWhenTheGuestWaitsForThePeerToEnd() throws Exception {
        LosingFamily family = new LosingFamily();
        Pair pair = rig.pairWith(family, false);
        pair.client().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        pair.server().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        pair.server().closeFuture().addListener(future -> family.peerClosed = true);
        // The output ends first, then the peer does, and then the channel is closed: nothing is lost on any transport.
        pair.server().write(Rig.text("kept"));
        pair.server().flush();
        Waits.get(((DuplexChannel) pair.server()).shutdownOutput());
        pair.client().config().setAutoRead(true);
        pair.clientSaw().await("ChannelInputShutdownReadComplete");
        assertTrue(pair.server().isOpen(), "half-closing must not close");
        Waits.get(((DuplexChannel) pair.client()).shutdownOutput());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        Waits.get(pair.server().close());
        assertEquals("kept", pair.clientSaw().text());
        assertTrue(pair.clientSaw().failures.isEmpty(), pair.clientSaw().failures.toString());
    }

    /** Behaves as Hyper-V does: one call returns one packet at most, however large the buffer. */
    private static final class PacketFamily extends UnixFamily {

        final int packet;

        PacketFamily(int packet) {
            this.packet = packet;
        }

        @Override
        int recv(int fd, long address, int length) {
            return super.recv(fd, address, Math.min(length, packet));
        }
    }

    @Test
    void shouldReadOnAfterAShortReadOfOnePacket() throws Exception {
        Pair pair = rig.pairWith(new PacketFamily(16384));
        byte[] content = new byte[3 << 20];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31);
        }
        Waits.get(pair.server().writeAndFlush(Unpooled.wrappedBuffer(content)));
        pair.clientSaw().awaitBytes(content.length);
        java.util.zip.CRC32 expected = new java.util.zip.CRC32();
        expected.update(content);
        assertEquals(expected.getValue(), pair.clientSaw().checksum());
    }

    @Test
    void shouldReadToTheEndPacketByPacketWhenThePeerClosed() throws Exception {
        Pair pair = rig.pairWith(new PacketFamily(7), false);
        Waits.get(pair.server().writeAndFlush(Rig.text("packet by packet to the end")));
        Waits.get(pair.server().close());
        Waits.get(pair.clientSaw().inactive);
        assertEquals("packet by packet to the end", pair.clientSaw().text());
        assertEquals(4, pair.clientSaw().messages());
    }
}
