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

/** A context, and the endpoints of the sockets in it, with errors made for people. */
final class Session {

    /** What a signal leaves messages to get out: it all has to be over within a second. */
    private static final Duration AFTER_SIGNAL = Duration.ofMillis(300);
    /** Beside a bind that uses *. */
    private static final String ANY_PORT_HINT = "; stop what uses it, or take another endpoint";

    /** Types that make the sender wait for room instead of dropping a message. */
    private static final Set<ZmqSocketType> LOSSLESS = Set.of(ZmqSocketType.PUSH, ZmqSocketType.DEALER,
            ZmqSocketType.PAIR, ZmqSocketType.REQ, ZmqSocketType.CLIENT, ZmqSocketType.SCATTER, ZmqSocketType.CHANNEL,
            ZmqSocketType.PEER);

    final ZmqContext context = ZmqContext.builder().ioThreads(1).build();
    private final List<String> bound = new ArrayList<>();
    /** The last one, for a signal that finds its thread out of reach. */
    private static volatile Session current;

    Session() {
        current = this;
    }

    /** Binds, and remembers where to connect to. */
    void bind(ZmqSocket socket, String endpoint) {
        try {
            bound.add(connectable(socket.bind(endpoint)));
        } catch (ZmqException e) {
            throw failure(e, endpoint);
        }
    }

    /** Connects; returns the number of the peer, 0 if the type has none. */
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

    /** Tells usage from bad luck. */
    static Failure failure(ZmqException e, String endpoint) {
        Throwable cause = e.getCause();
        if (e.error() == ZmqError.NO_TRANSPORT || e.error() == ZmqError.INVALID) {
            // An interface that is not there looks like any other endpoint.
            boolean unresolved = cause != null && cause.getCause() instanceof IOException;
            return new Failure(unresolved ? Failure.RUN : Failure.USAGE, e.getMessage(), e);
        }
        String reason = cause == null || cause.getMessage() == null ? e.getMessage() : cause.getMessage();
        // Our transport names the endpoint in its own spelling; Netty's epoll does not name it.
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
            long cid = Vmci.localCid(); // unknown without /dev/vsock; then only loopback can reach us from here
            return endpoint.substring(0, endpoint.indexOf("://") + 3)
                    + (cid == VmciAddress.CID_ANY ? VmciAddress.CID_LOCAL : cid) + ':' + address.port();
        }
        if (endpoint.startsWith("vsock+unix://")) {
            int colon = endpoint.lastIndexOf(':'); // the guest dials a port, we the file that stands for it
            return "ipc" + endpoint.substring("vsock+unix".length(), colon) + '_' + endpoint.substring(colon + 1);
        }
        // The wild card of IPv6 takes IPv4 too, and libzmq connects to IPv6 addresses only if it is told to.
        return endpoint.replace("tcp://0.0.0.0:", "tcp://127.0.0.1:").replace("tcp://[::]:", "tcp://127.0.0.1:");
    }

    /** Writes where the binds can be reached, whole or not at all: a reader never sees half of it. */
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
     * @param most how long that may take; {@code null}: what LINGER says
     * @return whether they got out
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
     * @throws Failure if some were not, though the type of the socket drops none of its own will
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

    /** Closes the sockets of a command that does not listen, so that their files go; waits so long at most. */
    static void abandon(long millis) throws InterruptedException {
        Session session = current;
        if (session != null) {
            Thread closing = new Thread(() -> session.context.close(Duration.ZERO), "zmq-abandon");
            closing.setDaemon(true);
            closing.start();
            closing.join(millis);
        }
    }

    /** Closes all sockets without much ado: after a failure, or a signal. */
    void abort(boolean signal) {
        Thread.interrupted(); // else nothing could be waited for
        context.close(signal ? AFTER_SIGNAL : Duration.ZERO);
    }
}
