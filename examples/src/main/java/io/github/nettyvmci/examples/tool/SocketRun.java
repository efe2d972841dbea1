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

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.Unpooled;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Runs a socket of the tool once it has its endpoints. All runs on one thread, except for {@link Arrivals}. */
final class SocketRun {

    private static final Set<ZmqSocketType> TWO_WAY = Set.of(ZmqSocketType.DEALER, ZmqSocketType.PAIR,
            ZmqSocketType.CLIENT, ZmqSocketType.PEER, ZmqSocketType.CHANNEL, ZmqSocketType.STREAM, ZmqSocketType.XPUB,
            ZmqSocketType.XSUB);
    private static final Set<ZmqSocketType> SINGLE_PART = Set.of(ZmqSocketType.SERVER, ZmqSocketType.CLIENT,
            ZmqSocketType.RADIO, ZmqSocketType.DISH, ZmqSocketType.SCATTER, ZmqSocketType.GATHER, ZmqSocketType.PEER,
            ZmqSocketType.CHANNEL, ZmqSocketType.STREAM);

    /**
     * The wishes of the user.
     *
     * @param count          how many messages or answers; {@code null}: the default of the type
     * @param receiveCount   how many messages to wait for after sending
     * @param interval       the wait between sends; {@code null}: none
     * @param delay          the wait before the first send; {@code null}: none
     * @param receiveTimeout how long to wait for a message; {@code null}: for ever
     * @param sendTimeout    how long to wait for room; {@code null}: for ever
     * @param groups         the group that a radio sends to
     * @param echo           whether to send back what arrives
     * @param reply          the answer to each request, or {@code null}
     */
    record Plan(Long count, long receiveCount, Duration interval, Duration delay, Duration receiveTimeout,
            Duration sendTimeout, List<String> groups, boolean echo, String reply) {
    }

    private final ZmqSocket socket;
    private final ZmqSocketType type;
    private final Plan plan;
    private final List<Integer> peers;
    private final Watch watch;
    private final Printer printer;
    private Arrivals arrivals;
    private int nextPeer;

    /**
     * Prepares a run.
     *
     * @param peers the numbers of the peers of all connects, which a PEER sends to in turn
     */
    SocketRun(ZmqSocket socket, Plan plan, List<Integer> peers, Watch watch, Printer printer) {
        this.socket = socket;
        type = socket.type();
        this.plan = plan;
        this.peers = peers;
        this.watch = watch;
        this.printer = printer;
    }

    /** Returns whether sockets of a type send and receive in any order. */
    static boolean isTwoWay(ZmqSocketType type) {
        return TWO_WAY.contains(type);
    }

    /** Returns whether the messages of a type have one part. */
    static boolean isSinglePart(ZmqSocketType type) {
        return SINGLE_PART.contains(type);
    }

    /**
     * Sends, receives or answers, as the type and the plan have it.
     *
     * @param source the messages to send; {@code null}: none
     */
    void run(Source source) throws InterruptedException {
        try {
            if (plan.echo || type == ZmqSocketType.REP || type == ZmqSocketType.ROUTER
                    || type == ZmqSocketType.SERVER) {
                answer();
            } else if (!type.sends()) {
                for (long left = plan.count == null ? Long.MAX_VALUE : plan.count; left > 0; left--) {
                    printer.print(receive(), type == ZmqSocketType.DISH ? 1 : 0);
                }
            } else {
                if (isTwoWay(type) && (plan.receiveCount > 0 || type == ZmqSocketType.STREAM)) {
                    arrivals = new Arrivals(socket, plan.receiveCount, printer);
                    arrivals.start();
                }
                if (source != null) {
                    sendAll(source);
                }
                if (arrivals != null && !arrivals.await(plan.receiveTimeout)) {
                    throw new Failure(Failure.TIMEOUT, late("receive", "no message", plan.receiveTimeout));
                }
            }
        } finally {
            if (arrivals != null) {
                arrivals.stop();
            }
            printer.flush();
        }
    }

    private void sendAll(Source source) throws InterruptedException {
        pause(plan.delay);
        boolean first = true;
        for (List<byte[]> parts = source.next(); parts != null; parts = source.next()) {
            if (!first) {
                pause(plan.interval);
            }
            first = false;
            send(message(parts));
            if (type == ZmqSocketType.REQ) {
                printer.print(receive(), 0);
                printer.flush();
            }
        }
    }

    private static void pause(Duration time) throws InterruptedException {
        if (time != null) {
            Thread.sleep(time.toMillis()); // the user asked for this wait
        }
    }

    private ZmtpMessage message(List<byte[]> parts) throws InterruptedException {
        byte[] address = null;
        switch (type) {
            case RADIO -> address = plan.groups.get(0).getBytes(StandardCharsets.UTF_8);
            case PEER -> address = Unpooled.copyInt(peers.get(nextPeer++ % peers.size())).array();
            case STREAM -> {
                address = arrivals.peer(plan.sendTimeout);
                if (address == null) {
                    throw new Failure(Failure.TIMEOUT, late("send", "no connection", plan.sendTimeout));
                }
            }
            default -> {
                // sockets of the other types choose the peer themselves
            }
        }
        int shift = address == null ? 0 : 1;
        byte[][] all = new byte[parts.size() + shift][];
        if (address != null) {
            all[0] = address;
        }
        for (int i = 0; i < parts.size(); i++) {
            all[i + shift] = parts.get(i);
        }
        return ZmtpMessage.of(all);
    }

    private void answer() throws InterruptedException {
        long left = plan.count == null ? Long.MAX_VALUE : plan.count;
        while (left > 0) {
            ZmtpMessage request = receive();
            if (plan.echo) {
                left -= reply(request) ? 1 : 0;
            } else if (plan.reply != null) {
                left -= reply(answerTo(request, plan.reply)) ? 1 : 0;
            } else {
                left--;
                printer.print(request, 0);
                if (type == ZmqSocketType.REP) {
                    reply(ZmtpMessage.ofText(""));
                }
            }
        }
    }

    /**
     * Makes an answer with the envelope of a request, and releases the request. The envelope of ROUTER is everything up
     * to the first empty part, or the routing id alone if there is none; that of SERVER is the routing id.
     */
    private ZmtpMessage answerTo(ZmtpMessage request, String text) {
        int envelope = 0;
        if (type == ZmqSocketType.SERVER) {
            envelope = 1;
        } else if (type == ZmqSocketType.ROUTER) {
            envelope = 1;
            for (int i = 1; i < request.partCount(); i++) {
                if (request.partLength(i) == 0) {
                    envelope = i + 1;
                    break;
                }
            }
        }
        byte[][] parts = new byte[envelope + 1][];
        for (int i = 0; i < envelope; i++) {
            parts[i] = request.bytes(i);
        }
        parts[envelope] = text.getBytes(StandardCharsets.UTF_8);
        request.release();
        return ZmtpMessage.of(parts);
    }

    /** Sends an answer, and returns whether the peer that asked was still there. */
    private boolean reply(ZmtpMessage answer) throws InterruptedException {
        try {
            send(answer);
            return true;
        } catch (ZmqException e) {
            if (e.error() != ZmqError.HOST_UNREACHABLE) {
                throw e;
            }
            return false; // this is no failure, since other peers may still ask
        }
    }

    private void send(ZmtpMessage message) throws InterruptedException {
        try {
            socket.send(message);
        } catch (ZmqException e) {
            if (e.error() == ZmqError.AGAIN) {
                throw new Failure(Failure.TIMEOUT, late("send", "no peer with room", plan.sendTimeout), e);
            }
            throw e;
        }
    }

    private ZmtpMessage receive() throws InterruptedException {
        ZmtpMessage message = socket.poll();
        if (message != null) {
            return message;
        }
        printer.flush();
        try {
            return socket.receive();
        } catch (ZmqException e) {
            if (e.error() == ZmqError.AGAIN) {
                throw new Failure(Failure.TIMEOUT, late("receive", "no message", plan.receiveTimeout), e);
            }
            throw e;
        }
    }

    /** Returns the error message for a time that is up. */
    String late(String what, String missing, Duration timeout) {
        String trouble = watch.trouble();
        String within = timeout == null ? "in the time its option gives" : "within " + timeout.toMillis() + " ms";
        return what + " on " + type.name().toLowerCase(Locale.ROOT) + ": " + missing + ' ' + within
                + (trouble.isEmpty() ? " (expected: a peer that " + (what.equals("send") ? "takes" : "sends") + " one)"
                        : "; the last attempt to connect: " + trouble);
    }
}
