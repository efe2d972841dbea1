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
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;

/** All clients of one address connect at once, as after a restart, while the limits for strangers are in force. */
class ReconnectStormTest extends SocketTest {

    private static final int CLIENTS = 2000;
    private static final CurveKeyPair KEYS = CurveKeyPair.generate();

    @EveryNetwork
    void shouldLetInAllClientsThatComeAtOnce(String scheme, @TempDir Path folder) throws Exception {
        int clients = scheme.equals("vmci") ? 200 : CLIENTS;
        LogRecords log = LogRecords.ofSockets(Level.WARNING);
        ZmqSocket first = context.builder(PULL).curveServer(KEYS).open();
        String endpoint = first.bind(scheme.equals("ipc") ? "ipc://" + folder.resolve("socket") : endpoint(scheme));
        first.unbind(endpoint);
        List<ZmqSocket> crowd = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            ZmqSocket push = context.builder(PUSH).curveClient(KEYS, KEYS.publicKey()).open();
            crowd.add(push);
            push.connect(endpoint);
            send(push, "" + i);
        }
        ZmqSocket pull = context.builder(PULL).name("server").curveServer(KEYS).open();
        pull.bind(endpoint);
        Set<String> heard = new HashSet<>();
        while (heard.size() < clients) {
            ZmtpMessage message = pull.receive(SOON);
            assertNotNull(message, () -> heard.size() + " of " + clients + " came; " + pull.metrics());
            assertTrue(heard.add(message.text(0)));
            message.release();
        }
        assertEquals(clients, pull.metrics().peers().size());
        for (ZmqSocket push : crowd) {
            assertEquals(0, push.metrics().dropped());
        }
        log.close();
        List<String> said = log.lines().stream().filter(line -> line.contains("server: ")).toList();
        assertTrue(said.size() < 10, said::toString); // though thousands may have tried again
    }

    private static SocketChannel connect(String endpoint) throws Exception {
        if (endpoint.startsWith("ipc://")) {
            return SocketChannel.open(UnixDomainSocketAddress.of(endpoint.substring("ipc://".length())));
        }
        URI uri = URI.create(endpoint);
        return SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "ipc"})
    void shouldServeWhoGreetsBehindAThousandWhoDoNot(String scheme) throws Exception {
        ZmqSocket pull = open(PULL);
        String endpoint = pull.bind(endpoint(scheme));
        List<SocketChannel> silent = new ArrayList<>();
        try {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 1000; i++) {
                    silent.add(connect(endpoint));
                }
                ZmqSocket push = context.builder(PUSH).option(ZmqOption.RECONNECT_IVL, SOON.multipliedBy(2))
                        .open(); // the first attempt has to succeed
                push.connect(endpoint);
                send(push, "here");
                expect(pull, "here");
                push.close();
            }
        } finally {
            for (SocketChannel one : silent) {
                one.close();
            }
        }
    }
}
