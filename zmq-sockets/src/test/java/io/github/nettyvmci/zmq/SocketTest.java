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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.LeakCheck;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Gives each test a context of its own, and what the tests of sockets have in common. */
@ExtendWith(LeakCheck.class)
@Timeout(300)
abstract class SocketTest {

    /** The longest wait for what must happen; the test VM may be emulated, and be slow for it. */
    static final Duration SOON = Duration.ofSeconds(20L * TestFamily.SLOWNESS);
    /** How long a test waits for what must not happen. */
    static final Duration NEVER = Duration.ofMillis(150);
    /** Events of a monitor beside a connect that is retried every few milliseconds: more than a stopped test misses. */
    static final int MANY_EVENTS = 100_000;

    /** Runs the test with each scheme: in the test VM with vmci alone, elsewhere with inproc, ipc and tcp. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @MethodSource("schemes")
    @Tag("vmci")
    @interface EveryScheme {
    }

    /** Runs the test as {@link EveryScheme} does, but without inproc, which has no connections to break. */
    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest
    @MethodSource("networks")
    @Tag("vmci")
    @interface EveryNetwork {
    }

    ZmqContext context;

    @BeforeEach
    void openContext() {
        context = ZmqContext.create();
    }

    @AfterEach
    void closeContext() {
        context.close(Duration.ZERO);
    }

    /** Returns the endpoint to bind to; what {@code bind} then returns is the one to connect to. */
    String endpoint() {
        return endpoint("inproc");
    }

    static List<String> schemes() {
        return TestFamily.IN_VM ? List.of("vmci") : List.of("inproc", "ipc", "tcp");
    }

    static List<String> networks() {
        return TestFamily.IN_VM ? List.of("vmci") : List.of("ipc", "tcp");
    }

    static String endpoint(String scheme) {
        switch (scheme) {
            case "inproc":
                return "inproc://" + UUID.randomUUID();
            case "ipc":
                return "ipc://*";
            case "tcp":
                return "tcp://127.0.0.1:*";
            default:
                return TestFamily.OVER_VMCI ? "vmci://2:*" : "vmci://1:*";
        }
    }

    ZmqSocket open(ZmqSocketType type) {
        return context.open(type);
    }

    /** Binds one socket and connects the others, and waits until their peers are there. */
    void join(ZmqSocket bound, ZmqSocket... connecting) throws InterruptedException {
        String endpoint = bound.bind(endpoint());
        for (ZmqSocket socket : connecting) {
            connect(socket, endpoint);
        }
        await(() -> bound.metrics().peers().size() >= connecting.length);
    }

    static void connect(ZmqSocket socket, String endpoint) {
        socket.connect(TestFamily.dial(endpoint));
    }

    static List<String> receive(ZmqSocket socket) throws InterruptedException {
        return texts(socket.receive(SOON));
    }

    static void expect(ZmqSocket socket, String... parts) throws InterruptedException {
        assertEquals(List.of(parts), receive(socket));
    }

    static List<String> texts(ZmtpMessage message) {
        assertNotNull(message, "no message in time");
        try {
            return java.util.stream.IntStream.range(0, message.partCount()).mapToObj(message::text).toList();
        } finally {
            message.release();
        }
    }

    /** Waits until the event loop of a socket has done what it was about, such as queue the message it has counted. */
    static void settle(ZmqSocket socket) {
        socket.topicCount(); // a call that waits for the loop
    }

    static void expectNothing(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = socket.receive(NEVER);
        if (message != null) {
            throw new AssertionError("a message: " + texts(message));
        }
    }

    static void send(ZmqSocket socket, String... parts) throws InterruptedException {
        assertTrue(socket.offer(ZmtpMessage.ofText(parts), SOON));
    }

    /** Polls a condition that no event announces, and fails if it does not hold in time. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + SOON.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not so in time");
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
    }
}
