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

import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketBuilder;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** libzmq's performance programs with the same arguments, messages and output, so that either end can be libzmq's. */
@Command(sortOptions = false, usageHelpWidth = 120)
final class PerfCommand implements Subcommand {

    /** The four programs. */
    enum Kind {
        /** Binds, and measures the throughput of the messages that arrive. */
        local_thr(ZmqSocketType.PULL),
        /** Connects, and sends messages for {@link #local_thr}. */
        remote_thr(ZmqSocketType.PUSH),
        /** Binds, and sends every message back. */
        local_lat(ZmqSocketType.REP),
        /** Connects, and measures round trips. */
        remote_lat(ZmqSocketType.REQ);

        private final ZmqSocketType type;

        Kind(ZmqSocketType type) {
            this.type = type;
        }
    }

    @Parameters(index = "0", paramLabel = "EP", description = "endpoint; local_ binds, remote_ connects")
    private String endpoint;

    @Parameters(index = "1", paramLabel = "SIZE", description = "octets of a message")
    private int size;

    @Parameters(index = "2", paramLabel = "COUNT", description = "messages, or round trips", converter =
            Converters.OfCount.class)
    private Long count;

    @Mixin
    private Security security = new Security();

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "print this")
    private boolean help;

    private final Kind kind;

    PerfCommand(Kind kind) {
        this.kind = kind;
    }

    @Override
    public boolean verbose() {
        return false;
    }

    @Override
    public void run(Streams streams) throws InterruptedException {
        if (size < 0) {
            throw new Failure(Failure.USAGE, "SIZE: " + size + " (expected: 0 or more octets)");
        }
        Session session = new Session();
        boolean done = false;
        Watch watch = null;
        Progress progress = null;
        try {
            ZmqSocketBuilder builder = session.context.builder(kind.type);
            security.apply(builder);
            ZmqSocket socket = builder.open();
            watch = new Watch(socket, streams, false);
            if (kind == Kind.local_thr || kind == Kind.local_lat) {
                watch.bound();
                session.bind(socket, endpoint);
            } else {
                watch.connecting(endpoint);
                session.connect(socket, endpoint);
            }
            progress = new Progress(socket, streams, count);
            switch (kind) {
                case local_thr -> print(streams, throughput(socket));
                case remote_thr -> {
                    byte[] octets = new byte[size];
                    for (long i = 0; i < count; i++) {
                        socket.send(ZmtpMessage.of(Unpooled.wrappedBuffer(octets)));
                    }
                }
                case local_lat -> {
                    for (long i = 0; i < count; i++) {
                        socket.send(receive(socket));
                    }
                }
                default -> print(streams, latency(socket));
            }
            done = session.close(null);
            if (watch.gaveUp()) {
                throw new Failure(Failure.RUN, null);
            }
            Session.checkNothingLost(socket, watch);
        } catch (InterruptedException e) {
            if (watch != null && watch.gaveUp()) {
                throw new Failure(Failure.RUN, null, e);
            }
            throw e;
        } catch (ZmqException e) {
            throw new Failure(Failure.RUN, e.getMessage(), e);
        } finally {
            if (progress != null) {
                progress.stop();
            }
            if (!done) {
                session.abort(watch == null || !watch.gaveUp());
            }
            if (watch != null) {
                watch.end();
            }
        }
    }

    private ZmtpMessage receive(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = socket.receive();
        if (message.partCount() != 1 || message.length() != size) {
            long length = message.length();
            message.release();
            throw new Failure(Failure.RUN, "message of incorrect size received: " + length + " (expected: " + size
                    + "); give both ends the same SIZE");
        }
        return message;
    }

    /** Returns the measured throughput as text. The first message starts the clock, as in libzmq. */
    private String throughput(ZmqSocket socket) throws InterruptedException {
        receive(socket).release();
        long start = System.nanoTime();
        for (long i = 1; i < count; i++) {
            receive(socket).release();
        }
        double micros = Math.max(1, (System.nanoTime() - start) / 1000);
        double perSecond = count / micros * 1_000_000;
        return String.format(Locale.ROOT, "message size: %d [B]%nmessage count: %d%n"
                + "mean throughput: %d [msg/s]%nmean throughput: %.3f [Mb/s]%n", size, count, (long) perSecond,
                perSecond * size * 8 / 1_000_000);
    }

    private String latency(ZmqSocket socket) throws InterruptedException {
        ZmtpMessage message = ZmtpMessage.of(Unpooled.wrappedBuffer(new byte[size]));
        long start = System.nanoTime();
        for (long i = 0; i < count; i++) {
            socket.send(message);
            message = receive(socket);
        }
        double micros = (System.nanoTime() - start) / 1000.0;
        message.release();
        return String.format(Locale.ROOT, "message size: %d [B]%nroundtrip count: %d%naverage latency: %.3f [us]%n",
                size, count, micros / (count * 2));
    }

    private static void print(Streams streams, String text) {
        try {
            streams.out().write(text.getBytes(StandardCharsets.US_ASCII));
            streams.out().flush();
        } catch (java.io.IOException e) {
            throw new Failure(Failure.RUN, "standard output: " + e.getMessage(), e);
        }
    }
}
