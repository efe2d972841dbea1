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

import io.github.nettyvmci.zmtp.ZmtpError;
import io.github.nettyvmci.zmtp.ZmtpException;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A bind and the peers it accepted. On the socket's event loop, but where said otherwise. */
final class Listener implements LinkOwner, Endpoints.Bound {

    private final SocketCore core;
    private final Endpoints endpoints;
    private final ZmqTransport.Endpoint target;
    private final ZmqOptions options;
    private String bound;
    private Channel server;
    private boolean listening;
    private int linger = 1;
    private final Set<ChannelLink> links = new HashSet<>();
    private final Set<Pipe> peers = new HashSet<>();

    Listener(SocketCore core, Endpoints endpoints, ZmqTransport.Endpoint target, ZmqOptions options) {
        this.core = core;
        this.endpoints = endpoints;
        this.target = target;
        this.options = options;
        bound = target.text();
    }

    /** Binds; completes on the socket's event loop. */
    CompletableFuture<String> bind(EventLoop loop) {
        CompletableFuture<String> result = new CompletableFuture<>();
        ChannelFuture binding = target.bind(loop, endpoints.pipeline(this, target, this::accepted), options);
        endpoints.opened(this);
        listening = true;
        binding.addListener(done -> {
            if (done.isSuccess()) {
                // Behind the bootstrap's handler, which stops accepting for a second.
                binding.channel().pipeline().addLast(new AcceptFailures(core, this));
                // Not on the socket's loop, which may have ended by then.
                binding.channel().closeFuture().addListener(closed -> target.unbound());
            } else {
                target.unbound();
            }
        });
        binding.addListener(done -> core.submit((Runnable) () -> {
            if (!done.isSuccess()) {
                listening = false;
                endpoints.over(this);
                result.completeExceptionally(done.cause());
                return;
            }
            server = binding.channel();
            bound = target.boundText(server);
            server.closeFuture().addListener(closed -> core.submit((Runnable) this::serverClosed));
            core.monitors.emit(ZmqEvent.Kind.LISTENING, 0, bound, server.localAddress(), null, null);
            if (linger <= 0) {
                server.close(); // the socket was closed while it was binding
            }
            result.complete(bound);
        }));
        return result;
    }

    /** On the channel's loop. */
    private void accepted(ChannelLink link, Channel channel) {
        link.tell(() -> {
            links.add(link);
            core.monitors.emit(ZmqEvent.Kind.ACCEPTED, 0, bound, channel.localAddress(), channel.remoteAddress(), null);
            if (linger <= 0) {
                link.close();
            }
        });
    }

    private void serverClosed() {
        listening = false;
        core.monitors.emit(ZmqEvent.Kind.CLOSED, 0, bound, server.localAddress(), null, null);
        checkOver();
    }

    private void checkOver() {
        if (!listening && linger <= 0 && links.isEmpty()) {
            endpoints.over(this);
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
    public Pipe up(Link link, PeerInfo peer) {
        if (core.isClosed() || linger <= 0) {
            return null;
        }
        Channel channel = ((ChannelLink) link).channel();
        core.monitors.emit(ZmqEvent.Kind.HANDSHAKE_SUCCEEDED, 0, bound, channel.localAddress(),
                channel.remoteAddress(), null);
        Pipe pipe = new Pipe(core, bound, false, options);
        pipe.owner = this;
        pipe.routingId = peer.routingId();
        core.attach(pipe);
        if (!core.connected(pipe, link, peer)) {
            core.detach(pipe);
            link.close(core.notTaken(channel.remoteAddress()));
            return null;
        }
        peers.add(pipe);
        return pipe;
    }

    @Override
    public void failed(Link link, Throwable cause) {
        boolean ended = cause instanceof ZmtpException e && e.error() == ZmtpError.CONNECTION_CLOSED;
        if (linger > 0 || !ended) { // else by us
            core.handshakeFailed(this, ((ChannelLink) link).channel(), cause);
        }
    }

    @Override
    public void drop(Pipe pipe, Throwable cause) {
        Link link = pipe.link;
        peers.remove(pipe);
        core.detach(pipe);
        if (link != null) {
            link.close(cause);
        }
    }

    @Override
    public void down(Link link, Pipe pipe, Throwable cause) {
        links.remove((ChannelLink) link);
        long lost = ((ChannelLink) link).lost();
        if (pipe != null) {
            peers.remove(pipe);
            lost += pipe.outputSize(); // who comes back is another peer
            core.detach(pipe);
        }
        core.connectionEnded(bound, ((ChannelLink) link).channel(), cause, lost);
        checkOver();
    }

    @Override
    public void stopListening() {
        if (server != null) {
            server.close();
        }
        linger = Math.min(linger, 0);
        for (ChannelLink link : links.toArray(new ChannelLink[0])) {
            if (peers.stream().noneMatch(pipe -> pipe.link == link)) {
                link.close(); // still in its handshake
            }
        }
    }

    @Override
    public void close(int howLong) {
        if (howLong == 0) {
            for (ChannelLink link : links.toArray(new ChannelLink[0])) {
                link.close();
            }
        } else if (linger >= 0) {
            for (Pipe pipe : peers.toArray(new Pipe[0])) {
                core.finish(pipe);
            }
        }
        linger = howLong == 0 ? 0 : -1;
        if (server != null) {
            server.close();
        }
        checkOver();
    }
}
