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
package io.github.nettyvmci.testing;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A monitor that speaks hybrid vsock, as strictly as Firecracker does: the command has to come in one piece of at most
 * 32 bytes, a port that nothing listens at closes the connection without a word, the answer numbers connections from
 * 2^30 on. Port P of its guest is a Unix server at {@link #guestPath}. With another manner than
 * {@link Manner#PROPER} it does what a monitor should not.
 */
public final class FakeMonitor implements Closeable {

    /** How the monitor answers. */
    public enum Manner {
        /** The monitor does as it should. */
        PROPER,
        /** There is no answer. */
        SILENT,
        /** The answer is something else. */
        GARBAGE,
        /** The answer stops after its beginning. */
        HALF_LINE,
        /** The answer does not end. */
        ENDLESS,
        /** The answer has no number. */
        NO_NUMBER,
        /** The answer comes one byte at a time. */
        IN_PIECES,
        /** The guest's first words come in one piece with the answer. */
        GLUED,
        /** The monitor closes the connection. */
        CLOSING
    }

    /** What a {@link Manner#GLUED} guest says. */
    public static final String GLUE = "welcome";

    private static final Pattern COMMAND = Pattern.compile("(?i:connect) (\\d{1,10})\n");

    private final String path;
    private final Manner manner;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private int next = 1 << 30;

    /**
     * Starts a monitor.
     *
     * @param path   of its socket
     * @param manner how it answers
     */
    public FakeMonitor(String path, Manner manner) throws IOException {
        this.path = path;
        this.manner = manner;
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
        start("monitor", this::accept);
    }

    /**
     * Runs a monitor for people to try; see CONTRIBUTING.
     *
     * @param args its path
     */
    public static void main(String[] args) throws Exception {
        try (FakeMonitor monitor = new FakeMonitor(args[0], Manner.PROPER)) {
            System.out.println("ports of the guest are at " + monitor.guestPath(0).replaceAll("0$", "PORT"));
            Thread.currentThread().join();
        }
    }

    /** Returns where the guest's port is. */
    public String guestPath(long port) {
        return path + ".guest_" + port;
    }

    private void start(String name, IoTask task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException closed) {
                // one of the ends closed the connection, or the monitor was closed
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface IoTask {
        void run() throws IOException;
    }

    private void accept() throws IOException {
        while (true) {
            SocketChannel host = server.accept();
            open.add(host);
            start("monitor connection", () -> {
                try (host) {
                    serve(host);
                } finally {
                    open.remove(host);
                }
            });
        }
    }

    private static void say(SocketChannel to, String text) throws IOException {
        to.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private void serve(SocketChannel host) throws IOException {
        ByteBuffer command = ByteBuffer.allocate(32);
        if (host.read(command) <= 0) {
            return;
        }
        Matcher port = COMMAND.matcher(new String(command.array(), 0, command.position(), StandardCharsets.US_ASCII));
        if (!port.matches()) {
            return;
        }
        switch (manner) {
            case PROPER -> connect(host, Long.parseLong(port.group(1)));
            case GARBAGE -> say(host, "HTTP/1.1 400 Bad Request\r\n\r\n");
            case HALF_LINE -> say(host, "OK 10737");
            case NO_NUMBER -> say(host, "OK \n");
            case ENDLESS -> {
                while (true) {
                    say(host, "OK " + "1".repeat(4096));
                }
            }
            case IN_PIECES -> {
                for (char c : "OK 1073741824\n".toCharArray()) {
                    say(host, String.valueOf(c));
                }
                say(host, GLUE);
            }
            case GLUED -> say(host, "OK 1073741824\n" + GLUE);
            default -> { }
        }
        if (manner != Manner.CLOSING && manner != Manner.PROPER) {
            host.read(ByteBuffer.allocate(1)); // until the other end has had enough
        }
    }

    private void connect(SocketChannel host, long port) throws IOException {
        Path at = Path.of(guestPath(port));
        if (!Files.exists(at)) {
            return;
        }
        try (SocketChannel guest = SocketChannel.open(UnixDomainSocketAddress.of(at))) {
            open.add(guest);
            say(host, "OK " + next++ + "\n");
            start("monitor to guest", () -> pump(host, guest));
            pump(guest, host);
        }
    }

    /** The end of one side is the end of the connection. */
    private void pump(SocketChannel from, SocketChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(65536);
        try {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
        } finally {
            open.remove(from);
            from.close();
            to.close();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (SocketChannel channel : open) {
            channel.close();
        }
        Files.deleteIfExists(Path.of(path));
    }
}
