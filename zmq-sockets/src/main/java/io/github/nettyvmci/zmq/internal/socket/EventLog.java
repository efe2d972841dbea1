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
package io.github.nettyvmci.zmq.internal.socket;

import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.internal.endpoint.SocketLog;
import io.github.nettyvmci.zmtp.ZmtpException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Writes the events of a socket to the log. An event is written at WARN if an operator has to know of it: a failed
 * handshake, a limit or a broken rule that ended a connection, messages lost with one, a connection that could not be
 * accepted, a connect that is given up, and one that cannot work on this machine, for want of AF_VSOCK for example. All
 * others are written at DEBUG, and so are repetitions. One cause at an endpoint is written at WARN once in ten minutes,
 * with the number of times it happened in between, because a peer may repeat it as often as it likes. Any thread.
 */
final class EventLog {

    static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(10);
    /** How many causes the log remembers. One more takes the place of the oldest. */
    private static final int MOST_CAUSES = 64;

    private final String name;
    private final LongSupplier clock;
    private final Map<String, Told> told = new LinkedHashMap<>();

    /** The time at which a cause was last written at WARN, and how often it came since. */
    private static final class Told {

        private final long when;
        private long since;

        Told(long when) {
            this.when = when;
        }
    }

    /**
     * Makes a log.
     *
     * @param name  of the socket
     * @param clock the time in nanoseconds, as of {@link System#nanoTime()}
     */
    EventLog(String name, LongSupplier clock) {
        this.name = name;
        this.clock = clock;
    }

    /** Returns whether {@link #write} would do anything with such an event. */
    static boolean wants(ZmqEvent.Kind kind, long value, @Nullable Throwable cause) {
        return SocketLog.LOGGER.isDebugEnabled() || isTrouble(kind, value, cause);
    }

    /** Loads the classes that a warning needs. */
    static void rehearse() {
        EventLog log = new EventLog("", System::nanoTime);
        SocketEvent event = new SocketEvent(ZmqEvent.Kind.ACCEPT_FAILED, 0, "", null, null, null, new IOException(""));
        log.repeats(event);
        log.repeats(event);
        event.toString();
    }

    void write(SocketEvent event) {
        try {
            log(event);
        } catch (LinkageError e) {
            // A logger that cannot load its classes, for want of a descriptor, must not end what the event is about.
        }
    }

    private void log(SocketEvent event) {
        if (isTrouble(event.kind(), event.value(), event.cause())) {
            long before = repeats(event);
            if (before >= 0) {
                SocketLog.LOGGER.warn("{}: {}{}", name, event,
                        before == 0 ? "" : " (and " + before + " times more since this was last said)");
                return;
            }
        }
        SocketLog.LOGGER.debug("{}: {}", name, event);
    }

    private static boolean isTrouble(ZmqEvent.Kind kind, long value, @Nullable Throwable cause) {
        switch (kind) {
            case HANDSHAKE_FAILED_AUTH:
            case HANDSHAKE_FAILED_PROTOCOL:
            case HANDSHAKE_FAILED_NO_DETAIL:
            case ACCEPT_FAILED:
            case GAVE_UP:
                return true;
            case CONNECT_RETRIED:
                return cause instanceof LinkageError; // this machine lacks something, and will at the next attempt
            case DISCONNECTED:
                if (cause instanceof ZmqException ended) { // if CLOSED, the application wanted the end and the loss
                    return ended.error() != ZmqError.CLOSED;
                }
                return value > 0 || cause instanceof ZmtpException broken && !broken.error().isTransient();
            default:
                return false;
        }
    }

    /** Returns how often a cause came since it was last written at WARN, or -1 if it is too early to write it again. */
    private synchronized long repeats(SocketEvent event) {
        // A failed handshake and the end of its connection are written at WARN once, and giving up is written besides.
        String key = (event.kind() == ZmqEvent.Kind.GAVE_UP) + " " + event.endpoint() + ' ' + kindOf(event.cause());
        Told last = told.get(key);
        long now = clock.getAsLong();
        if (last != null && now - last.when < QUIET_NANOS) {
            last.since++;
            return -1;
        }
        told.remove(key);
        told.put(key, new Told(now));
        if (told.size() > MOST_CAUSES) {
            told.remove(told.keySet().iterator().next());
        }
        return last == null ? 0 : last.since;
    }

    /** Returns what tells a cause from others, without anything that a peer could vary. */
    private static String kindOf(@Nullable Throwable cause) {
        if (cause instanceof ZmtpException e) {
            return e.error().name();
        }
        if (cause instanceof ZmqException e) {
            return e.error().name();
        }
        return cause == null ? "" : cause.getClass().getName() + (cause instanceof IOException ? cause.getMessage()
                : "");
    }
}
