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
package io.github.nettyvmci.examples.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.testing.TestFamily;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The tool running in this process, on a thread of its own. */
final class Tool {

    static final int SECONDS = 40 * TestFamily.SLOWNESS;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final CompletableFuture<Integer> status = new CompletableFuture<>();
    private final Thread thread;
    private List<String> endpoints = List.of();

    private Tool(InputStream in, String... arguments) {
        Streams streams = new Streams(in, out, new PrintStream(err, true, StandardCharsets.UTF_8), false);
        thread = new Thread(() -> {
            try {
                status.complete(Zmq.run(streams, arguments));
            } catch (Throwable e) {
                status.completeExceptionally(e);
            }
        }, "tool-" + arguments[0]);
        thread.start();
    }

    static Tool start(String... arguments) {
        return new Tool(InputStream.nullInputStream(), arguments);
    }

    static Tool startWith(String input, String... arguments) {
        return new Tool(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), arguments);
    }

    /** Starts something that binds, and waits until it is ready. */
    static Tool bind(Path folder, String... arguments) throws IOException, InterruptedException {
        Path ready = Files.createTempDirectory(folder, "ready").resolve("file");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--ready-file", ready.toString()));
        try (WatchService watcher = ready.getFileSystem().newWatchService()) {
            ready.getParent().register(watcher, StandardWatchEventKinds.ENTRY_CREATE);
            Tool tool = start(all.toArray(String[]::new));
            tool.status.whenComplete((code, failure) -> {
                try {
                    Files.createFile(ready.resolveSibling("ended")); // wakes us up
                } catch (IOException e) {
                    // the folder is gone, and with it the waiter
                }
            });
            while (!Files.exists(ready)) {
                assertFalse(tool.status.isDone(), () -> tool.err.toString(StandardCharsets.UTF_8));
                WatchKey key = watcher.poll(SECONDS, TimeUnit.SECONDS);
                assertNotNull(key, "not ready: " + tool.err);
                key.reset();
            }
            tool.endpoints = Files.readAllLines(ready);
            return tool;
        }
    }

    /** Returns what the ready file says, the first line. */
    String endpoint() {
        return endpoints.get(0);
    }

    List<String> endpoints() {
        return endpoints;
    }

    /** Waits until it has written a text to its standard error. */
    void awaitErr(String text) {
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); !err().contains(text);) {
            assertFalse(status.isDone(), this::err);
            assertTrue(System.nanoTime() < end, () -> "no '" + text + "' in " + err());
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Waits for the end. */
    int status() throws Exception {
        int code = status.get(SECONDS, TimeUnit.SECONDS);
        thread.join(TimeUnit.SECONDS.toMillis(SECONDS));
        return code;
    }

    /** Ends it as a signal would. */
    void stop() throws Exception {
        thread.interrupt();
        assertEquals(0, status());
    }

    String out() {
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    /** Expects a clean end and returns what was printed. */
    String done() throws Exception {
        int code = status();
        assertEquals(0, code, this::err);
        return out();
    }
}
