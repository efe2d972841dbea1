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

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

import java.util.ArrayList;
import java.util.List;

/**
 * A short run of {@link PingPongBenchmark} with JMH's allocation profiler.
 */
final class Allocation {

    /**
     * What one contender took for a round trip.
     *
     * @param contender its name
     * @param size of the message in bytes
     * @param micros per round trip
     * @param bytes allocated per round trip, by both ends together
     */
    record Result(String contender, int size, double micros, double bytes) {
    }

    /** How many operations of {@link PingPongBenchmark#ROUND_TRIPS} are measured: 262,144 round trips. */
    private static final int RUNS = 64;

    private Allocation() {
    }

    static List<Result> measure(List<Integer> sizes) throws RunnerException {
        List<String> flags = new ArrayList<>(PeerProcess.JVM_FLAGS);
        flags.add("-Djmh.executor=CUSTOM");
        flags.add("-Djmh.executor.class=" + FastThreadLocalExecutor.class.getName());
        Options options = new OptionsBuilder().include(PingPongBenchmark.class.getName())
                .param("size", sizes.stream().map(Object::toString).toArray(String[]::new)).forks(1)
                // The length is a number and not a time, as JMH itself allocates some 50 KiB per iteration. As many
                // operations warm up before, since code that is not compiled yet allocates more.
                .mode(Mode.SingleShotTime).warmupIterations(1).warmupBatchSize(RUNS)
                .measurementIterations(1).measurementBatchSize(RUNS)
                .addProfiler(GCProfiler.class).verbosity(VerboseMode.SILENT).shouldFailOnError(true)
                .jvmArgs(flags.toArray(new String[0])).build();
        List<Result> results = new ArrayList<>();
        // JMH takes a batch for one operation.
        for (RunResult run : new Runner(options).run()) {
            results.add(new Result(run.getParams().getParam("contender"),
                    Integer.parseInt(run.getParams().getParam("size")), run.getPrimaryResult().getScore() / RUNS,
                    run.getSecondaryResults().get("gc.alloc.rate.norm").getScore() / RUNS));
        }
        return results;
    }
}
