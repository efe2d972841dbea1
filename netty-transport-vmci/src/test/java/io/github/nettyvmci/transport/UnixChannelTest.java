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
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.TestFamily;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.channel.unix.DomainSocketChannelConfig;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.UnixChannelOption;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** What only a channel on AF_UNIX has: its peer's process, and the rest of Netty's interface for such channels. */
class UnixChannelTest {

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Channel listen(String path) throws Exception {
        var future = rig.server(Recorder::new, TestFamily.UNIX).bind(new DomainSocketAddress(path));
        Waits.get(future);
        return future.channel();
    }

    private static long[] status(String name) throws Exception {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(l -> l.startsWith(name + ':'))
                .findFirst().orElseThrow();
        return Arrays.stream(line.substring(name.length() + 1).trim().split("\\s+")).filter(word -> !word.isEmpty())
                .mapToLong(Long::parseLong).toArray();
    }

    @Test
    void shouldNameTheProcessAtTheOtherEnd() throws Exception {
        Channel server = listen(TestFamily.newPath());
        var connecting = TestFamily.UNIX.client().group(rig.group).handler(new Recorder())
                .connect(server.localAddress());
        Waits.get(connecting);
        VmciDomainSocketChannel client = (VmciDomainSocketChannel) connecting.channel();
        VmciDomainSocketChannel accepted = (VmciDomainSocketChannel) rig.accepted();
        List<Long> groups = new ArrayList<>();
        Arrays.stream(status("Groups")).forEach(groups::add);
        VmciPeerCredentials self = new VmciPeerCredentials(ProcessHandle.current().pid(), status("Uid")[1],
                status("Gid")[1], groups);
        assertEquals(self, accepted.peerCredentials());
        assertEquals(self, client.peerCredentials());
        assertSame(client.peerCredentials(), client.peerCredentials(), "asked the kernel twice");
        Waits.get(client.close());
        Waits.get(server.close());
        assertThrows(ChannelException.class, client::peerCredentials);
    }

    /** There are more groups than the scratch takes. */
    @Test
    void shouldNameAllOfManyGroups() throws Exception {
        assumeTrue(status("Uid")[1] == 0, "needs root, to give a process other groups");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        String path = TestFamily.newPath();
        Channel server = listen(path);
        Process peer = new ProcessBuilder("/usr/bin/python3", "-c", "import os, socket, sys\n"
                + "os.setgroups(range(5000, 5100)); os.setegid(4294967294)\n"
                + "s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.recv(1)", path).inheritIO().start();
        try {
            VmciDomainSocketChannel accepted = (VmciDomainSocketChannel) rig.accepted();
            assertEquals(new VmciPeerCredentials(peer.pid(), 0, 0xFFFF_FFFEL,
                    LongStream.range(5000, 5100).boxed().toList()), accepted.peerCredentials());
            Waits.get(accepted.close());
        } finally {
            peer.destroyForcibly();
            Waits.get(server.close());
        }
    }

    @Test
    void shouldHaveNoPeerBeforeItIsConnected() throws Exception {
        VmciDomainSocketChannel channel = new VmciDomainSocketChannel();
        assertThrows(NotYetConnectedException.class, channel::peerCredentials);
        Waits.get(rig.group.next().register(channel));
        Waits.get(channel.close());
    }

    @Test
    void shouldHaveNettysConfiguration() throws Exception {
        DomainSocketChannel channel = assertInstanceOf(DomainSocketChannel.class, new VmciDomainSocketChannel());
        DomainSocketChannelConfig config = channel.config();
        assertEquals(DomainSocketReadMode.BYTES, config.getReadMode());
        assertSame(config, config.setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS).setAutoRead(true));
        assertEquals(DomainSocketReadMode.FILE_DESCRIPTORS,
                config.getOptions().get(UnixChannelOption.DOMAIN_SOCKET_READ_MODE));
        assertTrue(config.setOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE, DomainSocketReadMode.BYTES));
        assertEquals(DomainSocketReadMode.BYTES, config.getOption(UnixChannelOption.DOMAIN_SOCKET_READ_MODE));
        Waits.get(rig.group.next().register(channel));
        Waits.get(channel.close());
    }
}
