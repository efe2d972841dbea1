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

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Thousands of CURVE handshakes in one JVM. A compiler's fault made all fail from some moment on, after three seconds
 * or later, in three of four JVMs without escape analysis, and in fewer with it.
 */
class ManyHandshakesTest {

    private static final int SECONDS = 300;
    private static final int ROUND = 50;
    private static final int HANDSHAKES = Math.min(10_000, Integer.getInteger("zmq.test.messages", 20_000) / 20);

    @Test
    @Tag("million")
    void shouldAllSucceed() throws Exception {
        ChildJvm.run(SECONDS, List.of("-XX:-DoEscapeAnalysis"), ManyHandshakesTest.class,
                Integer.toString(HANDSHAKES));
    }

    /**
     * Has peers connect, send a message and go, and ends with 1 when a message does not come.
     *
     * @param arguments how many peers
     */
    public static void main(String[] arguments) throws Exception {
        CurveKeyPair server = CurveKeyPair.generate();
        try (ZmqContext clients = ZmqContext.builder().build(); ZmqContext servers = ZmqContext.builder().build()) {
            ZmqSocket pull = servers.builder(ZmqSocketType.PULL).curveServer(server).open();
            String endpoint = pull.bind("ipc://*");
            for (int left = Integer.parseInt(arguments[0]); left > 0; left -= ROUND) {
                List<ZmqSocket> peers = new ArrayList<>();
                for (int i = 0; i < ROUND; i++) {
                    ZmqSocket push = clients.builder(ZmqSocketType.PUSH)
                            .curveClient(CurveKeyPair.generate(), server.publicKey()).open();
                    push.connect(endpoint);
                    push.sendAsync("hello");
                    peers.add(push);
                }
                for (int i = 0; i < ROUND; i++) {
                    ZmtpMessage message = pull.receive(Duration.ofSeconds(60));
                    if (message == null) {
                        System.out.println("no message, " + left + " peers before the end");
                        System.exit(1);
                    }
                    message.release();
                }
                peers.forEach(ZmqSocket::closeAsync);
            }
        }
    }
}
