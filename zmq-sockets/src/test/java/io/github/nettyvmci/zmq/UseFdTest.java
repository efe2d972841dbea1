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
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.ForeignSockets;
import io.github.nettyvmci.testing.TestFamily;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

/** ZMQ_USE_FD: binds to sockets that listen already. What is asserted is what libzmq 4.3.4 does, but for the reset. */
@Tag("vmci")
class UseFdTest extends SocketTest {

    private static final boolean VSOCK = TestFamily.CURRENT == TestFamily.VSOCK;

    private static String elsewhere() {
        return VSOCK ? "vsock://1:*" : "ipc:///nowhere/at/all";
    }

    private static boolean isOpen(int fd) {
        return Files.exists(Path.of("/proc/self/fdinfo/" + fd));
    }

    @Test
    void shouldAcceptFromASocketThatListens() throws Exception {
        var address = TestFamily.CURRENT.newAddress();
        int fd = ForeignSockets.listening(address);
        ZmqSocket rep = open(ZmqSocketType.REP);
        rep.setOption("ZMQ_USE_FD", Integer.toString(fd));
        String bound = rep.bind(elsewhere()); // where it is bound is decided already
        if (address instanceof DomainSocketAddress unix) {
            assertEquals("ipc://" + unix.path(), bound);
        } else {
            assertTrue(bound.matches("vsock://[12]:[0-9]+"), bound);
        }
        assertEquals(bound, rep.lastEndpoint());
        assertEquals(-1, rep.getOption(ZmqOption.USE_FD));
        ZmqSocket req = open(ZmqSocketType.REQ);
        req.connect(TestFamily.dial(bound.replace("vsock", "vmci")));
        send(req, "Hello");
        expect(rep, "Hello");
        send(rep, "World");
        expect(req, "World");
        rep.unbind(bound);
        await(() -> !isOpen(fd));
        if (address instanceof DomainSocketAddress unix) {
            assertTrue(Files.deleteIfExists(Path.of(unix.path())), "the file is the owner's");
        }
    }

    /** The option counts once, since the descriptor has an owner from then on. */
    @Test
    void shouldBindAsEverAfterwards() throws Exception {
        ZmqSocket rep = open(ZmqSocketType.REP);
        rep.setOption(ZmqOption.USE_FD, ForeignSockets.listening(TestFamily.CURRENT.newAddress()));
        String first = rep.bind(elsewhere());
        String second = rep.bind(endpoint(VSOCK ? "vmci" : "ipc"));
        assertFalse(first.equals(second), second);
    }

    @Test
    void shouldRefuseADescriptorThatIsNoListener() throws Exception {
        Socket unbound = Socket.newSocketDomain();
        ZmqSocket rep = open(ZmqSocketType.REP);
        rep.setOption(ZmqOption.USE_FD, unbound.intValue());
        ZmqException failure = assertThrows(ZmqException.class, () -> rep.bind(elsewhere()));
        assertEquals(ZmqError.INVALID, failure.error());
        assertEquals("bind: " + elsewhere() + ": USE_FD: descriptor: " + unbound.intValue() + " is "
                + (VSOCK ? "an AF_UNIX socket (expected: an AF_VSOCK"
                        : "a socket that does not listen (expected: an AF_UNIX")
                + " stream socket that listens)", failure.getMessage());
        assertTrue(isOpen(unbound.intValue()));
        unbound.close();
    }

    @Test
    void shouldRefuseTcp() throws Exception {
        int fd = ForeignSockets.listening(TestFamily.CURRENT.newAddress());
        ZmqSocket rep = open(ZmqSocketType.REP);
        rep.setOption(ZmqOption.USE_FD, fd);
        ZmqException failure = assertThrows(ZmqException.class, () -> rep.bind("tcp://127.0.0.1:*"));
        assertEquals("USE_FD: " + fd + " for tcp://127.0.0.1:* (expected: an endpoint of vmci, vsock, ipc or"
                + " vsock+unix; tcp makes its own sockets)", failure.getMessage());
        assertEquals(fd, rep.getOption(ZmqOption.USE_FD));
        new FileDescriptor(fd).close();
    }
}
