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
package io.github.nettyvmci.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.PendingWriteQueue;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Connects a Unix-socket channel to a port of a guest behind a monitor that speaks {@linkplain HybridVsock hybrid
 * vsock}: says {@code CONNECT <port>}, waits for {@code OK <number>}, and takes itself out of the pipeline.
 *
 * <pre>{@code
 * bootstrap.channel(VmciDomainSocketChannel.class).handler(new ChannelInitializer<Channel>() {
 *     protected void initChannel(Channel channel) {
 *         channel.pipeline().addLast(new HybridVsockClientHandler(5555), ...);
 *     }
 * }).connect(HybridVsock.monitorAddress("/run/vm1/vsock.sock"));
 * }</pre>
 *
 * <p>It belongs before all handlers that read or write. When the guest has accepted, the future of the connect
 * completes, and the handlers after this one see {@code channelActive}. What they wrote before is sent then, in order,
 * and what the guest sent in one piece with the monitor's answer comes to them. The future fails, and the channel is
 * closed, with
 * <ul>
 * <li>a {@link ConnectException} if the monitor closes the connection, which is how it says that nothing listens at
 *     that port (Firecracker and Cloud Hypervisor do so after 2 s if the guest does not answer);
 * <li>a {@link ConnectException} if it answers anything else, of which at most 64 bytes are read;
 * <li>a {@link ConnectTimeoutException} if it does not answer within the channel's
 *     {@link io.netty.channel.ChannelOption#CONNECT_TIMEOUT_MILLIS}, counted from when it was asked; vhost-device-vsock
 *     never does, if the guest does not. 0 waits without an end.
 * </ul>
 *
 * <p>Not sharable: one for each channel.
 */
public final class HybridVsockClientHandler extends ChannelDuplexHandler {

    private enum State {
        /** The channel is not connected to the monitor yet. */
        NEW,
        /** The monitor was asked, and has not answered. */
        ASKED,
        /** The monitor has said OK. */
        ACCEPTED,
        /** There will be no connection to the guest. */
        FAILED
    }

    /** More bytes than an answer can have: "OK ", ten digits and the end of the line are 14. */
    private static final int MAX_ANSWER = 64;
    private static final String OK = "OK ";

    private final long port;
    private final StringBuilder answer = new StringBuilder(16);
    private State state = State.NEW;
    private ChannelHandlerContext context;
    /** The connect of the application; null if the channel was active when it got this handler. */
    private @Nullable ChannelPromise connecting;
    private @Nullable SocketAddress monitor;
    /** What the handlers after this one wrote before the monitor's answer. */
    private PendingWriteQueue early;
    private boolean flushEarly;
    private @Nullable Future<?> timer;

    /**
     * Creates a handler for one channel.
     *
     * @param port the port of the guest, 0 to 4294967294
     * @throws IllegalArgumentException if the port is out of range
     */
    public HybridVsockClientHandler(long port) {
        HybridVsock.checkPort(port);
        this.port = port;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        early = new PendingWriteQueue(ctx);
        // A channel is closed before it turns inactive, and a listener of that may ask the future of the connect why.
        ctx.channel().closeFuture().addListener(closed -> {
            if (state == State.ASKED && connecting != null) {
                refused(null);
            }
        });
        if (ctx.channel().isActive()) {
            ask();
        }
    }

    @Override
    public void connect(ChannelHandlerContext ctx, SocketAddress remote, @Nullable SocketAddress local,
            ChannelPromise promise) {
        if (connecting != null || state != State.NEW) {
            ctx.connect(remote, local, promise); // fails: there is a connection, or a connect, or the channel is closed
            return;
        }
        connecting = promise;
        monitor = remote;
        // The listener is added before the call, because a connect that fails at once closes the channel.
        ctx.connect(remote, local, ctx.newPromise().addListener((ChannelFutureListener) done -> {
            if (!done.isSuccess()) {
                fail(done.cause());
            }
        }));
        promise.addListener(done -> {
            if (done.isCancelled()) {
                ctx.close();
            }
        });
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ask();
    }

    private void ask() {
        if (state != State.NEW) {
            return;
        }
        state = State.ASKED;
        if (monitor == null) {
            monitor = context.channel().remoteAddress();
        }
        int millis = context.channel().config().getConnectTimeoutMillis();
        if (millis > 0) {
            timer = context.executor().schedule(() -> fail(new ConnectTimeoutException(what()
                    + " timed out: the monitor did not answer within " + millis + " ms; is the guest running?")),
                    millis, TimeUnit.MILLISECONDS);
        }
        // The request goes in one piece, with nothing after it: some monitors read it at once or not at all, and drop
        // the rest of what they read.
        context.writeAndFlush(ByteBufUtil.writeAscii(context.alloc(), "CONNECT " + port + '\n'))
                .addListener((ChannelFutureListener) done -> {
                    if (!done.isSuccess() && !(done.cause() instanceof ClosedChannelException)) {
                        fail(done.cause());
                    }
                });
        readOn();
    }

    private void readOn() {
        if (!context.channel().config().isAutoRead()) {
            context.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (isOver() || !(message instanceof ByteBuf buffer)) {
            ReferenceCountUtil.release(message);
            return;
        }
        while (buffer.isReadable()) {
            byte next = buffer.readByte();
            if (next == '\n') {
                answered(buffer);
                return;
            }
            answer.append((char) (next & 0xff));
            if (!isAnswer()) {
                buffer.release();
                fail(new ConnectException(what() + " failed: the monitor answered " + quoted() + " (expected: OK and a"
                        + " number); is this a hybrid vsock socket?"));
                return;
            }
        }
        buffer.release();
    }

    /** Returns whether what has come can still become an answer. */
    private boolean isAnswer() {
        int length = answer.length();
        if (length >= MAX_ANSWER || !OK.startsWith(answer.substring(0, Math.min(length, OK.length())))) {
            return false;
        }
        return length <= OK.length() || Character.digit(answer.charAt(length - 1), 10) >= 0
                && answer.charAt(length - 1) < 0x80;
    }

    private void answered(ByteBuf rest) {
        if (answer.length() <= OK.length()) {
            rest.release();
            fail(new ConnectException(what() + " failed: the monitor answered " + quoted()
                    + " (expected: OK and a number); is this a hybrid vsock socket?"));
            return;
        }
        if (connecting != null && !connecting.trySuccess() && !connecting.isSuccess()) {
            rest.release(); // the connect was cancelled, and the channel is being closed
            return;
        }
        if (!isOver()) { // a listener of the promise may have closed the channel
            end(State.ACCEPTED);
        }
        ChannelHandlerContext ctx = context;
        ctx.fireChannelActive();
        ctx.pipeline().remove(this); // which sends what was written before
        if (rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!isOver()) {
            readOn();
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (state == State.FAILED) {
            ctx.write(message, promise); // fails: the channel is closed
        } else {
            early.add(message, promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        flushEarly = true;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        refused(null);
        if (connecting == null) {
            ctx.fireChannelInactive(); // otherwise the handlers after this one have not seen it active either
        }
    }

    /** Fails because the monitor closed the connection, which is how it says no. */
    private void refused(@Nullable Throwable cause) {
        if (!isOver()) {
            ConnectException refused = new ConnectException(what() + " refused: the monitor closed the connection"
                    + (answer.length() == 0 ? "" : " after " + quoted()) + "; nothing listens at port " + port
                    + " of the guest, or it has too many connections");
            refused.initCause(cause);
            fail(refused);
        }
    }

    /** Fails what waits: when this end closes the channel, nobody waits for an answer any more. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        fail(new ClosedChannelException());
        ctx.close(promise);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (isOver()) {
            ctx.fireExceptionCaught(cause);
        } else if (cause instanceof IOException) {
            refused(cause); // a monitor that closes before it has read the request resets the connection
        } else {
            fail(cause);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (!isOver()) {
            fail(new IllegalStateException(what() + " failed: the handler was removed before the monitor answered"));
        } else if (state == State.ACCEPTED) {
            early.removeAndWriteAll();
            if (flushEarly) {
                ctx.flush();
            }
        }
    }

    /** Returns whether nobody waits for an answer any more. */
    private boolean isOver() {
        return state == State.ACCEPTED || state == State.FAILED;
    }

    private void end(State how) {
        state = how;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private void fail(Throwable cause) {
        if (isOver()) {
            return;
        }
        end(State.FAILED);
        early.removeAndFailAll(cause);
        if (connecting == null) {
            context.fireExceptionCaught(cause); // the channel was active already, so no future waits
        } else {
            connecting.tryFailure(cause);
        }
        context.close();
    }

    private String what() {
        return "connect(vsock+unix://" + monitor + ':' + port + ')';
    }

    /** Returns what the monitor said, without what would spoil a log. */
    private String quoted() {
        byte[] bytes = answer.toString().getBytes(StandardCharsets.ISO_8859_1);
        StringBuilder text = new StringBuilder("\"");
        for (byte b : bytes) {
            text.append(b >= ' ' && b < 0x7f ? (char) b : '?');
        }
        return text.append('"').toString();
    }
}
