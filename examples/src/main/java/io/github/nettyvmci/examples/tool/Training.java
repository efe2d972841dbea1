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

import io.github.nettyvmci.zmtp.security.CurveKeyPair;

import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs the most usual commands of the tool, so that {@code script/zmq} can store the classes they load in an archive.
 * The commands talk to each other over Unix sockets and over TCP on 127.0.0.1.
 */
final class Training {

    private static final int MAX_SECONDS = 60;

    private Training() {
    }

    /**
     * Runs the commands, and ends the virtual machine with 0 if each had the status it should have, else with 1.
     *
     * @param args not used
     * @throws Exception if a command could not be run
     */
    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("zmq-training");
        int failed = 0;
        try {
            CurveKeyPair keys = CurveKeyPair.generate();
            failed += run("--help") + run("req", "--help") + run("keygen") + run("nothing") - Failure.USAGE;
            run("probe"); // its status does not count, since AF_VSOCK may be missing
            failed += pair(folder, "ipc://" + folder.resolve("plain"), "rep", "req", List.of(), List.of());
            failed += pair(folder, "tcp://127.0.0.1:*", "rep", "req",
                    List.of("--curve-server", "--curve-secret-key", keys.secretKeyText()),
                    List.of("--curve-server-key", keys.publicKeyText()));
            failed += pair(folder, "tcp://127.0.0.1:*", "router", "dealer", List.of("--verbose"),
                    List.of("--recv-count", "1"));
        } finally {
            try (var files = Files.list(folder)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
        System.exit(failed == 0 ? 0 : 1);
    }

    private static int pair(Path folder, String endpoint, String server, String client, List<String> serverOptions,
            List<String> clientOptions) throws Exception {
        Path ready = folder.resolve("ready");
        Files.deleteIfExists(ready);
        List<String> first = new ArrayList<>(List.of(server, "--bind", endpoint, "--echo", "--count", "1",
                "--recv-timeout", "30s", "--ready-file", ready.toString()));
        first.addAll(serverOptions);
        CompletableFuture<Integer> serving = CompletableFuture.supplyAsync(() -> run(first.toArray(String[]::new)),
                task -> new Thread(task).start());
        while (!Files.exists(ready) && !serving.isDone()) {
            TimeUnit.MILLISECONDS.sleep(1); // there is no better way to wait for a file than to poll
        }
        List<String> second = new ArrayList<>(List.of(client, "--data", "x", "--recv-timeout", "30s", "--connect",
                Files.readString(ready).strip()));
        second.addAll(clientOptions);
        return run(second.toArray(String[]::new)) + serving.get(MAX_SECONDS, TimeUnit.SECONDS);
    }

    private static int run(String... arguments) {
        OutputStream nowhere = OutputStream.nullOutputStream();
        int status = Zmq.run(new Streams(new ByteArrayInputStream(new byte[0]), nowhere,
                new PrintStream(nowhere, false, StandardCharsets.UTF_8), false), arguments);
        if (status != 0) {
            System.err.println(arguments[0] + ": " + status);
        }
        return status;
    }
}
