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
package io.github.nettyvmci.benchmarks;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Does for {@link NettyZmtp}'s Netty what {@link FastThreadLocalExecutor} does for ours. {@code jmh.executor.class}
 * names this class to JMH.
 */
public final class NettyZmtpExecutor extends ThreadPoolExecutor {

    /**
     * Called by JMH.
     *
     * @param threads how many
     * @param prefix of the threads' names; not used
     */
    public NettyZmtpExecutor(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), NettyZmtp.newThreadFactory());
    }
}
