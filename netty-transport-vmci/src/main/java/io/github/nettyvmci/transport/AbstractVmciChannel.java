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

import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.UnixChannel;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.Supplier;

/**
 * What stream, server and datagram channels share: the socket, how far the channel has come ({@link State}), its
 * registration with the event loop, and its interest in events.
 */
abstract class AbstractVmciChannel extends AbstractChannel implements UnixChannel {

    /** How far a channel has come. It never goes back. */
    enum State {

        /**
         * The socket is neither connected nor listens, nor has it a port for datagrams, so it stays out of epoll: epoll
         * would report an AF_VSOCK socket as writable, and an AF_UNIX one as hung up, without end.
         */
        NEW,

        /** The kernel connects, and an event tells the result. */
        CONNECTING,

        /** The socket is connected, or listens, or has a port for datagrams. */
        ACTIVE,

        /** The channel is active, but another thread closes its descriptor, at any time from now on (SO_LINGER). */
        LINGERING,

        /** The channel has been closed, even where its socket stays open for the peer to read the rest. */
        CLOSED;

        /** Returns whether the socket may be in epoll. */
        boolean isWatchable() {
            return this == CONNECTING || this == ACTIVE;
        }
    }

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    final NativeSocket socket;
    volatile @Nullable SocketAddress local;
    volatile @Nullable SocketAddress remote;

    private volatile State state;
    private @Nullable IoRegistration registration;
    /** The wanted events; noted from the start, but told to the loop only while {@link #isWatched}. */
    private VmciIoOps ops;
    /** Stands in for the event loop while that ends and closes this channel, having run its last task. */
    private @Nullable EndingEventLoop ending;

    /**
     * Makes a channel with a new socket. The socket is made here, last, because nobody would close it if what follows
     * failed for lack of memory; what does follow goes through {@link #make}.
     */
    AbstractVmciChannel(AddressFamily family, VmciIoOps initialOps) {
        super(null);
        ops = initialOps;
        state = State.NEW;
        socket = NativeSocket.create(family);
    }

    /**
     * Makes a channel of a socket that was accepted, or that comes from outside. Should this fail, or what follows,
     * whoever has the socket keeps it.
     *
     * @param parent the server of an accepted socket, else null
     * @param active whether the socket is connected, or listens
     */
    AbstractVmciChannel(@Nullable AbstractVmciChannel parent, NativeSocket given, boolean active,
            VmciIoOps initialOps) {
        super(parent);
        ops = initialOps;
        state = active ? State.ACTIVE : State.NEW;
        socket = given;
    }

    /** Makes a part of a channel that is being constructed, and closes the socket if that fails. */
    final <T> T make(Supplier<T> part) {
        try {
            return part.get();
        } catch (Throwable t) {
            Native.close(socket.intValue());
            throw t;
        }
    }

    @Override
    public final FileDescriptor fd() {
        return socket;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    @Override
    public boolean isActive() {
        State now = state;
        return now == State.ACTIVE || now == State.LINGERING;
    }

    final State state() {
        return state;
    }

    @Override
    public EventLoop eventLoop() {
        EndingEventLoop substitute = ending;
        return substitute != null ? substitute : super.eventLoop();
    }

    /** Returns the real event loop, even while that ends. */
    final IoEventLoop ioEventLoop() {
        return (IoEventLoop) super.eventLoop();
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected abstract AbstractVmciUnsafe newUnsafe();

    /** Returns {@link #unsafe()} as what it is. The type of that method is public, and this one is not. */
    final AbstractVmciUnsafe ownUnsafe() {
        return (AbstractVmciUnsafe) unsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return EventLoops.suits(loop);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        EventLoops.register(ioEventLoop(), ownUnsafe()).addListener(future -> {
            if (!future.isSuccess()) {
                promise.setFailure(future.cause());
                return;
            }
            registration = (IoRegistration) future.getNow();
            submit(); // of effect for an accepted channel, and for one that comes from another event loop
            promise.setSuccess();
        });
    }

    @Override
    protected void doDeregister() throws Exception {
        if (registration != null) {
            registration.cancel();
            leaveWritesToTheNextLoop();
        }
    }

    @Override
    protected void doClose() throws Exception {
        boolean wasActive = isActive();
        state = State.CLOSED;
        try {
            if (isRegistered() && eventLoop().inEventLoop()) {
                doDeregister();
            } // else this is the thread that closes a lingering socket, whose registration linger() cancelled
        } finally {
            closeSocket(wasActive);
        }
    }

    /** Closes the descriptor, or sees to it that this is done. */
    void closeSocket(boolean wasActive) throws IOException {
        socket.close();
    }

    @Override
    protected void doDisconnect() throws Exception {
        doClose();
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return remote;
    }

    /** Goes on to a state in which the loop reports events. Event loop only, as all that follows. */
    final void enter(State next) {
        state = next;
        submit();
    }

    final void setInterest(VmciIoOps wanted) {
        VmciIoOps with = ops.with(wanted);
        if (with != ops) {
            ops = with;
            submit();
        }
    }

    final void clearInterest(VmciIoOps unwanted) {
        VmciIoOps without = ops.without(unwanted);
        if (without != ops) {
            ops = without;
            submit();
        }
    }

    final boolean interestedIn(VmciIoOps wanted) {
        return ops.contains(wanted);
    }

    private void submit() {
        if (isWatched()) {
            registration.submit(ops);
        }
    }

    /** Returns whether the loop reports events. It does not any more once closing has begun, on whichever thread. */
    final boolean isWatched() {
        return state.isWatchable() && registration != null && registration.isValid();
    }

    /** Returns whether the calling thread is the event loop that the channel is registered with now. */
    final boolean isOnItsLoop() {
        return isRegistered() && eventLoop().inEventLoop();
    }

    /** Writes on later: the kernel would take more, but the other channels of this loop have waited long enough. */
    final void flushLater() {
        if (isRegistered()) {
            clearInterest(VmciIoOps.EPOLLOUT);
            eventLoop().execute(this::flushAgain);
        } else {
            leaveWritesToTheNextLoop();
        }
    }

    /** Writes only what was flushed, and not what was written since. */
    private void flushAgain() {
        if (isOnItsLoop()) {
            ownUnsafe().flushNow();
        } // else the channel has been deregistered since
    }

    /** Has the loop that the channel is registered with next, if there is one, go on with what was flushed. */
    private void leaveWritesToTheNextLoop() {
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        if (out != null && out.size() > 0) { // without anything to write, nothing would clear the interest
            setInterest(VmciIoOps.EPOLLOUT);
        }
    }

    /** Leaves the descriptor to another thread, which closes it. */
    final void linger() throws Exception {
        state = State.LINGERING;
        doDeregister();
    }

    /** Returns the event loop's array for gathering writes, as the last user left it. */
    final IovArray iovArray() {
        return registration.attachment();
    }

    /** Throws if the file is shorter than the region says. */
    final void checkFile(DefaultFileRegion region, long position) throws IOException {
        validateFileRegion(region, position);
    }

    final void checkAddress(@Nullable SocketAddress address, String role) {
        if (!socket.family.owns(address)) {
            throw new IllegalArgumentException(
                    SocketErrors.wrongAddressType(role, address, socket.family.addressType()));
        }
    }

    final void checkRemoteAddress(SocketAddress address) {
        checkAddress(address, "remote address");
        if (!socket.family.connectable(address)) {
            throw new IllegalArgumentException("remote address: " + address
                    + " (expected: an address without wild cards)");
        }
    }

    /** Called when the configuration turned reading off. Any thread. */
    final void autoReadCleared() {
        if (!isRegistered()) {
            clearInterest(VmciIoOps.EPOLLIN);
            readingStopped();
        } else if (eventLoop().inEventLoop()) {
            ownUnsafe().clearReadInterest();
            readingStopped();
        } else {
            eventLoop().execute(this::autoReadClearedBefore);
        }
    }

    private void autoReadClearedBefore() {
        if (ownUnsafe().readPending || config().isAutoRead()) {
            return; // it was turned on again, or somebody read, since
        }
        autoReadCleared(); // which asks the next loop if the channel has moved
    }

    /** Called when autoRead was turned off. Event loop, or any thread while there is none. */
    void readingStopped() {
    }

    /** The event loop's handle of a channel. */
    abstract class AbstractVmciUnsafe extends AbstractUnsafe implements Registrations.Lasting {

        /** A read was asked for that has not brought a message yet. */
        boolean readPending;

        @Override
        public final FileDescriptor fd() {
            return socket;
        }

        @Override
        public final void close() {
            close(voidPromise());
        }

        @Override
        public final void closeWithTheLoop() {
            EndingEventLoop substitute = new EndingEventLoop(eventLoop());
            ending = substitute;
            try {
                close(voidPromise());
                substitute.runTasks();
            } finally {
                ending = null;
            }
        }

        /** Ends a broken connection. The writes that wait, and those that are still to come, fail with the cause. */
        final void breakUp(IOException cause) {
            if (isOpen()) {
                pipeline().fireExceptionCaught(cause);
                handleWriteError(cause); // closes the channel too, unless autoClose is off
                close(voidPromise());
            }
        }

        @Override
        public void interestFailed(IOException cause) {
            pipeline().fireExceptionCaught(cause);
            close(voidPromise());
        }

        @Override
        public final void handle(IoRegistration ignored, IoEvent event) {
            ready((VmciIoEvent) event);
        }

        abstract void ready(VmciIoEvent event);

        @Override
        protected final void flush0() {
            // While EPOLLOUT is armed the kernel takes no more, and the event will flush. A connect arms it too; then
            // Netty shall fail at once what was flushed too early, which would otherwise stay until the next flush.
            if (!isActive() || !interestedIn(VmciIoOps.EPOLLOUT)) {
                super.flush0();
            }
        }

        /** Flushes although EPOLLOUT may be armed. */
        final void flushNow() {
            super.flush0();
        }

        final void clearReadInterest() {
            readPending = false;
            clearInterest(VmciIoOps.EPOLLIN);
        }
    }
}
