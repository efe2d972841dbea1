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

import io.github.nettyvmci.zmtp.ZmtpVersion;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Another implementation of ZMTP, started and told what to do by lines of text; {@link PeerCommands} lists them. */
final class Peer implements AutoCloseable {

    /** The implementations that tests meet. */
    enum Kind {
        /** Debian's libzmq in a process of Python's. */
        LIBZMQ("libzmq", ZmtpVersion.ZMTP_3_1),
        /** JeroMQ 0.6.0. */
        JEROMQ("JeroMQ 0.6.0", ZmtpVersion.ZMTP_3_0),
        /** JeroMQ 0.3.4 in a class loader of its own. */
        OLD_JEROMQ("JeroMQ 0.3.4", ZmtpVersion.ZMTP_2_0),
        /** Our own script. */
        RAW("scripted raw peer", ZmtpVersion.ZMTP_1_0);

        private final String title;
        private final ZmtpVersion version;

        Kind(String title, ZmtpVersion version) {
            this.title = title;
            this.version = version;
        }

        /** The version of ZMTP that a connection to this peer must settle on. */
        ZmtpVersion version() {
            return version;
        }

        /** Only libzmq speaks ipc. */
        boolean overUnixSockets() {
            return this == LIBZMQ;
        }

        @Override
        public String toString() {
            return title;
        }
    }

    private static final int TIMEOUT_SECONDS = 60;

    private final LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final PrintWriter commands;
    private final Process process;
    private final URLClassLoader loader;
    private final CompletableFuture<Void> ended;
    private final Kind kind;
    private final String endpoint;

    /** Starts a peer; {@code peer.py} says which options there are. */
    Peer(Kind kind, Map<String, String> options) throws Exception {
        this.kind = kind;
        if (kind == Kind.LIBZMQ) {
            loader = null;
            List<String> line = new ArrayList<>(List.of("/usr/bin/python3", resource("peer.py").toString()));
            options.forEach((name, value) -> line.add(name + '=' + value));
            process = new ProcessBuilder(line).redirectErrorStream(true).start();
            commands = new PrintWriter(process.getOutputStream(), true, StandardCharsets.UTF_8);
            ended = start(() -> collect(process.getInputStream()));
        } else {
            process = null;
            PipedInputStream in = new PipedInputStream();
            commands = new PrintWriter(new PipedOutputStream(in), true, StandardCharsets.UTF_8);
            String name = kind == Kind.RAW ? RawZmtp1Peer.class.getName() : JeroMqPeer.class.getName();
            loader = kind == Kind.OLD_JEROMQ ? oldJeroMq() : null;
            Class<?> type = Class.forName(name, true, loader == null ? getClass().getClassLoader() : loader);
            BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            PrintWriter writer = new PrintWriter(new Lines(), true, StandardCharsets.UTF_8);
            ended = start(() -> {
                try {
                    type.getMethod("run", Map.class, BufferedReader.class, PrintWriter.class)
                            .invoke(null, options, reader, writer);
                } catch (InvocationTargetException e) {
                    answers.add("failed: " + e.getCause());
                } catch (ReflectiveOperationException e) {
                    answers.add("failed: " + e);
                }
            });
        }
        endpoint = answer();
        if (!endpoint.equals("connecting") && !endpoint.contains("://")) {
            close();
            throw new IOException(kind + " said: " + endpoint
                    + " (expected: an endpoint; libzmq comes with Debian's package python3-zmq)");
        }
    }

    private CompletableFuture<Void> start(Runnable body) {
        return CompletableFuture.runAsync(body, command -> {
            Thread thread = new Thread(command, "peer " + kind);
            thread.setDaemon(true);
            thread.start();
        });
    }

    private static Path resource(String name) throws URISyntaxException {
        return Path.of(Peer.class.getResource(name).toURI());
    }

    /** Test classes and JeroMQ 0.3.4, which the build put into {@code target/peers}, and nothing else. */
    private static URLClassLoader oldJeroMq() throws Exception {
        URL classes = Peer.class.getProtectionDomain().getCodeSource().getLocation();
        File jar = Path.of(classes.toURI()).resolveSibling("peers").resolve("jeromq-0.3.4.jar").toFile();
        if (!jar.isFile()) {
            throw new IOException(jar + " is missing (expected: put there by the phase process-test-resources)");
        }
        return new URLClassLoader(new URL[] {classes, jar.toURI().toURL()}, ClassLoader.getPlatformClassLoader());
    }

    private void collect(InputStream in) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                answers.add(line);
            }
        } catch (IOException e) {
            answers.add("failed: " + e);
        }
    }

    /** A stream whose lines are answers. */
    private final class Lines extends OutputStream {

        private final StringBuilder line = new StringBuilder();

        @Override
        public void write(int octet) {
            if (octet != '\n') {
                line.append((char) octet);
            } else {
                answers.add(line.toString());
                line.setLength(0);
            }
        }
    }

    /** Returns the endpoint that the peer has bound. */
    String endpoint() {
        return endpoint;
    }

    /** Gives a command; {@link #answer} waits for the answer. */
    void tell(String command) {
        commands.println(command);
    }

    String answer() throws InterruptedException {
        String answer = answers.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (answer == null) {
            throw new AssertionError("no answer from " + kind + " within " + TIMEOUT_SECONDS + " s");
        }
        return answer;
    }

    String ask(String command) throws InterruptedException {
        tell(command);
        return answer();
    }

    /** Stops the process where it stands; libzmq only. */
    void freeze() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-STOP", Long.toString(process.pid())).start().waitFor();
    }

    @Override
    public void close() throws IOException {
        commands.close();
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
        ended.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        if (loader != null) {
            loader.close();
        }
    }

    /** A folder for sockets, removed with them when the tests end. */
    static Path newSocketPath() {
        try {
            Path folder = Files.createTempDirectory("zmtp");
            folder.toFile().deleteOnExit();
            Path path = folder.resolve("s");
            path.toFile().deleteOnExit();
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
