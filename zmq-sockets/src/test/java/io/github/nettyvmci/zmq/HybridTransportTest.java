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

import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.FakeMonitor;
import io.github.nettyvmci.testing.FakeMonitor.Manner;
import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** {@code vsock+unix://}, with a monitor that {@link FakeMonitor} plays. */
class HybridTransportTest extends SocketTest {

    private final String path = TestFamily.newPath();

    @Test
    void shouldAskAServiceInTheGuestAndFindItAgain() throws Exception {
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            ZmqSocket req = open(REQ);
            req.setOption(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10));
            connect(req, "vsock+unix://" + path + ":5555"); // nothing listens yet
            ZmqMonitor events = req.monitor(MANY_EVENTS);
            for (int i = 0; i < 2; i++) {
                ZmqSocket guest = open(REP);
                guest.bind("ipc://" + monitor.guestPath(5555));
                send(req, "question " + i);
                expect(guest, "question " + i);
                send(guest, "answer " + i);
                expect(req, "answer " + i);
                guest.closeAsync().join(); // the guest restarts
                assertNotNull(events.await(ZmqEvent.Kind.DISCONNECTED, SOON)); // or the next question could go to it
            }
        }
    }

    @Test
    void shouldAnswerTheGuest() throws Exception {
        ZmqSocket rep = open(REP);
        String endpoint = "vsock+unix://" + path + ":5555";
        assertEquals(endpoint, rep.bind(endpoint));
        ZmqSocket guest = open(REQ); // the monitor connects to this path when the guest connects to CID 2
        connect(guest, "ipc://" + path + "_5555");
        send(guest, "question");
        expect(rep, "question");
        rep.unbind(endpoint);
        await(() -> !Files.exists(Path.of(path + "_5555")));
    }

    @Test
    void shouldSayWhyTheGuestIsNotReached() throws Exception {
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            assertTrue(Files.exists(Path.of(path)), monitor.guestPath(1));
            ZmqSocket push = open(PUSH);
            ZmqMonitor events = push.monitor(100);
            connect(push, "vsock+unix://" + path + ":5555");
            ZmqEvent retried = events.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON);
            assertNotNull(retried);
            assertInstanceOf(ConnectException.class, retried.cause());
            assertEquals("connect(vsock+unix://" + path + ":5555) refused: the monitor closed the connection; nothing"
                    + " listens at port 5555 of the guest, or it has too many connections",
                    retried.cause().getMessage());
        }
    }

    @Test
    void shouldSayWhyTheGuestIsNotReachedWhileItLingers() throws Exception {
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.PROPER)) {
            assertTrue(Files.exists(Path.of(path)), monitor.guestPath(1));
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(1)).open();
            connect(push, "vsock+unix://" + path + ":5555");
            send(push, "nobody comes for it");
            ZmqMonitor events = push.monitor(1000);
            CompletableFuture<Void> closing = push.closeAsync();
            await(push::isClosed);
            while (events.poll() != null) {
                continue; // earlier events do not matter here
            }
            for (int i = 0; i < 20; i++) {
                ZmqEvent event = events.await(ZmqEvent.Kind.CLOSED, SOON);
                assertInstanceOf(ConnectException.class, event.cause());
            }
            push.setOption(ZmqOption.LINGER, Duration.ZERO);
            closing.get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldNotWaitLongerThanTheConnectTimeout() throws Exception {
        try (FakeMonitor monitor = new FakeMonitor(path, Manner.SILENT)) {
            assertTrue(Files.exists(Path.of(path)), monitor.guestPath(1));
            ZmqSocket push = open(PUSH);
            push.setOption(ZmqOption.CONNECT_TIMEOUT, Duration.ofMillis(50));
            ZmqMonitor events = push.monitor(100);
            connect(push, "vsock+unix://" + path + ":5555");
            ZmqEvent retried = events.await(ZmqEvent.Kind.CONNECT_RETRIED, SOON);
            assertNotNull(retried);
            assertTrue(retried.cause().getMessage().contains("did not answer within 50 ms"),
                    retried.cause().getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"/run/vm.sock, PATH:PORT", ":5555, path", "*:5555, wild card", "/run/vm.sock:, the end",
        "/run/vm.sock:*, found *", "/run/vm.sock:4294967295, 0..4294967294", "/run/vm.sock:-1, 0..4294967294"})
    void shouldSayWhatIsWrongWithAnEndpoint(String address, String expected) {
        for (boolean bind : new boolean[] {true, false}) {
            ZmqSocket socket = open(REP);
            String endpoint = "vsock+unix://" + address;
            ZmqException e = assertThrows(ZmqException.class, () -> {
                if (bind) {
                    socket.bind(endpoint);
                } else {
                    socket.connect(endpoint);
                }
            });
            assertEquals(ZmqError.INVALID, e.error());
            assertTrue(e.getMessage().contains(expected), e.getMessage());
        }
    }
}
