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
package io.github.nettyvmci.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Our sockets do what is measured, beside bare peers; and libzmq's, where it is installed. */
@Timeout(120)
class ManyPeerTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"true,false", "false,false", "true,true", "false,true"})
    void shouldAcceptPeers(boolean ours, boolean curve) throws IOException {
        assumeTrue(Files.exists(PeerProcess.besideClasses("peers")), "peers.c is not built (-DskipNative)");
        assumeTrue(ours && !curve || libzmq(), "libzmq5 is not installed");
        Path socket = folder.resolve("socket");
        String endpoint = "ipc://" + socket;
        String[] pull = curve ? new String[] {"pull", endpoint, "curve"} : new String[] {"pull", endpoint};
        try (PeerProcess server = ours ? PeerProcess.startMany(pull) : PeerProcess.startC("zmqmany", pull);
                PeerProcess client = curve ? PeerProcess.startC("zmqmany", "push", endpoint, "curve")
                : PeerProcess.startC("peers", socket.toString())) {
            server.begin("accept 100");
            client.run("connect 100");
            assertEquals("100", server.end("accept 100")[1]);
            if (!curve) {
                server.begin("accept 1000");
                client.run("send 1000");
                assertTrue(Long.parseLong(server.end("accept 1000")[2]) > 0);
            }
            assertTrue(server.residentKib() > 500 && server.threadsCpuNanos() > 0, "memory and processor time");
            client.run("close 0");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldPublishToAll(boolean ours) throws IOException {
        assumeTrue(ours || libzmq(), "libzmq5 is not installed");
        String endpoint = "ipc://" + folder.resolve("socket");
        try (PeerProcess publisher = ours ? PeerProcess.startMany("pub", endpoint)
                : PeerProcess.startC("zmqmany", "pub", endpoint);
                PeerProcess subs = ours ? PeerProcess.startMany("subs", endpoint, "20")
                : PeerProcess.startC("zmqmany", "subs", endpoint, "20")) {
            String[] counted = {"", "0", "", "0"};
            while (!counted[3].equals("20") || counted[1].equals("0")) {
                publisher.begin("publish 200");
                counted = subs.run("count 200");
                publisher.end("publish 200");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSendFirstMessages(boolean ours) throws IOException {
        assumeTrue(ours || libzmq(), "libzmq5 is not installed");
        try (PeerProcess process = ours ? PeerProcess.startMany("first", folder.toString())
                : PeerProcess.startC("zmqmany", "first", folder.toString())) {
            assertEquals("3", process.run("first 3")[1]);
        }
        Files.deleteIfExists(folder.resolve("first"));
    }

    private static boolean libzmq() {
        return Files.exists(PeerProcess.besideClasses("zmqmany"))
                && Files.exists(Path.of("/usr/lib/" + System.getProperty("os.arch").replace("amd64", "x86_64")
                + "-linux-gnu/libzmq.so.5"));
    }
}
