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

import static io.github.nettyvmci.transport.NativeConstants.EAGAIN;
import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLERR;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLHUP;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLIN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLOUT;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLRDHUP;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.LeakPresenceDetector;
import io.netty.util.concurrent.GlobalEventExecutor;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Executor;

/**
 * A connected socket of any address family: reading and shutting down. Connecting is in {@link VmciConnect}, writing in
 * {@link VmciWriter}.
 */
abstract class AbstractVmciStreamChannel extends AbstractVmciChannel implements DuplexChannel {

    /**
     * Added to small read buffers, and to large ones while {@link StreamUnsafe#exact}. A message of exactly the guessed
     * size would fill the buffer, and a full buffer means one more call to learn that there is no more.
     */
    private static final int READ_SLACK = 16;
    private static final int READ_SLACK_UP_TO = 8192;

    /** What a connection wants to hear of all the time. */
    private static final VmciIoOps LIFE = VmciIoOps.EPOLLRDHUP.with(VmciIoOps.EPOLLERR);

    private final VmciChannelConfig config;
    private final VmciWriter writer;

    /** While there is one. */
    private VmciConnect connecting;

    /** The connection is lost, or the peer has closed: nobody is there to read the rest. */
    private boolean peerGone;

    /** The end of input has been reported (or the channel closed, after which nobody wants to know). */
    private volatile boolean inputEndReported;

    /** A new channel. */
    AbstractVmciStreamChannel(AddressFamily family) {
        super(null, family, null, LIFE);
        config = make(this::newConfig);
        writer = make(() -> new VmciWriter(this));
    }

    /** The channel of an accepted connection. */
    AbstractVmciStreamChannel(AbstractVmciChannel parent, VmciSocket socket, SocketAddress remote,
            SocketAddress local) {
        super(parent, socket.family, socket, LIFE); // should this fail, the server closes the socket
        config = newConfig();
        writer = new VmciWriter(this);
        this.remote = remote;
        this.local = local;
        active = true;
    }

    /** Called by the constructors. */
    VmciChannelConfig newConfig() {
        return new VmciChannelConfig(this);
    }

    @Override
    public VmciChannelConfig config() {
        return config;
    }

    @Override
    protected AbstractVmciUnsafe newUnsafe() {
        return new StreamUnsafe();
    }

    @Override
    protected SocketAddress localAddress0() {
        SocketAddress address = local;
        // A socket that is neither bound nor connected has no address, though the kernel would name a wild card.
        if (address == null && active) {
            // Asked when first wanted, not per accepted connection.
            address = socket.family.localAddress(socket.intValue());
            if (!isOpen()) {
                return local; // closed meanwhile: that may have been another socket's name
            }
            local = address;
        }
        return address;
    }

    @Override
    protected void doBind(SocketAddress address) throws Exception {
        checkAddress(address, "local address");
        int result = socket.family.bind(socket.intValue(), address);
        if (result < 0) {
            throw VmciErrors.bindFailed(address, result);
        }
        local = socket.family.localAddress(socket.intValue());
    }

    @Override
    protected void doBeginRead() {
        ((StreamUnsafe) unsafe()).readPending = true;
        setInterest(VmciIoOps.EPOLLIN);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        writer.write(in);
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        return writer.filter(message);
    }

    /** For {@link VmciWriter}: its flush task may only write what was flushed. */
    final void flushAgain() {
        ((StreamUnsafe) unsafe()).flushNow();
    }

    final void checkFile(DefaultFileRegion region, long position) throws IOException {
        validateFileRegion(region, position);
    }

    @Override
    protected void doClose() throws Exception {
        if (active && local == null && isOpen()) {
            local = socket.family.localAddress(socket.intValue()); // for whoever asks from now on
        }
        inputEndReported = true;
        VmciConnect pending = connecting;
        if (pending != null) {
            connecting = null;
            pending.abandon();
        }
        super.doClose();
    }

    @Override
    void closeSocket(boolean wasActive) throws IOException {
        int timeout = config.getCloseTimeout();
        // Nothing to wait for: nothing written, a broken connection, an abortive or lingering close, a foreign thread.
        if (wasActive && timeout > 0 && config.linger() < 0 && writer.hasWritten() && !peerGone
                && !socket.family.closeTellsPeer() && socket.isOpen() && isRegistered() && eventLoop().inEventLoop()) {
            ClosingSocket.take(socket, ioEventLoop(), timeout);
        } else {
            super.closeSocket(wasActive);
        }
    }

    // Half-closure

    @Override
    protected void doShutdownOutput() throws Exception {
        // What was still to be written is gone, and with it whoever would have cleared this; the socket may stay
        // writable for ever.
        clearInterest(VmciIoOps.EPOLLOUT);
        int result = socket.shutdown(false, true);
        if (result < 0) {
            throw VmciErrors.shutdownFailed(remote, result);
        }
    }

    @Override
    public boolean isInputShutdown() {
        return socket.isInputShutdown();
    }

    @Override
    public boolean isOutputShutdown() {
        return socket.isOutputShutdown();
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        onEventLoop(() -> {
            // Asked here, because Netty takes the outbound buffer away before it asks doShutdownOutput.
            if (canShutDown(promise)) {
                ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
            }
        });
        return promise;
    }

    /**
     * Shuts the input down. Unlike with TCP the peer notices: its writes fail from then on. What was received and not
     * read is lost.
     */
    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    /**
     * Shuts the input down, see {@link #shutdownInput()}.
     */
    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        onEventLoop(() -> {
            if (!canShutDown(promise)) {
                return;
            }
            int result = socket.shutdown(true, false);
            if (result < 0) {
                promise.tryFailure(VmciErrors.shutdownFailed(remote, result));
            } else {
                promise.trySuccess();
            }
        });
        return promise;
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        shutdownOutput().addListener(output -> shutdownInput().addListener(input -> {
            Throwable failure = output.isSuccess() ? input.cause() : output.cause();
            if (failure == null) {
                promise.trySuccess();
            } else {
                promise.tryFailure(failure);
            }
        }));
        return promise;
    }

    /**
     * Fails the promise unless there is a connection. The kernel cannot be asked: an AF_UNIX socket lets itself be shut
     * down before it is connected, and the number of a closed one may be another's by now.
     */
    private boolean canShutDown(ChannelPromise promise) {
        if (active && isOpen() && !isLingering()) { // a channel that is between two event loops too
            return true;
        }
        promise.tryFailure(!active && isOpen() ? VmciErrors.shutdownFailed(null, -ENOTCONN)
                : VmciErrors.shutdownFailed(remote, -EBADF));
        return false;
    }

    private void onEventLoop(Runnable task) {
        EventLoop loop = eventLoop();
        if (loop.inEventLoop()) {
            task.run();
        } else {
            loop.execute(task);
        }
    }

    private final class StreamUnsafe extends AbstractVmciUnsafe {

        /** The peer sends no more (or the connection broke): read to the end, whatever autoRead says. */
        private boolean drain;
        /** Found in SO_ERROR; reported once everything that can still be read was. */
        private IOException brokenBy;
        /** Messages fill their buffers exactly. Set when one more call brought nothing, until one fills the slack. */
        private boolean exact;

        @Override
        void ready(VmciIoEvent event) {
            if (connecting != null) {
                if (event.any(EPOLLOUT | EPOLLERR | EPOLLHUP)) {
                    connecting.ready();
                }
                if (!active) {
                    return;
                }
            } else if (event.any(EPOLLERR)) {
                // First of all: the calls below would report something else (ENOTCONN), and without the cause. Reading
                // it also clears it, and with it the event.
                int error = socket.family.soError(socket.intValue());
                if (error > 0) {
                    brokenBy = VmciErrors.connectionLost(remote, error);
                    drain = true;
                    read();
                    if (brokenBy != null) {
                        breakUp(); // the input had ended before
                    }
                    return;
                }
            }
            if (event.any(EPOLLOUT | EPOLLERR) && !socket.isOutputShutdown()) {
                flushNow();
            }
            if (event.any(EPOLLRDHUP | EPOLLHUP)) {
                drain = true;
                read();
                // Level-triggered, and known by now. Errors can still come, such as the end of the peer's machine. Not
                // once both ends are done: the kernel then reports HUP without end to whoever wants to hear anything.
                clearInterest(event.any(EPOLLHUP) ? LIFE : VmciIoOps.EPOLLRDHUP);
            } else if (event.any(EPOLLIN | EPOLLERR)) {
                read();
            }
        }

        @Override
        protected Executor prepareToClose() {
            if (active && config.linger() > 0 && isOpen()) { // only a connection lingers
                try {
                    // close(2) blocks for up to that time, on non-blocking sockets too: not on the event loop.
                    linger();
                    return GlobalEventExecutor.INSTANCE;
                } catch (Exception ignored) {
                    return null;
                }
            }
            return null;
        }

        // Writing

        @Override
        protected void flush0() {
            // While OUT is armed the kernel takes no more; the event will flush. Unless it is a connect that waits for
            // the event: then Netty fails what was flushed too early, which would else stay until the next flush.
            if (!active || !interestedIn(VmciIoOps.EPOLLOUT)) {
                super.flush0();
            }
        }

        void flushNow() {
            super.flush0();
        }

        // Reading

        private boolean nothingToRead() {
            // Not watched: with SO_LINGER another thread closes the descriptor, at any time from then on.
            return !isOpen() || !isWatched()
                    || socket.isInputShutdown() && (inputEndReported || !config.isAllowHalfClosure());
        }

        private void read() {
            if (nothingToRead()) {
                clearReadInterest();
                return;
            }
            ExtendedHandle handle = (ExtendedHandle) recvBufAllocHandle();
            handle.reset(config);
            ChannelPipeline pipeline = pipeline();
            ByteBuf buffer = null;
            boolean ended = false;
            try {
                do {
                    buffer = allocate(handle);
                    handle.attemptedBytesRead(buffer.writableBytes());
                    int result = buffer.isWritable() ? socket.recv(buffer) : -EAGAIN;
                    if (result <= 0) {
                        ended = result != -EAGAIN;
                        exact = true;
                        handle.lastBytesRead(ended ? -1 : 0);
                        buffer.release();
                        buffer = null;
                        if (ended) {
                            readPending = false;
                            checkEnd(result);
                        }
                        break;
                    }
                    exact &= buffer.isWritable();
                    handle.lastBytesRead(result);
                    handle.incMessagesRead(1);
                    readPending = false;
                    pipeline.fireChannelRead(buffer);
                    buffer = null;
                    // The handler may have closed the channel; its file descriptor may be another's by now.
                } while (!nothingToRead() && (drain || handle.continueReading()));

                handle.readComplete();
                pipeline.fireChannelReadComplete();
                if (brokenBy != null) {
                    breakUp();
                } else if (ended) {
                    inputEnded(true);
                }
            } catch (Throwable t) {
                readFailed(handle, buffer, t, ended);
            } finally {
                if (!readPending && !config.isAutoRead()) {
                    clearReadInterest();
                }
            }
        }

        private ByteBuf allocate(ExtendedHandle handle) {
            ByteBufAllocator allocator = config.getAllocator();
            if (config.adaptiveReads()) {
                int guess = handle.guess();
                return allocator.directBuffer(exact || guess <= READ_SLACK_UP_TO ? guess + READ_SLACK : guess);
            }
            return handle.allocate(config.directAllocator());
        }

        /** Throws unless the result of recv means that the peer's data has come to its end. */
        private void checkEnd(int result) throws Exception {
            if (result == 0 || brokenBy != null) {
                return;
            }
            if (result == -ENOTCONN) {
                // Once connected, not connected any more: the transport was reset, with the cause in SO_ERROR; or both
                // ends are shut down, for which vsock has no other answer.
                int error = socket.family.soError(socket.intValue());
                if (error > 0) {
                    brokenBy = VmciErrors.connectionLost(remote, error);
                }
                return;
            }
            throw VmciErrors.readFailed(remote, local, result);
        }

        private void readFailed(ExtendedHandle handle, ByteBuf buffer, Throwable cause, boolean ended) {
            if (buffer != null) {
                if (buffer.isReadable()) {
                    readPending = false;
                    pipeline().fireChannelRead(buffer);
                } else {
                    buffer.release();
                }
            }
            handle.readComplete();
            pipeline().fireChannelReadComplete();
            pipeline().fireExceptionCaught(cause);
            if (ended || cause instanceof OutOfMemoryError || cause instanceof IOException
                    || cause instanceof LeakPresenceDetector.AllocationProhibitedException) {
                inputEnded(ended);
            }
        }

        /** The connection is gone, for a reason the application gets to know. */
        private void breakUp() {
            IOException cause = brokenBy;
            brokenBy = null;
            peerGone = true;
            if (isOpen()) {
                pipeline().fireExceptionCaught(cause);
                handleWriteError(cause); // closes too, and tells the cause to the writes that wait or are still to come
                close(voidPromise());
            }
        }

        /**
         * Nothing more will be read.
         *
         * @param byPeer the peer sends no more; otherwise we do not take it any more
         */
        private void inputEnded(boolean byPeer) {
            if (!socket.isInputShutdown()) {
                if (!config.isAllowHalfClosure()) {
                    peerGone |= byPeer;
                    close(voidPromise());
                    return;
                }
                if (byPeer) {
                    // No shutdown(2): there is nothing left to refuse, and on vsock it has side effects (getpeername).
                    socket.inputEnded();
                } else if (socket.shutdown(true, false) < 0) {
                    close(voidPromise());
                    return;
                }
                clearReadInterest();
                pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
            if (!inputEndReported) {
                inputEndReported = true;
                pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
            }
        }

        // Connecting

        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            if (promise.isDone() || !ensureOpen(promise)) {
                return;
            }
            try {
                if (connecting != null) {
                    throw new ConnectionPendingException();
                }
                if (active) {
                    throw new AlreadyConnectedException();
                }
                checkAddress(remoteAddress, "remote address");
                if (!socket.family.connectable(remoteAddress)) {
                    throw new IllegalArgumentException("remote address: " + remoteAddress
                            + " (expected: an address without wild cards)");
                }
                if (localAddress != null) {
                    doBind(localAddress);
                }
            } catch (Throwable t) {
                promise.tryFailure(t);
                closeIfClosed();
                return;
            }
            connecting = new VmciConnect(AbstractVmciStreamChannel.this, remoteAddress, promise);
            connecting.start();
        }
    }

    /** For {@link VmciConnect}: the socket is connected. */
    final void connected(SocketAddress peer, ChannelPromise promise) {
        connecting = null;
        remote = peer;
        local = socket.family.connectedLocalAddress(socket.family.localAddress(socket.intValue()), remote);
        active = true;
        clearInterest(VmciIoOps.EPOLLOUT);
        watch();
        // Before the promise: a listener may close the channel.
        boolean isActive = isActive();
        boolean promiseSet = promise.trySuccess();
        if (isActive) {
            pipeline().fireChannelActive();
        }
        if (!promiseSet) {
            unsafe().close(voidPromise()); // cancelled in the meantime
        }
    }

    /** For {@link VmciConnect}: it failed. A socket that was refused cannot be connected again. */
    final void connectFailed(ChannelPromise promise, Throwable cause) {
        connecting = null;
        promise.tryFailure(cause);
        unsafe().close(voidPromise());
    }
}
