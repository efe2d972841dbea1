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
package io.github.nettyvmci.zmtp.interop;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * ZMTP 1.0, which no living implementation speaks any more, under {@link PeerCommands}: octet for octet as a peer of
 * libzmq 4.3.5 was captured to need it. An empty identity is {@code 01 00}; that of libzmq's own kind comes in the long
 * form {@code FF 00 00 00 00 00 00 00 01 7F}.
 */
public final class RawZmtp1Peer extends PeerCommands {

    private static final int TIMEOUT_MILLIS = 60_000;

    private final ServerSocketChannel listener;
    private final String target;
    private SocketChannel channel;
    private DataInputStream in;
    /** The rest of a message that did not fit into the socket. */
    private ByteBuffer rest;

    private RawZmtp1Peer(Map<String, String> options) throws IOException {
        target = options.get("connect");
        listener = target != null ? null
                : ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /** Called by the tests. */
    public static void run(Map<String, String> options, BufferedReader in, PrintWriter out) throws IOException {
        try (RawZmtp1Peer peer = new RawZmtp1Peer(options)) {
            out.println(peer.listener == null ? "connecting"
                    : "tcp://127.0.0.1:" + peer.listener.socket().getLocalPort());
            out.flush();
            peer.connect();
            peer.run(in, out);
        }
    }

    private void connect() throws IOException {
        if (listener != null) {
            channel = listener.accept();
        } else {
            URI uri = URI.create(target);
            channel = SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
        }
        channel.socket().setSoTimeout(TIMEOUT_MILLIS);
        channel.socket().setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(channel.socket().getInputStream()));
        write(ByteBuffer.wrap(new byte[] {1, 0}));
        byte[] header = in.readNBytes(10);
        if (header.length < 10 || header[0] != (byte) 0xff || ByteBuffer.wrap(header).getLong(1) != 1) {
            throw new IOException("identity of the codec: " + HexFormat.of().formatHex(header));
        }
    }

    @Override
    List<byte[]> receive() throws IOException {
        List<byte[]> parts = new ArrayList<>();
        for (;;) {
            long length = in.readUnsignedByte();
            if (length == 0xff) {
                length = in.readLong();
                if (length <= 0xff - 1) {
                    throw new IOException("long form for " + length + " octets");
                }
            }
            int flags = in.readUnsignedByte();
            if (length < 1 || flags > 1) {
                throw new IOException("frame of length " + length + ", flags " + flags);
            }
            byte[] body = in.readNBytes((int) length - 1);
            if (body.length < length - 1) {
                throw new EOFException();
            }
            parts.add(body);
            if (flags == 0) {
                return parts;
            }
        }
    }

    private void write(ByteBuffer octets) throws IOException {
        while (octets.hasRemaining()) {
            channel.write(octets);
        }
    }

    @Override
    void send(List<byte[]> message) throws IOException {
        for (int i = 0; i < message.size(); i++) {
            write(frame(message.get(i), i < message.size() - 1 ? 1 : 0));
        }
    }

    private static ByteBuffer frame(byte[] body, int flags) {
        ByteBuffer frame = ByteBuffer.allocate(body.length + 10);
        if (body.length + 1 < 0xff) {
            frame.put((byte) (body.length + 1));
        } else {
            frame.put((byte) 0xff).putLong(body.length + 1);
        }
        return frame.put((byte) flags).put(body).flip();
    }

    @Override
    boolean trySend(byte[] message) throws IOException {
        rest = frame(message, 0);
        channel.configureBlocking(false);
        channel.write(rest);
        channel.configureBlocking(true);
        return !rest.hasRemaining();
    }

    @Override
    void sendBlocked(byte[] message) throws IOException {
        write(rest);
    }

    @Override
    void subscribe(String topic, boolean on) throws IOException {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] message = new byte[name.length + 1];
        message[0] = (byte) (on ? 1 : 0);
        System.arraycopy(name, 0, message, 1, name.length);
        send(List.of(message));
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
        if (listener != null) {
            listener.close();
        }
    }
}
