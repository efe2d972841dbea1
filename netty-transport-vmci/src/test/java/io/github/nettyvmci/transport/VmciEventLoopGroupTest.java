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
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ThreadPerTaskExecutor;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/** A group takes the settings of its loops beside all that makes their threads. */
class VmciEventLoopGroupTest {

    private static final VmciIoHandlerOptions OPTIONS =
            VmciIoHandlerOptions.DEFAULT.withMaxEvents(1).withThreadChangeSupported(false).withEpollPwait2(false);

    @Test
    void shouldRunItsLoopsWithTheOptionsItWasGiven() throws Exception {
        ThreadFactory factory = new DefaultThreadFactory("options");
        List<Supplier<VmciEventLoopGroup>> constructors = List.of(
                () -> new VmciEventLoopGroup(2, OPTIONS),
                () -> new VmciEventLoopGroup(2, factory, OPTIONS),
                () -> new VmciEventLoopGroup(2, new ThreadPerTaskExecutor(factory), OPTIONS));
        for (Supplier<VmciEventLoopGroup> constructor : constructors) {
            try (Rig rig = new Rig(constructor.get())) {
                Rig.Pair pair = rig.pair();
                Waits.get(pair.client().writeAndFlush(Rig.text("one event at a time")));
                Waits.get(pair.client().close());
                Waits.get(pair.serverSaw().inactive);
                assertEquals("one event at a time", pair.serverSaw().text());
            }
        }
        assertThrows(NullPointerException.class, () -> new VmciEventLoopGroup(1, (VmciIoHandlerOptions) null));
    }

    @Test
    void shouldChangeOneSettingAtATime() {
        assertEquals("VmciIoHandlerOptions[maxEvents=1, threadChangeSupported=false, epollPwait2=false, spin=PT0S]",
                OPTIONS.toString());
        assertNotEquals(OPTIONS, OPTIONS.withSpin(Duration.ofMillis(1)));
        assertEquals(Duration.ofMillis(1), OPTIONS.withSpin(Duration.ofMillis(1)).withMaxEvents(2).spin());
        assertEquals(VmciIoHandlerOptions.DEFAULT,
                OPTIONS.withMaxEvents(0).withThreadChangeSupported(true).withEpollPwait2(true));
        assertEquals(VmciIoHandlerOptions.DEFAULT.hashCode(),
                OPTIONS.withMaxEvents(0).withThreadChangeSupported(true).withEpollPwait2(true).hashCode());
        assertNotEquals(VmciIoHandlerOptions.DEFAULT, VmciIoHandlerOptions.DEFAULT.withMaxEvents(65_536));
        for (int outside : new int[] {-1, 65_537}) {
            assertEquals("maxEvents: " + outside + " (expected: 0..65536)", assertThrows(
                    IllegalArgumentException.class, () -> OPTIONS.withMaxEvents(outside)).getMessage());
        }
    }
}
