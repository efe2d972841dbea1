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

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Counts the system calls of one thread with strace(1). Unlike times, these numbers do not depend on what else runs.
 */
final class SystemCalls {

    private final Path report;
    private final Process strace;

    private SystemCalls(String threadId) throws IOException {
        report = Files.createTempFile("vmci-strace", ".txt");
        // Without -f strace traces this thread alone, and not its process.
        strace = new ProcessBuilder("strace", "-c", "-o", report.toString(), "-p", threadId)
                .redirectErrorStream(true).start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(strace.getInputStream(), StandardCharsets.US_ASCII));
        String line = output.readLine();
        if (line == null || !line.contains("attached")) {
            throw new IOException("strace -p: " + line + " (expected: attached; without root,"
                    + " sysctl kernel.yama.ptrace_scope=0 permits it)");
        }
    }

    /** Begins to count; returns once the thread is being traced. */
    static SystemCalls attach(String threadId) throws IOException {
        return new SystemCalls(threadId);
    }

    /** Ends counting, and returns the number of calls by name. */
    Map<String, Long> detach() throws IOException, InterruptedException {
        strace.destroy(); // SIGTERM: strace detaches and writes its report
        if (!strace.waitFor(10, TimeUnit.SECONDS)) {
            strace.destroyForcibly();
            throw new IOException("strace: running (expected: an end at SIGTERM)");
        }
        try {
            return parse(Files.readAllLines(report));
        } finally {
            Files.delete(report);
        }
    }

    /** The lines are: % time, seconds, usecs/call, calls, errors if any, name. */
    static Map<String, Long> parse(List<String> lines) {
        Map<String, Long> calls = new TreeMap<>();
        for (String line : lines) {
            String[] words = line.trim().split("\\s+");
            if (words.length >= 5 && words[0].matches("[0-9.]+") && !words[words.length - 1].equals("total")) {
                calls.put(words[words.length - 1], Long.parseLong(words[3]));
            }
        }
        return calls;
    }
}
