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

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.transport.VmciAddress;
import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqError;
import io.github.nettyvmci.zmq.ZmqException;
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Holds a context and the endpoints that its sockets are bound to, and makes errors for people of its exceptions. */
final class Session {

    /** How long messages may take to get out after a signal: the whole end has to take less than a second. */
    private static final Duration AFTER_SIGNAL = Duration.ofMillis(300);
    /** The fix that is added to the error for an endpoint that is taken. */
    private static final String ANY_PORT_HINT = "; stop what uses it, or take another endpoint";

    /** The types that make the sender wait for room instead of dropping a message. */
    private static final Set<ZmqSocketType> LOSSLESS = Set.of(ZmqSocketType.PUSH, ZmqSocketType.DEALER,
            ZmqSocketType.PAIR, ZmqSocketType.REQ, ZmqSocketType.CLIENT, ZmqSocketType.SCATTER, ZmqSocketType.CHANNEL,
            ZmqSocketType.PEER);

    final ZmqContext context = ZmqContext.builder().ioThreads(1).build();
    private final List<String> bound = new ArrayList<>();
    /** The session made last, which {@link #abandon} closes when a signal cannot interrupt its thread. */
    private static volatile Session current;

    Session() {
        current = this;
    }

    /** Binds, and remembers for the ready file the endpoint to connect to. */
    void bind(ZmqSocket socket, String endpoint) {
        try {
            bound.add(connectable(socket.bind(endpoint)));
        } catch (ZmqException e) {
            throw failure(e, endpoint);
        }
    }

    /** Connects, and returns the number of the peer, 0 if the type has none. */
    int connect(ZmqSocket socket, String endpoint) {
        try {
            ZmqSocketType type = socket.type();
            int number = 0;
            if (type == ZmqSocketType.SERVER || type == ZmqSocketType.PEER) {
                number = socket.connectPeer(endpoint);
            } else {
                socket.connect(endpoint);
            }
            if ((endpoint.startsWith("vmci:") || endpoint.startsWith("vsock:")) && !Vmci.isAvailable()) {
                throw new Failure(Failure.RUN, "connect to " + endpoint + " failed: "
                        + Vmci.unavailabilityCause().getMessage());
            }
            return number;
        } catch (ZmqException e) {
            throw failure(e, endpoint);
        }
    }

    /** Makes a failure of an exception: one of usage if the endpoint is wrong, else one at run time. */
    static Failure failure(ZmqException e, String endpoint) {
        Throwable cause = e.getCause();
        if (e.error() == ZmqError.NO_TRANSPORT || e.error() == ZmqError.INVALID) {
            // The name of an interface that is not there is good usage; only looking it up fails.
            boolean unresolved = cause != null && cause.getCause() instanceof IOException;
            return new Failure(unresolved ? Failure.RUN : Failure.USAGE, e.getMessage(), e);
        }
        String reason = cause == null || cause.getMessage() == null ? e.getMessage() : cause.getMessage();
        // The vmci transport names the endpoint in a spelling of its own; Netty's epoll does not name it.
        boolean complete = reason.contains(endpoint) || reason.startsWith("bind(") && !reason.startsWith("bind(..)")
                || reason.startsWith("bind:");
        return new Failure(Failure.RUN, (complete ? "" : "bind: " + endpoint + " failed: ") + reason
                + (e.error() == ZmqError.ADDRESS_IN_USE && !reason.contains(";") ? ANY_PORT_HINT : ""), e);
    }

    /** Returns an endpoint that reaches a bind from this machine. */
    private static String connectable(String endpoint) {
        if (endpoint.startsWith("vmci://") || endpoint.startsWith("vsock://")) {
            VmciAddress address = VmciAddress.parse(endpoint);
            if (address.cid() != VmciAddress.CID_ANY) {
                return endpoint;
            }
            long cid = Vmci.localCid(); // unknown without /dev/vsock; then only the loopback CID reaches this machine
            return endpoint.substring(0, endpoint.indexOf("://") + 3)
                    + (cid == VmciAddress.CID_ANY ? VmciAddress.CID_LOCAL : cid) + ':' + address.port();
        }
        if (endpoint.startsWith("vsock+unix://")) {
            int colon = endpoint.lastIndexOf(':'); // a guest connects to the port, the host to the file PATH_PORT
            return "ipc" + endpoint.substring("vsock+unix".length(), colon) + '_' + endpoint.substring(colon + 1);
        }
        // A bind to the wild card of IPv6 accepts IPv4 too; libzmq connects to IPv6 addresses only with ZMQ_IPV6.
        return endpoint.replace("tcp://0.0.0.0:", "tcp://127.0.0.1:").replace("tcp://[::]:", "tcp://127.0.0.1:");
    }

    /** Writes the endpoints that reach the binds. A regular file appears whole: a reader never sees half of it. */
    void writeReadyFile(Path file) {
        String text = bound.isEmpty() ? "" : String.join("\n", bound) + '\n';
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                Files.writeString(file, text); // a pipe or a terminal
                return;
            }
            Path folder = file.toAbsolutePath().getParent();
            Path draft = Files.createTempFile(folder, ".zmq", ".ready");
            try {
                Files.writeString(draft, text);
                Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(draft);
            }
        } catch (IOException e) {
            throw new Failure(Failure.RUN, "--ready-file " + file + ": cannot be written, " + e
                    + " (expected: a folder this user may write to)", e);
        }
    }

    /**
     * Closes all sockets when their messages are out.
     *
     * @param most how long that may take; {@code null}: as long as LINGER says
     * @return whether the sockets closed in time, and without an interrupt
     */
    boolean close(Duration most) {
        if (most != null) {
            return context.close(most);
        }
        context.close();
        return !Thread.currentThread().isInterrupted();
    }

    /**
     * Checks that every message of a closed socket was written to a connection that was up.
     *
     * @throws Failure if messages were lost although the type of the socket never drops one for want of room
     */
    static void checkNothingLost(ZmqSocket socket, Watch watch) {
        long lost = socket.metrics().dropped();
        if (lost > 0 && LOSSLESS.contains(socket.type()) && !socket.getOption(ZmqOption.CONFLATE)) {
            String trouble = watch.trouble();
            throw new Failure(Failure.RUN, socket.type().name().toLowerCase(Locale.ROOT) + ": messages lost: " + lost
                    + " (expected: 0, each written to a connection that is up)"
                    + (trouble.isEmpty() ? "" : "; the last trouble: " + trouble));
        }
    }

    /** Closes the sockets of a command that no interrupt ends, to delete their files; waits {@code millis} at most. */
    static void abandon(long millis) throws InterruptedException {
        Session session = current;
        if (session != null) {
            Thread closing = new Thread(() -> session.context.close(Duration.ZERO), "zmq-abandon");
            closing.setDaemon(true);
            closing.start();
            closing.join(millis);
        }
    }

    /** Closes all sockets at the end by a failure or a signal: at once, or with {@code signal} after a short time. */
    void abort(boolean signal) {
        Thread.interrupted(); // an interrupt that is still set would end the wait in close()
        context.close(signal ? AFTER_SIGNAL : Duration.ZERO);
    }
}
