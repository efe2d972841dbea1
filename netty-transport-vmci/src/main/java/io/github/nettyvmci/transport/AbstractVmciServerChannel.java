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
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.ServerChannel;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.net.SocketAddress;

/**
 * A listening socket of any address family. Accepts in batches: one call into the kernel's queue brings up to
 * {@link VmciAcceptBatch#CAPACITY} connections with their peers' addresses.
 */
abstract class AbstractVmciServerChannel extends AbstractVmciChannel implements ServerChannel {

    static {
        // Without descriptors no class can be loaded from a file: what tells of that is loaded before.
        VmciErrors.acceptFailed(null, -NativeConstants.EMFILE);
    }

    private final VmciServerChannelConfig config;
    private final VmciAcceptBatch batch;
    /** What the family wants to know at the end. */
    private Object bound;
    private boolean named;

    AbstractVmciServerChannel(AddressFamily family) {
        super(null, family, null, VmciIoOps.NONE);
        batch = make(VmciAcceptBatch::new);
        config = make(() -> new VmciServerChannelConfig(this));
    }

    /** Loads the class of accepted channels: if the last descriptor is the first connection, it could not be. */
    static void preload(Class<? extends Channel> child) {
        try {
            MethodHandles.lookup().ensureInitialized(child);
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Makes the channel of an accepted connection. */
    abstract Channel newChild(VmciSocket child, SocketAddress remote, SocketAddress local);

    @Override
    public VmciServerChannelConfig config() {
        return config;
    }

    @Override
    protected AbstractVmciUnsafe newUnsafe() {
        return new ServerUnsafe();
    }

    @Override
    protected void doBind(SocketAddress address) throws Exception {
        checkAddress(address, "local address");
        int fd = socket.intValue();
        int result = socket.family.bind(fd, address);
        if (result < 0) {
            throw VmciErrors.bindFailed(address, result);
        }
        local = socket.family.localAddress(fd);
        named = local != null;
        bound = named ? socket.family.bound(local) : null;
        result = socket.family.listen(fd, config.getBacklog());
        if (result < 0) {
            throw VmciErrors.listenFailed(address, result);
        }
        active = true;
        watch();
    }

    @Override
    protected void doBeginRead() {
        ServerUnsafe unsafe = (ServerUnsafe) unsafe();
        unsafe.readPending = true;
        setInterest(VmciIoOps.EPOLLIN);
        if (!batch.isEmpty()) {
            unsafe.acceptLater(); // no event will come for what is out of the kernel's queue already
        }
    }

    @Override
    protected void doClose() throws Exception {
        try {
            if (named) {
                named = false; // closing twice must not take the name from who has it next
                socket.family.serverClosing(local, bound);
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

    private final class ServerUnsafe extends AbstractVmciUnsafe {

        /** The loop that has a task to accept what the batch holds; not the channel's any more if that has moved. */
        private EventLoop acceptScheduledOn;

        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            promise.tryFailure(new UnsupportedOperationException("a server channel cannot connect"));
        }

        @Override
        void ready(VmciIoEvent event) {
            accept();
        }

        void acceptLater() {
            EventLoop loop = eventLoop();
            if (acceptScheduledOn == loop) {
                return;
            }
            acceptScheduledOn = loop;
            loop.execute(() -> {
                if (eventLoop() != loop) {
                    return; // moved since: what is to be done is the other loop's
                }
                acceptScheduledOn = null;
                if (isRegistered() && (readPending || config.isAutoRead())) {
                    accept();
                }
            });
        }

        private void accept() {
            if (!active) {
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
                // ServerBootstrap's answer to this one is to stop accepting for a second. The connection that could not
                // be accepted (EMFILE, say) stays in the kernel's queue.
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
            do {
                if (batch.isEmpty()) {
                    int max = config.isAutoRead() ? VmciAcceptBatch.CAPACITY : 1;
                    int result = drained ? -EAGAIN : batch.fill(socket, max);
                    if (result == -EAGAIN) {
                        break;
                    }
                    if (result < 0) {
                        throw VmciErrors.acceptFailed(local, result);
                    }
                    drained = result < max;
                }
                // Counted as one of one: the stock transport passes the file descriptor's number here, which its own
                // allocator takes for a short read, so that it stops after each connection.
                handle.attemptedBytesRead(1);
                handle.lastBytesRead(1);
                handle.incMessagesRead(1);
                readPending = false;
                pipeline.fireChannelRead(child(batch.next()));
            } while (active && handle.continueReading());
        }

        private Channel child(int entry) throws IOException {
            VmciSocket child = new VmciSocket(socket.family, batch.fd(entry));
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
