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
package io.github.nettyvmci.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Each contender does what is measured, which the JDK's own sockets and the pair that the harness starts check.
 */
@Timeout(60)
class PeerTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"VMCI", "EPOLL", "NIO", PeerProcess.C})
    void shouldEchoAndCount(String contender) throws IOException {
        Path path = path(contender);
        try (PeerProcess server = PeerProcess.start("server", contender, path.toString())) {
            assertTrue(server.cpuNanos() > 0);
            byte[] sent = new byte[150_000]; // more than one read, less than what the socket holds
            new Random(1).nextBytes(sent);
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                write(channel, new byte[] {ServerHandler.ECHO});
                write(channel, sent);
                assertArrayEquals(sent, read(channel, sent.length));
            }
            sent[sent.length - 1] = ServerHandler.END;
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                write(channel, new byte[] {ServerHandler.SINK});
                write(channel, new byte[300_000]);
                write(channel, new byte[] {ServerHandler.END});
                assertEquals(300_001, ByteBuffer.wrap(read(channel, Long.BYTES)).getLong());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"VMCI", "EPOLL", "NIO", PeerProcess.C})
    void shouldMeasure(String contender) throws IOException {
        String path = path(contender).toString();
        try (PeerProcess server = PeerProcess.start("server", contender, path);
                PeerProcess client = PeerProcess.start("client", contender, path)) {
            String[] ping = client.run("ping 1048576 30000 20");
            assertEquals(20, Long.parseLong(ping[1]));
            assertTrue(0 < Long.parseLong(ping[2]) && Long.parseLong(ping[2]) <= Long.parseLong(ping[3]), ping[2]);
            String[] stream = client.run("stream 64 200");
            assertTrue(Long.parseLong(stream[1]) > 64, stream[1]);
            assertTrue(Long.parseLong(stream[2]) >= 200_000_000, stream[2]);
            assertTrue(client.cpuNanos() > 0 && server.cpuNanos() > 0, "processor time");
        }
    }

    private Path path(String contender) {
        assumeTrue(!contender.equals(PeerProcess.C) || Files.exists(PeerProcess.besideClasses("peer")),
                "peer.c is not built (-DskipNative)");
        return folder.resolve("socket");
    }

    private static void write(SocketChannel channel, byte[] bytes) throws IOException {
        for (ByteBuffer buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining();) {
            channel.write(buffer);
        }
    }

    private static byte[] read(SocketChannel channel, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            assertTrue(channel.read(buffer) >= 0, "closed after " + buffer.position() + " bytes");
        }
        return buffer.array();
    }
}
