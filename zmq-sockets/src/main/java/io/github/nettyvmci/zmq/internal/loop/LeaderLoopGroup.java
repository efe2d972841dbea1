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
package io.github.nettyvmci.zmq.internal.loop;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;

import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;

/** Event loops that threads which wait for them may run themselves. */
public final class LeaderLoopGroup extends MultiThreadIoEventLoopGroup {

    /**
     * Makes a group.
     *
     * @param threads the number of loops, each with a thread
     * @param factory makes the threads
     * @param handler makes the handlers, which any thread may run
     */
    public LeaderLoopGroup(int threads, ThreadFactory factory, IoHandlerFactory handler) {
        super(threads, factory, handler);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory handler, Object... args) {
        return new LeaderLoop(this, executor, handler);
    }
}
