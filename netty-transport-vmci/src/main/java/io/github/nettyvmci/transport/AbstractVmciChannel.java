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
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IovArray;
import io.netty.channel.unix.UnixChannel;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.Supplier;

/**
 * What stream and server channels share: the socket, its registration with the event loop, and the interest in events.
 */
abstract class AbstractVmciChannel extends AbstractChannel implements UnixChannel {

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    final VmciSocket socket;
    volatile boolean active;
    volatile SocketAddress local;
    volatile SocketAddress remote;

    private IoRegistration registration;
    /** What we want to hear of; noted from the start, but told to the loop only while {@link #watched}. */
    private VmciIoOps ops;
    /**
     * Whether the socket may be in epoll. Never before it connects or listens: until then epoll would report an
     * AF_VSOCK socket as writable, and an AF_UNIX one as hung up, without end.
     */
    private boolean watchable;
    /** Whether it is registered for that now. */
    private boolean watched;
    /** Another thread closes the descriptor, at any time from now on. */
    private boolean lingering;
    /** In the place of the event loop while that ends and closes this channel, its last task done. */
    private EndingEventLoop ending;

    /**
     * A channel of an accepted socket, or one with a new socket, which is made here: what may fail for lack of memory
     * comes before it, or goes through {@link #make}.
     *
     * @param accepted null for a new socket
     */
    AbstractVmciChannel(AbstractVmciChannel parent, AddressFamily family, VmciSocket accepted, VmciIoOps initialOps) {
        super(parent);
        ops = initialOps;
        socket = accepted != null ? accepted : VmciSocket.create(family);
    }

    /** Makes a part of a channel that is being constructed; if that fails, nobody will get the channel to close it. */
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
        return active;
    }

    @Override
    public EventLoop eventLoop() {
        EndingEventLoop substitute = ending;
        return substitute != null ? substitute : super.eventLoop();
    }

    /** The real one, also while that ends. */
    final IoEventLoop ioEventLoop() {
        return (IoEventLoop) super.eventLoop();
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected abstract AbstractVmciUnsafe newUnsafe();

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return loop instanceof IoEventLoop && ((IoEventLoop) loop).isCompatible(AbstractVmciUnsafe.class);
    }

    @Override
    protected void doRegister(ChannelPromise promise) {
        ioEventLoop().register((AbstractVmciUnsafe) unsafe()).addListener(future -> {
            if (!future.isSuccess()) {
                promise.setFailure(future.cause());
                return;
            }
            registration = (IoRegistration) future.getNow();
            if (active || watchable) { // an accepted channel, or one that comes from another event loop
                watch();
            }
            promise.setSuccess();
        });
    }

    @Override
    protected void doDeregister() throws Exception {
        if (registration != null) {
            registration.cancel();
            watched = false;
        }
    }

    @Override
    protected void doClose() throws Exception {
        boolean wasActive = active;
        active = false;
        try {
            if (isRegistered() && eventLoop().inEventLoop()) {
                doDeregister();
            } // else closing lingers elsewhere, and the registration was cancelled before (prepareToClose)
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
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    /** From here on the loop reports events. Event loop only, as all that follows. */
    final void watch() {
        watchable = true;
        watched = true;
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

    /** From here on the descriptor is another thread's. */
    final void linger() throws Exception {
        lingering = true;
        doDeregister();
    }

    final boolean isLingering() {
        return lingering;
    }

    /** Whether the loop reports events. Not any more once closing has begun, even if that goes on on another thread. */
    final boolean isWatched() {
        return watched;
    }

    final boolean interestedIn(VmciIoOps wanted) {
        return ops.contains(wanted);
    }

    private void submit() {
        if (watched && registration != null && registration.isValid()) {
            registration.submit(ops);
        }
    }

    /** The event loop's array for gathering writes; not cleared. */
    final IovArray iovArray() {
        return registration.attachment();
    }

    final void checkAddress(SocketAddress address, String role) {
        if (!socket.family.owns(address)) {
            throw new IllegalArgumentException(
                    VmciErrors.wrongAddressType(role, address, socket.family.addressType()));
        }
    }

    /** The configuration turned reading off. Any thread. */
    final void autoReadCleared() {
        AbstractVmciUnsafe unsafe = (AbstractVmciUnsafe) unsafe();
        if (!isRegistered()) {
            clearInterest(VmciIoOps.EPOLLIN);
        } else if (eventLoop().inEventLoop()) {
            unsafe.clearReadInterest();
        } else {
            eventLoop().execute(() -> {
                if (!unsafe.readPending && !config().isAutoRead()) {
                    unsafe.clearReadInterest();
                }
            });
        }
    }

    abstract class AbstractVmciUnsafe extends AbstractUnsafe implements VmciIoHandle {

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

        /** Closes the channel of a loop that takes no more tasks. */
        final void closeWithTheLoop() {
            EndingEventLoop substitute = new EndingEventLoop(eventLoop());
            ending = substitute;
            try {
                close(voidPromise());
                substitute.runTasks();
            } finally {
                ending = null;
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

        final void clearReadInterest() {
            readPending = false;
            clearInterest(VmciIoOps.EPOLLIN);
        }
    }
}
