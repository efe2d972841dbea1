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

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.LeakCheck;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.Arrays;

/**
 * This side is a host with vhost_vsock, the other a guest with the CID 42 and a virtio device (see {@link Guest}). The
 * tests of all classes share it as long as it lives. Each class names the environment it needs, since JUnit does not
 * look for that in the class it extends.
 */
@ExtendWith(LeakCheck.class)
@Timeout(1800) // a guest that starts twice
abstract class GuestTest {

    static final Duration SOON = Duration.ofSeconds(12L * TestFamily.SLOWNESS);
    static final int LARGE = 1 << 20;

    /** Kept from test to test while it is whole. */
    static Guest guest;
    private static int lastPort = 7000;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(GuestTest::killGuest));
    }

    ZmqContext context;
    final int port = ++lastPort;

    @BeforeEach
    final void start() throws Exception {
        if (guest == null) {
            guest = new Guest();
        }
        context = ZmqContext.create();
    }

    @AfterEach
    final void stop() throws Exception {
        context.close(Duration.ZERO);
        if (guest != null) {
            guest.tell("clear", "cleared");
        }
    }

    static void killGuest() {
        if (guest != null) {
            guest.close();
            guest = null;
        }
    }

    // --- messages, as guest.c makes them

    static byte[] body(long number, int size) {
        byte[] body = new byte[size];
        Arrays.fill(body, (byte) ('a' + number % 26));
        for (int i = 0; i < Math.min(8, size); i++) {
            body[i] = (byte) (number >>> 8 * i);
        }
        return body;
    }

    static void push(ZmqSocket socket, long number, int size) throws InterruptedException {
        assertTrue(socket.offer(ZmtpMessage.of(Unpooled.wrappedBuffer(body(number, size))), SOON));
    }

    static void take(ZmqSocket socket, long number, int size) throws InterruptedException {
        ZmtpMessage message = socket.receive(SOON);
        assertNotNull(message, "message " + number);
        byte[] got = new byte[message.part(0).readableBytes()];
        message.part(0).getBytes(message.part(0).readerIndex(), got);
        message.release();
        assertArrayEquals(body(number, size), got, "message " + number);
    }

    static void ask(ZmqSocket req, int count, int size) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            push(req, i, size);
            take(req, i, size);
        }
    }

    ZmqSocket bound(ZmqSocketType type) {
        return bound(type, port);
    }

    ZmqSocket bound(ZmqSocketType type, int to) {
        ZmqSocket socket = context.open(type);
        socket.bind("vmci://*:" + to);
        return socket;
    }

    ZmqSocket connected(ZmqSocketType type) {
        ZmqSocket socket = context.open(type);
        socket.connect("vmci://42:" + port);
        return socket;
    }

    static void awaitEvent(ZmqMonitor monitor, ZmqEvent.Kind kind) throws InterruptedException {
        assertNotNull(monitor.await(kind, SOON), "no " + kind);
    }
}
