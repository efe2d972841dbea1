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

import io.netty.channel.MultiThreadIoEventLoopGroup;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * Event loops for the channels of this package: short for
 * {@code new MultiThreadIoEventLoopGroup(threads, VmciIoHandler.newFactory(options))}, which serves as well and takes
 * every other argument a group can have.
 *
 * <p>A loop runs channels of this package only. To have them on one thread with TCP channels, take a group of Netty's
 * epoll transport, see the description of the package.
 *
 * <p>All constructors throw an {@link UnsatisfiedLinkError} if the native library cannot be loaded, see
 * {@link Vmci#ensureLibraryAvailability()}.
 */
public class VmciEventLoopGroup extends MultiThreadIoEventLoopGroup {

    /**
     * Creates a group with Netty's default number of threads (twice the processors, or
     * {@code -Dio.netty.eventLoopThreads}).
     */
    public VmciEventLoopGroup() {
        this(0);
    }

    /**
     * Creates a group.
     *
     * @param threads the number of loops, each with a thread; 0: Netty's default
     */
    public VmciEventLoopGroup(int threads) {
        this(threads, VmciIoHandlerOptions.DEFAULT);
    }

    /**
     * Creates a group.
     *
     * @param threads the number of loops, each with a thread; 0: Netty's default
     * @param options of the loops
     */
    public VmciEventLoopGroup(int threads, VmciIoHandlerOptions options) {
        this(threads, (ThreadFactory) null, options);
    }

    /**
     * Creates a group.
     *
     * @param threads       the number of loops; 0: Netty's default
     * @param threadFactory makes the threads; null: Netty's default
     */
    public VmciEventLoopGroup(int threads, @Nullable ThreadFactory threadFactory) {
        this(threads, threadFactory, VmciIoHandlerOptions.DEFAULT);
    }

    /**
     * Creates a group.
     *
     * @param threads       the number of loops; 0: Netty's default
     * @param threadFactory makes the threads; null: Netty's default
     * @param options       of the loops
     */
    public VmciEventLoopGroup(int threads, @Nullable ThreadFactory threadFactory, VmciIoHandlerOptions options) {
        super(threads, threadFactory, VmciIoHandler.newFactory(options));
    }

    /**
     * Creates a group.
     *
     * @param threads  the number of loops; 0: Netty's default
     * @param executor runs the loops, one task for the life of each; null: Netty's default
     */
    public VmciEventLoopGroup(int threads, @Nullable Executor executor) {
        this(threads, executor, VmciIoHandlerOptions.DEFAULT);
    }

    /**
     * Creates a group.
     *
     * @param threads  the number of loops; 0: Netty's default
     * @param executor runs the loops, one task for the life of each; null: Netty's default
     * @param options  of the loops
     */
    public VmciEventLoopGroup(int threads, @Nullable Executor executor, VmciIoHandlerOptions options) {
        super(threads, executor, VmciIoHandler.newFactory(options));
    }
}
