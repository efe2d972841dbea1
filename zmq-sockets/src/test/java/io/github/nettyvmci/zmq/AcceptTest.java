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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that runs out of descriptors while it accepts connections. */
class AcceptTest extends SocketTest {

    private static final int DESCRIPTORS = 100;

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "nio", "ipc"})
    void shouldTellThatDescriptorsAreExhaustedAndGoOnLater(String transport) throws Exception {
        Path errors = Files.createTempFile("accept", ".log");
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$@\"", "sh",
                System.getProperty("java.home") + File.separator + "bin/java", "-Xmx64m"));
        if (transport.equals("nio")) {
            command.add("-Dio.netty.transport.noNative=true");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), AcceptTest.class.getName(),
                transport.equals("ipc") ? "ipc://" + TestFamily.newPath() : endpoint("tcp")));
        Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        List<SocketChannel> crowd = new ArrayList<>();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            String endpoint = out.readLine();
            for (int i = 0; i < DESCRIPTORS + 10; i++) {
                crowd.add(SocketChannel.open(address(endpoint)));
            }
            assertEquals("ACCEPT_FAILED 24", out.readLine(), () -> read(errors));
            for (SocketChannel one : crowd) {
                one.close();
            }
            ZmqSocket push = open(ZmqSocketType.PUSH);
            connect(push, endpoint);
            send(push, "still there");
            assertEquals("still there", out.readLine(), () -> read(errors));
            // The log has one record without a trace: its line, and the one before it with the time.
            List<String> lines = Files.readAllLines(errors);
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("WARNING: pull: ACCEPT_FAILED")),
                    lines::toString);
            assertTrue(lines.stream().noneMatch(line -> line.contains("at io.netty") || line.contains("tail of the")),
                    () -> String.join("\n", lines));
        } finally {
            process.destroyForcibly();
            Files.delete(errors);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static SocketAddress address(String endpoint) {
        if (endpoint.startsWith("ipc://")) {
            return UnixDomainSocketAddress.of(endpoint.substring("ipc://".length()));
        }
        URI uri = URI.create(endpoint);
        return new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /**
     * Binds a PULL, tells of the first connection that could not be accepted, and prints what it receives.
     *
     * @param args the endpoint
     */
    public static void main(String[] args) throws Exception {
        ZmqContext context = ZmqContext.builder().ioThreads(1).build();
        ZmqSocket pull = context.builder(ZmqSocketType.PULL).name("pull").open();
        ZmqMonitor monitor = pull.monitor(1000);
        System.out.println(pull.bind(args[0]));
        ZmqEvent event = monitor.await(ZmqEvent.Kind.ACCEPT_FAILED, SOON);
        System.out.println(event.kind() + " " + event.value());
        try {
            System.out.println(pull.receive(SOON.multipliedBy(2)).text(0));
            System.in.read();
        } catch (Throwable e) {
            e.printStackTrace();
        }
        System.exit(0); // the test sees the end of what is printed
    }
}
