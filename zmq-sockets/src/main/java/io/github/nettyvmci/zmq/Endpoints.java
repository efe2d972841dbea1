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

import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** What a socket is bound and connected to. On the socket's event loop, but where said otherwise. */
final class Endpoints {

    private static final int EACCES = 13;

    private final SocketCore core;
    private final Security security;
    /** By LAST_ENDPOINT. */
    private final Map<String, Bound> listeners = new LinkedHashMap<>();
    /** By what the caller passed, in order. */
    private final Map<String, List<Connected>> connectors = new LinkedHashMap<>();
    /** Everything that is not over yet; the socket is closed when it is empty. */
    private final Set<Object> open = new HashSet<>();
    private volatile String last = "";
    private Runnable whenOver;

    /** A bind: of a channel or within the process. */
    interface Bound {

        /** Accepts no more; peers stay. */
        void stopListening();

        /**
         * Lets go of the peers.
         *
         * @param linger -1: when everything is sent; 0: now
         */
        void close(int linger);
    }

    /** A connect. */
    interface Connected {

        /**
         * Lets go of the peer.
         *
         * @param linger -1: when everything is sent; 0: now
         */
        void close(int linger);
    }

    Endpoints(SocketCore core, Security security) {
        this.core = core;
        this.security = security;
    }

    /** Any thread. */
    String last() {
        return last;
    }

    /** Any thread. */
    String mechanism() {
        return security.mechanism(core.options()).name();
    }

    /** Whether a connect has not ended. */
    boolean connects() {
        for (Object one : open) {
            if (one instanceof Connected) {
                return true;
            }
        }
        return false;
    }

    // --- from any thread ---

    CompletableFuture<String> bind(String endpoint) {
        CompletableFuture<String> result = new CompletableFuture<>();
        String scheme = scheme(endpoint);
        if (scheme.equals("inproc")) {
            return core.call(() -> {
                checkOpen();
                InprocBound bound = new InprocBound(core, endpoint, core.options());
                core.context.inproc().bind(bound);
                opened(bound);
                listeners.put(endpoint, bound);
                last = endpoint;
                core.monitors.emit(ZmqEvent.Kind.LISTENING, 0, endpoint, null, null, null);
                return endpoint;
            });
        }
        ZmqTransport transport = core.context.transport(scheme, endpoint);
        ZmqTransport.Endpoint parsed = parse(transport, endpoint, true);
        core.chooseHome(transport);
        core.call(() -> {
            checkOpen();
            checkSecurity(parsed);
            Listener listener = new Listener(core, this, parsed, core.options());
            listener.bind(loop(transport)).whenComplete((bound, cause) -> {
                if (cause == null) {
                    listeners.put(bound, listener);
                    last = bound;
                    result.complete(bound);
                } else {
                    result.completeExceptionally(bindFailed(endpoint, cause));
                }
            });
            return null;
        }).exceptionally(e -> {
            result.completeExceptionally(e instanceof ZmqException ? e : bindFailed(endpoint, e));
            return null;
        });
        return result;
    }

    private ZmqException bindFailed(String endpoint, Throwable cause) {
        String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        boolean inUse = cause instanceof IOException // a BindException, or one of Netty's own
                && (reason.contains("in use") || reason.contains("exists already"));
        ZmqError error = inUse ? ZmqError.ADDRESS_IN_USE : ZmqError.BIND_FAILED;
        core.monitors.emit(ZmqEvent.Kind.BIND_FAILED, error.errno(), endpoint, null, null, cause);
        return new ZmqException(error, "bind: " + endpoint + " (expected: an endpoint that is free, "
                + reason + ')', cause);
    }

    CompletableFuture<Integer> connect(String endpoint) {
        String scheme = scheme(endpoint);
        if (scheme.equals("inproc")) {
            return core.call(() -> {
                checkOpen();
                InprocConnected connected = new InprocConnected(core, endpoint, takeConnectOptions());
                opened(connected);
                connectors.computeIfAbsent(endpoint, e -> new ArrayList<>()).add(connected);
                last = endpoint;
                connected.open();
                int number = connected.pipe().peerNumber;
                connected.start();
                return number;
            });
        }
        ZmqTransport transport = core.context.transport(scheme, endpoint);
        ZmqTransport.Endpoint parsed = parse(transport, endpoint, false);
        core.chooseHome(transport);
        return core.call(() -> {
            checkOpen();
            if (ignoresRepeats() && connectors.containsKey(endpoint)) {
                return 0; // as libzmq has it for these types
            }
            checkSecurity(parsed);
            ZmqOptions options = takeConnectOptions();
            Connector connector = new Connector(core, this, endpoint, parsed, loop(transport), options);
            opened(connector);
            connectors.computeIfAbsent(endpoint, e -> new ArrayList<>()).add(connector);
            last = parsed.text();
            return connector.start();
        });
    }

    private boolean ignoresRepeats() {
        return core.type == ZmqSocketType.DEALER || core.type == ZmqSocketType.SUB
                || core.type == ZmqSocketType.PUB || core.type == ZmqSocketType.REQ;
    }

    /** CONNECT_ROUTING_ID is good for one connect. */
    private ZmqOptions takeConnectOptions() {
        ZmqOptions options = core.options();
        byte[] id = options.get(ZmqOption.CONNECT_ROUTING_ID);
        if (id.length > 0) {
            core.setOptions(options.with(ZmqOption.CONNECT_ROUTING_ID, new byte[0]));
            if (core.isRoutingIdTaken(id)) {
                throw new ZmqException(ZmqError.ADDRESS_IN_USE, "CONNECT_ROUTING_ID: " + id.length
                        + " octets (expected: an id no other peer has)");
            }
        }
        return options;
    }

    CompletableFuture<Void> unbind(String endpoint) {
        return core.call(() -> {
            checkOpen();
            Bound bound = listeners.remove(endpoint);
            if (bound == null) {
                throw notFound("unbind", endpoint, listeners.keySet());
            }
            bound.stopListening();
            closeOne(bound::close);
            return null;
        });
    }

    CompletableFuture<Void> disconnect(String endpoint) {
        return core.call(() -> {
            checkOpen();
            List<Connected> list = connectors.remove(endpoint);
            if (list == null) {
                throw notFound("disconnect", endpoint, connectors.keySet());
            }
            List.copyOf(list).forEach(connected -> closeOne(connected::close));
            return null;
        });
    }

    /** Lets go of one endpoint, which has as long for what it has to send as the socket would have. */
    private void closeOne(IntConsumer close) {
        int linger = core.options().get(ZmqOption.LINGER);
        close.accept(linger == 0 ? 0 : -1);
        if (linger > 0) {
            core.home().schedule(() -> core.submit((Runnable) () -> close.accept(0)), linger, TimeUnit.MILLISECONDS);
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

    private ZmqTransport.Endpoint parse(ZmqTransport transport, String endpoint, boolean bind) {
        try {
            return transport.parse(endpoint, bind, core.options());
        } catch (IllegalArgumentException e) {
            throw new ZmqException(ZmqError.INVALID, e.getMessage(), e);
        }
    }

    private void checkSecurity(ZmqTransport.Endpoint parsed) {
        if (core.type != ZmqSocketType.STREAM) {
            security.check(core.type.zmtp(), core.options(), core.limits, parsed);
        }
    }

    private void checkOpen() {
        if (core.isClosed()) {
            throw SocketCore.closedException();
        }
    }

    /** The home loop if the transport can use it, else another. */
    private EventLoop loop(ZmqTransport transport) {
        EventLoop home = core.home();
        return core.context.isOf(home, transport) ? home
                : core.context.nextLoop(transport, core.options().get(ZmqOption.AFFINITY));
    }

    // --- on the home loop ---

    /** The handlers of a channel, which end in a {@link ChannelLink}. */
    ChannelHandler pipeline(LinkOwner owner, ZmqTransport.Endpoint endpoint, LinkMade made) {
        boolean accepts = owner instanceof Listener;
        ZmtpCodecBuilder codecs = core.type == ZmqSocketType.STREAM ? null
                : security.codecs(core.type.zmtp(), owner.options(), core.limits, endpoint, accepts)
                        .receiveBudget(core.context.receiveBudget());
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                if (accepts && !endpoint.admits(channel, owner.options())) {
                    core.submit((Runnable) () -> core.monitors.emit(ZmqEvent.Kind.ACCEPT_FAILED, EACCES,
                            owner.endpoint(), channel.localAddress(), channel.remoteAddress(), null));
                    channel.close();
                    return;
                }
                ChannelLink link = new ChannelLink(core, owner);
                channel.pipeline().addLast(codecs == null ? new RawCodec() : codecs.build(), link);
                made.made(link, channel); // may close it at once, which the link must not miss
            }

            /** No memory for the handlers, for example. */
            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                if (accepts) {
                    core.acceptFailed(owner, cause);
                }
                ctx.close();
            }
        };
    }

    /** Told of a new channel on the channel's loop. */
    interface LinkMade {

        void made(ChannelLink link, Channel channel);
    }

    void opened(Object something) {
        open.add(something);
    }

    void over(Object something) {
        open.remove(something);
        core.endpointOver();
        Runnable then = whenOver;
        if (then != null && open.isEmpty()) {
            whenOver = null;
            then.run();
        }
    }

    void connectorOver(String endpoint, Connected connector) {
        List<Connected> list = connectors.get(endpoint);
        if (list != null) {
            list.remove(connector);
            if (list.isEmpty()) {
                connectors.remove(endpoint);
            }
        }
        over(connector);
    }

    /** A peer broke the rules of the pattern. */
    void brokeRules(Pipe pipe) {
        pipe.owner.drop(pipe, new ZmqException(ZmqError.INVALID,
                "message of a peer at " + pipe.endpoint + " (expected: one with the envelope its type has)"));
    }

    void stopListening() {
        listeners.values().forEach(Bound::stopListening);
    }

    /**
     * Lets go of everything.
     *
     * @param linger -1: when everything is sent; 0: now, which may follow the former
     * @param done   run when all is over
     */
    void closeAll(int linger, Runnable done) {
        whenOver = done;
        for (Object one : open.toArray()) {
            if (one instanceof Bound bound) {
                bound.close(linger);
            } else if (one instanceof Connected connected) {
                connected.close(linger);
            }
        }
        if (open.isEmpty() && whenOver != null) {
            whenOver = null;
            done.run();
        }
    }
}
