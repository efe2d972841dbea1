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

import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;

/**
 * Counts operations per microsecond of processor time of the benchmark's thread, and not per microsecond of elapsed
 * time, so that other load on the machine does not count.
 */
public final class ProcessorTime implements InternalProfiler {

    /** The name of the result. */
    static final String NAME = "processor";

    private long before;

    @Override
    public String getDescription() {
        return "operations per microsecond of processor time";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = nanos();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(BenchmarkParams benchmark, IterationParams iteration,
            IterationResult result) {
        double micros = (nanos() - before) / 1e3;
        return List.of(new ScalarResult(NAME, result.getMetadata().getAllOps() / micros, "ops/us",
                AggregationPolicy.AVG));
    }

    /** Returns the time of the only thread that {@link FastThreadLocalExecutor} or {@link NettyZmtpExecutor} made. */
    private static long nanos() {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getClass().getSimpleName().equals("FastThreadLocalThread")) {
                return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
            }
        }
        return 0; // before the first iteration
    }
}
