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
package io.github.nettyvmci.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.api.Test;

import java.util.List;

/** Runs the programs as a user does, each in a process of its own, over the family of this run. */
class HelloTest extends ProgramTest {

    @Test
    void serverShouldAnswerOurClient() throws Exception {
        String endpoint = startServer();
        Process client = java("HelloClient", endpoint);
        List<String> lines = lines(client);
        assertEquals(0, client.waitFor());
        assertTrue(lines.get(0).startsWith("connected to " + endpoint + ": "), lines.toString());
        assertEquals(List.of("Hello 1 -> World", "Hello 2 -> World", "Hello 3 -> World"), lines.subList(1, 4));
    }

    /** In the VM Debian's libzmq does not speak vmci://; there script/demo --vm goes through socat. */
    @Test
    void serverShouldAnswerLibzmq() throws Exception {
        String endpoint = startServer("ipc://" + TestFamily.newPath());
        Process client = start("/usr/bin/python3", root().resolve("src/main/python/hello_client.py").toString(),
                endpoint);
        List<String> lines = lines(client);
        assertEquals(0, client.waitFor(), lines.toString());
        assertEquals(List.of("Hello 1 -> World", "Hello 2 -> World", "Hello 3 -> World"), lines.subList(1, 4));
    }

    @Test
    void serverShouldTellWhatIsWrongWithAnEndpoint() throws Exception {
        Process server = java("HelloServer", "vmci://12abc:1");
        List<String> lines = lines(server);
        assertEquals(1, server.waitFor());
        assertTrue(lines.toString().contains("vmci://12abc:1 (expected: "), lines.toString());
    }

    @Test
    void probeShouldReport() throws Exception {
        Process probe = java("Probe");
        List<String> lines = lines(probe);
        assertTrue(probe.waitFor() <= 1);
        assertTrue(lines.stream().anyMatch(line -> line.contains("AF_UNIX")), lines.toString());
    }

    private String startServer() throws Exception {
        return startServer(newEndpoint());
    }

    private String startServer(String endpoint) throws Exception {
        return awaitLine(java("HelloServer", endpoint), "listening on ");
    }
}
