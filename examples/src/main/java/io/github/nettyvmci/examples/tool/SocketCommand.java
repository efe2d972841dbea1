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
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketBuilder;
import io.github.nettyvmci.zmq.ZmqSocketType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code script/zmq TYPE}: runs one socket of a type. */
@Command(sortOptions = false, usageHelpWidth = 120, separator = " ")
final class SocketCommand implements Subcommand {

    /** The types that answer or print what arrives, and send nothing of their own. */
    private static final Set<ZmqSocketType> ANSWERING =
            Set.of(ZmqSocketType.REP, ZmqSocketType.ROUTER, ZmqSocketType.SERVER);
    private static final Set<ZmqSocketType> ECHOING = Set.of(ZmqSocketType.REP, ZmqSocketType.ROUTER,
            ZmqSocketType.SERVER, ZmqSocketType.PEER, ZmqSocketType.DEALER, ZmqSocketType.PAIR, ZmqSocketType.CHANNEL);

    @Option(names = "--bind", paramLabel = "EP", description = "endpoint to bind to; may be repeated")
    private List<String> binds = new ArrayList<>();

    @Option(names = "--connect", paramLabel = "EP", description = "endpoint to connect to; may be repeated")
    private List<String> connects = new ArrayList<>();

    @Option(names = "--data", paramLabel = "TEXT", description = "send this message")
    private String data;

    @Option(names = "--file", paramLabel = "PATH", description = "send the contents of a file as one message; with "
            + "neither --data, --file nor --part every line of standard input is one")
    private Path file;

    @Option(names = "--part", paramLabel = "TEXT", description = "another part of the message; may be repeated")
    private List<String> parts = new ArrayList<>();

    @Option(names = "--count", paramLabel = "N", converter = Converters.OfCount.class, description = "send so many "
            + "times (default 1), or at most so many lines; req: so many requests; pull, sub, dish, gather: end after "
            + "so many messages (default: never); with --echo or --reply: after so many answers (default: never)")
    private Long count;

    @Option(names = "--recv-count", paramLabel = "N", description = "dealer, pair, client, peer, channel, stream, xpub,"
            + " xsub: stay until so many messages arrived (default 0), and print them")
    private Long receiveCount;

    @Option(names = "--interval", paramLabel = "DURATION", converter = Converters.OfDuration.class,
            description = "wait between sends; durations are 300ms, 5s, 2m")
    private Duration interval;

    @Option(names = "--delay", paramLabel = "DURATION", converter = Converters.OfDuration.class,
            description = "wait before the first send; gives subscribers time to be there")
    private Duration delay;

    @Option(names = "--recv-timeout", paramLabel = "DURATION", converter = Converters.OfDuration.class,
            description = "end with status 3 if no message arrives for so long (default: never)")
    private Duration receiveTimeout;

    @Option(names = "--send-timeout", paramLabel = "DURATION", converter = Converters.OfDuration.class,
            description = "end with status 3 if a message cannot be sent for so long (default: never)")
    private Duration sendTimeout;

    @Option(names = "--format", paramLabel = "ascii|raw|quoted|hex|none", description = "how to print messages: a line "
            + "a part, and an empty line between messages of several parts; raw: the octets alone (default ascii: a dot"
            + " for what is not printable)")
    private Format format = Format.ascii;

    @Option(names = "--subscribe", paramLabel = "PREFIX", description = "sub, xsub: messages that begin so; may be "
            + "repeated (default: sub takes all)")
    private List<String> prefixes = new ArrayList<>();

    @Option(names = "--group", paramLabel = "NAME", description = "radio, dish: the group to send to or to join; dish: "
            + "may be repeated")
    private List<String> groups = new ArrayList<>();

    @Option(names = "--routing-id", paramLabel = "ID", description = "what peers are asked to know this socket by")
    private String routingId;

    @Option(names = "--echo", description = "rep, router, server, peer, dealer, pair, channel: send back what arrives, "
            + "and print nothing")
    private boolean echo;

    @Option(names = "--reply", paramLabel = "TEXT", description = "rep, router, server: answer each request with this;"
            + " without --echo and --reply they print what arrives (router and server: the routing id first), and rep "
            + "answers with an empty message, for it must answer before it can take the next")
    private String reply;

    @Mixin
    private Security security = new Security();

    @Option(names = "--option", paramLabel = "NAME=VALUE", description = "any socket option by libzmq's name, such as "
            + "SNDHWM=10 or LINGER=0; may be repeated")
    private List<String> options = new ArrayList<>();

    @Mixin
    private CommonOptions common = new CommonOptions();

    private final ZmqSocketType type;

    SocketCommand(ZmqSocketType type) {
        this.type = type;
    }

    @Override
    public boolean verbose() {
        return common.verbose;
    }

    private String name() {
        return type.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void run(Streams streams) throws InterruptedException {
        check();
        SocketRun.Plan plan = new SocketRun.Plan(count, receiveCount == null ? 0 : receiveCount, interval, delay,
                receiveTimeout, sendTimeout, groups, echo, reply);
        byte[] content = file == null ? null : Source.read(file); // an unreadable file fails before a peer connects
        Session session = new Session();
        boolean done = false;
        Watch watch = null;
        Progress progress = null;
        try {
            ZmqSocket socket = open(session);
            watch = new Watch(socket, streams, common.verbose);
            List<Integer> peers = new ArrayList<>();
            for (String endpoint : binds) {
                session.bind(socket, endpoint);
                watch.bound();
            }
            for (String endpoint : connects) {
                watch.connecting(endpoint);
                peers.add(session.connect(socket, endpoint));
            }
            if (common.readyFile != null) {
                session.writeReadyFile(common.readyFile);
            }
            SocketRun run = new SocketRun(socket, plan, peers, watch, new Printer(format, streams.out()));
            progress = new Progress(socket, streams, count == null ? 0 : count);
            run.run(sendsOwn() ? source(content, streams) : null);
            done = session.close(sendTimeout);
            if (watch.gaveUp()) {
                throw new Failure(Failure.RUN, null);
            }
            if (Thread.interrupted()) {
                throw new InterruptedException(); // the interrupt ended the close, so messages may be left
            }
            if (!done && sendTimeout != null) {
                throw new Failure(Failure.TIMEOUT, run.late("send", "the last messages were not taken", sendTimeout));
            }
            Session.checkNothingLost(socket, watch);
        } catch (ZmqException e) {
            throw e.getCause() instanceof InterruptedException ? e : new Failure(Failure.RUN, e.getMessage(), e);
        } catch (InterruptedException e) {
            if (watch != null && watch.gaveUp()) {
                throw new Failure(Failure.RUN, null, e);
            }
            throw e;
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

    /** Returns whether this socket sends what the user gives it, rather than answers or nothing at all. */
    private boolean sendsOwn() {
        boolean lonelyPeer = type == ZmqSocketType.PEER && connects.isEmpty(); // it has no number to send to
        return type.sends() && !ANSWERING.contains(type) && !echo && !lonelyPeer;
    }

    private void check() {
        if (binds.isEmpty() && connects.isEmpty()) {
            throw new Failure(Failure.USAGE, "no endpoint (expected: --bind EP or --connect EP)");
        }
        boolean content = data != null || file != null || !parts.isEmpty();
        refuse(data != null && file != null, "--data with --file (expected: one of them)");
        refuse(echo && reply != null, "--echo with --reply (expected: one of them)");
        refuse(echo && !ECHOING.contains(type), "--echo with " + name()
                + " (expected: rep, router, server, peer, dealer, pair or channel)");
        refuse(reply != null && !ANSWERING.contains(type), "--reply with " + name()
                + " (expected: rep, router or server)");
        refuse((content || interval != null || delay != null) && !sendsOwn(), "something to send, with " + name()
                + (echo ? " --echo" : type == ZmqSocketType.PEER ? " that connects to nobody" : "")
                + " (expected: nothing" + (ANSWERING.contains(type) && !echo ? "; --reply answers)" : ")"));
        refuse(receiveCount != null && (!SocketRun.isTwoWay(type) || echo), "--recv-count with " + name()
                + (echo ? " --echo" : "")
                + " (expected: dealer, pair, client, peer, channel, stream, xpub or xsub; use --count)");
        refuse(receiveCount != null && receiveCount < 0, "--recv-count: " + receiveCount + " (expected: 0 or more)");
        refuse(!prefixes.isEmpty() && type != ZmqSocketType.SUB && type != ZmqSocketType.XSUB,
                "--subscribe with " + name() + " (expected: sub or xsub)");
        boolean grouped = type == ZmqSocketType.RADIO || type == ZmqSocketType.DISH;
        refuse(grouped == groups.isEmpty(), "--group " + (grouped ? "missing with " : "with ") + name()
                + " (expected: with radio and dish, to name what to send to or to join)");
        refuse(type == ZmqSocketType.RADIO && groups.size() > 1, "--group: several (expected: one with radio)");
        refuse(SocketRun.isSinglePart(type) && parts.size() + (data != null || file != null ? 1 : 0) > 1,
                "--part with " + name() + ": several parts (expected: one, this type has no more)");
    }

    private static void refuse(boolean wrong, String message) {
        if (wrong) {
            throw new Failure(Failure.USAGE, message);
        }
    }

    private ZmqSocket open(Session session) {
        ZmqSocketBuilder builder = session.context.builder(type);
        try {
            security.apply(builder);
            if (type == ZmqSocketType.XSUB) {
                builder.option(ZmqOption.LINGER, ZmqOption.FOREVER); // here an XSUB sends messages of the user too
            }
            if (routingId != null) {
                builder.routingId(routingId);
            }
            List<String> subscriptions = new ArrayList<>(prefixes);
            for (String option : options) {
                int equals = option.indexOf('=');
                refuse(equals < 1, "--option: " + option + " (expected: NAME=VALUE, such as SNDHWM=10)");
                if (option.substring(0, equals).matches("(?i)(ZMQ_)?SUBSCRIBE")) {
                    subscriptions.add(option.substring(equals + 1));
                } else {
                    builder.option(option.substring(0, equals), option.substring(equals + 1));
                }
            }
            if (receiveTimeout != null) {
                builder.option(ZmqOption.RCVTIMEO, receiveTimeout);
            }
            if (sendTimeout != null) {
                builder.option(ZmqOption.SNDTIMEO, sendTimeout);
            }
            ZmqSocket socket = builder.open();
            if (type == ZmqSocketType.SUB) {
                (subscriptions.isEmpty() ? List.of("") : subscriptions).forEach(socket::subscribe);
            } else if (type == ZmqSocketType.XSUB) {
                subscriptions.forEach(prefix -> socket.sendAsync("\1" + prefix));
            } else if (type == ZmqSocketType.DISH) {
                groups.forEach(socket::join);
            }
            return socket;
        } catch (ZmqException e) {
            throw new Failure(Failure.USAGE, e.getMessage(), e);
        }
    }

    private Source source(byte[] content, Streams streams) {
        List<byte[]> message = new ArrayList<>();
        if (data != null) {
            message.add(data.getBytes(StandardCharsets.UTF_8));
        } else if (content != null) {
            message.add(content);
        }
        parts.forEach(part -> message.add(part.getBytes(StandardCharsets.UTF_8)));
        return message.isEmpty() ? Source.lines(streams.in(), count == null ? Long.MAX_VALUE : count)
                : Source.repeat(message, count == null ? 1 : count);
    }
}
