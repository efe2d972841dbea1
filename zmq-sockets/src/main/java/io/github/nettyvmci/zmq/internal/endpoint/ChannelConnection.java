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

import io.github.nettyvmci.zmq.ZmqOption;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmq.internal.pattern.Connection;
import io.github.nettyvmci.zmq.internal.pattern.PeerIdentity;
import io.github.nettyvmci.zmq.internal.pattern.Pipe;
import io.github.nettyvmci.zmtp.ZmtpBatch;
import io.github.nettyvmci.zmtp.ZmtpCodec;
import io.github.nettyvmci.zmtp.ZmtpCommand;
import io.github.nettyvmci.zmtp.ZmtpHandshakeCompleted;
import io.github.nettyvmci.zmtp.ZmtpHandshakeFailed;
import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.github.nettyvmci.zmtp.ZmtpPeer;
import io.github.nettyvmci.zmtp.ZmtpSocketType;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * The last handler of a peer's channel. If the channel lives on the socket's own loop, this handler and the socket call
 * each other directly. A channel on another loop, which a socket with endpoints of different transports may have, is
 * joined to the socket by two {@link Lane}s.
 *
 * <p>Back pressure: a full pipe switches autoRead off, and the kernel's buffers do the rest; in the other direction, a
 * message is taken as long as the channel is writable.
 */
final class ChannelConnection extends ChannelInboundHandlerAdapter implements Connection {

    /** How many milliseconds a peer that got everything may take to close its end. */
    private static final long CLOSE_MILLIS = 1000;
    /** The most messages that may be on their way to another loop. */
    private static final int WINDOW = 128;
    private static final ArrayDeque<Object> NOTHING = new ArrayDeque<>(0);

    /** The events that pass between the two loops beside messages and commands. */
    enum Event {
        /**
         * Tells the channel's loop that everything was written, and that the connection is to be closed when it is
         * sent.
         */
        FINISH,
        /** Tells the socket's loop that the channel is closed. */
        DOWN,
        /** Tells the socket's loop that the channel is connected and has no handshake. */
        RAW
    }

    private final EndpointHost host;
    private final ChannelEndpoint endpoint;
    private Channel channel;
    private boolean local;
    private @Nullable Lane toHome;
    private @Nullable Lane toChannel;

    // On the socket's loop.
    private @Nullable ZmtpPeer peer;
    private @Nullable Pipe pipe;
    private boolean up;
    private boolean over;
    private boolean paused;
    private @Nullable Runnable finished;
    /** The cause with which this side closed the connection. */
    private @Nullable Throwable reason;
    /** How many messages were given to the other loop. */
    private long given;
    /**
     * How many messages were not completely written when the connection ended. The channel's loop sets it before it
     * sends DOWN, and then the socket's loop adds those that were still on their way to the channel's loop.
     */
    private long lost;

    // On the channel's loop.
    /** What the channel does not take yet; for a channel on the socket's own loop always {@link #NOTHING}. */
    private ArrayDeque<Object> held = NOTHING;
    private @Nullable Throwable cause;
    private volatile boolean active;
    private boolean told;
    private boolean discarding;
    /** How many messages came from the other loop while the channel was open. Those that came later are lost. */
    private long reached;
    private boolean laneFull;
    /** Written on the socket's loop. */
    private volatile boolean pipeFull;

    ChannelConnection(EndpointHost host, ChannelEndpoint endpoint) {
        this.host = host;
        this.endpoint = endpoint;
    }

    // --- on the channel's loop ---

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = ctx.channel();
        EventLoop home = host.home();
        local = channel.eventLoop() == home;
        if (!local) {
            held = new ArrayDeque<>(0);
            toHome = new Lane(channel.eventLoop(), home, window(ZmqOption.RCVHWM), this::arrived, host::burstEnd,
                    () -> {
                        laneFull = false;
                        updateReading();
                    });
            toChannel = new Lane(home, channel.eventLoop(), window(ZmqOption.SNDHWM), this::writeFar, channel::flush,
                    this::writableAgain);
        }
    }

    private int window(ZmqOption<Integer> mark) {
        int messages = endpoint.options().get(mark);
        return messages == 0 ? WINDOW : Math.min(messages, WINDOW);
    }

    private void updateReading() {
        channel.config().setAutoRead(discarding || !laneFull && !pipeFull);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        active = true;
        if (ctx.pipeline().context(ZmtpCodec.class) == null) {
            send(Event.RAW); // no handshake
        }
        ctx.fireChannelActive();
    }

    /**
     * Runs a task on the socket's loop, in order with the messages and events of the channel. On the channel's loop.
     */
    void tell(Runnable news) {
        send(news);
    }

    private void send(Object event) {
        if (local) {
            dispatch(event);
        } else {
            toHome.offer(event);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (discarding) {
            ReferenceCountUtil.release(msg);
        } else if (local) {
            host.burstBegin();
            dispatch(msg);
        } else {
            toHome.offerMessages(msg, count(msg) + (msg instanceof ZmtpCommand ? 1 : 0));
            if (!toHome.hasRoom()) {
                laneFull = true;
                updateReading();
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (local) {
            host.burstEnd();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            return;
        }
        if (local) {
            writableAgain();
        } else {
            writeHeld();
            channel.flush();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ZmtpHandshakeCompleted || event instanceof ZmtpHandshakeFailed) {
            send(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
        cause = cause == null ? e : cause; // the later ones follow from the first one
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        tellDown();
    }

    private void tellDown() {
        if (!told) {
            told = true;
            ZmtpCodec codec = channel.pipeline().get(ZmtpCodec.class);
            lost = codec == null ? 0 : codec.unwritten();
            for (Object out = held.poll(); out != null; out = held.poll()) {
                lost += count(out);
                ReferenceCountUtil.release(out);
            }
            send(Event.DOWN);
        }
    }

    /** Returns how many messages something is. */
    private static int count(Object out) {
        return out instanceof ZmtpMessage ? 1 : out instanceof ZmtpBatch batch ? batch.count() : 0;
    }

    private void writeFar(Object out) {
        int messages = count(out);
        if (messages == 0 || told || !held.isEmpty() || !channel.isWritable()) {
            if (told) { // down() counts the message as lost
                if (out != Event.FINISH) {
                    ReferenceCountUtil.release(out);
                    toChannel.consumed(messages);
                }
                return;
            }
            reached += messages;
            held.add(out);
            writeHeld();
            return;
        }
        reached += messages;
        channel.write(out, channel.voidPromise());
        toChannel.consumed(messages);
    }

    private void writeHeld() {
        while (!held.isEmpty() && (channel.isWritable() || count(held.peek()) == 0)) {
            Object out = held.poll();
            if (out == Event.FINISH) {
                finishChannel();
                continue;
            }
            int messages = count(out);
            channel.write(out, channel.voidPromise());
            if (messages > 0) {
                toChannel.consumed(messages);
            }
        }
    }

    /**
     * Closes after everything that was written before: waits until the kernel has it, shuts down the output, and gives
     * the peer some time to close its end.
     */
    private void finishChannel() {
        channel.flush();
        discarding = true;
        ChannelHandlerContext codec = channel.pipeline().context(ZmtpCodec.class);
        // The codec takes messages only, so the empty buffer is written from the codec on, where it comes after the
        // last byte of the messages.
        (codec == null ? channel.writeAndFlush(Unpooled.EMPTY_BUFFER) : codec.writeAndFlush(Unpooled.EMPTY_BUFFER))
                .addListener(written -> {
                    if (!written.isSuccess() || !(channel instanceof DuplexChannel)) {
                        channel.close();
                        return;
                    }
                    // Closing with unread input would reset the connection, and could take back what is under way.
                    ((DuplexChannel) channel).shutdownOutput();
                    updateReading();
                    channel.eventLoop().schedule(() -> {
                        channel.close();
                    }, CLOSE_MILLIS, TimeUnit.MILLISECONDS);
                });
    }

    // --- on the socket's loop ---

    /** Handles what came from the channel's loop. */
    private void arrived(Object event) {
        int counted = count(event) + (event instanceof ZmtpCommand ? 1 : 0);
        dispatch(event);
        if (counted > 0) {
            toHome.consumed(counted);
        }
    }

    private void dispatch(Object event) {
        if (over || pipe == null && count(event) > 0) {
            host.lost(pipe, count(event));
            ReferenceCountUtil.release(event);
        } else if (event instanceof ZmtpMessage message) {
            host.message(pipe, message);
        } else if (event instanceof ZmtpBatch batch) {
            host.messages(pipe, batch);
        } else if (event instanceof ZmtpCommand command) {
            if (pipe != null) {
                host.command(pipe, command);
            }
            command.release();
        } else if (event instanceof Runnable news) {
            news.run();
        } else if (event instanceof ZmtpHandshakeCompleted done) {
            ZmtpPeer found = done.peer();
            ZmtpSocketType type = found.socketType();
            up(new PeerIdentity(found.routingId(), type == null ? null : ZmqSocketType.of(type), found));
        } else if (event == Event.RAW) {
            up(new PeerIdentity(new byte[0], null, null));
        } else if (event instanceof ZmtpHandshakeFailed failed) {
            endpoint.failed(this, failed.cause());
        } else if (event == Event.DOWN) {
            down();
        }
    }

    private void up(PeerIdentity identity) {
        up = true;
        peer = identity.peer();
        pipe = endpoint.up(this, identity);
        if (pipe == null) {
            close();
        } else {
            host.connectionUp(pipe);
        }
    }

    private void down() {
        over = true;
        up = false;
        lost += given - reached; // these are on their way to a loop that releases them
        if (lost > 0) {
            host.lost(pipe, lost);
        }
        // The cause of the close counts, and not the failures of writes that follow from it.
        endpoint.down(this, pipe, reason == null ? cause : reason);
        Runnable then = finished;
        finished = null;
        if (then != null) {
            then.run();
        }
        host.settle();
    }

    private void writableAgain() {
        if (pipe != null && !over) {
            host.writable(pipe);
        }
    }

    @Override
    public @Nullable ZmtpPeer peer() {
        return peer;
    }

    @Override
    public String address() {
        SocketAddress remote = channel.remoteAddress();
        if (remote instanceof InetSocketAddress inet) {
            return "tcp://" + NetUtil.toSocketAddressString(inet);
        }
        if (peer != null && remote instanceof DomainSocketAddress) {
            return peer.address(); // what the endpoint said of it before
        }
        return remote == null || remote instanceof DomainSocketAddress ? endpoint.peerAddress(channel)
                : remote.toString();
    }

    /** Returns the pipe that this is the connection of; {@code null} in the handshake, and after it let go. */
    @Nullable Pipe pipe() {
        return pipe != null && pipe.connection() == this ? pipe : null;
    }

    /** Returns this end of the channel, for events. Any thread. */
    SocketAddress localAddress() {
        return channel.localAddress();
    }

    /** Returns the other end of the channel, for events. Any thread. */
    SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    /** Returns how many messages the connection took over and did not completely write. Valid when it is down. */
    long lost() {
        return lost;
    }

    /** Returns whether the connection came about, so that its end is an event, too. */
    boolean wasActive() {
        return active;
    }

    @Override
    public boolean isWritable() {
        return up && (local ? channel.isWritable() : toChannel.hasRoom());
    }

    @Override
    public void write(Object message) {
        if (local) {
            channel.write(message, channel.voidPromise());
        } else {
            int messages = count(message);
            given += messages;
            if (messages > 0) {
                toChannel.offerMessages(message, messages);
            } else {
                toChannel.offer(message);
            }
        }
    }

    @Override
    public void flush() {
        if (local) {
            channel.flush();
        }
    }

    @Override
    public void inputFull() {
        if (!paused) {
            pause(true);
        }
    }

    @Override
    public void inputLow() {
        if (paused) {
            pause(false);
        }
    }

    private void pause(boolean pause) {
        paused = pause;
        pipeFull = pause;
        if (local) {
            updateReading();
        } else {
            LoopQueue.execute(channel.eventLoop(), this::updateReading);
        }
    }

    @Override
    public void close() {
        channel.close();
    }

    @Override
    public void close(@Nullable Throwable why) {
        reason = why;
        close();
    }

    @Override
    public void finish(Runnable done) {
        if (over) {
            done.run();
            return;
        }
        finished = done;
        if (local) {
            finishChannel();
        } else {
            toChannel.offer(Event.FINISH);
        }
    }
}
