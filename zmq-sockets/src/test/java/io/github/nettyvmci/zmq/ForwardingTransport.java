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

import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/** Does what another transport does, for tests that change one thing of it. */
class ForwardingTransport implements ZmqTransport {

    private final ZmqTransport to;

    ForwardingTransport(ZmqTransport to) {
        this.to = to;
    }

    @Override
    public Set<String> schemes() {
        return to.schemes();
    }

    @Override
    public String loopKind() {
        return to.loopKind();
    }

    @Override
    public EventLoopGroup newEventLoopGroup(int threads, ThreadFactory factory) {
        return to.newEventLoopGroup(threads, factory);
    }

    @Override
    public BindTarget parseBind(String endpoint, ZmqOptions options) {
        return to.parseBind(endpoint, options);
    }

    @Override
    public ConnectTarget parseConnect(String endpoint, ZmqOptions options) {
        return to.parseConnect(endpoint, options);
    }

    /** Does what another bound endpoint does. */
    static class Bind implements BindTarget {

        private final BindTarget to;

        Bind(BindTarget to) {
            this.to = to;
        }

        @Override
        public ChannelFuture bind(EventLoop loop, ChannelHandler child, ZmqOptions options) {
            return to.bind(loop, child, options);
        }

        @Override
        public String boundText(Channel server) {
            return to.boundText(server);
        }

        @Override
        public String peerAddress(Channel peer) {
            return to.peerAddress(peer);
        }

        @Override
        public String limiterAddress(Channel peer) {
            return to.limiterAddress(peer);
        }

        @Override
        public boolean admits(Channel peer, ZmqOptions options) {
            return to.admits(peer, options);
        }

        @Override
        public void unbound() {
            to.unbound();
        }

        @Override
        public Duration heartbeatInterval() {
            return to.heartbeatInterval();
        }
    }

    /** Does what another endpoint to connect to does. */
    static class Connect implements ConnectTarget {

        private final ConnectTarget to;

        Connect(ConnectTarget to) {
            this.to = to;
        }

        @Override
        public String text() {
            return to.text();
        }

        @Override
        public ChannelFuture connect(EventLoop loop, ChannelHandler handler, ZmqOptions options) {
            return to.connect(loop, handler, options);
        }

        @Override
        public String peerAddress(Channel peer) {
            return to.peerAddress(peer);
        }

        @Override
        public Duration heartbeatInterval() {
            return to.heartbeatInterval();
        }
    }
}
