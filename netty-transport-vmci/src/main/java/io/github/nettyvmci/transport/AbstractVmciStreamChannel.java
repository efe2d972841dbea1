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

import static io.github.nettyvmci.transport.NativeConstants.EBADF;
import static io.github.nettyvmci.transport.NativeConstants.ENOTCONN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLERR;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLHUP;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLIN;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLOUT;
import static io.github.nettyvmci.transport.NativeConstants.EPOLLRDHUP;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.GlobalEventExecutor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Executor;

/**
 * A connection of either address family: what an event means for it, and how it is half-closed and closed. It connects
 * by a {@link ConnectAttempt}, reads by a {@link SocketReader}, and writes by a {@link SocketWriter}.
 */
abstract class AbstractVmciStreamChannel extends AbstractVmciChannel implements DuplexChannel {

    /** What a connection wants to hear of all the time. */
    private static final VmciIoOps LIFE = VmciIoOps.EPOLLRDHUP.with(VmciIoOps.EPOLLERR);

    private final StreamConfig config;
    private final SocketReader reader;
    private final SocketWriter writer;

    /** The attempt under way, or null. */
    private @Nullable ConnectAttempt connecting;

    /** Makes a new channel. */
    AbstractVmciStreamChannel(AddressFamily family) {
        super(family, LIFE);
        config = make(this::newConfig);
        reader = make(() -> new SocketReader(this, config));
        writer = make(() -> new SocketWriter(this, config));
    }

    /** Makes the channel of an accepted connection. Should this fail, the server closes the socket. */
    AbstractVmciStreamChannel(AbstractVmciChannel parent, NativeSocket socket, SocketAddress remote,
            @Nullable SocketAddress local) {
        super(parent, socket, true, LIFE);
        config = newConfig();
        reader = new SocketReader(this, config);
        writer = new SocketWriter(this, config);
        this.remote = remote;
        this.local = local;
    }

    /** Makes the channel of a socket from outside, which keeps its owner should this fail. */
    AbstractVmciStreamChannel(NativeSocket given) {
        this(given, given.family.remoteAddress(given.intValue()));
    }

    private AbstractVmciStreamChannel(NativeSocket given, @Nullable SocketAddress peer) {
        super(null, given, peer != null, LIFE);
        config = newConfig();
        config.lingerAsTheKernel();
        reader = new SocketReader(this, config);
        writer = new SocketWriter(this, config);
        if (peer != null) {
            remote = peer;
            local = given.family.connectedLocalAddress(given.family.localAddress(given.intValue()), peer);
        }
    }

    /** Makes the configuration. Called by the constructors. */
    abstract StreamConfig newConfig();

    @Override
    final void readingStopped() {
        reader.readingStopped();
    }

    @Override
    public StreamConfig config() {
        return config;
    }

    @Override
    protected AbstractVmciUnsafe newUnsafe() {
        return new StreamUnsafe();
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        SocketAddress address = local;
        // A socket that is neither bound nor connected has no address, though the kernel would name a wild card.
        if (address == null && isActive()) {
            // The kernel is asked when somebody first wants to know, and not for every accepted connection.
            address = socket.family.localAddress(socket.intValue());
            if (!isOpen()) {
                return local; // closed meanwhile, so that the answer may be another socket's
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
            throw SocketErrors.bindFailed(address, result);
        }
        local = socket.family.localAddress(socket.intValue());
    }

    @Override
    protected void doBeginRead() {
        ownUnsafe().readPending = true;
        setInterest(VmciIoOps.EPOLLIN);
        reader.readingBegins();
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        writer.write(in);
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        return writer.filter(message);
    }

    @Override
    protected void doClose() throws Exception {
        if (isActive() && local == null && isOpen()) {
            local = socket.family.localAddress(socket.intValue()); // for whoever asks from now on
        }
        reader.channelClosed();
        ConnectAttempt pending = connecting;
        if (pending != null) {
            connecting = null;
            pending.abandon();
        }
        super.doClose();
    }

    @Override
    void closeSocket(boolean wasActive) throws IOException {
        int timeout = config.closeTimeoutMillis();
        if (wasActive && timeout > 0 && config.linger() < 0 && writer.hasWritten() && !reader.isPeerGone()
                && !socket.isShared() && !socket.family.closeTellsPeer() && socket.isOpen() && isRegistered()
                && eventLoop().inEventLoop()) {
            ClosingSocket.take(socket, ioEventLoop(), timeout);
        } else {
            // There is nothing to wait for: nothing was written, or the connection broke, or SO_LINGER says otherwise,
            // or another thread closes; or the socket was sent to somebody else, who goes on with it.
            super.closeSocket(wasActive);
        }
    }

    // Half-closure

    @Override
    protected void doShutdownOutput() throws Exception {
        // What was still to be written is gone, and with it the writer's turn to clear this interest; a socket that
        // stays writable would be reported for ever.
        clearInterest(VmciIoOps.EPOLLOUT);
        int result = socket.shutdown(false, true);
        if (result < 0) {
            throw ConnectionErrors.shutdownFailed(remote, result);
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
            // This is asked here, because Netty takes the outbound buffer away before it calls doShutdownOutput().
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
                promise.tryFailure(ConnectionErrors.shutdownFailed(remote, result));
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
     * Returns whether there is a connection, and fails the promise if there is none. The kernel cannot be asked: an
     * AF_UNIX socket lets itself be shut down before it is connected, and the number of a closed one may be another's.
     * A channel between two event loops has a connection too.
     */
    private boolean canShutDown(ChannelPromise promise) {
        State now = state();
        if (now == State.ACTIVE && isOpen()) {
            return true;
        }
        // A closed channel may have its descriptor for a while, where that lingers.
        boolean early = now == State.NEW || now == State.CONNECTING;
        promise.tryFailure(early ? ConnectionErrors.shutdownFailed(null, -ENOTCONN)
                : ConnectionErrors.shutdownFailed(remote, -EBADF));
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

    private final class StreamUnsafe extends AbstractVmciUnsafe implements ConnectAttempt.Outcome {

        @Override
        void ready(VmciIoEvent reported) {
            VmciIoEvent event = reported;
            if (connecting != null) {
                if (event.any(EPOLLOUT | EPOLLERR | EPOLLHUP)) {
                    connecting.ready();
                }
                if (!isActive()) {
                    return;
                }
            } else if (event.any(EPOLLERR)) {
                // The error comes first: the calls below would report another (ENOTCONN), which hides the cause.
                // Reading the error also clears it, and with it the event.
                int error = socket.family.soError(socket.intValue());
                if (error > 0) {
                    reader.connectionBroke(error);
                    return;
                }
                if (socket.takeCompletions()) {
                    event = VmciIoEvent.ofKernel(event.flags() & ~EPOLLERR); // it told of sends, and of no error
                }
            }
            if (event.any(EPOLLOUT | EPOLLERR) && !socket.isOutputShutdown()) {
                flushNow();
            }
            if (event.any(EPOLLRDHUP | EPOLLHUP)) {
                reader.readToTheEnd();
                // These events are level-triggered, and known by now. Errors are still of interest, such as the end of
                // the peer's machine; but not after HUP, which the kernel repeats without end once both ends are done.
                clearInterest(event.any(EPOLLHUP) ? LIFE : VmciIoOps.EPOLLRDHUP);
            } else if (event.any(EPOLLIN) || event.any(EPOLLERR) && interestedIn(VmciIoOps.EPOLLIN)) {
                reader.read();
            }
        }

        @Override
        protected @Nullable Executor prepareToClose() {
            if (config.linger() > 0 && isActive() && isOpen()) { // only a connection lingers
                try {
                    // close(2) blocks for up to that time, on non-blocking sockets too, and so leaves the event loop.
                    linger();
                    return GlobalEventExecutor.INSTANCE;
                } catch (Exception ignored) {
                    return null;
                }
            }
            return null;
        }

        @Override
        public void connect(SocketAddress remoteAddress, @Nullable SocketAddress localAddress, ChannelPromise promise) {
            if (promise.isDone() || !ensureOpen(promise)) {
                return;
            }
            try {
                if (connecting != null) {
                    throw new ConnectionPendingException();
                }
                if (isActive()) {
                    throw new AlreadyConnectedException();
                }
                checkRemoteAddress(remoteAddress);
                if (localAddress != null) {
                    doBind(localAddress);
                }
            } catch (Throwable t) {
                promise.tryFailure(t);
                closeIfClosed();
                return;
            }
            connecting = new ConnectAttempt(AbstractVmciStreamChannel.this, config, remoteAddress, promise, this);
            connecting.start();
        }

        @Override
        public void connected(SocketAddress peer, ChannelPromise promise) {
            connecting = null;
            remote = peer;
            local = socket.family.connectedLocalAddress(socket.family.localAddress(socket.intValue()), peer);
            clearInterest(VmciIoOps.EPOLLOUT);
            enter(State.ACTIVE);
            boolean isActive = isActive(); // asked before the promise is set, since its listeners may close the channel
            boolean promiseSet = promise.trySuccess();
            if (isActive) {
                pipeline().fireChannelActive();
            }
            if (!promiseSet) {
                close(voidPromise()); // the connect was cancelled in the meantime
            }
        }

        @Override
        public void connectFailed(ChannelPromise promise, Throwable cause) {
            connecting = null;
            promise.tryFailure(cause);
            close(voidPromise()); // a socket that was refused cannot be connected again
        }
    }
}
