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

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/**
 * Event loops for the channels of this package: short for
 * {@code new MultiThreadIoEventLoopGroup(threads, VmciIoHandler.newFactory())}, which serves as well and takes every
 * other argument a group can have.
 *
 * <p>A loop runs channels of this package only; TCP channels need a group of their own.
 */
public class VmciEventLoopGroup extends MultiThreadIoEventLoopGroup {

    /**
     * Creates a group with Netty's default number of threads (twice the processors, or
     * {@code -Dio.netty.eventLoopThreads}).
     *
     * @throws UnsatisfiedLinkError if the native library cannot be loaded, see {@link Vmci#ensureLibraryAvailability()}
     */
    public VmciEventLoopGroup() {
        this(0);
    }

    /**
     * Creates a group.
     *
     * @param threads the number of loops, each with a thread; 0: Netty's default
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciEventLoopGroup(int threads) {
        this(threads, (ThreadFactory) null);
    }

    /**
     * Creates a group.
     *
     * @param threads the number of loops; 0: Netty's default
     * @param threadFactory makes the threads; null: Netty's default
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciEventLoopGroup(int threads, ThreadFactory threadFactory) {
        super(threads, threadFactory, VmciIoHandler.newFactory());
    }

    /**
     * Creates a group.
     *
     * @param threads the number of loops; 0: Netty's default
     * @param executor runs the loops, one task for the life of each; null: Netty's default
     * @throws UnsatisfiedLinkError if the native library cannot be loaded
     */
    public VmciEventLoopGroup(int threads, Executor executor) {
        super(threads, executor, VmciIoHandler.newFactory());
    }
}
