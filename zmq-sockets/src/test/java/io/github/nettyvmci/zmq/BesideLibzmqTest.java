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

import static io.github.nettyvmci.zmq.ZmqSocketType.DEALER;
import static io.github.nettyvmci.zmq.ZmqSocketType.PAIR;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.PULL;
import static io.github.nettyvmci.zmq.ZmqSocketType.PUSH;
import static io.github.nettyvmci.zmq.ZmqSocketType.REP;
import static io.github.nettyvmci.zmq.ZmqSocketType.REQ;
import static io.github.nettyvmci.zmq.ZmqSocketType.ROUTER;
import static io.github.nettyvmci.zmq.ZmqSocketType.STREAM;
import static io.github.nettyvmci.zmq.ZmqSocketType.SUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XPUB;
import static io.github.nettyvmci.zmq.ZmqSocketType.XSUB;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.nettyvmci.testing.LeakCheck;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same few steps with sockets of libzmq alone and with ours alone; what each step shows must be the same. Both
 * roles are played by one implementation, so that what is seen is the pattern and not the wire.
 */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class BesideLibzmqTest {

    private static final Pattern ERRNO = Pattern.compile("\"errno\": (\\d+)");
    /** How long a step waits for what must not come. */
    private static final int MILLIS = 300;
    /** How long a step waits for what must. */
    private static final int MOST_MILLIS = 20_000;

    private static PythonSide.Maker libzmq;
    private static Side.Maker ours;

    @BeforeAll
    static void open() throws Exception {
        assumeTrue(PythonSide.Maker.isAvailable(), "needs python3-zmq: apt-get install python3-zmq");
        libzmq = new PythonSide.Maker();
        ours = new OurSide.Maker();
    }

    @AfterAll
    static void close() throws IOException {
        if (libzmq != null) {
            libzmq.close();
            ours.close();
        }
    }

    /** The steps. */
    private interface Scenario {

        void play(Stage stage) throws Exception;
    }

    /** Where steps are made, and what they showed is written down. */
    private static final class Stage implements AutoCloseable {

        private final Side.Maker maker;
        private final List<Side> sockets = new ArrayList<>();
        private final List<String> seen = new ArrayList<>();

        Stage(Side.Maker maker) {
            this.maker = maker;
        }

        Side open(ZmqSocketType type, Object... options) throws Exception {
            Side side = maker.open(type);
            sockets.add(side);
            side.set("LINGER", 0);
            for (int i = 0; i < options.length; i += 2) {
                side.set((String) options[i], options[i + 1]);
            }
            return side;
        }

        Side connected(String endpoint, ZmqSocketType type, Object... options) throws Exception {
            Side side = open(type, options);
            side.connect(endpoint);
            return side;
        }

        /** Writes down what a call came to. */
        void see(Callable<?> call) throws Exception {
            seen.add(outcome(call));
        }

        /** Returns what a call comes to: its value, or the error's number. */
        private static String outcome(Callable<?> call) throws Exception {
            try {
                return show(call.call());
            } catch (ZmqException e) {
                return "E" + e.error().errno();
            } catch (IOException e) {
                Matcher errno = ERRNO.matcher(e.getMessage());
                if (!errno.find()) {
                    throw e;
                }
                return "E" + errno.group(1);
            }
        }

        void offer(Side side, String... parts) throws Exception {
            see(offering(side, parts));
        }

        private static Callable<?> offering(Side side, String... parts) {
            return () -> {
                side.offer(parts);
                return "sent";
            };
        }

        /** Writes down what an offer comes to in the end, once the news of a peer's end is there. */
        void offerUntil(String end, Side side, String... parts) throws Exception {
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS);
            String what = outcome(offering(side, parts));
            while (!what.equals(end) && System.nanoTime() < until) {
                LockSupport.parkNanos(1_000_000);
                what = outcome(offering(side, parts));
            }
            seen.add(what);
        }

        /** Writes down a message that must come. */
        List<String> next(Side side) throws Exception {
            List<String> parts = side.receive(MOST_MILLIS);
            seen.add(show(parts));
            return parts;
        }

        /** Writes down as many messages as must come, however late, and then all that must not. */
        void all(Side side, int most) throws Exception {
            for (int i = 0; i < most; i++) {
                next(side);
            }
            for (List<String> parts = side.receive(MILLIS); parts != null; parts = side.receive(MILLIS)) {
                seen.add(show(parts));
            }
            seen.add("no more");
        }

        /**
         * Writes down the events up to one of a kind. The events that libzmq does not have are left out, as are values
         * that are a matter of chance.
         */
        void events(Side side, String last) throws Exception {
            List<String> kinds = new ArrayList<>();
            String kind = "";
            while (!kind.equals(last)) {
                List<String> event = side.event(MOST_MILLIS);
                if (event == null) {
                    kinds.add("no " + last);
                    break;
                }
                kind = event.get(0);
                // The value of libzmq's NO_DETAIL is whatever errno was, except EFAULT (14): there is no authenticator.
                boolean valued = kind.equals("CONNECT_DELAYED") || kind.contains("FAILED")
                        && (!kind.endsWith("NO_DETAIL") || event.get(1).equals("14"));
                // libzmq tells CLOSED, too, of the descriptor of a bind that fails.
                if (!kind.equals("GAVE_UP") && !(kind.equals("CLOSED") && last.equals("BIND_FAILED"))) {
                    kinds.add(valued ? kind + ' ' + event.get(1) : kind);
                }
            }
            seen.add(kinds.toString());
        }

        /** Shows generated ids alike, since their octets differ between implementations and runs. */
        private static String show(Object value) {
            return value == null ? "nothing" : value.toString().replaceAll("(?s)\\[\0....", "[ID")
                    .replace("\0", "-").replace("\1", "+");
        }

        void close(Side side) throws IOException {
            sockets.remove(side);
            side.close();
        }

        @Override
        public void close() throws IOException {
            for (Side side : sockets) {
                side.close();
            }
        }
    }

    private static void playRequests(Stage stage, Object... options) throws Exception {
        Side router = stage.open(ROUTER);
        Side req = stage.connected(router.bind("tcp://127.0.0.1:*"), REQ, options);
        req.send("1");
        List<String> first = router.receive(MOST_MILLIS);
        req.send("2");
        List<String> second = router.receive(MOST_MILLIS);
        stage.seen.add(first.size() + " " + second.size());
        for (List<String> request : List.of(first, second)) {
            String[] reply = request.toArray(new String[0]);
            reply[reply.length - 1] = "reply to " + reply[reply.length - 1];
            router.send(reply);
        }
        stage.next(req);
        stage.see(req::take);
    }

    private static void playDuplicates(Stage stage, int handover) throws Exception {
        Side router = stage.open(ROUTER, "ROUTER_HANDOVER", handover);
        String endpoint = router.bind("tcp://127.0.0.1:*");
        Side first = stage.connected(endpoint, DEALER, "ROUTING_ID", "A", "RECONNECT_IVL", 3_600_000);
        first.send("first");
        stage.next(router);
        Side second = stage.connected(endpoint, DEALER, "ROUTING_ID", "A", "RECONNECT_IVL", 3_600_000);
        second.send("second");
        stage.all(router, handover);
        router.send("A", "to A");
        stage.all(first, 1 - handover);
        stage.all(second, handover);
    }

    /**
     * Subscriptions come and go; a bound XPUB of libzmq has no thread of its own, and is asked after each.
     *
     * @param told how many messages the XPUB gets in each step
     */
    private static void playSubscriptions(Stage stage, int[] told, Object... options) throws Exception {
        Side xpub = stage.open(XPUB, options);
        String endpoint = xpub.bind("tcp://127.0.0.1:*");
        Side a = stage.connected(endpoint, SUB);
        Side b = stage.connected(endpoint, XSUB);
        Scenario[] steps = {
            now -> a.set("SUBSCRIBE", "T"),
            now -> a.set("SUBSCRIBE", "T"),
            now -> b.send("\1T", "\1U", "and more"),
            now -> a.set("UNSUBSCRIBE", "T"),
            now -> {
                a.set("UNSUBSCRIBE", "T");
                a.set("UNSUBSCRIBE", "unknown");
            },
            now -> {
                b.send("\0unknown");
                b.send("\0T");
            },
            now -> {
                b.send("a message");
                b.send("");
            },
            now -> a.set("SUBSCRIBE", "left behind"),
            now -> now.close(a)
        };
        for (int i = 0; i < steps.length; i++) {
            steps[i].play(stage);
            stage.all(xpub, told[i]);
        }
    }

    private static void playProbe(Stage stage, ZmqSocketType type) throws Exception {
        Side router = stage.open(ROUTER);
        stage.connected(router.bind("tcp://127.0.0.1:*"), type, "PROBE_ROUTER", 1, "ROUTING_ID", "P");
        stage.next(router);
        Side bound = stage.open(ROUTER, "PROBE_ROUTER", 1);
        Side dealer = stage.connected(bound.bind("tcp://127.0.0.1:*"), DEALER);
        stage.all(bound, 0);
        stage.next(dealer);
    }

    /** A server and a client that do not agree, and what each is told. */
    private static void playHandshake(Stage stage, Object[] server, Object[] client, String last) throws Exception {
        Side bound = stage.open(REP, server);
        bound.monitor();
        Side connecting = stage.open(REQ, client);
        connecting.set("RECONNECT_IVL", 3_600_000);
        connecting.monitor();
        connecting.connect(bound.bind("tcp://127.0.0.1:*"));
        stage.events(bound, "DISCONNECTED");
        stage.events(connecting, last);
    }

    /** What a bare peer does to a server. */
    private static void playStranger(Stage stage, String greeting, boolean closes) throws Exception {
        Side bound = stage.open(REP, "HANDSHAKE_IVL", 300);
        bound.monitor();
        URI uri = URI.create(bound.bind("tcp://127.0.0.1:*"));
        try (Socket stranger = new Socket(uri.getHost(), uri.getPort())) {
            stranger.getOutputStream().write(greeting.getBytes(StandardCharsets.ISO_8859_1));
            if (!closes) {
                stage.events(bound, "DISCONNECTED");
            }
        }
        if (closes) {
            stage.events(bound, "DISCONNECTED");
        }
    }

    private static void putEvents(Map<String, Scenario> all) {
        all.put("events of a connection", stage -> {
            Side bound = stage.open(REP);
            bound.monitor();
            String endpoint = bound.bind("tcp://127.0.0.1:*");
            Side connecting = stage.open(REQ, "RECONNECT_IVL", 3_600_000);
            connecting.monitor();
            connecting.connect(endpoint);
            stage.events(bound, "HANDSHAKE_SUCCEEDED");
            stage.events(connecting, "HANDSHAKE_SUCCEEDED");
            stage.close(connecting);
            stage.events(bound, "DISCONNECTED");
            bound.unbind(endpoint);
            stage.events(bound, "CLOSED");
        });
        all.put("events of a connect to nobody", stage -> {
            Side probe = stage.open(REP);
            String endpoint = probe.bind("tcp://127.0.0.1:*");
            probe.unbind(endpoint);
            Side connecting = stage.open(REQ, "RECONNECT_IVL", 10);
            connecting.monitor();
            connecting.connect(endpoint);
            stage.events(connecting, "CONNECT_RETRIED");
            stage.events(connecting, "CONNECT_RETRIED");
        });
        all.put("events of a bind that fails", stage -> {
            Side bound = stage.open(REP);
            String endpoint = bound.bind("tcp://127.0.0.1:*");
            for (String taken : new String[] {endpoint, "tcp://192.0.2.1:5"}) {
                Side late = stage.open(REP);
                late.monitor();
                stage.see(() -> late.bind(taken));
                stage.events(late, "BIND_FAILED");
            }
        });
        all.put("events of other mechanisms", stage -> playHandshake(stage, new Object[] {"PLAIN_SERVER", 1},
                new Object[0], "DISCONNECTED"));
        all.put("events of no authenticator", stage -> playHandshake(stage, new Object[] {"PLAIN_SERVER", 1},
                new Object[] {"PLAIN_USERNAME", "a", "PLAIN_PASSWORD", "b"}, "CONNECT_RETRIED"));
        all.put("events of a silent peer", stage -> playStranger(stage, "", false));
        all.put("events of a peer that leaves", stage -> playStranger(stage, "", true));
        all.put("events of half a greeting", stage -> playStranger(stage, "\u00ff\0\0\0\0\0\0\0\1\u007f\3", false));
    }

    private static Map<String, Scenario> scenarios() {
        Map<String, Scenario> all = new TreeMap<>();
        all.put("states and directions", stage -> {
            for (ZmqSocketType type : new ZmqSocketType[] {REQ, REP, PUSH, PULL, PUB, SUB, DEALER, PAIR, XPUB, XSUB,
                STREAM}) {
                Side side = stage.open(type);
                stage.see(side::take);
                if (type != STREAM) {
                    stage.offer(side, "x");
                }
            }
        });
        all.put("endpoints", stage -> {
            Side dealer = stage.open(DEALER);
            for (String endpoint : new String[] {"tcp://127.0.0.1", "foo://x", "inproc://", "tcp://", "nothing",
                "ipc://@", "tcp://127.0.0.1:x"}) {
                stage.see(() -> dealer.bind(endpoint));
                stage.see(() -> {
                    dealer.connect(endpoint);
                    return "connected";
                });
            }
            stage.see(() -> {
                dealer.unbind("tcp://127.0.0.1:1");
                return "";
            });
            stage.see(() -> {
                dealer.disconnect("tcp://127.0.0.1:1");
                return "";
            });
            dealer.bind("inproc://beside");
            stage.see(() -> stage.open(DEALER).bind("inproc://beside"));
            String endpoint = dealer.bind("tcp://127.0.0.1:*");
            stage.see(() -> stage.open(DEALER).bind(endpoint));
            dealer.unbind(endpoint);
            stage.see(() -> {
                dealer.unbind(endpoint);
                return "";
            });
        });
        all.put("REQ_RELAXED", stage -> playRequests(stage, "REQ_RELAXED", 1));
        all.put("REQ_RELAXED and REQ_CORRELATE",
                stage -> playRequests(stage, "REQ_RELAXED", 1, "REQ_CORRELATE", 1));
        all.put("REQ_RELAXED with two peers", stage -> {
            Side req = stage.open(REQ, "REQ_RELAXED", 1);
            List<Side> routers = List.of(stage.open(ROUTER), stage.open(ROUTER));
            for (Side router : routers) {
                req.connect(router.bind("tcp://127.0.0.1:*"));
            }
            req.send("1");
            List<String> first = routers.get(0).receive(MOST_MILLIS);
            req.send("2");
            List<String> second = routers.get(1).receive(MOST_MILLIS);
            routers.get(0).send(first.get(0), "", "from the first");
            routers.get(1).send(second.get(0), "", "from the second");
            stage.next(req);
            stage.see(req::take);
        });
        all.put("REP without an envelope", stage -> {
            Side rep = stage.open(REP);
            Side dealer = stage.connected(rep.bind("tcp://127.0.0.1:*"), DEALER);
            dealer.send("no envelope");
            dealer.send("id", "", "question", "more");
            stage.next(rep);
            stage.see(rep::take);
            rep.send("answer");
            stage.next(dealer);
        });
        all.put("ROUTER_MANDATORY", stage -> {
            Side router = stage.open(ROUTER, "ROUTER_MANDATORY", 1);
            Side dealer = stage.connected(router.bind("tcp://127.0.0.1:*"), DEALER, "ROUTING_ID", "A");
            stage.offer(router, "nobody", "x");
            dealer.send("hello");
            stage.next(router);
            stage.offer(router, "A", "x");
            stage.next(dealer);
            stage.close(dealer);
            stage.all(router, 0);
            stage.offerUntil("E113", router, "A", "x");
            router.set("ROUTER_MANDATORY", 0);
            stage.offer(router, "A", "x");
        });
        all.put("ROUTER with two of one id", stage -> playDuplicates(stage, 0));
        all.put("ROUTER_HANDOVER", stage -> playDuplicates(stage, 1));
        all.put("PROBE_ROUTER of REQ", stage -> playProbe(stage, REQ));
        all.put("PROBE_ROUTER of DEALER", stage -> playProbe(stage, DEALER));
        all.put("PROBE_ROUTER of ROUTER", stage -> playProbe(stage, ROUTER));
        int[] changes = {1, 0, 2, 0, 0, 1, 2, 1, 1};
        int[] everyOne = {1, 1, 3, 0, 1, 1, 2, 1, 1};
        all.put("XPUB", stage -> playSubscriptions(stage, changes));
        all.put("XPUB_VERBOSE", stage -> playSubscriptions(stage, new int[] {1, 1, 3, 0, 0, 1, 2, 1, 1},
                "XPUB_VERBOSE", 1));
        all.put("XPUB_VERBOSER", stage -> playSubscriptions(stage, everyOne, "XPUB_VERBOSER", 1));
        all.put("XPUB_MANUAL", stage -> playSubscriptions(stage, everyOne, "XPUB_MANUAL", 1));
        all.put("XPUB_VERBOSER taken back", stage -> playSubscriptions(stage, changes, "XPUB_VERBOSE", 1,
                "XPUB_VERBOSER", 1, "XPUB_VERBOSER", 0));
        all.put("XPUB_MANUAL applied", stage -> {
            Side xpub = stage.open(XPUB, "XPUB_MANUAL", 1);
            Side sub = stage.connected(xpub.bind("tcp://127.0.0.1:*"), SUB, "SUBSCRIBE", "");
            stage.next(xpub);
            xpub.send("before");
            xpub.set("SUBSCRIBE", "A");
            xpub.send("A is sent");
            xpub.send("B is not");
            xpub.set("UNSUBSCRIBE", "A");
            xpub.send("A is not");
            stage.all(sub, 1);
        });
        all.put("XPUB_WELCOME_MSG", stage -> {
            Side xpub = stage.open(XPUB, "XPUB_WELCOME_MSG", "welcome");
            String endpoint = xpub.bind("tcp://127.0.0.1:*");
            Side wants = stage.connected(endpoint, SUB, "SUBSCRIBE", "w");
            stage.next(xpub);
            Side other = stage.connected(endpoint, SUB, "SUBSCRIBE", "x");
            stage.next(xpub);
            stage.all(wants, 1);
            stage.all(other, 0);
        });
        all.put("INVERT_MATCHING", stage -> {
            Side xpub = stage.open(XPUB, "INVERT_MATCHING", 1);
            String endpoint = xpub.bind("tcp://127.0.0.1:*");
            Side inverted = stage.connected(endpoint, SUB, "INVERT_MATCHING", 1, "SUBSCRIBE", "a");
            stage.next(xpub);
            Side upright = stage.connected(endpoint, SUB, "SUBSCRIBE", "ab");
            stage.next(xpub);
            for (String text : new String[] {"abc", "acd", "xyz", ""}) {
                xpub.send(text);
            }
            stage.all(inverted, 2);
            stage.all(upright, 0);
        });
        all.put("CONFLATE of PULL", stage -> {
            Side pull = stage.open(PULL, "CONFLATE", 1);
            Side push = stage.connected(pull.bind("tcp://127.0.0.1:*"), PUSH);
            push.send("first");
            stage.next(pull);
            for (int i = 0; i < 100; i++) {
                push.send("" + i);
            }
            String last = "";
            while (!last.equals("99")) { // how many of those before are seen is a matter of time
                List<String> next = pull.receive(MOST_MILLIS);
                assertNotNull(next, "after " + last);
                last = next.get(0);
            }
            stage.seen.add(last);
        });
        all.put("IMMEDIATE", stage -> {
            Side push = stage.open(PUSH, "IMMEDIATE", 1);
            push.connect("ipc:///nonexistent/nobody");
            stage.offer(push, "x");
            Side patient = stage.open(PUSH);
            patient.connect("ipc:///nonexistent/nobody");
            stage.offer(patient, "x");
        });
        all.put("PAIR with a second peer", stage -> {
            Side pair = stage.open(PAIR);
            String endpoint = pair.bind("tcp://127.0.0.1:*");
            Side first = stage.connected(endpoint, PAIR, "RECONNECT_IVL", 3_600_000);
            first.send("first");
            stage.next(pair);
            Side second = stage.connected(endpoint, PAIR, "RECONNECT_IVL", 3_600_000);
            second.send("second");
            stage.all(pair, 0);
            first.send("still there");
            stage.next(pair);
            pair.send("back");
            stage.next(first);
            stage.all(second, 0);
        });
        all.put("STREAM", stage -> {
            Side stream = stage.open(STREAM);
            Side other = stage.connected(stream.bind("tcp://127.0.0.1:*"), STREAM, "RECONNECT_IVL", 3_600_000);
            String id = stage.next(stream).get(0);
            String far = stage.next(other).get(0);
            other.send(far, "hello");
            stage.next(stream);
            stage.offer(stream, "nobody", "x");
            stream.send(id, "");
            stage.all(stream, 0); // libzmq lets go of a peer when its socket is used next
            stage.all(other, 1);
            stage.offer(stream, id, "x");
        });
        putEvents(all);
        return all;
    }

    static List<String> names() {
        return List.copyOf(scenarios().keySet());
    }

    @ParameterizedTest
    @MethodSource("names")
    void shouldDoAsLibzmqDoes(String name) throws Exception {
        if (!libzmq.isAlive()) { // the scenario before was stuck in it
            libzmq.close();
            libzmq = new PythonSide.Maker();
        }
        CompletableFuture<List<String>> expected = new CompletableFuture<>();
        Thread beside = new Thread(() -> {
            try {
                expected.complete(play(name, libzmq));
            } catch (Throwable e) {
                expected.completeExceptionally(e);
            }
        });
        beside.start();
        List<String> actual = play(name, ours);
        beside.join();
        List<String> seen = expected.get();
        if (!seen.equals(actual)) {
            // Rarely libzmq itself does something else: seen once was that it did not tell that it had disconnected.
            System.out.println(name + ", the first time: " + seen);
            seen = play(name, libzmq);
        }
        System.out.println(name + ": " + seen); // the report of the test keeps it
        assertEquals(seen, actual);
    }

    private static List<String> play(String name, Side.Maker maker) throws Exception {
        try (Stage stage = new Stage(maker)) {
            scenarios().get(name).play(stage);
            return stage.seen;
        }
    }
}
