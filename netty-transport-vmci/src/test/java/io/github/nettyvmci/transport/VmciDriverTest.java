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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.NeedsVmx;
import io.github.nettyvmci.testing.Vmx;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What the VMCI driver does otherwise than loopback and virtio. */
@NeedsVmx
class VmciDriverTest {

    /** The peer sees a close in milliseconds, or else by a timer of the kernel, after one second at least. */
    private static final long SOON_NANOS = TimeUnit.SECONDS.toNanos(1);

    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private Channel listen(ServerBootstrap server) throws Exception {
        ChannelFuture bound = server.bind(VmciAddress.of(VmciAddress.CID_ANY, VmciAddress.PORT_ANY));
        Waits.get(bound);
        return bound.channel();
    }

    private static long port(Channel server) {
        return ((VmciServerChannel) server).localAddress().port();
    }

    private Channel connect(Bootstrap client, VmciAddress remote) throws Exception {
        return rig.connect(client, remote);
    }

    /**
     * The kernel keeps a socket whose connect was not waited for until the connect's time is over. The quickest of a
     * few closes counts, since the machine may be busy.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLetThePeerSeeACloseAtOnce(boolean client) throws Exception {
        try (Vmx vmx = new Vmx()) {
            Channel server = listen(rig.server(Recorder::new));
            long quickest = Long.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                Channel connected = connect(rig.client(new Recorder()), vmx.address(port(server)));
                Channel accepted = rig.accepted();
                Waits.get(connected.writeAndFlush(Rig.text("x")));
                accepted.pipeline().get(Recorder.class).awaitBytes(1);
                long start = System.nanoTime();
                Channel other = client ? accepted : connected;
                Waits.get((client ? connected : accepted).close());
                Waits.get(other.closeFuture());
                quickest = Math.min(quickest, System.nanoTime() - start);
            }
            assertTrue(quickest < SOON_NANOS, "the end was seen after " + quickest / 1_000_000 + " ms");
        }
    }

    /** When one end of a VMCI connection goes, what the other has not read goes with it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldDeliverWhatWasWrittenBeforeCloseThoughTheDriverDropsIt(boolean client) throws Exception {
        try (Vmx vmx = new Vmx("--close", "detach")) {
            Channel server = listen(rig.server(Recorder::new).childOption(ChannelOption.AUTO_READ, !client));
            Channel connected = connect(rig.client(new Recorder()).option(ChannelOption.AUTO_READ, client),
                    vmx.address(port(server)));
            Channel accepted = rig.accepted();
            Channel sender = client ? connected : accepted;
            Channel reader = client ? accepted : connected;
            int size = 200_000;
            ChannelFuture write = sender.writeAndFlush(Unpooled.buffer(size).writeZero(size))
                    .addListener(ChannelFutureListener.CLOSE);
            Waits.get(write);
            Rig.on(sender, () -> null);
            reader.config().setAutoRead(true);
            Recorder saw = reader.pipeline().get(Recorder.class);
            Waits.get(saw.inactive);
            assertEquals(size, saw.bytes());
            assertTrue(saw.failures.isEmpty(), saw.failures.toString());
            Waits.get(sender.closeFuture());
        }
    }

    @Test
    void shouldSayThatAMachineRefuses() throws Exception {
        try (Vmx vmx = new Vmx("--mode", "refuse")) {
            Throwable failure = Waits.failure(rig.client(new Recorder()).connect(vmx.address(5555)));
            assertSame(ConnectException.class, failure.getClass());
            assertTrue(failure.getMessage().contains("refused") && failure.getMessage().contains("ECONNRESET"),
                    failure.getMessage());
        }
    }

    /** The server's kernel forgets a half-open connection after one second, and refuses what comes for it then. */
    @Test
    void shouldSayThatAHandshakeTookTooLong() throws Exception {
        try (Vmx vmx = new Vmx("--mode", "slow")) {
            Channel server = listen(rig.server(Recorder::new));
            Throwable failure = Waits.failure(rig.client(new Recorder()).connect(vmx.address(port(server))));
            assertSame(ConnectException.class, failure.getClass());
            assertTrue(failure.getMessage().contains("refused")
                    && failure.getMessage().contains(ConnectErrors.HANDSHAKE_TOOK_LONG), failure.getMessage());
        }
    }

    @Test
    void shouldSayThatAMachineDoesNotAnswer() throws Exception {
        try (Vmx vmx = new Vmx("--mode", "silent")) {
            Throwable failure = Waits.failure(rig.client(new Recorder())
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 1500).connect(vmx.address(5555)));
            assertSame(ConnectTimeoutException.class, failure.getClass());
            assertTrue(failure.getMessage().contains("ETIMEDOUT"), failure.getMessage());
        }
    }

    /** Hundreds of queue pairs at once, each with its own memory and notifications. */
    @Test
    void shouldCarryTwoHundredConnectionsAtOnce() throws Exception {
        try (Vmx vmx = new Vmx()) {
            Channel server = listen(rig.server(Rig::echo).option(ChannelOption.SO_BACKLOG, 256));
            List<Recorder> saw = new ArrayList<>();
            List<Channel> connected = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                saw.add(new Recorder());
                // The kernel gives a handshake one second, and hundreds at once take longer.
                connected.add(connect(rig.client(saw.get(i)), vmx.address(port(server))));
            }
            for (int i = 0; i < 200; i++) {
                connected.get(i).writeAndFlush(Rig.text("number " + i));
            }
            for (int i = 0; i < 200; i++) {
                String expected = "number " + i;
                saw.get(i).awaitBytes(expected.length());
                assertEquals(expected, saw.get(i).text());
                Waits.get(connected.get(i).close());
            }
        }
    }

    @Test
    void shouldAnswerAfterThePeerEndedItsOutput() throws Exception {
        try (Vmx vmx = new Vmx()) {
            Channel server = listen(rig.server(Recorder::new).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true));
            Recorder clientSaw = new Recorder();
            Channel client = connect(rig.client(clientSaw).option(ChannelOption.ALLOW_HALF_CLOSURE, true),
                    vmx.address(port(server)));
            Channel accepted = rig.accepted();
            Recorder serverSaw = accepted.pipeline().get(Recorder.class);
            Waits.get(client.writeAndFlush(Rig.text("question")));
            Waits.get(((DuplexChannel) client).shutdownOutput());
            serverSaw.await("ChannelInputShutdownReadComplete");
            assertEquals("question", serverSaw.text());
            int size = 8 << 20;
            Waits.get(accepted.writeAndFlush(Unpooled.buffer(size).writeZero(size)));
            clientSaw.awaitBytes(size);
            Waits.get(accepted.close());
            clientSaw.await("ChannelInputShutdownReadComplete");
            assertEquals(size, clientSaw.bytes());
            Waits.get(client.close());
        }
    }

    @Test
    void shouldTellBothEndsWhenTheMachineIsKilled() throws Exception {
        Recorder clientSaw = new Recorder();
        Channel accepted;
        try (Vmx vmx = new Vmx()) {
            Channel server = listen(rig.server(Recorder::new));
            connect(rig.client(clientSaw), vmx.address(port(server)));
            accepted = rig.accepted();
        }
        Waits.get(clientSaw.inactive);
        Waits.get(accepted.closeFuture());
    }

    /** The client's size counts if it lies within the server's bounds. */
    @Test
    void shouldTakeTheClientsBufferSizeWithinTheServersBounds() throws Exception {
        try (Vmx vmx = new Vmx()) {
            assertEquals(4095, window(vmx, 4096, 65536));
            assertEquals(65535, window(vmx, 65536, 65536));
            assertEquals(65535, window(vmx, 65536, 262_144));
        }
    }

    /** Returns how many bytes the kernel takes while nobody reads. */
    private long window(Vmx vmx, long clientSize, long serverSize) throws Exception {
        Channel server = listen(rig.server(Recorder::new).option(VmciChannelOption.BUFFER_SIZE, serverSize)
                .childOption(ChannelOption.AUTO_READ, false));
        Channel client = connect(rig.client(new Recorder()).option(VmciChannelOption.BUFFER_SIZE, clientSize),
                vmx.address(port(server)));
        int all = 1 << 20;
        long left = Rig.on(client, () -> {
            client.writeAndFlush(Unpooled.buffer(all).writeZero(all));
            return (long) ((io.netty.buffer.ByteBuf) client.unsafe().outboundBuffer().current()).readableBytes();
        });
        Waits.get(rig.accepted().close());
        Waits.get(client.close());
        Waits.get(server.close());
        return all - left;
    }

    /** The kernel writes the host's CID over the wild card of a listener that a VMCI peer has come to. */
    @Test
    void shouldReachAWildCardListenerAtTheHostsCid() throws Exception {
        try (Vmx vmx = new Vmx()) {
            Channel server = listen(rig.server(Recorder::new));
            Waits.get(connect(rig.client(new Recorder()), VmciAddress.of(VmciAddress.CID_LOCAL, port(server))).close());
            Waits.get(rig.accepted().closeFuture());
            Waits.get(connect(rig.client(new Recorder()), vmx.address(port(server))).close());
            Waits.get(rig.accepted().closeFuture());
            Throwable failure = Waits.failure(rig.client(new Recorder())
                    .connect(VmciAddress.of(VmciAddress.CID_LOCAL, port(server))));
            assertInstanceOf(ConnectException.class, failure);
            Waits.get(connect(rig.client(new Recorder()), VmciAddress.of(VmciAddress.CID_HOST, port(server))).close());
        }
    }
}
