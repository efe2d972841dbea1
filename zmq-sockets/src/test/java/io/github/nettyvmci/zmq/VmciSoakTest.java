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

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.NeedsVmx;
import io.github.nettyvmci.testing.Vmx;
import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.File;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Connections over the VMCI driver that come, talk and go, while processes and the virtual machine between them are
 * killed: half a minute, or as many minutes as the property {@code vmci.test.soak.minutes} says (script/tests/vmci).
 */
@NeedsVmx
@Tag("vmci")
class VmciSoakTest extends SocketTest {

    /** Sends the beginning of a greeting and waits to be killed. */
    private static final String HALF_GREETING = """
            import socket, sys, time
            s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
            s.connect((int(sys.argv[1]), int(sys.argv[2])))
            s.sendall(bytes([255, 0, 0, 0, 0, 0, 0, 0, 1, 127, 3]))
            print("sent", flush=True)
            time.sleep(600)
            """;

    private final Random random = new Random(1);
    private int rounds;
    private int messages;
    private int kills;
    private int restarts;

    @Test
    @Timeout(3600)
    void shouldLeaveNothingBehind() throws Exception {
        double minutes = Double.parseDouble(System.getProperty("vmci.test.soak.minutes", "0.5"));
        long end = System.nanoTime() + (long) (minutes * TimeUnit.MINUTES.toNanos(1));
        try (Vmx vmx = new Vmx()) {
            ZmqSocket router = context.builder(ZmqSocketType.ROUTER)
                    .option(ZmqOption.HANDSHAKE_IVL, Duration.ofSeconds(30)).open();
            long port = VmciAddress.parse(router.bind("vmci://*:*")).port();
            router.onMessage(router::sendAsync);
            String endpoint = vmx.address(port).toString();
            round(vmx, endpoint, port, true); // opens what is opened once
            int before = descriptors();
            while (rounds < 10 || System.nanoTime() < end) {
                round(vmx, endpoint, port, rounds % 10 == 9);
            }
            await(() -> router.metrics().peers().isEmpty());
            await(() -> descriptors() <= before);
        }
        System.out.printf("%d rounds, %d messages there and back, %d processes killed, %d machines killed%n", rounds,
                messages, kills, restarts);
        assertTrue(messages > 0 && kills > 0 && restarts > 0);
    }

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    private void round(Vmx vmx, String endpoint, long port, boolean kill) throws Exception {
        rounds++;
        ZmqSocket dealer = context.builder(ZmqSocketType.DEALER).option(ZmqOption.LINGER, Duration.ZERO)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(10)).open();
        dealer.connect(endpoint);
        int count = 1 + random.nextInt(30);
        for (int i = 0; i < count; i++) {
            send(dealer, "message " + i, "x".repeat(random.nextInt(3000)));
        }
        for (int i = random.nextInt(count + 1); i > 0; i--) { // the rest is lost when it closes
            answer(dealer.receive(SOON));
        }
        if (kill) {
            killAProcess(vmx.address(port));
            killTheMachine(vmx, dealer);
        }
        dealer.closeAsync().join();
    }

    private void answer(ZmtpMessage message) {
        assertNotNull(message, "no answer in round " + rounds);
        message.release();
        messages++;
    }

    /** Kills a process in the middle of its greeting. */
    private void killAProcess(VmciAddress remote) throws Exception {
        kills++;
        Process process = new ProcessBuilder("/usr/bin/python3", "-c", HALF_GREETING, Long.toString(remote.cid()),
                Long.toString(remote.port())).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getInputStream().read();
        process.destroyForcibly().waitFor();
    }

    /** Kills the virtual machine: both ends lose their connection, and the client finds the server again. */
    private void killTheMachine(Vmx vmx, ZmqSocket dealer) throws Exception {
        restarts++;
        vmx.restart();
        ZmtpMessage message = null;
        for (int i = 0; i < 100 && message == null; i++) {
            send(dealer, "after");
            message = dealer.receive(Duration.ofSeconds(1));
        }
        answer(message);
    }
}
