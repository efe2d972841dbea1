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

import io.github.nettyvmci.testing.RecordingLeakDetector;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.util.internal.PlatformDependent;

import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Runs servers for some minutes among peers that come, talk, vanish in the middle, send garbage or are killed, and
 * servers that go away and come back. At the end there must be as many threads, file descriptors and as much direct
 * memory as near the beginning. {@code script/soak} starts this program.
 */
final class Soak {

    /** The numbers that must not grow, taken between rounds, when all peers are gone. */
    private record Sample(int threads, int fds, long direct) {

        static Sample take() throws InterruptedException {
            System.gc();
            File[] fds = new File("/proc/self/fd").listFiles();
            return new Sample(Thread.getAllStackTraces().size(), fds == null ? -1 : fds.length,
                    PlatformDependent.usedDirectMemory());
        }
    }

    private final Random random = new Random(1);
    private final ZmqContext context = ZmqContext.create();
    private final String ipc = "ipc://" + TestFamily.newPath();
    private ZmqSocket router;
    private ZmqSocket pub;
    private String tcp;
    private int rounds;
    private int messages;
    private int garbage;
    private int kills;
    private int restarts;

    private Soak() {
    }

    /**
     * Runs for some minutes; the exit status is 1 if anything grew.
     *
     * @param args minutes
     */
    public static void main(String[] args) throws Exception {
        System.exit(new Soak().run(Double.parseDouble(args[0])) ? 0 : 1);
    }

    private boolean run(double minutes) throws Exception {
        long length = (long) (minutes * 60e9);
        long begin = System.nanoTime();
        boolean python = PythonSide.Maker.isAvailable();
        serve();
        Sample first = null;
        long nextLine = 0;
        while (System.nanoTime() - begin < length) {
            round(python && rounds % 50 == 49);
            long now = System.nanoTime() - begin;
            if (now >= nextLine) {
                nextLine = now + Math.min(30_000_000_000L, length / 10);
                Sample sample = Sample.take();
                // After a fifth of the time everything has been used once, so that pools are not taken for a leak.
                first = first == null && now > length / 5 ? sample : first;
                System.out.printf("%4d s  %6d rounds  %7d messages  %5d garbage  %3d kills  %4d restarts  %s%n",
                        now / 1_000_000_000, rounds, messages, garbage, kills, restarts, sample);
            }
        }
        Sample last = Sample.take();
        System.out.println("from " + first + " to " + last);
        List<String> leaks = RecordingLeakDetector.take();
        leaks.forEach(System.out::println);
        boolean flat = first != null && last.threads <= first.threads + 2 && last.fds <= first.fds + 5
                && last.direct <= first.direct + (8 << 20) && leaks.isEmpty();
        System.out.println(flat ? "flat" : "NOT flat");
        context.close(Duration.ofSeconds(2));
        return flat;
    }

    private void serve() {
        router = context.open(ZmqSocketType.ROUTER);
        router.bind(ipc);
        tcp = router.bind("tcp://127.0.0.1:*");
        router.onMessage(router::sendAsync);
        pub = context.builder(ZmqSocketType.PUB).option(ZmqOption.HANDSHAKE_IVL, Duration.ofSeconds(1))
                .option(ZmqOption.SNDHWM, 100).open();
        pub.bind(ipc + ".pub");
    }

    private void round(boolean kill) throws Exception {
        rounds++;
        String endpoint = random.nextBoolean() ? ipc : tcp;
        ZmqSocket dealer = context.builder(ZmqSocketType.DEALER).option(ZmqOption.LINGER, Duration.ZERO)
                .option(ZmqOption.RECONNECT_IVL, Duration.ofMillis(5)).open();
        ZmqSocket sub = context.open(ZmqSocketType.SUB);
        sub.subscribe("a");
        sub.connect(ipc + ".pub");
        dealer.connect(endpoint);
        int count = random.nextInt(50);
        for (int i = 0; i < count; i++) {
            dealer.sendAsync("message " + i, "x".repeat(random.nextInt(3000)));
            pub.sendAsync("a" + i);
        }
        for (int i = random.nextInt(count + 1); i > 0; i--) { // the rest is lost when it closes
            ZmtpMessage message = dealer.receive(Duration.ofSeconds(20));
            if (message == null) {
                throw new IllegalStateException("no answer in round " + rounds);
            }
            message.release();
            messages++;
        }
        if (random.nextInt(3) == 0) {
            sendGarbage();
        }
        if (random.nextInt(20) == 0) {
            restart(dealer);
        }
        if (kill) {
            kill();
        }
        dealer.closeAsync().join();
        sub.closeAsync().join();
    }

    private void sendGarbage() throws IOException {
        garbage++;
        byte[] octets = new byte[random.nextInt(200)];
        random.nextBytes(octets);
        if (octets.length > 10 && random.nextBoolean()) {
            octets[0] = (byte) 0xff; // the beginning of a greeting
            octets[9] = 0x7f;
        }
        URI uri = URI.create(tcp);
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream().write(octets);
        } catch (java.net.SocketException e) {
            // the server may close the connection before this peer has sent everything
        }
    }

    /** Closes the servers and opens new ones, while a client is connected that has to find them again. */
    private void restart(ZmqSocket dealer) throws InterruptedException {
        restarts++;
        router.closeAsync().join();
        pub.closeAsync().join();
        serve();
        String endpoint = dealer.lastEndpoint();
        if (endpoint.equals(ipc)) {
            for (int i = 0; i < 100; i++) {
                dealer.sendAsync("after");
                ZmtpMessage message = dealer.receive(Duration.ofMillis(200));
                if (message != null) {
                    message.release();
                    return;
                }
            }
            throw new IllegalStateException("not found again in round " + rounds);
        }
    }

    private void kill() throws Exception {
        kills++;
        PythonSide.Maker python = new PythonSide.Maker();
        PythonSide dealer = python.open(ZmqSocketType.DEALER);
        dealer.connect(tcp);
        dealer.send("hello");
        dealer.receive(5000);
        python.kill();
        python.close();
    }
}
