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

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEvent;
import io.netty.channel.IoRegistration;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.internal.CleanableDirectBuffer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** When no direct memory is left, what is running goes on, and what cannot be made leaves nothing behind. */
class ShortageTest {

    /** It runs in a JVM of its own, since it uses up the memory of all. */
    private static String child(String what) throws Exception {
        return ChildJvm.run("export JAVA_TOOL_OPTIONS=-XX:MaxDirectMemorySize=16m; exec \"$@\"", Child.class, what);
    }

    @Test
    void shouldGoOnWithTheEventsThereAreWhenTheArrayCannotGrow() throws Exception {
        String output = child("events");
        assertTrue(output.contains("all were told, and 300 at once with memory again"), output);
    }

    @Test
    void shouldLeaveNoDescriptorOpenWhenAServerCannotBeMade() throws Exception {
        String output = child("server");
        assertTrue(output.contains("10 failures, 0 descriptors more"), output);
    }

    @Test
    void shouldLeaveNoDescriptorOpenWhenALoopCannotBeMade() throws Exception {
        String output = child("loop");
        assertTrue(output.contains("10 failures, 0 descriptors more"), output);
    }

    /** The program that runs out of memory. */
    static final class Child {

        private static final List<CleanableDirectBuffer> HELD = new ArrayList<>();
        private static final List<ByteBuffer> HELD_OF_JAVA = new ArrayList<>();

        private Child() {
        }

        public static void main(String[] args) throws Exception {
            Vmci.ensureLibraryAvailability();
            switch (args[0]) {
                case "events" -> events();
                case "server" -> failures(VmciServerDomainSocketChannel::new);
                default -> failures(() -> new ManualIoEventLoop(Thread.currentThread(), VmciIoHandler.newFactory()));
            }
        }

        /** Takes Netty's memory and Java's: from JDK 25 on Java does not count what Netty takes. */
        private static void useUp() {
            useUp(size -> HELD.add(Buffer.allocateDirectBufferWithNativeOrder(size)));
            useUp(size -> HELD_OF_JAVA.add(ByteBuffer.allocateDirect(size)));
        }

        private static void useUp(IntConsumer allocation) {
            for (int size = 1 << 20; size >= 256; size /= 4) {
                try {
                    while (true) {
                        allocation.accept(size);
                    }
                } catch (OutOfMemoryError expected) {
                    // the next pieces are smaller
                }
            }
        }

        private static void failures(Supplier<?> making) throws IOException {
            fails(making, false); // this loads the classes
            useUp();
            fails(making, true); // and this what a failure needs
            Set<String> before = Descriptors.withoutFiles();
            int failures = 0;
            for (int i = 0; i < 10; i++) {
                failures += fails(making, true) ? 1 : 0;
            }
            Set<String> more = Descriptors.withoutFiles();
            more.removeAll(before);
            System.out.println(failures + " failures, " + more.size() + " descriptors more");
        }

        private static boolean fails(Supplier<?> making, boolean wanted) {
            try {
                making.get();
                return false;
            } catch (OutOfMemoryError e) {
                return wanted;
            }
        }

        private static void events() throws Exception {
            ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), VmciIoHandler.newFactory());
            List<Handle> handles = new ArrayList<>();
            ByteBuffer one = ByteBuffer.allocateDirect(1);
            for (int i = 0; i < 300; i++) {
                Handle handle = new Handle();
                handles.add(handle);
                var registered = loop.register(handle);
                loop.runNow();
                registered.get().submit(VmciIoOps.EPOLLIN);
            }
            loop.runNow();
            useUp();
            for (Handle handle : handles) {
                handle.pipe[1].write(one, 0, 1);
            }
            for (int i = 0; i < 10; i++) {
                loop.runNow();
            }
            if (handles.stream().anyMatch(handle -> handle.events == 0)) {
                throw new IllegalStateException("some were not told");
            }
            HELD.forEach(CleanableDirectBuffer::clean);
            loop.runNow();
            System.out.println("all were told, and " + loop.runNow() + " at once with memory again");
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            while (!loop.isTerminated()) {
                loop.runNow();
            }
        }
    }

    private static final class Handle implements VmciIoHandle {

        final FileDescriptor[] pipe = FileDescriptor.pipe();
        int events;

        Handle() throws IOException {
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            events++;
        }

        @Override
        public FileDescriptor fd() {
            return pipe[0];
        }

        @Override
        public void close() throws IOException {
            pipe[0].close();
            pipe[1].close();
        }
    }
}
