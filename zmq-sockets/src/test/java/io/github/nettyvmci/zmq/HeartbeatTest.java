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
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmq.internal.transport.TestTransports;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/** Signs of life that are asked for though nobody set HEARTBEAT_IVL. */
class HeartbeatTest extends SocketTest {

    /**
     * The peer is silent after the handshake, and tells what it gets: a PING, unless it speaks 3.0, the socket has no
     * heartbeats, or is a RADIO, since a DISH of libzmq closes on PING.
     */
    @ParameterizedTest
    @CsvSource({"PUSH,PULL,1,,true", "PUSH,PULL,0,,false", "PUSH,PULL,1,0,false", "PUSH,PULL,0,50,true",
        "RADIO,DISH,1,,false"})
    void shouldBeAskedOfPeersThatKnowThem(ZmqSocketType type, String peerType, int minor, Integer set, boolean asked)
            throws Exception {
        try (ZmqContext quick = ZmqContext.builder().transport(new Quick()).linger(Duration.ZERO).build();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            ZmqSocketBuilder builder = quick.builder(type).option(ZmqOption.RECONNECT_IVL, Duration.ofHours(1));
            if (set != null) {
                builder.option(ZmqOption.HEARTBEAT_IVL, Duration.ofMillis(set));
            }
            ZmqSocket socket = builder.open();
            ZmqMonitor monitor = socket.monitor(100);
            connect(socket, "quick://127.0.0.1:" + server.getLocalPort());
            try (Socket peer = server.accept()) {
                byte[] greeting = new byte[64];
                greeting[0] = (byte) 0xff;
                greeting[9] = 0x7f;
                greeting[10] = 3;
                greeting[11] = (byte) minor;
                System.arraycopy("NULL".getBytes(StandardCharsets.US_ASCII), 0, greeting, 12, 4);
                peer.getOutputStream().write(greeting);
                byte[] ready = ("\4\34\5READY\13Socket-Type\0\0\0\4" + peerType).getBytes(StandardCharsets.ISO_8859_1);
                ready[1] = (byte) (ready.length - 2);
                ready[2 + 6 + 12 + 3] = (byte) peerType.length();
                peer.getOutputStream().write(ready);
                DataInputStream in = new DataInputStream(peer.getInputStream());
                in.readFully(new byte[64]);
                in.readByte();
                in.readFully(new byte[in.readUnsignedByte()]); // READY
                if (asked) {
                    assertEquals(4, in.readByte());
                    byte[] command = new byte[in.readUnsignedByte()];
                    in.readFully(command);
                    assertEquals("\4PING\0\0", new String(command, StandardCharsets.ISO_8859_1));
                    assertTrue(monitor.await(ZmqEvent.Kind.DISCONNECTED, SOON).cause().getMessage()
                            .startsWith("heartbeat"));
                } else {
                    peer.setSoTimeout(500); // ten times as long as it would take
                    assertThrows(SocketTimeoutException.class, in::readByte);
                }
            }
        }
    }

    /** The tcp transport, as one whose peers may vanish without a word, and with a very short heartbeat. */
    private static final class Quick extends ForwardingTransport {

        private static final Duration INTERVAL = Duration.ofMillis(50);

        Quick() {
            super(TestTransports.tcp(false));
        }

        @Override
        public Set<String> schemes() {
            return Set.of("quick");
        }

        @Override
        public BindTarget parseBind(String endpoint, ZmqOptions options) {
            return new Bind(super.parseBind(endpoint.replace("quick:", "tcp:"), options)) {
                @Override
                public Duration heartbeatInterval() {
                    return INTERVAL;
                }
            };
        }

        @Override
        public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
            return new Connect(super.parseConnect(endpoint.replace("quick:", "tcp:"), options)) {
                @Override
                public String text() {
                    return endpoint;
                }

                @Override
                public Duration heartbeatInterval() {
                    return INTERVAL;
                }
            };
        }
    }
}
