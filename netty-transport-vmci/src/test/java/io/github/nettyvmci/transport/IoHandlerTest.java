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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.unix.FileDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a handle may rely on. The thread of the test is the event loop. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
class IoHandlerTest {

    private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), VmciIoHandler.newFactory());
    private final List<FakeHandle> handles = new ArrayList<>();

    /** A handle of the read end of a pipe. */
    private static final class FakeHandle implements VmciIoHandle {

        final FileDescriptor[] pipe;
        final List<String> log = new ArrayList<>();
        boolean throwing;

        FakeHandle() throws IOException {
            pipe = FileDescriptor.pipe();
        }

        @Override
        public FileDescriptor fd() {
            return pipe[0];
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            log.add("event " + event);
            if (throwing) {
                throw new IllegalStateException("a handle that throws");
            }
        }

        @Override
        public void registered() {
            log.add("registered");
        }

        @Override
        public void unregistered() {
            log.add("unregistered");
        }

        @Override
        public void close() throws IOException {
            log.add("close");
            pipe[0].close();
        }

        void makeReadable() throws IOException {
            pipe[1].write(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
        }
    }

    private FakeHandle handle() throws IOException {
        FakeHandle handle = new FakeHandle();
        handles.add(handle);
        return handle;
    }

    private IoRegistration register(IoHandle handle) throws Exception {
        var future = loop.register(handle);
        loop.runNow();
        return Waits.get(future);
    }

    @AfterEach
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
    void end() throws IOException {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
        while (!loop.isTerminated()) {
            loop.runNow();
        }
        for (FakeHandle handle : handles) {
            handle.pipe[0].close();
            handle.pipe[1].close();
        }
    }

    @Test
    void shouldReportOnlyWhatWasAskedFor() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.makeReadable();
        assertEquals(0, loop.runNow());
        registration.submit(VmciIoOps.EPOLLIN);
        assertEquals(1, loop.runNow());
        assertEquals(1, loop.runNow()); // events are level-triggered
        registration.submit(VmciIoOps.NONE);
        assertEquals(0, loop.runNow());
        registration.submit(VmciIoOps.EPOLLIN); // the descriptor was taken out, and has to be added again
        assertEquals(1, loop.runNow());
        assertEquals(List.of("registered", "event IN", "event IN", "event IN"), handle.log);
    }

    @Test
    void shouldNotReportHangUpToAHandleThatWantsNothing() throws Exception {
        // A mask of 0 in epoll would still bring HUP, without end.
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        registration.submit(VmciIoOps.EPOLLIN);
        loop.runNow();
        registration.submit(VmciIoOps.NONE);
        handle.pipe[1].close();
        assertEquals(0, loop.runNow());
    }

    @Test
    void shouldLookAtTheSocketsAtEachCallOfRunNow() throws Exception {
        FakeHandle handle = handle();
        register(handle).submit(VmciIoOps.EPOLLIN);
        for (int i = 0; i < 100; i++) {
            assertEquals(0, loop.runNow());
            handle.makeReadable();
            assertEquals(1, loop.runNow(), "an empty look a moment ago must not answer for this one");
            handle.pipe[0].read(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
        }
    }

    @Test
    void shouldRefuseToRegisterAHandleTwice() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        registration.submit(VmciIoOps.EPOLLIN);
        var second = loop.register(handle);
        loop.runNow();
        Throwable failure = Waits.failure(second);
        assertInstanceOf(IllegalStateException.class, failure);
        assertTrue(failure.getMessage().contains("is registered already"), failure.getMessage());
        handle.makeReadable();
        assertEquals(1, loop.runNow());
        assertTrue(handle.fd().isOpen());
        assertTrue(registration.cancel());
        register(handle).submit(VmciIoOps.EPOLLIN);
        assertEquals(1, loop.runNow());
    }

    @Test
    void shouldRefuseToGatherOnceTheLoopHasEnded() throws Exception {
        IoRegistration registration = register(handle());
        end();
        assertThrows(IllegalStateException.class, registration::attachment); // nobody would free it
    }

    @Test
    void shouldForgetAnInterestThatWasTakenBackInTheSameTurn() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.makeReadable();
        registration.submit(VmciIoOps.EPOLLIN);
        registration.submit(VmciIoOps.NONE);
        assertEquals(0, loop.runNow());
        assertEquals(List.of("registered"), handle.log);
    }

    @Test
    void shouldCancelOnce() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        registration.submit(VmciIoOps.EPOLLIN);
        handle.makeReadable();
        assertTrue(registration.isValid());
        assertTrue(registration.cancel());
        assertFalse(registration.cancel());
        assertFalse(registration.isValid());
        assertEquals(-1, registration.submit(VmciIoOps.EPOLLIN));
        assertEquals(0, loop.runNow());
        assertEquals(List.of("registered", "unregistered"), handle.log);
        assertTrue(handle.fd().isOpen());
    }

    @Test
    void shouldCancelFromAnotherThread() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        registration.submit(VmciIoOps.EPOLLIN);
        loop.runNow();
        boolean[] cancelled = new boolean[2];
        Thread other = new Thread(() -> {
            cancelled[0] = registration.cancel();
            cancelled[1] = registration.cancel();
        });
        other.start();
        other.join();
        assertTrue(cancelled[0]);
        assertFalse(cancelled[1]);
        assertEquals(List.of("registered"), handle.log); // the handle hears of it on its own thread
        handle.makeReadable();
        loop.runNow();
        loop.runNow();
        assertEquals("unregistered", handle.log.get(handle.log.size() - 1));
    }

    @Test
    void shouldSubmitFromAnotherThread() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.makeReadable();
        Thread other = new Thread(() -> registration.submit(VmciIoOps.EPOLLIN));
        other.start();
        other.join();
        loop.runNow(); // runs the task that notes the wish
        assertEquals(1, loop.runNow());
    }

    @Test
    void shouldGoOnWhenAHandleThrows() throws Exception {
        FakeHandle throwing = handle();
        throwing.throwing = true;
        FakeHandle other = handle();
        register(throwing).submit(VmciIoOps.EPOLLIN);
        register(other).submit(VmciIoOps.EPOLLIN);
        throwing.makeReadable();
        other.makeReadable();
        assertEquals(2, loop.runNow());
        assertEquals(2, loop.runNow());
        assertEquals(3, other.log.size());
    }

    @Test
    void shouldTellTheHandleWhenTheKernelRefusesToWatch() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.pipe[0].close();
        registration.submit(VmciIoOps.EPOLLIN);
        assertEquals(0, loop.runNow());
        assertFalse(registration.isValid());
        assertEquals(java.util.Set.of("registered", "unregistered", "close"), java.util.Set.copyOf(handle.log));
        assertEquals(3, handle.log.size());
    }

    @Test
    void shouldNotHandAnEventToTheNextOwnerOfADescriptor() throws Exception {
        // Both pipes are ready in one batch. The first closes the other when told, and opens one that gets its number.
        Closer a = new Closer();
        Closer b = new Closer();
        a.other = b;
        b.other = a;
        a.registration = register(a);
        b.registration = register(b);
        a.registration.submit(VmciIoOps.EPOLLIN);
        b.registration.submit(VmciIoOps.EPOLLIN);
        a.makeReadable();
        b.makeReadable();
        assertEquals(1, loop.runNow());
        Closer told = a.events == 1 ? a : b;
        Closer closed = told.other;
        assertEquals(1, told.events);
        assertEquals(0, closed.events);
        assertEquals(closed.number, told.successor.number, "the test needs the kernel to reuse the lowest number");
        assertEquals(0, told.successor.events);
        told.successor.makeReadable();
        loop.runNow();
        assertEquals(1, told.successor.events);
        for (Closer closer : List.of(a, b, told.successor)) {
            closer.pipe[0].close();
            closer.pipe[1].close();
        }
    }

    /** Closes its neighbour at the first event, and registers a new pipe. */
    private final class Closer implements VmciIoHandle {

        final FileDescriptor[] pipe = FileDescriptor.pipe();
        final int number = pipe[0].intValue();
        Closer other;
        Closer successor;
        IoRegistration registration;
        int events;

        Closer() throws IOException {
        }

        @Override
        public void handle(IoRegistration ignored, IoEvent event) {
            events++;
            if (other == null || successor != null) {
                return;
            }
            try {
                other.registration.cancel();
                other.pipe[0].close();
                other.pipe[1].close();
                successor = new Closer();
                loop.register(successor).addListener(future ->
                        ((IoRegistration) future.getNow()).submit(VmciIoOps.EPOLLIN));
                if (successor.number != other.number) {
                    throw new IllegalStateException(successor.number + " is not " + other.number);
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        void makeReadable() throws IOException {
            pipe[1].write(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
        }

        @Override
        public FileDescriptor fd() {
            return pipe[0];
        }

        @Override
        public void close() throws IOException {
            pipe[0].close();
        }
    }

    @Test
    void shouldCloseHandlesWhenTheLoopEnds() throws Exception {
        FakeHandle handle = handle();
        FakeHandle idle = handle();
        register(handle).submit(VmciIoOps.EPOLLIN);
        register(idle);
        loop.runNow();
        end();
        assertEquals(List.of("registered", "unregistered", "close"), handle.log);
        assertEquals(List.of("registered", "unregistered", "close"), idle.log);
    }

    @Test
    void shouldRefuseForeignHandlesAndOps() throws Exception {
        IoHandle foreign = (IoHandle) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
                new Class<?>[] {IoHandle.class}, (proxy, method, args) ->
                        "toString".equals(method.getName()) ? "foreign" : null);
        assertFalse(loop.isCompatible(foreign.getClass()));
        assertTrue(loop.isCompatible(FakeHandle.class));
        assertTrue(loop.isIoType(VmciIoHandler.class));
        var future = loop.register(foreign);
        loop.runNow();
        Throwable failure = Waits.failure(future);
        assertInstanceOf(IllegalArgumentException.class, failure);
        assertEquals("handle: foreign (expected: a VmciIoHandle)", failure.getMessage());
        IoRegistration registration = register(handle());
        IoOps ops = new IoOps() { };
        assertThrows(IllegalArgumentException.class, () -> registration.submit(ops));
    }

    @Test
    void shouldTakeManyEventsAtOnceAndGrow() throws Exception {
        for (int i = 0; i < 300; i++) {
            FakeHandle handle = handle();
            register(handle).submit(VmciIoOps.EPOLLIN);
            handle.makeReadable();
        }
        int first = loop.runNow();
        int second = loop.runNow();
        int third = loop.runNow();
        assertTrue(first > 0 && second > 0);
        assertEquals(300, third, "the event array did not grow to hold all");
        for (FakeHandle handle : handles) {
            assertTrue(handle.log.contains("event IN"));
        }
    }

    @Test
    void shouldShareOneGatheringArrayPerLoop() throws Exception {
        IoRegistration a = register(handle());
        IoRegistration b = register(handle());
        Object array = a.attachment();
        assertTrue(array == b.<Object>attachment());
    }

    @Test
    void shouldShutDownLoopsThatWereNeverUsed() throws Exception {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, VmciIoHandler.newFactory());
        IoEventLoop unused = group.next();
        Waits.get(group.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        assertTrue(unused.isTerminated());
    }
}
