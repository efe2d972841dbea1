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
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last handler of a listening channel. It emits an event for a connection that could not be accepted, because
 * descriptors are exhausted for example, and passes no exception on, because the end of the pipeline would only log a
 * trace.
 */
public final class AcceptFailures extends ChannelInboundHandlerAdapter {

    /** Finds the error number in the messages of Netty's transports and of Netty VMCI's. */
    private static final Pattern ERRNO = Pattern.compile("error\\(-(\\d+)\\)|errno (\\d+)");

    static {
        rehearse();
    }

    private final EndpointHost host;
    private final Endpoint endpoint;

    AcceptFailures(EndpointHost host, Endpoint endpoint) {
        this.host = host;
        this.endpoint = endpoint;
    }

    /** Emits the event of a connection that could not be accepted. Any thread. */
    static void tell(EndpointHost host, Endpoint endpoint, Throwable cause) {
        host.submit(() -> host.emit(ZmqEvent.Kind.ACCEPT_FAILED, errno(cause), endpoint.endpoint(), null, null,
                cause));
    }

    /**
     * Loads the classes that are needed when descriptors are exhausted. Without a free descriptor no class can be
     * loaded from a file, and the JVM never tries again to initialize one that failed once.
     */
    private static void rehearse() {
        Throwable cause = new IOException("accept(..) failed with error(-24): rehearsed");
        errno(cause);
        // This is a connection that ends before it says a word, as most do without descriptors.
        new EmbeddedChannel(ZmtpCodec.builder(ZmtpSocketType.PULL).build()).finishAndReleaseAll();
        try {
            for (Class<?> needed : List.of(ChannelConnection.class, ChannelConnection.Event.class, RawCodec.class,
                    Lane.class, Pipe.class, PeerIdentity.class, ZmtpHandshakeCompleted.class,
                    ZmtpHandshakeFailed.class)) {
                MethodHandles.lookup().ensureInitialized(needed);
            }
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
        ZonedDateTime.now().toString(); // a logger's time stamps need the file of time zones
    }

    /** Returns the error number in the message of an exception, or 0. NIO gives it in words only. */
    static int errno(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        Matcher matcher = ERRNO.matcher(message);
        if (matcher.find()) {
            return Integer.parseInt(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
        return message.contains("Too many open files in system") ? Errno.ENFILE
                : message.contains("Too many open files") ? Errno.EMFILE : 0;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        tell(host, endpoint, cause);
    }
}
