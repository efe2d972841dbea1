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
package io.github.nettyvmci.zmq;

import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.transport.VmciChannel;
import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.transport.VmciServerChannel;
import io.github.nettyvmci.zmtp.security.ZapHandlers;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DuplexChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;

import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Both directions between a host and its guest, and what happens to the guest while there are connections. */
@EnabledIfEnvironmentVariable(named = "VMCI_TEST_GUEST", matches = ".+",
        disabledReason = "needs a host and a guest: script/tests/nested")
class HostAndGuestTest extends GuestTest {

    private EventLoopGroup group;

    @BeforeEach
    void startLoop() {
        group = new VmciEventLoopGroup(1);
    }

    @AfterEach
    void stopLoop() throws Exception {
        group.shutdownGracefully(0, 20, TimeUnit.SECONDS).sync();
    }

    // --- both directions

    @Test
    void shouldAnswerTheGuest() throws Exception {
        ZmqSocket rep = bound(REP);
        rep.onMessage(rep::sendAsync);
        guest.tell("peer req 2:" + port + " 50 100", "done .*");
        guest.tell("peer req 2:" + port + " 2 " + LARGE, "done .*");
    }

    @Test
    void shouldAskTheGuest() throws Exception {
        guest.tell("peer rep *:" + port + " 52 0", "listening");
        ZmqSocket req = connected(REQ);
        ask(req, 50, 100);
        ask(req, 2, LARGE);
    }

    @Test
    void shouldPullFromTheGuest() throws Exception {
        ZmqSocket pull = bound(PULL);
        guest.tell("peer push 2:" + port + " 2000 100");
        for (int i = 0; i < 2000; i++) {
            take(pull, i, 100);
        }
        guest.tell("peer push 2:" + port + " 4 " + LARGE);
        for (int i = 0; i < 4; i++) {
            take(pull, i, LARGE);
        }
    }

    @Test
    void shouldPushToTheGuest() throws Exception {
        String job = guest.tell("peer pull *:" + port + " 2000 100", "listening");
        ZmqSocket push = connected(PUSH);
        for (int i = 0; i < 2000; i++) {
            push(push, i, 100);
        }
        guest.await(job + ": done .*");
    }

    @Test
    void shouldServePushesToAGuestThatConnects() throws Exception {
        ZmqSocket push = bound(PUSH);
        String job = guest.tell("peer pull 2:" + port + " 1000 100");
        for (int i = 0; i < 1000; i++) {
            push(push, i, 100);
        }
        guest.await(job + ": done .*");
    }

    @Test
    void shouldAdmitByTheGuestsCid() throws Exception {
        for (String admitted : new String[] {"42", "2"}) {
            try (ZmqContext guarded = ZmqContext.builder().zapHandler(ZapHandlers.addresses(List.of(admitted)))
                    .build()) {
                ZmqSocket rep = guarded.open(REP);
                rep.setOption(ZmqOption.ZAP_DOMAIN, "vms");
                rep.bind("vmci://*:" + port);
                rep.onMessage(rep::sendAsync);
                guest.tell("peer req 2:" + port + " 1 10", admitted.equals("42") ? "done .*" : "refused .*");
            }
        }
    }

    // --- addresses and errors of plain channels

    /** Keeps what came. */
    private static final class Seen extends ChannelInboundHandlerAdapter {

        final CompletableFuture<Channel> active = new CompletableFuture<>();
        final CompletableFuture<Void> inactive = new CompletableFuture<>();
        final AtomicLong bytes = new AtomicLong();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            active.complete(ctx.channel());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            bytes.addAndGet(((ByteBuf) message).readableBytes());
            ((ByteBuf) message).release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // the connection was reset
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            inactive.complete(null);
        }
    }

    private Channel server(Seen seen, ServerBootstrap bootstrap) throws Exception {
        return bootstrap.group(group).channel(VmciServerChannel.class).childHandler(seen)
                .bind(VmciAddress.of(VmciAddress.CID_ANY, port)).sync().channel();
    }

    private Bootstrap client(Seen seen) {
        return new Bootstrap().group(group).channel(VmciChannel.class).handler(seen)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) SOON.toMillis());
    }

    @Test
    void shouldKnowTheAddressesOfBothEnds() throws Exception {
        Seen accepted = new Seen();
        server(accepted, new ServerBootstrap());
        String job = guest.tell("raw 2:" + port, "connected local .*");
        VmciChannel server = (VmciChannel) accepted.active.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(Guest.CID, server.remoteAddress().cid());
        assertEquals(VmciAddress.of(VmciAddress.CID_HOST, port), server.localAddress());
        guest.tell("kill " + job);
        accepted.inactive.get(SOON.toSeconds(), TimeUnit.SECONDS);

        guest.tell("raw *:" + (port + 10_000), "listening");
        VmciChannel client = (VmciChannel) client(new Seen()).connect(VmciAddress.of(Guest.CID, port + 10_000)).sync()
                .channel();
        assertEquals(VmciAddress.of(Guest.CID, port + 10_000), client.remoteAddress());
        assertEquals(VmciAddress.CID_HOST, client.localAddress().cid());
        guest.await("j\\d+: accepted local \\d+:" + (port + 10_000) + " remote 2:" + client.localAddress().port());
    }

    @Test
    void shouldSayThatNothingListensInTheGuest() throws Exception {
        Throwable cause = client(new Seen()).connect(VmciAddress.of(Guest.CID, port)).await().cause();
        assertTrue(cause instanceof ConnectException && cause.getMessage().contains("ECONNRESET"), () -> "" + cause);
    }

    // --- what happens to a guest

    private static final int BEAT_MILLIS = 1000;
    private static final int PATIENCE_MILLIS = 3000;

    private ZmqSocket withHeartbeats(ZmqSocketType type) {
        ZmqSocket socket = context.open(type);
        socket.setOption(ZmqOption.HEARTBEAT_IVL, Duration.ofMillis(BEAT_MILLIS));
        socket.setOption(ZmqOption.HEARTBEAT_TIMEOUT, Duration.ofMillis(PATIENCE_MILLIS));
        socket.setOption(ZmqOption.RECONNECT_IVL, Duration.ofMillis(100));
        return socket;
    }

    /** Returns the time at which the socket loses a connection. */
    private static CompletableFuture<Long> lost(ZmqSocket socket) {
        CompletableFuture<Long> lost = new CompletableFuture<>();
        socket.onEvent(event -> {
            if (event.kind() == ZmqEvent.Kind.DISCONNECTED) {
                lost.complete(System.nanoTime());
            }
        });
        return lost;
    }

    /** Checks that a connection is lost within an interval of heartbeats and what they wait for an answer. */
    private static void assertLostInTime(String of, long began, CompletableFuture<Long> lost, Lateness lateness)
            throws Exception {
        long millis = (lost.get(SOON.toSeconds(), TimeUnit.SECONDS) - began) / 1_000_000;
        // Half as much again for the threads of a machine that is emulated.
        long most = (BEAT_MILLIS + PATIENCE_MILLIS) * 3 / 2 * TestFamily.SLOWNESS / 10 + lateness.millis();
        System.out.println(of + ": noticed after " + millis + " ms, at most " + most + ", of which timers were late "
                + lateness.millis());
        assertTrue(millis <= most, of + ": noticed after " + millis + " ms, and not within " + most);
    }

    @Test
    void shouldNoticeThatTheGuestIsKilledAndFindTheNextOne() throws Exception {
        ZmqSocket req = context.open(REQ);
        req.setOption(ZmqOption.RECONNECT_IVL, Duration.ofMillis(100));
        ZmqMonitor requests = req.monitor(1000);
        guest.tell("peer rep *:" + port + " 1000 0", "listening");
        req.connect("vmci://42:" + port);
        ask(req, 3, 100);
        ZmqSocket pull = context.open(PULL);
        ZmqMonitor pulls = pull.monitor(1000);
        pull.bind("vmci://*:" + (port + 10_000));
        guest.tell("peer push 2:" + (port + 10_000) + " 1 100 hold=600000", "done .*");
        take(pull, 0, 100);

        killGuest();
        awaitEvent(requests, ZmqEvent.Kind.DISCONNECTED);
        awaitEvent(pulls, ZmqEvent.Kind.DISCONNECTED);

        guest = new Guest();
        guest.tell("peer rep *:" + port + " 1000 0", "listening");
        ask(req, 3, 100);
    }

    /** The kernel tells of this one, and heartbeats do not delay it. */
    @Test
    void shouldNoticeInTheTimeOfHeartbeatsThatTheGuestIsKilled() throws Exception {
        ZmqSocket rep = withHeartbeats(REP);
        CompletableFuture<Long> lost = lost(rep);
        rep.bind("vmci://*:" + port);
        rep.onMessage(rep::sendAsync);
        String job = guest.tell("peer req 2:" + port + " 100000 100 delay=200");
        guest.await(job + ": at 1");
        Lateness lateness = new Lateness(lost);
        long began = System.nanoTime();
        killGuest();
        assertLostInTime("guest killed", began, lost, lateness);
        SocketTest.await(() -> rep.metrics().peers().isEmpty());
    }

    @Test
    void shouldReadWhatTheGuestHadSentBeforeItWasKilled() throws Exception {
        Seen accepted = new Seen();
        server(accepted, new ServerBootstrap().childOption(ChannelOption.AUTO_READ, false));
        guest.tell("raw 2:" + port + " send=100000", "sent");
        Channel channel = accepted.active.get(SOON.toSeconds(), TimeUnit.SECONDS);
        // What the guest hands to its device comes here in order: this connection comes after all of that.
        bound(PULL, port + 10_000);
        guest.tell("raw 2:" + (port + 10_000), "connected local .*");
        killGuest();
        channel.config().setAutoRead(true);
        accepted.inactive.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertEquals(100_000, accepted.bytes.get());
    }

    @Test
    void shouldGoOnWithAGuestThatWasPaused() throws Exception {
        String job = guest.tell("peer pull *:" + port + " 2000 1000", "listening");
        ZmqSocket push = connected(PUSH);
        push(push, 0, 1000);
        guest.await(job + ": at 1");
        guest.pause();
        CompletableFuture<Void> pushing = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 1; i < 2000; i++) {
                    push(push, i, 1000);
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        // More than the window and the queue take: it stands until the guest goes on.
        SocketTest.await(() -> push.metrics().messagesOut() > 100);
        guest.resume();
        guest.await(job + ": done .*");
        pushing.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }

    @Test
    void shouldNoticeByHeartbeatsThatTheGuestIsPaused() throws Exception {
        ZmqSocket req = withHeartbeats(REQ);
        CompletableFuture<Long> lost = lost(req);
        guest.tell("peer rep *:" + port + " 1000 0 serve", "listening");
        req.connect("vmci://42:" + port);
        ask(req, 3, 100);
        Lateness lateness = new Lateness(lost);
        long began = System.nanoTime();
        guest.pause();
        try {
            assertLostInTime("guest paused", began, lost, lateness);
        } finally {
            guest.resume();
        }
        ask(req, 3, 100); // on a new connection
    }

    /** Nothing tells the host: without heartbeats the connection stays up until something is sent. */
    @Test
    void shouldNoticeByHeartbeatsThatTheGuestRestarted() throws Exception {
        ZmqSocket beats = withHeartbeats(REQ);
        CompletableFuture<Long> lost = lost(beats);
        Seen silent = new Seen();
        guest.tell("peer rep *:" + port + " 1000 0 serve", "listening");
        beats.connect("vmci://42:" + port);
        ask(beats, 3, 100);
        Channel idle = client(silent).connect(VmciAddress.of(Guest.CID, port)).sync().channel();
        Lateness lateness = new Lateness(lost);
        long began = System.nanoTime();
        guest.reset();
        assertLostInTime("guest restarted", began, lost, lateness);
        assertFalse(silent.inactive.isDone(), "the kernel told of the restart: say so in the documentation");
        idle.writeAndFlush(Unpooled.wrappedBuffer(new byte[10]));
        silent.inactive.get(SOON.toSeconds(), TimeUnit.SECONDS);
        guest.tell("peer rep *:" + port + " 1000 0 serve", "listening");
        ask(beats, 3, 100);
    }

    @Test
    void shouldBeAskedAgainByAGuestWhoseDriverWasTakenAway() throws Exception {
        ZmqSocket rep = bound(REP);
        rep.onMessage(rep::sendAsync);
        String job = guest.tell("peer req 2:" + port + " 1000 100 delay=50");
        guest.await(job + ": at 1");
        guest.tell("unbind", "unbind .*: ok");
        guest.await(job + ": (failed|end of stream).*"); // the guest's own sockets are reset
        guest.tell("bind", "bind .*: ok");
        guest.tell("peer req 2:" + port + " 5 100", "done .*");
    }

    @Test
    void shouldReadAllFromAGuestThatEndedItsOutput() throws Exception {
        ZmqSocket pull = context.open(PULL);
        ZmqMonitor events = pull.monitor(1000);
        pull.bind("vmci://*:" + port);
        String job = guest.tell("peer push 2:" + port + " 100 1000 shut hold=600000", "half-closed");
        for (int i = 0; i < 100; i++) {
            take(pull, i, 1000);
        }
        awaitEvent(events, ZmqEvent.Kind.DISCONNECTED);
        guest.await(job + ": end of stream"); // as we close too
    }

    @Test
    void shouldCloseWhatIsHalfClosedWhenTheGuestIsKilled() throws Exception {
        Seen accepted = new Seen();
        server(accepted, new ServerBootstrap().childOption(ChannelOption.ALLOW_HALF_CLOSURE, true));
        guest.tell("raw 2:" + port, "connected local .*");
        DuplexChannel channel = (DuplexChannel) accepted.active.get(SOON.toSeconds(), TimeUnit.SECONDS);
        assertTrue(channel.shutdownOutput().await(SOON.toMillis()));
        killGuest();
        accepted.inactive.get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
}
