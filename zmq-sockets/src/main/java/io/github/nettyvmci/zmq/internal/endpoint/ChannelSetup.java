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
import io.github.nettyvmci.zmq.spi.ZmqTransport;
import io.github.nettyvmci.zmtp.ZmtpCodecBuilder;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import org.jspecify.annotations.Nullable;

/** Puts the handlers into the channels of an endpoint: a codec, and the {@link ChannelConnection} after it. */
@ChannelHandler.Sharable
final class ChannelSetup extends ChannelInitializer<Channel> {

    /** A listener that is told of each new connection, on its channel's loop. */
    interface Listener {

        void made(ChannelConnection connection, Channel channel);
    }

    private final EndpointHost host;
    private final ChannelEndpoint endpoint;
    /** The target of the bind whose channels these are; {@code null} for a connect. */
    private final ZmqTransport.@Nullable BindTarget bound;
    private final @Nullable ZmtpCodecBuilder codecs;
    private final Listener listener;

    /**
     * Makes a handler for all channels of a bind, or for one attempt to connect.
     *
     * @param endpoint the endpoint that the channels belong to
     * @param target   what the endpoint is bound or connected to
     * @param bound    the same if it is bound; {@code null} if it is connected
     */
    ChannelSetup(EndpointHost host, CodecFactory codecs, ChannelEndpoint endpoint, ZmqTransport.Target target,
            ZmqTransport.@Nullable BindTarget bound, Listener listener) {
        this.host = host;
        this.endpoint = endpoint;
        this.bound = bound;
        this.listener = listener;
        this.codecs = codecs.codecs(endpoint.options(), target, bound);
    }

    @Override
    protected void initChannel(Channel channel) {
        if (bound != null && !bound.admits(channel, endpoint.options())) {
            host.submit(() -> host.emit(ZmqEvent.Kind.ACCEPT_FAILED, Errno.EACCES, endpoint.endpoint(),
                    channel.localAddress(), channel.remoteAddress(), null));
            channel.close();
            return;
        }
        ChannelConnection connection = new ChannelConnection(host, endpoint);
        channel.pipeline().addLast(codecs == null ? new RawCodec() : codecs.build(), connection);
        listener.made(connection, channel); // comes last, for it may close the channel, which the connection must see
    }

    /** Closes a channel whose handlers could not be made, for lack of memory for example. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (bound != null) {
            AcceptFailures.tell(host, endpoint, cause);
        }
        ctx.close();
    }
}
