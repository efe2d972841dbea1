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
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.logging.Level;

/** A context may be closed at any moment, and then logs nothing. */
class QuietCloseTest extends SocketTest {

    /** A greeting of ZMTP 3.0 with NULL, and READY. */
    private static final byte[] PULL_OF_ZMTP_3 = HexFormat.of().parseHex("ff00000000000000017f0300" + "4e554c4c"
            + "00".repeat(48) + "041a" + "055245414459" + "0b536f636b65742d54797065" + "0000000450554c4c");

    private LogRecords log;

    @BeforeEach
    void listen() {
        log = new LogRecords("", Level.WARNING);
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void shouldCloseWhileConnectsAreUnderWay() throws Exception {
        ZmqSocket router = open(ROUTER);
        String tcp = router.bind("tcp://127.0.0.1:*");
        String ipc = router.bind("ipc://*");
        String nobody = "ipc://" + TestFamily.newPath();
        for (int i = 0; i < 200; i++) {
            ZmqContext brief = ZmqContext.builder().ioThreads(2).linger(Duration.ZERO).build();
            ZmqSocket dealer = brief.open(DEALER);
            dealer.connect(ipc);
            dealer.connect(tcp);
            dealer.connect(nobody);
            if (i % 2 == 0) {
                dealer.sendAsync("x");
            }
            brief.close();
        }
        assertQuiet();
    }

    /** A socket whose handler is set before its connect lives on a loop of another kind than its channel. */
    @Test
    void shouldCloseWhereAHandlerWasSetBeforeTheConnect() throws Exception {
        ZmqSocket router = open(ROUTER);
        String tcp = router.bind("tcp://127.0.0.1:*");
        for (int i = 0; i < 300; i++) {
            ZmqContext brief = ZmqContext.builder().ioThreads(1).linger(Duration.ZERO).build();
            ZmqSocket dealer = brief.open(DEALER);
            dealer.onMessage(ZmtpMessage::release);
            dealer.connect(tcp);
            brief.close();
        }
        assertQuiet();
    }

    @Test
    void shouldCloseWhileNamesAreLookedUp() throws Exception {
        for (int i = 0; i < 20; i++) {
            ZmqContext brief = ZmqContext.builder().ioThreads(1).build();
            ZmqSocket sub = brief.open(SUB);
            sub.connect("tcp://no-such-host-" + i + ".invalid:1");
            brief.close();
        }
        await(() -> Thread.getAllStackTraces().entrySet().stream().noneMatch(
                thread -> thread.getKey().getName().startsWith("zmq-names")
                && List.of(thread.getValue()).toString().contains("lookUp")));
        assertQuiet();
    }

    /** LINGER 0 asks for the loss, so that it is counted and told to a monitor, but is no warning in the log. */
    @Test
    void shouldNotWarnOfWhatIsDroppedWithoutLingering() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            ZmqSocket push = context.builder(PUSH).option(ZmqOption.LINGER, Duration.ZERO).open();
            ZmqMonitor monitor = push.monitor(100);
            push.connect("tcp://127.0.0.1:" + deaf.getLocalPort());
            try (Socket peer = deaf.accept()) {
                peer.getOutputStream().write(PULL_OF_ZMTP_3);
                assertNotNull(monitor.await(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, SOON));
                push.send(new byte[16 << 20]);
                push.close();
                ZmqEvent ended = monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON);
                assertEquals(1, ended.value());
                assertEquals(ZmqError.CLOSED, assertInstanceOf(ZmqException.class, ended.cause()).error());
            }
        }
        assertQuiet();
    }

    /** Checks that nothing was logged, but for the ROUTER, which stays and may warn of handshakes that peers ended. */
    private void assertQuiet() {
        assertEquals(List.of(), log.lines().stream().filter(line -> !line.startsWith("WARNING ROUTER-")).toList());
    }
}
