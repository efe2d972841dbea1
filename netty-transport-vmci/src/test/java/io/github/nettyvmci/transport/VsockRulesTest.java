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

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

/** What connected AF_VSOCK sockets do otherwise than TCP's. */
@NeedsVm
class VsockRulesTest {

    private static final int WINDOW = 262_144;
    /** VMCI's ring is full one byte before its end. */
    private static final int SPARE = TestFamily.OVER_VMCI ? 1 : 0;

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** Returns how many bytes the kernel takes while nobody reads. */
    private static long window(long clientSize, long serverSize) throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).option(VmciChannelOption.BUFFER_SIZE, serverSize)
                .childOption(ChannelOption.AUTO_READ, false),
                rig.client(new Recorder()).option(VmciChannelOption.BUFFER_SIZE, clientSize));
        int all = 4 << 20;
        Channel client = pair.client();
        long pending = Rig.on(client, () -> {
            client.writeAndFlush(Unpooled.buffer(all).writeZero(all));
            return ((io.netty.buffer.ByteBuf) client.unsafe().outboundBuffer().current()).readableBytes() + 0L;
        });
        Waits.get(client.close());
        Waits.get(pair.listening().close());
        return all - pending;
    }

    @Test
    void shouldHaveTheSmallerOfTheTwoEndsWindows() throws Exception {
        assertEquals(WINDOW - SPARE, window(WINDOW, WINDOW));
        assertEquals(WINDOW - SPARE, window(1 << 20, WINDOW));
        assertEquals(WINDOW - SPARE, window(WINDOW, 1 << 20));
        assertEquals((1 << 20) - SPARE, window(1 << 20, 1 << 20));
    }

    @Test
    void shouldDeliverWhatWasWrittenBeforeClose() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, false),
                rig.client(new Recorder()));
        Waits.get(pair.client().writeAndFlush(Unpooled.buffer(WINDOW - SPARE).writeZero(WINDOW - SPARE)));
        Waits.get(pair.client().close());
        Waits.get(pair.serverSaw().inactive);
        assertEquals(WINDOW - SPARE, pair.serverSaw().bytes());
        assertTrue(pair.serverSaw().failures.isEmpty(), pair.serverSaw().failures.toString());
    }

    /** When the peer has closed and this end shuts its output, recv answers ENOTCONN, which is the end, no failure. */
    @Test
    void shouldTakeNotConnectedAfterBothEndsAsTheEnd() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                rig.client(new Recorder()));
        int fd = ((AbstractVmciChannel) pair.server()).fd().intValue();
        ByteBuffer one = ByteBuffer.allocateDirect(1);
        Rig.on(pair.server(), () -> {
            pair.client().close();
            long address = io.netty.channel.unix.Buffer.memoryAddress(one);
            Waits.until("the peer's end", () -> Native.recv(fd, address, 1) == 0);
            Waits.get(((DuplexChannel) pair.server()).shutdownOutput());
            int end = TestFamily.OVER_VMCI ? 0 : -NativeConstants.ENOTCONN; // VMCI goes on reporting the end
            assertEquals(end, Native.recv(fd, address, 1));
            return null;
        });
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        assertTrue(pair.serverSaw().failures.isEmpty(), pair.serverSaw().failures.toString());
        Waits.get(pair.server().close());
    }

    /** shutdownInput() is seen by the peer, whose writes fail. */
    @Test
    void shouldFailThePeersWritesAfterShutdownInput() throws Exception {
        Pair pair = rig.pair(rig.server(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                rig.client(new Recorder()));
        Waits.get(((DuplexChannel) pair.server()).shutdownInput());
        Waits.until("broken pipe", () -> {
            var write = pair.client().writeAndFlush(Rig.text("x")).awaitUninterruptibly();
            return !write.isSuccess();
        });
        Waits.get(pair.client().closeFuture());
        Waits.get(pair.server().close());
    }

    @Test
    void shouldCloseQueuedConnectionsWithTheListener() throws Exception {
        Channel server = rig.listen(rig.server(Recorder::new).option(ChannelOption.AUTO_READ, false));
        Recorder saw = new Recorder();
        Channel client = rig.connect(rig.client(saw), server);
        Waits.get(client.writeAndFlush(Rig.text("nobody reads this")));
        Waits.get(server.close());
        Waits.get(saw.inactive);
    }

    @Test
    void shouldSetTheKernelsConnectTimeout() throws Exception {
        Channel server = rig.listen(Recorder::new);
        Channel client = rig.connect(rig.client(new Recorder())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 8000), server);
        int fd = ((AbstractVmciChannel) client).fd().intValue();
        assertEquals(2000, SockOpt.getTimeout(fd, NativeConstants.AF_VSOCK,
                NativeConstants.SO_VM_SOCKETS_CONNECT_TIMEOUT));
        Waits.get(client.close());
        Waits.get(server.close());
    }
}
