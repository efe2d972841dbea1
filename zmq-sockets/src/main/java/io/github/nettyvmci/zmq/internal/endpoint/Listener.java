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
package io.github.nettyvmci.zmq.internal.endpoint;

import io.github.nettyvmci.zmq.ZmqEvent;
import io.github.nettyvmci.zmq.ZmqOptions;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A bind and the peers it accepted. On the socket's event loop, but where said otherwise. */
public final class Listener implements ChannelEndpoint, Endpoint.Bound {

    private enum Phase {
        /** Peers may come. */
        ACCEPTING,
        /** No more peers are accepted; those that are there stay. */
        STOPPED,
        /** Each peer is let go once it has what waits for it. */
        DRAINING,
        /** All peers are let go at once. */
        CLOSED
    }

    private final EndpointHost host;
    private final CodecFactory codecs;
    private final ZmqTransport.BindTarget target;
    private final ZmqOptions options;
    private final Consumer<Endpoint> whenOver;
    private final Set<ChannelConnection> connections = new HashSet<>();
    private Phase phase = Phase.ACCEPTING;
    private String bound;
    /** The listening channel, once it is bound. */
    private @Nullable Channel server;
    /** Whether the listening channel is bound or about to be. */
    private boolean listening;

    /**
     * Makes a bind that has not begun.
     *
     * @param given    the endpoint as the caller has it, until the real one is known
     * @param whenOver is told when the listening channel and all channels that it accepted are closed
     */
    public Listener(EndpointHost host, CodecFactory codecs, String given, ZmqTransport.BindTarget target,
            ZmqOptions options, Consumer<Endpoint> whenOver) {
        this.host = host;
        this.codecs = codecs;
        this.target = target;
        this.options = options;
        this.whenOver = whenOver;
        bound = given;
    }

    /** Binds; the future completes on the socket's event loop with the real endpoint. */
    public CompletableFuture<String> bind(EventLoop loop) {
        ChannelFuture binding = target.bind(loop,
                new ChannelSetup(host, codecs, this, target, target, this::accepted), options);
        listening = true;
        binding.addListener(done -> {
            if (done.isSuccess()) {
                // This handler comes after the bootstrap's, which stops accepting for a second after a failure.
                binding.channel().pipeline().addLast(new AcceptFailures(host, this));
                // This does not go through the socket's loop, which may have ended by then.
                binding.channel().closeFuture().addListener(closed -> target.unbound());
            } else {
                target.unbound();
            }
        });
        CompletableFuture<String> result = new CompletableFuture<>();
        binding.addListener(done -> host.submit(() -> {
            if (done.isSuccess()) {
                serverBound(binding.channel());
                result.complete(bound);
            } else {
                listening = false;
                whenOver.accept(this);
                result.completeExceptionally(done.cause());
            }
        }));
        return result;
    }

    private void serverBound(Channel channel) {
        server = channel;
        bound = target.boundText(server);
        server.closeFuture().addListener(closed -> host.submit(this::serverClosed));
        host.emit(ZmqEvent.Kind.LISTENING, 0, bound, server.localAddress(), null, null);
        if (phase != Phase.ACCEPTING) {
            server.close(); // the socket was closed while it was binding
        }
    }

    /** Adds an accepted connection. On the channel's loop. */
    private void accepted(ChannelConnection connection, Channel channel) {
        connection.tell(() -> {
            connections.add(connection);
            host.emit(ZmqEvent.Kind.ACCEPTED, 0, bound, channel.localAddress(), channel.remoteAddress(), null);
            if (phase != Phase.ACCEPTING) {
                connection.close();
            }
        });
    }

    private void serverClosed() {
        listening = false;
        host.emit(ZmqEvent.Kind.CLOSED, 0, bound, server.localAddress(), null, null);
        checkOver();
    }

    private void checkOver() {
        if (!listening && phase != Phase.ACCEPTING && connections.isEmpty()) {
            whenOver.accept(this);
        }
    }

    @Override
    public ZmqOptions options() {
        return options;
    }

    @Override
    public String endpoint() {
        return bound;
    }

    @Override
    public String peerAddress(Channel channel) {
        return target.peerAddress(channel);
    }

    @Override
    public @Nullable Pipe up(ChannelConnection connection, PeerIdentity peer) {
        if (host.isClosed() || phase != Phase.ACCEPTING) {
            return null;
        }
        host.handshakeSucceeded(bound, connection.localAddress(), connection.remoteAddress(), peer.peer());
        Pipe pipe = new Pipe(host, this, bound, false, options);
        pipe.routingId(peer.routingId());
        host.attach(pipe);
        if (!host.connected(pipe, connection)) {
            host.detach(pipe);
            connection.close(host.refusal(connection.remoteAddress()));
            return null;
        }
        return pipe;
    }

    @Override
    public void failed(ChannelConnection connection, Throwable cause) {
        boolean ended = cause instanceof ZmtpException e && e.error() == ZmtpError.CONNECTION_CLOSED;
        if (phase == Phase.ACCEPTING || !ended) { // else this side closed it
            host.handshakeFailed(bound, connection.localAddress(), connection.remoteAddress(), cause);
        }
    }

    @Override
    public void drop(Pipe pipe, @Nullable Throwable cause) {
        Connection connection = pipe.connection();
        host.detach(pipe);
        if (connection != null) {
            connection.close(cause);
        }
    }

    @Override
    public void down(ChannelConnection connection, @Nullable Pipe pipe, @Nullable Throwable cause) {
        connections.remove(connection);
        long lost = connection.lost();
        if (pipe != null) {
            lost += pipe.outputSize(); // a peer that comes back gets a new pipe
            host.detach(pipe);
        }
        host.connectionEnded(bound, connection.localAddress(), connection.remoteAddress(), cause, lost);
        checkOver();
    }

    @Override
    public void stopListening() {
        if (server != null) {
            server.close();
        }
        if (phase == Phase.ACCEPTING) {
            phase = Phase.STOPPED;
        }
        for (ChannelConnection connection : connections.toArray(new ChannelConnection[0])) {
            if (connection.pipe() == null) {
                connection.close(); // still in its handshake
            }
        }
    }

    @Override
    public void close(int linger) {
        if (linger == 0) {
            for (ChannelConnection connection : connections.toArray(new ChannelConnection[0])) {
                connection.close();
            }
        } else if (phase != Phase.DRAINING) {
            for (ChannelConnection connection : connections.toArray(new ChannelConnection[0])) {
                Pipe pipe = connection.pipe();
                if (pipe != null) {
                    host.finish(pipe);
                }
            }
        }
        phase = linger == 0 ? Phase.CLOSED : Phase.DRAINING;
        if (server != null) {
            server.close();
        }
        checkOver();
    }
}
