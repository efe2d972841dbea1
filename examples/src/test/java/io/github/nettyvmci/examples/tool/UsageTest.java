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

import io.github.nettyvmci.testing.TestFamily;
import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.zmq.ZmqSocketType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Exit status and error line of what goes wrong. */
@Timeout(300)
class UsageTest {

    private static final String NOWHERE = "ipc:///nowhere-at-all/socket";

    @TempDir
    private Path folder;

    private static void expect(int status, String text, String... arguments) throws Exception {
        Tool tool = Tool.start(arguments);
        assertEquals(status, tool.status(), tool.err());
        assertTrue(tool.err().contains(text), tool.err());
        assertEquals(1, tool.err().lines().count(), tool.err());
        assertTrue(tool.err().startsWith("zmq: "), tool.err());
        assertEquals("", tool.out());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "foo | type: foo (expected: ",
        "REQ | type: REQ (expected: ",
        "req | no endpoint (expected: --bind EP or --connect EP)",
        "req --connect vmci://12abc:1 | endpoint: vmci://12abc:1 (expected: digits in the CID at position 9",
        "rep --bind vmci://* | endpoint: vmci://* (expected: ",
        "req --connect vmci://*:5 | endpoint: vmci://*:5 (expected: the CID of a machine",
        "req --connect foo://x | endpoint: foo://x (expected: ",
        "req --connect nothing | endpoint: nothing (expected: ",
        "req --connect tcp://127.0.0.1:99999 | endpoint: tcp://127.0.0.1:99999 (expected: 1..65535",
        "req --connect ipc:///x --what | Unknown option: '--what'",
        "req --connect ipc:///x --recv-timeout 5 | '5' (expected: a duration such as 300ms, 5s or 2m)",
        "req --connect ipc:///x --count 0 | '0' (expected: a number from 1)",
        "req --connect ipc:///x --format json | json",
        "req --connect ipc:///x --echo | --echo with req (expected: rep, ",
        "dealer --connect ipc:///x --reply a | --reply with dealer (expected: rep, router or server)",
        "rep --bind ipc:///x --echo --reply a | --echo with --reply (expected: one of them)",
        "rep --bind ipc:///x --data a | something to send, with rep (expected: nothing; --reply answers)",
        "pull --bind ipc:///x --delay 1s | something to send, with pull (expected: nothing)",
        "push --bind ipc:///x --data a --file b | --data with --file (expected: one of them)",
        "push --bind ipc:///x --recv-count 1 | --recv-count with push (expected: dealer, ",
        "push --bind ipc:///x --subscribe a | --subscribe with push (expected: sub or xsub)",
        "radio --bind ipc:///x --data a | --group missing with radio",
        "push --bind ipc:///x --group a | --group with push",
        "client --bind ipc:///x --data a --part b | --part with client: several parts",
        "push --bind ipc:///x --option SNDHWM | --option: SNDHWM (expected: NAME=VALUE",
        "push --bind ipc:///x --option NOTHING=1 | option: NOTHING (expected: one of ",
        "push --bind ipc:///x --option SNDHWM=-1 | SNDHWM: -1 (expected: 0 to ",
        "req --connect ipc:///x --curve-server-key abc | a key of 3 characters (expected: 40 characters of Z85)",
        "rep --bind ipc:///x --curve-server | --curve-server without --curve-secret-key",
        "req --connect ipc:///x --plain-password a | --plain-password without --plain-username",
        "local_thr ipc:///x 10 | Missing required parameter: 'COUNT'",
        "local_thr ipc:///x ten 10 | 'ten'",
        "proxy --frontend router=ipc:///x | --backend",
        "proxy --frontend router --backend dealer=ipc:///x | --frontend: router (expected: TYPE=EP",
        "proxy --frontend pub=ipc:///x --backend push=ipc:///y | --frontend pub with --backend push",
        "keygen --secret-key abc | a key of 3 characters",
    })
    void wrongUsageShouldEndWith2(String arguments, String text) throws Exception {
        expect(2, text, arguments.split(" "));
    }

    @Test
    void noCommandShouldEndWith2() throws Exception {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(2, Zmq.run(new Streams(InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                new PrintStream(err, true), false)));
        assertTrue(err.toString().startsWith("zmq: no command (expected: "), err.toString());
    }

    @Test
    void bindInUseShouldEndWith1() throws Exception {
        Tool first = Tool.bind(folder, "rep", "--bind", "tcp://127.0.0.1:*", "--echo");
        expect(1, "bind: " + first.endpoint() + " failed: ", "rep", "--bind", first.endpoint(), "--echo");
        first.stop();
        String path = "ipc://" + folder.resolve("socket");
        Tool second = Tool.bind(folder, "rep", "--bind", path, "--echo");
        expect(1, "(EADDRINUSE, errno 98)", "rep", "--bind", path, "--echo");
        second.stop();
        assertTrue(Files.notExists(folder.resolve("socket")), "the socket file stayed");
    }

    @Test
    void bindWhereThereIsNoFolderShouldEndWith1() throws Exception {
        expect(1, "(ENOENT, errno 2)", "rep", "--bind", NOWHERE, "--echo");
    }

    @Test
    void unreadableFileShouldEndWith1() throws Exception {
        expect(1, "--file /nowhere/at/all: cannot be read, there is no such file", "push", "--connect", NOWHERE,
                "--file", "/nowhere/at/all");
        expect(1, "--file " + folder + ": cannot be read, ", "push", "--connect", NOWHERE, "--file",
                folder.toString());
    }

    @Test
    void unwritableReadyFileShouldEndWith1() throws Exception {
        expect(1, "--ready-file /nowhere/at/all: cannot be written", "rep", "--bind", "tcp://127.0.0.1:*", "--echo",
                "--ready-file", "/nowhere/at/all");
    }

    @Test
    void timeoutsShouldEndWith3() throws Exception {
        expect(3, "receive on req: no message within 50 ms", "req", "--connect", NOWHERE, "--data", "a",
                "--recv-timeout", "50ms");
        expect(3, "receive on pull: no message within 50 ms", "pull", "--bind", "tcp://127.0.0.1:*",
                "--recv-timeout", "50ms");
        expect(3, "receive on dealer: no message within 50 ms", "dealer", "--bind", "tcp://127.0.0.1:*", "--data", "a",
                "--option", "LINGER=0", "--recv-count", "1", "--recv-timeout", "50ms", "--option", "IMMEDIATE=0",
                "--connect", NOWHERE);
        expect(3, "send on push: no peer with room within 50 ms", "push", "--bind", "tcp://127.0.0.1:*", "--data", "a",
                "--send-timeout", "50ms");
        // The time is longer here, for on a busy machine the connect that makes the room may itself take 50 ms.
        expect(3, "send on push: the last messages were not taken within 1000 ms", "push", "--connect", NOWHERE,
                "--data", "a", "--send-timeout", "1s");
        expect(3, "send on stream: no connection within 50 ms", "stream", "--bind", "tcp://127.0.0.1:*", "--data", "a",
                "--send-timeout", "50ms");
    }

    @Test
    void endpointThatIsGivenUpShouldEndWith1() throws Exception {
        expect(1, "connect to " + NOWHERE + " given up: ", "req", "--connect", NOWHERE, "--data", "a", "--option",
                "RECONNECT_IVL=-1");
    }

    @Test
    void peerOfTheWrongTypeShouldEndWith1() throws Exception {
        Tool push = Tool.bind(folder, "pull", "--bind", "ipc://" + folder.resolve("pull"));
        expect(1, "handshake at " + push.endpoint() + " failed: ", "req", "--connect", push.endpoint(), "--data", "a");
        push.stop();
    }

    @Test
    void readyFileShouldSayWhereToConnectTo() throws Exception {
        Tool tool = Tool.bind(folder, "rep", "--echo", "--bind", "tcp://*:*", "--bind", "tcp://127.0.0.1:*", "--bind",
                "ipc://" + folder.resolve("socket"), "--bind", "ipc://@" + folder.getFileName());
        assertEquals(4, tool.endpoints().size());
        assertTrue(tool.endpoints().get(0).matches("tcp://127\\.0\\.0\\.1:[0-9]+"), tool.endpoints().toString());
        assertTrue(tool.endpoints().get(1).matches("tcp://127\\.0\\.0\\.1:[0-9]+"), tool.endpoints().toString());
        assertEquals("ipc://" + folder.resolve("socket"), tool.endpoints().get(2));
        assertEquals("ipc://@" + folder.getFileName(), tool.endpoints().get(3));
        for (String endpoint : tool.endpoints()) {
            assertEquals("x\n", Tool.start("req", "--connect", endpoint, "--data", "x").done());
        }
        tool.stop();
    }

    /** A bind to a wild-card CID is made on any machine; it is connected to in the VM only. */
    @Test
    void vmciShouldBeBoundOrTheReasonTold() throws Exception {
        if (Vmci.isAvailable()) {
            Tool tool = Tool.bind(folder, "rep", "--bind", "vmci://*:*", "--echo");
            assertTrue(tool.endpoint().matches("vmci://[0-9]+:[0-9]+"), tool.endpoint());
            if (TestFamily.IN_VM) {
                assertEquals("x\n", Tool.start("req", "--connect", tool.endpoint(), "--data", "x").done());
            }
            tool.stop();
        } else {
            expect(1, "AF_VSOCK is not available", "rep", "--bind", "vmci://*:*", "--echo");
        }
    }

    @ParameterizedTest
    @EnumSource(ZmqSocketType.class)
    void everyTypeShouldHaveHelp(ZmqSocketType type) throws Exception {
        String help = Tool.start(TypeNames.of(type), "--help").done();
        assertTrue(help.startsWith(TypeNames.of(type) + ": "), help);
        for (String option : new String[] {"--bind EP", "--connect EP", "--recv-timeout DURATION", "--ready-file PATH",
            "--curve-server-key Z85", "--option NAME=VALUE", "Exit status"}) {
            assertTrue(help.contains(option), option + " in " + help);
        }
        assertTrue(Tool.start("--help").done().matches("(?s).*\\b" + TypeNames.of(type) + "\\b.*"));
    }

    @Test
    void shouldTellTheVersionsThatAReportNeeds() throws Exception {
        String versions = Tool.start("--version").done();
        assertTrue(versions.matches("zmq \\d+\\.\\d+\\.\\d+\\S*\n" + "netty-transport-vmci \\d+\\.\\d+\\.\\d+\\S*\n"
                + "Netty 4\\.2\\.\\S+\n" + "Java \\d+.*, Linux .*\n"), versions);
        assertTrue(Tool.start("--help").done().contains("script/zmq --version"));
    }

    @Test
    void probeShouldTellWhetherSocketsCanBeBound() throws Exception {
        Tool tool = Tool.start("probe");
        assertEquals(Vmci.probe().vsockUsable() ? 0 : 1, tool.status());
        assertTrue(tool.out().contains("AF_UNIX"), tool.out());
        assertEquals(Vmci.probe().vsockUsable() ? "" : "zmq: probe: AF_VSOCK stream sockets cannot be created and bound"
                + " here (expected: they can); what would fix it stands in the lines on standard output\n", tool.err());
    }

    @Test
    void keygenShouldMakePairs() throws Exception {
        String[] lines = Tool.start("keygen").done().split("\n");
        assertEquals(2, lines.length);
        assertTrue(lines[0].matches("public .{40}"), lines[0]);
        assertTrue(lines[1].matches("secret .{40}"), lines[1]);
        assertEquals(String.join("\n", lines) + '\n',
                Tool.start("keygen", "--secret-key", lines[1].substring("secret ".length())).done());
        // the pair of RFC 32 and libzmq's manual
        assertEquals("public Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID\n"
                + "secret D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\n",
                Tool.start("keygen", "--secret-key", "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs").done());
    }
}
