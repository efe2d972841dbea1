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

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** What else a handle may rely on, on a loop of ours. */
class IoHandlerTest extends AbstractIoHandleTest {

    IoHandlerTest() {
        super(VmciIoHandler.newFactory());
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
    void shouldShutDownLoopsThatWereNeverUsed() throws Exception {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, VmciIoHandler.newFactory());
        IoEventLoop unused = group.next();
        Waits.get(group.shutdownGracefully(0, Waits.SECONDS, TimeUnit.SECONDS));
        assertTrue(unused.isTerminated());
    }
}
