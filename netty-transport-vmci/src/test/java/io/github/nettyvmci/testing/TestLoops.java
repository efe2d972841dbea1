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
package io.github.nettyvmci.testing;

import io.github.nettyvmci.transport.VmciIoHandler;
import io.github.nettyvmci.transport.VmciIoHandlerOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

import java.time.Duration;

/**
 * The event loops that the transport tests run on: ours, or with {@code -Dvmci.test.loop=epoll} those of Netty's epoll
 * transport, or with {@code -Dvmci.test.loop=spin} ours that look for events before they sleep.
 */
public final class TestLoops {

    /** Whether this run is on the loops of Netty's epoll transport. */
    public static final boolean NETTYS_EPOLL = "epoll".equals(System.getProperty("vmci.test.loop"));

    private static final boolean SPINNING = "spin".equals(System.getProperty("vmci.test.loop"));

    private TestLoops() {
    }

    /** Returns a factory of the handlers of this run. */
    public static IoHandlerFactory newFactory() {
        if (NETTYS_EPOLL) {
            return EpollIoHandler.newFactory();
        }
        return SPINNING ? VmciIoHandler.newFactory(VmciIoHandlerOptions.DEFAULT.withSpin(Duration.ofNanos(50_000)))
                : VmciIoHandler.newFactory();
    }

    /** Returns a group with the handlers of this run. */
    public static EventLoopGroup newGroup(int threads) {
        return new MultiThreadIoEventLoopGroup(threads, newFactory());
    }
}
