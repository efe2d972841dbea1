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
package io.github.nettyvmci.testing;

import io.github.nettyvmci.transport.VmciAddress;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A virtual machine that is none, with a CID of its own: the fixture of src/test/c/vmx.c. Closing it kills it. */
public final class Vmx implements Closeable {

    private static final AtomicInteger NEXT_CID = new AtomicInteger(1000);

    private final long cid = NEXT_CID.getAndIncrement();
    private final String[] options;
    private Process process;

    /**
     * Starts a machine, and waits until it is there.
     *
     * @param options such as {@code --mode silent}
     */
    public Vmx(String... options) throws IOException {
        this.options = options;
        start();
    }

    /** Kills the machine, and starts it again with the same CID. */
    public void restart() throws IOException {
        close();
        start();
    }

    private void start() throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getenv("VMCI_TEST_VMX"), "--cid", Long.toString(cid)));
        command.addAll(List.of(options));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String line = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                .readLine();
        if (!("ready " + cid).equals(line)) {
            throw new IOException("the fixture says: " + line + " (expected: ready " + cid + ")");
        }
    }

    /** Stops the machine where it is, so that what is sent to it waits; or lets it go on. */
    public void pause(boolean paused) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", paused ? "-STOP" : "-CONT", Long.toString(process.pid())).inheritIO()
                .start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill: " + kill.exitValue() + " (expected: 0)");
        }
    }

    /** Returns what to dial to reach a listener of this machine. */
    public VmciAddress address(long port) {
        return VmciAddress.of(cid, port);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(200, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
