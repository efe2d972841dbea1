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
package io.github.nettyvmci.examples.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.FakeMonitor;
import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZapReply;
import io.github.nettyvmci.zmtp.security.CurveKeyPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** The tool talks to itself, every type to one it belongs to. */
@Timeout(300)
class ToolTest {

    @TempDir
    private Path folder;

    /** AF_VSOCK in the VM, a Unix socket elsewhere. */
    private String endpoint() throws IOException {
        return TestFamily.CURRENT == TestFamily.VSOCK ? "vmci://*:*"
                : "ipc://" + Files.createTempDirectory(folder, "e").resolve("s");
    }

    private Tool bind(String arguments) throws Exception {
        return Tool.bind(folder, (arguments + " --bind " + endpoint()).split(" "));
    }

    private static Tool connect(Tool to, String arguments) {
        List<String> all = new ArrayList<>(List.of(arguments.split(" ")));
        all.addAll(List.of("--connect", TestFamily.dial(to.endpoint())));
        return Tool.start(all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "rep --echo --count 3       | req --data a --count 3                  | a,a,a",
        "rep --reply b --count 1    | req --data a                            | b",
        "router --echo --count 2    | req --data a --count 2                  | a,a",
        "router --reply b --count 2 | req --data a --count 2                  | b,b",
        "router --reply b --count 1 | dealer --data a --recv-count 1          | b",
        "dealer --echo --count 1    | dealer --data a --recv-count 1          | a",
        "server --echo --count 2    | client --data a --count 2 --recv-count 2 | a,a",
        "server --reply b --count 1 | client --data a --recv-count 1          | b",
        "peer --echo --count 1      | peer --data a --recv-count 1            | a",
        "pair --echo --count 2      | pair --data a --count 2 --recv-count 2  | a,a",
        "channel --echo --count 1   | channel --data a --recv-count 1         | a",
    })
    void answersShouldComeBack(String server, String client, String printed) throws Exception {
        Tool answering = bind(server);
        assertEquals(printed.replace(',', '\n') + '\n', connect(answering, client).done());
        assertEquals("", answering.done());
    }

    @Test
    void shouldReachAGuestThroughItsMonitor() throws Exception {
        String path = folder.resolve("vsock").toString();
        try (FakeMonitor monitor = new FakeMonitor(path, FakeMonitor.Manner.PROPER)) {
            Tool guest = Tool.bind(folder, "rep", "--reply", "World", "--count", "1", "--bind",
                    "ipc://" + monitor.guestPath(5555));
            Tool host = Tool.start("req", "--connect", "vsock+unix://" + path + ":5555", "--data", "Hello");
            assertEquals("World\n", host.done());
            assertEquals("", guest.done());
        }
        // And the other way: the monitor connects to the file that stands for the port.
        Tool host = Tool.bind(folder, "rep", "--reply", "World", "--count", "1", "--bind",
                "vsock+unix://" + path + ":5556");
        assertEquals("ipc://" + path + "_5556", host.endpoint());
        assertEquals("World\n", connect(host, "req --data Hello").done());
        assertEquals("", host.done());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "pull --count 2                   | push --data a --count 2                      | a,a,",
        "pull --count 1                   | push --data a --part b                       | a,b,",
        "pull --count 2                   | push --part a --part b --count 2             | a,b,,a,b,",
        "pull --count 1 --format hex      | push --data abc                              | 616263,",
        "pull --count 1 --format raw      | push --data abc --part def                   | abcdef",
        "pull --count 1                   | push --data --echo --part -h                 | --echo,-h,",
        "xpub --recv-count 3 --format none | xsub --data a --count 1000000 --interval 1ms   | ",
        "gather --count 2                 | scatter --data a --count 2                   | a,a,",
        "pair --recv-count 1              | pair --data a                                | a,",
        "rep --count 1                    | req --data a                                 | a,",
        "router --count 1                 | dealer --routing-id me --data a              | me,a,",
        "router --count 1                 | req --routing-id me --data a | me,,a,",
        "xpub --recv-count 1 --format hex | xsub --subscribe ab --recv-count 1           | 016162,",
        "xpub --recv-count 1 --format hex | sub --subscribe ab                           | 016162,",
        "push --data a --count 2          | pull --count 2                               | ",
        "peer --recv-count 1              | peer --data a                                | a,",
        "dealer --recv-count 1            | dealer --data a --part b                     | a,b,",
    })
    void whatArrivesShouldBePrinted(String server, String client, String printed) throws Exception {
        Tool receiving = bind(server);
        Tool sending = connect(receiving, client);
        assertEquals(printed == null ? "" : printed.replace(',', '\n'), receiving.done());
        if (client.startsWith("pull")) {
            assertEquals("a\na\n", sending.done());
        } else {
            sending.stop(); // most have ended; subscribers and who waits for a reply have not
        }
    }

    @Test
    void subscribersShouldGetWhatTheyAskFor() throws Exception {
        Tool sub = bind("sub --subscribe b --count 2");
        Tool other = connect(sub, "pub --data a1 --count 1000000 --interval 1ms");
        Tool wanted = connect(sub, "pub --data b1 --count 1000000 --interval 1ms");
        assertEquals("b1\nb1\n", sub.done());
        other.stop();
        wanted.stop();
    }

    @Test
    void subShouldTakeEverythingUnlessTold() throws Exception {
        Tool sub = bind("sub --count 1");
        Tool pub = connect(sub, "pub --data anything --count 1000000 --interval 1ms");
        assertEquals("anything\n", sub.done());
        pub.stop();
    }

    @Test
    void dishesShouldGetTheirGroup() throws Exception {
        Tool dish = bind("dish --group news --group sport --count 2");
        Tool other = connect(dish, "radio --group weather --data rain --count 1000000 --interval 1ms");
        Tool news = connect(dish, "radio --group sport --data goal --count 1000000 --interval 1ms");
        assertEquals("goal\ngoal\n", dish.done());
        other.stop();
        news.stop();
    }

    @Test
    void linesOfInputShouldBeMessages() throws Exception {
        Tool pull = bind("pull --count 4 --format quoted");
        assertEquals("", Tool.startWith("one\n\ntwo words\nlast", "push", "--connect", pull.endpoint()).done());
        assertEquals("\"one\"\n\"\"\n\"two words\"\n\"last\"\n", pull.done());
        Tool rep = bind("rep --echo");
        assertEquals("1\n2\n", Tool.startWith("1\n2\n3\n", "req", "--count", "2", "--connect", rep.endpoint()).done());
        rep.stop();
    }

    @Test
    void filesShouldBeOnePart() throws Exception {
        byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        Path file = Files.write(folder.resolve("content"), content);
        Tool pull = bind("pull --count 1 --format raw");
        assertEquals("", connect(pull, "push --file " + file).done());
        assertEquals(new String(content, StandardCharsets.ISO_8859_1), pull.done());
    }

    @Test
    void streamShouldTalkToAnyStreamPeer() throws Exception {
        Tool server = Tool.bind(folder, "stream", "--bind", "tcp://127.0.0.1:*", "--data", "hello", "--recv-count",
                "1");
        int port = Integer.parseInt(server.endpoint().substring(server.endpoint().lastIndexOf(':') + 1));
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(Tool.SECONDS * 1000);
            assertEquals("hello", new String(socket.getInputStream().readNBytes(5), StandardCharsets.US_ASCII));
            socket.getOutputStream().write("world".getBytes(StandardCharsets.US_ASCII));
            assertEquals("world\n", server.done());
        }
    }

    @Test
    void messagesShouldNotBeLostWhenTheSenderEnds() throws Exception {
        Tool pull = bind("pull --count 20000 --option RCVHWM=10");
        assertEquals("", connect(pull, "push --data x --count 20000 --option SNDHWM=10").done());
        assertEquals("x\n".repeat(20_000), pull.done());
    }

    @Test
    void bothMaySendALotBeforeTheyReceive() throws Exception {
        Tool echo = bind("dealer --echo --option RCVHWM=10 --option SNDHWM=10");
        assertEquals("x\n".repeat(20_000), connect(echo,
                "dealer --data x --count 20000 --recv-count 20000 --option RCVHWM=10 --option SNDHWM=10").done());
        echo.stop();
    }

    @Test
    void delayAndIntervalShouldPassBetweenSends() throws Exception {
        Tool pull = bind("pull --count 3");
        long start = System.nanoTime();
        connect(pull, "push --data x --count 3 --delay 100ms --interval 100ms").done();
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(millis >= 300, () -> millis + " ms");
        pull.done();
    }

    @Test
    void curveShouldTakeOurKeys() throws Exception {
        String[] keys = Tool.start("keygen").done().split("\\s+");
        Tool rep = bind("rep --echo --curve-server --curve-secret-key " + keys[3]);
        assertEquals("x\n", connect(rep, "req --data x --curve-server-key " + keys[1]).done());
        String[] own = Tool.start("keygen").done().split("\\s+");
        assertEquals("x\n", connect(rep, "req --data x --curve-server-key " + keys[1] + " --curve-public-key " + own[1]
                + " --curve-secret-key " + own[3]).done());
        // Another server's key: this one cannot read us, and says nothing. So it is tried again.
        Tool stranger = connect(rep, "req --data x --curve-server-key " + own[1]);
        stranger.awaitErr("zmq: handshake at " + TestFamily.dial(rep.endpoint()) + " failed: ");
        stranger.stop();
        Tool late = connect(rep, "req --data x --recv-timeout 1s --curve-server-key " + own[1]);
        assertEquals(3, late.status());
        assertTrue(late.err().contains("zmq: receive on req: no message within 1000 ms"), late.err());
        rep.stop();
        assertTrue(rep.err().contains("zmq: handshake at "), rep.err());
    }

    @Test
    void plainShouldRefuseWrongPasswords() throws Exception {
        Tool rep = bind("rep --echo --plain-server --plain-username ann --plain-password secret");
        assertEquals("x\n", connect(rep, "req --data x --plain-username ann --plain-password secret").done());
        Tool wrong = connect(rep, "req --data x --plain-username ann --plain-password wrong");
        assertEquals(1, wrong.status());
        assertTrue(wrong.err().startsWith("zmq: handshake at " + TestFamily.dial(rep.endpoint()) + " failed: "),
                wrong.err());
        assertEquals(1, wrong.err().lines().count(), wrong.err());
        rep.stop();
    }

    @Test
    void senderShouldFailIfItsKeyIsUnknown() throws Exception {
        CurveKeyPair keys = CurveKeyPair.generate();
        try (ZmqContext context = ZmqContext.create();
                ZmqSocket pull = context.builder(ZmqSocketType.PULL).curveServer(keys)
                        .zapHandler(request -> CompletableFuture.completedFuture(ZapReply.refused("unknown"))).open()) {
            String endpoint = pull.bind("tcp://127.0.0.1:*");
            Tool push = Tool.start("push", "--connect", endpoint, "--data", "x", "--curve-server-key",
                    keys.publicKeyText());
            assertEquals(1, push.status(), push::err);
            assertTrue(push.err().startsWith("zmq: handshake at " + endpoint + " failed: "), push.err());
        }
    }

    /** Whenever the input is read: these messages wait for a handshake that fails. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "pull --plain-server --plain-username ann --plain-password secret | push --plain-username ann"
            + " --plain-password no",
        "pull --plain-server --plain-username ann --plain-password secret | push",
        "rep                                                              | push",
        "router --plain-server --plain-username ann --plain-password secret | dealer --plain-username ann"
            + " --plain-password no",
        "router --plain-server --plain-username ann --plain-password secret | dealer",
    })
    void sendersShouldFailIfTheirMessagesAreLost(String server, String client) throws Exception {
        Tool refusing = bind(server);
        Tool sending = connect(refusing, client + " --data x");
        assertEquals(1, sending.status(), sending::err);
        assertTrue(sending.err().startsWith("zmq: handshake at " + TestFamily.dial(refusing.endpoint()) + " failed: "),
                sending.err());
        assertEquals(1, sending.err().lines().count(), sending.err());
        refusing.stop();
    }

    @Test
    void aSenderShouldFailIfOneOfSeveralPeersRefuses() throws Exception {
        Tool pull = bind("pull --count 5");
        try (ServerSocket late = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Tool push = Tool.start("push", "--connect", pull.endpoint(), "--connect", "tcp://127.0.0.1:"
                    + late.getLocalPort(), "--data", "x", "--count", "10");
            try (Socket peer = late.accept()) {
                pull.done(); // so that at least four messages wait for the other peer, which wants a password
                byte[] greeting = new byte[64];
                greeting[0] = (byte) 0xff;
                greeting[9] = 0x7f;
                greeting[10] = 3;
                System.arraycopy("PLAIN".getBytes(StandardCharsets.US_ASCII), 0, greeting, 12, 5);
                peer.getOutputStream().write(greeting);
                assertEquals(1, push.status(), push::err);
                assertTrue(push.err().contains("zmq: push: messages lost: "), push.err());
            }
        }
    }

    @Test
    void verboseShouldTellOfEvents() throws Exception {
        Tool rep = bind("rep --echo --count 1 --verbose");
        connect(rep, "req --data x").done();
        rep.done();
        for (String event : new String[] {"LISTENING", "ACCEPTED", "HANDSHAKE_SUCCEEDED", "MONITOR_STOPPED"}) {
            assertTrue(rep.err().contains("zmq: " + event + ' '), rep.err());
        }
    }

    @Test
    void proxyShouldPassMessagesAndShowThem() throws Exception {
        Tool proxy = Tool.bind(folder, "proxy", "--frontend", "router=" + endpoint(), "--backend",
                "dealer=" + endpoint(), "--capture", endpoint());
        assertEquals(3, proxy.endpoints().size());
        Tool rep = Tool.start("rep", "--connect", proxy.endpoints().get(1), "--reply", "b");
        Tool capture = Tool.start("sub", "--connect", proxy.endpoints().get(2), "--count", "3", "--format", "none");
        // PUB does not wait for a subscriber: ask until copies were seen. Of three one is a request that follows a
        // reply, which has been printed by then.
        Tool req = Tool.startWith("", "req", "--connect", proxy.endpoints().get(0), "--data", "a", "--count", "1000000",
                "--interval", "1ms");
        assertEquals("", capture.done());
        req.stop();
        rep.stop();
        proxy.stop();
        assertTrue(req.out().startsWith("b\n"), req.out());
    }

    @Test
    void performanceProgramsShouldPrintWhatLibzmqsDo() throws Exception {
        String first = freeEndpoint();
        Tool local = Tool.start("local_thr", first, "30", "5000");
        assertEquals("", Tool.start("remote_thr", first, "30", "5000").done());
        assertTrue(local.done().matches("message size: 30 \\[B]\nmessage count: 5000\n"
                + "mean throughput: [0-9]+ \\[msg/s]\nmean throughput: [0-9]+\\.[0-9]{3} \\[Mb/s]\n"), local.out());
        String second = freeEndpoint();
        Tool answering = Tool.start("local_lat", second, "1", "200");
        assertTrue(Tool.start("remote_lat", second, "1", "200").done().matches("message size: 1 \\[B]\n"
                + "roundtrip count: 200\naverage latency: [0-9]+\\.[0-9]{3} \\[us]\n"));
        assertEquals("", answering.done());
        String third = freeEndpoint();
        Tool strict = Tool.start("local_thr", third, "30", "2");
        Tool sender = Tool.start("remote_thr", third, "31", "1");
        assertEquals(1, strict.status());
        assertTrue(strict.err().contains("message of incorrect size received: 31 (expected: 30)"), strict.err());
        sender.done();
    }

    @Test
    void performanceProgramsShouldSpeakCurve() throws Exception {
        String publicKey = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
        String secretKey = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
        String endpoint = freeEndpoint();
        Tool local = Tool.start("local_thr", endpoint, "30", "500", "--curve-server", "--curve-secret-key", secretKey);
        assertEquals("", Tool.start("remote_thr", endpoint, "30", "500", "--curve-server-key", publicKey).done());
        assertTrue(local.done().contains("message count: 500\n"), local.out());
        assertEquals(2, Tool.start("local_thr", endpoint, "30", "500", "--curve-server").status());
    }

    /** These programs tell nobody where they listen. */
    private String freeEndpoint() throws IOException {
        return "ipc://" + Files.createTempDirectory(folder, "e").resolve("s");
    }

    @Test
    void endingShouldNotWaitForPeersThatNeverCome() throws Exception {
        Tool push = bind("push --part x");
        push.stop(); // waits for a peer
        Tool lingering = Tool.start("push", "--connect", freeEndpoint(), "--data", "x");
        lingering.stop(); // wherever it is, at the latest in its lingering
    }
}
