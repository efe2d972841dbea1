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

import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.VmciEventLoopGroup;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.stream.Collectors;

/** Sockets on the application's event loops. */
@Tag("vmci")
class EventLoopGroupTest extends SocketTest {

    private final List<EventLoopGroup> groups = new ArrayList<>();

    private EventLoopGroup epoll(int threads) {
        return keep(new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("given"),
                EpollIoHandler.newFactory()));
    }

    private EventLoopGroup keep(EventLoopGroup group) {
        groups.add(group);
        return group;
    }

    @AfterEach
    void endGroups() throws Exception {
        closeContext();
        for (EventLoopGroup group : groups) {
            group.shutdownGracefully(0, SOON.toSeconds(), TimeUnit.SECONDS).get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Returns the threads of contexts' own loops that were not there before; those may be ending by now. */
    private static Set<Thread> loopThreads(Set<Thread> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("zmq-") && !before.contains(thread))
                .collect(Collectors.toSet());
    }

    /** Returns all schemes but inproc, in one socket. */
    private static List<String> bindAll(ZmqSocket socket) {
        List<String> endpoints = new ArrayList<>();
        for (String scheme : networks()) {
            endpoints.add(socket.bind(endpoint(scheme)));
        }
        endpoints.add(socket.bind("tcp://127.0.0.1:*"));
        return endpoints;
    }

    @Test
    void shouldServeAllTransportsOnOneThread() throws Exception {
        Set<Thread> before = loopThreads(Set.of());
        try (ZmqContext own = ZmqContext.builder().eventLoopGroup(epoll(1)).build()) {
            Set<String> threads = ConcurrentHashMap.newKeySet();
            ZmqSocket rep = own.open(REP);
            rep.onMessage(request -> {
                threads.add(Thread.currentThread().getName());
                rep.sendAsync(request);
            });
            ZmqSocket dealer = own.open(DEALER);
            List<String> endpoints = bindAll(rep);
            for (String endpoint : endpoints) {
                connect(dealer, endpoint);
            }
            await(() -> dealer.metrics().peers().size() == endpoints.size());
            for (int i = 0; i < 10 * endpoints.size(); i++) {
                send(dealer, "", "question " + i);
            }
            for (int i = 0; i < 10 * endpoints.size(); i++) {
                assertTrue(receive(dealer).get(1).startsWith("question "));
            }
            assertEquals(1, threads.size(), threads.toString());
            assertTrue(threads.iterator().next().startsWith("given-"), threads.toString());
            assertEquals(Set.of(), loopThreads(before));
        }
    }

    /** Large messages fill the kernel's buffers, so that both ends stop and go on again. */
    @Test
    void shouldMoveLargeMessagesBothWaysOnOneThread() throws Exception {
        try (ZmqContext own = ZmqContext.builder().eventLoopGroup(epoll(1)).build()) {
            for (String scheme : Set.copyOf(List.of(networks().get(0), "tcp"))) {
                ZmqSocket router = own.open(ROUTER);
                router.onMessage(router::sendAsync);
                ZmqSocket dealer = own.open(DEALER);
                connect(dealer, router.bind(endpoint(scheme)));
                String large = "x".repeat(3 << 20);
                for (int i = 0; i < 3; i++) {
                    send(dealer, large);
                }
                for (int i = 0; i < 3; i++) {
                    assertEquals(large.length(), receive(dealer).get(0).length());
                }
            }
        }
    }

    @Test
    void shouldLeaveTheLoopsToTheApplicationAndTheEndpointsFree() throws Exception {
        EventLoopGroup group = epoll(2);
        List<String> endpoints = List.of(TestFamily.IN_VM ? endpoint("vmci") : "ipc://" + TestFamily.newPath(),
                endpoint("tcp"));
        for (int i = 0; i < 3; i++) {
            try (ZmqContext own = ZmqContext.builder().eventLoopGroup(group).linger(Duration.ZERO).build()) {
                ZmqSocket pull = own.open(PULL);
                endpoints = endpoints.stream().map(pull::bind).toList(); // from the second time on to the same ports
                ZmqSocket push = own.open(PUSH);
                own.open(PUSH).connect("tcp://127.0.0.1:1"); // nobody listens, so that it is tried again and again
                connect(push, endpoints.get(0));
                await(() -> pull.metrics().peers().size() == 1);
                send(push, "message");
                expect(pull, "message");
            }
            assertFalse(group.isShuttingDown());
            group.submit(() -> { }).get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** What cannot live on the loops has loops of its own, and one socket has endpoints on both. */
    @Test
    void shouldGiveOtherTransportsLoopsOfTheirOwn() throws Exception {
        List<EventLoopGroup> partial = List.of(
                keep(new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())), keep(new VmciEventLoopGroup(1)));
        for (EventLoopGroup group : partial) {
            Set<Thread> before = loopThreads(Set.of());
            try (ZmqContext own = ZmqContext.builder().eventLoopGroup(group).ioThreads(1).build()) {
                ZmqSocket pull = own.open(PULL);
                for (String endpoint : bindAll(pull)) {
                    ZmqSocket push = own.open(PUSH);
                    connect(push, endpoint);
                    send(push, endpoint);
                    expect(pull, endpoint);
                }
                assertNotEquals(Set.of(), loopThreads(before));
            }
            assertFalse(group.isShuttingDown());
        }
    }

    @Test
    void shouldTakeOneLoopAndChooseByAffinity() throws Exception {
        EventLoopGroup group = epoll(3);
        try (ZmqContext one = ZmqContext.builder().eventLoopGroup(group.next()).build();
                ZmqContext three = ZmqContext.builder().eventLoopGroup(group).build()) {
            assertEquals(1, homes(one, 0, 0, 0, 2, 4).size());
            assertEquals(1, homes(three, 2, 2, 2).size());
            assertEquals(3, homes(three, 1, 2, 4).size());
            assertEquals(3, homes(three, 0, 0, 0).size());
        }
    }

    private static Set<String> homes(ZmqContext context, long... affinities) throws Exception {
        Set<String> names = new TreeSet<>();
        for (long affinity : affinities) {
            ZmqSocket pull = context.builder(PULL).option(ZmqOption.AFFINITY, affinity).open();
            CompletableFuture<String> name = new CompletableFuture<>();
            pull.onMessage(message -> {
                message.release();
                name.complete(Thread.currentThread().getName());
            });
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.AFFINITY, affinity).open();
            connect(push, pull.bind("tcp://127.0.0.1:*"));
            send(push, "x");
            names.add(name.get(SOON.toSeconds(), TimeUnit.SECONDS));
            push.close();
            pull.close();
        }
        return names;
    }

    @Test
    void shouldRefuseToBlockOnTheLoops() throws Exception {
        EventLoopGroup group = epoll(1);
        try (ZmqContext own = ZmqContext.builder().eventLoopGroup(group).build()) {
            ZmqSocket pull = own.open(PULL);
            pull.bind(endpoint(networks().get(0)));
            group.submit(() -> assertThrows(IllegalStateException.class, () -> pull.receive(SOON)))
                    .get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** The loops have to run until the context is closed. Who gets that wrong must not wait for ever. */
    @Test
    void shouldCloseAfterTheLoopsHaveEnded() throws Exception {
        EventLoopGroup group = epoll(1);
        ZmqContext own = ZmqContext.builder().eventLoopGroup(group).build();
        ZmqSocket pull = own.open(PULL);
        ZmqSocket push = own.open(PUSH);
        connect(push, pull.bind("tcp://127.0.0.1:*"));
        ZmqSocket waiting = own.open(PUSH);
        waiting.connect("tcp://127.0.0.1:1"); // nobody listens
        waiting.sendAsync(ZmtpMessage.ofText("waits for a peer"));
        group.shutdownGracefully(0, SOON.toSeconds(), TimeUnit.SECONDS).get(SOON.toSeconds(), TimeUnit.SECONDS);
        try (LogRecords log = LogRecords.ofSockets(Level.WARNING)) {
            CompletableFuture.runAsync(own::close).get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertEquals(3, log.lines(Level.WARNING).stream().filter(line -> line.contains("event loop has ended"))
                    .count(), log.lines()::toString);
        }
    }

    /** A thread that waits for a message hears of it, too. */
    @Test
    void shouldEndTheWaitsOfASocketWhoseLoopHasEnded() throws Exception {
        EventLoopGroup group = epoll(1);
        try (ZmqContext own = ZmqContext.builder().eventLoopGroup(group).build()) {
            ZmqSocket pull = own.open(PULL);
            pull.bind("tcp://127.0.0.1:*");
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            Thread waiter = new Thread(() -> ended.complete(assertThrows(ZmqException.class, pull::receive)));
            waiter.start();
            await(() -> waiter.getState() == Thread.State.WAITING);
            group.shutdownGracefully(0, SOON.toSeconds(), TimeUnit.SECONDS).get(SOON.toSeconds(), TimeUnit.SECONDS);
            CompletableFuture.runAsync(pull::close).get(SOON.toSeconds(), TimeUnit.SECONDS);
            assertEquals(ZmqError.CLOSED, ((ZmqException) ended.get(SOON.toSeconds(), TimeUnit.SECONDS)).error());
        }
    }
}
