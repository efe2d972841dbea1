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

import io.github.nettyvmci.testing.TestLoops;
import io.github.nettyvmci.transport.Rig.Pair;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** How a channel of AF_VSOCK closes, where not every kernel delivers what was written before; shown over AF_UNIX. */
class CloseTest {

    private static final String OUTPUT = "shutdown " + NativeConstants.SHUT_WR;
    private static final String BOTH = "shutdown " + NativeConstants.SHUT_RDWR;

    private final Rig rig = new Rig(TestLoops.newGroup(1));
    /** The rig of the other ends, which a loop that ends must not close first. */
    private final Rig peers = new Rig(TestLoops.newGroup(1));
    private Channel listening;

    /** Closes as AF_VSOCK does, and notes each shutdown(2). */
    private static final class TellingFamily extends UnixFamily {

        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        boolean closeTellsPeer() {
            return false;
        }

        @Override
        int shutdown(int fd, int how) {
            calls.add("shutdown " + how);
            return super.shutdown(fd, how);
        }
    }

    @BeforeEach
    void start() throws Exception {
        var bound = peers.server(Recorder::new, io.github.nettyvmci.testing.TestFamily.UNIX)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .bind(io.github.nettyvmci.testing.TestFamily.UNIX.newAddress());
        Waits.get(bound);
        listening = bound.channel();
    }

    @AfterEach
    void stop() {
        rig.close();
        peers.close();
    }

    /** The server's end stays open when it has read to the end. */
    private Pair pair(TellingFamily family) throws Exception {
        Channel client = rig.connect(rig.client(new Recorder(), family), listening);
        Channel server = peers.accepted();
        return new Pair(listening, client, server, client.pipeline().get(Recorder.class),
                server.pipeline().get(Recorder.class));
    }

    private static VmciChannelConfig config(Channel channel) {
        return (VmciChannelConfig) channel.config();
    }

    @Test
    void shouldKeepTheSocketUntilThePeerHasEndedToo() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        config(pair.client()).setCloseTimeoutMillis(600_000);
        pair.client().writeAndFlush(Rig.text("last words")).addListener(ChannelFutureListener.CLOSE);
        Waits.get(pair.client().closeFuture());
        Waits.get(pair.clientSaw().inactive);
        assertFalse(pair.client().isOpen());
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        assertEquals("last words", pair.serverSaw().text());
        Waits.get(pair.server().writeAndFlush(Rig.text("dropped"))); // the socket still takes it
        assertEquals(List.of(OUTPUT), family.calls);
        Waits.get(pair.server().close());
        Waits.until("the end", () -> family.calls.contains(BOTH));
        assertEquals(List.of(OUTPUT, BOTH), family.calls);
        assertEquals(0, pair.clientSaw().bytes());
    }

    @Test
    void shouldEndAfterTheTimeThoughThePeerDoesNot() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        config(pair.client()).setCloseTimeoutMillis(50);
        pair.client().writeAndFlush(Rig.text("x"));
        Waits.get(pair.client().close());
        Waits.until("the end", () -> family.calls.contains(BOTH));
        assertEquals(List.of(OUTPUT, BOTH), family.calls);
        Waits.get(pair.server().close());
    }

    @Test
    void shouldWaitForThePeerWhenTheOutputWasShutDownBefore() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        config(pair.client()).setCloseTimeoutMillis(600_000);
        pair.client().writeAndFlush(Rig.text("x"));
        Waits.get(((AbstractVmciStreamChannel) pair.client()).shutdownOutput());
        Waits.get(pair.client().close());
        assertEquals(List.of(OUTPUT), family.calls);
        Waits.get(pair.server().close());
        Waits.until("the end", () -> family.calls.contains(BOTH));
    }

    @Test
    void shouldShutDownAndCloseAtOnceWhenThereIsNothingToWaitFor() throws Exception {
        for (String how : List.of("nothing written", "SO_LINGER 0", "CLOSE_TIMEOUT_MILLIS 0", "the peer closed")) {
            TellingFamily family = new TellingFamily();
            Pair pair = pair(family);
            if (!"nothing written".equals(how)) {
                Waits.get(pair.client().writeAndFlush(Rig.text("x")));
            }
            switch (how) {
                case "SO_LINGER 0" -> config(pair.client()).setSoLinger(0);
                case "CLOSE_TIMEOUT_MILLIS 0" -> config(pair.client()).setCloseTimeoutMillis(0);
                case "the peer closed" -> pair.server().close();
                default -> { }
            }
            Waits.get("the peer closed".equals(how) ? pair.client().closeFuture() : pair.client().close());
            assertEquals(List.of(BOTH), family.calls, how);
            Waits.get(pair.server().close());
        }
    }

    @Test
    void shouldShutDownWhatLingersOnAnotherThread() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        Waits.get(pair.client().writeAndFlush(Rig.text("x")));
        config(pair.client()).setSoLinger(1);
        Waits.get(pair.client().close());
        assertEquals(List.of(BOTH), family.calls);
        Waits.get(pair.server().close());
    }

    @Test
    void shouldShutDownASocketThatConnects() throws Exception {
        SilentFamily family = new SilentFamily() {
            @Override
            boolean closeTellsPeer() {
                return false;
            }

            @Override
            int shutdown(int fd, int how) {
                calls.add("shutdown " + how);
                return 0;
            }
        };
        SocketAddress nobody = new DomainSocketAddress("/nobody");
        Channel channel = rig.client(new Recorder(), family).connect(nobody).channel();
        Waits.until("connect called", () -> family.calls.contains("connect"));
        Waits.get(channel.close());
        assertTrue(family.calls.contains(BOTH), family.calls.toString());
    }

    @Test
    void shouldEndTheOldestWhenTooManyWait() throws Exception {
        TellingFamily family = new TellingFamily();
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i <= ClosingSockets.MOST; i++) {
            Pair pair = pair(family);
            pairs.add(pair);
            config(pair.client()).setCloseTimeoutMillis(600_000);
            pair.client().writeAndFlush(Rig.text("x"));
            assertFalse(family.calls.contains(BOTH));
            Waits.get(pair.client().close());
        }
        assertEquals(1, family.calls.stream().filter(BOTH::equals).count());
        for (Pair pair : pairs) {
            Waits.get(pair.server().close());
        }
        Waits.until("the end of all",
                () -> family.calls.stream().filter(BOTH::equals).count() == ClosingSockets.MOST + 1);
    }

    @Test
    void shouldEndWhenThePeerSendsOnAndOn() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        config(pair.client()).setCloseTimeoutMillis(600_000);
        pair.client().writeAndFlush(Rig.text("x"));
        Waits.get(pair.client().close());
        Throwable failure = Waits.failure(pair.server().writeAndFlush(Unpooled.wrappedBuffer(new byte[8 << 20])));
        assertInstanceOf(IOException.class, failure); // ECONNRESET on AF_UNIX, as not all was read; EPIPE on AF_VSOCK
        assertEquals(List.of(OUTPUT, BOTH), family.calls);
    }

    @Test
    void shouldLetALoopEndThoughAPeerDoesNot() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        config(pair.client()).setCloseTimeoutMillis(600_000);
        pair.client().writeAndFlush(Rig.text("x"));
        Waits.get(pair.client().close());
        Waits.get(rig.group.shutdownGracefully(0, 0, TimeUnit.SECONDS));
        assertEquals(List.of(OUTPUT, BOTH), family.calls);
    }

    @Test
    void shouldDeliverWhatWasWrittenBeforeTheLoopEnded() throws Exception {
        TellingFamily family = new TellingFamily();
        Pair pair = pair(family);
        Waits.get(pair.client().writeAndFlush(Rig.text("last words")));
        var ended = rig.group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        pair.serverSaw().await("ChannelInputShutdownReadComplete");
        assertEquals("last words", pair.serverSaw().text());
        Waits.get(pair.server().close());
        Waits.get(ended);
        assertEquals(List.of(OUTPUT, BOTH), family.calls);
    }

    /** The quickest of a few counts, for the machine may be busy. A loop that waits for nobody takes two seconds. */
    @Test
    void shouldLetALoopEndAtOnceWhenItsPeersHave() throws Exception {
        long quickest = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            TellingFamily family = new TellingFamily();
            try (Rig other = new Rig()) {
                Pair pair = other.pairWith(family);
                Waits.get(pair.client().writeAndFlush(Rig.text("x")));
                long start = System.nanoTime();
                Waits.get(other.group.shutdownGracefully(0, 0, TimeUnit.SECONDS));
                quickest = Math.min(quickest, System.nanoTime() - start);
            }
        }
        assertTrue(quickest < 1_000_000_000L, "ended after " + quickest / 1_000_000 + " ms");
    }
}
