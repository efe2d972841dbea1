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
package io.github.nettyvmci.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a service manager hands over. That it is found in a process that one started, the examples' tests show. */
class SystemdSocketsTest {

    private static final AddressFamily FAMILY =
            TestFamily.CURRENT == TestFamily.VSOCK ? VsockFamily.INSTANCE : UnixFamily.INSTANCE;

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static SystemdSockets of(String... keysAndValues) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            environment.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return SystemdSockets.of(environment, 42);
    }

    private static SystemdSockets sockets(List<String> names, int... descriptors) {
        return new SystemdSockets(descriptors, names, "");
    }

    private static void refused(Class<? extends Exception> type, String message, Runnable call) {
        assertEquals(message, assertThrows(type, call::run).getMessage());
    }

    @Test
    void shouldReadTheEnvironment() {
        assertEquals(List.of("a", "", "a"),
                of("LISTEN_PID", "42", "LISTEN_FDS", "3", "LISTEN_FDNAMES", "a::a").names());
        assertEquals(List.of("unknown", "unknown"), of("LISTEN_PID", "42", "LISTEN_FDS", "2").names());
        assertEquals(0, of("LISTEN_PID", "42", "LISTEN_FDS", "0", "LISTEN_FDNAMES", "").size());
        assertEquals(0, SystemdSockets.ofProcess().size());
    }

    @Test
    void shouldSayWhyThereIsNoSocket() {
        refused(IndexOutOfBoundsException.class, "socket: 0 (expected: none; LISTEN_FDS is not set (expected: a process"
                + " that a service manager starts with sockets))", () -> of().serverChannel(0));
        refused(IndexOutOfBoundsException.class, "socket: 0 (expected: none; LISTEN_PID: 41 (expected: 42, this"
                + " process; whoever starts Java for a service manager must exec it))",
                () -> of("LISTEN_PID", "41", "LISTEN_FDS", "1").channel(0));
        refused(IllegalStateException.class, "socket: a (expected: one of [] that was not handed out; LISTEN_PID is not"
                + " set (expected: a process that a service manager starts with sockets))",
                () -> of("LISTEN_FDS", "1").take("a"));
    }

    @Test
    void shouldRefuseAnEnvironmentThatCannotBe() {
        refused(IllegalStateException.class, "LISTEN_FDS: many (expected: a number from 0 to 9999999)",
                () -> of("LISTEN_PID", "42", "LISTEN_FDS", "many"));
        refused(IllegalStateException.class, "LISTEN_FDNAMES: a:b (expected: 3 names with colons between them, as"
                + " LISTEN_FDS says)", () -> of("LISTEN_PID", "42", "LISTEN_FDS", "3", "LISTEN_FDNAMES", "a:b"));
    }

    @Test
    void shouldHandEachSocketOutOnce() throws Exception {
        int first = RawSocket.listening(TestFamily.CURRENT.newAddress());
        int second = RawSocket.listening(TestFamily.CURRENT.newAddress());
        SystemdSockets sockets = sockets(List.of("a", "a"), first, second);
        for (int i = 0; i < 2; i++) {
            Channel server = rig.register(Rig::echo, () -> sockets.serverChannel("a"));
            assertEquals(i == 0 ? first : second, ((AbstractVmciChannel) server).fd().intValue());
            Recorder saw = new Recorder();
            Channel client = rig.connect(rig.client(saw), server);
            client.writeAndFlush(Rig.text("hello"));
            saw.awaitBytes(5);
            Waits.get(client.close());
            Waits.get(server.close());
        }
        refused(IllegalStateException.class, "socket: 1 (a) was handed out before (expected: each once)",
                () -> sockets.serverChannel(1));
        refused(IllegalStateException.class, "socket: a (expected: one of [a, a] that was not handed out)",
                () -> sockets.take("a"));
        refused(IndexOutOfBoundsException.class, "socket: 2 (expected: 0 to 1)", () -> sockets.take(2));
    }

    @Test
    void shouldServeAConnectionThatWasAccepted() throws Exception {
        Channel server = rig.listen(Rig::echo);
        RawSocket raw = new RawSocket();
        raw.connect(server.localAddress());
        SystemdSockets sockets = sockets(List.of("connection"), raw.fd());
        refused(IllegalArgumentException.class, "descriptor: " + raw.fd() + " is a socket that does not listen"
                + " (expected: " + GivenSocket.name(FAMILY.number()) + " stream socket that listens)",
                () -> sockets.serverChannel(0));
        Recorder saw = new Recorder();
        var future = new Bootstrap().group(rig.group).channelFactory(() -> sockets.channel("connection")).handler(saw)
                .register();
        Waits.get(future);
        Waits.get(saw.active);
        future.channel().writeAndFlush(Rig.text("hello"));
        saw.awaitBytes(5);
        Waits.get(future.channel().close());
        Waits.get(server.close());
    }

    @Test
    void shouldLeaveOtherSocketsToOtherTransports() throws Exception {
        Socket inet = Socket.newSocketStream();
        SystemdSockets sockets = sockets(List.of("web"), inet.intValue());
        refused(IllegalArgumentException.class, "descriptor: " + inet.intValue() + " is an AF_INET"
                + (Socket.isIPv6Preferred() ? "6" : "") + " socket (expected: a socket"
                + " of AF_VSOCK or AF_UNIX; take() is for other transports)", () -> sockets.serverChannel(0));
        assertEquals(inet.intValue(), sockets.take("web"));
        inet.close();
        ChannelException failure = assertThrows(ChannelException.class,
                () -> sockets(List.of("web"), Integer.MAX_VALUE).take(0));
        assertTrue(failure.getMessage().endsWith("(expected: a socket that the service manager opened)"),
                failure.getMessage());
    }
}
