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

import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IovArray;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * The handles of one event loop: who is registered, what each wants to hear of, and what epoll was told.
 *
 * <p>A registration sits in a slot of an array. Epoll carries the slot's number and its generation, which goes up when
 * the slot is given back, so an event of an earlier occupant is recognised.
 */
final class Registrations {

    /** A handle whose closing takes tasks of the loop. */
    interface Lasting extends VmciIoHandle {

        /** Closes the handle on a loop that takes no more tasks. */
        void closeWithTheLoop();
    }

    /** A handle of a socket that other event loops may watch, too. */
    interface Shared extends VmciIoHandle {

        /**
         * Returns whether one of the loops that watch the open file shall be woken, and not all (EPOLLEXCLUSIVE). Then
         * the interest may come and go, but not change.
         */
        boolean isExclusive();
    }

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(Registrations.class);

    /** How many pieces a gathering write takes: the kernel's UIO_MAXIOV. */
    static final int MOST_PIECES = 1024;

    private final ThreadAwareExecutor executor;
    private final int epollFd;

    private Registration[] slots = new Registration[64];
    private int[] generations = new int[64];
    /** A stack of the slots that were given back. Besides these, all slots from {@link #used} on are free. */
    private int[] free = new int[64];
    private int freeCount;
    private int used;

    /** The registrations whose wish epoll may have to be told. */
    private Registration[] dirty = new Registration[64];
    private int dirtyCount;

    /** The registrations by file descriptor, to recognise a handle that is registered twice. */
    private Registration[] byDescriptor = new Registration[64];

    private final ClosingSockets closing = new ClosingSockets();

    private @Nullable IovArray iov;
    private boolean released;

    Registrations(ThreadAwareExecutor executor, int epollFd) {
        this.executor = executor;
        this.epollFd = epollFd;
    }

    /** Throws an {@link IllegalStateException} if the handle is registered already. */
    IoRegistration add(VmciIoHandle handle) {
        int fd = handle.fd().intValue();
        if (fd >= byDescriptor.length) {
            byDescriptor = Arrays.copyOf(byDescriptor, Math.max(fd + 1, byDescriptor.length * 2));
        }
        Registration present = byDescriptor[fd];
        if (present != null && present.handle == handle && present.isValid()) {
            throw new IllegalStateException("handle: " + handle + " (expected: one that is not registered, and " + fd
                    + " is registered already)");
        }
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount];
        } else {
            slot = used++;
            if (slot == slots.length) {
                slots = Arrays.copyOf(slots, slot * 2);
                generations = Arrays.copyOf(generations, slot * 2);
                free = Arrays.copyOf(free, slot * 2);
            }
        }
        Registration registration = new Registration(handle, slot, generations[slot]);
        slots[slot] = registration;
        if (handle instanceof ClosingSockets.Rest rest) {
            closing.add(rest);
        }
        byDescriptor[fd] = registration;
        handle.registered();
        return registration;
    }

    /** Returns whether the event had a receiver. */
    boolean dispatch(long data, int flags) {
        int slot = (int) data;
        Registration registration = slot < used ? slots[slot] : null;
        if (registration == null || registration.generation != (int) (data >>> 32)) {
            return false;
        }
        try {
            registration.handle.handle(registration, VmciIoEvent.ofKernel(flags));
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            logger.warn("A handle threw an exception", t);
        }
        return true;
    }

    /** Tells epoll what changed since the last wait; returns whether anything did. */
    boolean flushInterest() {
        boolean changed = dirtyCount > 0;
        // The count is read anew in each round, because interestFailed() may cancel or submit.
        for (int i = 0; i < dirtyCount; i++) {
            Registration registration = dirty[i];
            dirty[i] = null;
            registration.dirty = false;
            registration.install();
        }
        dirtyCount = 0;
        return changed;
    }

    /**
     * Closes all handles, but for what is left of channels that were closed.
     *
     * @param last whether the loop takes no more tasks
     */
    void closeAll(boolean last) {
        for (int slot = 0; slot < used; slot++) {
            Registration registration = slots[slot];
            if (registration != null && !(registration.handle instanceof ClosingSockets.Rest)) {
                registration.cancel();
                try {
                    if (last && registration.handle instanceof Lasting lasting) {
                        lasting.closeWithTheLoop();
                    } else {
                        registration.handle.close();
                    }
                } catch (Exception e) {
                    logger.debug("Closing a handle at shutdown", e);
                }
            }
        }
    }

    /** Returns whether an event may tell that the peer of a closed channel has read everything. */
    boolean waitsForPeers() {
        return closing.waitForPeers();
    }

    /** Ends what is left of channels that were closed. */
    void endClosing() {
        closing.closeAll();
    }

    /** Returns the exception for a descriptor that epoll refused to watch. */
    static IOException refusal(FileDescriptor fd, int negativeErrno) {
        return new IOException("epoll_ctl(" + fd + "): " + Errno.describe(negativeErrno)
                + (negativeErrno == -NativeConstants.ENOSPC ? "; raise fs.epoll.max_user_watches" : ""));
    }

    void release() {
        released = true;
        if (iov != null) {
            iov.release();
            iov = null;
        }
    }

    private final class Registration implements IoRegistration {

        private static final AtomicIntegerFieldUpdater<Registration> CANCELLED =
                AtomicIntegerFieldUpdater.newUpdater(Registration.class, "cancelled");

        final VmciIoHandle handle;
        final int slot;
        final int generation;
        /** What epoll is told beside the wanted events when it begins to watch. */
        private final int mode;
        private volatile int cancelled;

        /** The events that the handle wants. */
        private int desired;
        /**
         * The events that epoll was told; 0: the file descriptor is not in epoll, where a mask of 0 would still bring
         * ERR and HUP.
         */
        private int installed;
        /** Whether this is in the array of that name. */
        boolean dirty;

        Registration(VmciIoHandle handle, int slot, int generation) {
            this.handle = handle;
            this.slot = slot;
            this.generation = generation;
            mode = handle instanceof Shared shared && shared.isExclusive() ? NativeConstants.EPOLLEXCLUSIVE : 0;
        }

        @SuppressWarnings("unchecked")
        @Override
        public <T> T attachment() {
            // All handles of the loop share one array, which each clears before it uses it.
            if (iov == null) {
                if (released) {
                    throw new IllegalStateException("the event loop has been shut down");
                }
                iov = new IovArray(MOST_PIECES);
            }
            return (T) iov;
        }

        @Override
        public long submit(IoOps ops) {
            if (!(ops instanceof VmciIoOps vmciOps)) {
                throw new IllegalArgumentException("ops: " + ops + " (expected: "
                        + VmciIoOps.class.getSimpleName() + ')');
            }
            if (cancelled != 0) {
                return -1;
            }
            int flags = vmciOps.value();
            if (executor.isExecutorThread(Thread.currentThread())) {
                want(flags);
            } else {
                executor.execute(() -> want(flags));
            }
            return flags;
        }

        private void want(int flags) {
            desired = flags;
            if (!dirty && desired != installed && cancelled == 0) {
                dirty = true;
                if (dirtyCount == dirty().length) {
                    Registrations.this.dirty = Arrays.copyOf(dirty(), dirtyCount * 2);
                }
                dirty()[dirtyCount++] = this;
            }
        }

        private Registration[] dirty() {
            return Registrations.this.dirty;
        }

        void install() {
            if (desired == installed || cancelled != 0) {
                return;
            }
            int operation = desired == 0 ? NativeConstants.EPOLL_CTL_DEL
                    : installed == 0 ? NativeConstants.EPOLL_CTL_ADD : NativeConstants.EPOLL_CTL_MOD;
            int result = Native.epollCtl(epollFd, operation, handle.fd().intValue(),
                    operation == NativeConstants.EPOLL_CTL_ADD ? desired | mode : desired,
                    (long) generation << 32 | slot);
            if (result >= 0) {
                installed = desired;
                return;
            }
            try {
                handle.interestFailed(refusal(handle.fd(), result));
            } catch (Exception e) {
                logger.warn("Closing a handle that epoll refused", e);
            }
            // This is mostly done by now, since a handle that closes cancels what the event loop gave it.
            cancel();
        }

        @Override
        public boolean isValid() {
            return cancelled == 0;
        }

        @Override
        public boolean cancel() {
            if (!CANCELLED.compareAndSet(this, 0, 1)) {
                return false;
            }
            if (executor.isExecutorThread(Thread.currentThread())) {
                remove();
            } else {
                executor.execute(this::remove);
            }
            return true;
        }

        private void remove() {
            slots[slot] = null;
            if (handle instanceof ClosingSockets.Rest rest) {
                closing.remove(rest);
            }
            generations[slot]++;
            free[freeCount++] = slot;
            int fd = handle.fd().intValue();
            if (byDescriptor[fd] == this) {
                byDescriptor[fd] = null;
            }
            // A descriptor that is closed next is taken out too. Epoll watches the open file, which somebody else may
            // have open under another number (fork, SCM_RIGHTS); once this number is gone, nobody could take it out.
            if (installed != 0 && handle.fd().isOpen()) {
                Native.epollCtl(epollFd, NativeConstants.EPOLL_CTL_DEL, fd, 0, 0);
            }
            installed = 0;
            handle.unregistered();
        }
    }
}
