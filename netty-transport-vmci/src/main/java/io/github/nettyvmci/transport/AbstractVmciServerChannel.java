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

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.ServerChannel;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Function;

/**
 * A listening socket of any address family. Accepts in batches: one call into the kernel's queue brings up to
 * {@link AcceptBatch#CAPACITY} connections with their peers' addresses.
 */
abstract class AbstractVmciServerChannel extends AbstractVmciChannel implements ServerChannel {

    static {
        // Without descriptors no class can be loaded from a file, so what tells of that is loaded before.
        SocketErrors.acceptFailed(null, -NativeConstants.EMFILE);
    }

    private final ServerConfig config;
    private final AcceptBatch batch;
    /** The name to give up when the channel closes; null before the bind, and from closing on. */
    private @Nullable SocketAddress name;
    /** What the family wants to know of the name then. */
    private @Nullable Object bound;

    AbstractVmciServerChannel(AddressFamily family) {
        super(family, VmciIoOps.NONE);
        batch = make(AcceptBatch::new);
        config = make(this::newConfig);
    }

    /**
     * Makes the channel of a listening socket from outside, which keeps its owner should this fail. Its name stays in
     * use: the file of an AF_UNIX socket belongs to whoever bound it, who may go on listening.
     */
    AbstractVmciServerChannel(NativeSocket given) {
        super(null, given, true, VmciIoOps.NONE);
        batch = new AcceptBatch();
        config = newConfig();
        local = given.family.localAddress(given.intValue());
    }

    /** Returns another descriptor of the listening socket. */
    final NativeSocket duplicateSocket() {
        if (!isActive()) {
            throw new IllegalStateException("channel: " + this + " (expected: one that listens)");
        }
        return socket.duplicate();
    }

    /** Makes a channel of a socket that {@link #duplicateSocket} returned, and closes that if it cannot. */
    static <T> T duplicate(NativeSocket copy, Function<NativeSocket, T> constructor) {
        try {
            return constructor.apply(copy);
        } catch (Throwable t) {
            Native.close(copy.intValue());
            throw t;
        }
    }

    /**
     * Loads the class of accepted channels, and those that tell how a connection ended. They could not be loaded once a
     * connection took the last descriptor.
     */
    static void preload(Class<? extends Channel> child) {
        try {
            for (Class<?> needed : List.of(child, ConnectionErrors.class, SocketErrors.class, EndingEventLoop.class)) {
                MethodHandles.lookup().ensureInitialized(needed);
            }
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Makes the configuration. Called by the constructor. */
    abstract ServerConfig newConfig();

    /** Makes the channel of an accepted connection. */
    abstract Channel newChild(NativeSocket child, SocketAddress remote, @Nullable SocketAddress local);

    @Override
    public ServerConfig config() {
        return config;
    }

    /** Returns a pipeline that closes the connections that no handler has taken. */
    @Override
    protected DefaultChannelPipeline newChannelPipeline() {
        return new Pipeline(this);
    }

    @Override
    protected AbstractVmciUnsafe newUnsafe() {
        return new ServerUnsafe();
    }

    @Override
    protected void doBind(SocketAddress address) throws Exception {
        checkAddress(address, "local address");
        if (isActive()) {
            throw new IllegalStateException("bind(" + address + ") failed: the channel listens already at " + local
                    + "; registering it is enough (ServerBootstrap.register())");
        }
        int fd = socket.intValue();
        int result = socket.family.bind(fd, address);
        if (result < 0) {
            throw SocketErrors.bindFailed(address, result);
        }
        name = socket.family.localAddress(fd);
        local = name;
        bound = name == null ? null : socket.family.bound(name);
        result = socket.family.listen(fd, config.getBacklog());
        if (result < 0) {
            throw SocketErrors.listenFailed(address, result);
        }
        enter(State.ACTIVE);
    }

    @Override
    protected void doBeginRead() {
        ServerUnsafe unsafe = (ServerUnsafe) unsafe();
        unsafe.readPending = true;
        setInterest(VmciIoOps.EPOLLIN);
        if (!batch.isEmpty()) {
            unsafe.acceptLater(); // no event will come for connections that are out of the kernel's queue already
        }
    }

    @Override
    protected void doClose() throws Exception {
        try {
            SocketAddress given = name;
            if (given != null) {
                name = null; // closing twice must not take the name from whoever has it next
                socket.family.serverClosing(given, bound);
            }
        } finally {
            try {
                super.doClose();
            } finally {
                batch.close(socket.family);
            }
        }
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        throw new UnsupportedOperationException("a server channel cannot be written to");
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        throw new UnsupportedOperationException("a server channel cannot be written to");
    }

    private static final class Pipeline extends DefaultChannelPipeline {

        Pipeline(Channel server) {
            super(server);
        }

        @Override
        protected void onUnhandledInboundMessage(Object message) {
            super.onUnhandledInboundMessage(message);
            if (message instanceof Channel child && !child.isRegistered()) {
                child.unsafe().closeForcibly();
            }
        }
    }

    private final class ServerUnsafe extends AbstractVmciUnsafe implements Registrations.Shared {

        /** The loop that has a task to accept what the batch holds; another than the channel's if that has moved. */
        private @Nullable EventLoop acceptScheduledOn;

        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            promise.tryFailure(new UnsupportedOperationException("a server channel cannot connect"));
        }

        @Override
        void ready(VmciIoEvent event) {
            accept();
        }

        /** Returns true, since the socket may have other channels, and belong to other processes. */
        @Override
        public boolean isExclusive() {
            return true;
        }

        void acceptLater() {
            EventLoop loop = eventLoop();
            if (acceptScheduledOn == loop) {
                return;
            }
            acceptScheduledOn = loop;
            loop.execute(() -> {
                if (eventLoop() != loop) {
                    return; // the channel has moved since, and the other loop has a task of its own
                }
                acceptScheduledOn = null;
                if (isRegistered() && (readPending || config.isAutoRead())) {
                    accept();
                }
            });
        }

        private void accept() {
            if (!isActive()) {
                return;
            }
            ExtendedHandle handle = (ExtendedHandle) recvBufAllocHandle();
            handle.reset(config);
            ChannelPipeline pipeline = pipeline();
            Throwable failure = null;
            try {
                acceptUntilTold(handle, pipeline);
            } catch (Throwable t) {
                failure = t;
            }
            handle.readComplete();
            pipeline.fireChannelReadComplete();
            if (failure != null) {
                // ServerBootstrap answers this event by not accepting for a second. The connection that could not be
                // accepted (EMFILE, say) stays in the kernel's queue.
                pipeline.fireExceptionCaught(failure);
            }
            if (!readPending && !config.isAutoRead()) {
                clearReadInterest();
            } else if (!batch.isEmpty()) {
                acceptLater();
            }
        }

        private void acceptUntilTold(ExtendedHandle handle, ChannelPipeline pipeline) throws IOException {
            boolean drained = false;
            int most = mostPerRead();
            int handedOn = 0;
            do {
                if (batch.isEmpty()) {
                    // What would not be handed on now stays in the kernel's queue, where others may take it that have
                    // the socket, too.
                    int max = config.isAutoRead() ? Math.max(1, Math.min(most - handedOn, AcceptBatch.CAPACITY)) : 1;
                    int result = drained ? -EAGAIN : batch.fill(socket, max);
                    if (result == -EAGAIN) {
                        break;
                    }
                    if (result < 0) {
                        throw SocketErrors.acceptFailed(local, result);
                    }
                    drained = result < max;
                }
                // A connection counts as one byte of one. Netty's epoll transport passes the descriptor's number here,
                // which its own allocator takes for a short read, so that it stops after each connection.
                handle.attemptedBytesRead(1);
                handle.lastBytesRead(1);
                handle.incMessagesRead(1);
                readPending = false;
                handedOn++;
                pipeline.fireChannelRead(child(batch.next()));
            } while (isActive() && handle.continueReading());
        }

        private int mostPerRead() {
            return config.getRecvByteBufAllocator() instanceof MaxMessagesRecvByteBufAllocator bounded
                    ? bounded.maxMessagesPerRead() : AcceptBatch.CAPACITY;
        }

        private Channel child(int entry) throws IOException {
            NativeSocket child = new NativeSocket(socket.family, batch.fd(entry));
            try {
                return newChild(child, socket.family.acceptedRemote(batch.entries(), entry),
                        socket.family.acceptedLocal(local));
            } catch (Throwable t) {
                child.close();
                throw t;
            }
        }
    }
}
