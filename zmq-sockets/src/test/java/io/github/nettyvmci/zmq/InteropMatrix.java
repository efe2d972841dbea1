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

import static java.util.Map.entry;

import io.github.nettyvmci.testing.TestFamily;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Every pair of socket types that belong together, ours and another implementation's, each side binding once. Run it to
 * see the table; the tests assert that there is no failure in it.
 */
final class InteropMatrix {

    /** What two sockets say to each other; {@code a} is of the type that the key in {@code TALKS} names first. */
    private interface Talk {
        void talk(Side a, Side b) throws Exception;
    }

    private static final Map<String, Talk> TALKS = Map.ofEntries(
            entry("REQ REP", InteropMatrix::ask),
            entry("REQ ROUTER", (req, router) -> {
                req.send("question");
                List<String> request = receive(router);
                check(request.subList(1, 3), "", "question");
                router.send(request.get(0), "", "answer", "2");
                check(receive(req), "answer", "2");
            }),
            entry("DEALER REP", (dealer, rep) -> {
                dealer.send("", "question");
                check(receive(rep), "question");
                rep.send("answer");
                check(receive(dealer), "", "answer");
            }),
            entry("DEALER DEALER", InteropMatrix::both),
            entry("DEALER ROUTER", (dealer, router) -> {
                dealer.send("hello", "", "x".repeat(100_000));
                check(receive(router), "DEALER", "hello", "", "x".repeat(100_000));
                router.send("DEALER", "world");
                check(receive(dealer), "world");
            }),
            entry("ROUTER ROUTER", (a, b) -> {
                until(() -> a.send("ROUTER2", "hello"), b, "ROUTER", "hello");
                b.send("ROUTER", "world");
                check(receive(a), "ROUTER2", "world");
            }),
            entry("PUB SUB", InteropMatrix::publish),
            entry("PUB XSUB", InteropMatrix::publish),
            entry("XPUB SUB", InteropMatrix::publish),
            entry("XPUB XSUB", (xpub, xsub) -> {
                xsub.send("\u0001news");
                List<String> subscription = null;
                for (int i = 0; i < 200 && subscription == null; i++) {
                    subscription = xpub.receive(50);
                    xsub.receive(1); // libzmq repeats subscriptions on a new connection when the socket is next used
                }
                check(subscription, "\u0001news");
                xpub.send("news", "today");
                check(receive(xsub), "news", "today");
                xsub.send("\u0000news");
                check(receive(xpub), "\u0000news");
            }),
            entry("PUSH PULL", (push, pull) -> {
                for (int i = 0; i < 100; i++) {
                    push.send("task " + i, "more");
                }
                for (int i = 0; i < 100; i++) {
                    check(receive(pull), "task " + i, "more");
                }
            }),
            entry("PAIR PAIR", InteropMatrix::both));

    private InteropMatrix() {
    }

    /** One row of the table. */
    record Result(String ours, String theirs, String direction, String scheme, String failure) {

        @Override
        public String toString() {
            return String.format("%-7s %-7s %-12s %-4s %s", ours, theirs, direction, scheme,
                    failure == null ? "ok" : failure);
        }
    }

    static List<Result> run(Side.Maker ours, Side.Maker theirs, String... schemes) {
        List<Result> results = new ArrayList<>();
        for (ZmqSocketType mine : ZmqSocketType.values()) {
            for (ZmqSocketType other : ZmqSocketType.values()) {
                Talk talk = TALKS.get(mine + " " + other);
                Talk reverse = TALKS.get(other + " " + mine);
                if (talk == null && reverse == null) {
                    continue;
                }
                Talk either = talk != null ? talk : (a, b) -> reverse.talk(b, a);
                for (String scheme : schemes) {
                    for (boolean weBind : new boolean[] {true, false}) {
                        results.add(new Result(mine.name(), other.name(), weBind ? "ours binds" : "theirs binds",
                                scheme, failure(ours, theirs, mine, other, scheme, weBind, either)));
                    }
                }
            }
        }
        return results;
    }

    private static String failure(Side.Maker ours, Side.Maker theirs, ZmqSocketType mine, ZmqSocketType other,
            String scheme, boolean weBind, Talk talk) {
        String endpoint = scheme.equals("ipc") ? "ipc://" + TestFamily.newPath() : SocketTest.endpoint(scheme);
        try (Side a = ours.open(mine)) {
            prepare(a, mine, mine.name());
            String bound = weBind ? a.bind(endpoint) : null;
            for (int attempt = 0;; attempt++) {
                try (Side b = theirs.open(other)) {
                    prepare(b, other, mine == other ? other.name() + "2" : other.name());
                    if (bound == null) {
                        a.connect(b.bind(endpoint));
                    } else {
                        ZmqMonitor monitor = ((OurSide) a).socket.monitor(100);
                        b.connect(bound);
                        // A connect of JeroMQ may get lost for good (see JeroSide); a new socket tries again.
                        if (b instanceof JeroSide && attempt < 4
                                && monitor.await(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, Duration.ofSeconds(3)) == null) {
                            continue;
                        }
                    }
                    talk.talk(a, b);
                    return null;
                }
            }
        } catch (Throwable e) {
            return e.toString();
        }
    }

    private static void prepare(Side side, ZmqSocketType type, String id) throws Exception {
        if (type == ZmqSocketType.DEALER || type == ZmqSocketType.ROUTER) {
            side.set("ROUTING_ID", id);
        } else if (type == ZmqSocketType.SUB) {
            side.set("SUBSCRIBE", "news");
        }
    }

    private static void ask(Side req, Side rep) throws Exception {
        for (int i = 0; i < 3; i++) {
            req.send("question", "" + i);
            check(receive(rep), "question", "" + i);
            rep.send("answer", "", "" + i);
            check(receive(req), "answer", "", "" + i);
        }
    }

    private static void both(Side a, Side b) throws Exception {
        a.send("hello", "");
        check(receive(b), "hello", "");
        b.send("x".repeat(300));
        check(receive(a), "x".repeat(300));
    }

    private static void publish(Side pub, Side sub) throws Exception {
        try {
            sub.send("\u0001news");
        } catch (Exception e) {
            // the socket is a SUB, which cannot send: prepare() has subscribed it
        }
        until(() -> {
            pub.send("other");
            pub.send("news", "today");
        }, sub, "news", "today");
    }

    private interface Sending {
        void send() throws Exception;
    }

    /**
     * Sends a message again until it arrives, since it is dropped while a subscription or routing id is under way; then
     * receives the duplicates.
     */
    private static void until(Sending sending, Side receiver, String... expected) throws Exception {
        List<String> got = null;
        for (int i = 0; i < 200 && got == null; i++) {
            sending.send();
            got = receiver.receive(50);
        }
        check(got, expected);
        while (got != null) {
            check(got, expected);
            got = receiver.receive(30);
        }
    }

    private static List<String> receive(Side side) throws Exception {
        return side.receive(10_000);
    }

    private static void check(List<String> got, String... expected) {
        if (!List.of(expected).equals(got)) {
            throw new AssertionError("got " + got + " (expected: " + List.of(expected) + ')');
        }
    }

    /** Prints the table; ends with status 1 if anything failed. */
    public static void main(String[] args) throws Exception {
        int failed = 0;
        try (Side.Maker ours = new OurSide.Maker()) {
            for (Side.Maker theirs : new Side.Maker[] {new PythonSide.Maker(), new JeroSide.Maker()}) {
                try (theirs) {
                    System.out.println("ours    " + theirs.version());
                    // JeroMQ's ipc is TCP in disguise.
                    String[] schemes = theirs instanceof JeroSide.Maker ? new String[] {"tcp"}
                            : new String[] {"ipc", "tcp"};
                    for (Result result : run(ours, theirs, schemes)) {
                        System.out.println(result);
                        failed += result.failure() == null ? 0 : 1;
                    }
                }
            }
        }
        System.out.println(failed + " failed");
        System.exit(failed == 0 ? 0 : 1);
    }
}
