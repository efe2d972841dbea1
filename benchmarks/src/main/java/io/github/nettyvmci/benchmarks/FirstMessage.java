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

import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocket;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.github.nettyvmci.zmtp.ZmtpMessage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Measures how long {@code script/zmq push} takes from its start to the arrival of its message. */
final class FirstMessage {

    private static final Duration MOST = Duration.ofSeconds(60);

    private final String endpoint;

    FirstMessage(Path folder) {
        endpoint = "ipc://" + folder.resolve("first");
    }

    /** Adds a value in milliseconds; a start before it brings what is needed into the kernel's cache. */
    void measure(Figures figures, String work) throws IOException, InterruptedException {
        try (ZmqContext context = ZmqContext.create(); ZmqSocket socket = context.open(ZmqSocketType.PULL)) {
            socket.bind(endpoint);
            millis(socket);
            figures.add(work, "ours", millis(socket), "ms", Double.NaN);
        }
    }

    private double millis(ZmqSocket socket) throws IOException, InterruptedException {
        long begun = System.nanoTime();
        Process process = new ProcessBuilder("script/zmq", "push", "--connect", endpoint, "--data", "x")
                .redirectError(ProcessBuilder.Redirect.INHERIT).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            ZmtpMessage message = socket.receive(MOST);
            double millis = (System.nanoTime() - begun) / 1e6;
            if (message == null || !process.waitFor(MOST.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("script/zmq push: no message after " + MOST.toSeconds() + " s");
            }
            message.release();
            return millis;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
