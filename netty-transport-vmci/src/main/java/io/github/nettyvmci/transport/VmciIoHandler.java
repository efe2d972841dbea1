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
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.NettyRuntime;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The event loop's core: waits with epoll (level-triggered) and tells {@link VmciIoHandle}s what happened. One per
 * loop; made by {@link #newFactory()} for a {@code MultiThreadIoEventLoopGroup} or a {@code ManualIoEventLoop}.
 *
 * <p>Interest is written late: a handle's wish is noted, and {@code epoll_ctl} called just before the next wait, if the
 * wish still differs from what epoll has. So turning reading off and on again in one iteration costs no system call.
 *
 * <p>Events find their registration by a slot and a generation that epoll carries for us, not by file descriptor. An
 * event that was fetched before its file descriptor was closed, and perhaps opened again as something else, fails the
 * generation check and is dropped.
 *
 * <p>Thread: everything but {@link #wakeup()}, {@link #isCompatible(Class)}, and {@link IoRegistration#submit} and
 * {@link IoRegistration#cancel} is called on the event loop.
 */
public final class VmciIoHandler implements IoHandler {

    private static final InternalLogger logger = InternalLoggerFactory.getInstance(VmciIoHandler.class);

    /** What the loop is doing, as far as a thread needs to know that wants to wake it. */
    private enum State {
        /** The loop runs, and looks at its tasks before it sleeps: {@link #wakeup()} has nothing to do. */
        AWAKE,
        /** The loop looks for events before it sleeps: a waker changes this, and writes nothing. */
        SPINNING,
        /** The loop sleeps, or is about to: the first waker writes the eventfd. */
        ASLEEP,
        /** There are no more file descriptors to write to. */
        DESTROYED
    }

    /** The data that epoll carries for the eventfd; no registration has slot -1. */
    private static final long WAKEUP = -1;

    /** For how long a poll that found nothing answers for the next ones while tasks keep the loop busy. */
    private static final long POLL_VALID_NANOS = 20_000;
    /** For how many of them it answers. */
    private static final int POLL_VALID_TIMES = 16;

    /** How long to wait for an eventfd write that was begun. It is certain to come, so a longer wait has missed it. */
    private static final long WAKEUP_GRACE_NANOS = 1_000_000_000L;

    /** How long the end of the loop may wait for the peers of closed channels. */
    private static final long CLOSE_GRACE_NANOS = 2_000_000_000L;

    private final ThreadAwareExecutor executor;
    private final Registrations registrations;
    private final AtomicReference<State> state = new AtomicReference<>(State.AWAKE);
    /**
     * Whether a run that may not block may skip the look for events: on a loop with a thread of its own it means that
     * tasks wait, and the next run comes in a moment. On a {@code ManualIoEventLoop} it is the caller of
     * {@code runNow()} who does not want to wait, and who shall see what is there now.
     */
    private final boolean skipsPolls;
    private final boolean pwait2;
    private final @Nullable Spin spin;
    private final int epollFd;
    private final int eventFd;
    private final EpollEvents events;

    /** Whether a waker has changed {@link #state} whose write to the eventfd has not been seen yet. */
    private boolean wakeupPending;
    /** Whether the handles are closed for the last time, so that nobody would close one that came now. */
    private boolean ending;
    private long lastEmptyPoll;
    private int skippedPolls = POLL_VALID_TIMES;

    private VmciIoHandler(ThreadAwareExecutor executor, VmciIoHandlerOptions options) {
        this.executor = Objects.requireNonNull(executor, "executor");
        skipsPolls = executor instanceof SingleThreadIoEventLoop;
        pwait2 = options.epollPwait2() && Pwait2.WORKS;
        spin = options.spin().isZero() || NettyRuntime.availableProcessors() == 1 ? null
                : new Spin(options.spin().toNanos(), System.nanoTime());
        epollFd = checkCreated("epoll_create1", Native.epollCreate());
        int wakeFd = Native.eventFd();
        if (wakeFd < 0) {
            Native.close(epollFd);
        }
        eventFd = checkCreated("eventfd", wakeFd);
        registrations = new Registrations(executor, epollFd);
        // The eventfd is edge-triggered and never read, so each write is one event.
        int result = Native.epollCtl(epollFd, NativeConstants.EPOLL_CTL_ADD, eventFd,
                NativeConstants.EPOLLIN | NativeConstants.EPOLLET, WAKEUP);
        if (result < 0) {
            Native.close(eventFd);
            Native.close(epollFd);
            checkCreated("epoll_ctl(eventfd)", result);
        }
        try {
            events = new EpollEvents(options.maxEvents());
        } catch (Throwable t) { // no direct memory left
            Native.close(eventFd);
            Native.close(epollFd);
            throw t;
        }
    }

    private static int checkCreated(String operation, int result) {
        if (result < 0) {
            throw new ChannelException(operation + ": " + Errno.describe(result));
        }
        return result;
    }

    /**
     * Returns a factory of handlers with the default options.
     *
     * @throws UnsatisfiedLinkError if the native library cannot be loaded, see {@link Vmci#ensureLibraryAvailability()}
     */
    public static IoHandlerFactory newFactory() {
        return newFactory(VmciIoHandlerOptions.DEFAULT);
    }

    /**
     * Returns a factory of handlers.
     *
     * @param options what the handlers shall do
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public static IoHandlerFactory newFactory(VmciIoHandlerOptions options) {
        Objects.requireNonNull(options, "options");
        Vmci.ensureLibraryAvailability();
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                return new VmciIoHandler(executor, options);
            }

            @Override
            public boolean isChangingThreadSupported() {
                return options.threadChangeSupported();
            }
        };
    }

    @Override
    public int run(IoHandlerContext context) {
        int handled = 0;
        long start = 0;
        try {
            if (registrations.flushInterest()) {
                skippedPolls = POLL_VALID_TIMES; // the last look could not find what is asked for only now
            }
            int ready = await(context);
            if (ready < 0) {
                // The epoll descriptor or the address is bad, which is a fault of this program. Do not spin on it.
                throw new IllegalStateException("epoll_wait: " + Errno.describe(ready));
            }
            if (ready > 0) {
                if (context.shouldReportActiveIoTime()) {
                    start = System.nanoTime();
                }
                handled = dispatch(ready);
                events.grow(ready);
            }
        } catch (Error e) {
            throw e;
        } catch (Throwable t) {
            logger.warn("Unexpected exception in the event loop; going on in a second", t);
            pause();
        }
        if (context.shouldReportActiveIoTime()) {
            // A wake-up alone counts as no IO.
            context.reportActiveIoTime(handled == 0 ? 0 : System.nanoTime() - start);
        }
        return handled;
    }

    /** Waits after an exception that nobody foresaw, since a failure that repeats would take a whole processor. */
    private static void pause() {
        try {
            Thread.sleep(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for events by the wake-up protocol, whose other side is {@link #wakeup()}. */
    private int await(IoHandlerContext context) {
        if (!context.canBlock()) {
            return poll();
        }
        if (wakeupPending) {
            // A waker is between its getAndSet and its write. Before that write has been seen the loop must not publish
            // "asleep" again: destroy() could close the eventfd under a second writer.
            int ready = waitForEvents(WAKEUP_GRACE_NANOS);
            if (ready == 0) {
                wakeupPending = false;
                logger.warn("An eventfd write did not arrive within a second");
            }
            return ready;
        }
        return spin == null ? sleep(context) : spinOrSleep(context, spin);
    }

    /** Sleeps until there are events or tasks. */
    private int sleep(IoHandlerContext context) {
        // The loop says that it sleeps, and then looks at the task queue once more. Either this look sees a new task,
        // or whoever put it there sees ASLEEP.
        state.set(State.ASLEEP);
        try {
            return context.canBlock() ? waitForEvents(timeout(context)) : poll();
        } finally {
            awake();
        }
    }

    private void awake() {
        if (state.get() == State.AWAKE || state.getAndSet(State.AWAKE) == State.AWAKE) {
            wakeupPending = true;
        }
    }

    private int spinOrSleep(IoHandlerContext context, Spin account) {
        int ready = account.begins(System.nanoTime()) ? spin(context, account) : sleep(context);
        account.ended(System.nanoTime());
        return ready;
    }

    /** Looks for events for a while, and sleeps then. */
    private int spin(IoHandlerContext context, Spin account) {
        // As for sleeping: a task that comes after this look at the queue changes the state.
        state.set(State.SPINNING);
        if (!context.canBlock()) {
            state.set(State.AWAKE);
            return poll();
        }
        skippedPolls = POLL_VALID_TIMES;
        long timeout = timeout(context);
        long now;
        do {
            int ready = epollWait(0);
            now = System.nanoTime();
            if (ready != 0 || state.get() != State.SPINNING) {
                state.set(State.AWAKE);
                account.caught(now);
                return ready;
            }
            Thread.onSpinWait();
        } while (account.goesOn(now, timeout));
        if (!state.compareAndSet(State.SPINNING, State.ASLEEP)) {
            return 0; // for the tasks
        }
        try {
            return waitForEvents(timeout(context));
        } finally {
            awake();
        }
    }

    private static long timeout(IoHandlerContext context) {
        if (context.deadlineNanos() == -1) {
            return -1;
        }
        // The deadline itself is of no use here, since it counts from another origin than System.nanoTime().
        return Math.max(0, context.delayNanos(System.nanoTime()));
    }

    /**
     * Looks for events while tasks wait. In a storm of tasks a look that found nothing answers for a few more, for a
     * bounded time.
     */
    private int poll() {
        if (skipsPolls && skippedPolls < POLL_VALID_TIMES && System.nanoTime() - lastEmptyPoll < POLL_VALID_NANOS) {
            skippedPolls++;
            return 0;
        }
        int ready = epollWait(0);
        if (ready == 0) {
            skippedPolls = 0;
            lastEmptyPoll = System.nanoTime();
        } else {
            skippedPolls = POLL_VALID_TIMES;
        }
        return ready;
    }

    private int waitForEvents(long nanos) {
        skippedPolls = POLL_VALID_TIMES;
        return epollWait(nanos);
    }

    private int epollWait(long nanos) {
        return Native.epollWait(epollFd, events.address(), events.capacity(), nanos, pwait2);
    }

    private int dispatch(int ready) {
        int handled = 0;
        for (int i = 0; i < ready; i++) {
            long data = events.data(i);
            if (data == WAKEUP) {
                wakeupPending = false;
            } else if (registrations.dispatch(data, events.flags(i))) {
                handled++;
            }
        }
        return handled;
    }

    /**
     * Makes a {@link #run} that sleeps, or is about to, return. Any thread; never blocks; does nothing on the event
     * loop itself.
     */
    @Override
    public void wakeup() {
        if (executor.isExecutorThread(Thread.currentThread())) {
            return;
        }
        // One that spins sees the change.
        if (state.get() == State.SPINNING && state.compareAndSet(State.SPINNING, State.AWAKE)) {
            return;
        }
        if (state.get() == State.ASLEEP && state.compareAndSet(State.ASLEEP, State.AWAKE)) {
            // destroy() waits for this write, so the number cannot be another file's by now.
            Native.eventFdWrite(eventFd);
        }
    }

    @Override
    public IoRegistration register(IoHandle handle) {
        if (!(handle instanceof VmciIoHandle vmciHandle)) {
            throw new IllegalArgumentException("handle: " + handle + " (expected: a "
                    + VmciIoHandle.class.getSimpleName() + ')');
        }
        if (state.get() == State.DESTROYED || ending && !(handle instanceof ClosingSockets.Rest)) {
            throw new IllegalStateException("the event loop has been shut down");
        }
        return registrations.add(vmciHandle);
    }

    @Override
    public void prepareToDestroy() {
        registrations.closeAll(false);
    }

    @Override
    public void destroy() {
        if (state.get() == State.DESTROYED) {
            return;
        }
        ending = true;
        // A loop that is shut down by its last task ends without prepareToDestroy(); its sockets must not stay open.
        registrations.closeAll(true);
        awaitPeers();
        registrations.endClosing();
        // Nobody can begin a write to the eventfd from here on; one that was begun is waited for.
        if (state.getAndSet(State.DESTROYED) == State.ASLEEP) {
            logger.debug("destroyed while asleep");
        }
        while (wakeupPending) {
            int ready = epollWait(WAKEUP_GRACE_NANOS);
            if (ready <= 0) {
                break;
            }
            for (int i = 0; i < ready; i++) {
                if (events.data(i) == WAKEUP) {
                    wakeupPending = false;
                }
            }
        }
        Native.close(eventFd);
        Native.close(epollFd);
        registrations.release();
        events.release();
    }

    /**
     * Waits a little for the peers of channels that were closed just now. The program may end with the loop, and what
     * they have not read by then is lost.
     */
    private void awaitPeers() {
        long end = System.nanoTime() + CLOSE_GRACE_NANOS;
        while (registrations.waitsForPeers()) {
            registrations.flushInterest();
            long left = end - System.nanoTime();
            int ready = left <= 0 ? 0 : epollWait(left);
            if (ready <= 0) {
                return;
            }
            dispatch(ready);
        }
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return VmciIoHandle.class.isAssignableFrom(handleType);
    }

    /** Whether epoll_pwait2 works here, asked once per JVM. */
    private static final class Pwait2 {
        static final boolean WORKS = Native.probePwait2() == 0;
    }
}
