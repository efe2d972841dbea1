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

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A socket of ours in another process, which the test kills. It sends back what it receives. */
final class KilledSide implements AutoCloseable {

    private final Process process;

    /**
     * Starts the process, and waits until its socket is bound or connecting.
     *
     * @param verb {@code bind} or {@code connect}
     * @param id   the routing id of a DEALER, which sends {@code hello} first; if empty, the socket is a ROUTER
     */
    KilledSide(String verb, String endpoint, String id) throws IOException {
        process = new ProcessBuilder(List.of(System.getProperty("java.home") + File.separator + "bin/java", "-Xmx64m",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), KilledSide.class.getName(),
                verb, endpoint, id)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(),
                StandardCharsets.UTF_8));
        String line = out.readLine();
        if (!"ready".equals(line)) {
            throw new IOException("KilledSide: " + line + " (expected: ready)");
        }
    }

    /** Kills the process with SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /**
     * Sends back what is received, until this process is killed or its parent is gone.
     *
     * @param args verb, endpoint, routing id
     */
    public static void main(String[] args) throws Exception {
        ZmqContext context = ZmqContext.create();
        ZmqSocket socket = args[2].isEmpty() ? context.open(ZmqSocketType.ROUTER)
                : context.builder(ZmqSocketType.DEALER)
                        .option(ZmqOption.ROUTING_ID, args[2].getBytes(StandardCharsets.UTF_8)).open();
        socket.onMessage(socket::sendAsync);
        if (args[0].equals("bind")) {
            socket.bind(args[1]);
        } else {
            socket.connect(args[1]);
            socket.sendAsync("hello");
        }
        System.out.println("ready");
        while (System.in.read() >= 0) {
            continue;
        }
        System.exit(0);
    }
}
