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
import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.endpoint.CodecFactory;
import io.github.nettyvmci.zmq.internal.endpoint.Connector;
import io.github.nettyvmci.zmq.internal.endpoint.Endpoint;
import io.github.nettyvmci.zmq.internal.endpoint.Listener;
import io.github.nettyvmci.zmq.internal.inproc.InprocConnector;
import io.github.nettyvmci.zmq.internal.inproc.InprocListener;
import io.github.nettyvmci.zmq.internal.inproc.InprocNames;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.security.CurveMechanism;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;

/** The binds and connects of a socket. On the socket's event loop, but where said otherwise. */
public final class Endpoints {

    private final SocketHost socket;
    private final Peers peers;
    private final CodecFactory codecs;
    private final Transports transports;
    private final Loops loops;
    private final InprocNames names;
    /** The binds by their LAST_ENDPOINT. */
    private final Map<String, Endpoint.Bound> listeners = new LinkedHashMap<>();
    /** The connects by what the caller passed, in order. */
    private final Map<String, List<Endpoint>> connectors = new LinkedHashMap<>();
    /** The endpoints that are not over yet. A closing socket is closed when there are none. */
    private final Set<Endpoint> open = new HashSet<>();
    private volatile String last = "";
    private @Nullable Runnable whenAllOver;

    Endpoints(SocketHost socket, Peers peers, CodecFactory codecs, Transports transports, Loops loops,
            InprocNames names) {
        this.socket = socket;
        this.peers = peers;
        this.codecs = codecs;
        this.transports = transports;
        this.loops = loops;
        this.names = names;
    }

    // --- any thread ---

    /** Returns LAST_ENDPOINT. */
    public String last() {
        return last;
    }

    /** Returns the name of the mechanism of the next bind or connect. */
    public String mechanism() {
        return codecs.mechanism(socket.options()).name();
    }

    /** Binds; the future completes with the real endpoint. */
    public CompletableFuture<String> bind(String endpoint) {
        String scheme = scheme(endpoint);
        if (scheme.equals("inproc")) {
            return socket.call(() -> bindWithin(endpoint));
        }
        ZmqTransport transport = transports.get(scheme, endpoint);
        ZmqTransport.BindTarget target = parse(transport::parseBind, endpoint);
        socket.home(transport);
        CompletableFuture<String> result = new CompletableFuture<>();
        socket.call(() -> {
            bind(transport, endpoint, target, result);
            return null;
        }).exceptionally(e -> {
            result.completeExceptionally(e instanceof ZmqException ? e : bindFailed(endpoint, e));
            return null;
        });
        return result;
    }

    private String bindWithin(String endpoint) {
        checkOpen();
        InprocListener listener = new InprocListener(peers, names, endpoint, socket.options(), this::over);
        listener.start();
        open.add(listener);
        listeners.put(endpoint, listener);
        last = endpoint;
        peers.emit(ZmqEvent.Kind.LISTENING, 0, endpoint, null, null, null);
        return endpoint;
    }

    private void bind(ZmqTransport transport, String endpoint, ZmqTransport.BindTarget target,
            CompletableFuture<String> result) {
        checkOpen();
        check(target);
        Rehearsal.ensureDone();
        Listener listener = new Listener(peers, codecs, endpoint, target, takeBindOptions(), this::over);
        open.add(listener);
        try {
            listener.bind(loop(transport)).whenComplete((bound, cause) -> {
                if (cause == null) {
                    listeners.put(bound, listener);
                    last = bound;
                    result.complete(bound);
                } else {
                    result.completeExceptionally(bindFailed(endpoint, cause));
                }
            });
        } catch (Throwable e) {
            open.remove(listener);
            throw e;
        }
    }

    /** Returns the options for a bind, and resets USE_FD, which holds for one bind only. */
    private ZmqOptions takeBindOptions() {
        ZmqOptions options = socket.options();
        if (options.get(ZmqOption.USE_FD) >= 0) {
            socket.options(options.with(ZmqOption.USE_FD, -1));
        }
        return options;
    }

    private ZmqException bindFailed(String endpoint, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        boolean inUse = cause instanceof IOException // a BindException, or one of Netty's own
                && (reason.contains("in use") || reason.contains("exists already"));
        ZmqError error = inUse ? ZmqError.ADDRESS_IN_USE : ZmqError.BIND_FAILED;
        peers.emit(ZmqEvent.Kind.BIND_FAILED, error.errno(), endpoint, null, null, cause);
        if (cause instanceof IllegalArgumentException) { // of a descriptor, since the endpoint was checked before
            return new ZmqException(ZmqError.INVALID, "bind: " + endpoint + ": USE_FD: " + reason, cause);
        }
        return new ZmqException(error, "bind: " + endpoint + " (expected: an endpoint that is free, "
                + reason + ')', cause);
    }

    /**
     * Connects; the future completes when the first attempt has begun, with the number of the peer, or 0 if there is
     * none.
     */
    public CompletableFuture<Integer> connect(String endpoint) {
        String scheme = scheme(endpoint);
        if (scheme.equals("inproc")) {
            return socket.call(() -> connectWithin(endpoint));
        }
        ZmqTransport transport = transports.get(scheme, endpoint);
        ZmqTransport.ConnectTarget target = parse(transport::parseConnect, endpoint);
        socket.home(transport);
        return socket.call(() -> connect(transport, endpoint, target));
    }

    private int connectWithin(String endpoint) {
        checkOpen();
        InprocConnector connector = new InprocConnector(peers, names, endpoint, takeConnectOptions(), this::over);
        add(endpoint, connector);
        last = endpoint;
        return connector.start();
    }

    private int connect(ZmqTransport transport, String endpoint, ZmqTransport.ConnectTarget target) {
        checkOpen();
        if (peers.pattern().connectsOnce() && connectors.containsKey(endpoint)) {
            return 0; // as libzmq has it for these types
        }
        check(target);
        Connector connector = new Connector(peers, codecs, endpoint, target, loop(transport), takeConnectOptions(),
                this::over);
        add(endpoint, connector);
        last = target.text();
        return connector.start();
    }

    private void add(String endpoint, Endpoint connector) {
        open.add(connector);
        connectors.computeIfAbsent(endpoint, e -> new ArrayList<>()).add(connector);
    }

    /** Returns the options for a connect, and resets CONNECT_ROUTING_ID, which holds for one connect only. */
    private ZmqOptions takeConnectOptions() {
        ZmqOptions options = socket.options();
        byte[] id = options.get(ZmqOption.CONNECT_ROUTING_ID);
        if (id.length > 0) {
            socket.options(options.with(ZmqOption.CONNECT_ROUTING_ID, new byte[0]));
            if (peers.pattern().isTaken(id)) {
                throw new ZmqException(ZmqError.ADDRESS_IN_USE, "CONNECT_ROUTING_ID: " + id.length
                        + " octets (expected: an id no other peer has)");
            }
        }
        return options;
    }

    /** Ends a bind, whose peers are let go once they have what waits for them. */
    public CompletableFuture<Void> unbind(String endpoint) {
        return socket.call(() -> {
            checkOpen();
            Endpoint.Bound bound = listeners.remove(endpoint);
            if (bound == null) {
                throw notFound("unbind", endpoint, listeners.keySet());
            }
            bound.stopListening();
            closeOne(bound::close);
            return null;
        });
    }

    /** Ends the connects to an endpoint once their peers have what waits for them. */
    public CompletableFuture<Void> disconnect(String endpoint) {
        return socket.call(() -> {
            checkOpen();
            List<Endpoint> list = connectors.remove(endpoint);
            if (list == null) {
                throw notFound("disconnect", endpoint, connectors.keySet());
            }
            List.copyOf(list).forEach(connector -> closeOne(connector::close));
            return null;
        });
    }

    /** Lets go of one endpoint, which has as much time to send what waits as LINGER gives the socket. */
    private void closeOne(IntConsumer close) {
        int linger = socket.options().millis(ZmqOption.LINGER);
        close.accept(linger == 0 ? 0 : -1);
        if (linger > 0) {
            socket.home().schedule(() -> socket.submit((Runnable) () -> close.accept(0)), linger,
                    TimeUnit.MILLISECONDS);
        }
    }

    private static ZmqException notFound(String call, String endpoint, Set<String> known) {
        return new ZmqException(ZmqError.NOT_FOUND, call + ": " + endpoint + " (expected: one of " + known + ')');
    }

    private static String scheme(String endpoint) {
        int colon = endpoint.indexOf("://");
        if (colon <= 0) {
            throw new ZmqException(ZmqError.INVALID, "endpoint: " + endpoint
                    + " (expected: transport://address, such as vmci://2:5555 or ipc://PATH)");
        }
        if (colon + 3 == endpoint.length()) {
            throw new ZmqException(ZmqError.INVALID, "endpoint: " + endpoint + " (expected: an address at position "
                    + endpoint.length() + ", found the end)");
        }
        return endpoint.substring(0, colon);
    }

    private <T> T parse(BiFunction<String, ZmqOptions, T> parser, String endpoint) {
        try {
            return parser.apply(endpoint, socket.options());
        } catch (IllegalArgumentException e) {
            throw new ZmqException(ZmqError.INVALID, e.getMessage(), e);
        }
    }

    private void checkOpen() {
        if (socket.isClosed()) {
            throw SocketHost.closedException();
        }
    }

    /** Returns the home loop if the transport can use it, else another. */
    private EventLoop loop(ZmqTransport transport) {
        EventLoop home = socket.home();
        return loops.suits(home, transport) ? home
                : loops.next(transport, socket.options().get(ZmqOption.AFFINITY));
    }

    // --- the home loop ---

    /** Returns whether a connect has not ended. */
    boolean connects() {
        for (Endpoint one : open) {
            if (!(one instanceof Endpoint.Bound)) {
                return true;
            }
        }
        return false;
    }

    /** Forgets an endpoint that has ended. */
    private void over(Endpoint endpoint) {
        if (!(endpoint instanceof Endpoint.Bound)) {
            List<Endpoint> list = connectors.get(endpoint.endpoint());
            if (list != null && list.remove(endpoint) && list.isEmpty()) {
                connectors.remove(endpoint.endpoint());
            }
        }
        open.remove(endpoint);
        socket.endpointOver();
        Runnable then = whenAllOver;
        if (then != null && open.isEmpty()) {
            whenAllOver = null;
            then.run();
        }
    }

    /** Accepts no more peers. */
    void stopListening() {
        listeners.values().forEach(Endpoint.Bound::stopListening);
    }

    /**
     * Lets go of all endpoints.
     *
     * @param linger -1 to let go of each peer when everything is sent to it; 0 to do so now, which may follow a call
     *               with -1
     * @param done   run when all endpoints are over
     */
    void closeAll(int linger, Runnable done) {
        whenAllOver = done;
        for (Endpoint one : open.toArray(new Endpoint[0])) {
            one.close(linger);
        }
        if (open.isEmpty() && whenAllOver != null) {
            whenAllOver = null;
            done.run();
        }
    }

    private void check(ZmqTransport.Target target) {
        codecs.check(socket.options(), target);
        if (codecs.mechanism(socket.options()) instanceof CurveMechanism) {
            socket.keepLoop(); // what a cipher makes ahead is wiped when its thread ends, which is the loop's then
        }
    }
}
