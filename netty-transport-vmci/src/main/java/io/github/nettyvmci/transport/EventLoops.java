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

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.util.concurrent.Future;

/**
 * The event loops that channels of this package can live on: those of {@link VmciIoHandler}, and those of Netty's epoll
 * transport, an optional dependency. {@link EpollRegistration} is loaded only for a loop of the latter.
 */
final class EventLoops {

    private EventLoops() {
    }

    /** Returns whether channels of this package can be registered with a loop. Any thread. */
    static boolean suits(EventLoop loop) {
        return loop instanceof IoEventLoop io && (isOurs(io) || isNettysEpoll(io));
    }

    /** Registers a handle; its interest is in {@link VmciIoOps} and its events are {@link VmciIoEvent}s on any loop. */
    static Future<IoRegistration> register(IoEventLoop loop, VmciIoHandle handle) {
        return isOurs(loop) ? loop.register(handle) : EpollRegistration.register(loop, handle);
    }

    private static boolean isOurs(IoEventLoop loop) {
        return loop.isCompatible(VmciIoHandle.class);
    }

    private static boolean isNettysEpoll(IoEventLoop loop) {
        try {
            return loop.isCompatible(EpollIoHandle.class);
        } catch (NoClassDefFoundError e) {
            return false; // without the jar there is no such loop
        }
    }
}
