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

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqMonitor;
import io.github.nettyvmci.zmq.ZmqSocket;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Watches a socket. It prints each reason of failed handshakes once, or with {@code --verbose} every event, on a thread
 * of its own, because standard error may be slow. It interrupts the thread that made it when every connect is given up
 * and nothing is bound.
 */
final class Watch {

    private static final int CAPACITY = 10_000;
    private static final int MAX_TOLD = 100;
    private static final Duration WAIT = Duration.ofSeconds(1);

    private final Streams streams;
    private final boolean verbose;
    private final Thread worker;
    private final Thread printing;
    private final Set<String> told = new HashSet<>();
    private final Set<String> connects = ConcurrentHashMap.newKeySet();
    private volatile boolean binds;
    private volatile boolean gaveUp;
    private volatile String trouble = "";

    /** Starts to watch; the calling thread is the one to interrupt. */
    Watch(ZmqSocket socket, Streams streams, boolean verbose) {
        this.streams = streams;
        this.verbose = verbose;
        worker = Thread.currentThread();
        ZmqMonitor events = socket.monitor(CAPACITY);
        printing = new Thread(() -> print(events), "zmq-events");
        printing.setDaemon(true);
        printing.start();
        socket.onEvent(this::judge);
    }

    void bound() {
        binds = true;
    }

    void connecting(String endpoint) {
        connects.add(endpoint);
    }

    /** Returns whether no endpoint is left. The reason is printed at the latest when {@link #end} returns. */
    boolean gaveUp() {
        return gaveUp;
    }

    /** Returns why the last attempt to connect failed, for the message of a time that is up; may be empty. */
    String trouble() {
        return trouble;
    }

    /** Waits until the last event of a closed socket is printed, for a second at most. */
    void end() throws InterruptedException {
        printing.join(WAIT.toMillis());
    }

    /** Draws the conclusions of an event. On the socket's event loop. */
    private void judge(ZmqEvent event) {
        switch (event.kind()) {
            case GAVE_UP -> {
                connects.remove(event.endpoint());
                if (connects.isEmpty() && !binds) {
                    gaveUp = true;
                    worker.interrupt();
                }
            }
            case HANDSHAKE_SUCCEEDED -> trouble = "";
            case CLOSED, CONNECT_RETRIED -> {
                if (event.cause() != null) {
                    trouble = reason(event);
                }
            }
            default -> {
                // only printed
            }
        }
    }

    private void print(ZmqMonitor events) {
        try {
            for (;;) {
                ZmqEvent event = events.poll(WAIT);
                if (event == null) {
                    continue;
                }
                if (verbose) {
                    streams.line(event.toString());
                }
                switch (event.kind()) {
                    case MONITOR_STOPPED -> {
                        return;
                    }
                    case HANDSHAKE_FAILED_AUTH, HANDSHAKE_FAILED_PROTOCOL, HANDSHAKE_FAILED_NO_DETAIL -> {
                        String line = "handshake at " + event.endpoint() + " failed: " + reason(event);
                        if (!verbose && told.size() < MAX_TOLD && told.add(line)) {
                            told.add(event.endpoint());
                            streams.line(line);
                        }
                    }
                    case GAVE_UP -> {
                        if (!told.contains(event.endpoint()) && !verbose) {
                            streams.line("connect to " + event.endpoint() + " given up: " + reason(event));
                        }
                    }
                    default -> {
                        // not of general interest
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // cannot happen: no code interrupts this thread
        }
    }

    private static String reason(ZmqEvent event) {
        return event.cause() == null ? "no reason known"
                : event.cause().getMessage() == null ? event.cause().toString() : event.cause().getMessage();
    }
}
