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

import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.Errors.NativeIoException;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * A handle of ours on an event loop of Netty's epoll transport: to the loop it is a handle as the loop knows them, to
 * our handle it is the registration that a loop of ours would have made. Event loop only.
 */
final class EpollRegistration implements EpollIoHandle, IoRegistration {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(EpollRegistration.class);

    /** Our sets of flags as the loop wants them, so that nothing is allocated when interest changes. */
    private static final EpollIoOps[] OPS = new EpollIoOps[VmciIoEvent.TABLE_SIZE];

    static {
        for (int i = 0; i < OPS.length; i++) {
            OPS[i] = EpollIoOps.valueOf(VmciIoEvent.flagsOfIndex(i));
        }
    }

    final IoEventLoop loop;
    final VmciIoHandle handle;
    private IoRegistration registration;

    /**
     * Whether the loop may still have events at hand that it fetched before. It finds handles by their descriptors, so
     * such an event may be meant for a descriptor of the same number that has been closed since.
     */
    private boolean eventsMayBeStale = true;
    /** Whether epoll knows the descriptor. */
    private boolean watched;
    private boolean refused;
    /** Known here too, since the loop's registration takes a lock to tell. */
    private volatile boolean valid = true;

    private EpollRegistration(IoEventLoop loop, VmciIoHandle handle) {
        this.loop = loop;
        this.handle = handle;
    }

    static Future<IoRegistration> register(IoEventLoop loop, VmciIoHandle handle) {
        if (handle instanceof ClosingSockets.Rest rest && loop.isShuttingDown()) {
            // The loop closes its handles in its next turn, if it has one.
            try {
                return loop.newSucceededFuture(EpollLoop.current().untilTheEnd(loop, rest));
            } catch (ChannelException | OutOfMemoryError e) {
                return loop.newFailedFuture(e);
            }
        }
        if (loop.isShuttingDown() && EpollLoop.current().isEnding()) {
            return loop.newFailedFuture(new IllegalStateException("the event loop has been shut down"));
        }
        EpollRegistration here = new EpollRegistration(loop, handle);
        Future<IoRegistration> registered = loop.register(here);
        if (registered.isSuccess()) {
            here.registration = registered.getNow();
            return loop.newSucceededFuture(here);
        }
        Promise<IoRegistration> promise = loop.newPromise();
        registered.addListener(future -> {
            if (future.isSuccess()) {
                here.registration = registered.getNow();
                promise.setSuccess(here);
            } else {
                promise.setFailure(future.cause());
            }
        });
        return promise;
    }

    // What our handle sees

    @SuppressWarnings("unchecked")
    @Override
    public <T> T attachment() {
        return (T) EpollLoop.current().iovArray();
    }

    @Override
    public long submit(IoOps ops) {
        int flags = ((VmciIoOps) ops).value();
        // Without any flag the loop would take the descriptor out of epoll, and fail to find it there at the next
        // change. Left in, it reports errors, and here once only.
        EpollIoOps wanted = flags == 0 && watched ? EpollIoOps.EPOLLET : OPS[VmciIoEvent.indexOfFlags(flags)];
        try {
            long result = registration.submit(wanted);
            watched |= flags != 0;
            return result;
        } catch (UncheckedIOException e) {
            refuse(e.getCause());
            return -1;
        }
    }

    /** Tells the handle that epoll refused its descriptor; later, as on a loop of ours, and once. */
    private void refuse(IOException cause) {
        if (refused) {
            return;
        }
        refused = true;
        loop.execute(() -> {
            try {
                handle.interestFailed(cause instanceof NativeIoException e
                        ? Registrations.refusal(handle.fd(), e.expectedErr()) : cause);
            } catch (Exception e) {
                logger.warn("Closing a handle that epoll refused", e);
            }
            cancel();
        });
    }

    @Override
    public boolean isValid() {
        return valid;
    }

    @Override
    public boolean cancel() {
        valid = false;
        return registration.cancel();
    }

    // What the loop sees

    @Override
    public FileDescriptor fd() {
        return handle.fd();
    }

    @Override
    public void handle(IoRegistration ignored, IoEvent event) {
        if (eventsMayBeStale) {
            return; // a true one is level-triggered, and comes again
        }
        try {
            handle.handle(this, VmciIoEvent.ofKernel(((EpollIoEvent) event).ops().value()));
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            logger.warn("A handle threw an exception", t); // the loop would stop for a second
        }
    }

    @Override
    public void registered() {
        try {
            loop.execute(() -> eventsMayBeStale = false); // after all events that were fetched before
        } catch (RejectedExecutionException e) {
            logger.trace("The loop ends, and fetches no more events for {}", handle, e);
        }
        EpollLoop.current().add(this);
        handle.registered();
    }

    @Override
    public void unregistered() {
        valid = false;
        EpollLoop.current().remove(this);
        handle.unregistered();
    }

    /** Closes the handle because the loop ends. */
    @Override
    public void close() throws IOException {
        if (handle instanceof ClosingSockets.Rest rest && rest.fd().isOpen()) {
            try {
                rest.watchedBy(EpollLoop.current().untilTheEnd(loop, rest));
                return;
            } catch (ChannelException | OutOfMemoryError e) {
                logger.debug("Not waiting for the peer of {}", handle.fd(), e);
            }
        }
        handle.close();
    }
}
