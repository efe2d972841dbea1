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

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.IovArray;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;

/**
 * What our handles share on an event loop of Netty's epoll transport, and what a loop of ours would do for them when it
 * ends. One for each thread, which runs one loop, or more if a user drives them. Event loop only.
 */
final class EpollLoop {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(EpollLoop.class);

    private static final FastThreadLocal<EpollLoop> CURRENT = new FastThreadLocal<>() {
        @Override
        protected EpollLoop initialValue() {
            return new EpollLoop();
        }

        @Override
        protected void onRemoval(EpollLoop loop) {
            if (loop.iov != null) {
                loop.iov.release();
            }
        }
    };

    private final Set<EpollRegistration> registrations = new LinkedHashSet<>();
    private final ClosingSockets closing = new ClosingSockets();
    /**
     * A loop that learns of its shutdown while it runs tasks, and is given no quiet period, ends without closing its
     * handles. Its hooks run even so.
     */
    private final Runnable shutdownHook = this::closeAll;
    /** Whether {@link #closeAll} runs, which does not see what is registered now. */
    private boolean ending;
    private @Nullable IovArray iov;
    /** Waits for the peers of closed channels while the loop ends. */
    private @Nullable VmciIoHandler waiting;

    private EpollLoop() {
    }

    /** Returns that of the calling thread, an event loop. */
    static EpollLoop current() {
        return CURRENT.get();
    }

    /** Returns the array for gathering writes. The loop's own belongs to Netty's channels. */
    IovArray iovArray() {
        if (iov == null) {
            iov = new IovArray(Registrations.MOST_PIECES);
        }
        return iov;
    }

    void add(EpollRegistration registration) {
        if (registration.handle instanceof ClosingSockets.Rest rest) {
            closing.add(rest);
        }
        if (registrations.isEmpty() && registration.loop instanceof SingleThreadEventExecutor executor) {
            executor.addShutdownHook(shutdownHook);
        }
        registrations.add(registration);
    }

    void remove(EpollRegistration registration) {
        if (registration.handle instanceof ClosingSockets.Rest rest) {
            closing.remove(rest);
        }
        registrations.remove(registration);
        if (registrations.isEmpty() && registration.loop instanceof SingleThreadEventExecutor executor) {
            executor.removeShutdownHook(shutdownHook);
        }
    }

    private void closeAll() {
        ending = true;
        try {
            for (EpollRegistration registration : List.copyOf(registrations)) {
                registration.cancel();
                try {
                    registration.close();
                } catch (IOException e) {
                    logger.debug("Closing a handle at shutdown", e);
                }
            }
        } finally {
            ending = false;
        }
    }

    /** Returns whether the handles are being closed because the loop ends, so that nobody would close one more. */
    boolean isEnding() {
        return ending;
    }

    /** Registers what is left of a channel with a handler of ours, which waits a bounded time after the loop's turn. */
    IoRegistration untilTheEnd(IoEventLoop loop, ClosingSockets.Rest rest) {
        VmciIoHandler handler = waiting;
        if (handler != null) {
            return handler.register(rest);
        }
        handler = (VmciIoHandler) VmciIoHandler.newFactory().newHandler(loop);
        waiting = handler;
        IoRegistration registration = handler.register(rest);
        try {
            loop.execute(this::endWaiting);
        } catch (RejectedExecutionException e) {
            endWaiting(); // the loop's last task closed the channel
        }
        return registration;
    }

    private void endWaiting() {
        VmciIoHandler handler = waiting;
        waiting = null;
        handler.destroy();
    }
}
