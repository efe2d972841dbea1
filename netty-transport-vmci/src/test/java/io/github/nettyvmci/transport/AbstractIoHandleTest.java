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
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.unix.FileDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What a handle of ours may rely on, whichever loop it lives on. The thread of the test is the event loop. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
abstract class AbstractIoHandleTest {

    final ManualIoEventLoop loop;
    final List<FakeHandle> handles = new ArrayList<>();

    AbstractIoHandleTest(IoHandlerFactory factory) {
        loop = new ManualIoEventLoop(Thread.currentThread(), factory);
    }

    /** A handle of the read end of a pipe. */
    static final class FakeHandle implements VmciIoHandle {

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

    final FakeHandle handle() throws IOException {
        FakeHandle handle = new FakeHandle();
        handles.add(handle);
        return handle;
    }

    final IoRegistration register(VmciIoHandle handle) throws Exception {
        var future = EventLoops.register(loop, handle);
        loop.runNow();
        return Waits.get(future);
    }

    /** Runs the loop once, and returns what the handle was told. */
    final List<String> turn(FakeHandle handle) {
        int before = handle.log.size();
        loop.runNow();
        return List.copyOf(handle.log.subList(before, handle.log.size()));
    }

    @AfterEach
    @Timeout(value = 600, threadMode = Timeout.ThreadMode.SAME_THREAD)
    final void end() throws IOException {
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
        assertEquals(List.of(), turn(handle));
        registration.submit(VmciIoOps.EPOLLIN);
        assertEquals(List.of("event IN"), turn(handle));
        assertEquals(List.of("event IN"), turn(handle)); // events are level-triggered
        registration.submit(VmciIoOps.NONE);
        assertEquals(List.of(), turn(handle));
        registration.submit(VmciIoOps.EPOLLIN); // the descriptor may have been taken out
        assertEquals(List.of("event IN"), turn(handle));
    }

    @Test
    void shouldLookAtTheSocketsAtEachCallOfRunNow() throws Exception {
        FakeHandle handle = handle();
        register(handle).submit(VmciIoOps.EPOLLIN);
        for (int i = 0; i < 100; i++) {
            assertEquals(List.of(), turn(handle));
            handle.makeReadable();
            assertEquals(List.of("event IN"), turn(handle), "an empty look must not answer for the next");
            handle.pipe[0].read(java.nio.ByteBuffer.allocateDirect(1), 0, 1);
        }
    }

    @Test
    void shouldForgetAnInterestThatWasTakenBackInTheSameTurn() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.makeReadable();
        registration.submit(VmciIoOps.EPOLLIN);
        registration.submit(VmciIoOps.NONE);
        assertEquals(List.of(), turn(handle));
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
        loop.runNow();
        assertEquals(List.of("registered", "unregistered"), handle.log);
        assertTrue(handle.fd().isOpen());
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
        assertEquals(List.of("event IN"), turn(other));
        assertEquals(List.of("event IN"), turn(other));
        assertEquals(3, throwing.log.size());
    }

    @Test
    void shouldTellTheHandleWhenTheKernelRefusesToWatch() throws Exception {
        FakeHandle handle = handle();
        IoRegistration registration = register(handle);
        handle.pipe[0].close();
        registration.submit(VmciIoOps.EPOLLIN);
        registration.submit(VmciIoOps.EPOLLIN.with(VmciIoOps.EPOLLRDHUP));
        loop.runNow();
        assertFalse(registration.isValid());
        assertEquals(Set.of("registered", "unregistered", "close"), Set.copyOf(handle.log));
        assertEquals(3, handle.log.size());
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
    void shouldShareOneGatheringArrayPerLoop() throws Exception {
        IoRegistration a = register(handle());
        IoRegistration b = register(handle());
        Object array = a.attachment();
        assertTrue(array == b.<Object>attachment());
    }

    @Test
    void shouldNotHandAnEventToTheNextOwnerOfADescriptor() throws Exception {
        Vmci.ensureLibraryAvailability(); // has the eventfd; a loop of Netty's may be all there was so far
        // Both are ready in one batch. The first closes the other when told, and opens one that gets its number.
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
        loop.runNow();
        Closer told = a.events == 1 ? a : b;
        Closer closed = told.other;
        assertEquals(1, told.events);
        assertEquals(0, closed.events);
        assertEquals(closed.fd.intValue(), told.successor.fd.intValue());
        assertEquals(0, told.successor.events);
        told.successor.makeReadable();
        loop.runNow();
        assertEquals(1, told.successor.events);
        for (Closer closer : List.of(a, b, told.successor)) {
            closer.close();
        }
    }

    /** An eventfd that closes its neighbour at the first event, and registers a new one with that one's number. */
    private final class Closer implements VmciIoHandle {

        final FileDescriptor fd = new FileDescriptor(Native.eventFd());
        Closer other;
        Closer successor;
        IoRegistration registration;
        int events;

        @Override
        public void handle(IoRegistration ignored, IoEvent event) {
            events++;
            if (other == null || successor != null) {
                return;
            }
            try {
                other.registration.cancel();
                other.close();
                successor = successor(other.fd.intValue());
                EventLoops.register(loop, successor).addListener(future ->
                        ((IoRegistration) future.getNow()).submit(VmciIoOps.EPOLLIN));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The kernel gives the lowest number that is free; other threads open files, too. */
        private Closer successor(int number) throws IOException {
            List<Closer> others = new ArrayList<>();
            Closer next = new Closer();
            for (; next.fd.intValue() != number; next = new Closer()) {
                others.add(next);
                if (others.size() == 300) {
                    throw new IllegalStateException(number + " does not come again");
                }
            }
            for (Closer one : others) {
                one.close();
            }
            return next;
        }

        void makeReadable() {
            assertEquals(0, Native.eventFdWrite(fd.intValue()));
        }

        @Override
        public FileDescriptor fd() {
            return fd;
        }

        @Override
        public void close() throws IOException {
            fd.close();
        }
    }
}
