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

import io.github.nettyvmci.examples.ProgramTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The tool talks to Debian's libzmq, through Python. */
@Timeout(300)
class LibzmqTest extends ProgramTest {

    /** Arguments: code that prepares a socket {@code s}, then what to do with it. */
    private static final String PYTHON = """
            import sys, zmq, zmq.auth.thread
            context = zmq.Context()
            context.linger = 30000
            def socket(kind):
                s = context.socket(kind)
                s.rcvtimeo = s.sndtimeo = 60000
                return s
            def bound(s, endpoint):
                s.bind(endpoint)
                print('bound', s.getsockopt(zmq.LAST_ENDPOINT).decode().rstrip('\\0'), flush=True)
            """;

    @TempDir
    private Path folder;

    private Process python(String code, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", PYTHON + code));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    private String endpoint(String transport) {
        return transport.equals("ipc") ? "ipc://" + folder.resolve("socket") : "tcp://127.0.0.1:*";
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipc", "tcp"})
    void libzmqShouldBeAnswered(String transport) throws Exception {
        Tool rep = Tool.bind(folder, "rep", "--bind", endpoint(transport), "--echo", "--count", "2");
        Process python = python("""
                s = socket(zmq.REQ)
                s.connect(sys.argv[1])
                for text in (b'one', b'two'):
                    s.send_multipart([text, b'part'])
                    print(s.recv_multipart())
                """, rep.endpoint());
        assertEquals(List.of("[b'one', b'part']", "[b'two', b'part']"), lines(python));
        rep.done();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipc", "tcp"})
    void libzmqShouldAnswer(String transport) throws Exception {
        Process python = python("""
                s = socket(zmq.REP)
                bound(s, sys.argv[1])
                for i in range(2):
                    s.send(s.recv() + b' to you')
                """, endpoint(transport));
        String endpoint = awaitLine(python, "bound ");
        assertEquals("hello to you\nhello to you\n",
                Tool.start("req", "--connect", endpoint, "--data", "hello", "--count", "2").done());
        assertEquals(0, python.waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipc", "tcp"})
    void libzmqShouldPublishAndSubscribe(String transport) throws Exception {
        Tool sub = Tool.bind(folder, "sub", "--bind", endpoint(transport), "--subscribe", "a", "--count", "1");
        Process python = python("""
                s = socket(zmq.XPUB)
                s.connect(sys.argv[1])
                print('subscribed', s.recv(), flush=True)
                s.send(b'b no')
                s.send(b'a yes')
                """, sub.endpoint());
        assertEquals("b'\\x01a'", awaitLine(python, "subscribed "));
        assertEquals("a yes\n", sub.done());
        assertEquals(0, python.waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipc", "tcp"})
    void curveShouldWorkWithKeysOfKeygen(String transport) throws Exception {
        String[] server = Tool.start("keygen").done().split("\\s+");
        String[] client = Tool.start("keygen").done().split("\\s+");
        Tool rep = Tool.bind(folder, "rep", "--bind", endpoint(transport), "--reply", "secret", "--count", "1",
                "--curve-server", "--curve-public-key", server[1], "--curve-secret-key", server[3]);
        Process python = python("""
                s = socket(zmq.REQ)
                s.curve_serverkey, s.curve_publickey, s.curve_secretkey = [k.encode() for k in sys.argv[2:5]]
                s.connect(sys.argv[1])
                s.send(b'question')
                print(s.recv())
                """, rep.endpoint(), server[1], client[1], client[3]);
        assertEquals(List.of("b'secret'"), lines(python));
        rep.done();
    }

    @Test
    void curveServerShouldAdmitAndRefuseOurKeys() throws Exception {
        String[] server = Tool.start("keygen").done().split("\\s+");
        String[] known = Tool.start("keygen").done().split("\\s+");
        String[] unknown = Tool.start("keygen").done().split("\\s+");
        Process python = python("""
                import pathlib
                folder = pathlib.Path(sys.argv[1])
                folder.mkdir()
                (folder / 'client.key').write_text('metadata\\ncurve\\n    public-key = "%s"\\n' % sys.argv[3])
                auth = zmq.auth.thread.ThreadAuthenticator(context)
                auth.start()
                auth.configure_curve(domain='*', location=str(folder))
                s = socket(zmq.REP)
                s.curve_server = True
                s.curve_secretkey = sys.argv[2].encode()
                bound(s, 'tcp://127.0.0.1:*')
                s.send(s.recv())
                print('answered', flush=True)
                sys.stdin.read()
                s.close()
                auth.stop()
                """, folder.resolve("keys").toString(), server[3], known[1]);
        String endpoint = awaitLine(python, "bound ");
        assertEquals("x\n", Tool.start("req", "--connect", endpoint, "--data", "x", "--curve-server-key", server[1],
                "--curve-public-key", known[1], "--curve-secret-key", known[3]).done());
        awaitLine(python, "answered");
        Tool refused = Tool.start("req", "--connect", endpoint, "--data", "x", "--curve-server-key", server[1],
                "--curve-public-key", unknown[1], "--curve-secret-key", unknown[3]);
        assertEquals(1, refused.status(), refused::err);
        assertTrue(refused.err().startsWith("zmq: handshake at " + endpoint + " failed: "), refused.err());
        assertTrue(refused.err().contains("400"), refused.err());
        assertEquals(1, refused.err().lines().count(), refused.err());
        // One endpoint is left to try, in vain: it goes on after the refusal, until it is stopped or the time is up.
        String[] vain = {"req", "--connect", endpoint, "--connect", "ipc://" + folder.resolve("nobody"), "--data", "x",
            "--curve-server-key", server[1], "--curve-secret-key", unknown[3], "--recv-timeout", "1h"};
        Tool patient = Tool.start(vain);
        patient.awaitErr("zmq: handshake at " + endpoint + " failed: ");
        patient.stop();
        vain[vain.length - 1] = "2s";
        Tool late = Tool.start(vain);
        assertEquals(3, late.status(), late::err);
        python.getOutputStream().close();
        assertEquals(0, python.waitFor());
    }

    @Test
    void plainServerShouldAdmitLibzmq() throws Exception {
        Tool rep = Tool.bind(folder, "rep", "--bind", "tcp://127.0.0.1:*", "--echo", "--count", "1", "--plain-server",
                "--plain-username", "ann", "--plain-password", "pw");
        Process python = python("""
                s = socket(zmq.REQ)
                s.plain_username, s.plain_password = b'ann', b'pw'
                s.connect(sys.argv[1])
                s.send(b'question')
                print(s.recv())
                """, rep.endpoint());
        assertEquals(List.of("b'question'"), lines(python));
        rep.done();
    }
}
